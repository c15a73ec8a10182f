## La deuxième étape du personnel (SEC-3)
staff-step-title = Deuxième étape
staff-step-lead = { $name }, votre mot de passe est le bon. Entrez maintenant le code de votre application d’authentification.
staff-step-code = Code de votre application, ou un code de secours
staff-step-code-hint = Six chiffres; un code de secours a dix lettres et chiffres et ne sert qu’une fois.
staff-step-empty = Entrez le code.
staff-step-wrong = Ce code n’est pas le bon. Attendez le prochain de votre application et vérifiez que l’heure de votre téléphone est réglée automatiquement.
staff-step-used = Ce code vient de servir. Attendez le prochain : il paraît en 30 secondes au plus.
staff-step-wait = { $count ->
    [one] Trop d’essais. Attendez une minute, puis réessayez. Un code de secours ouvre quand même.
   *[other] Trop d’essais. Attendez { $count } minutes, puis réessayez. Un code de secours ouvre quand même.
}
staff-step-demo = Démonstration : le code de ces employés inventés est parmi les messages envoyés
staff-step-lost-title = Vous n’avez plus votre téléphone?
staff-step-lost = Entrez un de vos codes de secours. Si vous ne les avez plus, une personne qui administre Guichet chez vous peut retirer votre deuxième étape après s’être assurée que c’est bien vous.
staff-step-other = Fermer cette session
staff-setup-title = Ajoutez une deuxième étape
staff-setup-lead = Le mot de passe seul n’ouvre rien ici. Une application d’authentification sur votre téléphone vous donnera un code à chaque ouverture de session.
staff-setup-scan-title = Lisez l’image avec votre application
staff-setup-scan = Dans une application d’authentification, choisissez d’ajouter un compte et visez cette image.
staff-setup-picture = Image à lire avec une application d’authentification; la clé est aussi écrite plus bas
staff-setup-by-hand = Votre application ne lit pas l’image? Ajoutez le compte à la main :
staff-setup-account = Compte
staff-setup-secret = Clé
staff-setup-code = Le code que votre application affiche
staff-setup-code-hint = Six chiffres
staff-setup-wrong = Ce code n’est pas celui de cette clé. Vérifiez que l’heure de votre téléphone est réglée automatiquement, puis entrez le code qu’il affiche maintenant.
staff-setup-submit = Activer la deuxième étape
staff-setup-why-title = Pourquoi?
staff-setup-why = Vos pages montrent les données de beaucoup de clients. Un mot de passe volé ne doit pas suffire à les ouvrir.
staff-new-codes-title = Gardez vos codes de secours
staff-new-codes-lead = La deuxième étape est active. Ces dix codes vous ouvrent la porte si vous perdez votre téléphone; chacun sert une fois.
staff-new-codes-file = Télécharger les codes
staff-new-codes-once = Ils ne seront plus affichés. Imprimez-les ou gardez-les dans un gestionnaire de mots de passe, pas sur le même téléphone.
staff-new-codes-next = Je les ai gardés, continuer
staff-codes-title = Codes de secours
staff-codes-file = Codes de secours pour le poste du personnel de { $provider }, { $email }. Chacun sert une fois.
staff-codes-left = { $count ->
    [0] Il ne vous reste aucun code de secours.
    [one] Il vous reste un code de secours.
   *[other] Il vous reste { $count } codes de secours.
}
staff-codes-few = Il vous en reste peu : faites-en de nouveaux.
staff-codes-new-title = Faire de nouveaux codes
staff-codes-new-text = Les nouveaux codes remplacent tous les anciens. Un courriel vous le confirme.
staff-codes-submit = Faire de nouveaux codes
staff-codes-phone-title = Changer de téléphone
staff-codes-phone = Demandez à une personne qui administre Guichet chez vous de retirer votre deuxième étape : à votre prochaine ouverture de session, vous l’ajouterez sur le nouveau téléphone.
staff-steps-title = Deuxième étape du personnel
staff-steps-lead = Personne n’atteint quoi que ce soit sans deuxième étape. Qui a perdu son téléphone et ses codes de secours a besoin de vous.
staff-steps-people = Le personnel et sa deuxième étape
staff-steps-state = Deuxième étape
staff-steps-on = Active
staff-steps-off = Pas encore
staff-steps-reset-title = Retirer une deuxième étape perdue
staff-steps-reset-text = Assurez-vous d’abord de qui vous parle : un voleur ferait la même demande. La personne est déconnectée partout, avertie par courriel, et ajoute une deuxième étape à sa prochaine ouverture de session.
staff-steps-reason = Comment vous vous êtes assuré de qui c’est
staff-steps-in-person = La personne est devant moi
staff-steps-call-back = Rappelée au numéro que l’entreprise a à son dossier
staff-steps-video = Vue par vidéo, reconnue
staff-steps-submit = Retirer la deuxième étape
staff-steps-done = La deuxième étape est retirée. La personne en est avertie.
staff-steps-own = Personne ne retire sa propre deuxième étape : demandez à quelqu’un d’autre qui administre Guichet.
staff-steps-unknown = Personne du personnel n’a cette adresse. Vérifiez-la dans la liste.

## Les courriels au personnel
letter-staff-step-on-subject = La deuxième étape de votre accès chez { $provider } est active
letter-staff-step-on-text = Une application d’authentification a été ajoutée à votre accès au poste du personnel le { $at }. Un code vous sera demandé à chaque ouverture de session.
letter-staff-step-on-doubt = Ce n’était pas vous? Quelqu’un connaît votre mot de passe : parlez-en tout de suite à la personne qui administre Guichet chez vous.
letter-staff-step-codes-subject = De nouveaux codes de secours pour votre accès chez { $provider }
letter-staff-step-codes-text = De nouveaux codes de secours ont été faits le { $at }. Les anciens n’ouvrent plus rien.
letter-staff-step-codes-doubt = Ce n’était pas vous? Parlez-en tout de suite à la personne qui administre Guichet chez vous.
letter-staff-step-code-used-subject = Un code de secours de votre accès chez { $provider } a servi
letter-staff-step-code-used-text = Le { $at }, un de vos codes de secours a servi à ouvrir une session. Il ne sert plus.
letter-staff-step-code-used-doubt = Ce n’était pas vous? Quelqu’un connaît votre mot de passe et a vos codes : parlez-en tout de suite à la personne qui administre Guichet chez vous.
letter-staff-step-guessed-subject = Quelqu’un essaie des codes pour votre accès chez { $provider }
letter-staff-step-guessed-text = Le { $at }, plusieurs codes faux de suite ont été entrés après votre mot de passe. D’autres ne sont plus acceptés pour le moment.
letter-staff-step-guessed-doubt = Ce n’était pas vous? Quelqu’un connaît votre mot de passe : demandez un nouveau lien à la personne qui administre Guichet chez vous et choisissez-en un autre.
letter-staff-step-reset-subject = La deuxième étape de votre accès chez { $provider } a été retirée
letter-staff-step-reset-text = Le { $at }, votre deuxième étape et vos codes de secours ont été retirés, et vos sessions sont terminées. Vous ajouterez une nouvelle deuxième étape à votre prochaine ouverture de session.
letter-staff-step-reset-doubt = Vous ne l’avez pas demandé? Parlez-en tout de suite à la personne qui administre Guichet chez vous, avant d’ouvrir une session.
