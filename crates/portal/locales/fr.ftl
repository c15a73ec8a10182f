## L’accueil d’un compte
overview-account = Compte
overview-due-due = Montant à payer
overview-due-overdue = Montant à payer
overview-due-nothing = Montant à payer
overview-due-credit = Crédit à votre compte
overview-date-due = au plus tard le
overview-date-overdue = attendu depuis le
overview-date-nothing = prochaine facture le
overview-date-credit = prochaine facture le
overview-last-bill = Votre dernière facture
overview-pdf = Télécharger le PDF
overview-pay = Comment payer
overview-bills = Vos factures
overview-all-bills = Toutes les factures
overview-no-bill-title = Aucune facture pour le moment
overview-no-bill-text = La première paraîtra ici, et un courriel vous en avertira.
overview-plot-bill = Facture
overview-services = Vos services
overview-no-service-title = Aucun service en cours
overview-no-service-text = Un service commandé paraît ici dès qu’il est branché.
overview-choose-lead = Votre accès en ouvre plusieurs. Vous pourrez passer de l’un à l’autre en tout temps, en haut de la page.

## Nous joindre
contact-title = Comment nous joindre
contact-lead = Ayez votre identifiant client à portée de main : nous vous trouverons tout de suite.
contact-telephone = Par téléphone
contact-tty = Téléscripteur (ATS)
contact-tty-text = Pour les personnes sourdes ou malentendantes.
contact-email = Par courriel
contact-email-text = N’y mettez jamais votre mot de passe ni un numéro de carte. Nous ne les demandons pas.
contact-chat = Par clavardage
contact-mail = Par la poste
