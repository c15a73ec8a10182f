## Preuve d’identité avant un acte important
prove-lead-details = Avant de changer ce que nous avons au dossier, nous nous assurons que c’est bien vous. Ce que vous avez écrit est gardé.
prove-lead-password = Avant de changer votre mot de passe, nous nous assurons que c’est bien vous.
prove-lead-move = Avant que les comptes de cet accès passent à un autre, nous nous assurons que c’est bien vous.
prove-contact = Nous n’avons pour vous ni téléphone ni courriel de secours. Après le code, il faudra donc attendre 72 heures : le titulaire de cette adresse aura ce temps pour tout arrêter. Ensuite, votre mot de passe suffira.
prove-contact-password = Après le code, vous pourrez choisir un nouveau mot de passe.
prove-waits = Le code est bon. Revenez à partir du { $until } : votre mot de passe suffira alors.
prove-waits-text = Nous avons écrit à { $address } pour le dire, avec un bouton qui arrête tout. Ce que vous avez écrit est gardé. Vous avez sept jours pour continuer.
prove-waits-stop = Tout arrêter
prove-waited = L’attente de 72 heures est terminée. Entrez votre mot de passe pour continuer.
prove-send-telephone = Envoyer le code au téléphone { $to }
prove-send-backup = Envoyer le code à { $to }
prove-wrong = Ce n’est pas le bon code. Prenez le plus récent; il vous reste { $count ->
        [one] un essai
       *[other] { $count } essais
    }.
prove-help = Vous ne pouvez pas recevoir de code?
prove-help-call = Appelez-nous au { $telephone } : un agent vérifie qui vous êtes et vous lit un code.
prove-help-write = Communiquez avec nous : un agent vérifie qui vous êtes et vous lit un code.
prove-agent-link = J’ai un code du service à la clientèle
prove-agent-code = Code lu par l’agent
prove-agent-none = Ce code ne convient pas ou ne convient plus. Demandez-en un autre à l’agent.
profile-proven = C’est bien vous, merci. Voici ce que vous aviez écrit : vérifiez-le et enregistrez-le.
profile-done-proof-stopped = C’est arrêté : rien ne changera sans une nouvelle preuve.
security-proof = Une preuve attend
security-proof-text = Quelqu’un a entré votre mot de passe et un code reçu à votre courriel de communication. À partir du { $at }, votre mot de passe suffira pour changer ce qui est protégé. Si ce n’est pas vous, arrêtez-le et changez votre mot de passe.
security-proof-waits = En attente
security-proof-action = Voir ou arrêter

## La page du lien
address-proof-open-title = Tout arrêter?
address-proof-open-lead = Quelqu’un a ouvert une session avec votre accès, connaît votre mot de passe et a entré un code reçu à votre adresse. Si ce n’est pas vous, arrêtez tout : rien ne changera.
address-proof-submit = Tout arrêter
address-proof-open-else = Si c’est vous, ne faites rien : fermez simplement cette page.
address-proof-done-title = C’est arrêté
address-proof-done-lead = Rien n’a changé. Si ce n’est pas vous qui l’avez demandé, quelqu’un connaît votre mot de passe et lit peut-être vos courriels : choisissez un nouveau mot de passe dès maintenant; toutes les sessions prendront fin.
address-proof-over-title = Il n’y a plus rien à arrêter
address-proof-over-lead = L’attente est terminée : la preuve a servi, n’est plus valable, ou le mot de passe a été changé depuis.

## Courriels
letter-proof-waits-subject = Dans 72 heures, votre accès pourra être modifié
letter-proof-waits-text = Quelqu’un a ouvert une session avec votre accès, a donné votre mot de passe et le code que nous avons envoyé ici, pour changer quelque chose d’important. Comme nous n’avons pour vous ni téléphone ni courriel de secours, rien ne change avant 72 heures.
letter-proof-waits-from = À partir du
letter-proof-waits-then = Si c’est vous, revenez alors sur cette page : votre mot de passe suffira, pendant sept jours.
letter-proof-waits-go-on = Continuer
letter-proof-waits-not-you = Si ce n’est pas vous, arrêtez tout maintenant, puis choisissez un nouveau mot de passe.
letter-proof-waits-stop = Tout arrêter
letter-caller-checked-subject = Un agent vous a remis un code
letter-caller-checked-text = Quelqu’un nous a appelés pour votre accès. Un agent a vérifié son identité et lui a lu un code qui, avec votre mot de passe, permet de changer ce qui est protégé.

## Le personnel
staff-checks-title = Prouver qui appelle
staff-checks-lead = Pour un client qui veut changer quelque chose d’important et que ni téléphone ni courriel de secours ne permettent de joindre. Vérifiez d’abord qui appelle. Le code s’affiche une seule fois; lisez-le, ne l’écrivez nulle part.
staff-checks-submit = Créer le code
staff-checks-code = Code à lire
staff-checks-code-text = Il sert une fois, avec le mot de passe du client, jusqu’au { $until }. Sur la page qui demande la preuve, le client choisit « J’ai un code du service à la clientèle ». Un courriel l’en avise.
staff-checks-again = Vérifier quelqu’un d’autre
staff-checks-nobody = Aucun accès ne porte ce nom.
staff-checks-step = Cet accès a une deuxième étape : elle seule compte. Si elle est perdue, la voie est celle des pièces d’identité.
history-login-caller-checked = Un agent a vérifié qui appelait
history-login-proof-stopped = Preuve arrêtée
history-login-proof-waits = Preuve en attente de 72 heures
staff-recent = Changé depuis peu
staff-recent-text = Ce qui a changé au dossier et dans l’accès depuis 90 jours, avec la valeur d’avant. Si c’est récent, comparez aussi avec celle-ci.
staff-recent-at = Quand
staff-recent-before = Avant
staff-recent-after = Maintenant
staff-recent-set = Inscrit
staff-recent-removed = Retiré
