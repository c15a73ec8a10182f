## La deuxième étape à la porte
step-title = Confirmez que c’est bien vous
step-lead-totp = Votre mot de passe est bon. Ouvrez maintenant l’application d’authentification de votre téléphone et entrez le code qu’elle affiche.
step-lead-recovery = Votre mot de passe est bon. Entrez maintenant l’un des codes de secours que vous avez gardés. Chacun sert une fois.
step-code-totp = Code de l’application
step-code-totp-hint = Six chiffres, qui changent toutes les 30 secondes.
step-code-recovery = Code de secours
step-code-recovery-hint = Dix lettres et chiffres, comme abcde-fgh23. Les majuscules et le trait d’union sont sans importance.
step-remember = Ne plus le demander sur cet appareil pendant { $days } jours
step-remember-hint = Seulement sur un appareil que personne d’autre n’utilise.
step-submit = Continuer
step-others = Vous ne pouvez pas entrer ce code?
step-other-totp = Utiliser l’application d’authentification
step-other-recovery = Utiliser un code de secours
step-none = Je n’ai plus rien de tout cela
step-help-call = Appelez-nous au { $telephone } si vous êtes bloqué. Nous ne demandons jamais l’un de ces codes.
step-help-write = Communiquez avec nous si vous êtes bloqué. Nous ne demandons jamais l’un de ces codes.
step-empty-totp = Entrez les six chiffres que l’application affiche.
step-empty-recovery = Entrez l’un de vos codes de secours.
step-wrong-totp = Ce n’est pas le bon code. Entrez celui que l’application affiche en ce moment. S’il est toujours refusé, voyez si l’horloge de votre téléphone se règle toute seule.
step-wrong-recovery = Ce n’est pas l’un de vos codes de secours encore bons. Chacun sert une fois; seuls ceux de la liste la plus récente conviennent.
step-used = Ce code a déjà servi. Attendez que l’application affiche le suivant : 30 secondes au plus.
step-wait = Trop de codes ne convenaient pas. Pour vous protéger, aucun code de ce genre n’est accepté avant le { $at }, sur aucun appareil. Votre mot de passe ne change pas.

## La preuve récente
prove-lead-totp = Avant d’installer une application d’authentification, nous vérifions que c’est bien vous.
prove-lead-totp-off = Avant de désactiver l’application d’authentification, nous vérifions que c’est bien vous.
prove-lead-codes = Avant de créer de nouveaux codes de secours, nous vérifions que c’est bien vous.

## Votre deuxième étape
steps-title = Vérification en deux étapes
steps-part = Un code de votre téléphone en plus du mot de passe : qui apprend le mot de passe n’entre pas pour autant.
steps-link = La voir ou la changer
steps-lead = Avec une deuxième étape, votre mot de passe seul n’ouvre plus votre accès.
steps-now = À quel point votre accès est protégé
steps-safety-off = Seul votre mot de passe protège votre accès. Qui l’apprendrait pourrait voir vos factures et agir en votre nom.
steps-next-off = Quoi faire : installez une application d’authentification ci-dessous. Cela prend deux minutes et ne coûte rien.
steps-safety-few = Votre accès est bien protégé : le mot de passe seul ne l’ouvre pas. Mais il reste peu de codes de secours, et sans eux un téléphone perdu vous laisse dehors.
steps-next-few = Quoi faire : créez de nouveaux codes de secours maintenant, et gardez-les là où vous les trouverez sans votre téléphone.
steps-safety-on = Votre accès est bien protégé : le mot de passe seul ne l’ouvre pas.
steps-next-on = Rien à faire. Gardez vos codes de secours là où vous les trouverez sans votre téléphone.
steps-remembered = En ouvrant une session, vous pouvez faire omettre l’étape sur un appareil à vous pendant { $days } jours. Un nouveau mot de passe, ou tout changement ici, y met fin sur tous les appareils.
steps-check-off = Désactivée : le mot de passe seul ouvre votre accès. Une deuxième étape est la meilleure protection qui soit.
steps-check-off-action = L’activer
steps-check-on = Activée : le mot de passe seul n’ouvre pas votre accès.
steps-check-few =
    { $count ->
        [0] Activée, mais il ne reste aucun code de secours. Si vous perdez votre téléphone, seule une demande avec pièces d’identité vous rouvrira la porte.
        [one] Activée, mais il ne reste qu’un code de secours.
       *[other] Activée, mais il ne reste que { $count } codes de secours.
    }
steps-check-few-action = Créer de nouveaux codes
steps-app = Application d’authentification
steps-app-text = Une application de votre téléphone qui affiche un nouveau code toutes les 30 secondes, même sans réseau.
steps-app-on = Activée
steps-app-off = Désactivée
steps-app-since = Installée le { $at }
steps-app-begin = Installer une application d’authentification
steps-app-again = L’installer sur un autre téléphone
steps-app-turn-off = La désactiver
steps-codes = Codes de secours
steps-codes-text = Pour le jour où votre téléphone est perdu, brisé ou neuf.
steps-codes-left =
    { $count ->
        [0] Il ne reste aucun code.
        [one] Il reste un code.
       *[other] Il reste { $count } codes.
    }
