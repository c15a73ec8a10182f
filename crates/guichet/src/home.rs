//! A Guichet that is ready to work: its folder, configuration, keys and database, opened and checked.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use db::{Db, DbErr, MigrateError, OpenError, Options, Step};
use kernel::{Clock, Day, OffsetClock, SystemEntropy, World};
use messages::Postman;
use payments::StripeSettings;
use vault::{Keyring, KeyringError, Vault, VaultError};
use zeroize::Zeroizing;

use crate::config::{Config, ConfigError, TEMPLATE};
use crate::gateway::StripeAccount;
use crate::mail::MailError;
use crate::migrations::{Migrator, all_migrations};

/// The environment variable that holds a keyring, instead of a file.
const KEYS_VARIABLE: &str = "GUICHET_KEYS";

/// Where a Guichet is, as the command line says.
#[derive(Clone, Debug)]
pub struct Place {
    pub data: PathBuf,
    /// Over the configuration's.
    pub database: Option<String>,
    pub config: Option<PathBuf>,
    /// The day that a demonstration takes for today.
    pub now: Option<Day>,
}

/// The files of a data folder.
#[derive(Clone, Debug)]
pub struct Paths {
    pub config: PathBuf,
    pub keys: PathBuf,
    pub heads: PathBuf,
    /// The operator's own templates.
    pub templates: PathBuf,
    pub database: PathBuf,
    /// Where messages go without a mail server.
    pub mail: PathBuf,
}

/// Everything that a command works with.
pub struct Home {
    pub config: Config,
    pub db: Db,
    pub vault: Arc<Vault>,
    pub world: World,
    pub paths: Paths,
    /// The schema's steps that opening it took.
    pub migrated: Vec<Step>,
    keys_from_environment: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("this is for demonstrations only, and {} is none (demonstration = false)", .0.display())]
    NoDemonstration(PathBuf),
    #[error("the keyring {place}: {error}")]
    Keyring { place: String, error: KeyringError },
    #[error("this database was written with keys, and {} is missing: put the keyring back, no new one can open it", .0.display())]
    NoKeyring(PathBuf),
    #[error(
        "the keys come from the environment variable {KEYS_VARIABLE}, which a command cannot change: add a [[sealing]] key with the next id there, start again, and it will be used"
    )]
    KeysInEnvironment,
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Migrate(#[from] MigrateError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl Home {
    /// Opens a Guichet; what is missing of its folder is created, and the schema is brought up to date.
    ///
    /// # Errors
    /// When the configuration is wrong, the keys are not this database's, the database is newer than this program or
    /// cannot be reached: nothing was touched then but missing files created.
    pub async fn open(place: &Place) -> Result<Self, HomeError> {
        let (config, paths) = prepare(place)?;
        let world = world(place, &config, &paths)?;
        Self::open_in(place, config, paths, world).await
    }

    /// As [`Self::open`], with time and randomness handed in.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn open_with(place: &Place, world: World) -> Result<Self, HomeError> {
        let (config, paths) = prepare(place)?;
        Self::open_in(place, config, paths, world).await
    }

    /// Opens a demonstration: a new folder becomes one, and one that is none is refused.
    ///
    /// # Errors
    /// [`HomeError::NoDemonstration`], and as [`Self::open`].
    pub async fn open_demonstration(place: &Place) -> Result<Self, HomeError> {
        let (config, paths) = prepare_demonstration(place)?;
        let world = world(place, &config, &paths)?;
        Self::open_in(place, config, paths, world).await
    }

    /// As [`Self::open_demonstration`], with time and randomness handed in.
    ///
    /// # Errors
    /// As [`Self::open_demonstration`].
    pub async fn open_demonstration_with(place: &Place, world: World) -> Result<Self, HomeError> {
        let (config, paths) = prepare_demonstration(place)?;
        Self::open_in(place, config, paths, world).await
    }

    async fn open_in(place: &Place, config: Config, paths: Paths, world: World) -> Result<Self, HomeError> {
        let db = open_database(place, &config, &paths, &world).await?;
        let migrated = db::migrate::<Migrator>(&db, &all_migrations()).await?;
        let (keyring, keys_from_environment) = keyring(&db, &paths.keys, &world).await?;
        let vault = Vault::new(keyring, world.clone());
        vault.check(&db).await?;
        Ok(Self { config, db, vault: Arc::new(vault), world, paths, migrated, keys_from_environment })
    }

    /// What opening would do to the schema; nothing is changed.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub async fn plan(place: &Place) -> Result<Vec<Step>, HomeError> {
        let (config, paths) = prepare(place)?;
        let world = world(place, &config, &paths)?;
        let db = open_database(place, &config, &paths, &world).await?;
        Ok(db::pending_steps(&db, &all_migrations()).await?)
    }

    /// The same Guichet at another time: how a demonstration lives through the months before today. The vault's check
    /// values and the files of the folder stay those of the real time.
    ///
    /// # Errors
    /// [`HomeError::NoDemonstration`]: real customers have one time only.
    pub(crate) fn at(&self, clock: Arc<dyn Clock>) -> Result<Self, HomeError> {
        if !self.config.demonstration {
            return Err(HomeError::NoDemonstration(self.paths.config.clone()));
        }
        let world = self.world.with_clock(clock);
        Ok(Self {
            config: self.config.clone(),
            db: self.db.with_world(world.clone()),
            vault: self.vault.clone(),
            world,
            paths: self.paths.clone(),
            migrated: Vec::new(),
            keys_from_environment: self.keys_from_environment,
        })
    }

    /// The day it is for the provider.
    pub fn today(&self) -> Day {
        self.world.today(&self.config.zone)
    }

    /// A postman for the configured way.
    ///
    /// # Errors
    /// When the mail server's password is missing.
    pub fn postman(&self) -> Result<Postman, MailError> {
        let way = self.config.mail.way(&self.paths.mail)?;
        Ok(Postman::new(self.db.clone(), self.vault.clone(), self.config.mail.sender.clone(), way))
    }

    /// A postman for text messages; none where none are sent.
    ///
    /// # Errors
    /// When the gateway's secret is not what it should be, with the line of the configuration.
    pub fn text_postman(&self) -> Result<Option<Postman>, ConfigError> {
        let way = self.config.texts.way(&self.paths.mail);
        let way = way.map_err(|problem| ConfigError::Problem { path: self.paths.config.clone(), problem })?;
        Ok(way.map(|way| Postman::of_texts(self.db.clone(), self.vault.clone(), way)))
    }

    /// What makes a client of Stripe, where it is the configured gateway.
    ///
    /// # Errors
    /// When one of its secrets is not what it should be, with the line of the configuration.
    pub fn stripe(&self) -> Result<Option<StripeSettings>, ConfigError> {
        let settings = self.config.payments.stripe.as_ref().map(StripeAccount::settings).transpose();
        settings.map_err(|problem| ConfigError::Problem { path: self.paths.config.clone(), problem })
    }

    /// Adds a sealing key to the keyring's file, and uses it from now on; one that somebody else added meanwhile is used
    /// instead. What is sealed stays readable. The new ring is on the disk before the database hears of it, and in its
    /// place after: cut off between, the next opening settles it.
    ///
    /// # Errors
    /// When the keys come from the environment, the file cannot be written, or a node with another file has added a key;
    /// nothing changes then.
    pub async fn add_key(&mut self) -> Result<(), HomeError> {
        if self.keys_from_environment {
            return Err(HomeError::KeysInEnvironment);
        }
        let file = self.paths.keys.clone();
        let at = |error| HomeError::File { path: file.clone(), error };
        let _lock = lock_keys(&file).map_err(at)?;
        let kept = read_keyring(&file)?.ok_or_else(|| HomeError::NoKeyring(file.clone()))?;
        let ours = self.vault.keyring().sealing().len();
        let ring = if kept.sealing().len() > ours { kept } else { kept.with_new_key(&self.world) };
        let vault = Vault::new(ring, self.world.clone());
        if vault.keyring().sealing().len() > ours && !vault.is_known(&self.db).await.unwrap_or(false) {
            let next = next_keys(&file);
            replace_whole(&next, &vault.keyring().to_toml(), &self.world).map_err(at)?;
            if let Err(error) = vault.check(&self.db).await {
                fs::remove_file(&next).map_err(at)?;
                return Err(error.into());
            }
            put_in_place(&next, &file).map_err(at)?;
        }
        self.vault = Arc::new(vault);
        Ok(())
    }
}

