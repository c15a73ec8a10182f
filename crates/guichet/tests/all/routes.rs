//! Who may do what, in one file to read: every route asked as nobody, as the holder of an account and as the holder of
//! another one (ACC-3), in a demonstration, which has all of them. The list is the reviewed snapshot; a route that is missing here fails the last test.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use guichet::Home;
use testkit::{TestPlace, on_both};

use crate::new_customers::hosting;
use crate::staff::{at_step, staff};
use crate::stripe_site::provider;
use crate::support::{execute, run, with_sample};
use crate::visitor::{Answer, Visitor, number_of};

/// Method, path, and the answer to nobody, to the account's holder, to another account's holder. `in`: to the sign-in page.
pub(crate) const ACCESS: &str = "
GET  /                                in   303  303
GET  /sign-in                         200  303  303
POST /sign-in                         422  422  422
GET  /sign-in/code                    in   in   in
POST /sign-in/code                    in   303  303
POST /sign-in/code/again              in   in   in
GET  /sign-in/step                    in   in   in
POST /sign-in/step                    in   303  303
POST /sign-in/step/send               in   in   in
POST /sign-in/step/passkey            404  404  404
POST /sign-in/step/passkey/options    in   in   in
POST /sign-in/passkey                 404  404  404
POST /sign-in/passkey/options         404  404  404
GET  /sign-in/not-me/{secret}         404  404  404
POST /sign-in/not-me/{secret}         404  404  404
POST /sign-out                        303  303  303
GET  /recover                         200  200  200
POST /recover                         422  422  422
GET  /recover/names                   200  200  200
POST /recover/names                   422  422  422
GET  /recover/{secret}                404  404  404
POST /recover/{secret}                404  404  404
GET  /recover/documents               200  200  200
POST /recover/documents               400  400  400
GET  /recover/documents/object/{secret} 404 404 404
POST /recover/documents/object/{secret} 404 404 404
GET  /recover/documents/renew/{secret} 404 404  404
POST /recover/documents/renew/{secret} 404 404  404
GET  /recover/backup                  200  200  200
POST /recover/backup                  422  422  422
GET  /email/confirm/{secret}          404  404  404
POST /email/confirm/{secret}          404  404  404
GET  /email/refuse/{secret}           404  404  404
POST /email/refuse/{secret}           404  404  404
GET  /email/revert/{secret}           404  404  404
POST /email/revert/{secret}           404  404  404
GET  /backup/{secret}                 404  404  404
POST /backup/{secret}                 404  404  404
GET  /sign-up                         200  200  200
POST /sign-up                         422  422  422
GET  /sign-up/login                   303  303  303
POST /sign-up/login                   410  410  410
GET  /sign-up/username?name=eve       404  404  404
GET  /sign-up/stop/{secret}           404  404  404
POST /sign-up/stop/{secret}           404  404  404
GET  /sign-up/new                     200  200  200
POST /sign-up/new                     422  422  422
GET  /sign-up/new/{secret}            404  404  404
POST /sign-up/new/{secret}            404  404  404
GET  /activate                        200  200  200
POST /activate                        422  422  422
GET  /activate/{secret}               404  404  404
POST /activate/{secret}               404  404  404
GET  /profile/details                 in   200  200
GET  /profile/details/{number}/{part} in   303  404
POST /profile/details/{number}/{part} in   303  404
GET  /profile/preferences             in   303  303
GET  /profile/preferences/{number}    in   303  404
POST /profile/preferences/{number}    in   303  404
GET  /profile/password                in   303  303
POST /profile/password                in   303  303
GET  /profile/security                in   200  200
POST /profile/prove/passkey           in   404  404
POST /profile/prove/passkey/options   in   404  404
GET  /profile/security/passkeys       in   200  200
POST /profile/security/passkeys       in   404  404
POST /profile/security/passkeys/options in 404  404
GET  /profile/security/passkeys/{passkey} in 404 404
POST /profile/security/passkeys/{passkey} in 404 404
POST /profile/security/passkeys/{passkey}/remove in 303 303
POST /profile/security/end            in   400  400
POST /profile/security/end-others     in   303  303
POST /profile/stay                    in   204  204
GET  /profile/delete                  in   303  303
POST /profile/delete                  in   303  303
GET  /profile/deleted                 200  200  200
GET  /profile/prove?need=email        in   200  200
GET  /profile/prove                   in   404  404
POST /profile/prove                   in   404  404
POST /profile/prove/code              in   404  404
POST /profile/prove/again             in   404  404
POST /profile/prove/agent             in   404  404
POST /profile/prove/stop              in   303  303
GET  /proof/stop/{secret}             404  404  404
POST /proof/stop/{secret}             404  404  404
POST /profile/prove/step              in   404  404
POST /profile/prove/step/send         in   404  404
GET  /profile/steps                   in   200  200
POST /profile/steps/totp/begin        in   303  303
GET  /profile/steps/totp              in   303  303
POST /profile/steps/totp              in   303  303
GET  /profile/steps/totp/off          in   303  303
POST /profile/steps/totp/off          in   303  303
GET  /profile/steps/codes             in   303  303
POST /profile/steps/codes             in   303  303
POST /profile/steps/codes/file        in   404  404
GET  /profile/steps/sms               in   404  404
POST /profile/steps/sms               in   404  404
POST /profile/steps/sms/code          in   303  303
GET  /profile/steps/sms/off           in   303  303
POST /profile/steps/sms/off           in   303  303
GET  /profile/backup                  in   200  200
POST /profile/backup                  in   422  422
POST /profile/backup/remove           in   303  303
POST /profile/backup/again            in   303  303
GET  /profile/email                   in   200  200
POST /profile/email                   in   422  422
POST /profile/email/code              in   303  303
POST /profile/email/code/again        in   303  303
POST /profile/email/new/again         in   303  303
POST /profile/email/cancel            in   303  303
GET  /profile/requests                in   200  200
GET  /profile/history                 in   200  200
GET  /profile/history.csv             in   200  200
GET  /profile/linked-accounts         in   200  200
POST /profile/linked-accounts/ask     in   422  422
GET  /profile/linked-accounts/code    in   303  303
POST /profile/linked-accounts/code    in   303  303
POST /profile/linked-accounts/login   in   in   in
GET  /profile/linked-accounts/join    in   303  303
POST /profile/linked-accounts/join    in   303  303
POST /profile/linked-accounts/back    303  303  303
GET  /profile/linked-accounts/undo/{link} in 404 404
POST /profile/linked-accounts/undo/{link} in 303 303
GET  /links/undo/{secret}             404  404  404
POST /links/undo/{secret}             404  404  404
POST /activate/{secret}/add           in   303  303
GET  /accounts/{number}/history       in   303  404
GET  /accounts/{number}/history.csv   in   303  404
GET  /accounts/{number}               in   303  404
GET  /accounts/{number}/overview      in   200  404
GET  /accounts/{number}/confirm       in   200  404
POST /accounts/{number}/confirm       in   422  404
POST /accounts/{number}/confirm/code  in   303  404
GET  /accounts/{number}/services      in   200  404
GET  /accounts/{number}/bills         in   200  404
GET  /accounts/{number}/bills/csv     in   200  404
GET  /accounts/{number}/bills/{bill}  in   200  404
GET  /accounts/{number}/bills/{bill}/pdf in 200 404
GET  /accounts/{number}/pay           in   200  404
POST /accounts/{number}/pay           in   422  404
GET  /accounts/{number}/pay/card?amount=5.00 in 200 404
GET  /accounts/{number}/pay/card      in   400  404
GET  /accounts/{number}/pay/check?amount=5.00 in 303 404
POST /accounts/{number}/pay/check     in   400  404
GET  /accounts/{number}/payments      in   200  404
GET  /accounts/{number}/payments/{payment} in 404 404
GET  /accounts/{number}/payments/{payment}/receipt.pdf in 404 404
POST /accounts/{number}/payments/{payment}/cancel in 404 404
GET  /accounts/{number}/cards/new     in   404  404
POST /accounts/{number}/cards/new     in   404  404
GET  /accounts/{number}/cards/{card}  in   404  404
POST /accounts/{number}/cards/{card}/default in 404 404
POST /accounts/{number}/cards/{card}/name in 404 404
POST /accounts/{number}/cards/{card}/remove in 404 404
GET  /accounts/{number}/users in 303 404
GET  /accounts/{number}/users/new in 303 404
POST /accounts/{number}/users/new in 303 404
GET  /accounts/{number}/users/requests/{request} in 303 404
POST /accounts/{number}/users/requests/{request} in 303 404
GET  /accounts/{number}/users/{user} in 303 404
GET  /accounts/{number}/users/{user}/view in 303 404
GET  /accounts/{number}/users/{user}/name in 303 404
POST /accounts/{number}/users/{user}/name in 303 404
GET  /accounts/{number}/users/{user}/rights in 303 404
POST /accounts/{number}/users/{user}/rights in 303 404
GET  /accounts/{number}/users/{user}/password in 303 404
POST /accounts/{number}/users/{user}/password in 303 404
GET  /accounts/{number}/users/{user}/remove in 303 404
POST /accounts/{number}/users/{user}/remove in 303 404
POST /accounts/{number}/users/{user}/again in 303 404
POST /accounts/{number}/users/{user}/unlock in 303 404
POST /accounts/{number}/users/{user}/step in 303 404
GET  /accounts/{number}/rights        in   404  404
POST /accounts/{number}/rights        in   404  404
GET  /profile/rights/{user}           in   404  404
POST /profile/rights/{user}           in   404  404
GET  /staff                           desk desk desk
GET  /staff/sign-in                   200  200  200
POST /staff/sign-in                   422  422  422
POST /staff/sign-out                  303  303  303
GET  /staff/password/{secret}         404  404  404
POST /staff/password/{secret}         404  404  404
GET  /staff/activations               desk desk desk
POST /staff/activations               desk desk desk
GET  /staff/claims                    desk desk desk
POST /staff/claims                    desk desk desk
GET  /staff/locks                     desk desk desk
POST /staff/locks                     desk desk desk
GET  /staff/checks                    desk desk desk
POST /staff/checks                    desk desk desk
GET  /staff/step                      303  303  303
POST /staff/step                      303  303  303
GET  /staff/step/setup                303  303  303
POST /staff/step/setup                303  303  303
GET  /staff/codes                     desk desk desk
POST /staff/codes                     desk desk desk
POST /staff/codes/file                desk desk desk
GET  /staff/steps                     desk desk desk
POST /staff/steps                     desk desk desk
GET  /staff/recoveries                desk desk desk
GET  /staff/recoveries/{id}           desk desk desk
POST /staff/recoveries/{id}           desk desk desk
GET  /staff/recoveries/{id}/documents/{file} desk desk desk
GET  /staff/holders                   desk desk desk
GET  /staff/holders/new               desk desk desk
POST /staff/holders/new               desk desk desk
GET  /staff/holders/{id}              desk desk desk
POST /staff/holders/{id}              desk desk desk
GET  /holder-change/{secret}          404  404  404
POST /holder-change/{secret}          400  400  400
GET  /invitation/{secret}             404  404  404
POST /invitation/{secret}             404  404  404
GET  /accounts/{number}/contacts      in   303  404
GET  /accounts/{number}/contacts/{place}/{kind} in 303 404
POST /accounts/{number}/contacts/{place}/{kind} in 303 404
POST /accounts/{number}/contacts/{place}/{kind}/default in 303 404
POST /accounts/{number}/contacts/{place}/{kind}/withdraw in 303 404
POST /accounts/{number}/contacts/{place}/{kind}/again in 303 404
GET  /staff/representatives           desk desk desk
GET  /staff/representatives/new       desk desk desk
POST /staff/representatives/new       desk desk desk
GET  /staff/representatives/{id}      desk desk desk
POST /staff/representatives/{id}      desk desk desk
GET  /staff/representatives/{id}/documents/{file} desk desk desk
GET  /representative/{secret}         404  404  404
POST /representative/{secret}         404  404  404
GET  /contact-change/{secret}         404  404  404
POST /contact-change/{secret}         400  400  400
GET  /support/contact                 200  200  200
POST /language                        400  400  400
GET  /health/live                     200  200  200
GET  /health/ready                    200  200  200
GET  /metrics                         404  404  404
GET  /assets/x/guichet.css            200  200  200
GET  /demo/outbox                     200  200  200
GET  /demo/components                 200  200  200
POST /demo/gateway/cards              303  303  303
GET  /demo/gateway/{payment}          404  404  404
POST /demo/gateway/{payment}          400  400  400
POST /hooks/stripe                    404  404  404
";

