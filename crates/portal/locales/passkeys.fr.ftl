## À la porte
passkey-sign-in = Ouvrir la session avec une clé d’accès
passkey-busy = Suivez ce que votre appareil vous demande.
passkey-cancelled-get = Rien ne s’est ouvert : la demande a été annulée, a pris trop de temps, ou cet appareil n’a pas de clé d’accès pour ce site. Essayez de nouveau, ou servez-vous de votre mot de passe.
passkey-cancelled-create = Rien n’a été ajouté : la demande a été annulée ou a pris trop de temps. Appuyez de nouveau quand vous êtes prêt.
passkey-known = Il y a déjà une clé d’accès à vous sur cet appareil. Elle sert telle quelle; il n’en faut pas d’autre.
passkey-unfit = Cet appareil ou cette clé ne convient pas : il faut qu’il puisse s’assurer que c’est vous, par le doigt, le visage ou un code. Réglez d’abord un code sur la clé, ou prenez un autre appareil.
passkey-failed = Nous n’avons pas pu terminer. Vérifiez votre connexion, puis essayez de nouveau; rien n’a changé.
passkey-over = Trop de temps a passé, ou la demande a déjà servi. Appuyez de nouveau : rien n’a changé.
passkey-unknown = Cette clé d’accès n’ouvre rien ici. Vous l’avez peut-être retirée de votre accès alors que l’appareil la garde encore. Entrez votre nom et votre mot de passe; vous pourrez ajouter une clé d’accès ensuite.
passkey-not-yours = Cette clé d’accès n’est pas une des vôtres, ou l’appareil n’a pas pu s’assurer que c’est vous. Essayez avec une autre, ou choisissez une autre façon.
passkey-use = Me servir d’une clé d’accès
step-lead-passkey = Votre mot de passe est bon. Montrez maintenant que c’est vous avec une clé d’accès, par le doigt, le visage ou le code de votre appareil.
step-other-passkey = Me servir d’une clé d’accès
step-others-passkey = Vous ne pouvez pas vous servir d’une clé d’accès ici?
step-empty-passkey = Appuyez sur le bouton pour vous servir de votre clé d’accès, ou choisissez une autre façon.
step-wrong-passkey = Appuyez sur le bouton pour vous servir de votre clé d’accès, ou choisissez une autre façon.
passkey-doubted = Cette clé d’accès n’ouvre plus rien à elle seule, depuis que vous nous avez dit que ce n’était pas vous. Entrez votre nom et votre mot de passe.
passkey-copied = Par prudence, rien ne s’est ouvert : il pourrait exister une copie de cette clé d’accès. Nous venons de vous écrire ce qu’il faut faire. Ouvrez votre session autrement.
passkey-no-scripts = Pour les clés d’accès, votre navigateur doit exécuter JavaScript. Permettez-le pour ce site, ou continuez avec votre mot de passe : rien d’autre ne l’exige ici.
passkey-no-browser = Ce navigateur ne connaît pas les clés d’accès. Un navigateur récent sur un téléphone, une tablette ou un ordinateur les connaît.
passkey-no-address = L’adresse de ce site ne permet pas les clés d’accès : les navigateurs ne les acceptent que sur un nom de site et une connexion protégée (https). Votre mot de passe sert comme avant.

