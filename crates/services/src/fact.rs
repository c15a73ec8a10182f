use kernel::{Amount, Day, Moment, Region, ServiceId};

/// A price agreed with one customer, instead of the catalogue's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AgreedPrice {
    /// A month, before tax.
    pub amount: Amount,
    /// The first day on which the catalogue's price holds again (the end of a promotion); none for as long as it runs.
    pub until: Option<Day>,
}

/// Something that is true of a service from a day on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The service has this plan from that day on, in place of any other.
    PlanStarted {
        plan: String,
        price: Option<AgreedPrice>,
    },
    /// The service has no plan from that day on, and nothing of it is charged.
    PlanEnded,
    AddOnAdded {
        add_on: String,
        price: Option<AgreedPrice>,
    },
    AddOnRemoved {
        add_on: String,
    },
    /// The price of a plan or add-on from that day on; none: the catalogue's again.
    PriceAgreed {
        item: String,
        price: Option<AgreedPrice>,
    },
    /// Where the service is supplied, for taxes.
    Located {
        region: Region,
    },
    /// The whole account is exempt from a tax (by its code, as `qst`), under a certificate.
    Exempted {
        tax: String,
    },
    ExemptionEnded {
        tax: String,
    },
    /// An earlier fact of the account, by its version, was a mistake: as if it had never been.
    Withdrawn {
        version: i64,
    },
}

/// A fact as it was recorded. Of two facts about the same thing on the same day, the one recorded last holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The account's version that it bears.
    pub version: i64,
    /// None for a fact about the whole account.
    pub service: Option<ServiceId>,
    /// The first day on which it holds.
    pub effective_on: Day,
    pub recorded_at: Moment,
    pub fact: Fact,
}

/// A fact in the columns of its table.
#[derive(Default)]
pub(crate) struct FactColumns {
    pub(crate) kind: &'static str,
    pub(crate) item: Option<String>,
    pub(crate) price: Option<AgreedPrice>,
    pub(crate) withdraws: Option<i64>,
}

impl Fact {
    pub(crate) fn columns(&self) -> FactColumns {
        let about = |kind, item: &String, price: &Option<AgreedPrice>| FactColumns {
            kind,
            item: Some(item.clone()),
            price: *price,
            withdraws: None,
        };
        match self {
            Self::PlanStarted { plan, price } => about("plan_started", plan, price),
            Self::PlanEnded => FactColumns { kind: "plan_ended", ..FactColumns::default() },
            Self::AddOnAdded { add_on, price } => about("add_on_added", add_on, price),
            Self::AddOnRemoved { add_on } => about("add_on_removed", add_on, &None),
            Self::PriceAgreed { item, price } => about("price_agreed", item, price),
            Self::Located { region } => about("located", &region.code().to_owned(), &None),
            Self::Exempted { tax } => about("exempted", tax, &None),
            Self::ExemptionEnded { tax } => about("exemption_ended", tax, &None),
            Self::Withdrawn { version } => {
                FactColumns { kind: "withdrawn", withdraws: Some(*version), ..FactColumns::default() }
            }
        }
    }

    /// `None` when the columns are no fact (somebody changed them).
    pub(crate) fn from_columns(
        kind: &str,
        item: Option<String>,
        price: Option<AgreedPrice>,
        withdraws: Option<i64>,
    ) -> Option<Self> {
        Some(match kind {
            "plan_started" => Self::PlanStarted { plan: item?, price },
            "plan_ended" => Self::PlanEnded,
            "add_on_added" => Self::AddOnAdded { add_on: item?, price },
            "add_on_removed" => Self::AddOnRemoved { add_on: item? },
            "price_agreed" => Self::PriceAgreed { item: item?, price },
            "located" => Self::Located { region: item?.parse().ok()? },
            "exempted" => Self::Exempted { tax: item? },
            "exemption_ended" => Self::ExemptionEnded { tax: item? },
            "withdrawn" => Self::Withdrawn { version: withdraws? },
            _ => return None,
        })
    }
}