/// Where a keyring waits until the database knows its newest key.
fn next_keys(file: &Path) -> PathBuf {
    file.with_extension("next")
}

/// Holds off everybody else on this machine who would change the keyring, until it is dropped.
fn lock_keys(file: &Path) -> io::Result<fs::File> {
    let lock = fs::OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(false)
        .mode(0o600)
        .open(file.with_extension("lock"))?;
    lock.lock()?;
    Ok(lock)
}

/// Renames, and sees the new name onto the disk.
fn put_in_place(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    fs::File::open(to.parent().unwrap_or(Path::new(".")))?.sync_all()
}

fn read_keyring(file: &Path) -> Result<Option<Keyring>, HomeError> {
    match fs::read_to_string(file) {
        Ok(text) => {
            let keyring = Keyring::parse(&Zeroizing::new(text));
            keyring.map(Some).map_err(|error| HomeError::Keyring { place: file.display().to_string(), error })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(HomeError::File { path: file.to_owned(), error }),
    }
}

/// Ends a rotation that was cut off: a ring that the database knows takes its place, another is forgotten.
async fn settle_keys(db: &Db, file: &Path, world: &World) -> Result<(), HomeError> {
    let next = next_keys(file);
    if !next.exists() {
        return Ok(());
    }
    let at = |error| HomeError::File { path: next.clone(), error };
    let _lock = lock_keys(file).map_err(at)?;
    let Some(ring) = read_keyring(&next)? else { return Ok(()) };
    if Vault::new(ring, world.clone()).is_known(db).await.unwrap_or(false) {
        put_in_place(&next, file).map_err(at)
    } else {
        fs::remove_file(&next).map_err(at)
    }
}

/// Creates what is missing of the folder, and reads the configuration.
fn prepare(place: &Place) -> Result<(Config, Paths), HomeError> {
    let at = |path: &Path, error| HomeError::File { path: path.to_owned(), error };
    create_folder(&place.data)?;
    let config_path = place.config.clone().unwrap_or_else(|| place.data.join("guichet.toml"));
    if place.config.is_none() && !config_path.exists() {
        create_whole(&config_path, TEMPLATE, &World::real()).map_err(|error| at(&config_path, error))?;
    }
    let config = Config::read(&config_path)?;
    let paths = Paths {
        config: config_path,
        keys: config.key_file.clone().unwrap_or_else(|| place.data.join("keys.toml")),
        heads: place.data.join("audit-heads"),
        templates: place.data.join("templates"),
        database: place.data.join("guichet.db"),
        mail: place.data.join("mail"),
    };
    Ok((config, paths))
}

/// As [`prepare`], where a new folder becomes a demonstration and one that is none is refused.
fn prepare_demonstration(place: &Place) -> Result<(Config, Paths), HomeError> {
    let config = place.data.join("guichet.toml");
    if place.config.is_none() && !config.exists() {
        // A database without a configuration is somebody's: it must not become a demonstration by mistake.
        if place.data.join("guichet.db").exists() {
            return Err(HomeError::NoDemonstration(config));
        }
        create_folder(&place.data)?;
        let created = create_whole(&config, crate::demonstration::CONFIGURATION, &World::real());
        created.map_err(|error| HomeError::File { path: config, error })?;
    }
    let (config, paths) = prepare(place)?;
    if config.demonstration { Ok((config, paths)) } else { Err(HomeError::NoDemonstration(paths.config)) }
}

/// Creates a folder that nobody else on the machine reads.
fn create_folder(path: &Path) -> Result<(), HomeError> {
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.map_err(|error| HomeError::File { path: path.to_owned(), error })
}

/// The machine's time and randomness; in a demonstration from nine o'clock of another day on.
fn world(place: &Place, config: &Config, paths: &Paths) -> Result<World, HomeError> {
    let Some(day) = place.now else { return Ok(World::real()) };
    if !config.demonstration {
        return Err(HomeError::NoDemonstration(paths.config.clone()));
    }
    let start = day.date().at(9, 0, 0, 0).to_zoned(config.zone.clone());
    let start = start.map_or(jiff::Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
    Ok(World::new(Arc::new(OffsetClock::starting_at(start)), Arc::new(SystemEntropy)))
}

async fn open_database(place: &Place, config: &Config, paths: &Paths, world: &World) -> Result<Db, HomeError> {
    let default = || format!("sqlite:{}", paths.database.display());
    let url = place.database.clone().or_else(|| config.database_url.clone()).unwrap_or_else(default);
    let options = Options { max_megabytes: config.max_megabytes, ..Options::default() };
    Ok(Db::open(&url, &options, world.clone()).await?)
}

/// The keyring, and whether it came from the environment. A new one is made only for a database that has seen no key.
async fn keyring(db: &Db, file: &Path, world: &World) -> Result<(Keyring, bool), HomeError> {
    if let Ok(text) = std::env::var(KEYS_VARIABLE) {
        let place = KEYS_VARIABLE.to_owned();
        let keyring = Keyring::parse(&Zeroizing::new(text)).map_err(|error| HomeError::Keyring { place, error })?;
        return Ok((keyring, true));
    }
    settle_keys(db, file, world).await?;
    if let Some(keyring) = read_keyring(file)? {
        return Ok((keyring, false));
    }
    let seen: i64 = db::scalar(db.reader(), "SELECT count(*) FROM vault_keys", []).await?.unwrap_or(0);
    if seen == 0 {
        let at = |error| HomeError::File { path: file.to_owned(), error };
        create_whole(file, &Keyring::generate(world).to_toml(), world).map_err(at)?;
    }
    // Read back: when two nodes begin at once, both work with the one that came first.
    let keyring = read_keyring(file)?.ok_or_else(|| HomeError::NoKeyring(file.to_owned()))?;
    Ok((keyring, false))
}

/// Creates a file whole or not at all; one that is there already stays, as when two nodes begin at once.
fn create_whole(path: &Path, text: &str, world: &World) -> io::Result<()> {
    let part = write_beside(path, text, world)?;
    let linked = fs::hard_link(&part, path);
    fs::remove_file(&part)?;
    match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Replaces a file by another text, whole or not at all.
fn replace_whole(path: &Path, text: &str, world: &World) -> io::Result<()> {
    fs::rename(write_beside(path, text, world)?, path)
}

/// Writes a text to a new file in the same folder, readable for its owner alone, and sees it onto the disk.
fn write_beside(path: &Path, text: &str, world: &World) -> io::Result<PathBuf> {
    let part = path.with_extension(format!("{}.new", world.uuid().simple()));
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&part)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(part)
}
