## The second step at the door
step-title = Confirm that it is you
step-lead-totp = Your password is right. Now open the authenticator app on your phone and enter the code that it shows.
step-lead-recovery = Your password is right. Now enter one of the recovery codes that you kept. Each one works once.
step-code-totp = Code from the app
step-code-totp-hint = Six digits. They change every 30 seconds.
step-code-recovery = Recovery code
step-code-recovery-hint = Ten letters and digits, such as abcde-fgh23. Capitals and the hyphen do not matter.
step-remember = Do not ask again on this device for { $days } days
step-remember-hint = Only on a device that nobody else uses.
step-submit = Continue
step-others = You cannot enter this code?
step-other-totp = Use the authenticator app
step-other-recovery = Use a recovery code
step-none = I have none of these any more
step-help-call = Call us at { $telephone } if you are stuck. We never ask for one of these codes.
step-help-write = Contact us if you are stuck. We never ask for one of these codes.
step-empty-totp = Enter the six digits that the app shows.
step-empty-recovery = Enter one of your recovery codes.
step-wrong-totp = That is not the code. Enter the one that the app shows right now. If it is always refused, look whether the clock of your phone sets itself.
step-wrong-recovery = That is none of your unused recovery codes. Each one works once; only those of the newest list are good.
step-used = That code was used already. Wait until the app shows the next one: 30 seconds at most.
step-wait = Too many wrong codes. To protect you, no code of this kind is taken before { $at } on any device. Your password stays as it is.

## Fresh proof
prove-lead-totp = Before an authenticator app is set up, we make sure that it is you.
prove-lead-totp-off = Before the authenticator app is turned off, we make sure that it is you.
prove-lead-codes = Before new recovery codes are made, we make sure that it is you.

## Your second step
steps-title = Two-step verification
steps-part = A code from your phone beside your password: whoever learns the password still does not get in.
steps-link = See or change it
steps-lead = With a second step, your password alone no longer opens your login.
steps-now = How safe your login is
steps-safety-off = Your password alone protects your login. Whoever learns it could see your bills and act in your name.
steps-next-off = What to do: set up an authenticator app below. It takes two minutes and costs nothing.
steps-safety-few = Your login is well protected: your password alone does not open it. But few recovery codes are left, and without them a lost phone locks you out.
steps-next-few = What to do: make new recovery codes now, and keep them where you will find them without your phone.
steps-safety-on = Your login is well protected: your password alone does not open it.
steps-next-on = Nothing to do. Keep your recovery codes where you will find them without your phone.
steps-remembered = When you sign in, you can have the step left out on a device of yours for { $days } days. A new password, or any change here, ends that on all devices.
steps-check-off = Off: your password alone opens your login. A second step is the best protection there is.
steps-check-off-action = Turn it on
steps-check-on = On: your password alone does not open your login.
steps-check-few =
    { $count ->
        [0] On, but no recovery code is left. If you lose your phone, only a request with identity documents lets you back in.
        [one] On, but one recovery code alone is left.
       *[other] On, but only { $count } recovery codes are left.
    }
steps-check-few-action = Make new codes
steps-app = Authenticator app
steps-app-text = An app on your phone that shows a new code every 30 seconds, also without a network.
steps-app-on = On
steps-app-off = Off
steps-app-since = Set up on { $at }
steps-app-begin = Set up an authenticator app
steps-app-again = Set it up on another phone
steps-app-turn-off = Turn it off
steps-codes = Recovery codes
steps-codes-text = For the day when your phone is lost, broken or new.
steps-codes-left =
    { $count ->
        [0] No code is left.
        [one] One code is left.
       *[other] { $count } codes are left.
    }
steps-codes-new = Make new codes
profile-done-step-on = The authenticator app is set up. An e-mail confirms it.
profile-done-step-off = The authenticator app is turned off. An e-mail confirms it.
profile-done-step-codes-made = New codes were made a moment ago, and were shown once. If you do not have them, make others.

## The authenticator app is set up
steps-totp-title = Set up an authenticator app
steps-totp-lead = Any authenticator app will do: the one of your phone or of your password manager, Google Authenticator, Microsoft Authenticator and many others.
steps-totp-over = There is no picture to scan: it was used, or it is more than an hour old.
steps-totp-begin = Show a picture
steps-totp-scan = 1. Scan this picture with the app
steps-totp-scan-text = In the app, choose to add an account, then point the camera here. Show this picture to nobody.
steps-totp-qr = QR code for your authenticator app. The same stands below it as text.
steps-totp-text = You cannot scan it, or you are on your phone? Enter this key in the app:
steps-totp-code = 2. Enter the code that the app shows
steps-totp-replaces = With it, the codes of the app that you have now will be good no more.
steps-totp-submit = Turn it on
steps-totp-wrong = That is not the code. Enter the one that the app shows right now for this login; if it is always refused, scan the picture again and look whether the clock of your phone sets itself.

## It is turned off
steps-off-title = Turn the authenticator app off?
steps-off-last = It is your only second step: from then on, your password alone opens your login.
steps-off-others = Your other second step stays on.
steps-off-short = Your password has fewer than 15 characters, which is too short without a second step. Choose a longer one first.
steps-off-longer = Change the password
steps-off-codes = Your recovery codes will be good no more.
steps-off-phone = You have another phone? There is no need to turn anything off: set the app up on the new one, and it takes the place of the old one.
steps-off-submit = Turn it off
steps-off-keep = Keep it

