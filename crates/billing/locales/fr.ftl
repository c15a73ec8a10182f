## La liste des factures
bills-title = Vos factures
bills-account = Compte
bills-search = Chercher un numéro, un mois, un montant
bills-years = Années
bills-csv = Télécharger la liste (CSV)
bills-none = Aucune facture pour le moment
bills-none-text = La première paraîtra ici, et un courriel vous en avertira.
bills-none-found = Aucune facture trouvée
bills-none-found-text = Essayez un mois, comme « décembre 2026 », ou un montant, comme « 181,07 ».
bills-show-all = Toutes les factures
bills-left = Reste { $left } à payer

## Une facture
bill-all = Toutes les factures
bill-pdf = Télécharger le PDF
bill-difference = Ce qui a changé
bill-left = Reste à payer de cette facture
bill-due-since = Était à payer d’ici le
bill-page-in-favour = { $amount } en votre faveur, rien à payer.
bill-credit-now = De ce que nous vous devons, il reste { $amount } aujourd’hui.
bill-credit-used = Ce crédit a été utilisé ou remboursé depuis.
bill-paid-on = Cette facture de { $asked } est payée depuis le { $day }. Merci!
bill-partly-paid = Sur { $asked }, { $paid } sont déjà payés.
bill-asks-nothing = Il n’y a rien à payer sur cette facture.
bill-account-owes = Avec ce qui est sur d’autres factures, votre compte doit { $amount } en tout.
bill-as-issued = Voici la facture telle que nous l’avons émise le { $day }, et telle que son PDF la montre.
bill-explain = De quoi s’agit-il?
bill-others = Autres factures