## Vos clés d’accès
passkeys-title = Clés d’accès
passkeys-lead = Ouvrez votre session par le doigt, le visage ou le code de votre appareil. Rien à retenir, et rien qu’un faux site puisse vous prendre.
passkeys-yours = Vos clés
passkeys-none = Vous n’en avez pas encore.
passkey-is-good = Active
passkey-is-doubted = Après le mot de passe seulement
passkey-used = Ajoutée le { $added }; dernière utilisation le { $used }.
passkey-unused = Ajoutée le { $added }; jamais utilisée.
passkey-copies = Votre gestionnaire de mots de passe en garde une copie : vos autres appareils peuvent l’avoir aussi.
passkey-alone = Elle est sur un seul appareil.
passkey-doubted-text = Elle a été ajoutée peu avant que vous nous disiez que ce n’était pas vous : elle n’ouvre plus rien sans votre mot de passe. Si elle n’est pas à vous, retirez-la; si elle l’est, retirez-la et ajoutez-la de nouveau.
passkey-manage = Renommer ou retirer
passkey-add-title = En ajouter une
passkey-add-text = Sur l’appareil que vous tenez, ou sur une clé de sécurité que vous branchez. Votre appareil vous demandera le doigt, le visage ou son code.
passkey-add = Ajouter une clé d’accès
passkey-add-proof = Nous nous assurons d’abord que c’est bien vous.
passkey-name = Nom de cette clé
passkey-name-hint = Pour la reconnaître, comme « Téléphone » ou « Clé bleue ». Sans nom, nous écrivons celui de votre navigateur.
passkey-name-empty = Donnez un nom à cette clé.
passkeys-full = Vous avez vingt clés d’accès, le plus que nous gardons. Retirez-en une pour en ajouter une autre.
passkeys-about = Bon à savoir
passkeys-about-where = Votre empreinte et votre visage restent dans votre appareil : nous ne les recevons jamais.
passkeys-about-step = Dès que vous en avez une, votre mot de passe seul n’ouvre plus votre accès : une clé d’accès, ou une autre deuxième étape, est demandée ensuite. La clé seule suffit.
passkeys-about-several = Ajoutez-en une sur chaque appareil dont vous vous servez : perdre l’un ne vous enferme pas dehors.
passkeys-no-codes = Si vous perdez vos appareils, rien ne vous permet encore de revenir. Faites des codes de secours et gardez-les en lieu sûr.
passkeys-about-lost = Un appareil est perdu ou vendu? Retirez sa clé ici; elle n’ouvrira plus rien aussitôt.
passkeys-about-never = Une clé d’accès ne sert que sur ce site. Personne de chez nous ne vous demandera jamais de l’utiliser ailleurs ni de lire un code à voix haute.
passkey-title = Une clé d’accès
passkey-rename-title = Son nom
passkey-rename = Garder ce nom
passkey-remove-title = La retirer
passkey-remove-text = Cette clé n’ouvrira plus rien, sur aucun appareil. Vos autres clés restent.
passkey-remove-last = C’est votre seule clé d’accès. Si vous n’avez pas d’autre deuxième étape, votre mot de passe suffira de nouveau à ouvrir votre accès.
passkey-remove-device = Votre appareil peut la montrer encore : effacez-la aussi dans ses réglages.
passkey-remove = Retirer cette clé
profile-done-passkey-added = La clé d’accès est ajoutée. Un courriel vous le confirme.
profile-done-passkey-renamed = Le nom est changé.
profile-done-passkey-removed = La clé d’accès est retirée : elle n’ouvre plus rien. Un courriel vous le confirme.
profile-done-passkey-gone = Cette clé était déjà retirée.
prove-lead-passkeys = Avant de changer vos clés d’accès, nous nous assurons que c’est bien vous.
security-passkeys-text = Pour ouvrir votre session sans mot de passe, par le doigt, le visage ou le code de votre appareil.
security-passkeys-count = { $count ->
    [0] Vous n’en avez pas encore.
    [one] Vous en avez une.
   *[other] Vous en avez { $count }.
}
security-passkeys-link = Voir et ajouter des clés d’accès

## Les courriels
letter-passkey-name = Clé d’accès
letter-passkey-page = Voir vos clés d’accès
letter-passkey-not-you = Si ce n’est pas vous, ouvrez ce lien. Vous pourrez y mettre fin à toutes les sessions; les clés ajoutées depuis trente jours n’ouvriront plus rien à elles seules, et vous choisirez un nouveau mot de passe.
letter-passkey-added-subject = Une clé d’accès a été ajoutée à votre accès chez { $provider }
letter-passkey-added-text = Une clé d’accès vient d’être ajoutée. Elle ouvre une session dans votre espace client chez { $provider } sans mot de passe.
letter-passkey-removed-subject = Une clé d’accès a été retirée de votre accès chez { $provider }
letter-passkey-removed-text = Une clé d’accès vient d’être retirée de votre accès chez { $provider }. Elle n’ouvre plus rien.
letter-passkey-copied-subject = Une de vos clés d’accès a été refusée chez { $provider }
letter-passkey-copied-text = Une de vos clés d’accès a été utilisée d’une façon qui n’est possible, le plus souvent, que s’il en existe une copie. Par prudence, rien ne s’est ouvert.
letter-passkey-copied-do = Si c’est vous qui avez essayé, par exemple après avoir restauré un appareil : ouvrez votre session autrement, retirez cette clé et ajoutez-la de nouveau.
letter-passkey-copied-not-you = Si ce n’est pas vous, quelqu’un pourrait avoir copié votre clé : retirez-la sans tarder. Ce lien met fin à toutes les sessions et mène à un nouveau mot de passe.
letter-passkeys-doubted-subject = Vos clés d’accès récentes chez { $provider } ne suffisent plus
letter-passkeys-doubted-text = Vous nous avez dit que ce n’était pas vous. Les clés d’accès ajoutées dans les trente jours d’avant n’ouvrent donc plus rien à elles seules, car quelqu’un d’autre pouvait les avoir mises là. Elles restent demandées après votre mot de passe.
letter-passkeys-doubted-do = Après avoir choisi un nouveau mot de passe, retirez celles qui ne sont pas à vous. Si l’on vous demande une clé que vous n’avez pas, choisissez « Je n’ai plus rien de tout cela » : nous verrons avec vous comment rouvrir votre accès.
