//! What the mapping says, made into sources, with all that is wrong with it.

use kernel::{Currency, Problem};
use toml::Spanned;

use super::{
    AmountStyle, DayForm, Encoding, Entry, Fields, File, FileColumn, FileImport, FileService, FileSource, From,
    Negative, OneOrMany, ServiceMap, Source, composed,
};

/// Makes sources of what the mapping says, and gathers what is wrong with it.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) currency: Currency,
    /// Of columns that state nothing themselves.
    pub(super) amounts: AmountStyle,
    pub(super) days: Option<DayForm>,
    pub(super) found: Vec<Problem>,
}

impl Reader<'_> {
    pub(super) fn wrong(&mut self, offset: usize, reason: impl Into<String>) {
        self.found.push(Problem::at(self.text, offset, reason));
    }

    pub(super) fn encoding(&mut self, stated: Option<&Spanned<String>>) -> Option<Encoding> {
        let stated = stated?;
        let encoding = Encoding::named(stated.get_ref());
        if encoding.is_none() {
            let reason = "is no encoding that is known; expected one such as \"utf-8\", \"utf-16\", \"windows-1252\", \
                          \"macintosh\", \"cp437\", \"cp850\", \"cp863\"";
            self.wrong(stated.span().start, format!("“{}” {reason}", stated.get_ref()));
        }
        encoding
    }

    pub(super) fn delimiter(&mut self, stated: Option<&Spanned<char>>) -> Option<u8> {
        let stated = stated?;
        let sign = u8::try_from(*stated.get_ref()).ok().filter(|sign| may_delimit(*sign));
        if sign.is_none() {
            self.wrong(stated.span().start, "the delimiter must be one plain character, and no letter or digit");
        }
        sign
    }

    pub(super) fn quote(&mut self, stated: Option<&Spanned<String>>) -> Option<u8> {
        let Some(stated) = stated else { return Some(b'"') };
        match stated.get_ref().as_bytes() {
            b"none" => None,
            [sign @ (b'"' | b'\'' | b'`')] => Some(*sign),
            _ => {
                self.wrong(stated.span().start, "the quote must be \"none\", or one of \", ' and `");
                None
            }
        }
    }

    /// What the whole file has, unless a column states otherwise.
    pub(super) fn styles(&mut self, import: &FileImport) {
        let char_of = |stated: &Option<Spanned<char>>| stated.as_ref().map(|sign| *sign.get_ref());
        self.amounts = AmountStyle {
            decimal: char_of(&import.decimal),
            thousands: char_of(&import.thousands),
            currency: import.currency.as_ref().map_or(Vec::new(), |stated| stated.get_ref().clone().many()),
            negative: import.negative.clone().map_or(Vec::new(), OneOrMany::many),
        };
        let spans = [&import.decimal, &import.thousands].into_iter().flatten().map(Spanned::span);
        let place = spans.chain(import.currency.as_ref().map(Spanned::span)).map(|span| span.start).min();
        if let (Some(place), Some(objection)) = (place, self.amounts.objection(self.currency)) {
            self.wrong(place, objection);
        }
        if let Some(days) = &import.days {
            self.days = self.form(days.get_ref(), days.span().start);
        }
    }

    fn form(&mut self, text: &str, offset: usize) -> Option<DayForm> {
        let form = DayForm::parse(text);
        if form.is_none() {
            self.wrong(offset, format!("“{text}” is no form of days; expected one such as \"DD/MM/YYYY\""));
        }
        form
    }

    /// A source of text.
    fn text(&mut self, entry: Entry) -> Source {
        let (source, stated) = split(entry);
        if stated.amounts() || stated.days.is_some() {
            self.wrong(source.offset, "only amounts and days have decimal, thousands, currency, negative or days");
        }
        source
    }

    fn amount(&mut self, entry: Entry) -> Source {
        let (mut source, stated) = split(entry);
        if stated.days.is_some() {
            self.wrong(source.offset, "an amount has no form of days");
        }
        if source.is_raw() {
            let own = stated.amounts();
            let file = self.amounts.clone();
            source.amounts = AmountStyle {
                decimal: stated.decimal.or(file.decimal),
                thousands: stated.thousands.or(file.thousands),
                currency: stated.currency.map_or(file.currency, OneOrMany::many),
                negative: stated.negative.map_or(file.negative, OneOrMany::many),
            };
            if let (true, Some(objection)) = (own, source.amounts.objection(self.currency)) {
                self.wrong(source.offset, objection);
            }
        }
        source
    }

    fn day(&mut self, entry: Entry) -> Source {
        let (mut source, stated) = split(entry);
        if stated.amounts() {
            self.wrong(source.offset, "a day has no decimal, thousands, currency or negative");
        }
        if source.is_raw() {
            source.days = match &stated.days {
                Some(days) => self.form(days, source.offset),
                None => self.days.clone(),
            };
        }
        source
    }

    fn texts(&mut self, entry: Option<Entry>) -> Option<Source> {
        entry.map(|entry| self.text(entry))
    }

    pub(super) fn service(&mut self, service: FileService) -> ServiceMap {
        ServiceMap {
            kind: service.kind,
            plan: self.text(service.plan),
            commitment_months: self.texts(service.commitment_months),
            add_ons: service.add_ons.into_iter().map(|entry| self.text(entry)).collect(),
        }
    }

    pub(super) fn fields(&mut self, file: File) -> Fields {
        let File { import, customer, account, address, start, end, price, .. } = file;
        Fields {
            key: self.text(import.key),
            customer_kind: self.texts(customer.kind),
            language: self.text(customer.language),
            name: self.texts(customer.name),
            email: self.texts(customer.email),
            telephone: self.texts(customer.telephone),
            segment: self.text(account.segment),
            cycle_day: self.texts(account.cycle_day),
            bill_format: self.texts(account.bill_format),
            pays_by: self.texts(account.pays_by),
            charged_before: account.charged_before.map(|entry| self.amount(entry)),
            balance: account.balance.map(|entry| self.amount(entry)),
            street: self.texts(address.street),
            city: self.texts(address.city),
            region: self.text(address.region),
            postal_code: self.texts(address.postal_code),
            country: self.texts(address.country),
            months_before: self.texts(start.months_before),
            start: start.day.map(|entry| self.day(entry)),
            left: self.texts(end.left),
            last_day: end.last_day.map(|entry| self.day(entry)),
            price: price.map(|price| self.amount(price.month)),
        }
    }
}

