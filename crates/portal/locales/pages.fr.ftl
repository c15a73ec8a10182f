## Onglets et noms des comptes
tab-home = Accueil
tab-billing = Compte et facturation
tab-services = Vos services
tab-support = Assistance
account-residential = Compte résidentiel
account-business = Compte d’affaires
account-hosting = Compte d’hébergement

## L’état d’une facture
status-paid = Payée
status-nothing = Rien à payer
status-to-pay = À payer
status-partly-paid = Payée en partie
status-late = En retard
status-in-favour = En votre faveur

## Ce qui est dû
due-today = C’est aujourd’hui le dernier jour.
due-in = Il vous reste { $count ->
        [one] un jour
       *[other] { $count } jours
    }.
due-ago = La date est passée depuis { $count ->
        [one] un jour
       *[other] { $count } jours
    }. Si vous avez payé ces derniers jours, votre paiement est peut-être en chemin.
due-late = { $late } de ce montant est en retard; le reste est à payer d’ici le { $day }. Si vous avez payé ces derniers jours, votre paiement est peut-être en chemin.
due-refund = Nous vous devons { $amount }. Appelez-nous pour en recevoir le remboursement.
due-settled = Tout est payé, merci.
due-credit = Nous vous devons { $amount }. Ce crédit sera déduit de votre prochaine facture.
due-brought = Ce solde paraîtra sur votre première facture.
due-brought-next = Ce solde paraîtra sur votre prochaine facture.
due-unbilled = De ce montant, { $amount } paraîtront sur votre prochaine facture.
overview-welcome = Bienvenue! Votre identifiant client est { $identifier }. Nous vous l’avons aussi envoyé par courriel.
overview-none-title = Votre accès n’ouvre aucun compte
overview-none-text = Vous avez lié son compte à un autre de vos accès, le compte en a été retiré, ou l’accès a été fermé à la demande du titulaire. Si ce compte est le vôtre, communiquez avec nous.
overview-plot = Frais de vos douze dernières factures
service-active = En service
service-ended = Terminé
service-none = Aucun forfait en ce moment
service-price = { $price } par mois

## Vos factures
bills-count = { $count ->
        [one] Une facture
       *[other] { $count } factures
    }
bills-all-years = Toutes
csv-from = Du
csv-to = Au
csv-currency = Monnaie
csv-payments = Paiements et autres mouvements
csv-charges = Frais courants
csv-left = Reste à payer aujourd’hui
csv-status = État aujourd’hui
csv-file = factures
pdf-file = facture

## Votre compte
profile-title = Votre compte
profile-lead = Ce que nous savons de vous, et comment nous vous reconnaissons.
profile-login = Votre accès
profile-name = Nom
profile-address = Adresse postale
profile-confirmed = confirmé
profile-unconfirmed = pas encore confirmé
profile-since = Accès créé le
profile-paper = Sur papier, par la poste
profile-electronic = En ligne
profile-open = Ouvrir ce compte
profile-mend = Quelque chose est inexact?
profile-mend-text = Dites-le-nous, nous le corrigerons avec vous.
profile-mend-link = Comment nous joindre
contact-languages = Français et anglais
contact-general = Service à la clientèle
