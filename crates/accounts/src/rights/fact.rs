//! Facts about rights as they are kept, each under a MAC that links it to the one before (USR-4): read, checked and folded,
//! purely.

use db::FromQueryResult;
use kernel::{AccountId, MembershipId, Moment, RightFactId, ServiceId, SessionId};
use vault::Vault;

use super::held::{Held, What};

/// The domain of the MACs, with the number of their form. Their key does not rotate (docs/security.md).
const PURPOSE: &str = "guichet grant 1";

/// A right given or withdrawn.
#[derive(Clone, Debug, FromQueryResult)]
pub(crate) struct RightFact {
    pub(crate) fact_id: RightFactId,
    fact_account: AccountId,
    fact_membership: MembershipId,
    pub(super) fact_seq: i64,
    fact_what: String,
    fact_service: Option<ServiceId>,
    fact_act: String,
    pub(super) fact_giver: MembershipId,
    fact_session: SessionId,
    pub(super) fact_at: Moment,
    fact_reason: String,
    fact_previous: Vec<u8>,
    pub(super) fact_mac: Vec<u8>,
}

db::row!(RightFact {
    fact_id,
    fact_account,
    fact_membership,
    fact_seq,
    fact_what,
    fact_service,
    fact_act,
    fact_giver,
    fact_session,
    fact_at,
    fact_reason,
    fact_previous,
    fact_mac
});

/// What a [`RightFact`] is read from: grants as `g`.
pub(crate) const FACT_COLUMNS: &str = "g.id AS fact_id, g.account_id AS fact_account, g.membership_id AS fact_membership,
    g.seq AS fact_seq, g.what AS fact_what, g.service_id AS fact_service, g.act AS fact_act, g.giver_id AS fact_giver,
    g.session_id AS fact_session, g.at AS fact_at, g.reason AS fact_reason, g.previous AS fact_previous, g.mac AS fact_mac";

/// Who receives, who gives, and where it is written.
#[derive(Clone, Copy)]
pub(super) struct Between {
    pub(super) account: AccountId,
    pub(super) membership: MembershipId,
    pub(super) giver: MembershipId,
    pub(super) session: SessionId,
    pub(super) at: Moment,
}

impl RightFact {
    /// A fact to be added after `last`, with its MAC.
    pub(super) fn after(
        vault: &Vault,
        last: Option<(i64, Vec<u8>)>,
        id: RightFactId,
        between: Between,
        ((what, service), is_given, reason): ((What, Option<ServiceId>), bool, &str),
    ) -> Self {
        let (seq, previous) = last.unwrap_or_default();
        let mut fact = Self {
            fact_id: id,
            fact_account: between.account,
            fact_membership: between.membership,
            fact_seq: seq + 1,
            fact_what: what.code().to_owned(),
            fact_service: service,
            fact_act: if is_given { "given" } else { "withdrawn" }.to_owned(),
            fact_giver: between.giver,
            fact_session: between.session,
            fact_at: between.at,
            fact_reason: reason.to_owned(),
            fact_previous: previous,
            fact_mac: Vec::new(),
        };
        fact.fact_mac = vault.mark(PURPOSE, &fact.content_of_mac());
        fact
    }

    /// In the order of the table's columns.
    pub(super) fn values(&self) -> [db::Value; 13] {
        [
            self.fact_id.into(),
            self.fact_account.into(),
            self.fact_membership.into(),
            self.fact_seq.into(),
            self.fact_what.clone().into(),
            self.fact_service.into(),
            self.fact_act.clone().into(),
            self.fact_giver.into(),
            self.fact_session.into(),
            self.fact_at.into(),
            self.fact_reason.clone().into(),
            self.fact_previous.clone().into(),
            self.fact_mac.clone().into(),
        ]
    }

