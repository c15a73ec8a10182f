## Les courriels et les messages texte de la démonstration
outbox-title = Messages envoyés
outbox-lead = La démonstration n’envoie rien : les courriels et les messages texte qu’elle aurait envoyés restent ici.
outbox-subject = Objet
outbox-to = À
outbox-from = De
outbox-at = Date
outbox-id = Identifiant du message
outbox-html = Le courriel tel qu’il s’affiche
outbox-text = En texte seul
outbox-eml = Télécharger le message (EML)
outbox-back = Tous les messages
outbox-none = Aucun message pour le moment
outbox-none-text = Inscrivez-vous ou lancez une facturation : les messages paraîtront ici.
outbox-text-message = Message texte
outbox-said = Ce que dit le message
outbox-staff-title = Le code du personnel de la démonstration
outbox-staff-text = Les employés inventés de Boréal ont tous la même application d’authentification : c’est cette page. Voici le code qu’elle affiche en ce moment; il change toutes les 30 secondes et chacun ne s’en sert qu’une fois. Rechargez la page pour le suivant.
