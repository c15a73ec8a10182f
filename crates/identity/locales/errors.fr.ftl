## Ce qui ne va pas, et comment le corriger
sign-in-refused = Ce nom et ce mot de passe ne vont pas ensemble. Vérifiez les deux; la majuscule est peut-être verrouillée.
sign-in-wait = Trop d’essais. Attendez { $count ->
        [one] une minute
       *[other] { $count } minutes
    }, puis essayez de nouveau.
sign-in-empty-name = Entrez votre nom d’utilisateur, votre identifiant client ou votre courriel.
sign-in-empty-password = Entrez votre mot de passe.
sign-in-signed-out = Vous êtes déconnecté.
sign-in-ended = Votre session a pris fin. Reconnectez-vous pour continuer.
sign-up-refused = Nous ne pouvons pas ouvrir de compte avec ces renseignements. Vérifiez le numéro et le code postal sur votre facture. Si le titulaire a déjà un accès, connectez-vous.
sign-up-wait = Trop d’essais. Attendez { $count ->
        [one] une minute
       *[other] { $count } minutes
    }, ou appelez-nous.
sign-up-empty-number = Entrez le numéro de compte.
sign-up-empty-code = Entrez le code postal.
sign-up-ended = Trop de temps a passé, ou le compte a déjà un accès. Entrez de nouveau votre numéro de compte et votre code postal.
sign-up-name-short = Le nom d’utilisateur doit avoir au moins 8 caractères.
sign-up-name-long = Le nom d’utilisateur peut avoir au plus 50 caractères.
sign-up-name-character = Le caractère « { $character } » n’est pas permis dans un nom d’utilisateur.
sign-up-name-space = Un nom d’utilisateur n’a pas d’espace.
sign-up-name-identifier = Ce nom a la forme d’un identifiant client. Choisissez-en un autre.
sign-up-name-taken = Ce nom d’utilisateur est déjà pris.
sign-up-email-wrong = Entrez une adresse complète, comme nom@exemple.ca.
email-wrong-several = Entrez une seule adresse.
email-wrong-dressed = Entrez l’adresse seule, comme nom@exemple.ca, sans crochets, et sans « mailto » devant.
email-wrong-local = Avant le @ : des lettres, des chiffres et des points entre eux, sans espace ni guillemets.
email-wrong-domain = Vérifiez ce qui suit le @ : quelque chose comme exemple.ca, sans point à la fin.
email-wrong-scripts = Après le @, un mot mélange les lettres de plusieurs alphabets. Vérifiez l’adresse.
email-wrong-long = Cette adresse est trop longue pour le courrier électronique.
email-wrong-accents = Nous ne pouvons pas écrire à une adresse qui a un accent avant le @. En avez-vous une autre?
sign-up-password-length = Le mot de passe doit avoir de { $min } à { $max } caractères.
sign-up-password-letter = Le mot de passe doit avoir au moins une lettre.
sign-up-password-digit = Le mot de passe doit avoir au moins un chiffre.
sign-up-password-no-forbidden = Le mot de passe ne peut avoir ni espace, ni = + < > # @.
sign-up-password-not-username = Le mot de passe ne peut être ni le nom d’utilisateur ni le courriel.
sign-up-password-not-common = Ce mot de passe est l’un des premiers que l’on essaierait. Choisissez-en un moins courant.
sign-up-password-different = Les deux mots de passe ne sont pas les mêmes.

sign-up-rule-length = De { $min } à { $max } caractères
sign-up-rule-letter = Au moins une lettre
sign-up-rule-digit = Au moins un chiffre
sign-up-rule-no-forbidden = Ni espace, ni = + < > # @
sign-up-rule-not-username = Pas votre nom d’utilisateur
sign-up-rule-not-common = Pas un mot de passe courant
