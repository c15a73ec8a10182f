use sea_orm::{ConnectionTrait, DbBackend};

/// Which database it is, and the words in which the two differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub fn of(connection: &impl ConnectionTrait) -> Self {
        match connection.get_database_backend() {
            DbBackend::Postgres => Self::Postgres,
            _ => Self::Sqlite,
        }
    }

    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// Ends a `SELECT` of rows that this transaction is about to change. SQLite has one writer and needs no word for it.
    pub const fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// As [`Self::for_update`], passing over rows that another transaction holds.
    pub const fn for_update_skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// Turns a migration's SQL into this engine's: `{uuid}`, `{bytes}`, `{moment}` and `{clustered}`, and the section
    /// between `--{sqlite}` or `--{postgres}` and `--{both}`.
    pub(crate) fn render(self, sql: &str) -> String {
        let mut section = None;
        let mut lines = Vec::new();
        for line in sql.lines() {
            match line.trim() {
                "--{sqlite}" => section = Some(Self::Sqlite),
                "--{postgres}" => section = Some(Self::Postgres),
                "--{both}" => section = None,
                _ if section.is_none_or(|engine| engine == self) => lines.push(line),
                _ => {}
            }
        }
        let words = match self {
            Self::Sqlite => {
                [("{uuid}", "BLOB"), ("{bytes}", "BLOB"), ("{moment}", "TEXT"), ("{clustered}", "WITHOUT ROWID")]
            }
            Self::Postgres => {
                [("{uuid}", "uuid"), ("{bytes}", "bytea"), ("{moment}", "timestamptz"), ("{clustered}", "")]
            }
        };
        words.iter().fold(lines.join("\n"), |text, (word, ours)| text.replace(word, ours))
    }
}
