//! What a user of an account may do there (USR-3): pure.

use std::collections::BTreeSet;

use kernel::ServiceId;

use crate::Right;

/// What a holder gives: the first three on the whole account, the others on every service or on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    SeeBills,
    /// Who pays sees what is due: worth nothing without [`Self::SeeBills`].
    Pay,
    ManagePaymentMethods,
    SeeService,
    /// To change it, and to order. Worth nothing without [`Self::SeeService`].
    ChangeService,
    SeeUsage,
    ManageMailboxes,
    ContactSupport,
}

impl What {
    /// In the order in which people read them.
    pub const ALL: [Self; 8] = [
        Self::SeeBills,
        Self::Pay,
        Self::ManagePaymentMethods,
        Self::SeeService,
        Self::ChangeService,
        Self::SeeUsage,
        Self::ManageMailboxes,
        Self::ContactSupport,
    ];

    /// As it is kept.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SeeBills => "bills.see",
            Self::Pay => "bills.pay",
            Self::ManagePaymentMethods => "cards.manage",
            Self::SeeService => "service.see",
            Self::ChangeService => "service.change",
            Self::SeeUsage => "service.usage",
            Self::ManageMailboxes => "service.mailboxes",
            Self::ContactSupport => "service.support",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.code() == code)
    }

    /// Whether it is given on services, and not on the whole account.
    pub const fn is_of_services(self) -> bool {
        !matches!(self, Self::SeeBills | Self::Pay | Self::ManagePaymentMethods)
    }

    /// Without which it is worth nothing.
    pub const fn needs(self) -> Option<Self> {
        match self {
            Self::Pay => Some(Self::SeeBills),
            Self::ChangeService => Some(Self::SeeService),
            _ => None,
        }
    }
}

/// Services of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Services {
    /// Every one, also those that come.
    All,
    Only(BTreeSet<ServiceId>),
}

impl Services {
    pub const NONE: Self = Self::Only(BTreeSet::new());

    pub fn contains(&self, service: ServiceId) -> bool {
        match self {
            Self::All => true,
            Self::Only(some) => some.contains(&service),
        }
    }

    pub fn is_none(&self) -> bool {
        matches!(self, Self::Only(some) if some.is_empty())
    }

    fn both(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, one) | (one, Self::All) => one,
            (Self::Only(some), Self::Only(others)) => Self::Only(some.intersection(&others).copied().collect()),
        }
    }

    fn either(self, other: Self) -> Self {
        match (self, other) {
            (Self::All, _) | (_, Self::All) => Self::All,
            (Self::Only(some), Self::Only(others)) => Self::Only(some.union(&others).copied().collect()),
        }
    }
}

/// A right and where: a service; none for every service, and for what is about the whole account.
pub type Placed = (What, Option<ServiceId>);

/// Rights as they stand after all that was given and withdrawn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held(BTreeSet<Placed>);

impl Held {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Each, in order.
    pub fn iter(&self) -> impl Iterator<Item = Placed> + '_ {
        self.0.iter().copied()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Takes a fact in.
    pub(super) fn apply(&mut self, placed: Placed, is_given: bool) {
        if is_given {
            self.0.insert(placed);
        } else {
            self.0.remove(&placed);
        }
    }

    /// Where a right is held; what is about the whole account on all services or on none.
    pub fn services(&self, what: What) -> Services {
        let found = if self.0.contains(&(what, None)) {
            Services::All
        } else {
            Services::Only(
                self.0.iter().filter(|(held, _)| *held == what).filter_map(|(_, service)| *service).collect(),
            )
        };
        match what.needs() {
            Some(needed) => found.both(self.services(needed)),
            None => found,
        }
    }

    /// Whether a right is held somewhere.
    pub fn has(&self, what: What) -> bool {
        !self.services(what).is_none()
    }

    /// What a page's question comes to: the services that its answer may be about; none for no.
    pub(crate) fn answer(&self, right: Right) -> Option<Services> {
        let on_account = |what| self.has(what).then_some(Services::NONE);
        let on_services = |what| Some(self.services(what)).filter(|services| !services.is_none());
        match right {
            Right::Enter => What::ALL.into_iter().any(|what| self.has(what)).then_some(Services::NONE),
            Right::SeeBills => on_account(What::SeeBills),
            Right::Pay => on_account(What::Pay),
            Right::ManagePaymentMethods => on_account(What::ManagePaymentMethods),
            Right::SeeServices => on_services(What::SeeService),
            Right::ChangeServices => on_services(What::ChangeService),
            Right::SeeUsage => on_services(What::SeeUsage),
            Right::ManageMailboxes => on_services(What::ManageMailboxes),
            Right::ContactSupport => on_services(What::ContactSupport),
            Right::KnowServices => {
                let each = What::ALL.into_iter().filter(|what| what.is_of_services()).map(|what| self.services(what));
                Some(each.fold(Services::NONE, Services::either)).filter(|services| !services.is_none())
            }
            Right::ChangeContactData | Right::ConfirmClaim | Right::ManageUsers | Right::SeeHistory | Right::Refund => {
                None
            }
        }
    }
}