    /// Over every field, each behind its length, and the MAC of the fact before.
    fn content_of_mac(&self) -> Vec<u8> {
        let mut content = Vec::with_capacity(320);
        let mut field = |bytes: &[u8]| {
            content.extend((bytes.len() as u64).to_be_bytes());
            content.extend(bytes);
        };
        field(self.fact_id.uuid().as_bytes());
        field(self.fact_account.uuid().as_bytes());
        field(self.fact_membership.uuid().as_bytes());
        field(&self.fact_seq.to_be_bytes());
        field(self.fact_what.as_bytes());
        // No service is none of length nothing; a service has sixteen bytes.
        field(
            self.fact_service.map(|service| *service.uuid().as_bytes()).as_ref().map_or(&[], |bytes| bytes.as_slice()),
        );
        field(self.fact_act.as_bytes());
        field(self.fact_giver.uuid().as_bytes());
        field(self.fact_session.uuid().as_bytes());
        field(&self.fact_at.microseconds().to_be_bytes());
        field(self.fact_reason.as_bytes());
        field(&self.fact_previous);
        content
    }

    pub(super) fn place(&self) -> (AccountId, MembershipId) {
        (self.fact_account, self.fact_membership)
    }

    /// As the audit log tells of it: its id and its MAC.
    pub(super) fn noted(&self) -> String {
        format!("{} {}", self.fact_id, data_encoding::HEXLOWER.encode(&self.fact_mac))
    }

    fn is_genuine(&self, vault: &Vault) -> bool {
        vault.is_marked(PURPOSE, &self.content_of_mac(), &self.fact_mac)
    }

    /// What it is about, and whether it is given; none for words that are not ours.
    pub(super) fn content(&self) -> Option<((What, Option<ServiceId>), bool)> {
        let is_given = match self.fact_act.as_str() {
            "given" => true,
            "withdrawn" => false,
            _ => return None,
        };
        Some(((What::from_code(&self.fact_what)?, self.fact_service), is_given))
    }
}

/// What is wrong with a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AlarmKind {
    /// Nobody gave it, or it is not what they gave: it has no effect.
    Forged,
    /// A fact before it is gone: nothing from before it counts any more, for the one that is gone may have withdrawn it.
    Missing,
}

impl AlarmKind {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::Missing => "missing",
        }
    }
}

/// A fact that is not as somebody gave it (USR-4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RightAlarm {
    pub fact: RightFactId,
    pub account: AccountId,
    pub membership: MembershipId,
    pub kind: AlarmKind,
}

/// The rights of one membership, and what was wrong with its facts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Folded {
    /// What the holder in `giver` gave and did not withdraw.
    pub(crate) held: Held,
    pub(crate) alarms: Vec<RightAlarm>,
    /// The membership of who acted last, and what they had given then.
    pub(super) last_giver: Option<MembershipId>,
    pub(super) of_last_giver: Held,
    /// Number of the last fact, and the MAC of the last genuine one: what the next one follows.
    pub(super) end: Option<(i64, Vec<u8>)>,
}

