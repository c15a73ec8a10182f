## Asking for an activation e-mail
activate-title = Get an activation e-mail
activate-lead = We will write to the e-mail address that we already have for your account. The link leads straight to choosing your username, and nothing is left to confirm afterwards.
activate-submit = Send the e-mail
activate-asked-title = Look at your e-mail
activate-asked-lead = If this account has no login yet and we know its e-mail address, a message is on its way there. It usually arrives within a minute; look among the junk mail too.
activate-nothing-title = Nothing arrives?
activate-nothing-text = We never say here whether an account exists. This may be why nothing comes.
activate-nothing-address = We do not have your e-mail address, or we have an old one.
activate-nothing-number = Create your login with account number and postal code
activate-nothing-login = The account already has its login.
activate-nothing-expired-call = An activation e-mail was sent to you before and is no longer valid: call us at { $telephone }, and we will send another.
activate-nothing-expired-write = An activation e-mail was sent to you before and is no longer valid: get in touch with us, and we will send another.
activate-other-title = No bill at hand?
activate-other-text = If we have your e-mail address, the account number is enough.
activate-other-link = Get an activation e-mail

## The link in the e-mail
activation-open-title = Create your login
activation-open-lead = All that is left is to choose a username and a password. As this link comes from the address that we had on file, everything will be open at once.
activation-open-submit = Continue
activation-used-title = Your login is there already
activation-used-lead = This link was used, or the account got its login another way. Sign in with your username or your client identifier.
activation-expired-title = This link is no longer valid
activation-expired-lead = To be safe, an activation link works for a few days only.
activation-expired-call = Call customer service at { $telephone }: we will send you another.
activation-expired-write = Get in touch with customer service: we will send you another.
activation-expired-number = You can also create your login with the account number and the postal code of a bill.
activation-replaced-title = A newer e-mail is waiting for you
activation-replaced-lead = We have sent you another one since. Use the link in the newest.
activation-unknown-title = This link is incomplete
activation-unknown-lead = Your e-mail program may have cut it. Copy the whole address, to the last character.

## The e-mails
letter-activation-subject = Create your login at { $provider }’s customer centre
letter-activation-text = Here is the link to create your online login to account { $account }: you will see your bills there, and can pay them.
letter-activation-until = Valid until
letter-activation-button = Create my login
letter-activation-once = The link works once. Forward it to nobody: whoever opens it can become the holder of the login.
letter-activation-not-you = You did not ask for this? Do nothing: without this link, nobody gets a login this way.
letter-activated-subject = The login to your account at { $provider } was created
letter-activated-text = The online login to account { $account } was created with the link sent to this address. It uses another e-mail address.

## Staff
staff-activations-title = Send an activation e-mail
staff-activations-lead = The link goes to the e-mail address on file, never to another. It replaces the one before, and the holder signs up with nothing left to confirm.
staff-activations-submit = Send
staff-activations-sent = An activation e-mail is on its way to the address on file of account { $account }.
staff-activations-just-sent = One was sent less than a minute ago.
staff-activations-no-address = This account has no e-mail address on file. The holder can sign up with account number and postal code.
staff-activations-none = No account without a login has that number. Check it; the holder may have a login already.
