## Becoming a customer online (ACC-4)
new-customer-title = Become a customer
new-customer-lead = You get a client identifier and a hosting account. Nothing is billed until you order something.
new-customer-already = Do you have an account or a bill from us already? Create your login with the account number instead, so that you do not end up with two.
new-customer-kind = This account is for
new-customer-kind-none = Choose a person or an organization.
new-customer-person = a person
new-customer-organisation = a business or an organization
new-customer-name-hint = As it should appear on bills.
new-customer-reach = How to reach you
new-customer-email = E-mail
new-customer-email-hint = We will send a link there to be confirmed. Give an address that we do not host: if your service stopped, we could no longer write to you there.
new-customer-backup = Backup e-mail
new-customer-backup-hint = Another address, to get back into your account if you lose the first one. We do not host it either.
new-customer-backup-none = Enter a backup e-mail such as name@example.ca.
new-customer-backup-same = The backup e-mail must be another address than the first: if you lost that one, it would be lost too.
new-customer-hosted = We host this address. If your service stopped, nothing would reach you there, not even our message on how to get it back. Give an address of another provider.
new-customer-telephone = Telephone (optional)
new-customer-language-hint = Of your bills and our messages.
new-customer-address = Postal address
new-customer-submit = Get the confirmation link
new-customer-again = Fill in a new form

## After the form
new-customer-sent-title = Look at your e-mail
new-customer-sent-lead = We have written to { $email }. The link in that message is good for 24 hours.
new-customer-sent-lead-any = We have written to the address that you gave. The link in that message is good for 24 hours.
new-customer-sent-next = Open the link to confirm your address; then you choose a username and a password.
new-customer-sent-junk = The message usually arrives within a minute. Look among the junk mail too.
new-customer-sent-slip = A slip in the address?

## The link in the e-mail
new-customer-open-title = Confirm your address
new-customer-open-lead = Check what follows, the two e-mails above all. The button creates your client identifier and your account.
new-customer-open-submit = All is right: create my account
new-customer-open-wrong = Something is not right, or not from you? Do not press the button.
new-customer-registered-title = Choose your login
new-customer-registered-lead = Your account is there already. All that is left is to choose a username and a password.
new-customer-registered-submit = Continue
new-customer-used-title = Your login is there already
new-customer-used-lead = This link was used. Sign in with your username or your client identifier.
new-customer-expired-title = This link is no longer valid
new-customer-expired-lead = To be safe, it works for a limited time only. If your account was not created yet, what you had typed is erased: fill in the form again.
new-customer-replaced-title = A newer e-mail is waiting for you
new-customer-replaced-lead = We have sent you another one since. Use the link in the newest.
new-customer-unknown-title = This link is incomplete
new-customer-unknown-lead = Your e-mail program may have cut it. Copy the whole address, to the last character.

## The overview of a new account
new-customer-nothing-due = Nothing to pay: no bill has been issued yet.
new-customer-next = Your account is ready. To order a first service, get in touch with customer service; it appears here as soon as it is connected.
new-customer-order = Reach customer service

## The e-mails
letter-new-customer-subject = Confirm your address to become a customer of { $provider }
letter-new-customer-text = Somebody, most likely you, asked for an account at { $provider } with this address. Here is the link that confirms it.
letter-new-customer-button = Confirm my address
letter-new-customer-look = The page first shows you what was typed in the form. Nothing is created before you press its button.
letter-new-customer-not-you = You did not ask for this? Do nothing: without this link, nothing is done in your name.
letter-new-customer-go-on-subject = Your account at { $provider } is waiting for you
letter-new-customer-go-on-text = You asked for an account at { $provider } again, but it is there already. All that is left is to choose a username and a password, with this link.
letter-new-customer-known-subject = You already have a login at { $provider }
letter-new-customer-known-text = Somebody, most likely you, asked for a new account at { $provider } with this address. It already has a login: nothing was created. For another service, sign in or get in touch with us.
letter-new-customer-known-names = Recover my username
letter-new-customer-known-not-you = You did not ask for this? Do nothing: your login stays as it is.
