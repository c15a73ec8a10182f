## Devenir client en ligne (ACC-4)
new-customer-title = Devenir client
new-customer-lead = Vous recevrez un identifiant client et un compte d’hébergement. Rien n’est facturé tant que vous n’avez rien commandé.
new-customer-already = Vous avez déjà un compte ou une facture de notre part? Créez plutôt votre accès avec le numéro de compte : vous éviterez d’en avoir deux.
new-customer-kind = Ce compte est pour
new-customer-kind-none = Choisissez une personne ou un organisme.
new-customer-person = une personne
new-customer-organisation = une entreprise ou un organisme
new-customer-name-hint = Tel qu’il doit paraître sur les factures.
new-customer-reach = Comment vous joindre
new-customer-email = Courriel
new-customer-email-hint = Nous y enverrons un lien à confirmer. Donnez une adresse qui n’est pas hébergée chez nous : si votre service s’arrêtait, nous ne pourrions plus vous y écrire.
new-customer-backup = Courriel de secours
new-customer-backup-hint = Une autre adresse, pour retrouver votre accès si vous perdez la première. Elle n’est pas hébergée chez nous non plus.
new-customer-backup-none = Indiquez un courriel de secours, comme nom@exemple.ca.
new-customer-backup-same = Le courriel de secours doit être une autre adresse que la première : si vous perdiez celle-ci, il serait perdu aussi.
new-customer-hosted = Cette adresse est hébergée chez nous. Si votre service s’arrêtait, vous n’y recevriez plus rien, pas même notre message pour le rétablir. Donnez une adresse d’un autre fournisseur.
new-customer-telephone = Téléphone (facultatif)
new-customer-language-hint = De vos factures et de nos messages.
new-customer-address = Adresse postale
new-customer-submit = Recevoir le lien de confirmation
new-customer-again = Remplir un nouveau formulaire

## Après le formulaire
new-customer-sent-title = Regardez vos courriels
new-customer-sent-lead = Nous avons écrit à { $email }. Le lien de ce message est valable 24 heures.
new-customer-sent-lead-any = Nous avons écrit à l’adresse que vous avez donnée. Le lien de ce message est valable 24 heures.
new-customer-sent-next = Ouvrez le lien pour confirmer votre adresse; vous choisirez ensuite un nom d’utilisateur et un mot de passe.
new-customer-sent-junk = Le message arrive d’habitude en moins d’une minute. Regardez aussi parmi les indésirables.
new-customer-sent-slip = Une faute de frappe dans l’adresse?

## Le lien du courriel
new-customer-open-title = Confirmer votre adresse
new-customer-open-lead = Vérifiez ce qui suit, surtout les deux courriels. Avec le bouton, votre identifiant client et votre compte sont créés.
new-customer-open-submit = Tout est exact : créer mon compte
new-customer-open-wrong = Quelque chose n’est pas exact, ou n’est pas de vous? N’appuyez pas sur le bouton.
new-customer-registered-title = Choisir votre accès
new-customer-registered-lead = Votre compte est déjà créé. Il ne reste qu’à choisir un nom d’utilisateur et un mot de passe.
new-customer-registered-submit = Continuer
new-customer-used-title = Votre accès existe déjà
new-customer-used-lead = Ce lien a déjà servi. Ouvrez une session avec votre nom d’utilisateur ou votre identifiant client.
new-customer-expired-title = Ce lien n’est plus valable
new-customer-expired-lead = Par prudence, il ne sert que pendant un temps limité. Si votre compte n’était pas encore créé, ce que vous aviez écrit est effacé : remplissez le formulaire à nouveau.
new-customer-replaced-title = Un courriel plus récent vous attend
new-customer-replaced-lead = Nous vous en avons envoyé un autre depuis. Servez-vous du lien du plus récent.
new-customer-unknown-title = Ce lien est incomplet
new-customer-unknown-lead = Peut-être votre logiciel de courriel l’a-t-il coupé. Copiez l’adresse en entier, jusqu’au dernier caractère.

## L’aperçu d’un compte neuf
new-customer-nothing-due = Rien à payer : aucune facture n’a encore été émise.
new-customer-next = Votre compte est prêt. Pour commander un premier service, communiquez avec le service à la clientèle; il paraîtra ici dès qu’il sera branché.
new-customer-order = Joindre le service à la clientèle

## Les courriels
letter-new-customer-subject = Confirmez votre adresse pour devenir client de { $provider }
letter-new-customer-text = Quelqu’un, sans doute vous, a demandé un compte chez { $provider } avec cette adresse. Voici le lien qui la confirme.
letter-new-customer-button = Confirmer mon adresse
letter-new-customer-look = La page vous montre d’abord ce qui a été écrit dans le formulaire. Rien n’est créé avant que vous appuyiez sur son bouton.
letter-new-customer-not-you = Vous n’avez rien demandé? Ne faites rien : sans ce lien, rien n’est fait en votre nom.
letter-new-customer-go-on-subject = Votre compte chez { $provider } vous attend
letter-new-customer-go-on-text = Vous avez redemandé un compte chez { $provider }, mais il est déjà créé. Il ne reste qu’à choisir un nom d’utilisateur et un mot de passe, avec ce lien.
letter-new-customer-known-subject = Vous avez déjà un accès chez { $provider }
letter-new-customer-known-text = Quelqu’un, sans doute vous, a demandé un nouveau compte chez { $provider } avec cette adresse. Elle a déjà un accès : rien n’a été créé. Pour un service de plus, ouvrez une session ou communiquez avec nous.
letter-new-customer-known-names = Retrouver mon nom d’utilisateur
letter-new-customer-known-not-you = Vous n’avez rien demandé? Ne faites rien : votre accès reste tel qu’il est.