/// Method, path, and the answer to an agent, technical support, a billing specialist, a supervisor, an administrator. Where
/// the answer is the same to nobody and to all of them, [`ACCESS`] says it alone.
const STAFF_ACCESS: &str = "
GET  /staff                           200  200  200  200  200
GET  /staff/sign-in                   303  303  303  303  303
GET  /staff/activations               200  404  404  200  404
POST /staff/activations               422  404  404  422  404
GET  /staff/claims                    200  404  404  200  404
POST /staff/claims                    422  404  404  422  404
GET  /staff/locks                     200  404  404  200  404
POST /staff/locks                     422  404  404  422  404
GET  /staff/checks                    200  404  404  200  404
POST /staff/checks                    422  404  404  422  404
GET  /staff/holders                   200  404  404  200  404
GET  /staff/holders/new               200  404  404  200  404
POST /staff/holders/new               422  404  404  422  404
GET  /staff/holders/{id}              404  404  404  404  404
POST /staff/holders/{id}              404  404  404  404  404
GET  /staff/representatives           200  404  404  200  404
GET  /staff/representatives/new       200  404  404  200  404
POST /staff/representatives/new       400  404  404  400  404
GET  /staff/representatives/{id}      404  404  404  404  404
POST /staff/representatives/{id}      404  404  404  404  404
GET  /staff/representatives/{id}/documents/{file} 404 404 404 404 404
GET  /staff/codes                     200  200  200  200  200
POST /staff/codes                     422  422  422  422  422
POST /staff/codes/file                404  404  404  404  404
GET  /staff/steps                     404  404  404  404  200
POST /staff/steps                     404  404  404  404  422
GET  /staff/recoveries                200  404  404  200  404
GET  /staff/recoveries/{id}           404  404  404  404  404
POST /staff/recoveries/{id}           404  404  404  404  404
GET  /staff/recoveries/{id}/documents/{file} 404 404 404 404 404
";