steps-codes-new = Créer de nouveaux codes
profile-done-step-on = L’application d’authentification est installée. Un courriel le confirme.
profile-done-step-off = L’application d’authentification est désactivée. Un courriel le confirme.
profile-done-step-codes-made = De nouveaux codes viennent d’être créés, et ont été affichés une fois. Si vous ne les avez pas, créez-en d’autres.

## L’application d’authentification est installée
steps-totp-title = Installer une application d’authentification
steps-totp-lead = Toute application d’authentification convient : celle de votre téléphone ou de votre gestionnaire de mots de passe, Google Authenticator, Microsoft Authenticator et bien d’autres.
steps-totp-over = Il n’y a pas d’image à numériser : elle a servi, ou elle a plus d’une heure.
steps-totp-begin = Afficher une image
steps-totp-scan = 1. Numérisez cette image avec l’application
steps-totp-scan-text = Dans l’application, choisissez d’ajouter un compte, puis pointez l’appareil photo ici. Ne montrez cette image à personne.
steps-totp-qr = Code QR pour votre application d’authentification. La même chose figure dessous en texte.
steps-totp-text = Vous ne pouvez pas la numériser, ou vous êtes sur votre téléphone? Entrez cette clé dans l’application :
steps-totp-code = 2. Entrez le code que l’application affiche
steps-totp-replaces = Dès lors, les codes de l’application que vous avez maintenant ne conviendront plus.
steps-totp-submit = L’activer
steps-totp-wrong = Ce n’est pas le bon code. Entrez celui que l’application affiche en ce moment pour cet accès; s’il est toujours refusé, numérisez de nouveau l’image et voyez si l’horloge de votre téléphone se règle toute seule.

## Elle est désactivée
steps-off-title = Désactiver l’application d’authentification?
steps-off-last = C’est votre seule deuxième étape : dès lors, le mot de passe seul ouvrira votre accès.
steps-off-others = Votre autre deuxième étape reste activée.
steps-off-short = Votre mot de passe compte moins de 15 caractères : c’est trop court sans deuxième étape. Choisissez-en d’abord un plus long.
steps-off-longer = Changer le mot de passe
steps-off-codes = Vos codes de secours ne conviendront plus.
steps-off-phone = Vous avez un autre téléphone? Inutile de désactiver quoi que ce soit : installez l’application sur le nouveau, elle prendra la place de l’ancienne.
steps-off-submit = La désactiver
steps-off-keep = La garder

## Les codes de secours
steps-codes-title = Vos codes de secours
steps-codes-once = Imprimez cette page ou enregistrez le fichier maintenant : ces codes sont affichés une seule fois. L’un d’eux vous fait entrer quand votre téléphone est perdu.
steps-codes-keep = Gardez-les sur papier ou dans un gestionnaire de mots de passe, pas seulement dans votre téléphone. Chaque code sert une fois. Nous ne les demandons jamais, ni par courriel ni au téléphone.
steps-codes-download = Enregistrer dans un fichier
steps-codes-done = Je les ai gardés
steps-codes-lead = Dix nouveaux codes prennent la place de ceux que vous avez, qui ne conviendront plus.
steps-codes-submit = Créer dix nouveaux codes
steps-codes-file = Codes de secours de { $username } chez { $provider }. Chacun sert une fois.
steps-codes-file-name = codes-de-secours.txt

## Une deuxième étape perdue
documents-step-title = Faire retirer la deuxième étape avec une pièce d’identité
documents-step-lead = Pour qui a perdu son téléphone et ses codes de secours. Une personne examine votre demande; vous avez une réponse en moins de { $hours } heures.
documents-step-story-hint = Quelques mots suffisent : un téléphone perdu, volé ou remplacé, des codes introuvables.
documents-step-email = Votre adresse de courriel
documents-step-email-hint = Où nous vous répondons. Pour votre sécurité, le lien qui retire l’étape est envoyé à l’adresse de courriel de votre accès, et nulle part ailleurs.
documents-step-open-title = Retirer la deuxième étape?
documents-step-open-lead = Votre demande est acceptée. Appuyez ici et votre accès s’ouvrira de nouveau avec votre mot de passe, sans deuxième étape.
documents-step-open-after = Toutes les sessions prendront fin, et vos codes de secours ne conviendront plus. Installez une nouvelle deuxième étape dès que vous aurez ouvert une session.
documents-step-open-submit = Retirer la deuxième étape
documents-step-over = Ce lien a servi, il a plus de cinq jours, ou quelqu’un s’est opposé à la demande.
documents-step-done = La deuxième étape est retirée. Ouvrez votre session avec votre mot de passe, puis installez-en une nouvelle sous Sécurité.
documents-step-short = La deuxième étape est retirée. Sans elle, votre mot de passe est trop court : choisissez-en un nouveau par « Mot de passe ou nom oublié? ».
staff-recoveries-lost = Ce qui est perdu, et la deuxième étape au dossier
staff-recoveries-lost-email = Les deux adresses de courriel
staff-recoveries-lost-step = La deuxième étape
staff-recoveries-step-on = Activée
staff-recoveries-step-off = Désactivée

