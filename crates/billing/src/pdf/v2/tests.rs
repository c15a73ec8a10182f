use kernel::Language;

use super::bill;
use super::sheet::{BOTTOM, Mark, Shape};
use crate::pdf::Renderer;
use crate::{Document, DocumentLine, DocumentLink, DocumentSection, Labelled, Passage, RemittanceSlip, Sender};

fn labelled(label: &str, value: &str) -> Labelled {
    Labelled { label: label.to_owned(), value: value.to_owned() }
}

fn passage(title: &str, text: &str) -> Passage {
    Passage { title: title.to_owned(), text: text.to_owned() }
}

fn line(id: Option<u32>, what: &str, detail: &str, amount: &str) -> DocumentLine {
    let detail = (!detail.is_empty()).then(|| detail.to_owned());
    DocumentLine { id, what: what.to_owned(), detail, amount: amount.to_owned() }
}

fn strings(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

fn section(
    id: &'static str,
    title: &str,
    explanation: &str,
    lines: Vec<DocumentLine>,
    total: Labelled,
) -> DocumentSection {
    DocumentSection { id: id.into(), title: title.to_owned(), explanation: explanation.to_owned(), lines, total }
}

#[expect(clippy::too_many_lines, reason = "a bill with everything on it")]
fn french() -> Document {
    Document {
        language: Language::Fr,
        large_print: false,
        issued: jiff::civil::date(2026, 12, 1),
        title: "Facture du 1er décembre 2026".to_owned(),
        sender: Sender {
            name: "Télécom des Érables".to_owned(),
            address: strings(&["1200, rue Saint-Jean, bureau 300", "Québec (Québec)  G1R 1S6"]),
            reach: vec![
                labelled("Téléphone", "418 555-0123"),
                labelled("ATS", "418 555-0124"),
                labelled("Courriel", "facturation@erables.example"),
                labelled("Site", "clients.erables.example"),
            ],
            registrations: vec![
                labelled("TPS", "123456789 RT0001"),
                labelled("TVQ", "1234567890 TQ0001"),
            ],
        },
        addressee: strings(&["Mᵐᵉ Hélène Côté-Lœuillet", "45, avenue de l’Église, app. 3", "Sherbrooke (Québec)  J1H 4A7"]),
        identifier: labelled("Identifiant", "HCOTE-4821"),
        facts: vec![
            labelled("Numéro de facture", "2026-0018432"),
            labelled("Numéro de compte", "7001 2345 6784"),
            labelled("Période", "du 1er au 31 décembre 2026"),
            labelled("Date d’émission", "1er décembre 2026"),
        ],
        total_due: labelled("Total à payer", "1 124,85 $"),
        due: Some(labelled("Au plus tard le", "24 décembre 2026")),
        settled: None,
        as_of: Some("Ce document montre votre compte en date du 1er décembre 2026; le solde d’aujourd’hui : clients.erables.example.".to_owned()),
        difference: Some(
            "C’est 12,40 $ de plus qu’en novembre : votre promotion « Branchez-vous » a pris fin le 15 novembre.".to_owned(),
        ),
        sections: french_sections(),
        pay_title: "Comment payer".to_owned(),
        pay: vec![
            passage("Par votre banque", "Dans le site ou l’application de votre banque, ajoutez « Télécom des Érables » à vos factures et inscrivez votre numéro de compte, 7001 2345 6784. Prévoyez deux jours ouvrables."),
            passage("En ligne, par carte", "Ouvrez votre espace client, puis « Payer ». Le paiement est inscrit tout de suite."),
            passage("Par prélèvement", "Nous prélevons le montant à la date d’échéance. Pour vous inscrire : espace client, « Paiements préautorisés »."),
            passage("Par la poste", "Envoyez un chèque avec le bordereau ci-dessous. N’envoyez jamais d’argent comptant."),
        ],
        question: passage(
            "Un montant vous paraît inexact ?",
            "Dites-le-nous avant le 24 décembre : au 418 555-0123, ou dans votre espace client, en regard de la ligne en cause. Nous suspendons le montant contesté pendant que nous vérifions, sans frais de retard. Si notre réponse ne vous satisfait pas, la Commission des plaintes relatives aux services de télécom-télévision (CPRST) peut vous aider gratuitement : 1 888 221-1687.",
        ),
        slip: Some(RemittanceSlip {
            title: "Bordereau de paiement".to_owned(),
            instruction: "À joindre à votre chèque, fait à l’ordre de Télécom des Érables. Inscrivez votre numéro de compte au verso.".to_owned(),
            facts: vec![
                labelled("Numéro de compte", "7001 2345 6784"),
                labelled("Numéro de facture", "2026-0018432"),
                labelled("Montant à payer", "1 124,85 $"),
                labelled("Échéance", "24 décembre 2026"),
            ],
            enclosed: "Montant joint".to_owned(),
            address: strings(&["Télécom des Érables", "Service des paiements", "Case postale 4500, succ. Terminus", "Québec (Québec)  G1K 9Z9"]),
            code_line: "700123456784 20260018432 00000112485 7".to_owned(),
        }),
        links: vec![
            DocumentLink { text: "facturation@erables.example".to_owned(), href: "mailto:facturation@erables.example".to_owned() },
            DocumentLink { text: "clients.erables.example".to_owned(), href: "https://clients.erables.example".to_owned() },
        ],
        page_label: "Page {page} de {pages}".to_owned(),
    }
}

fn french_sections() -> Vec<DocumentSection> {
    vec![
        section(
            "service-charges",
            "Frais de service",
            "Vos services de base, facturés un mois à l’avance. Un changement en cours de mois est calculé au jour près.",
            vec![
                line(Some(1), "Internet 100", "du 1er au 31 décembre 2026", "65,00 $"),
                line(Some(2), "Téléphonie résidentielle", "du 1er au 31 décembre 2026", "24,95 $"),
                line(Some(3), "Internet 100 — fin de la promotion", "16 jours sur 30 : 16 × 0,7750 $", "12,40 $"),
            ],
            labelled("Total des frais de service", "102,35 $"),
        ),
        section(
            "add-ons",
            "Options et fonctions",
            "Ce que vous avez ajouté à vos services de base.",
            vec![
                line(Some(4), "Afficheur", "", "5,00 $"),
                line(Some(5), "Appels interurbains", "42 minutes à 0,05 $", "2,10 $"),
            ],
            labelled("Total des options", "7,10 $"),
        ),
        section(
            "taxes",
            "Taxes et frais",
            "Perçus pour les gouvernements, au taux du lieu où le service est rendu.",
            vec![
                line(None, "Taxe municipale pour le 9-1-1", "1 ligne téléphonique", "0,52 $"),
                line(None, "TPS, 5 %", "sur 109,97 $", "5,50 $"),
                line(None, "TVQ, 9,975 %", "sur 109,97 $", "10,97 $"),
            ],
            labelled("Total des taxes et frais", "16,99 $"),
        ),
        section(
            "previous",
            "Solde précédent et paiements",
            "Ce qui restait à payer, et ce que nous avons reçu depuis.",
            vec![
                line(None, "Solde de la facture du 1er novembre", "", "1 114,05 $"),
                line(None, "Paiement reçu", "le 18 novembre, par votre banque", "−115,64 $"),
            ],
            labelled("Solde reporté", "998,41 $"),
        ),
        section(
            "total",
            "Frais courants et total à payer",
            "La somme de ce qui précède.",
            vec![line(None, "Solde reporté", "", "998,41 $"), line(None, "Frais courants", "", "126,44 $")],
            labelled("Total à payer le 24 décembre 2026", "1 124,85 $"),
        ),
    ]
}

fn english() -> Document {
    let mut document = french();
    document.language = Language::En;
    document.title = "Bill of 1 December 2026".to_owned();
    document.total_due = labelled("Total due", "$124.85");
    document.due = Some(labelled("Due on", "24 December 2026"));
    document.identifier.label = "Customer identifier".to_owned();
    document.difference = Some("This is $12.40 more than in November: your promotion ended on 15 November.".to_owned());
    document.page_label = "Page {page} of {pages}".to_owned();
    document
}

/// The bill that most people get, in the words of `document.fr.ftl`: two services, an option, two taxes, three ways to pay.
fn typical_french() -> Document {
    let mut document = french();
    document.sender.reach[3].value = "https://clients.erables.example".to_owned();
    document.sender.registrations = [
        ("TPS", "123456789 RT0001"),
        ("TVH", "123456789 RT0001"),
        ("TVQ", "1023456789 TQ0001"),
        ("TVP", "PST-1000-0000"),
    ]
    .map(|(tax, number)| labelled(&format!("No de {tax}"), number))
    .to_vec();
    document.facts[2] = labelled("Période facturée", "du 1er novembre 2026 au 30 novembre 2026");
    let days = "du 1er novembre 2026 au 30 novembre 2026";
    let explanations = [
        "Le prix de vos forfaits. Ils sont facturés d’avance, pour le mois qui vient; un forfait commencé, changé ou terminé en cours de mois est compté au jour près.",
        "Ce que vous avez ajouté à vos forfaits. Les options sont facturées d’avance, comme les forfaits, et comptées au jour près.",
        "Les taxes de vente que nous percevons pour les gouvernements, selon la province où chaque service est fourni, et les frais fixés par règlement, comme ceux du service d’urgence 9-1-1. Chaque taxe est calculée une seule fois, sur le total taxable.",
        "Ce que vous deviez à la facture précédente, et ce que nous avons reçu depuis. Un paiement fait après la date de facturation paraîtra sur la prochaine facture.",
        "Les frais de cette facture, plus ce qui reste de la précédente. Un montant précédé du signe moins est en votre faveur.",
    ];
    for (section, explanation) in document.sections.iter_mut().zip(explanations) {
        section.explanation = explanation.to_owned();
    }
    document.sections[0].lines = vec![
        line(Some(1), "Internet 400", &format!("Internet, {days}"), "74,95 $"),
        line(Some(2), "Télé Essentielle", &format!("Télévision, {days}"), "29,95 $"),
    ];
    document.sections[1].lines = vec![line(Some(3), "Bornes Wi-Fi", &format!("Internet, {days}"), "6,95 $")];
    document.sections[2].lines = vec![
        line(None, "TPS, 5 %", "Sur 111,85 $ (QC)", "5,59 $"),
        line(None, "TVQ, 9,975 %", "Sur 111,85 $ (QC)", "11,16 $"),
    ];
    document.pay.truncate(3);
    document
}

fn typical_english() -> Document {
    let mut document = typical_french();
    document.language = Language::En;
    document.title = "Bill of November 1, 2026".to_owned();
    document.identifier.label = "Client identifier".to_owned();
    document.facts[2] = labelled("Billing period", "November 1, 2026 to November 30, 2026");
    document.total_due = labelled("Total due", "$119.61");
    document.due = Some(labelled("Due by", "November 22, 2026"));
    for labels in &mut document.sender.registrations {
        labels.label = labels.label.replace("Numéro d’inscription, T", "Registration number, T");
    }
    let days = "November 1, 2026 to November 30, 2026";
    document.sections[0].title = "Service charges".to_owned();
    document.sections[0].lines = vec![
        line(Some(1), "Internet 400", &format!("Internet, {days}"), "$74.95"),
        line(Some(2), "Home phone", &format!("Telephone, {days}"), "$24.95"),
    ];
    document.sections[1].lines =
        vec![line(Some(3), "Voicemail and call display", &format!("Telephone, {days}"), "$5.95")];
    document.page_label = "Page {page} of {pages}".to_owned();
    document
}

/// Three ways to pay, as `document.fr.ftl` has them.
fn plain_ways() -> Vec<Passage> {
    vec![
        passage(
            "En ligne, par carte",
            "Dans votre espace client : clients.erables.example. Le paiement est inscrit tout de suite.",
        ),
        passage(
            "Par votre banque ou caisse",
            "Bénéficiaire : Télécom des Érables. Numéro de compte : 7001234567. Comptez deux jours ouvrables.",
        ),
        passage(
            "Par la poste",
            "Chèque ou mandat à l’ordre de Télécom des Érables, avec le talon, à : 1200, rue Saint-Jean, bureau 300, Québec (Québec)  G1R 1S6. Écrivez votre numéro de compte au dos.",
        ),
        passage("Par téléphone", "Appelez le 418 555-0123. Ne donnez jamais votre numéro de carte par courriel."),
    ]
}

/// The bill that most people get: one service, two taxes, what was paid; so many lines of services.
fn plain_bill(services: u32) -> Document {
    let mut document = typical_french();
    let explanations = [
        "Le prix de vos forfaits, facturés d’avance. Ce qui change en cours de mois est compté au jour près.",
        "Ce que vous avez ajouté à vos forfaits, facturé d’avance et compté au jour près.",
        "Selon la province où chaque service est fourni. Chaque taxe est calculée une seule fois, sur le total taxable.",
        "Ce que vous deviez et ce que nous avons reçu depuis. Un paiement plus récent paraîtra sur la prochaine facture.",
        "Les frais de cette facture, plus ce qui reste de la précédente. Le signe moins : en votre faveur.",
    ];
    let titles = [
        "Vos services",
        "Options et fonctions",
        "Taxes et frais réglementaires",
        "Solde précédent et paiements",
        "Frais courants et total",
    ];
    let totals = [
        "Total des services",
        "Total des options",
        "Total des taxes et des frais",
        "Reste de la facture précédente",
        "Total à payer",
    ];
    for (section, ((explanation, title), total)) in
        document.sections.iter_mut().zip(explanations.into_iter().zip(titles).zip(totals))
    {
        section.explanation = explanation.to_owned();
        section.title = title.to_owned();
        section.total.label = total.to_owned();
    }
    let days = "du 1er novembre 2026 au 30 novembre 2026";
    document.sections[0].lines = (1..=services)
        .map(|number| line(Some(number), "Internet 400", &format!("Internet, {days}"), "74,95 $"))
        .collect();
    document.sections[1].lines.clear();
    document.sections[1].total.value = "0,00 $".to_owned();
    document.sender.registrations.truncate(2);
    for (registration, tax) in document.sender.registrations.iter_mut().zip(["TPS", "TVQ"]) {
        registration.label = format!("No de {tax}");
    }
    document.facts.push(labelled("Adresse du service", "45, avenue de l’Église, app. 3, Sherbrooke"));
    document.pay = plain_ways();
    document.difference = Some("Vos frais sont les mêmes que le mois dernier (86,17 $).".to_owned());
    document.question = passage(
        "Une question, un désaccord?",
        "Appelez le 418 555-0123 avant le 24 décembre 2026 : nous expliquons cette facture ligne par ligne. Payez la partie que vous ne contestez pas; celle que vous contestez peut attendre notre réponse.",
    );
    document
}

/// Nothing is to pay.
fn credit() -> Document {
    let mut document = plain_bill(1);
    document.total_due = labelled("Solde en votre faveur", "442,51 $");
    document.due = None;
    document.settled =
        Some("442,51 $ en votre faveur, rien à payer. Ce crédit sera déduit de votre prochaine facture.".to_owned());
    document.pay.clear();
    document.slip = None;
    document
}

/// Names as people here bear them.
const NAMES: [&str; 17] = [
    "Deʔa Nóríya Essai",
    "Tłı̨chǫ Dǫ́ne Kwe̱ɂé Ɂehdzǫ́n",
    "ᐊᓗᒃ ᑎᓯᑦ",
    "سارة تجربة",
    "فاطمه آزمایشی‌پور",
    "דנה בדיונית",
    "王小试",
    "髙橋 𠮷野 かなこ",
    "김테스트",
    "Nguyễn Thị Thử",
    "हरप्रीत परीक्षा",
    "ਹਰਪ੍ਰੀਤ ਕੌਰ",
    "ரவி சோதனை",
    "สมชาย ทดสอบ",
    "Անուն Փորձ",
    "ნინო ცდა",
    "Mme سارة تجربة, 12 rue",
];

fn named(name: &str) -> Document {
    let mut document = plain_bill(1);
    document.addressee[0] = name.to_owned();
    document
}

/// A business with many lines, some long.
fn long(count: u32) -> Document {
    let mut document = french();
    document.sections[0].lines = (1..=count)
        .map(|number| {
            let detail = "Du 1er au 31 décembre 2026, selon l’entente cadre no 4471 et son avenant du 3 mars. "
                .repeat(if number % 9 == 0 { 3 } else { 1 });
            line(
                Some(number),
                &format!("Ligne d’affaires {number}, succursale de Trois-Rivières"),
                &detail,
                "1 024,95 $",
            )
        })
        .collect();
    document
}

fn large() -> Document {
    Document { large_print: true, ..french() }
}

fn empty() -> Document {
    let mut document = english();
    for section in &mut document.sections {
        section.lines.clear();
    }
    document.pay.clear();
    document.difference = None;
    document.facts.clear();
    document.addressee.clear();
    document.sender.reach.clear();
    document
}

/// What the pages show, page by page.
fn shown(renderer: &Renderer, document: &Document) -> Vec<String> {
    let laid = bill::compose(&renderer.v2.fonts, document);
    laid.pages
        .iter()
        .map(|ops| {
            let texts = ops.iter().filter_map(|op| match &op.shape {
                Shape::Text { run, .. } => Some(run.text.trim_end()),
                Shape::Rule { .. } | Shape::Frame { .. } => None,
            });
            texts.collect::<Vec<_>>().join(" ")
        })
        .collect()
}

/// The letter size in which a text begins, the largest if there are several.
fn size_of(renderer: &Renderer, document: &Document, start: &str) -> f32 {
    let laid = bill::compose(&renderer.v2.fonts, document);
    let sizes = laid.pages.iter().flatten().filter_map(|op| match &op.shape {
        Shape::Text { run, size, .. } if run.text.starts_with(start) => Some(*size),
        _ => None,
    });
    sizes.fold(0.0, f32::max)
}

fn plain(text: &str) -> String {
    text.replace(['\u{a0}', '\u{2011}'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn bil_4_every_bill_is_accepted_as_pdf_a_and_pdf_ua_and_is_the_same_each_time() {
    let (renderer, other) = (Renderer::new().unwrap(), Renderer::new().unwrap());
    let long_large = Document { large_print: true, ..long(20) };
    for document in [french(), typical_english(), long(60), large(), empty(), long_large] {
        let bytes = renderer.render(&document).unwrap();
        assert!(bytes.starts_with(b"%PDF-1.7"));
        assert!(bytes == renderer.render(&document).unwrap(), "a second rendering differs");
        assert!(bytes == other.render(&document).unwrap(), "another renderer's bytes differ");
    }
}

#[test]
fn bil_1_a_bill_shows_every_text_of_its_document() {
    let renderer = Renderer::new().unwrap();
    for document in [french(), english(), large()] {
        let all = plain(&shown(&renderer, &document).join(" "));
        for text in texts(&document) {
            for word in plain(&text).split(' ').filter(|word| !word.contains(['-', '{'])) {
                assert!(all.contains(word.trim_end_matches('.')), "{word:?} is missing");
            }
        }
        assert!(all.contains("1 124,85 $"));
    }
}

/// Every text of the document, as the fields have it.
fn texts(document: &Document) -> Vec<String> {
    fn gather(value: &serde_json::Value, into: &mut Vec<String>) {
        match value {
            serde_json::Value::String(text) => into.push(text.clone()),
            serde_json::Value::Array(values) => values.iter().for_each(|value| gather(value, into)),
            serde_json::Value::Object(values) => values
                .iter()
                .filter(|(name, _)| {
                    !matches!(name.as_str(), "language" | "page_label" | "issued" | "href") && (*name != "id")
                })
                .for_each(|(_, value)| gather(value, into)),
            _ => {}
        }
    }
    let mut result = vec![];
    gather(&serde_json::to_value(document).unwrap(), &mut result);
    result
}

#[test]
fn bil_4_the_total_and_its_date_are_the_largest_things_on_the_page() {
    let renderer = Renderer::new().unwrap();
    for document in [french(), english(), large()] {
        let laid = bill::compose(&renderer.v2.fonts, &document);
        let [total, due] = [&document.total_due.value, &document.due.as_ref().unwrap().value]
            .map(|text| size_of(&renderer, &document, &plain(text)));
        assert!(total > 24.0 && (total - due).abs() < 0.01);
        let larger =
            laid.pages.iter().flatten().filter(|op| matches!(&op.shape, Shape::Text { size, .. } if *size >= total));
        assert_eq!(larger.count(), 2, "only the total and its date are that large");
    }
}

#[test]
fn bil_4_large_print_is_larger_by_two_fifths() {
    let renderer = Renderer::new().unwrap();
    for text in ["Internet 100", "Comment payer", "du 1er au 31"] {
        let ratio = size_of(&renderer, &large(), text) / size_of(&renderer, &french(), text);
        assert!((ratio - 1.4).abs() < 0.01, "{text} is {ratio} times as large");
    }
}

#[test]
fn acc_2_the_identifier_is_on_every_page_of_a_long_bill_and_pages_are_counted() {
    let renderer = Renderer::new().unwrap();
    let pages = shown(&renderer, &long(100));
    assert!(pages.len() > 4);
    for (number, page) in pages.iter().enumerate() {
        assert!(page.contains("HCOTE-4821"), "page {} lacks the identifier", number + 1);
        assert!(page.contains(&format!("Page {} de {}", number + 1, pages.len())));
    }
    assert!(pages[2].contains("Frais de service"), "a table that goes on says of what it is");
}

#[test]
fn bil_4_the_slip_is_whole_at_the_foot_of_the_last_page_only() {
    let renderer = Renderer::new().unwrap();
    for count in (1..40).step_by(5) {
        let document = long(count);
        let pages = shown(&renderer, &document);
        let (last, before) = pages.split_last().unwrap();
        for text in ["Bordereau de paiement", "Montant joint", "700123456784 20260018432 00000112485 7"] {
            assert!(last.contains(text), "{count} lines: {text} is not on the last page");
            assert!(before.iter().all(|page| !page.contains(text)));
        }
        assert!(last.contains("Comment payer"), "{count} lines: the slip is alone on its page");
    }
}

#[test]
fn bil_4_the_bill_that_most_people_get_is_one_page_and_in_large_print_two() {
    let renderer = Renderer::new().unwrap();
    let pages = shown(&renderer, &plain_bill(1));
    assert_eq!(pages.len(), 1, "{pages:#?}");
    for document in [plain_bill(6), typical_french(), typical_english()] {
        let pages = shown(&renderer, &document);
        assert_eq!(pages.len(), 2, "{pages:#?}");
        let last = &document.sections.last().unwrap().title;
        assert!(pages[0].contains(last) && pages[1].contains("Bordereau de paiement"), "{pages:#?}");
    }
    for services in [1, 6] {
        let pages = shown(&renderer, &Document { large_print: true, ..plain_bill(services) });
        assert_eq!(pages.len(), 2, "{pages:#?}");
    }
}

#[test]
fn bil_4_a_section_of_taxes_stands_on_one_page_whatever_comes_before_it() {
    let renderer = Renderer::new().unwrap();
    for (count, large_print) in (1..60).flat_map(|count| [(count, false), (count, true)]) {
        let mut document = Document { large_print, ..plain_bill(count) };
        let taxes = document.sections[2].lines.clone();
        document.sections[2].lines = taxes.iter().cycle().take(12).cloned().collect();
        let pages = shown(&renderer, &document);
        let with = |text: &str| pages.iter().filter(|page| page.contains(text)).count();
        assert_eq!((with("Taxes et frais réglementaires"), with("TVQ, 9,975 %")), (1, 1), "{count}, {large_print}");
        // Nor is a heading of a long list alone, nor its last line.
        for page in pages.iter().filter(|page| page.contains("Vos services")) {
            assert!(count == 1 || page.matches("Internet 400").count() > 1, "{count}, {large_print}: {page}");
        }
    }
}

#[test]
fn bil_1_a_bill_in_the_customers_favour_has_no_day_no_way_to_pay_and_no_slip() {
    let renderer = Renderer::new().unwrap();
    let pages = shown(&renderer, &credit());
    assert_eq!(pages.len(), 1);
    assert!(plain(&pages[0]).contains("442,51 $ en votre faveur, rien à payer"), "{pages:?}");
    for text in ["Au plus tard le", "Comment payer", "En ligne", "Bordereau", "Montant joint"] {
        assert!(!pages[0].contains(text), "{text}");
    }
    renderer.render(&credit()).unwrap();
}

#[test]
fn bil_4_site_and_e_mail_address_lead_there() {
    let bytes = Renderer::new().unwrap().render(&plain_bill(1)).unwrap();
    let count = |text: &str| bytes.windows(text.len()).filter(|part| *part == text.as_bytes()).count();
    assert_eq!(count("(mailto:facturation@erables.example)"), 1);
    // Among the ways to reach the provider, beside the balance, and first among the ways to pay; each says where it leads.
    assert_eq!(count("(https://clients.erables.example)"), 6);
    assert!(count("/S /Link") + count("/Link") >= 4, "links are told to those who listen");
}

/// The words of a PDF as they are copied out of it, without the marks that pdftotext adds.
fn copied(bytes: &[u8]) -> String {
    use std::io::Write;
    let mut command = std::process::Command::new("pdftotext");
    command.args(["-", "-"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut reader = command.spawn().expect("pdftotext is missing: run ./test, which installs it");
    reader.stdin.take().unwrap().write_all(bytes).unwrap();
    let text = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    let text: String = text.chars().filter(|letter| !matches!(letter, '\u{202a}'..='\u{202e}')).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn bil_4_a_name_is_drawn_in_its_own_letters_and_copied_out_as_it_is() {
    let renderer = Renderer::new().unwrap();
    for name in NAMES.iter().filter(|name| !name.starts_with("Mme")) {
        let document = named(name);
        let page = shown(&renderer, &document).remove(0);
        assert!(!page.contains('□') && crate::undrawable(name).is_empty(), "{name}");
        let large = Document { large_print: true, ..document.clone() };
        for document in [document, large] {
            // A joiner says how letters are written together and is none itself.
            let copied = copied(&renderer.render(&document).unwrap()).replace('\u{200c}', "");
            let whole = name.replace('\u{200c}', "");
            assert!(copied.contains(&whole), "{name} is not in: {copied}");
        }
    }
}

#[test]
fn bil_4_letters_from_right_to_left_are_joined_and_stand_from_right_to_left() {
    let renderer = Renderer::new().unwrap();
    let face = renderer.v2.fonts.face(super::fonts::Cut::Regular);
    let run = super::text::Run::new(face, "سارة");
    let starts: Vec<usize> = run.glyphs.iter().map(|glyph| glyph.start).collect();
    assert!(starts.is_sorted_by(|one, other| one > other), "{starts:?}");
    // Two letters that are joined have other glyphs than each alone.
    let alone: Vec<u32> = ["ر", "س"].iter().map(|text| super::text::Run::new(face, text).glyphs[0].id).collect();
    assert!(!run.glyphs.iter().any(|glyph| glyph.id == alone[1]), "the first letter is not joined");
    // What is put into a sentence keeps to itself.
    let isolated = super::text::Run::new(face, "Mme \u{2068}سارة\u{2069}, 12 rue");
    let last = isolated.glyphs.iter().rev().take(3).map(|glyph| glyph.start).min().unwrap();
    assert_eq!(&isolated.text[last..], "rue");
    let twelve = isolated.glyphs.iter().position(|glyph| isolated.text[glyph.start..].starts_with("12")).unwrap();
    let name = isolated.glyphs.iter().position(|glyph| isolated.text[glyph.start..].starts_with('س')).unwrap();
    assert!(name < twelve, "the number stands before the name");
}

#[test]
fn bil_4_a_letter_without_a_glyph_is_told() {
    let told: String = crate::undrawable("Zoë 🍁\u{ad} 李\u{200d} ᐃ \u{e000}").into_iter().collect();
    assert_eq!(told, "\u{e000}🍁");
}

#[test]
fn bil_4_what_was_kept_of_the_first_drawing_can_still_be_drawn() {
    // As a bill was kept before there were credits without a slip, links and places.
    let mut kept = serde_json::to_value(plain_bill(2)).unwrap();
    for field in ["settled", "as_of", "links"] {
        kept.as_object_mut().unwrap().remove(field).unwrap();
    }
    let document: Document = serde_json::from_value(kept).unwrap();
    assert!(document.due.is_some() && document.slip.is_some() && document.as_of.is_none());
    Renderer::new().unwrap().render(&document).unwrap();
}

#[test]
fn bil_4_nothing_runs_over_the_edges_of_the_paper() {
    let renderer = Renderer::new().unwrap();
    let mut endless = large();
    endless.addressee[0] = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch".repeat(2);
    endless.sections[0].lines[0].what = "x".repeat(400);
    endless.sections[1].lines[0].detail = Some("Donaudampfschifffahrtselektrizitäten".repeat(20));
    endless.sections[2].lines[0].amount = "−123 456 789 012 345 678,90 $".to_owned();
    endless.pay[0].title = "Préautorisation".repeat(5);
    endless.identifier.value = "IDENTIFIANT-TRÈS-LONG-QUI-NE-TIENT-PAS".to_owned();
    endless.slip.as_mut().unwrap().code_line = "1234567890 ".repeat(12);
    endless.sections[3].explanation = "mot ".repeat(3_000);
    renderer.render(&endless).unwrap();
    for document in [french(), large(), long(100), endless] {
        let laid = bill::compose(&renderer.v2.fonts, &document);
        for op in laid.pages.iter().flatten() {
            if let Shape::Text { run, size, x, y, .. } = &op.shape {
                let right = x + run.width * size;
                assert!(*x >= 67.9 && right <= 560.0, "{:?} goes from {x} to {right}", run.text);
                assert!(*y > 40.0 && (*y <= BOTTOM || matches!(op.mark, Mark::Aside(_))), "{:?} is at {y}", run.text);
            }
        }
    }
}

#[test]
fn bil_4_letters_that_the_font_lacks_become_squares_and_the_bill_is_drawn() {
    let renderer = Renderer::new().unwrap();
    let mut document = french();
    document.addressee[0] = "Zoë 🍁 ᐃᓄᒃ 李 \u{7}\u{0}👩‍👩‍👧 Nguyễn Дмитрий e\u{301}\u{ad}te\u{301} \u{e000}".to_owned();
    document.sender.name = "Télécom 🍁".to_owned();
    document.title = "Facture\u{0} 🍁".to_owned();
    document.sections[0].title = "Frais 🍁".to_owned();
    renderer.render(&document).unwrap();
    let page = shown(&renderer, &document).remove(0);
    assert!(page.contains("Zoë □ ᐃᓄᒃ 李 □ Nguyễn Дмитрий"), "{page}");
}

#[test]
fn bil_4_the_words_kept_do_not_grow_without_end() {
    let renderer = Renderer::new().unwrap();
    let face = renderer.v2.fonts.face(super::fonts::Cut::Regular);
    for number in 0..20_000 {
        face.word(&format!("n{number}"));
    }
    assert!(face.kept() <= 2_048);
}

#[test]
fn bil_4_lines_end_where_french_lets_them_end() {
    let renderer = Renderer::new().unwrap();
    let face = renderer.v2.fonts.face(super::fonts::Cut::Regular);
    let text = "Ouvrez « Payer » : il reste 1 124,85 $ à payer au 1 888 221-1687 ou sur rendez-vous ?";
    for tenths in 60_u16..400 {
        let lines: Vec<String> =
            super::text::wrap(face, text, f32::from(tenths) / 10.0).into_iter().map(|line| line.text).collect();
        assert_eq!(plain(&lines.concat()), text);
        for line in &lines {
            let line = line.trim_end();
            assert!(!line.ends_with('«') && !line.starts_with(['»', ':', '$', '?', '8']), "{lines:?}");
        }
    }
}

/// If this fails, issued bills would get other bytes than those whose hash is kept: give the template a new version, and
/// keep the old one for what was issued with it.
#[test]
fn bil_4_the_bytes_change_only_with_the_template_version() {
    let renderer = Renderer::new().unwrap();
    let digest = |document: &Document| {
        let bytes = renderer.render(document).unwrap();
        data_encoding::HEXLOWER.encode(&aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes).as_ref()[..8])
    };
    let name = |name: &str| digest(&named(name));
    let known =
        [digest(&french()), digest(&large()), digest(&credit()), name(NAMES[1]), name(NAMES[3]), name(NAMES[7])];
    assert_eq!(super::VERSION, 2);
    let expected = [
        "6d457943fc180a9a",
        "9333a0cb55efe07c",
        "6b5d59944b21f936",
        "b222ec1ece28f1f4",
        "1879a04d78e190e4",
        "eb77d9619546cea8",
    ];
    assert_eq!(known, expected);
}

/// Writes samples to look at into the folder named by `BILL_SAMPLES` and says how fast bills are drawn.
#[test]
#[ignore = "to look at bills and to measure"]
#[expect(clippy::print_stderr, reason = "measured by hand")]
fn bil_4_samples() {
    let renderer = Renderer::new().unwrap();
    let folder = std::env::var("BILL_SAMPLES").map(std::path::PathBuf::from).unwrap();
    let samples = [
        ("fr", typical_french()),
        ("en", typical_english()),
        ("fr-large", Document { large_print: true, ..typical_french() }),
        ("en-large", Document { large_print: true, ..typical_english() }),
        ("full", french()),
        ("long", long(60)),
        ("large", large()),
        ("empty", empty()),
        ("plain", plain_bill(1)),
        ("plain-large", Document { large_print: true, ..plain_bill(1) }),
        ("six", plain_bill(6)),
        ("six-large", Document { large_print: true, ..plain_bill(6) }),
        ("credit", credit()),
        ("names", {
            let mut document = named("Essai");
            document.addressee.extend(strings(&NAMES));
            document
        }),
    ];
    for (number, name) in NAMES.iter().enumerate() {
        std::fs::write(folder.join(format!("name-{number}.pdf")), renderer.render(&named(name)).unwrap()).unwrap();
    }
    for (name, document) in &samples {
        std::fs::write(folder.join(format!("{name}.pdf")), renderer.render(document).unwrap()).unwrap();
    }
    let start = std::time::Instant::now();
    let count = if cfg!(debug_assertions) { 20 } else { 1_000 };
    for number in 0..count {
        let mut document = french();
        document.addressee[0] = format!("Client numéro {number}");
        renderer.render(&document).unwrap();
    }
    eprintln!("{count} bills in {:?}", start.elapsed());
}
