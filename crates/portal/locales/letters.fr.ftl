## Les courriels
letter-greeting = Bonjour,
letter-greeting-name = Bonjour { $name },
letter-closing = Cordialement,
letter-never-ask = Nous ne vous demanderons jamais votre mot de passe, ni par courriel ni par téléphone.
letter-welcome-subject = Votre accès à l’espace client de { $provider }
letter-welcome-text = Votre accès à l’espace client de { $provider } est créé. Conservez ce courriel : il porte votre identifiant client, que nous vous demanderons quand vous nous appellerez.
letter-welcome-keep = Pour vous connecter, entrez votre nom d’utilisateur ou votre identifiant client, et le mot de passe que vous avez choisi.
letter-welcome-button = Se connecter
letter-bill-subject = Votre facture de { $provider } est prête : { $amount }
letter-bill-subject-nothing = Votre facture de { $provider } est prête : rien à payer
letter-bill-text = Votre facture est prête. Elle est de { $amount }, à payer d’ici le { $day }.
letter-bill-credit = Votre facture est prête. Vous n’avez rien à payer.
letter-bill-others = Reste à payer d’autres factures
letter-bill-all = Dû en tout
letter-bill-button = Voir la facture
letter-bill-safe = Pour être sûr que ce courriel vient de nous, vous pouvez aussi taper vous-même l’adresse du site de { $provider } et vous y connecter.
