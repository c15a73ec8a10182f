## Ouvrir une session
sign-in-title = Ouvrez votre session
sign-in-lead = Vos factures, vos services et vos paiements sont ici.
sign-in-name = Nom d’utilisateur, identifiant client ou courriel
sign-in-name-hint = L’identifiant client est en haut à droite de vos factures. Le courriel convient s’il est confirmé.
sign-in-password = Mot de passe
sign-in-submit = Ouvrir la session
sign-in-new-title = Première visite?
sign-in-new-text = Créez votre accès avec une facture sous les yeux : il suffit du numéro de compte et du code postal.
sign-in-new-link = Créer un accès

## S’inscrire, première étape
sign-up-account-title = Trouvons votre compte
sign-up-account-lead = Deux renseignements suffisent. Les deux sont imprimés sur votre facture.
sign-up-account-number = Numéro de compte
sign-up-account-number-hint = Seulement des chiffres; les espaces sont permis.
sign-up-postal-code = Code postal
sign-up-postal-code-hint = Celui de l’adresse où vous recevez le service. Pour un téléphone mobile, celui de votre adresse de facturation.
sign-up-holder-only = Seule la personne titulaire du compte peut s’inscrire ici. Elle peut ensuite donner accès à d’autres.
sign-up-continue = Continuer
sign-up-where = Où les trouver
sign-up-where-drawing = Dessin du haut d’une facture : le numéro de compte est en haut à droite, le code postal à la fin de l’adresse du service, à gauche.
sign-up-where-number = Le numéro de compte est en haut à droite de chaque facture.
sign-up-where-code = Le code postal termine l’adresse du service.
sign-up-corner-number = Numéro de compte
sign-up-corner-address = Adresse du service
sign-up-no-account = Pas encore de compte chez nous?
sign-up-become = Devenir client en ligne
sign-up-have-login = Vous avez déjà un accès?
sign-up-to-sign-in = Ouvrir une session

## S’inscrire, deuxième étape
sign-up-login-title = Choisissez votre accès
sign-up-login-lead = Vous ouvrirez votre session avec ce nom et ce mot de passe.
sign-up-login-account = Compte
sign-up-username = Nom d’utilisateur
sign-up-username-hint = De 8 à 50 caractères : lettres, chiffres, point, tiret ou trait de soulignement.
sign-up-username-forever = Ce nom ne pourra jamais être changé. Pour en avoir un autre, il faudrait supprimer l’accès et en créer un nouveau.
sign-up-proposals = Ces noms sont libres :
sign-up-email = Adresse de courriel
sign-up-email-hint = Nous y écrivons quand une facture est prête, et si quelque chose touche votre accès.
sign-up-password = Mot de passe
sign-up-password-again = Mot de passe, encore une fois
sign-up-submit = Créer mon accès