## Les courriels
letter-step-button = Voir mes codes de secours
letter-step-not-you = Si ce n’est pas vous, quelqu’un connaît peut-être votre mot de passe : choisissez-en un nouveau maintenant, toutes les sessions prendront fin, puis voyez la page Sécurité de votre espace client. On vous y demande un code que vous n’avez pas? Celui qui est entré a installé sa propre deuxième étape : « Je n’ai plus rien de tout cela » la fait retirer.
letter-step-on-subject = { $provider } : votre accès a une deuxième étape
letter-step-on-text = Une application d’authentification vient d’être installée pour votre accès. À l’ouverture d’une session, son code est demandé en plus du mot de passe.
letter-step-off-subject = { $provider } : votre deuxième étape est désactivée
letter-step-off-text = L’application d’authentification de votre accès vient d’être désactivée.
letter-step-app-subject = { $provider } : une autre application d’authentification pour votre accès
letter-step-app-text = Une autre application d’authentification vient de prendre la place de celle que vous aviez. Les codes de l’ancienne ne conviennent plus.
letter-step-app-off-subject = { $provider } : votre application d’authentification est désactivée
letter-step-app-off-text = L’application d’authentification de votre accès vient d’être désactivée. Votre accès garde une autre deuxième étape.
letter-step-codes-subject = { $provider } : vous avez de nouveaux codes de secours
letter-step-codes-text = De nouveaux codes de secours viennent d’être créés pour votre accès. Ceux d’avant ne conviennent plus.
letter-step-code-left = Codes restants
letter-step-code-used-subject = { $provider } : un code de secours a servi
letter-step-code-used-text = Quelqu’un qui connaît votre mot de passe vient d’utiliser l’un de vos codes de secours à la place de votre deuxième étape.
letter-step-code-used-next = C’était vous? Créez de nouveaux codes avant que le dernier ne serve, et installez l’application d’authentification sur votre nouveau téléphone si vous en avez un.
letter-step-guessed-subject = { $provider } : des codes refusés pour votre accès
letter-step-guessed-text = Quelqu’un qui connaît votre mot de passe a entré plusieurs mauvais codes pour votre deuxième étape. Personne n’est entré ainsi, et plus aucun code n’est accepté pour un moment.
letter-step-guessed-you = C’était vous? Attendez un quart d’heure, puis essayez de nouveau; entre-temps, un code de secours convient.
letter-step-lost-subject = { $provider } : votre deuxième étape a été retirée
letter-step-lost-text = Comme il a été demandé avec des pièces d’identité, la deuxième étape de votre accès a été retirée, avec ses codes de secours. Toutes les sessions ont pris fin.
letter-step-lost-next = Ouvrez votre session avec votre mot de passe, puis installez une nouvelle deuxième étape.
letter-recovery-asked-step-text = Nous avons reçu votre demande de faire retirer la deuxième étape d’un accès.
letter-recovery-told-step-subject = Quelqu’un demande à faire retirer la deuxième étape de votre accès chez { $provider }
letter-recovery-told-step-text = Quelqu’un nous dit avoir perdu la deuxième étape de votre accès, et demande avec des pièces d’identité qu’elle soit retirée. Rien n’a changé.
letter-recovery-going-step-text = La demande de retirer la deuxième étape de votre accès est acceptée. Un lien a été envoyé à l’adresse de courriel de votre accès; dès qu’il aura servi, le mot de passe seul ouvrira votre accès.
letter-recovery-waits-step-next = Sans opposition, le lien est ensuite envoyé à l’adresse de courriel de votre accès.
letter-recovery-step-accepted-subject = Votre demande à { $provider } est acceptée
letter-recovery-step-accepted-text = Vos documents nous ont convaincus. Avec ce lien, vous retirez la deuxième étape de votre accès.
letter-recovery-step-accepted-once = Le lien sert une fois. Ne le transmettez à personne. Si vous n’avez rien demandé, opposez-vous avec le lien de notre autre courriel.
letter-recovery-step-button = Retirer la deuxième étape
letter-recovery-step-sent-subject = Votre demande à { $provider } est acceptée
letter-recovery-step-sent-text = Votre demande est acceptée. Pour votre sécurité, le lien a été envoyé à l’adresse de courriel de votre accès, et non ici.
letter-recovery-step-sent-next = Vous ne lisez plus cette adresse? Demandez alors d’abord de rouvrir votre accès avec une autre.