/// What a column states of its amounts or days.
#[derive(Default)]
struct Stated {
    decimal: Option<char>,
    thousands: Option<char>,
    currency: Option<OneOrMany<String>>,
    negative: Option<OneOrMany<Negative>>,
    days: Option<String>,
}

impl Stated {
    fn amounts(&self) -> bool {
        self.decimal.is_some() || self.thousands.is_some() || self.currency.is_some() || self.negative.is_some()
    }
}

fn split(entry: Entry) -> (Source, Stated) {
    let offset = entry.span().start;
    let source = |from| Source { from, offset, amounts: AmountStyle::default(), days: None };
    match entry.into_inner() {
        FileSource::Text(text) => (source(From::Constant(text)), Stated::default()),
        FileSource::Number(number) => (source(From::Constant(number.to_string())), Stated::default()),
        FileSource::Day(day) => (source(From::Constant(day.to_string())), Stated::default()),
        FileSource::Column(FileColumn { column, values, decimal, thousands, currency, negative, days }) => {
            let composed_key = |(word, meaning): (String, String)| (composed(&word).into_owned(), meaning);
            let values = values.map(|values| values.into_iter().map(composed_key).collect());
            let column = composed(column.trim()).into_owned();
            (source(From::Column { column, values }), Stated { decimal, thousands, currency, negative, days })
        }
    }
}

/// Whether a byte can part fields.
pub(crate) fn may_delimit(sign: u8) -> bool {
    sign == b'\t' || (sign.is_ascii_graphic() && !sign.is_ascii_alphanumeric() && sign != b'"' && sign != b'\\')
}
