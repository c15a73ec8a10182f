## At the door
door-lost = Forgotten your password or username?
door-locked = Too many tries in a row with that name. To keep it safe, it now opens a session only on devices where you have signed in before. To open it everywhere, choose a new password with “Forgotten your password or username?”, or call us.
door-busy = Many people are signing in at this moment. Wait a few seconds, then try again; nothing was counted against you.
door-code-late = Too much time has passed. Enter your name and your password again.

## The code on a new device
door-code-title = Enter the code from your e-mail
door-code-lead = This is the first time that you sign in on this device. The code makes us sure that it is you; next time the password is enough.
door-code-look = The code that we sent to { $address } is valid until { $until }
door-code-submit = Sign in
door-code-expired = That code is not valid any more: it is more than fifteen minutes old. Ask for another one.
door-code-tried = That code was tried too often and does not work any more. Ask for another one.
door-code-too-many = Many codes have been sent in the last hour. Enter the newest one, or wait an hour.
door-code-demo = In the demonstration, the e-mail is here
door-code-help = You no longer read that address?
door-code-help-call = Call us at { $telephone }: we will see with you how to open your login again.
door-code-help-write = Contact us: we will see with you how to open your login again.

## This was not me
not-me-open-title = Was it not you?
not-me-open-lead = Somebody signed in as you on a device that we did not know.
not-me-open-after = If it was not you, press here. All sessions will end, the old password will open nothing any more, and we will at once send you a link to choose another one. Your services and your bills do not change.
not-me-open-you = If it was you, do nothing: simply close this page.
not-me-submit = It was not me: close everything
not-me-used-title = Everything is closed
not-me-used-lead = The sessions have ended and the old password opens nothing any more. We have sent you a link to choose a new password; it is valid for one hour.
not-me-used-again = The link is not valid any more? Ask for another one
not-me-used-step = Your login has a second step, which stays. If it was not you who set it up, we take it off on proof of who you are:
not-me-used-step-link = have the second step taken off
not-me-over-title = This link is of no use any more
not-me-over-lead = The e-mail is more than thirty days old, or everything was closed since. If you are in doubt, choose a new password: all sessions will end.
not-me-unknown-title = This link is not complete
not-me-unknown-lead = Your mail program may have cut it. Copy the whole address, to the last character.
not-me-recover = Choose a new password

## What was forgotten
recover-password-title = Choose a new password
recover-password-lead = Tell us who you are: we will send a link to your e-mail address.
recover-password-name = Username, client identifier or e-mail
recover-password-name-hint = The client identifier is at the top right of your bills.
recover-password-submit = Send the link
recover-password-empty = Enter your username, client identifier or e-mail.
recover-password-sent = If there is a login with that name, an e-mail has gone to its address. It usually arrives within a minute; look among the junk too. The link is good once and for one hour.
recover-names-title = Find your username
recover-names-lead = Enter the e-mail address of your login: we will send your username and client identifier there.
recover-names-name = E-mail address
recover-names-name-hint = The one that you gave when you created your login.
recover-names-submit = Send my names
recover-names-empty = Enter a complete address, such as name@example.ca.
recover-names-sent = If there are logins with that address, an e-mail with their names has just gone there. It usually arrives within a minute; look among the junk too.
recover-to-names = Forgotten your username?
recover-to-password = Is it the password that you forgot?
recover-to-sign-in = Sign in
recover-help-call = Nothing comes, or you no longer read that address? Call us at { $telephone }.
recover-help-write = Nothing comes, or you no longer read that address? Contact us.
recover-choose-title = Choose a new password
recover-choose-lead = As soon as it is chosen, the old one opens nothing any more and all sessions end, everywhere.
recover-choose-submit = Keep this password
recover-over-title = This link is of no use any more
recover-used = This link was used already. Sign in with the new password, or ask for another link.
recover-over = This link is more than an hour old, or a newer one was sent to you. Take the newest e-mail, or ask for another link.
recover-unknown = This link is not complete. Copy the whole address, to the last character, or ask for another link.
recover-again = Ask for another link
recover-done = Your new password is chosen. Sign in.

## Staff
staff-locks-title = Unlock a login
staff-locks-lead = After too many tries in a row, a login opens no session on a new device. Make sure who you are speaking with, then say how. The person is told by e-mail.
staff-locks-name = Client identifier, account number or username
staff-locks-reason = What you have checked
staff-locks-questions = The person answered the questions correctly
staff-locks-call-back = Called back at the telephone number on file
staff-locks-document = Identity document seen
staff-locks-submit = Unlock
staff-locks-empty-name = Enter an identifier, an account number or a username.
staff-locks-none = No locked login has that name: check it. It may be unlocked already.
staff-locks-lifted = The login is unlocked.

## A device
device-on = { $browser } on { $system }
device-unknown = A device that we did not recognise

## The e-mails
letter-username = Username
letter-recover-link = Choose a new password
letter-not-me-button = This was not me
letter-password-button = Choose a password
letter-new-sign-in-subject = A session was opened on a new device
letter-new-sign-in-text = Somebody has just signed in to your customer centre at { $provider } on a device that we did not know.
letter-new-sign-in-when = When
letter-new-sign-in-device = Device
letter-new-sign-in-from = Network address
letter-new-sign-in-you = If it was you, there is nothing to do.
letter-new-sign-in-not-you = If it was not you, open this link. You can end all sessions there and choose a new password.
letter-sign-in-code-subject = Your code to sign in at { $provider }
letter-sign-in-code-text = Enter this code to sign in on a new device.
letter-sign-in-code-not-you = If it is not you, somebody knows your password. Without this code no session opens; choose a new password right away all the same.
letter-login-locked-subject = Your login at { $provider } is protected: too many tries
letter-login-locked-text = Too many wrong passwords were tried in a row for your login. To keep it safe, it now opens a session only on devices where you have signed in before; you can go on using it there.
letter-login-locked-how = To sign in on any device again, choose a new password. If you tried nothing yourself, nobody got in: the password was not found.
letter-login-unlocked-subject = Your login at { $provider } is unlocked
letter-login-unlocked-text = Our customer service has unlocked your login. You can sign in on any device again.
letter-password-link-subject = Choose a new password at { $provider }
letter-password-link-text = A new password was asked for, for your login. Choose it with this link; it is good once and for one hour.
letter-password-link-doubt = You asked for nothing? Then do nothing: as long as nobody uses this link, nothing changes.
letter-login-closed-subject = Your sessions at { $provider } have ended
letter-login-closed-text = You told us that a session was not yours. All sessions have ended, and the old password opens nothing any more. Choose a new one with this link; it is good once and for one hour.
letter-login-closed-doubt = If you use the same password elsewhere, change it there too. If others may be reading your e-mail, change its password first.
letter-password-changed-subject = Your password at { $provider } was changed
letter-password-changed-text = A new password was chosen for your login with a link that was sent to this address. All sessions have ended.
letter-password-changed-unlocked = Your login is unlocked too: it opens a session on any device again.
letter-password-changed-doubt = If it was not you, somebody may be reading your e-mail: change its password, then choose a new one here.
letter-login-names-subject = Your usernames at { $provider }
letter-login-names-text = These are the names with which you can sign in.
letter-login-names-doubt = You asked for nothing? Then do nothing: these names went to this address alone.
