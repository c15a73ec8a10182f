# Accounts linked to one login (ONE-1).
profile-tab-links = Linked accounts
links-lead = One username and one password for all accounts that you hold.
links-about = Good to know
links-optional = We recommend it: it is simpler, with one password to look after. Nothing obliges you to, and a link can be undone here at any time.
links-accounts = The accounts of this login
links-waiting = Account that you are a user of
links-none-text = Link one below.
links-how-first = Opened by this login from the beginning
links-how-code = Linked with a code: { $at }
links-how-login = Linked from another login: { $at }
links-how-activation = Linked with an activation e-mail: { $at }
links-undo = Undo the link
links-by-login = With your other login
links-by-login-text = You have another username for another account? Sign in with it as you always do, and its accounts come here. We will say what will happen before you confirm.
links-by-login-submit = Sign in with the other login
links-by-number = With the account number
links-by-number-text = For an account that has no login yet. We send a code to its e-mail address on file.
links-by-number-submit = Send the code
links-postal-hint = The one of the service address, or of the bill.
links-yours = Your login opens this account already.
links-code-open = Enter the code that I received
links-code-title = Enter the code
links-code-lead = If this number and this postal code go together, and the account has no login yet, a code is on its way to its e-mail address on file.
links-code-until = The code is valid until then: { $until }
links-code-submit = Link the account
links-code-expired = This code is not valid any more. Ask for another.
links-code-tried = This code was tried too often and will not do any more. Ask for another.
links-code-again = Ask for another code
links-code-nothing = We never say whether an account exists. This may be why nothing comes.
links-code-nothing-typed = The number or the postal code is not the right one.
links-code-nothing-login = The account has its login already: sign in with it.
links-sign-in = Sign in with your other login. The session of { $username } waits for you.
links-back = Back to { $username }
links-join-title = Link your accounts?
links-join-lead = The accounts of { $from } will open with { $to }.
links-join-nothing = { $from } has no account that could be linked.
links-join-moves = What comes
links-join-users = Keep their rights: { $users }
links-join-what = What will happen
links-join-what-one = You will open these accounts with { $to } and its password.
links-join-what-other = { $from } will open them no more. Its open sessions end.
links-join-what-keep = Bills, payments, saved cards and services stay as they are.
links-join-what-users = Your users keep their rights, which you give them again as { $to }.
links-join-else = What next
links-join-what-told = We write to the addresses of both logins. The link can be undone at any time.
links-join-stay = What stays
links-join-stay-text = These accounts stay with { $from }: you do not hold them, or that is not confirmed yet.
links-join-young = Linked a short time ago
links-join-young-text = These accounts came to { $from } from another login less than thirty days ago. To link them elsewhere before then, undo that link first.
links-join-submit = Link these accounts
links-open-ends = Invitations and changes of contact that are under way end; they can be sent or asked for again.
links-undo-title = Undo the link?
links-undo-lead-back = The account will open with { $username } again.
links-undo-lead-free = The account will have no login any more.
links-undo-here = The login that you are using will not open it any more.
links-undo-again = To open it again will take an activation e-mail, sent to the address on file, or another link.
links-undo-users = If the account has other users, their rights are suspended; whoever opens the account as its holder gives them back with one button.
links-undo-stays = Bills, payments and services stay as they are.
links-undo-submit = Undo the link
links-done-linked = Linked. We have written to you about it too.
links-done-back = The link is undone. The account opens with its former login again.
links-done-free = The link is undone. The account has no login any more.
links-done-same-login = That was the same login: there is nothing to link.
links-done-waited = The session that waited has ended. Begin again, if you want to link an account.
links-done-gone = This account got its login meanwhile.

