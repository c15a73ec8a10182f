//! Nobody's words are carried to strangers (SEC, ONE-1, USR-2, PRO-2): what anybody typed stands in no letter to an address whose
//! owner has not confirmed it, whoever sends. And a client identifier reaches a user on the bills that they may see alone (USR-3).

use accounts::{Preset, RightsWanted, What};
use axum::http::StatusCode;
use guichet::Texts;
use identity::Role;
use testkit::on_both;

use crate::backup::prove;
use crate::contacts::{BILLING, once};
use crate::devices::letters;
use crate::documents::PDF;
use crate::new_customers::hosting;
use crate::rights::Cast;
use crate::staff::staff;
use crate::support::{execute, mails, put_on_file};
use crate::users::{PAYS, invite};
use crate::visitor::{PASSWORD, Visitor, encode, number_of};

/// Stands in everything that is typed below but addresses.
const MARK: &str = "zqx";

fn body(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--edge\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    body.extend(b"--edge\r\ncontent-disposition: form-data; name=\"files\"; filename=\"zqx.pdf\"\r\n\r\n");
    body.extend(PDF);
    body.extend(b"\r\n--edge--\r\n");
    body
}

on_both! {
    async fn sec_no_words_that_another_typed_go_to_an_address_that_nobody_has_confirmed(place: &TestPlace) {
        let mut cast = Cast::of(place).await;
        cast.home.config.texts = Texts::in_folder();
        cast.home.config.new_customers = Some(hosting());
        let mut site = Visitor::of(&cast.home);
        site.cookies = cast.holder.cookies.clone();
        cast.holder = site;
        put_on_file(&cast.home, &cast.number, "dossier@exemple.ca").await;
        // A login is made with a contact e-mail that may be anybody's, and its holder calls themselves what they like.
        let second = number_of(&cast.home, "0001-AAAAA").await;
        let mut other = cast.holder.other();
        other.sign_up((&second, "H2X 1Y4"), "zqx.appelez.moi").await;
        execute(&cast.home, "UPDATE memberships SET confirmed_at = begun_at WHERE confirmed_at IS NULL").await.expect("confirmed");
        execute(&cast.home, "UPDATE logins SET email_confirmed_at = NULL").await.expect("anybody's");
        prove(&cast.home, &mut cast.holder, "details", None).await;
        let name = accounts::name_by_provider(cast.home.db.reader(), &cast.home.vault, &profile(&cast).await).await.expect("read").unwrap_or_default();
        let path = format!("/profile/details/{}/name", cast.number);
        let done = cast.holder.modify(&path, &[("name", &format!("{name} Zqx Appelez-moi"))]).await;
        assert!(done.location().ends_with("done=name"), "{}", done.text());
        // Users, before they accept: invited, other rights, asked again, withdrawn.
        let (page, _) = invite(&mut cast, ("Zqx Invitée", "invitee@exemple.com"), &PAYS).await;
        place.advance_seconds(61);
        cast.holder.post(&format!("{page}/again"), &[]).await;
        cast.holder.post(&format!("{page}/step"), &[("step", "yes")]).await;
        cast.holder.post(&format!("{page}/remove"), &[("go", "yes")]).await;
        // A contact, who is asked, asked again, and no more.
        let contact = [("once", once(7)), ("who", "person".into()), ("name", "Zqx Contact".into()), ("email", "contact@exemple.com".into()),
            ("telephone", "514 555-0188".into()), ("language", "en".into()), ("identifier", String::new())];
        let contact: Vec<(&str, &str)> = contact.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let asked = cast.holder.post(&cast.page(BILLING), &contact).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
        place.advance_seconds(61);
        cast.holder.post(&cast.page(&format!("{BILLING}/again")), &[]).await;
        cast.holder.post(&cast.page(&format!("{BILLING}/withdraw")), &[]).await;
        // Other addresses of the login: the backup e-mail, another contact e-mail.
        cast.holder.post("/profile/backup", &[("email", "secours@exemple.com")]).await;
        cast.holder.post("/profile/email", &[("email", "autre@exemple.com")]).await;
        cast.holder.post("/profile/email/cancel", &[]).await;
        // Who lost a login, or says so; and who wants to be a customer.
        let fields = [("name", "eve.tremblay"), ("story", "Zqx, appelez le 1 900"), ("email", "perdu@exemple.com"), ("telephone", "514 555-0142"),
            ("country", "CA"), ("customer_kind", "person"), ("once", "0123456789012345678901234567890123456789zqx")];
        let handed = cast.holder.other().ask(axum::http::Method::POST, "/recover/documents", body(&fields).into(), Some("multipart/form-data; boundary=edge")).await;
        assert_eq!(handed.status, StatusCode::SEE_OTHER, "{}", handed.text());
        cast.holder.other().post("/sign-up/new", &[("name", "Zqx Nouvelle"), ("email", "nouvelle@exemple.com"), ("language", "fr"), ("kind", "person"),
            ("telephone", "514 555-0177"), ("street", "Zqx"), ("city", "Zqx"), ("region", "CA-QC"), ("country", "CA"), ("postal_code", "H2X 1Y4"), ("backup_email", "secours2@exemple.com")]).await;
        letters(&cast.home, "new-customer", 1).await;
        // Names and passwords that were lost; the link that moves accounts.
        for path in ["/recover", "/recover/backup"] {
            cast.holder.other().post(path, &[("name", "zqx.appelez.moi")]).await;
        }
        cast.holder.other().post("/recover/names", &[("name", "eve@exemple.ca")]).await;
        letters(&cast.home, "login-names", 1).await;
        letters(&cast.home, "password-link", 1).await;
        // One of the staff is added, a code is read out, and the request is refused.
        let mut agent = staff(&cast.home, &cast.holder.other(), Role::Agent.code()).await;
        agent.post("/staff/checks", &[("name", "eve.tremblay"), ("reason", "questions")]).await;
        let list = agent.get("/staff/recoveries").await.text();
        let request = list.split("/staff/recoveries/").find_map(|after| after.split('"').next().filter(|id| id.len() == 36)).expect("a request").to_owned();
        agent.post(&format!("/staff/recoveries/{request}"), &[("decision", "other"), ("words", "Zqx, écrivez à zqx.example")]).await;
        let mut kinds: Vec<String> = Vec::new();
        for mail in mails(&cast.home).await {
            let all = [&mail.shown.subject, &mail.text, &mail.html].map(|text| text.to_lowercase()).join("\n");
            assert!(!all.contains(MARK), "{} to {}: {}", mail.shown.kind, mail.shown.to, mail.text);
            kinds.push(mail.shown.kind.clone());
        }
        kinds.sort();
        kinds.dedup();
        for kind in ["signed-up", "profile-changed", "user-invited", "contact-asked", "contact-proposed", "contact-withdrawn-person", "backup-set",
            "backup-confirm", "email-change-code", "email-change-confirm", "recovery-asked", "recovery-told", "recovery-refused", "new-customer",
            "password-link", "login-names", "staff-invited", "caller-checked"] {
            assert!(kinds.iter().any(|one| one == kind), "no {kind} was written: {kinds:?}");
        }
    }

    async fn usr_3_the_identifier_reaches_a_user_on_the_bills_that_they_may_see_alone(place: &TestPlace) {
        let cast = Cast::of(place).await;
        let sql = "SELECT c.client_identifier FROM customers c JOIN accounts a ON a.customer_id = c.id WHERE a.number = $1";
        let identifier: String = db::scalar(cast.home.db.reader(), sql, [cast.number.as_str().into()]).await.expect("read").expect("one");
        let bill: i64 = db::scalar(cast.home.db.reader(), "SELECT number FROM bills WHERE account_id = $1", [cast.account.into()]).await.expect("read").expect("a bill");
        let (mut user, membership) = cast.user("utilisateur.1").await;
        let rights = [
            RightsWanted::default().everywhere(What::SeeBills),
            Preset::PaysBills.wanted(),
            RightsWanted::default().everywhere(What::ManagePaymentMethods),
            RightsWanted::default().everywhere(What::SeeService),
            RightsWanted::default().everywhere(What::SeeUsage),
            Preset::EverythingButUsers.wanted(),
        ];
        let gets = crate::routes::ACCESS.lines().filter_map(|line| line.strip_prefix("GET "));
        let gets: Vec<&str> = gets.filter_map(|line| line.split_whitespace().next()).collect();
        for wanted in &rights {
            cast.give(membership, wanted).await.expect("given");
            place.advance_seconds(1);
            let mut seen = 0;
            let asked = gets.iter().map(|path| (*path).to_owned()).chain([
                "/accounts/{number}/overview?welcome=1".to_owned(),
                "/accounts/{number}/overview?confirmed=1".to_owned(),
                "/nowhere".to_owned(),
            ]);
            for path in asked {
                let path = path.replace("{number}", &cast.number).replace("{bill}", &bill.to_string()).replace("{part}", "name");
                let path = ["{payment}", "{card}", "{secret}"].iter().fold(path, |path, part| path.replace(part, "x"));
                let answer = user.get(&path).await;
                seen += usize::from(answer.status == StatusCode::OK);
                let is_bill = path.contains(&format!("/bills/{bill}"));
                assert!(is_bill || !answer.has(&identifier), "{path}: {}", answer.text());
                assert!(!answer.location().contains(&encode(&identifier)) && !answer.location().contains(&identifier), "{path}");
            }
            assert!(seen > 20, "{seen}");
        }
        // On a bill that they may see it stands as on everybody's.
        assert!(user.get(&cast.page(&format!("bills/{bill}"))).await.has(&identifier));
        let told = mails(&cast.home).await.into_iter().filter(|mail| mail.shown.to.starts_with("utilisateur.1"));
        for mail in told {
            assert!(!mail.text.contains(&identifier) && !mail.html.contains(&identifier), "{}", mail.shown.kind);
        }
        let _ = PASSWORD;
    }
}

async fn profile(cast: &Cast) -> accounts::Profile {
    let actor = crate::rights::actor(&cast.home, &cast.holder).await;
    let grant = actor.require(accounts::Right::ChangeContactData, &cast.number).expect("the holder");
    accounts::find_profile(cast.home.db.reader(), &cast.home.vault, &grant).await.expect("read").expect("one")
}
