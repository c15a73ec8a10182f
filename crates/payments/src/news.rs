//! What others wish to know of payments, in the very transaction in which it becomes true: the binary wires who listens.

use db::{DbErr, DbFault, Tx};
use futures::FutureExt;
use futures::future::BoxFuture;
use messages::MessageError;

use crate::payment::{Payment, Refund};

/// Something that its customer should hear of.
#[derive(Clone, Copy, Debug)]
pub enum News<'a> {
    /// It was charged, and is posted.
    Paid(&'a Payment),
    /// It was not charged, and nobody was there to see it.
    Failed(&'a Payment),
    /// Nobody went on with it, and it was ended before anything was charged.
    Canceled(&'a Payment),
    /// Money went back, and is posted.
    Refunded(&'a Payment, &'a Refund),
}

/// Somebody who is told, as by a letter that is enqueued.
pub trait Told: Send + Sync {
    /// Writes what is to be written in the caller's transaction, which is tried again on a conflict: nothing else may
    /// come of it. An error undoes what the news is about, and it is tried again.
    fn tell<'a>(&'a self, tx: &'a Tx, news: &'a [News<'a>]) -> BoxFuture<'a, Result<(), NewsError>>;
}

#[derive(Debug, thiserror::Error)]
pub enum NewsError {
    #[error(transparent)]
    Message(#[from] MessageError),
    #[error("{0}")]
    Other(String),
    #[error(transparent)]
    Db(#[from] DbErr),
}

impl DbFault for NewsError {
    fn db_err(&self) -> Option<&DbErr> {
        match self {
            Self::Message(error) => error.db_err(),
            Self::Other(_) => None,
            Self::Db(error) => Some(error),
        }
    }
}

/// Nobody.
pub struct Silent;

impl Told for Silent {
    fn tell<'a>(&'a self, _tx: &'a Tx, _news: &'a [News<'a>]) -> BoxFuture<'a, Result<(), NewsError>> {
        async { Ok(()) }.boxed()
    }
}
