## Les courriels de la démonstration
outbox-title = Courriels envoyés
outbox-lead = La démonstration n’envoie rien : les courriels qu’elle aurait envoyés restent ici.
outbox-subject = Objet
outbox-to = À
outbox-from = De
outbox-at = Date
outbox-id = Identifiant du message
outbox-html = Le courriel tel qu’il s’affiche
outbox-text = En texte seul
outbox-eml = Télécharger le message (EML)
outbox-back = Tous les courriels
outbox-none = Aucun courriel pour le moment
outbox-none-text = Inscrivez-vous ou lancez une facturation : les courriels paraîtront ici.
