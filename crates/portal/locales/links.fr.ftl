# Comptes liés à un même accès (ONE-1).
profile-tab-links = Liaison des comptes
links-lead = Un seul nom d’utilisateur et un seul mot de passe pour tous les comptes dont vous êtes titulaire.
links-about = Bon à savoir
links-optional = Nous vous le conseillons : c’est plus simple, et un seul mot de passe à protéger. Rien ne vous y oblige, et une liaison se défait ici en tout temps.
links-accounts = Les comptes de cet accès
links-waiting = Compte dont vous êtes utilisateur
links-none-text = Liez-en un ci-dessous.
links-how-first = Ouvert par cet accès depuis le début
links-how-code = Lié le { $at } avec un code
links-how-login = Lié le { $at } depuis un autre accès
links-how-activation = Lié le { $at } avec un courriel d’activation
links-undo = Défaire la liaison
links-by-login = Avec votre autre accès
links-by-login-text = Vous avez un autre nom d’utilisateur pour un autre compte? Ouvrez une session avec lui, comme d’habitude; ses comptes viendront ici. Nous vous dirons ce qui va se passer avant que vous confirmiez.
links-by-login-submit = Ouvrir une session avec l’autre accès
links-by-number = Avec le numéro du compte
links-by-number-text = Pour un compte qui n’a pas encore d’accès en ligne. Nous envoyons un code à son adresse de courriel au dossier.
links-by-number-submit = Envoyer le code
links-postal-hint = Celui de l’adresse de service, ou de la facture.
links-yours = Ce compte s’ouvre déjà avec votre accès.
links-code-open = Entrer le code que j’ai reçu
links-code-title = Entrez le code
links-code-lead = Si ce numéro et ce code postal vont ensemble, et si le compte n’a pas encore d’accès en ligne, un code est parti à son adresse de courriel au dossier.
links-code-until = Le code est valable jusqu’à ce moment : { $until }
links-code-submit = Lier le compte
links-code-expired = Ce code n’est plus valable. Demandez-en un autre.
links-code-tried = Ce code a été essayé trop souvent et ne sert plus. Demandez-en un autre.
links-code-again = Demander un autre code
links-code-nothing = Nous ne disons jamais si un compte existe. Voici ce qui peut expliquer le silence.
links-code-nothing-typed = Le numéro ou le code postal n’est pas le bon.
links-code-nothing-login = Le compte a déjà son accès : ouvrez une session avec lui.
links-sign-in = Ouvrez une session avec votre autre accès. Celle de { $username } vous attend.
links-back = Revenir à { $username }
links-join-title = Lier vos comptes?
links-join-lead = Les comptes de { $from } s’ouvriront avec { $to }.
links-join-nothing = { $from } n’a aucun compte qui puisse être lié.
links-join-moves = Ce qui vient
links-join-users = Gardent leurs droits : { $users }
links-join-what = Ce qui va se passer
links-join-what-one = Vous ouvrirez ces comptes avec { $to } et son mot de passe.
links-join-what-other = { $from } ne les ouvrira plus. Ses sessions ouvertes se ferment.
links-join-what-keep = Factures, paiements, cartes enregistrées et services restent comme ils sont.
links-join-what-users = Vos utilisateurs gardent leurs droits, que vous leur donnez de nouveau avec { $to }.
links-join-else = La suite
links-join-what-told = Nous écrivons aux adresses des deux accès. La liaison se défait en tout temps.
links-join-stay = Ce qui reste
links-join-stay-text = Ces comptes restent à { $from } : vous n’en êtes pas titulaire, ou ce n’est pas encore confirmé.
links-join-young = Liés depuis peu
links-join-young-text = Ces comptes sont venus à { $from } d’un autre accès il y a moins de trente jours. Pour les lier ailleurs avant ce délai, défaites d’abord cette liaison.
links-join-submit = Lier ces comptes
links-open-ends = Les invitations et les changements de contact en cours prennent fin; il faudra les envoyer ou les demander de nouveau.
links-undo-title = Défaire la liaison?
links-undo-lead-back = Le compte s’ouvrira de nouveau avec { $username }.
links-undo-lead-free = Le compte n’aura plus d’accès en ligne.
links-undo-here = Il ne s’ouvrira plus avec l’accès dont vous vous servez.
links-undo-again = Pour l’ouvrir de nouveau, il faudra un courriel d’activation, envoyé à l’adresse au dossier, ou une nouvelle liaison.
links-undo-users = Si le compte a d’autres utilisateurs, leurs droits sont suspendus; qui ouvre le compte comme titulaire les leur redonne d’un bouton.
links-undo-stays = Factures, paiements et services restent comme ils sont.
links-undo-submit = Défaire la liaison
links-done-linked = C’est lié. Nous vous l’avons aussi écrit.
links-done-back = La liaison est défaite. Le compte s’ouvre de nouveau avec son ancien accès.
links-done-free = La liaison est défaite. Le compte n’a plus d’accès en ligne.
links-done-same-login = C’était le même accès : il n’y a rien à lier.
links-done-waited = La session qui attendait s’est fermée. Recommencez, si vous voulez lier un compte.
links-done-gone = Ce compte a reçu son accès entre-temps.

