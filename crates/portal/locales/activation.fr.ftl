## Demander un courriel d’activation
activate-title = Recevoir un courriel d’activation
activate-lead = Nous écrirons à l’adresse de courriel que nous avons déjà pour votre compte. Le lien vous mène directement au choix de votre nom d’utilisateur, et rien ne reste à confirmer ensuite.
activate-submit = Envoyer le courriel
activate-asked-title = Regardez vos courriels
activate-asked-lead = Si ce compte n’a pas encore d’accès en ligne et que nous en connaissons l’adresse de courriel, un message y est parti. Il arrive d’habitude en moins d’une minute; regardez aussi parmi les indésirables.
activate-nothing-title = Rien ne vient?
activate-nothing-text = Nous ne disons jamais ici si un compte existe. Voici ce qui peut expliquer le silence.
activate-nothing-address = Nous n’avons pas votre adresse de courriel, ou c’en est une ancienne.
activate-nothing-number = Créer votre accès avec le numéro de compte et le code postal
activate-nothing-login = Le compte a déjà son accès.
activate-nothing-expired-call = Un courriel d’activation vous a déjà été envoyé et n’est plus valable : appelez-nous au { $telephone }, nous en enverrons un autre.
activate-nothing-expired-write = Un courriel d’activation vous a déjà été envoyé et n’est plus valable : communiquez avec nous, nous en enverrons un autre.
activate-other-title = Sans facture sous la main?
activate-other-text = Si nous avons votre adresse de courriel, le numéro de compte suffit.
activate-other-link = Recevoir un courriel d’activation

## Le lien du courriel
activation-open-title = Créer votre accès
activation-open-lead = Il reste à choisir un nom d’utilisateur et un mot de passe. Comme ce lien vient de l’adresse que nous avions au dossier, tout sera ouvert aussitôt.
activation-open-submit = Continuer
activation-used-title = Votre accès existe déjà
activation-used-lead = Ce lien a servi, ou le compte a reçu son accès autrement. Ouvrez une session avec votre nom d’utilisateur ou votre identifiant client.
activation-expired-title = Ce lien n’est plus valable
activation-expired-lead = Par prudence, un lien d’activation ne sert que quelques jours.
activation-expired-call = Appelez le service à la clientèle au { $telephone } : nous vous en enverrons un autre.
activation-expired-write = Communiquez avec le service à la clientèle : nous vous en enverrons un autre.
activation-expired-number = Vous pouvez aussi créer votre accès avec le numéro de compte et le code postal d’une facture.
activation-replaced-title = Un courriel plus récent vous attend
activation-replaced-lead = Nous vous en avons envoyé un autre depuis. Servez-vous du lien du plus récent.
activation-unknown-title = Ce lien est incomplet
activation-unknown-lead = Peut-être votre logiciel de courriel l’a-t-il coupé. Copiez l’adresse en entier, jusqu’au dernier caractère.

## Les courriels
letter-activation-subject = Créez votre accès à l’espace client de { $provider }
letter-activation-text = Voici le lien pour créer votre accès en ligne au compte { $account } : vous y verrez vos factures et pourrez les payer.
letter-activation-until = Valable jusqu’au
letter-activation-button = Créer mon accès
letter-activation-once = Le lien ne sert qu’une fois. Ne le transférez à personne : qui l’ouvre peut devenir titulaire de l’accès.
letter-activation-not-you = Vous n’avez rien demandé? Ne faites rien : sans ce lien, personne n’obtient d’accès de cette façon.
letter-activated-subject = L’accès à votre compte chez { $provider } est créé
letter-activated-text = L’accès en ligne au compte { $account } a été créé avec le lien envoyé à cette adresse. Il se sert d’une autre adresse de courriel.

## Le personnel
staff-activations-title = Envoyer un courriel d’activation
staff-activations-lead = Le lien part à l’adresse de courriel au dossier, jamais à une autre. Il remplace celui d’avant, et le titulaire s’inscrit sans rien avoir à confirmer.
staff-activations-submit = Envoyer
staff-activations-sent = Un courriel d’activation est parti à l’adresse au dossier du compte { $account }.
staff-activations-just-sent = Un courriel est parti il y a moins d’une minute.
staff-activations-no-address = Ce compte n’a aucune adresse de courriel au dossier. Le titulaire peut s’inscrire avec le numéro de compte et le code postal.
staff-activations-none = Aucun compte sans accès ne porte ce numéro. Vérifiez-le; le titulaire a peut-être déjà son accès.