/// What is there beside, or otherwise, where customers pay through Stripe; holders whose claim is confirmed.
const ACCESS_WITH_STRIPE: &str = "
POST /hooks/stripe                    415  415  415
GET  /sign-up/new                     404  404  404
POST /sign-up/new                     404  404  404
GET  /accounts/{number}/cards/new     in   200  404
POST /accounts/{number}/cards/new     in   303  404
GET  /accounts/{number}/cards/{card}  in   404  404
GET  /accounts/{number}/pay/card?amount=5.00 in 200 404
GET  /accounts/{number}/confirm       in   303  404
POST /accounts/{number}/confirm       in   303  404
GET  /profile/details/{number}/{part} in   200  404
POST /profile/details/{number}/{part} in   422  404
GET  /profile/preferences             in   200  200
GET  /profile/preferences/{number}    in   200  404
POST /profile/preferences/{number}    in   422  404
GET  /accounts/{number}/users in 200 404
GET  /accounts/{number}/users/new in 200 404
POST /accounts/{number}/users/new in 422 404
GET  /accounts/{number}/users/requests/{request} in 404 404
POST /accounts/{number}/users/requests/{request} in 404 404
GET  /accounts/{number}/users/{user} in 404 404
GET  /accounts/{number}/users/{user}/view in 404 404
GET  /accounts/{number}/users/{user}/name in 404 404
POST /accounts/{number}/users/{user}/name in 404 404
GET  /accounts/{number}/users/{user}/rights in 404 404
POST /accounts/{number}/users/{user}/rights in 404 404
GET  /accounts/{number}/users/{user}/password in 404 404
POST /accounts/{number}/users/{user}/password in 404 404
GET  /accounts/{number}/users/{user}/remove in 404 404
POST /accounts/{number}/users/{user}/remove in 303 404
POST /accounts/{number}/users/{user}/again in 404 404
POST /accounts/{number}/users/{user}/unlock in 404 404
POST /accounts/{number}/users/{user}/step in 404 404
GET  /accounts/{number}/contacts      in   200  404
GET  /accounts/{number}/contacts/{place}/{kind} in 404 404
POST /accounts/{number}/contacts/{place}/{kind} in 404 404
GET  /demo/outbox                     404  404  404
POST /demo/gateway/cards              404  404  404
GET  /demo/gateway/{payment}          404  404  404
";