/// A set that many holders want, to be adjusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// Pays the bills: sees and pays them.
    PaysBills,
    /// Sees every service and its usage, manages mailboxes, contacts support; orders nothing.
    Technical,
    /// All that can be given. Users stay the holder's.
    EverythingButUsers,
}

impl Preset {
    pub const ALL: [Self; 3] = [Self::PaysBills, Self::Technical, Self::EverythingButUsers];

    pub const fn code(self) -> &'static str {
        match self {
            Self::PaysBills => "pays-bills",
            Self::Technical => "technical",
            Self::EverythingButUsers => "everything-but-users",
        }
    }

    pub fn wanted(self) -> RightsWanted {
        let of = |some: &[What]| some.iter().fold(RightsWanted::default(), |wanted, what| wanted.everywhere(*what));
        match self {
            Self::PaysBills => of(&[What::SeeBills, What::Pay]),
            Self::Technical => of(&[What::SeeService, What::SeeUsage, What::ManageMailboxes, What::ContactSupport]),
            Self::EverythingButUsers => of(&What::ALL),
        }
    }
}

/// What a user is to hold from now on. What a right needs comes with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RightsWanted(BTreeSet<Placed>);

impl RightsWanted {
    /// On the whole account, or on every service, also those that come.
    #[must_use]
    pub fn everywhere(self, what: What) -> Self {
        self.with((what, None))
    }

    /// On one service. What is about the whole account cannot be: nothing is added.
    #[must_use]
    pub fn on(self, what: What, service: ServiceId) -> Self {
        if what.is_of_services() { self.with((what, Some(service))) } else { self }
    }

    fn with(mut self, (what, service): Placed) -> Self {
        self.0.insert((what, service));
        match what.needs() {
            Some(needed) => self.with((needed, service)),
            None => self,
        }
    }

    /// What is held now, to be given again or adjusted.
    pub fn of(held: &Held) -> Self {
        held.iter().fold(Self::default(), Self::with)
    }

    /// As it will be held: what is wanted everywhere is not named for single services too.
    pub fn held(&self) -> Held {
        let is_needed = |(what, service): &Placed| service.is_none() || !self.0.contains(&(*what, None));
        Held(self.0.iter().copied().filter(is_needed).collect())
    }

    /// With all that is held somewhere else too.
    #[must_use]
    pub fn with_all(self, held: &Held) -> Self {
        held.iter().fold(self, Self::with)
    }

    /// Only what is on the whole account, and on services of which `is_one` says so; what is on every service stays.
    #[must_use]
    pub fn only_on(self, is_one: impl Fn(ServiceId) -> bool) -> Self {
        Self(self.0.into_iter().filter(|(_, service)| service.is_none_or(&is_one)).collect())
    }

    /// What is given and what withdrawn where somebody holds that now.
    pub fn changes(&self, held: &Held) -> (Vec<Placed>, Vec<Placed>) {
        let (given, withdrawn): (Vec<_>, Vec<_>) = self.difference(held).into_iter().partition(|(_, given)| *given);
        let places = |some: Vec<(Placed, bool)>| some.into_iter().map(|(placed, _)| placed).collect();
        (places(given), places(withdrawn))
    }

