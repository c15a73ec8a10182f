## The staff's second step (SEC-3)
staff-step-title = Second step
staff-step-lead = { $name }, your password is right. Now enter the code of your authenticator app.
staff-step-code = Code of your app, or a recovery code
staff-step-code-hint = Six digits; a recovery code has ten letters and digits and works only once.
staff-step-empty = Enter the code.
staff-step-wrong = That code is not right. Wait for the next one of your app, and check that your phone sets its clock by itself.
staff-step-used = That code was just used. Wait for the next one: it appears within 30 seconds.
staff-step-wait = { $count ->
    [one] Too many tries. Wait a minute, then try again. A recovery code opens all the same.
   *[other] Too many tries. Wait { $count } minutes, then try again. A recovery code opens all the same.
}
staff-step-demo = Demonstration: the code of these made-up employees is among the messages sent
staff-step-lost-title = Your phone is gone?
staff-step-lost = Enter one of your recovery codes. If you no longer have them, an administrator of Guichet at your company can take your second step off after making sure that it is you.
staff-step-other = Close this session
staff-setup-title = Add a second step
staff-setup-lead = The password alone opens nothing here. An authenticator app on your phone will give you a code each time you sign in.
staff-setup-scan-title = Read the picture with your app
staff-setup-scan = In an authenticator app, choose to add an account and point at this picture.
staff-setup-picture = Picture to be read with an authenticator app; the key is also written below
staff-setup-by-hand = Your app does not read the picture? Add the account by hand:
staff-setup-account = Account
staff-setup-secret = Key
staff-setup-code = The code that your app shows
staff-setup-code-hint = Six digits
staff-setup-wrong = That code is not of this key. Check that your phone sets its clock by itself, then enter the code that it shows now.
staff-setup-submit = Turn the second step on
staff-setup-why-title = Why?
staff-setup-why = Your pages show the data of many customers. A stolen password must not be enough to open them.
staff-new-codes-title = Keep your recovery codes
staff-new-codes-lead = The second step is on. These ten codes let you in if you lose your phone; each works once.
staff-new-codes-file = Download the codes
staff-new-codes-once = They will not be shown again. Print them or keep them in a password manager, not on the same phone.
staff-new-codes-next = I kept them, continue
staff-codes-title = Recovery codes
staff-codes-file = Recovery codes for the staff desk of { $provider }, { $email }. Each works once.
staff-codes-left = { $count ->
    [0] You have no recovery code left.
    [one] You have one recovery code left.
   *[other] You have { $count } recovery codes left.
}
staff-codes-few = You have few left: make new ones.
staff-codes-new-title = Make new codes
staff-codes-new-text = The new codes take the place of all the old ones. An e-mail confirms it.
staff-codes-submit = Make new codes
staff-codes-phone-title = A new phone
staff-codes-phone = Ask an administrator of Guichet at your company to take your second step off: at your next sign-in you will add it on the new phone.
staff-steps-title = The staff's second step
staff-steps-lead = Nobody reaches anything without a second step. Whoever lost their phone and their recovery codes needs you.
staff-steps-people = The staff and their second step
staff-steps-state = Second step
staff-steps-on = On
staff-steps-off = Not yet
staff-steps-reset-title = Take a lost second step off
staff-steps-reset-text = First make sure who is speaking to you: a thief would ask for the same. The person is signed out everywhere, told by e-mail, and adds a second step at their next sign-in.
staff-steps-reason = How you made sure who it is
staff-steps-in-person = The person stands before me
staff-steps-call-back = Called back at the number that the company has on file
staff-steps-video = Seen on video, recognised
staff-steps-submit = Take the second step off
staff-steps-done = The second step is off. The person is told.
staff-steps-own = Nobody takes their own second step off: ask another administrator of Guichet.
staff-steps-unknown = None of the staff has that address. Check it in the list.

## The e-mails to the staff
letter-staff-step-on-subject = The second step of your access at { $provider } is on
letter-staff-step-on-text = An authenticator app was added to your access to the staff desk (time: { $at }). You will be asked for a code each time you sign in.
letter-staff-step-on-doubt = It was not you? Somebody knows your password: speak at once to the person who administers Guichet at your company.
letter-staff-step-codes-subject = New recovery codes for your access at { $provider }
letter-staff-step-codes-text = New recovery codes were made (time: { $at }). The old ones open nothing any more.
letter-staff-step-codes-doubt = It was not you? Speak at once to the person who administers Guichet at your company.
letter-staff-step-code-used-subject = A recovery code of your access at { $provider } was used
letter-staff-step-code-used-text = On { $at }, one of your recovery codes was used to sign in. It is used up.
letter-staff-step-code-used-doubt = Was it not you? Somebody knows your password and has your codes: speak at once to whoever administers Guichet at your place.
letter-staff-step-guessed-subject = Somebody is trying codes for your access at { $provider }
letter-staff-step-guessed-text = Several wrong codes in a row were entered after your password (time: { $at }). No others are taken for the moment.
letter-staff-step-guessed-doubt = It was not you? Somebody knows your password: ask the person who administers Guichet at your company for a new link, and choose another one.
letter-staff-step-reset-subject = The second step of your access at { $provider } was taken off
letter-staff-step-reset-text = Your second step and your recovery codes were taken off, and your sessions have ended (time: { $at }). You will add a new second step at your next sign-in.
letter-staff-step-reset-doubt = You did not ask for it? Speak at once to the person who administers Guichet at your company, before you sign in.