link-undo-open-title = Was it not you?
link-undo-open-lead = The account was linked to another online login. If you had no part in it, undo the link.
link-undo-back-text = The account goes back to its former login. To be safe, that login is closed: we send you a link to choose a new password.
link-undo-free-text = The account will have no login, until you create one.
link-undo-submit = Undo the link
link-undo-undone-title = The link is undone
link-undo-undone-lead = The other login opens this account no more.
link-undo-undone-back = It is back with its former login. If you undid the link on this page, that login is closed until you choose a new password: look at your e-mail for the way there.
link-undo-undone-free = You can create your login whenever you like.
link-undo-elsewhere-title = The account has moved on since
link-undo-elsewhere-lead = The login that it was linked to opens it no more, so there is nothing that this page could undo. If you did not do this yourself, get in touch with us: we look at it with you.
link-undo-over-title = This link is more than thirty days old
link-undo-over-lead = It undoes nothing any more. Get in touch with us if something worries you.
link-undo-unknown-title = This link is incomplete
link-undo-unknown-lead = Your e-mail program may have cut it. Copy the whole address, to the last character.

## The home of several accounts
home-accounts = { $count ->
        [one] One account
       *[other] { $count } accounts
    }
home-bills = { $count ->
        [0] no bill due
        [one] one bill due
       *[other] { $count } bills due
    }
home-summary = { $accounts }, { $bills }
home-link = Link another account

prove-lead-unlink = Before a link is undone, we make sure that it is you.

## Activation
activation-signed-in = You are signed in: { $username }. You can add this account to your login; the same password will open them all.
activation-add-title = Add this account to your login?
activation-add = Add this account to my login
activation-another-title = A login of its own?
activation-another-text = You can also create another username for this account alone.
activation-another = Create another login
activation-has-title = You have a login already?
activation-has-text = Sign in: you can add this account to it, without another password.
activation-has-link = Sign in and add the account

## The e-mails
letter-links-accounts = Accounts
letter-links-from = Former login
letter-links-to = New login
letter-link-code-subject = Code to link your account at { $provider }
letter-link-code-text = Somebody wants to link your account to an online login. If it is you, enter this code.
letter-link-code-secret = Give this code to nobody, not even to somebody who says they work for us: we never ask for it.
letter-link-code-not-you = It is not you? Do nothing: without the code, nothing changes.
letter-account-linked-subject = An account now opens with your login at { $provider }
letter-account-linked-text = These accounts are linked to your login: one username and one password open them all.
letter-account-linked-manage = See your linked accounts
letter-account-moved-subject = Your accounts at { $provider } open with another login
letter-account-moved-text = Somebody signed in with your login and linked your accounts to another one. Your former login opens them no more.
letter-account-moved-not-you = It was not you? Undo the link: your accounts come back, and you choose a new password. This link works for thirty days.
letter-account-linked-file-subject = Your account at { $provider } is linked to an online login
letter-account-linked-file-text = Your account now opens with an online login that uses another e-mail address.
letter-account-linked-file-not-you = It was not you? Undo the link. This link works for thirty days.
letter-link-undone-subject = An account opens with your login at { $provider } no more
letter-link-undone-text = The link of this account to your login is undone.
letter-link-returned-subject = Your account at { $provider } opens with this login again
letter-link-returned-text = The link is undone: this account opens with your login again. If other people are users of it, give them their rights again.
letter-link-returned-since = The users and the contacts that the other login added are removed. If one of them is yours, add them again.
letter-link-free-subject = Your account at { $provider } has no login any more
letter-link-free-text = The link of this account is undone. You can create a login with an activation e-mail.
letter-link-free-button = Get an activation e-mail
letter-link-user-subject = Your rights on an account at { $provider } are suspended
letter-link-user-text = The login of the holder of this account has changed. Your rights come back as soon as the holder gives them to you again.
letter-link-user-ended-subject = Your access to an account at { $provider } has ended
letter-link-user-ended-text = You were given access to this account while it was linked to another online login. That link is undone, and your access has ended with it. If you still need it, ask the account holder to invite you.

## History
history-holder-linked = Account linked to a login
history-holder-unlinked = Link of the account undone
history-login-account-linked = Account linked from one login to another
history-login-account-unlinked = Link of an account undone
