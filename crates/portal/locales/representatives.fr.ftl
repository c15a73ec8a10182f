## Les représentants : ce que tout le monde en lit
representative-name = Représentant
representative-kind = À quel titre
representative-valid = Durée
representative-power-of-attorney = Procuration ou mandat
representative-estate = Succession
representative-guardianship = Tutelle ou curatelle
representative-from = Depuis le { $from }
representative-from-until = Du { $from } au { $until }
representative-no-login = Un représentant parle pour le titulaire au téléphone. Il n’a pas d’accès par là.
representative-state-waits = Le titulaire peut s’opposer
representative-state-ready = À décider
representative-state-objected = Opposition du titulaire
representative-state-confirmed = En vigueur
representative-state-later = Confirmé, pas encore en vigueur
representative-state-expired = Terme passé
representative-state-refused = Refusé
representative-state-ended = A pris fin
contacts-representatives = Représentants
contacts-representatives-text = Qui peut parler pour vous au téléphone, d’après des documents que nous avons vus. Un représentant n’a pas d’accès par là. Pour que cela prenne fin, appelez-nous.

## Le personnel
staff-representatives-title = Représentants
staff-representatives-count = { $count ->
    [0] Aucun représentant n’attend de décision.
    [one] Un représentant attend une décision.
   *[other] { $count } représentants attendent une décision.
}
staff-representatives-of-account = { $count ->
    [0] Rien n’est inscrit pour ce compte.
    [one] Un représentant a été inscrit pour ce compte.
   *[other] { $count } représentants ont été inscrits pour ce compte.
}
staff-representatives-search = Numéro de compte
staff-representatives-none-title = Rien à montrer
staff-representatives-none-text = Cherchez un numéro de compte pour voir tous ses représentants.
staff-representatives-said-recorded = C’est inscrit, et le titulaire est prévenu à toutes ses adresses. Une autre personne que vous décidera.
staff-representatives-said-confirmed = Le représentant est confirmé. Le titulaire et lui sont prévenus.
staff-representatives-said-refused = C’est refusé, et ce qui était inscrit est effacé. Le titulaire est prévenu.
staff-representatives-said-ended = Cela a pris fin, et les documents sont effacés. Le titulaire et le représentant sont prévenus.
staff-representative-new-title = Inscrire un représentant
staff-representative-new-lead = Cette personne pourra parler pour le titulaire au téléphone; elle n’a pas d’accès par là. Le titulaire est prévenu et a { $hours } heures pour s’opposer, puis une autre personne que vous décide.
staff-representative-telephone-hint = Où nous rappelons cette personne pour être sûrs que c’est elle.
staff-representative-email = Courriel (facultatif)
staff-representative-from = Premier jour
staff-representative-until = Dernier jour (facultatif)
staff-representative-until-hint = Vide si les documents n’en donnent pas.
staff-representative-proof = Documents vus
staff-representative-proof-hint = Lesquels, leurs numéros, et où ils sont gardés. Par exemple : procuration notariée 1182, acte de décès, dossier 2026-118.
staff-representative-files = Copies (facultatif)
staff-representative-record = Inscrire
staff-representative-title = Représentant
staff-representative-who = Qui et à quel titre
staff-representative-confirm = Confirmer : cette personne parle pour le titulaire
staff-representative-confirm-hint = Elle est prévenue, le titulaire aussi.
staff-representative-refuse = Refuser : personne ne parle pour le titulaire
staff-representative-refuse-hint = Ce qui a été inscrit est effacé.
staff-representative-end = Y mettre fin
staff-representative-end-hint = Cette personne ne parle plus pour le titulaire, dès maintenant. Les documents sont effacés.
staff-representative-needs-later = Le titulaire peut s’opposer jusqu’à ce moment : { $until }. Ensuite une autre personne que celle qui a inscrit peut confirmer. Refuser se peut dès maintenant.
staff-representative-needs-now = Le titulaire ne s’est pas opposé à temps. Comparez avec les documents, puis décidez.
staff-representative-needs-another = Vous avez inscrit ce représentant : une autre personne le confirme. Vous pouvez refuser.
staff-representative-needs-supervisor = Le titulaire s’est opposé. Seule la supervision peut encore confirmer.
staff-representative-needs-confirmed = C’est confirmé par deux d’entre vous. Une personne suffit pour y mettre fin.
staff-representative-needs-over = C’est décidé, et terminé.
staff-representative-same-person = Vous avez inscrit ce représentant : une autre personne doit le confirmer.
staff-representative-supervisor-first = Seule la supervision peut confirmer après une opposition.
staff-representative-gone = Ce qui était inscrit a été effacé : refusez.
representative-kind-none = Choisissez à quel titre.
representative-proof-none = Dites quels documents vous avez vus.
representative-from-none = Entrez le premier jour.
representative-until-wrong = Entrez un jour, ou laissez vide.
representative-until-before = Le dernier jour vient après le premier.
representative-until-past = Ce jour est passé : il n’y a rien à inscrire.

