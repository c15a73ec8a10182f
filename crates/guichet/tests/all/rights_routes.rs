//! Who may do what, for users of an account (USR-3, ACC-3): every route that is about an account asked with each single right.

use accounts::{Preset, RightsWanted, What};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use testkit::on_both;

use crate::new_customers::hosting;
use crate::rights::Cast;
use crate::routes::{ACCESS, said};
use crate::visitor::Visitor;

/// Method, path, and the answer to a user of the account who holds: nothing; bills; paying them; cards; seeing services;
/// changing them; usage; mailboxes; support; all of it.
const USER_ACCESS: &str = "
GET  /profile/details/{number}/{part} 404 404 404 404 404 404 404 404 404 404
POST /profile/details/{number}/{part} 404 404 404 404 404 404 404 404 404 404
GET  /profile/preferences/{number}    404 404 404 404 404 404 404 404 404 404
POST /profile/preferences/{number}    404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}               404 303 303 303 303 303 303 303 303 303
GET  /accounts/{number}/overview      404 200 200 200 200 200 200 200 200 200
GET  /accounts/{number}/confirm       404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/confirm       404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/confirm/code  404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/contacts      404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/contacts/{place}/{kind} 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/contacts/{place}/{kind} 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/contacts/{place}/{kind}/default 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/contacts/{place}/{kind}/withdraw 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/contacts/{place}/{kind}/again 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/services      404 404 404 404 200 200 200 200 200 200
GET  /accounts/{number}/bills         404 200 200 404 404 404 404 404 404 200
GET  /accounts/{number}/bills/csv     404 200 200 404 404 404 404 404 404 200
GET  /accounts/{number}/bills/{bill}  404 200 200 404 404 404 404 404 404 200
GET  /accounts/{number}/bills/{bill}/pdf 404 200 200 404 404 404 404 404 404 200
GET  /accounts/{number}/history       404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/history.csv   404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/pay           404 404 200 404 404 404 404 404 404 200
POST /accounts/{number}/pay           404 404 422 404 404 404 404 404 404 422
GET  /accounts/{number}/pay/card?amount=5.00 404 404 200 404 404 404 404 404 404 200
GET  /accounts/{number}/pay/card      404 404 400 404 404 404 404 404 404 400
GET  /accounts/{number}/pay/check?amount=5.00 404 404 303 404 404 404 404 404 404 303
POST /accounts/{number}/pay/check     404 404 400 404 404 404 404 404 404 400
GET  /accounts/{number}/payments      404 200 200 200 404 404 404 404 404 200
GET  /accounts/{number}/payments/{payment} 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/payments/{payment}/receipt.pdf 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/payments/{payment}/cancel 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/cards/new     404 404 404 200 404 404 404 404 404 200
POST /accounts/{number}/cards/new     404 404 404 303 404 404 404 404 404 303
GET  /accounts/{number}/cards/{card}  404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/cards/{card}/default 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/cards/{card}/name 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/cards/{card}/remove 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/users 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/users/new 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/users/new 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/users/requests/{request} 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/users/requests/{request} 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/users/{user} 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/users/{user}/view 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/users/{user}/name 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/users/{user}/name 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/users/{user}/rights 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/users/{user}/rights 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/users/{user}/password 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/users/{user}/password 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/users/{user}/remove 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/users/{user}/remove 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/users/{user}/again 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/users/{user}/unlock 404 404 404 404 404 404 404 404 404 404
POST /accounts/{number}/users/{user}/step 404 404 404 404 404 404 404 404 404 404
GET  /accounts/{number}/rights 404 200 200 200 200 200 200 200 200 200
POST /accounts/{number}/rights 404 422 422 422 422 422 422 422 422 422
";

fn columns() -> Vec<RightsWanted> {
    let mut columns = vec![RightsWanted::default()];
    columns.extend(What::ALL.map(|what| RightsWanted::default().everywhere(what)));
    columns.push(Preset::EverythingButUsers.wanted());
    columns
}

async fn answer(visitor: &Visitor, method: &str, path: &str) -> String {
    let mut visitor = visitor.twin();
    // Signing out would end the session that later lines need.
    if path == "/sign-out" {
        visitor.cookies.clear();
    }
    let method: Method = method.parse().expect("a method");
    let kind = (method == Method::POST).then_some("application/x-www-form-urlencoded");
    let answer = visitor.ask(method, path, Body::empty(), kind).await;
    let signs_in = answer.status == StatusCode::SEE_OTHER && answer.location().starts_with("/sign-in?return_to=");
    if signs_in { "in".to_owned() } else { said(&answer) }
}

#[test]
fn usr_3_no_route_about_an_account_is_missing_in_the_list() {
    let about = ACCESS.lines().filter(|line| line.contains("{number}"));
    for line in about {
        let words: Vec<&str> = line.split_whitespace().take(2).collect();
        let listed = |own: &str| own.split_whitespace().take(2).eq(words.iter().copied());
        assert!(USER_ACCESS.lines().any(listed), "{words:?} is not in USER_ACCESS");
    }
}

on_both! {
    async fn usr_3_every_route_decides_which_users_of_an_account_may_come_in(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        cast.home.config.new_customers = Some(hosting());
        let sql = "SELECT number FROM bills WHERE account_id = $1";
        let bill: i64 = db::scalar(cast.home.db.reader(), sql, [cast.account.into()]).await.expect("read").expect("a bill");
        let (user, membership) = cast.user("utilisateur.1").await;
        let site = Visitor::of(&cast.home);
        let mut visitor = site.other();
        visitor.cookies = user.cookies.clone();
        for (column, wanted) in columns().iter().enumerate() {
            cast.give(membership, wanted).await.expect("given");
            for line in USER_ACCESS.lines().filter(|line| !line.is_empty()) {
                let words: Vec<&str> = line.split_whitespace().collect();
                let path = words[1].replace("{number}", &cast.number).replace("{bill}", &bill.to_string());
                let path = path.replace("{payment}", "x").replace("{card}", "x").replace("{part}", "name");
                let got = answer(&visitor, words[0], &path).await;
                assert_eq!(got, words[2 + column], "{} {path} with {wanted:?}", words[0]);
            }
        }
    }

    async fn usr_3_other_routes_are_as_to_anybody_signed_in(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        cast.home.config.new_customers = Some(hosting());
        let (user, membership) = cast.user("utilisateur.1").await;
        cast.give(membership, &Preset::EverythingButUsers.wanted()).await.expect("given");
        let mut visitor = Visitor::of(&cast.home);
        visitor.cookies = user.cookies.clone();
        for line in ACCESS.lines().filter(|line| !line.is_empty() && !line.contains("{number}")) {
            let words: Vec<&str> = line.split_whitespace().collect();
            // What limits count may differ from the snapshot, which asks in its own order; who comes in may not.
            let path = words[1].replace("{secret}", "x").replace("{payment}", "x").replace("{id}", "x").replace("{file}", "x");
            let got = answer(&visitor, words[0], &path).await;
            assert_eq!(got, words[4], "{} {path}", words[0]);
        }
    }
}
