## Ni l’un ni l’autre courriel
documents-link = Vous ne lisez plus aucune de vos adresses? Prouvez qui vous êtes avec une pièce d’identité
documents-title = Rouvrir votre accès avec une pièce d’identité
documents-lead = Pour qui ne lit plus ni le courriel de son accès ni son courriel de secours. Une personne regarde votre demande; vous avez une réponse dans les { $hours } heures.
documents-which = Les pièces acceptées
documents-country = Pays
documents-kind = Genre de client
documents-kind-person = Une personne
documents-kind-business = Une entreprise ou un organisme
documents-show = Voir les pièces acceptées
documents-one-of = Envoyez-nous l’une de ces pièces :
documents-country-ca = Canada
documents-country-us = États-Unis
documents-country-fr = France
documents-country-be = Belgique
documents-country-ch = Suisse
documents-country-gb = Royaume-Uni
documents-country-de = Allemagne
documents-country-mx = Mexique
documents-country-other = Un autre pays
documents-you = Votre demande
documents-name = Nom d’utilisateur ou identifiant client
documents-story = Ce qui est arrivé
documents-story-hint = Quelques mots suffisent : une adresse fermée, un fournisseur quitté, un compte volé.
documents-email = Nouvelle adresse de courriel
documents-email-hint = Une adresse que vous lisez. Elle deviendra celle de votre accès si la demande est acceptée.
documents-telephone = Téléphone (facultatif)
documents-telephone-hint = Si nous avons une question.
documents-files = Vos pièces
documents-files-hint = PDF, JPEG ou PNG, 10 Mo chacune au plus. Le nom, la photo et la date doivent se lire.
documents-file = Pièce { $number }
documents-private = Vos pièces sont chiffrées. Seules les personnes qui décident les voient, chaque regard est inscrit, et elles sont supprimées après la décision.
documents-submit = Envoyer la demande
documents-empty-name = Entrez votre nom d’utilisateur ou votre identifiant client.
documents-empty-story = Dites-nous en quelques mots ce qui est arrivé.
documents-long-story = C’est un peu long : 2000 signes au plus.
documents-wrong-email = Entrez une adresse complète que vous lisez, comme nom@exemple.ca.
documents-no-file = Choisissez au moins une pièce.
documents-choose-again = Choisissez de nouveau vos pièces : le navigateur ne les garde pas d’un envoi à l’autre. Le reste est gardé.
documents-file-too-many = Quatre pièces au plus. Choisissez-les de nouveau.
documents-file-too-large = « { $file } » dépasse 10 Mo. Choisissez de nouveau vos pièces, celle-ci plus petite.
documents-file-empty = « { $file } » est vide. Choisissez de nouveau vos pièces.
documents-file-wrong-kind = « { $file } » n’est pas un simple fichier PDF, JPEG ou PNG, ou il est abîmé. Photographiez ou numérisez la pièce, puis choisissez de nouveau vos pièces.
documents-reference = Référence
documents-answer-by = Réponse au plus tard
documents-asked-at = Demandé
documents-object-until = Opposition jusqu’au
documents-link-at = Lien envoyé
documents-kept-title = Nous avons votre demande
documents-kept-lead = Notez la référence : elle nous mène à votre demande si vous nous appelez.
documents-kept-letter = Un courriel est parti à la nouvelle adresse que vous avez donnée.
documents-kept-letter-step = Un courriel est parti à l’adresse que vous avez donnée.
documents-kept-then-step = Si la demande est acceptée, un lien part au courriel de votre accès et retire la deuxième étape. D’ici là, rien ne change.
documents-kept-old = Par prudence, si cet accès existe, ses anciennes adresses sont prévenues et peuvent s’opposer.
documents-kept-then = Si la demande est acceptée, un lien vous permettra de choisir un mot de passe. D’ici là, rien ne change.

## S’opposer
documents-object-open-title = Ce n’est pas vous?
documents-object-open-lead = Quelqu’un demande à rouvrir votre accès avec des pièces d’identité et une autre adresse de courriel.
documents-object-open-after = Si ce n’est pas vous, appuyez ici : la demande ne pourra plus être acceptée que par deux de nos employés, dont un superviseur, et un lien déjà envoyé ne vaudra plus rien.
documents-object-open-you = Si c’est vous, ne faites rien : fermez simplement cette page.
documents-object-submit = Ce n’est pas moi : m’opposer
documents-object-used-title = Votre opposition est notée
documents-object-used-lead = Nous vous écrirons ce qui est décidé. Votre accès n’a pas changé.
documents-object-over-title = Ce lien ne sert plus
documents-object-over-lead = La demande est terminée. Si vous avez un doute, appelez-nous tout de suite.
documents-object-unknown-title = Ce lien est incomplet
documents-object-unknown-lead = Peut-être votre logiciel de courriel l’a-t-il coupé. Copiez l’adresse en entier, jusqu’au dernier caractère.

