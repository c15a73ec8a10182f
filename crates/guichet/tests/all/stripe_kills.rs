//! PAY-1, BIL-6, OPS-4: `guichet serve` itself is killed while a customer pays by card: at each of its requests to the gateway
//! in turn, and at moments between its own commits. No message comes from the gateway; the follower of a server that was
//! started again settles what was left open.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use guichet::Home;
use kernel::{Amount, World};
use testkit::{TestPlace, on_both};

use crate::cli::guichet;
use crate::pay_pages::follow;
use crate::stripe_proxy::{Kill, Proxy};
use crate::stripe_site::configure;
use crate::support::{count, doubts, findings, ledger_total, run, with_sample};
use crate::till::APPROVES;
use crate::visitor::{encode, login_form, number_of};

const CENTS: i64 = 500;

/// The real server. It dies with the test.
struct Served {
    child: Child,
    base: String,
}

impl Served {
    fn start(place: &TestPlace) -> Self {
        let mut child = guichet(place, &["serve"]).stdout(Stdio::piped()).spawn().expect("starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let line = lines.next().expect("it says where it listens").expect("text");
        let address =
            line.split_once("Listening on ").and_then(|(_, rest)| rest.split_once(';')).expect("an address").0;
        let base = format!("http://{address}");
        // It may go on to talk; somebody has to listen.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Self { child, base }
    }

    fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().expect("ends");
    }

    /// As an operator stops it.
    fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().expect("kill");
        assert!(told.success() && self.child.wait().expect("ends").success(), "it stops gracefully");
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A customer before whatever server there is.
struct Customer {
    http: reqwest::Client,
    cookies: BTreeMap<String, String>,
    number: String,
}

impl Customer {
    async fn sign_up(base: &str, home: &Home, (key, postal_code): (&str, &str)) -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        let mut customer = Self { http, cookies: BTreeMap::new(), number: number_of(home, key).await };
        let number = customer.number.clone();
        let form = [("account_number", number.as_str()), ("postal_code", postal_code)];
        customer.post(base, "/sign-up", &form).await.expect("answered");
        let name = format!("customer.{}", &key[..4]);
        let done = customer.post(base, "/sign-up/login", &login_form(&name)).await.expect("answered");
        assert!(done.ends_with("/overview?welcome=1"), "{done}");
        customer
    }

    /// Where a form leads; an error when the server dies.
    async fn post(&mut self, base: &str, path: &str, form: &[(&str, &str)]) -> Result<String, reqwest::Error> {
        let fields: Vec<String> = form.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let request = self.http.post(format!("{base}{path}")).body(fields.join("&"));
        self.send(request.header("content-type", "application/x-www-form-urlencoded")).await
    }

    async fn get(&mut self, base: &str, path: &str) -> Result<String, reqwest::Error> {
        let request = self.http.get(format!("{base}{path}"));
        self.send(request).await
    }

    /// Where an answer leads, or its text.
    async fn send(&mut self, request: reqwest::RequestBuilder) -> Result<String, reqwest::Error> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let response = request.header("cookie", cookies.join("; ")).header("accept-language", "en").send().await?;
        for cookie in response.headers().get_all("set-cookie") {
            let pair = cookie.to_str().expect("text").split(';').next().and_then(|pair| pair.split_once('='));
            let (name, value) = pair.expect("a cookie");
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = response.headers().get("location").and_then(|to| to.to_str().ok()).map(str::to_owned);
        match location {
            Some(location) => Ok(location),
            None => response.text().await,
        }
    }

    /// All pages of a payment, one after the other; its own page's address.
    async fn pay(&mut self, base: &str, method: &str) -> Result<String, reqwest::Error> {
        let path = format!("/accounts/{}/pay", self.number);
        let amount = Amount::cents(CENTS).to_string();
        let form = [("for", "other"), ("amount", amount.as_str()), ("more", "yes")];
        let card_page = self.post(base, &path, &form).await?;
        let key = card_page.split_once("&key=").map(|(_, key)| key.to_owned()).unwrap_or_else(|| panic!("{card_page}"));
        self.get(base, &card_page).await?;
        let check = self.get(base, &format!("{}&method={method}", card_page.replace("/card?", "/check?"))).await?;
        assert!(check.contains("Visa ending in 4242"), "{check}");
        let form = [("key", key.as_str()), ("amount", &amount), ("for", "other"), ("more", "yes"), ("method", method)];
        self.post(base, &format!("{path}/check"), &form).await
    }
}

/// How a test stands: the place, the gateway, and what has to be true after each death.
struct Trial<'a> {
    place: &'a TestPlace,
    proxy: Proxy,
    home: Home,
}

