//! What was asked for about an account and has to be agreed to, in one place for its holder (PRO-2).

use testkit::on_both;

use crate::contacts::{BILLING, Stage, answer, links, once, rose};
use crate::devices::{letters, link_in};
use crate::representatives::{self, decide};
use crate::visitor::{Answer, PASSWORD, Visitor};

async fn requests(visitor: &mut Visitor) -> Answer {
    visitor.get("/profile/requests").await
}

on_both! {
    async fn pro_2_a_change_of_contact_is_among_the_requests_until_long_after_its_end(place: &TestPlace) {
        let mut stage = Stage::of(place).await;
        assert!(requests(&mut stage.holder).await.has("No requests"));
        let keys = [once(1), once(2)];
        stage.ask_contact(BILLING, &rose(&keys[0])).await;
        let page = requests(&mut stage.holder).await;
        for text in ["Another contact for account", &stage.number, "Billing contact: Rose Lavoie (rose.lavoie@exemple.ca)", "Waiting for your answer", "Without an answer the request ends"] {
            assert!(page.has(text), "{text}: {}", page.text());
        }
        assert!(page.has(&format!("href=\"{}\"", stage.page("contacts"))) && !page.has("/contact-change/"), "a session alone accepts nothing: {}", page.text());
        let (holder, person) = links(&stage.home, 1).await;
        answer(&stage.holder, &holder, "accept").await;
        let page = requests(&mut stage.holder).await;
        assert!(page.has("Waiting for the other person") && page.has("You accepted:"), "{}", page.text());
        answer(&stage.holder, &person, "accept").await;
        let page = requests(&mut stage.holder).await;
        assert!(page.has("Accepted") && page.has("The other person accepted:") && !page.has("Rose") && !page.has("See the contacts"), "{}", page.text());

        // The newest stands first; who was proposed is erased once it is over.
        stage.ask_contact("contacts/account/technical", &rose(&keys[1])).await;
        stage.press("contacts/account/technical", "withdraw").await;
        let page = requests(&mut stage.holder).await.text();
        let (newest, oldest) = (page.find("Technical contact").expect("the newest"), page.find("Billing contact").expect("the oldest"));
        assert!(newest < oldest && page.contains("Cancelled") && !page.contains("Rose"), "{page}");
        let (mut other, _) = stage.user("adele.user").await;
        assert!(requests(&mut other).await.has("No requests"), "the holder's alone");
    }

    async fn pro_2_a_representative_is_among_the_requests_from_the_first_day(place: &TestPlace) {
        let mut scene = representatives::scene(place).await;
        let path = scene.record().await;
        let page = requests(&mut scene.holder).await;
        for text in ["Representative for account", "Paul Lavoie (Power of attorney)", "You can object", "object before", "they get no online access"] {
            assert!(page.has(text), "{text}: {}", page.text());
        }
        assert!(!page.has("/representative/") && !page.has("Procuration notariée"), "a session alone objects to nothing: {}", page.text());
        let told = letters(&scene.home, "representative-told", 2).await.remove(0);
        scene.holder.other().post(&link_in(&told.text, "/representative/"), &[]).await;
        let page = requests(&mut scene.holder).await;
        assert!(page.has("Your objection is noted") && page.has("Objection received on"), "{}", page.text());
        assert_eq!(decide(&mut scene.supervisor, &path, "refuse").await.location(), "/staff/representatives?done=refused");
        let page = requests(&mut scene.holder).await;
        assert!(page.has("Refused") && page.has("Power of attorney") && !page.has("Paul"), "what was recorded is erased: {}", page.text());
    }

    async fn pro_2_who_represents_is_decided_on_soon_once_nobody_objected(place: &TestPlace) {
        let mut scene = representatives::scene(place).await;
        let path = scene.ready(place).await;
        let mut holder = scene.holder.same_device();
        holder.sign_in("eve.tremblay", PASSWORD).await;
        let page = requests(&mut holder).await;
        assert!(page.has("We are about to decide") && !page.has("object before"), "no moment that is past: {}", page.text());
        assert_eq!(decide(&mut scene.supervisor, &path, "confirm").await.location(), "/staff/representatives?done=confirmed");
        assert!(requests(&mut holder).await.has("In force"));
    }
}
