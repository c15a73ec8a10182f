//! What is written to people about their payments, in the transaction that posts them (PAY-1, PAY-5).

use std::sync::Arc;

use accounts::{Grant, Right};
use db::{Db, Tx};
use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::tz::TimeZone;
use kernel::{AccountId, LoginId};
use messages::{Block, Email, Sender};
use payments::{News, NewsError};
use tokio::sync::Notify;
use vault::Vault;
use web::Site;

use crate::letters::{Desk, LetterError};
use crate::{Provider, Told};

/// Writes receipts, and says what failed with nobody there to see it.
pub struct PaymentLetters {
    pub db: Db,
    pub vault: Arc<Vault>,
    pub site: Site,
    pub sender: Sender,
    pub provider: Provider,
    pub public_url: String,
    pub zone: TimeZone,
    pub nudge: Arc<Notify>,
}

impl From<LetterError> for NewsError {
    fn from(error: LetterError) -> Self {
        match error {
            LetterError::Message(error) => Self::Message(error),
            LetterError::Vault(vault::VaultError::Db(error)) => Self::Db(error),
            LetterError::Vault(error) => Self::Other(error.to_string()),
        }
    }
}

impl payments::Told for PaymentLetters {
    fn tell<'a>(&'a self, tx: &'a Tx, news: &'a [News<'a>]) -> BoxFuture<'a, Result<(), NewsError>> {
        self.write_all(tx, news).boxed()
    }
}

impl PaymentLetters {
    async fn write_all(&self, tx: &Tx, news: &[News<'_>]) -> Result<(), NewsError> {
        let told = Told {
            texts: self.site.texts(),
            sender: &self.sender,
            provider: &self.provider,
            public_url: &self.public_url,
            zone: &self.zone,
            claims_wait: true,
        };
        let desk = Desk::with(&self.db, &self.vault, &told);
        let mut emails = Vec::with_capacity(news.len());
        for news in news {
            emails.extend(self.email(&desk, tx, *news).await?);
        }
        if !emails.is_empty() {
            desk.send(tx, &emails).await?;
            self.nudge.notify_one();
        }
        Ok(())
    }

    async fn email(&self, desk: &Desk<'_>, tx: &Tx, news: News<'_>) -> Result<Option<Email>, NewsError> {
        let (payment, kind, amount, reason) = match news {
            News::Paid(payment) => (payment, "paid", payment.amount, None),
            News::Failed(payment) => (payment, "payment-failed", payment.amount, None),
            News::Canceled(payment) => (payment, "payment-canceled", payment.amount, None),
            News::Refunded(payment, refund) => (payment, "refunded", refund.amount, Some(refund.reason.as_str())),
        };
        let unseen = |error: vault::VaultError| NewsError::from(LetterError::Vault(error));
        // Whoever paid. What the provider's own people do with a payment is told to nobody else yet.
        let Some(login) = payment.login else { return Ok(None) };
        let Some(login) = identity::find_login_in(&self.db, tx, &self.vault, login).await.map_err(unseen)? else {
            return Ok(None);
        };
        let grant = Grant::of_the_provider(payment.account, "", Right::SeeBills);
        let view = accounts::account_view_in(&self.db, tx, &self.vault, &grant).await.map_err(unseen)?;
        let Some(view) = view else { return Ok(None) };
        let language = login.language;
        let amount = web::amount(language, amount, payment.currency);
        let say = |key: &str| {
            let values = [("amount", amount.as_str()), ("provider", desk.provider)];
            desk.texts.say_with(language, &format!("letter-{kind}-{key}"), &values)
        };
        let plain = |key: &str| desk.texts.say(language, key);
        let mut facts = vec![(plain("payment-amount"), amount.clone())];
        if let Some(card) = &payment.card {
            facts.push((plain("payment-card"), crate::pay::card_name(desk.texts, language, card)));
        }
        // Typed by one of the staff: not for who has not confirmed that the address is theirs.
        let reason = reason.filter(|_| login.email_confirmed);
        facts.extend(reason.map(|reason| (plain("payment-reason"), kernel::unlinked(reason))));
        facts.push((plain("bill-account"), view.number.clone()));
        facts.push((plain("payment-reference"), crate::pay::reference(payment.id)));
        // Who paid as a secondary user is not the customer, whose name is not theirs to know (USR-3); what is owed is, for who may pay.
        let is_customer =
            accounts::is_held_by(&self.db, tx, payment.account, login.id).await.map_err(LetterError::from)?;
        if is_customer || self.may_pay(tx, payment.account, login.id).await? {
            let owed = billing::balance(tx, payment.account).await?;
            let left = crate::payment_rows::balance(desk.texts, (language, payment.currency), owed);
            facts.push((plain("letter-payment-left"), left));
        }
        let href = format!("{}/accounts/{}/payments/{}", self.public_url, view.number, payment.id);
        let receipt = format!("{href}/receipt.pdf");
        let charged = payment.state == payments::State::Succeeded;
        let mut blocks = vec![
            Block::Text(say("text")),
            Block::Facts(facts),
            Block::Button { label: plain(if charged { "letter-payment-button" } else { "letter-payment-look" }), href },
        ];
        if charged {
            blocks.push(Block::Link { label: plain("payment-receipt"), href: receipt });
        }
        let name = view.name.as_deref().filter(|_| is_customer && login.email_confirmed);
        let letter = desk.letter(language, name, blocks);
        Ok(Some(desk.email(&login.email, (kind, say("subject")), &letter, &view)))
    }

    async fn may_pay(&self, tx: &Tx, account: AccountId, login: LoginId) -> Result<bool, NewsError> {
        Ok(accounts::may_still(tx, &self.vault, (account, login), (Right::Pay, true)).await?)
    }
}