impl Trial<'_> {
    /// The gateway's charges and our entries, payment by payment: one of each, or neither.
    async fn are_even(&self) -> bool {
        let succeeded = count(&self.home, "payments WHERE state = 'succeeded'").await;
        let entries = count(&self.home, "ledger_entries WHERE kind = 'payment'").await;
        assert_eq!(succeeded, entries, "what is posted is posted once");
        let charges = self.proxy.gateway.charges_in_all().await as i64;
        assert!(charges >= entries, "nothing is posted that was not charged");
        charges == entries
    }

    async fn assert_one_charge_at_most(&self) {
        let intents = self.proxy.gateway.all("payment_intents").await;
        let charged = intents.iter().filter(|intent| intent["status"] == "succeeded");
        let mut payments: Vec<String> =
            charged.map(|intent| intent["metadata"]["guichet_payment"].to_string()).collect();
        let all = payments.len();
        payments.sort();
        payments.dedup();
        assert_eq!(payments.len(), all, "two charges for one payment");
        assert_eq!(all, self.proxy.gateway.charges_in_all().await);
    }

    /// One payment after the other, each killed at the next request to the gateway, until one gets through. Deaths.
    async fn kill_at_each_request(&self, customer: &mut Customer, after: bool) -> usize {
        for call in 0.. {
            let mut served = Served::start(self.place);
            let method = self.proxy.gateway.method(APPROVES).await;
            self.proxy.kill(Kill { call, after, process: served.child.id() });
            let paid = customer.pay(&served.base, &method).await;
            let has_died = self.proxy.has_killed();
            assert_eq!(paid.is_err(), has_died, "{call} {after}: {paid:?}");
            served.kill();
            self.assert_one_charge_at_most().await;
            if !has_died {
                assert!(paid.expect("answered").starts_with(&format!("/accounts/{}/payments/", customer.number)));
                return call;
            }
        }
        0
    }

    /// Presses the last button, and kills the server so long after: between two commits, in one, or after all. How long the
    /// answer took, where nobody was killed.
    async fn kill_after(&self, customer: &mut Customer, pause: Option<Duration>) -> Duration {
        let mut served = Served::start(self.place);
        let base = served.base.clone();
        let method = self.proxy.gateway.method(APPROVES).await;
        let amount = Amount::cents(CENTS).to_string();
        // The gateway's own is drawn anew each time.
        let form = [("key", &method[..]), ("amount", &amount), ("for", "other"), ("more", "yes"), ("method", &method)];
        let path = format!("/accounts/{}/pay/check", customer.number);
        // The page before, so that the server is warm.
        customer.get(&base, &format!("/accounts/{}/pay", customer.number)).await.expect("answered");
        let begun = Instant::now();
        let kill = async {
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
                served.kill();
            }
        };
        let (paid, ()) = tokio::join!(customer.post(&base, &path, &form), kill);
        let took = begun.elapsed();
        assert!(pause.is_some() || paid.is_ok(), "{paid:?}");
        self.assert_one_charge_at_most().await;
        took
    }
}

/// A gateway, and the configuration of a server that listens at whatever port is free and gets no messages.
async fn configured(place: &TestPlace) -> Proxy {
    let proxy = Proxy::start().await;
    configure(place, &proxy.url).await;
    let file = place.data().join("guichet.toml");
    let text = std::fs::read_to_string(&file).expect("a configuration");
    let text = text.replace("listen = \"127.0.0.1:8080\"", "listen = \"127.0.0.1:0\"");
    std::fs::write(&file, text.replace("webhook_secret_file = ", "# ")).expect("written");
    proxy
}

on_both! {
    async fn pay_1_the_server_killed_at_every_step_there_is_one_charge_and_one_entry_or_neither(place: &TestPlace) {
        let proxy = configured(place).await;
        let home = with_sample(place).await;
        run(&home, "2026-12").await;
        let owed = ledger_total(&home).await;
        let trial = Trial { place, proxy, home };
        let served = Served::start(place);
        let mut first = Customer::sign_up(&served.base, &trial.home, ("0001-AAAAA", "H2X 1Y4")).await;
        let mut second = Customer::sign_up(&served.base, &trial.home, ("0002-BBBBB", "G1R 2B5")).await;
        let mut third = Customer::sign_up(&served.base, &trial.home, ("0003-CCCCC", "J8X 3X2")).await;
        served.stop();

        // The first time an account needs a customer at the gateway: what the card is, a customer, an intent, the charge. Then:
        // what the card is, an intent, how it stands, the charge.
        let mut deaths = Vec::new();
        for (customer, after) in [(&mut first, false), (&mut second, true)] {
            for _ in 0..2 {
                deaths.push(trial.kill_at_each_request(customer, after).await);
            }
        }
        assert!(deaths.iter().all(|deaths| *deaths >= 4), "{deaths:?}");
        trial.kill_after(&mut third, None).await;
        let whole = trial.kill_after(&mut third, None).await;
        for part in 1..8 {
            trial.kill_after(&mut third, Some(whole * part / 8)).await;
        }

        // Charged, and the answer lost with the server: the follower of the next one finds it.
        assert!(!trial.are_even().await, "some were charged while the server died");
        let served = Served::start(place);
        let begun = Instant::now();
        while !trial.are_even().await {
            assert!(begun.elapsed() < Duration::from_secs(60), "the follower does not find what was charged");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        trial.assert_one_charge_at_most().await;
        // The customer who looks again sees it, and pays nothing by that.
        let list = second.get(&served.base, &format!("/accounts/{}/payments", second.number)).await.expect("answered");
        assert!(list.contains("on the bill of"), "{list}");
        served.stop();

        // What never got as far as a charge is given up when its time is over.
        for minutes in [11, 12, 30] {
            let moved = World::real().now().timestamp().duration_since(trial.home.world.now().timestamp());
            place.advance_seconds(moved.as_secs() + minutes * 60);
            follow(&trial.home).await;
        }
        assert_eq!(count(&trial.home, "payments WHERE state NOT IN ('succeeded', 'canceled')").await, 0);
        assert!(trial.are_even().await);
        trial.assert_one_charge_at_most().await;
        let charged = trial.proxy.gateway.charges_in_all().await as i64;
        assert!(charged >= 8, "six got through, and two were charged while the server died: {charged}");
        assert_eq!(ledger_total(&trial.home).await, owed - Amount::cents(CENTS * charged));
        assert_eq!(db::jobs::left(trial.home.db.reader(), "payments").await.expect("read"), db::jobs::Left::default());
        assert_eq!((doubts(&trial.home).await, findings(&trial.home).await), (vec![], vec![]));
    }
}