    /// The facts that lead from what is held to what is wanted: each with whether it is given. What is withdrawn comes first.
    pub(super) fn difference(&self, held: &Held) -> Vec<(Placed, bool)> {
        let wanted = self.held();
        let withdrawn = held.0.difference(&wanted.0).map(|placed| (*placed, false));
        let given = wanted.0.difference(&held.0).map(|placed| (*placed, true));
        withdrawn.chain(given).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn service(number: u8) -> ServiceId {
        ServiceId::from(uuid::Uuid::from_u128(u128::from(number) + 1))
    }

    fn held(wanted: &RightsWanted) -> Held {
        wanted.held()
    }

    #[test]
    fn usr_3_every_right_has_a_code_of_its_own() {
        for what in What::ALL {
            assert_eq!(What::from_code(what.code()), Some(what));
            assert_eq!(what.is_of_services(), what.code().starts_with("service."));
        }
        assert_eq!(What::from_code("users.manage"), None);
    }

    #[test]
    fn usr_3_what_a_right_needs_comes_with_it_and_is_missed_without() {
        let mut pays = held(&RightsWanted::default().everywhere(What::Pay));
        assert!(pays.has(What::SeeBills) && pays.has(What::Pay));
        pays.apply((What::SeeBills, None), false);
        assert!(!pays.has(What::Pay) && pays.answer(Right::Pay).is_none() && pays.answer(Right::Enter).is_none());
        let mut orders = held(&RightsWanted::default().on(What::ChangeService, service(1)));
        assert_eq!(orders.answer(Right::ChangeServices), Some(Services::Only([service(1)].into())));
        orders.apply((What::SeeService, Some(service(1))), false);
        assert_eq!(orders.answer(Right::ChangeServices), None);
    }

    #[test]
    fn usr_3_a_right_on_a_service_is_none_on_another_and_none_on_the_account() {
        let usage = held(&RightsWanted::default().on(What::SeeUsage, service(1)));
        assert_eq!(usage.answer(Right::SeeUsage), Some(Services::Only([service(1)].into())));
        assert_eq!(usage.answer(Right::KnowServices), Some(Services::Only([service(1)].into())));
        assert_eq!(usage.answer(Right::Enter), Some(Services::NONE));
        for right in
            [Right::SeeServices, Right::ChangeServices, Right::SeeBills, Right::Pay, Right::ManagePaymentMethods]
        {
            assert_eq!(usage.answer(right), None, "{right:?}");
        }
        assert_eq!(RightsWanted::default().on(What::SeeBills, service(1)), RightsWanted::default());
    }

    #[test]
    fn usr_4_no_set_of_rights_makes_a_holder() {
        let all = held(&Preset::EverythingButUsers.wanted());
        for right in [Right::ManageUsers, Right::ChangeContactData, Right::ConfirmClaim, Right::Refund] {
            assert_eq!(all.answer(right), None, "{right:?}");
        }
        assert_eq!(all.iter().count(), What::ALL.len());
        let technical = held(&Preset::Technical.wanted());
        assert!(technical.answer(Right::ChangeServices).is_none() && technical.answer(Right::SeeBills).is_none());
        let pays = held(&Preset::PaysBills.wanted());
        assert!(pays.answer(Right::Pay).is_some() && pays.answer(Right::ManagePaymentMethods).is_none());
        assert!(pays.answer(Right::KnowServices).is_none());
    }

    fn some_rights() -> impl Strategy<Value = RightsWanted> {
        prop::collection::vec((0..What::ALL.len(), prop::option::of(0_u8..3)), 0..12).prop_map(|some| {
            some.into_iter().fold(RightsWanted::default(), |wanted, (what, place)| match place {
                Some(number) => wanted.on(What::ALL[what], service(number)),
                None => wanted.everywhere(What::ALL[what]),
            })
        })
    }

    proptest! {
        #[test]
        fn usr_3_the_difference_leads_to_what_is_wanted_and_no_further(before in some_rights(), after in some_rights()) {
            let mut stands = before.held();
            for (placed, is_given) in after.difference(&before.held()) {
                let changed = stands.clone();
                stands.apply(placed, is_given);
                prop_assert!(stands != changed, "no fact without effect");
            }
            prop_assert_eq!(&stands, &after.held());
            prop_assert!(after.difference(&stands).is_empty());
            prop_assert_eq!(RightsWanted::of(&stands).held(), stands);
        }

        #[test]
        fn usr_3_a_service_is_answered_for_as_it_was_given(wanted in some_rights(), number in 0_u8..3) {
            let held = wanted.held();
            for (right, what) in [
                (Right::SeeServices, What::SeeService),
                (Right::SeeUsage, What::SeeUsage),
                (Right::ManageMailboxes, What::ManageMailboxes),
                (Right::ContactSupport, What::ContactSupport),
            ] {
                let given = wanted.0.contains(&(what, None)) || wanted.0.contains(&(what, Some(service(number))));
                let answered = held.answer(right).is_some_and(|services| services.contains(service(number)));
                prop_assert_eq!(given, answered);
            }
        }
    }
}
