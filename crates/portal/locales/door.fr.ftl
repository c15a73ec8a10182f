## À la porte
door-lost = Mot de passe ou nom oublié?
door-locked = Trop d’essais de suite avec ce nom. Par sécurité, il n’ouvre plus de session que sur un appareil où vous l’avez déjà fait. Pour l’ouvrir partout, choisissez un nouveau mot de passe avec « Mot de passe ou nom oublié? », ou appelez-nous.
door-busy = Beaucoup de personnes ouvrent leur session en ce moment. Attendez quelques secondes, puis essayez de nouveau; rien n’a été compté contre vous.
door-code-late = Trop de temps a passé. Entrez de nouveau votre nom et votre mot de passe.

## Le code sur un nouvel appareil
door-code-title = Entrez le code reçu par courriel
door-code-lead = C’est la première fois que vous ouvrez une session sur cet appareil. Ce code nous assure que c’est bien vous; la prochaine fois, le mot de passe suffira.
door-code-look = Nous avons écrit à { $address }. Le code est valable jusqu’au { $until }.
door-code-submit = Ouvrir la session
door-code-expired = Ce code n’est plus valable : il a plus de quinze minutes. Demandez-en un autre.
door-code-tried = Ce code a été essayé trop souvent et ne convient plus. Demandez-en un autre.
door-code-too-many = Beaucoup de codes ont été envoyés depuis une heure. Entrez le plus récent, ou attendez une heure.
door-code-demo = Dans la démonstration, le courriel est ici
door-code-help = Vous ne lisez plus cette adresse?
door-code-help-call = Appelez-nous au { $telephone } : nous verrons avec vous comment rouvrir votre accès.
door-code-help-write = Communiquez avec nous : nous verrons avec vous comment rouvrir votre accès.

## Ce n’est pas moi
not-me-open-title = Ce n’est pas vous?
not-me-open-lead = Quelqu’un a ouvert une session à votre nom sur un appareil que nous ne connaissions pas.
not-me-open-after = Si ce n’est pas vous, appuyez ici. Toutes les sessions prendront fin, l’ancien mot de passe n’ouvrira plus rien, et nous vous enverrons aussitôt un lien pour en choisir un autre. Vos services et vos factures ne changent pas.
not-me-open-you = Si c’est vous, ne faites rien : fermez simplement cette page.
not-me-submit = Ce n’est pas moi : tout fermer
not-me-used-title = Tout est fermé
not-me-used-lead = Les sessions ont pris fin et l’ancien mot de passe n’ouvre plus rien. Nous vous avons envoyé un lien pour choisir un nouveau mot de passe; il est valable une heure.
not-me-used-again = Le lien n’est plus valable? Demandez-en un autre
not-me-used-step = Votre accès a une deuxième étape, qui reste. Si ce n’est pas vous qui l’avez installée, nous la retirons sur preuve de votre identité :
not-me-used-step-link = faire retirer la deuxième étape
not-me-over-title = Ce lien ne sert plus
not-me-over-lead = Le courriel a plus de trente jours, ou tout a déjà été fermé depuis. Si vous avez un doute, choisissez un nouveau mot de passe : toutes les sessions prendront fin.
not-me-unknown-title = Ce lien est incomplet
not-me-unknown-lead = Peut-être votre logiciel de courriel l’a-t-il coupé. Copiez l’adresse en entier, jusqu’au dernier caractère.
not-me-recover = Choisir un nouveau mot de passe

## Ce qui est oublié
recover-password-title = Choisir un nouveau mot de passe
recover-password-lead = Dites-nous qui vous êtes : nous vous enverrons un lien à votre adresse de courriel.
recover-password-name = Nom d’utilisateur, identifiant client ou courriel
recover-password-name-hint = L’identifiant client est en haut à droite de vos factures.
recover-password-submit = Envoyer le lien
recover-password-empty = Entrez votre nom d’utilisateur, votre identifiant client ou votre courriel.
recover-password-sent = Si un accès porte ce nom, un courriel est parti à son adresse. Il arrive d’habitude en moins d’une minute; regardez aussi parmi les indésirables. Le lien sert une fois et dure une heure.
recover-names-title = Retrouver votre nom d’utilisateur
recover-names-lead = Entrez l’adresse de courriel de votre accès : nous y enverrons votre nom d’utilisateur et votre identifiant client.
recover-names-name = Adresse de courriel
recover-names-name-hint = Celle que vous avez donnée en créant votre accès.
recover-names-submit = Envoyer mes noms
recover-names-empty = Entrez une adresse complète, comme nom@exemple.ca.
recover-names-sent = Si des accès ont cette adresse, un courriel vient d’y partir avec leurs noms. Il arrive d’habitude en moins d’une minute; regardez aussi parmi les indésirables.
recover-to-names = Vous avez oublié votre nom d’utilisateur?
recover-to-password = C’est le mot de passe que vous avez oublié?
recover-to-sign-in = Ouvrir une session
recover-help-call = Rien ne vient, ou vous ne lisez plus cette adresse? Appelez-nous au { $telephone }.
recover-help-write = Rien ne vient, ou vous ne lisez plus cette adresse? Communiquez avec nous.
recover-choose-title = Choisissez un nouveau mot de passe
recover-choose-lead = Dès qu’il est choisi, l’ancien n’ouvre plus rien et toutes les sessions prennent fin, partout.
recover-choose-submit = Garder ce mot de passe
recover-over-title = Ce lien ne sert plus
recover-used = Ce lien a déjà servi. Ouvrez votre session avec le nouveau mot de passe, ou demandez un autre lien.
recover-over = Ce lien a plus d’une heure, ou un plus récent vous a été envoyé. Prenez le courriel le plus récent, ou demandez un autre lien.
recover-unknown = Ce lien est incomplet. Copiez l’adresse en entier, jusqu’au dernier caractère, ou demandez un autre lien.
recover-again = Demander un autre lien
recover-done = Votre nouveau mot de passe est choisi. Ouvrez votre session.