/// What an answer is in the lists; `desk`: to the staff's sign-in page.
pub(crate) fn said(answer: &Answer) -> String {
    if answer.status == StatusCode::SEE_OTHER && answer.location().starts_with("/staff/sign-in?return_to=") {
        return "desk".to_owned();
    }
    answer.status.as_u16().to_string()
}

/// Asks every line of [`ACCESS`] as every role of the staff.
async fn ask_as_staff(home: &Home) {
    let number = number_of(home, "0001-AAAAA").await;
    let site = Visitor::of(home);
    for (column, role) in identity::Role::ALL.into_iter().enumerate() {
        let member = staff(home, &site, role.code()).await;
        for line in ACCESS.lines().filter(|line| !line.is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (method, path, nobody) = (words[0], words[1], words[2]);
            let own = STAFF_ACCESS.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
            let own = own.into_iter().find(|own| own.first() == Some(&method) && own.get(1) == Some(&path));
            let wanted = own.map_or(nobody, |own| own[2 + column]);
            let path = path.replace("{number}", &number).replace("{bill}", "1");
            let path = path
                .replace("{payment}", "x")
                .replace("{card}", "x")
                .replace("{secret}", "x")
                .replace("{part}", "name");
            let mut visitor = site.other();
            visitor.cookies = member.cookies.clone();
            // Signing out would end the session that later lines need.
            if path == "/staff/sign-out" {
                visitor.cookies.clear();
            }
            let method: Method = method.parse().expect("a method");
            let kind = (method == Method::POST).then_some("application/x-www-form-urlencoded");
            let answer = visitor.ask(method.clone(), &path, Body::empty(), kind).await;
            let signs_in = answer.location().starts_with("/sign-in?return_to=");
            let got = if signs_in { "in".to_owned() } else { said(&answer) };
            assert_eq!(got, wanted, "{method} {path} as {}", role.code());
        }
    }
}

