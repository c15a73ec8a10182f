# Droits d’accès (USR-1 à USR-4).
rights-waiting-title = Aucun droit d’accès pour le moment
rights-waiting-lead = { $count ->
        [one] Vous êtes utilisateur d’un compte où vous n’avez aucun droit pour le moment. Votre propre profil reste ouvert.
       *[other] Vous êtes utilisateur de plusieurs comptes où vous n’avez aucun droit pour le moment. Votre propre profil reste ouvert.
    }
rights-waiting-also = { $count ->
        [one] Vous êtes aussi utilisateur d’un autre compte, où vous n’avez aucun droit pour le moment.
       *[other] Vous êtes aussi utilisateur d’autres comptes, où vous n’avez aucun droit pour le moment.
    }
rights-waiting-since = Invitation du { $since }
rights-waiting-ask = Demander des droits au titulaire
rights-waiting-see = Voir votre demande
rights-waiting-text-ask = Vous pouvez demander au titulaire du compte ce qu’il vous faut.
rights-waiting-text-asked = Vous avez demandé des droits au titulaire du compte. Il n’a pas encore répondu.
rights-waiting-text-step = Le titulaire du compte veut que vous vous connectiez avec une deuxième étape en plus du mot de passe. Ajoutez-en une : vous pourrez ensuite demander des droits, ou voir ce que vous avez demandé.
rights-waiting-text-closed = Vous avez des droits sur ce compte. Son titulaire veut que vous vous connectiez avec une deuxième étape en plus du mot de passe.
rights-waiting-text-no-holder = Le compte n’a pas de titulaire pour le moment : personne ne peut vous y donner de droits.
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
