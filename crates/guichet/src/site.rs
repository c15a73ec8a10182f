//! Serving the site: what the configuration says of it, and how it starts and stops (OPS-1, OPS-4).

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kernel::{Amount, Problem};
use payments::{Follower, Gateway, Payments, Simulated, Stripe, StripeError};
use portal::{App, CardEntry, Parts, PaymentLetters, Provider, StripeFields, Texting, Till, Told};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use toml::Spanned;
use web::{Site, SiteError, SiteOptions};

use crate::config::ConfigError;
use crate::gateway::is_stand_in;
use crate::home::Home;
use crate::listen::{Listening, Patience};
use crate::mail::MailError;

/// What is under way when the stop is asked for may end within so long.
const STOP_WITHIN: Duration = Duration::from_secs(20);

/// Where the site is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Web {
    pub listen: SocketAddr,
    /// Without a slash at the end.
    pub public_url: Option<String>,
    pub proxies: usize,
    pub patience: Patience,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FileWeb {
    listen: Option<Spanned<String>>,
    public_url: Option<Spanned<String>>,
    proxies: usize,
    header_seconds: Option<Spanned<u16>>,
    idle_seconds: Option<Spanned<u16>>,
    connections: Option<Spanned<u32>>,
}

impl FileWeb {
    fn patience(&self, text: &str) -> Result<Patience, Problem> {
        let usual = Patience::default();
        let seconds = |field: &Option<Spanned<u16>>, name: &str, usual: Duration| match field {
            None => Ok(usual),
            Some(seconds) if (1..=300).contains(seconds.get_ref()) => {
                Ok(Duration::from_secs(u64::from(*seconds.get_ref())))
            }
            Some(seconds) => Err(Problem::at(text, seconds.span().start, format!("{name} must be 1 to 300"))),
        };
        let connections = match &self.connections {
            None => usual.connections,
            Some(count) if (16..=100_000).contains(count.get_ref()) => *count.get_ref() as usize,
            Some(count) => {
                return Err(Problem::at(text, count.span().start, "connections must be 16 to 100000"));
            }
        };
        Ok(Patience {
            header: seconds(&self.header_seconds, "header_seconds", usual.header)?,
            idle: seconds(&self.idle_seconds, "idle_seconds", usual.idle)?,
            connections,
        })
    }