## Choisir le mot de passe
documents-renew-choose-lead = Dès qu’il est choisi, votre nouvelle adresse est celle de votre accès, l’ancien mot de passe n’ouvre plus rien et toutes les sessions prennent fin.
documents-renew-used = Ce lien a déjà servi. Ouvrez votre session avec le nouveau mot de passe.
documents-renew-over = Ce lien a plus de cinq jours, ou quelqu’un s’est opposé à la demande. Regardez vos courriels, ou appelez-nous avec votre référence.
documents-renew-unknown = Ce lien est incomplet, ou ne sert plus. Copiez l’adresse en entier, jusqu’au dernier caractère.

## Les raisons d’un refus, pour qui demande
recovery-reason-unreadable = Les pièces ne se lisent pas assez bien : envoyez-en une image nette et entière.
recovery-reason-missing = Les pièces envoyées ne sont pas de celles que nous acceptons. La liste est sur la page de la demande.
recovery-reason-unproven = Ce que vous avez envoyé ne nous permet pas d’être sûrs que cet accès est le vôtre.
recovery-reason-other = La raison ne s’écrit pas dans un courriel : parlez-nous, avec la référence de votre demande.

## Les courriels
letter-recovery-asked-subject = Votre demande chez { $provider }
letter-recovery-asked-text = Nous avons reçu votre demande de rouvrir un accès à l’espace client.
letter-recovery-asked-next = Une personne la regarde. Si cet accès existe, ses anciennes adresses sont prévenues et ont le temps de s’opposer. Rien ne change avant notre réponse.
letter-recovery-asked-not-you = Vous n’avez rien demandé? Ne faites rien : sans vous, la demande ne mène à rien.
letter-recovery-told-subject = Quelqu’un demande à rouvrir votre accès chez { $provider }
letter-recovery-told-text = Quelqu’un nous dit ne plus lire cette adresse, et demande à rouvrir votre accès avec des pièces d’identité et une autre adresse de courriel. Rien n’a changé.
letter-recovery-told-not-you = Si ce n’est pas vous, opposez-vous maintenant : la demande ne pourra plus être acceptée que par deux de nos employés, dont un superviseur.
letter-recovery-told-you = Si c’est vous, ne faites rien.
letter-recovery-object = Ce n’est pas moi
letter-recovery-going-subject = La demande pour votre accès chez { $provider } est acceptée
letter-recovery-going-text = La demande de rouvrir votre accès est acceptée. Un lien est parti à la nouvelle adresse; dès qu’il sert, cette adresse-ci n’est plus celle de votre accès.
letter-recovery-going-not-you = Si ce n’est pas vous, opposez-vous tout de suite : le lien ne vaudra plus rien.
letter-recovery-going-you = Si c’est vous, ne faites rien.
letter-recovery-waits-subject = Votre demande chez { $provider } est acceptée
letter-recovery-waits-text = Vos pièces nous ont convaincus. Par prudence, les anciennes adresses de l’accès gardent le temps de s’opposer.
letter-recovery-waits-next = Sans opposition, le lien pour choisir un mot de passe partira alors à cette adresse.
letter-recovery-accepted-subject = Rouvrez votre accès chez { $provider }
letter-recovery-accepted-text = Votre demande est acceptée. Choisissez un mot de passe : votre accès aura aussitôt cette adresse de courriel.
letter-recovery-accepted-once = Le lien ne sert qu’une fois. Ne le transférez à personne.
letter-recovery-refused-subject = Votre demande chez { $provider } n’est pas acceptée
letter-recovery-refused-text = Nous avons regardé votre demande, et ne pouvons pas l’accepter.
letter-recovery-refused-next = Vous pouvez faire une nouvelle demande, ou nous parler. Vos pièces seront supprimées.
letter-recovery-ended-subject = La demande pour votre accès chez { $provider } est refusée
letter-recovery-ended-text = La demande de rouvrir votre accès avec des pièces d’identité est refusée.
letter-recovery-ended-next = Votre accès et ses adresses n’ont pas changé.
letter-recovery-objected-subject = Une opposition à votre demande chez { $provider }
letter-recovery-objected-text = Quelqu’un qui lit une adresse de l’accès s’est opposé à votre demande.
letter-recovery-objected-next = Deux personnes doivent maintenant l’examiner, et un lien que vous auriez reçu ne vaut plus rien. Nous vous écrirons ce qui est décidé.
letter-recovery-objection-subject = Votre opposition chez { $provider } est notée
letter-recovery-objection-text = Une opposition à la demande de rouvrir votre accès nous est venue d’une de vos adresses.
letter-recovery-objection-next = La demande ne peut plus être acceptée que par deux de nos employés, dont un superviseur. Votre accès n’a pas changé; nous vous écrirons ce qui est décidé.
letter-recovery-expired-subject = Votre demande chez { $provider } a pris fin
letter-recovery-expired-text = Votre demande a pris fin sans décision. Nous en sommes désolés.
letter-recovery-expired-next = Vos pièces sont supprimées. Faites une nouvelle demande, ou parlez-nous.
letter-recovery-done-subject = Votre accès chez { $provider } est rouvert
letter-recovery-done-text = Votre mot de passe est choisi, et votre accès a maintenant cette adresse de courriel.
letter-recovery-done-next = Toutes les sessions ont pris fin. Regardez aussi votre courriel de secours : s’il n’est plus à vous, changez-le.
letter-recovery-moved-subject = Votre accès chez { $provider } a une autre adresse
letter-recovery-moved-text = Votre accès a été rouvert avec des pièces d’identité. Il a une autre adresse de courriel et un nouveau mot de passe.
letter-recovery-moved-next = Si ce n’est pas vous, appelez-nous tout de suite.

