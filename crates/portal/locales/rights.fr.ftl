# Droits d’accès (USR-1 à USR-4).
rights-waiting-title = Aucun droit d’accès pour le moment
rights-waiting-text = Vous êtes utilisateur d’un compte, mais son titulaire ne vous y donne aucun droit pour le moment. Demandez-le-lui : ce qu’il vous donne paraît ici aussitôt. Votre propre profil reste ouvert.
rights-waiting-also = Vous êtes aussi utilisateur d’un autre compte, dont le titulaire ne vous donne aucun droit pour le moment.
rights-cards-open = Gérer les cartes enregistrées
rights-role = Votre rôle
rights-role-secondary = Utilisateur secondaire : le titulaire du compte décide de vos droits
rights-account = Sur le compte
rights-services = Sur les services
rights-see-bills = Voir les factures
rights-pay = Payer
rights-cards = Gérer les cartes enregistrées
rights-see-service = Voir le service
rights-change-service = Modifier le service et commander
rights-usage = Voir l’utilisation
rights-mailboxes = Gérer les boîtes courriel
rights-support = Joindre l’assistance
rights-everywhere = { $what } (tous les services)
rights-somewhere =
    { $count ->
        [one] { $what } (un service)
       *[other] { $what } ({ $count } services)
    }