    pub(crate) fn check(self, text: &str) -> Result<Web, Problem> {
        let patience = self.patience(text)?;
        let listen = match &self.listen {
            None => SocketAddr::from(([127, 0, 0, 1], 8080)),
            Some(listen) => listen.get_ref().parse().map_err(|_| {
                let said = listen.get_ref();
                let reason = format!("“{said}” is no address to listen on; expected one such as 127.0.0.1:8080");
                Problem::at(text, listen.span().start, reason)
            })?,
        };
        let public_url = self.public_url.map(|url| {
            let said = url.get_ref().trim_end_matches('/');
            let host = said.strip_prefix("https://").or_else(|| said.strip_prefix("http://"));
            if host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' '])) {
                return Ok(said.to_owned());
            }
            let reason = format!("“{said}” is no address of a site; expected one such as https://client.example.ca");
            Err(Problem::at(text, url.span().start, reason))
        });
        Ok(Web { listen, public_url: public_url.transpose()?, proxies: self.proxies, patience })
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error("cannot listen on {listen}: {error}")]
    Listen { listen: SocketAddr, error: std::io::Error },
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Stripe(#[from] StripeError),
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error(transparent)]
    Site(#[from] SiteError),
    #[error(transparent)]
    Pdf(#[from] paper::PdfError),
}

/// The provider as pages, bills and letters name it.
pub fn provider(home: &Home) -> Provider {
    home.config.provider()
}

/// Templates and texts; the operator's own templates, in the folder `templates` of the data folder, come first.
///
/// # Errors
/// When one of them is not what it should be.
pub fn site(home: &Home, public_url: &str) -> Result<Site, SiteError> {
    let options = SiteOptions {
        provider: web::Provider {
            name: home.config.provider.facts.name.clone(),
            telephone: home.config.provider.facts.telephone.clone(),
        },
        demonstration: home.config.demonstration,
        templates: Some(home.paths.templates.clone()),
        secure: public_url.starts_with("https://"),
    };
    Site::new(&portal::SLICES, options)
}

/// Where links lead; where it listens when the configuration does not say. This computer by its name, for browsers know
/// passkeys for names alone (SEC-3).
pub fn public_url(home: &Home, listen: SocketAddr) -> String {
    home.config.web.public_url.clone().unwrap_or_else(|| match listen.ip().is_loopback() {
        true => format!("http://localhost:{}", listen.port()),
        false => format!("http://{listen}"),
    })
}

/// What commands write letters with.
pub(crate) fn told<'a>(home: &'a Home, site: &'a Site, provider: &'a Provider, public_url: &'a str) -> Told<'a> {
    Told {
        texts: site.texts(),
        sender: &home.config.mail.sender,
        provider,
        public_url,
        zone: &home.config.zone,
        claims_wait: home.config.claims_wait,
    }
}

/// The most that one payment may be.
const MOST_PAID: Amount = Amount::cents(1_000_000);

/// What is told of payments.
fn payment_letters(home: &Home, site: &Site, public_url: &str, nudge: &Arc<Notify>) -> PaymentLetters {
    PaymentLetters {
        db: home.db.clone(),
        vault: home.vault.clone(),
        site: site.clone(),
        sender: home.config.mail.sender.clone(),
        provider: provider(home),
        public_url: public_url.to_owned(),
        zone: home.config.zone.clone(),
        nudge: nudge.clone(),
    }
}

/// Where customers pay: at the simulated gateway in a demonstration, at the configured one elsewhere, if there is one.
///
/// # Errors
/// When one of the gateway's secrets is not what it should be.
pub(crate) fn till(
    home: &Home,
    site: &Site,
    public_url: &str,
    nudge: &Arc<Notify>,
) -> Result<Option<Till>, ServeError> {
    let Some((gateway, entry)) = gateway(home, public_url)? else { return Ok(None) };
    let told = Arc::new(payment_letters(home, site, public_url, nudge));
    let settings = payments::Settings {
        zone: home.config.zone.clone(),
        public_url: public_url.to_owned(),
        most: MOST_PAID,
        claims_wait: home.config.claims_wait,
    };
    let kept = (home.db.clone(), home.vault.clone());
    Ok(Some(Till { payments: Payments::new(kept, gateway, told, settings), entry }))
}

/// The gateway, and where cards are entered for it.
type GatewayAndEntry = (Arc<dyn Gateway>, CardEntry);

fn gateway(home: &Home, public_url: &str) -> Result<Option<GatewayAndEntry>, ServeError> {
    if home.config.demonstration {
        let simulated = Arc::new(Simulated::new(home.db.clone(), public_url));
        return Ok(Some((simulated.clone(), CardEntry::Simulated(simulated))));
    }
    let (Some(account), Some(settings)) = (&home.config.payments.stripe, home.stripe()?) else { return Ok(None) };
    let fields = StripeFields {
        publishable_key: account.publishable_key.value.clone(),
        // What stands in for the API on this machine stands in for the script too.
        stand_in: is_stand_in(&account.api_url).then(|| account.api_url.clone()),
        takes_messages: settings.webhook_secret.is_some(),
    };
    let stripe = Stripe::new(settings, home.world.clone())?;
    Ok(Some((Arc::new(stripe), CardEntry::Stripe(fields))))
}

/// What every page works with. `nudge` is told when a message waits.
///
/// # Errors
/// When templates, texts or fonts are not what they should be.
pub fn app(home: &Home, public_url: &str, nudge: Arc<Notify>) -> Result<App, ServeError> {
    let site = site(home, public_url)?;
    Ok(App::new(Parts {
        till: till(home, &site, public_url, &nudge)?,
        site,
        db: home.db.clone(),
        vault: home.vault.clone(),
        renderer: Arc::new(paper::Renderer::new()?),
        zone: home.config.zone.clone(),
        policy: home.config.password_policy,
        provider: provider(home),
        sender: home.config.mail.sender.clone(),
        nudge,
        texts: home.config.texts.are_sent().then(|| Texting::new(home.config.texts.rules.clone())),
        public_url: public_url.to_owned(),
        proxies: home.config.web.proxies,
        smtputf8: home.config.mail.smtputf8,
        claims_wait: home.config.claims_wait,
        new_customers: home.config.new_customers.clone(),
        suffix: home.config.suffix.clone(),
        activation_lasts: home.config.activation_lasts,
        failures: home.config.sign_in_failures,
        code_on_new_device: home.config.code_on_new_device,
        remember_step: home.config.remember_step,
        email_change_after: home.config.email_change_after,
        idle: home.config.idle,
        recovery: home.config.recovery.clone(),
        users: home.config.users,
        invitation_lasts: home.config.invitation_lasts,
        contact_changes_last: home.config.contact_changes_last,
    }))
}

/// How often it is looked which requests with documents something is due about.
const LOOK_AT_RECOVERIES: Duration = Duration::from_secs(30);

/// Does what is due about requests with documents, until `shutdown` is there (SEC-5).
async fn do_due_recoveries(app: App, shutdown: impl Future<Output = ()>) {
    tokio::pin!(shutdown);
    loop {
        if let Err(error) = portal::do_due_recoveries(&app).await {
            tracing::error!(%error, "requests with documents cannot be followed");
        }
        tokio::select! {
            biased;
            () = &mut shutdown => return,
            () = tokio::time::sleep(LOOK_AT_RECOVERIES) => {}
        }
    }
}

/// A site that listens.
pub struct Server {
    app: App,
    postman: messages::Postman,
    texts: Option<messages::Postman>,
    listener: TcpListener,
    patience: Patience,
    proxies: usize,
    pub address: SocketAddr,
    pub public_url: String,
}

impl Server {
    /// Listens; nothing is answered yet.
    ///
    /// # Errors
    /// When the address is taken, or templates, texts or the mail server's password are not what they should be.
    pub async fn bind(home: &Home, listen: SocketAddr) -> Result<Self, ServeError> {
        let at = |error| ServeError::Listen { listen, error };
        let listener = TcpListener::bind(listen).await.map_err(at)?;
        let address = listener.local_addr().map_err(at)?;
        let public_url = public_url(home, address);
        let postman = home.postman()?;
        let texts = home.text_postman()?;
        let app = app(home, &public_url, postman.nudge())?;
        let texts = texts.map(|postman| match &app.texts {
            Some(texting) => postman.woken_by(texting.nudge.clone()),
            None => postman,
        });
        let (patience, proxies) = (home.config.web.patience, home.config.web.proxies);
        Ok(Self { app, postman, texts, listener, patience, proxies, address, public_url })
    }

    /// Answers until `stop`, then lets what is under way end.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        let (stopping, stopped) = watch::channel(false);
        let until = |mut stopped: watch::Receiver<bool>| async move {
            let _ = stopped.wait_for(|stopped| *stopped).await;
        };
        let postman = self.postman;
        let posting = until(stopped.clone());
        let mail = tokio::spawn(async move { postman.run(posting).await });
        let texts = self.texts;
        let texting = until(stopped.clone());
        let text = tokio::spawn(async move {
            if let Some(postman) = texts {
                postman.run(texting).await;
            }
        });
        let follower = self.app.till.as_ref().map(|till| Follower::new(till.payments.clone()));
        let following = until(stopped.clone());
        let follow = tokio::spawn(async move {
            if let Some(follower) = follower {
                follower.run(following).await;
            }
        });
        let recovering = tokio::spawn(do_due_recoveries(self.app.clone(), until(stopped.clone())));
        let watching = portal::watch_email_changes(self.app.clone(), until(stopped.clone()));
        let watch = tokio::spawn(watching);
        let contacts = tokio::spawn(portal::watch_contact_changes(self.app.clone(), until(stopped.clone())));
        let listening = Listening { patience: self.patience, is_behind_proxy: self.proxies > 0 };
        let router = portal::router(&self.app);
        let mut serving = tokio::spawn(listening.serve(self.listener, router, until(stopped)));
        tokio::select! {
            _ = &mut serving => return Ok(()),
            () = stop => {}
        }
        let _ = stopping.send(true);
        let both = async {
            let _ = serving.await;
            let _ = follow.await;
            let _ = recovering.await;
            let _ = watch.await;
            let _ = contacts.await;
            let _ = mail.await;
            let _ = text.await;
        };
        if tokio::time::timeout(STOP_WITHIN, both).await.is_err() {
            tracing::warn!("some answers did not end in time");
        }
        Ok(())
    }
}

/// Waits for Ctrl-C or the operator's SIGTERM.
pub fn stop_signal() -> impl Future<Output = ()> {
    use tokio::signal::unix::{SignalKind, signal};
    // Listened for from here on, not from the first poll: whoever got an answer may ask for the end at once.
    let terminate = signal(SignalKind::terminate());
    async move {
        match terminate {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = tokio::signal::ctrl_c() => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(_) => {
                let _ = tokio::signal::ctrl_c().await;
            }
        }
    }
}