/// Folds the facts of one membership, in their order. What counts is what was given by `holder`, the membership that holds
/// the account: without one nothing counts, and after a change of holder nothing from before.
pub(crate) fn fold<'a>(
    vault: &Vault,
    membership: MembershipId,
    holder: Option<MembershipId>,
    facts: impl IntoIterator<Item = &'a RightFact>,
) -> Folded {
    let mut folded = Folded::default();
    let mut link: Vec<u8> = Vec::new();
    for fact in facts {
        let alarm = |kind| RightAlarm { fact: fact.fact_id, account: fact.fact_account, membership, kind };
        let content = fact.content().filter(|_| fact.fact_membership == membership && fact.is_genuine(vault));
        let Some((placed, is_given)) = content else {
            folded.alarms.push(alarm(AlarmKind::Forged));
            folded.end = Some((fact.fact_seq, link.clone()));
            continue;
        };
        if fact.fact_previous != link {
            folded.alarms.push(alarm(AlarmKind::Missing));
            folded.held.clear();
            folded.of_last_giver.clear();
        }
        link.clone_from(&fact.fact_mac);
        folded.end = Some((fact.fact_seq, link.clone()));
        if folded.last_giver != Some(fact.fact_giver) {
            folded.last_giver = Some(fact.fact_giver);
            folded.of_last_giver.clear();
        }
        folded.of_last_giver.apply(placed, is_given);
        if holder == Some(fact.fact_giver) {
            folded.held.apply(placed, is_given);
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use kernel::World;
    use proptest::prelude::*;
    use vault::Keyring;

    use super::*;

    struct Desk {
        vault: Vault,
        world: World,
        between: Between,
        facts: Vec<RightFact>,
    }

    impl Desk {
        fn new() -> Self {
            let world = World::real();
            let vault = Vault::new(Keyring::generate(&world), world.clone());
            let between = Between {
                account: world.id(),
                membership: world.id(),
                giver: world.id(),
                session: world.id(),
                at: world.now(),
            };
            Self { vault, world, between, facts: Vec::new() }
        }

        fn add(&mut self, what: What, is_given: bool) {
            let end = fold(&self.vault, self.between.membership, None, &self.facts).end;
            let content = ((what, None), is_given, "test");
            self.facts.push(RightFact::after(&self.vault, end, self.world.id(), self.between, content));
        }

        fn folded(&self) -> Folded {
            fold(&self.vault, self.between.membership, Some(self.between.giver), &self.facts)
        }

        fn has(&self, what: What) -> bool {
            self.folded().held.has(what)
        }
    }

    fn kinds(folded: &Folded) -> Vec<AlarmKind> {
        folded.alarms.iter().map(|alarm| alarm.kind).collect()
    }

    #[test]
    fn usr_4_a_fact_counts_as_it_was_given_and_under_its_key_alone() {
        let mut desk = Desk::new();
        desk.add(What::SeeBills, true);
        desk.add(What::ManagePaymentMethods, true);
        desk.add(What::ManagePaymentMethods, false);
        assert!(desk.has(What::SeeBills) && !desk.has(What::ManagePaymentMethods));
        assert!(desk.folded().alarms.is_empty());
        let rotated = Vault::new(desk.vault.keyring().with_new_key(&desk.world), desk.world.clone());
        let (membership, giver) = (desk.between.membership, Some(desk.between.giver));
        assert!(fold(&rotated, membership, giver, &desk.facts).held.has(What::SeeBills), "rotation leaves it");
        let stranger = Vault::new(Keyring::generate(&desk.world), desk.world.clone());
        let folded = fold(&stranger, membership, giver, &desk.facts);
        assert!(folded.held.is_empty() && folded.alarms.len() == 3);
    }

    #[test]
    fn usr_4_every_field_is_under_the_mac() {
        let mut desk = Desk::new();
        desk.add(What::SeeBills, true);
        let other = desk.world.uuid();
        let changes: [fn(&mut RightFact, uuid::Uuid); 12] = [
            |fact, other| fact.fact_id = other.into(),
            |fact, other| fact.fact_account = other.into(),
            |fact, other| fact.fact_membership = other.into(),
            |fact, _| fact.fact_seq += 1,
            |fact, _| fact.fact_what = "bills.pay".to_owned(),
            |fact, other| fact.fact_service = Some(other.into()),
            |fact, _| fact.fact_act = "withdrawn".to_owned(),
            |fact, other| fact.fact_giver = other.into(),
            |fact, other| fact.fact_session = other.into(),
            |fact, _| fact.fact_at = fact.fact_at.plus(jiff::SignedDuration::from_secs(1)),
            |fact, _| fact.fact_reason.push('x'),
            |fact, _| fact.fact_previous.push(0),
        ];
        for (place, change) in changes.iter().enumerate() {
            let mut facts = desk.facts.clone();
            change(&mut facts[0], other);
            let folded = fold(&desk.vault, desk.between.membership, Some(desk.between.giver), &facts);
            assert!(folded.held.is_empty() && kinds(&folded) == [AlarmKind::Forged], "field {place}");
        }
    }

    #[test]
    fn usr_4_where_a_fact_is_gone_nothing_from_before_counts() {
        let mut desk = Desk::new();
        desk.add(What::SeeBills, true);
        desk.add(What::SeeBills, false);
        desk.add(What::SeeUsage, true);
        desk.facts.remove(1);
        let folded = desk.folded();
        assert!(!folded.held.has(What::SeeBills) && folded.held.has(What::SeeUsage));
        assert_eq!(kinds(&folded), [AlarmKind::Missing]);
        // Altered, the withdrawal is as good as gone.
        let mut desk = Desk::new();
        desk.add(What::SeeBills, true);
        desk.add(What::SeeBills, false);
        desk.add(What::SeeUsage, true);
        desk.facts[1].fact_act = "given".to_owned();
        let folded = desk.folded();
        assert!(!folded.held.has(What::SeeBills) && folded.held.has(What::SeeUsage));
        assert_eq!(kinds(&folded), [AlarmKind::Forged, AlarmKind::Missing]);
    }

    #[test]
    fn usr_4_after_a_forged_fact_the_holder_goes_on() {
        let mut desk = Desk::new();
        desk.add(What::SeeBills, true);
        let mut forged = desk.facts[0].clone();
        forged.fact_seq = 2;
        forged.fact_what = What::SeeUsage.code().to_owned();
        desk.facts.push(forged);
        desk.add(What::ManagePaymentMethods, true);
        let folded = desk.folded();
        assert_eq!(kinds(&folded), [AlarmKind::Forged]);
        assert!(folded.held.has(What::SeeBills) && folded.held.has(What::ManagePaymentMethods));
        assert!(!folded.held.has(What::SeeUsage));
    }

    #[test]
    fn usr_4_another_holder_begins_with_nothing_and_sees_what_was() {
        let mut desk = Desk::new();
        desk.add(What::SeeBills, true);
        let next: MembershipId = desk.world.id();
        let folded = fold(&desk.vault, desk.between.membership, Some(next), &desk.facts);
        assert!(folded.held.is_empty() && folded.of_last_giver.has(What::SeeBills));
        assert!(fold(&desk.vault, desk.between.membership, None, &desk.facts).held.is_empty(), "nobody holds it");
        desk.between.giver = next;
        desk.add(What::SeeUsage, true);
        assert!(!desk.has(What::SeeBills) && desk.has(What::SeeUsage) && desk.folded().alarms.is_empty());
    }

    proptest! {
        #[test]
        fn usr_4_the_fold_agrees_with_a_simple_model(acts in prop::collection::vec((0..What::ALL.len(), any::<bool>(), 0_u8..3), 0..20)) {
            let mut desk = Desk::new();
            let givers: [MembershipId; 3] = [desk.world.id(), desk.world.id(), desk.world.id()];
            let mut model: std::collections::BTreeSet<(u8, usize)> = std::collections::BTreeSet::new();
            for (what, is_given, giver) in acts {
                desk.between.giver = givers[usize::from(giver)];
                desk.add(What::ALL[what], is_given);
                if is_given { model.insert((giver, what)); } else { model.remove(&(giver, what)); }
            }
            for giver in 0..3_u8 {
                let folded = fold(&desk.vault, desk.between.membership, Some(givers[usize::from(giver)]), &desk.facts);
                prop_assert!(folded.alarms.is_empty());
                let held: Vec<What> = folded.held.iter().map(|(what, _)| what).collect();
                let wanted: Vec<What> = model.iter().filter(|(of, _)| *of == giver).map(|(_, what)| What::ALL[*what]).collect();
                prop_assert_eq!(held, wanted);
            }
        }
    }
}