link-undo-open-title = Ce n’était pas vous?
link-undo-open-lead = Le compte a été lié à un autre accès en ligne. Si vous n’y êtes pour rien, défaites la liaison.
link-undo-back-text = Le compte revient à son ancien accès. Par prudence, cet accès se ferme : nous vous envoyons un lien pour choisir un nouveau mot de passe.
link-undo-free-text = Le compte n’aura plus d’accès en ligne, jusqu’à ce que vous en créiez un.
link-undo-submit = Défaire la liaison
link-undo-undone-title = La liaison est défaite
link-undo-undone-lead = L’autre accès n’ouvre plus ce compte.
link-undo-undone-back = Il est revenu à son ancien accès. Si vous avez défait la liaison sur cette page, cet accès reste fermé jusqu’à ce que vous choisissiez un nouveau mot de passe : un lien dans vos courriels y mène.
link-undo-undone-free = Vous pouvez créer votre accès quand vous voulez.
link-undo-elsewhere-title = Le compte est passé ailleurs depuis
link-undo-elsewhere-lead = L’accès auquel il a été lié ne l’ouvre plus : cette page n’a plus rien à défaire. Si ce n’est pas vous qui l’avez voulu, communiquez avec nous; nous regarderons cela ensemble.
link-undo-over-title = Ce lien a plus de trente jours
link-undo-over-lead = Il ne défait plus rien. Communiquez avec nous, si quelque chose vous inquiète.
link-undo-unknown-title = Ce lien est incomplet
link-undo-unknown-lead = Peut-être votre logiciel de courriel l’a-t-il coupé. Copiez l’adresse en entier, jusqu’au dernier caractère.

## L’accueil de plusieurs comptes
home-accounts = { $count ->
        [one] Un compte
       *[other] { $count } comptes
    }
home-bills = { $count ->
        [0] aucune facture à payer
        [one] une facture à payer
       *[other] { $count } factures à payer
    }
home-summary = { $accounts }, { $bills }
home-link = Lier un autre compte

prove-lead-unlink = Avant de défaire une liaison, nous nous assurons que c’est bien vous.

## L’activation
activation-signed-in = Votre session est ouverte : { $username }. Vous pouvez ajouter ce compte à votre accès; le même mot de passe les ouvrira tous.
activation-add-title = Ajouter ce compte à votre accès?
activation-add = Ajouter ce compte à mon accès
activation-another-title = Un accès à part?
activation-another-text = Vous pouvez aussi créer un autre nom d’utilisateur pour ce compte seul.
activation-another = Créer un autre accès
activation-has-title = Vous avez déjà un accès?
activation-has-text = Ouvrez votre session : vous pourrez y ajouter ce compte, sans autre mot de passe.
activation-has-link = Ouvrir une session et ajouter le compte

## Les courriels
letter-links-accounts = Comptes
letter-links-from = Ancien accès
letter-links-to = Nouvel accès
letter-link-code-subject = Code pour lier votre compte chez { $provider }
letter-link-code-text = Quelqu’un veut lier votre compte à un accès en ligne. Si c’est vous, entrez ce code.
letter-link-code-secret = Ne donnez ce code à personne, même à qui dit travailler pour nous : nous ne le demandons jamais.
letter-link-code-not-you = Ce n’est pas vous? Ne faites rien : sans le code, rien ne change.
letter-account-linked-subject = Un compte s’ouvre maintenant avec votre accès chez { $provider }
letter-account-linked-text = Ces comptes sont liés à votre accès : un seul nom d’utilisateur et un seul mot de passe les ouvrent tous.
letter-account-linked-manage = Voir vos comptes liés
letter-account-moved-subject = Vos comptes chez { $provider } s’ouvrent avec un autre accès
letter-account-moved-text = Quelqu’un a ouvert une session avec votre accès et lié vos comptes à un autre. Votre ancien accès ne les ouvre plus.
letter-account-moved-not-you = Ce n’était pas vous? Défaites la liaison : vos comptes reviennent, et vous choisirez un nouveau mot de passe. Ce lien sert pendant trente jours.
letter-account-linked-file-subject = Votre compte chez { $provider } est lié à un accès en ligne
letter-account-linked-file-text = Votre compte s’ouvre maintenant avec un accès en ligne qui se sert d’une autre adresse de courriel.
letter-account-linked-file-not-you = Ce n’était pas vous? Défaites la liaison. Ce lien sert pendant trente jours.
letter-link-undone-subject = Un compte ne s’ouvre plus avec votre accès chez { $provider }
letter-link-undone-text = La liaison de ce compte à votre accès est défaite.
letter-link-returned-subject = Votre compte chez { $provider } s’ouvre de nouveau avec cet accès
letter-link-returned-text = La liaison est défaite : ce compte s’ouvre de nouveau avec votre accès. Si d’autres personnes en sont utilisateurs, redonnez-leur leurs droits.
letter-link-returned-since = Les utilisateurs et les contacts que l’autre accès avait ajoutés sont retirés. Si l’un d’eux est des vôtres, ajoutez-le de nouveau.
letter-link-free-subject = Votre compte chez { $provider } n’a plus d’accès en ligne
letter-link-free-text = La liaison de ce compte est défaite. Vous pouvez créer un accès avec un courriel d’activation.
letter-link-free-button = Recevoir un courriel d’activation
letter-link-user-subject = Vos droits sur un compte chez { $provider } sont suspendus
letter-link-user-text = L’accès du titulaire de ce compte a changé. Vos droits y reviennent dès que le titulaire vous les redonne.
letter-link-user-ended-subject = Votre accès à un compte chez { $provider } a pris fin
letter-link-user-ended-text = Vous aviez reçu un accès à ce compte pendant qu’il était lié à un autre accès en ligne. Cette liaison est défaite, et votre accès a pris fin avec elle. S’il vous le faut encore, demandez au titulaire du compte de vous inviter.

## L’historique
history-holder-linked = Compte lié à un accès
history-holder-unlinked = Liaison du compte défaite
history-login-account-linked = Compte lié d’un accès à un autre
history-login-account-unlinked = Liaison d’un compte défaite