## Le personnel
staff-recoveries-title = Demandes avec pièces d’identité
staff-recoveries-count = { $count ->
    [0] Aucune demande n’attend.
    [one] Une demande attend.
   *[other] { $count } demandes attendent.
}
staff-recoveries-none-title = Rien n’attend
staff-recoveries-none-text = Les demandes de personnes qui ne lisent plus leurs courriels apparaîtront ici.
staff-recoveries-asked = Reçue : { $at }
staff-recoveries-left = { $count ->
    [0] Réponse dans moins d’une heure : { $at }
    [one] Réponse dans une heure : { $at }
   *[other] Réponse dans { $count } heures : { $at }
}
staff-recoveries-overdue = { $count ->
    [0] En retard de moins d’une heure : { $at }
    [one] En retard d’une heure : { $at }
   *[other] En retard de { $count } heures : { $at }
}
staff-recoveries-state-nobody = Aucun accès de ce nom
staff-recoveries-state-objected = Opposition
staff-recoveries-state-accepted = Acceptée, attend
staff-recoveries-state-overdue = En retard
staff-recoveries-state-open = À décider
staff-recoveries-done-accepted = La demande est acceptée et le lien est parti.
staff-recoveries-done-waits = Votre accord est noté. Le lien partira à la fin du délai d’opposition, ou quand une deuxième personne sera d’accord.
staff-recoveries-done-refused = La demande est refusée; la personne est prévenue.
staff-recovery-title = Une demande avec pièces d’identité
staff-recoveries-facts = Ce qui est écrit et ce qui est au dossier
staff-recoveries-fact = Quoi
staff-recoveries-typed = Dans la demande
staff-recoveries-on-file = Au dossier
staff-recoveries-login = Nom ou identifiant
staff-recoveries-places = Pays et villes
staff-recoveries-kind = Genre de client
staff-recoveries-created = Demande et accès créés
staff-recoveries-recovered = Rouvert la dernière fois
staff-recoveries-file = { $kind }, { $size } Ko
staff-recoveries-documents = Les pièces
staff-recoveries-documents-text = Chaque regard est inscrit à votre nom.
staff-recoveries-erased = Les pièces sont supprimées.
staff-recoveries-decision = La décision
staff-recoveries-needs-nobody = Aucun accès ne porte ce nom : la demande peut seulement être refusée, et l’est d’elle-même à l’échéance, avec les mêmes mots qu’une autre.
staff-recoveries-needs-over = Cette demande est décidée.
staff-recoveries-needs-one = Votre accord prendra effet à la fin du délai d’opposition, { $until }, ou dès qu’une deuxième personne est d’accord.
staff-recoveries-needs-one-now = Le délai d’opposition est passé : votre accord prend effet aussitôt.
staff-recoveries-needs-one-more = Une personne est d’accord. Sans vous, l’effet vient à la fin du délai d’opposition, { $until }; avec vous, aussitôt.
staff-recoveries-needs-two-after-objection = Quelqu’un s’est opposé d’une adresse au dossier : il faut l’accord de deux personnes, dont un superviseur.
staff-recoveries-needs-one-more-after-objection = Quelqu’un s’est opposé d’une adresse au dossier. Une personne est d’accord; il en faut une autre, et un superviseur parmi elles.
staff-recoveries-checked = Ce que vous avez vérifié
staff-recoveries-accept-documents = Accepter : les pièces concordent avec le dossier
staff-recoveries-accept-call-back = Accepter : et la personne a répondu au téléphone du dossier
staff-recoveries-refuse-unreadable = Refuser : les pièces ne se lisent pas
staff-recoveries-refuse-missing = Refuser : ce ne sont pas les pièces demandées
staff-recoveries-refuse-unproven = Refuser : rien ne prouve que l’accès est le sien
staff-recoveries-refuse-other = Refuser : une autre raison
staff-recoveries-empty = Dites ce que vous avez vérifié.
staff-recoveries-again = Vous avez déjà donné votre accord : une autre personne doit donner le sien.
staff-recoveries-over = Cette demande vient d’être décidée.
