//! Rights as one line of text, for forms and requests: `bills.see,service.usage:0192…`.

use kernel::ServiceId;

use super::held::{Held, RightsWanted, What};

/// Each right with the service it is about, in order.
pub fn rights_to_codes(held: &Held) -> String {
    let code = |(what, service): (What, Option<ServiceId>)| match service {
        Some(service) => format!("{}:{service}", what.code()),
        None => what.code().to_owned(),
    };
    held.iter().map(code).collect::<Vec<_>>().join(",")
}

/// What such a line says; none where a part of it is no right. Whether services are the account's is for the caller to see to.
pub fn rights_from_codes(text: &str) -> Option<RightsWanted> {
    let parts = text.split(',').filter(|part| !part.is_empty());
    parts.into_iter().try_fold(RightsWanted::default(), |wanted, part| {
        let (code, service) = part.split_once(':').map_or((part, None), |(code, service)| (code, Some(service)));
        let what = What::from_code(code)?;
        match service {
            None => Some(wanted.everywhere(what)),
            Some(service) => {
                let service = service.parse::<uuid::Uuid>().ok()?;
                what.is_of_services().then(|| wanted.on(what, service.into()))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Preset;

    #[test]
    fn usr_3_a_line_says_what_it_was_written_from_and_nothing_else_is_one() {
        let service = ServiceId::from(uuid::Uuid::from_u128(7));
        let some = Preset::PaysBills.wanted().on(What::SeeUsage, service).everywhere(What::ContactSupport);
        let line = rights_to_codes(&some.held());
        assert_eq!(rights_from_codes(&line), Some(some));
        assert_eq!(rights_from_codes(""), Some(RightsWanted::default()));
        for wrong in [
            "users.manage",
            "bills.see;bills.pay",
            "service.usage:x",
            "bills.see:00000000-0000-0000-0000-000000000007",
            "x",
        ] {
            assert_eq!(rights_from_codes(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn usr_5_what_is_asked_for_comes_beside_what_is_held_and_services_that_ended_fall_away() {
        let service = |number: u128| ServiceId::from(uuid::Uuid::from_u128(number));
        let held = RightsWanted::default().everywhere(What::SeeBills).on(What::SeeUsage, service(1)).held();
        let asked = RightsWanted::default()
            .everywhere(What::Pay)
            .on(What::SeeUsage, service(2))
            .everywhere(What::ContactSupport);
        let left = asked.only_on(|one| one != service(2));
        assert_eq!(rights_to_codes(&left.held()), "bills.see,bills.pay,service.support");
        let both = left.with_all(&held);
        let (given, withdrawn) = both.changes(&held);
        assert_eq!(given, [(What::Pay, None), (What::ContactSupport, None)]);
        assert!(withdrawn.is_empty());
        let (given, withdrawn) = RightsWanted::default().changes(&held);
        assert!(given.is_empty());
        assert_eq!(withdrawn, [(What::SeeBills, None), (What::SeeUsage, Some(service(1)))]);
    }
}