## Le personnel
staff-locks-title = Débloquer un accès
staff-locks-lead = Après trop d’essais de suite, un accès n’ouvre plus de session sur un nouvel appareil. Assurez-vous de qui vous parle, puis dites comment. La personne en est avertie par courriel.
staff-locks-name = Identifiant client, numéro de compte ou nom d’utilisateur
staff-locks-reason = Ce que vous avez vérifié
staff-locks-questions = La personne a bien répondu aux questions
staff-locks-call-back = Rappelée au numéro de téléphone au dossier
staff-locks-document = Pièce d’identité vue
staff-locks-submit = Débloquer
staff-locks-empty-name = Entrez un identifiant, un numéro de compte ou un nom d’utilisateur.
staff-locks-none = Aucun accès bloqué ne porte ce nom : vérifiez-le. L’accès est peut-être déjà débloqué.
staff-locks-lifted = L’accès est débloqué.

## Un appareil
device-on = { $browser } sous { $system }
device-unknown = Un appareil que nous n’avons pas reconnu

## Les courriels
letter-username = Nom d’utilisateur
letter-recover-link = Choisir un nouveau mot de passe
letter-not-me-button = Ce n’est pas moi
letter-password-button = Choisir un mot de passe
letter-new-sign-in-subject = Une session a été ouverte sur un nouvel appareil
letter-new-sign-in-text = Une session vient d’être ouverte dans votre espace client de { $provider } sur un appareil que nous ne connaissions pas.
letter-new-sign-in-when = Quand
letter-new-sign-in-device = Appareil
letter-new-sign-in-from = Adresse réseau
letter-new-sign-in-you = Si c’est vous, il n’y a rien à faire.
letter-new-sign-in-not-you = Si ce n’est pas vous, ouvrez ce lien. Vous pourrez mettre fin à toutes les sessions et choisir un nouveau mot de passe.
letter-sign-in-code-subject = Votre code pour ouvrir une session chez { $provider }
letter-sign-in-code-text = Entrez ce code pour ouvrir votre session sur un nouvel appareil.
letter-sign-in-code-not-you = Si ce n’est pas vous, quelqu’un connaît votre mot de passe. Sans ce code, la session ne s’ouvre pas; choisissez tout de même un nouveau mot de passe dès maintenant.
letter-login-locked-subject = Votre accès chez { $provider } est protégé : trop d’essais
letter-login-locked-text = Trop de mots de passe faux ont été essayés de suite pour votre accès. Par sécurité, il n’ouvre plus de session que sur les appareils où vous l’avez déjà fait; vous pouvez continuer à vous en servir là.
letter-login-locked-how = Pour ouvrir de nouveau une session sur tout appareil, choisissez un nouveau mot de passe. Si vous n’avez rien essayé vous-même, personne n’est entré : le mot de passe n’a pas été trouvé.
letter-login-unlocked-subject = Votre accès chez { $provider } est débloqué
letter-login-unlocked-text = Notre service à la clientèle a débloqué votre accès. Vous pouvez de nouveau ouvrir une session sur tout appareil.
letter-password-link-subject = Choisissez un nouveau mot de passe chez { $provider }
letter-password-link-text = Un nouveau mot de passe a été demandé pour votre accès. Choisissez-le avec ce lien; il sert une fois et dure une heure.
letter-password-link-doubt = Vous n’avez rien demandé? Alors ne faites rien : tant que personne ne se sert de ce lien, rien ne change.
letter-login-closed-subject = Vos sessions chez { $provider } ont pris fin
letter-login-closed-text = Vous nous avez dit qu’une session n’était pas la vôtre. Toutes les sessions ont pris fin, et l’ancien mot de passe n’ouvre plus rien. Choisissez-en un nouveau avec ce lien; il sert une fois et dure une heure.
letter-login-closed-doubt = Si vous vous servez du même mot de passe ailleurs, changez-le là aussi. Si d’autres lisent peut-être votre courriel, changez d’abord son mot de passe.
letter-password-changed-subject = Votre mot de passe chez { $provider } a été changé
letter-password-changed-text = Un nouveau mot de passe a été choisi pour votre accès avec un lien envoyé à cette adresse. Toutes les sessions ont pris fin.
letter-password-changed-unlocked = Votre accès est aussi débloqué : il ouvre de nouveau une session sur tout appareil.
letter-password-changed-doubt = Si ce n’est pas vous, quelqu’un lit peut-être votre courriel : changez son mot de passe, puis choisissez-en un nouveau ici.
letter-login-names-subject = Vos noms d’utilisateur chez { $provider }
letter-login-names-text = Voici sous quels noms vous pouvez ouvrir une session.
letter-login-names-doubt = Vous n’avez rien demandé? Alors ne faites rien : ces noms ne sont allés qu’à cette adresse.