/// Asks each line of a list as everybody.
async fn ask_everything(home: &Home, list: &str) {
    let number = number_of(home, "0001-AAAAA").await;
    let sql = "SELECT b.number FROM bills b JOIN accounts a ON a.id = b.account_id WHERE a.number = $1";
    let bill: i64 = db::scalar(home.db.reader(), sql, [number.as_str().into()]).await.expect("read").expect("a bill");
    let mut holder = Visitor::of(home);
    holder.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
    let mut other = holder.other();
    other.sign_up((&number_of(home, "0002-BBBBB").await, "G1R 2B5"), "adam.roy.2").await;
    if list == ACCESS_WITH_STRIPE {
        execute(home, "UPDATE memberships SET confirmed_at = begun_at").await.expect("confirmed");
    }
    let (holding, others) = (holder.cookies.clone(), other.cookies.clone());
    for line in list.lines().filter(|line| !line.is_empty()) {
        let [method, path, nobody, own, foreign] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let path = path.replace("{number}", &number).replace("{bill}", &bill.to_string());
        let path =
            path.replace("{payment}", "x").replace("{card}", "x").replace("{secret}", "x").replace("{part}", "name");
        let method: Method = method.parse().expect("a method");
        let kind = (method == Method::POST).then_some("application/x-www-form-urlencoded");
        for (who, cookies, wanted) in
            [("nobody", None, nobody), ("the holder", Some(&holding), own), ("another holder", Some(&others), foreign)]
        {
            let mut visitor = holder.other();
            visitor.cookies = cookies.cloned().unwrap_or_default();
            // Signing out would end the session that later lines need.
            if path == "/sign-out" {
                visitor.cookies.clear();
            }
            let answer = visitor.ask(method.clone(), &path, Body::empty(), kind).await;
            let signs_in =
                answer.status == StatusCode::SEE_OTHER && answer.location().starts_with("/sign-in?return_to=");
            let got = if signs_in { "in".to_owned() } else { said(&answer) };
            assert_eq!(got, wanted, "{method} {path} as {who}");
        }
    }
}