## Recovery codes
steps-codes-title = Your recovery codes
steps-codes-once = Print this page or save the file now: these codes are shown once and never again. With one of them you get in when your phone is lost.
steps-codes-keep = Keep them on paper or in a password manager, not on your phone alone. Each code works once. We never ask for them, neither by e-mail nor by telephone.
steps-codes-download = Save as a file
steps-codes-done = I have kept them
steps-codes-lead = Ten new codes take the place of those that you have, which will be good no more.
steps-codes-submit = Make ten new codes
steps-codes-file = Recovery codes of { $username } at { $provider }. Each one works once.
steps-codes-file-name = recovery-codes.txt

## A lost second step
documents-step-title = Have the second step taken off with an identity document
documents-step-lead = For anyone who has lost their phone and their recovery codes. A person looks at your request; you have an answer within { $hours } hours.
documents-step-story-hint = A few words are enough: a phone that was lost, stolen or replaced, codes that cannot be found.
documents-step-email = Your e-mail address
documents-step-email-hint = Where we answer you. For your safety, the link that takes the step off goes to the e-mail address of your login, and nowhere else.
documents-step-open-title = Take the second step off?
documents-step-open-lead = Your request is accepted. Press here and your login is opened by your password again, without a second step.
documents-step-open-after = All sessions end, and your recovery codes are good no more. Set up a new second step as soon as you have signed in.
documents-step-open-submit = Take the second step off
documents-step-over = This link was used, is more than five days old, or somebody objected to the request.
documents-step-done = The second step is taken off. Sign in with your password, then set up a new one under Security.
documents-step-short = The second step is taken off. Without it, your password is too short: choose a new one under “Forgotten your password or username?”.
staff-recoveries-lost = What is lost, and the second step on file
staff-recoveries-lost-email = Both e-mail addresses
staff-recoveries-lost-step = The second step
staff-recoveries-step-on = On
staff-recoveries-step-off = Off

## Letters
letter-step-button = See my recovery codes
letter-step-not-you = If it was not you, somebody may know your password: choose a new one now, all sessions will end, then look at Security in your customer centre. Does it ask for a code that you do not have? Whoever got in set up a second step of their own: “I have none of these any more” has it taken off.
letter-step-on-subject = { $provider }: your login has a second step
letter-step-on-text = An authenticator app was just set up for your login. When you sign in, its code is asked for beside your password.
letter-step-off-subject = { $provider }: your second step is turned off
letter-step-off-text = The authenticator app of your login was just turned off.
letter-step-app-subject = { $provider }: another authenticator app for your login
letter-step-app-text = Another authenticator app has just taken the place of the one that you had. Codes of the earlier one are not taken any more.
letter-step-app-off-subject = { $provider }: your authenticator app is turned off
letter-step-app-off-text = The authenticator app of your login has just been turned off. Your login keeps another second step.
letter-step-codes-subject = { $provider }: you have new recovery codes
letter-step-codes-text = New recovery codes were just made for your login. The codes of before are good no more.
letter-step-code-left = Codes left
letter-step-code-used-subject = { $provider }: a recovery code was used
letter-step-code-used-text = Somebody who knows your password has just used one of your recovery codes in the place of your second step.
letter-step-code-used-next = It was you? Make new codes before the last one is used, and set up the authenticator app on your new phone if you have one.
letter-step-guessed-subject = { $provider }: wrong codes for your login
letter-step-guessed-text = Somebody who knows your password typed several wrong codes for your second step. Nobody got in with them, and no more codes are taken for a while.
letter-step-guessed-you = It was you? Wait a quarter of an hour, then try again; a recovery code is taken meanwhile.
letter-step-lost-subject = { $provider }: your second step was taken off
letter-step-lost-text = As was asked for with identity documents, the second step of your login was taken off, with its recovery codes. All sessions have ended.
letter-step-lost-next = Sign in with your password, then set up a new second step.
letter-recovery-asked-step-text = We have received your request to have the second step of a login taken off.
letter-recovery-told-step-subject = Somebody asks to have the second step of your login at { $provider } taken off
letter-recovery-told-step-text = Somebody tells us that they have lost the second step of your login, and asks with identity documents to have it taken off. Nothing has changed.
letter-recovery-going-step-text = The request to have the second step of your login taken off is accepted. A link was sent to the e-mail address of your login; as soon as it is used, your password alone opens your login.
letter-recovery-waits-step-next = Without an objection, the link is then sent to the e-mail address of your login.
letter-recovery-step-accepted-subject = Your request to { $provider } is accepted
letter-recovery-step-accepted-text = Your documents convinced us. With this link you take the second step of your login off.
letter-recovery-step-accepted-once = The link works once. Pass it on to nobody. If you asked for nothing, object with the link of our other e-mail.
letter-recovery-step-button = Take the second step off
letter-recovery-step-sent-subject = Your request to { $provider } is accepted
letter-recovery-step-sent-text = Your request is accepted. For your safety, the link was sent to the e-mail address of your login, and not here.
letter-recovery-step-sent-next = You no longer read that address? Then ask first for your login to be reopened with another one.