## L’opposition du titulaire
representative-link-open-title = Cette personne doit-elle parler pour vous?
representative-link-open-lead = On nous a montré des documents d’après lesquels elle vous représente. Ce n’est pas encore confirmé.
representative-link-after = Confirmée, elle pourra parler de votre compte avec nous au téléphone. Elle n’a pas d’accès par là. Si vous êtes d’accord, vous n’avez rien à faire.
representative-link-objected-title = Votre opposition est notée
representative-link-objected-lead = Personne ne parle pour vous. Nous vous écrirons ce qui est décidé.
representative-link-confirmed-title = Le représentant est confirmé
representative-link-confirmed-lead = C’est décidé : ce lien ne sert plus. Pour que cela prenne fin, appelez-nous.
representative-link-over-title = Personne ne parle pour vous par cette demande
representative-link-over-lead = Elle est refusée ou a pris fin : ce lien ne sert plus.

## Les courriels
letter-representative-button = Voir qui c’est, et s’opposer
letter-representative-told-subject = Un représentant est inscrit pour votre compte chez { $provider }
letter-representative-told-text = On nous a montré des documents d’après lesquels une personne vous représente. Ce n’est pas encore confirmé.
letter-representative-told-next = Confirmée, cette personne pourra parler de votre compte avec nous au téléphone. Elle n’a pas d’accès par là. Vous pouvez vous opposer avec ce lien; si vous êtes d’accord, vous n’avez rien à faire.
letter-representative-objected-subject = Votre opposition est notée chez { $provider }
letter-representative-objected-text = Vous vous opposez à ce que cette personne parle pour vous. Elle ne le peut pas.
letter-representative-objected-next = Seule la supervision peut encore décider, d’après les documents. Nous vous écrirons.
letter-representative-confirmed-subject = Un représentant est confirmé pour votre compte chez { $provider }
letter-representative-confirmed-text = Deux personnes de chez nous ont vu les documents : cette personne peut parler de votre compte avec nous au téléphone. Elle n’a pas d’accès par là.
letter-representative-confirmed-next = Vous la voyez à la page des contacts. Pour que cela prenne fin, appelez-nous.
letter-representative-refused-subject = Le représentant n’est pas confirmé chez { $provider }
letter-representative-refused-text = Nous n’avons pas confirmé cette personne : elle ne peut pas parler pour vous. Ce qui était inscrit est effacé.
letter-representative-refused-next = Vous n’avez rien à faire.
letter-representative-ended-subject = Plus de représentant pour votre compte chez { $provider }
letter-representative-ended-text = Cette personne ne parle plus pour vous chez nous. Les documents sont effacés.
letter-representative-ended-next = Si c’est une erreur, appelez-nous.
letter-representative-expired-subject = Plus de représentant pour votre compte chez { $provider }
letter-representative-expired-text = Le dernier jour est passé : cette personne ne parle plus pour vous chez nous. Les documents sont effacés.
letter-representative-expired-next = S’il faut que cela continue, montrez-nous de nouveaux documents.
letter-representative-named-subject = Vous êtes représentant chez { $provider }
letter-representative-named-text = Nous avons vu les documents : vous pouvez parler de ce compte avec nous au téléphone.
letter-representative-named-next = Vous n’avez pas d’accès en ligne par là. Pour être sûrs que c’est vous, nous rappelons au numéro que vous avez donné.
letter-representative-over-subject = Vous n’êtes plus représentant chez { $provider }
letter-representative-over-text = Vous ne pouvez plus parler de ce compte avec nous comme représentant.
letter-representative-over-next = Si c’est une erreur, montrez-nous les documents de nouveau.
