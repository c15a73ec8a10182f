//! Documents to draw: the bill that most people get, long ones, large ones, empty ones, and names in many scripts.

use kernel::Language;

use crate::{Document, DocumentLine, DocumentLink, DocumentSection, Passage, RemittanceSlip, Sender};
use web::Labelled;

pub(super) fn labelled(label: &str, value: &str) -> Labelled {
    Labelled { label: label.to_owned(), value: value.to_owned() }
}

pub(super) fn passage(title: &str, text: &str) -> Passage {
    Passage { title: title.to_owned(), text: text.to_owned() }
}

pub(super) fn line(id: Option<u32>, what: &str, detail: &str, amount: &str) -> DocumentLine {
    let detail = (!detail.is_empty()).then(|| detail.to_owned());
    DocumentLine { id, what: what.to_owned(), detail, amount: amount.to_owned() }
}

pub(super) fn strings(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|&line| line.to_owned()).collect()
}

pub(super) fn section(
    id: &'static str,
    title: &str,
    explanation: &str,
    lines: Vec<DocumentLine>,
    total: Labelled,
) -> DocumentSection {
    DocumentSection { id: id.into(), title: title.to_owned(), explanation: explanation.to_owned(), lines, total }
}

#[expect(clippy::too_many_lines, reason = "a bill with everything on it")]
pub(super) fn french() -> Document {
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

pub(super) fn french_sections() -> Vec<DocumentSection> {
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

pub(super) fn english() -> Document {
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
pub(super) fn typical_french() -> Document {
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

pub(super) fn typical_english() -> Document {
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
pub(super) fn plain_ways() -> Vec<Passage> {
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
pub(super) fn plain_bill(services: u32) -> Document {
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
pub(super) fn credit() -> Document {
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
pub(super) const NAMES: [&str; 17] = [
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

pub(super) fn named(name: &str) -> Document {
    let mut document = plain_bill(1);
    document.addressee[0] = name.to_owned();
    document
}

/// A business with many lines, some long.
pub(super) fn long(count: u32) -> Document {
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

pub(super) fn large() -> Document {
    Document { large_print: true, ..french() }
}

pub(super) fn empty() -> Document {
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