on_both! {
    async fn acc_3_every_route_decides_who_may_come_in(place: &TestPlace) {
        let mut home = with_sample(place).await;
        // With its gateway and its own pages.
        home.config.demonstration = true;
        home.config.new_customers = Some(hosting());
        run(&home, "2026-12").await;
        ask_everything(&home, ACCESS).await;
    }

    async fn agt_2_every_route_decides_which_staff_may_come_in(place: &TestPlace) {
        let mut home = with_sample(place).await;
        home.config.demonstration = true;
        home.config.new_customers = Some(hosting());
        ask_as_staff(&home).await;
    }

    async fn sec_3_a_staff_session_without_the_second_step_reaches_nothing(place: &TestPlace) {
        let mut home = with_sample(place).await;
        home.config.demonstration = true;
        let site = Visitor::of(&home);
        for role in identity::Role::ALL {
            let member = at_step(&home, &site, role.code()).await;
            let mut asked = 0;
            let lines = ACCESS.lines().filter(|line| line.contains(" /staff"));
            for line in lines {
                let words: Vec<&str> = line.split_whitespace().collect();
                let (method, path) = (words[0], words[1].replace("{secret}", "x").replace("{id}", &home.world.uuid().to_string()));
                if ["/staff/sign-in", "/staff/sign-out", "/staff/step", "/staff/step/setup"].contains(&path.as_str()) || path.starts_with("/staff/password/") {
                    continue;
                }
                let mut visitor = member.twin();
                let method: Method = method.parse().expect("a method");
                let kind = (method == Method::POST).then_some("application/x-www-form-urlencoded");
                let answer = visitor.ask(method.clone(), &path, Body::empty(), kind).await;
                assert!(answer.status == StatusCode::SEE_OTHER && answer.location().starts_with("/staff/step?return_to="),
                    "{method} {path} as {}: {} {}", role.code(), answer.status, answer.location());
                assert!(answer.text().is_empty(), "nothing of the page is in the answer");
                asked += 1;
            }
            assert!(asked >= 15, "{asked}");
        }
    }

    async fn acc_3_every_route_of_a_site_with_stripe_decides_who_may_come_in(place: &TestPlace) {
        let home = provider(place, "http://127.0.0.1:1").await;
        ask_everything(&home, ACCESS_WITH_STRIPE).await;
    }

    async fn acc_3_anothers_bill_is_not_there_as_one_that_never_was(place: &TestPlace) {
        let home = with_sample(place).await;
        run(&home, "2026-12").await;
        let (mine, theirs) = (number_of(&home, "0001-AAAAA").await, number_of(&home, "0002-BBBBB").await);
        let sql = "SELECT b.number FROM bills b JOIN accounts a ON a.id = b.account_id WHERE a.number = $1";
        let foreign: i64 = db::scalar(home.db.reader(), sql, [theirs.as_str().into()]).await.expect("read").expect("a bill");
        let mut holder = Visitor::of(&home);
        holder.sign_up((&mine, "H2X 1Y4"), "eve.tremblay").await;
        let mut pages = Vec::new();
        for path in [format!("/accounts/{theirs}/bills/{foreign}"), format!("/accounts/{mine}/bills/{foreign}"),
            format!("/accounts/{mine}/bills/999999"), format!("/accounts/{mine}/bills/x"), format!("/accounts/0/bills/{foreign}"),
            format!("/accounts/{theirs}/bills/{foreign}/pdf"), format!("/accounts/{mine}/bills/{foreign}/pdf"), "/nowhere".to_owned()] {
            let answer = holder.get(&path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
            pages.push(answer.text());
        }
        pages.dedup();
        assert_eq!(pages.len(), 1, "nothing tells one from the other");
    }

    async fn acc_2_the_identifier_is_on_every_signed_in_page(place: &TestPlace) {
        let home = with_sample(place).await;
        run(&home, "2026-12").await;
        let number = number_of(&home, "0001-AAAAA").await;
        let mut holder = Visitor::of(&home);
        holder.sign_up((&number, "H2X 1Y4"), "eve.tremblay").await;
        let sql = "SELECT c.client_identifier FROM customers c JOIN accounts a ON a.customer_id = c.id WHERE a.number = $1";
        let identifier: String = db::scalar(home.db.reader(), sql, [number.as_str().into()]).await.expect("read").expect("one");
        for path in ["/profile/details".to_owned(), "/support/contact".to_owned(), format!("/accounts/{number}/overview"),
            format!("/accounts/{number}/services"), format!("/accounts/{number}/bills"), "/nowhere".to_owned()] {
            let page = holder.get(&path).await.text();
            let (_, person) = page.split_once("<a class=\"person\" href=\"/profile/details\">").expect("a person");
            let (person, _) = person.split_once("</a>").expect("an end");
            assert!(person.contains(&identifier), "{path}");
            assert!(page.contains("action=\"/sign-out\""), "SEC-9: {path}");
        }
    }
}

#[test]
fn acc_3_no_route_is_missing_in_the_list() {
    let read = |file: &str| std::fs::read_to_string(TestPlace::repository().join("crates/portal/src").join(file));
    let sources = [
        "address_links.rs",
        "app.rs",
        "contacts/mod.rs",
        "documents/mod.rs",
        "history/mod.rs",
        "holders/mod.rs",
        "hooks.rs",
        "links/mod.rs",
        "new_customer.rs",
        "passkeys/mod.rs",
        "profile/mod.rs",
        "representatives/mod.rs",
        "staff/mod.rs",
        "staff/step.rs",
        "staff/steps.rs",
        "step/mod.rs",
        "step/sms.rs",
        "users/mod.rs",
    ];
    let sources = sources.map(|file| read(file).expect("routes"));
    for line in sources.join("\n").lines().filter(|line| line.contains(".route(\"")) {
        let path = line.split('"').nth(1).expect("a path").replace("{hash}/{name}", "x/guichet.css");
        for (word, method) in [("get(", "GET"), ("post(", "POST")] {
            let listed = |entry: &str| {
                let mut words = entry.split_whitespace();
                let method_is = words.next() == Some(method);
                method_is && words.next().is_some_and(|listed| listed.split('?').next() == Some(path.as_str()))
            };
            assert!(!line.contains(word) || ACCESS.lines().any(listed), "{method} {path} is not in ACCESS");
        }
    }
}
