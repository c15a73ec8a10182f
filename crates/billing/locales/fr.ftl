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

## Une facture
bill-all = Toutes les factures
bill-pdf = Télécharger le PDF
bill-difference = Ce qui a changé
bill-explain = De quoi s’agit-il?
bill-others = Autres factures
