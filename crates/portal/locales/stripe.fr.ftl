## Les champs de Stripe, où l’on écrit sa carte
stripe-card = Votre carte
stripe-whose = Ces champs sont ceux de Stripe, notre passerelle de paiement : le numéro de votre carte va directement chez elle et nous ne le voyons pas.
stripe-wait = Les champs de la carte arrivent… S’ils ne paraissent pas d’ici quelques instants, vous pouvez payer d’une autre façon, plus bas. Rien n’a été prélevé.
stripe-no-scripts = Pour entrer une carte ici, il faut JavaScript, qui est désactivé dans votre navigateur. Activez-le, ou choisissez une autre façon de payer ci-dessous.
stripe-out = Les champs de la carte n’ont pas pu s’ouvrir : Stripe, notre passerelle de paiement, ne répond pas, ou votre navigateur la bloque. Rien n’a été prélevé. Rechargez la page dans un instant, désactivez votre bloqueur pour cette page, ou choisissez une autre façon de payer ci-dessous.
stripe-number-hint = Comme il est écrit sur la carte
stripe-number-empty = Écrivez le numéro de la carte.
stripe-number-wrong = Ce numéro n’est pas celui d’une carte. Vérifiez les chiffres.
stripe-expiry = Date d’expiration
stripe-expiry-hint = Le mois et l’année, par exemple 08/29
stripe-expiry-empty = Écrivez la date d’expiration de la carte.
stripe-expiry-wrong = Cette date d’expiration n’est pas complète, ou elle est passée.
stripe-code-hint = Trois chiffres au dos de la carte, ou quatre sur le devant (American Express)
stripe-code-empty = Écrivez le code de sécurité de la carte.
stripe-code-wrong = Le code de sécurité n’est pas complet.
stripe-refused = Cette carte ne peut pas servir ici. Vérifiez ce que vous avez écrit, ou essayez une autre carte. Rien n’a été prélevé.
stripe-failed = Stripe, notre passerelle de paiement, n’a pas répondu. Rien n’a été prélevé. Essayez de nouveau dans un instant, ou choisissez une autre façon de payer ci-dessous.
stripe-busy = Un instant, nous vérifions la carte…

## Enregistrer une carte sans payer
card-add = Enregistrer une carte
card-add-title = Enregistrer une carte
card-add-lead = Elle vous sera proposée la prochaine fois que vous paierez. Rien n’est prélevé maintenant.
card-add-check = Vous allez enregistrer : { $card }.
card-add-save = Enregistrer cette carte
card-done-kept = La carte est enregistrée.
card-step-title = Votre banque veut une confirmation
card-step-lead = La carte sera enregistrée quand votre banque aura votre accord. Rien n’est prélevé. Vous avez une heure.
card-wait-title = Nous vérifions votre carte
card-wait-lead = La réponse de la passerelle de paiement tarde. Rien n’est prélevé. Regardez de nouveau dans un instant.
card-refused-insufficient-funds = La carte n’est pas enregistrée : votre banque l’a refusée.
card-refused-expired = La carte n’est pas enregistrée : elle est expirée.
card-refused-wrong-number = La carte n’est pas enregistrée : son numéro n’est pas juste.
card-refused-wrong-code = La carte n’est pas enregistrée : le code de sécurité n’est pas juste.
card-refused-authentication-failed = La carte n’est pas enregistrée : la confirmation à votre banque n’a pas été donnée.
card-refused-try-again = La carte n’est pas enregistrée : votre banque n’a pas pu répondre. Essayez de nouveau dans quelques minutes.
card-refused-declined = La carte n’est pas enregistrée : votre banque a refusé, sans nous dire pourquoi. Elle peut vous renseigner, ou essayez une autre carte.
