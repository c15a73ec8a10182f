## Confirming that the account is one's own
confirm-needed-title = Confirm that this account is yours
confirm-needed-text = You can already see your bills and pay them. To keep a card, give somebody access, order or change your contact details, first enter the code that we sent to the address you had given us.
confirm-needed-call = You can already see your bills and pay them. To keep a card, give somebody access, order or change your contact details, first confirm that this account is yours.
confirm-needed-link = Confirm this account
confirm-state = To be confirmed
confirm-state-done = Confirmed
confirm-label = Account holder
confirm-title = Confirm that this account is yours
confirm-lead = An account number and a postal code can be read on a discarded bill. With this code we know that it is you, and nobody else can use your account.
confirm-look = The code that we sent to { $address }, the address that we already had for this account, is valid until { $until }
confirm-code = Code from the e-mail
confirm-code-hint = 8 digits, such as 1234 5678.
confirm-submit = Confirm
confirm-again = I received nothing: send another code
confirm-send = Send a code
confirm-send-text = We will send a code to { $address }, the address that we already had for this account.
confirm-sent = The code has been sent. It usually arrives within a minute; look in your junk mail too. Only the newest one will do.
confirm-just-sent = A code was sent a moment ago. Wait a minute before you ask for another.
confirm-too-many = Many codes have been sent today. Enter the newest one, or call us.
confirm-expired = This code is not valid any more: it is more than five days old. Ask for another.
confirm-tried = This code was tried too often and will not do any more. Ask for another.
confirm-no-code = Enter the 8 digits of the code.
confirm-wrong = That is not the right code. Take the one from the newest e-mail; you have { $count ->
        [one] one try
       *[other] { $count } tries
    } left.
confirm-no-address = We have no e-mail address for this account. Call us: a few questions will do. Have your client identifier at hand.
confirm-help = You do not read that address any more?
confirm-help-call = Call us at { $telephone }: after a few questions we will confirm the account with you.
confirm-help-write = Get in touch with us: after a few questions we will confirm the account with you.
confirm-contact = How to reach us
confirm-back = Your account
confirm-done = Confirmed: this account is yours, and everything is open.

## Stopping a login that one did not create
stop-open-title = Close this login?
stop-open-lead = Somebody created an online login to your account with its number and postal code.
stop-open-after = If it was not you, close it. That person will see nothing more of your account, and for seven days nobody can create a login with just a bill. Your services and your bills do not change.
stop-open-you = If it was you, do nothing here: enter the code from the e-mail in your customer centre instead.
stop-submit = It was not me: close this login
stop-stopped-title = The login is closed
stop-stopped-lead = Whoever created it sees nothing more of your account. For seven days nobody can create a login with just a bill.
stop-confirmed-title = This login was confirmed
stop-confirmed-lead = The code sent to your address was entered, or we checked the person. So this link cannot close the login any more.
stop-over-title = This link has no use any more
stop-over-lead = The login that it is about is closed already, or the e-mail is more than thirty days old.
stop-unknown-title = This link is not complete
stop-unknown-lead = Perhaps your mail program cut it. Copy the whole address, up to the last character.
stop-call = In doubt? Call us at { $telephone }, and we will look at it with you.
stop-write = In doubt? Get in touch with us, and we will look at it with you.

## E-mails
letter-welcome-confirm = You can already see your bills and pay them. For everything else, confirm that the account is yours: with the code sent to the address that we already had for this account, or by calling us.
letter-welcome-confirm-link = Confirm this account
letter-claimed-subject = A login to your account at { $provider } was just created
letter-claimed-text = Somebody who knows the number and the postal code of your account { $account } has created an online login. For now it can be used to see the bills and to pay them.
letter-claimed-you = If it was you, enter this code in your customer centre to confirm that the account is yours.
letter-claimed-code = Code
letter-claimed-until = Valid until
letter-claimed-button = Enter the code
letter-claimed-secret = Give this code to nobody, not even to somebody who says they work for us: we never ask for it.
letter-claimed-not-you = If it was not you, close that login. Your services and your bills will not change.
letter-claimed-stop = It was not me
letter-claimed-call = You can also call us at { $telephone }.
letter-claimed-write = You can also get in touch with us.
letter-claim-confirmed-subject = Your login to account { $account } is confirmed
letter-claim-confirmed-login = Confirmed: account { $account } is yours, and everything is open.
letter-claim-confirmed-file = The online login to your account { $account } was confirmed. Everything is open to it now.
letter-claim-stopped-subject = The login to account { $account } is closed
letter-claim-stopped-login = The login that you had created to account { $account } was closed, because the person whom we know as its holder, or our customer service, asked for it. If this account is yours, call us.
letter-claim-stopped-file = The online login to your account { $account } is closed. Whoever created it sees nothing more. For seven days nobody can create another one with just a bill.
letter-claim-doubt-call = In doubt? Call us at { $telephone }.
letter-claim-doubt-write = In doubt? Get in touch with us.
