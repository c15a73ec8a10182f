## At the door
passkey-sign-in = Sign in with a passkey
passkey-busy = Follow what your device asks you to do.
passkey-cancelled-get = Nothing was opened: the request was cancelled, took too long, or this device has no passkey for this site. Try again, or use your password.
passkey-cancelled-create = Nothing was added: the request was cancelled or took too long. Press again when you are ready.
passkey-known = There is a passkey of yours on this device already. It works as it is; you need no other one here.
passkey-unfit = This device or key does not fit: it has to be able to make sure that it is you, by finger, face or a PIN. Set a PIN on the key first, or take another device.
passkey-failed = We could not finish. Check your connection and try again; nothing has changed.
passkey-over = Too much time has passed, or the request was used already. Press again: nothing has changed.
passkey-unknown = This passkey opens nothing here. Perhaps you removed it from your login while the device still keeps it. Enter your name and your password; you can add a passkey afterwards.
passkey-not-yours = This passkey is not one of yours, or the device could not make sure that it is you. Try another one, or choose another way.
passkey-use = Use a passkey
step-lead-passkey = Your password is right. Now show with a passkey that it is you, by the finger, the face or the PIN of your device.
step-other-passkey = Use a passkey
step-others-passkey = You cannot use a passkey here?
step-empty-passkey = Press the button to use your passkey, or choose another way.
step-wrong-passkey = Press the button to use your passkey, or choose another way.
passkey-doubted = This passkey opens nothing by itself any more, since you told us that it was not you. Enter your name and your password.
passkey-copied = To keep you safe, nothing was opened: there may be a copy of this passkey. We have just written to you what to do. Sign in another way.
passkey-no-scripts = For passkeys your browser has to run JavaScript. Allow it for this site, or go on with your password: nothing else here needs it.
passkey-no-browser = This browser does not know passkeys. A recent browser on a phone, a tablet or a computer does.
passkey-no-address = The address of this site does not allow passkeys: browsers take them only on a site with a name and over a protected connection (https). Your password works as before.

## Your passkeys
passkeys-title = Passkeys
passkeys-lead = Sign in by the finger, the face or the PIN of your device. Nothing to remember, and nothing that a false site could take from you.
passkeys-yours = Your passkeys
passkeys-none = You have none yet.
passkey-is-good = Active
passkey-is-doubted = After the password only
passkey-used = Added on { $added }, last used on { $used }
passkey-unused = Never used; added on { $added }
passkey-copies = Your password manager keeps a copy of it: other devices of yours may have it too.
passkey-alone = It is on one device alone.
passkey-doubted-text = It was added shortly before you told us that it was not you: it opens nothing without your password any more. If it is not yours, remove it; if it is, remove it and add it again.
passkey-manage = Rename or remove
passkey-add-title = Add one
passkey-add-text = On the device in your hands, or on a security key that you plug in. Your device will ask for your finger, your face or its PIN.
passkey-add = Add a passkey
passkey-add-proof = We make sure first that it is you.
passkey-name = Name of this passkey
passkey-name-hint = To tell it from others, such as “Phone” or “Blue key”. Without a name we write that of your browser.
passkey-name-empty = Give this passkey a name.
passkeys-full = You have twenty passkeys, the most that we keep. Remove one to add another.
passkeys-about = Good to know
passkeys-about-where = Your fingerprint and your face stay in your device: we never receive them.
passkeys-about-step = As soon as you have one, your password alone no longer opens your login: a passkey, or another second step, is asked for after it. The passkey alone is enough.
passkeys-about-several = Add one on each device that you use: losing one does not lock you out.
passkeys-no-codes = If you lose your devices, nothing lets you back in yet. Make recovery codes and keep them in a safe place.
passkeys-about-lost = A device is lost or sold? Remove its passkey here; from that moment it opens nothing.
passkeys-about-never = A passkey works on this site alone. None of our people will ever ask you to use it elsewhere, or to read a code aloud.
passkey-title = A passkey
passkey-rename-title = Its name
passkey-rename = Keep this name
passkey-remove-title = Remove it
passkey-remove-text = This passkey will open nothing any more, on no device. Your other passkeys stay.
passkey-remove-last = It is your only passkey. If you have no other second step, your password alone will open your login again.
passkey-remove-device = Your device may go on showing it: delete it in its settings too.
passkey-remove = Remove this passkey
profile-done-passkey-added = The passkey is added. An e-mail confirms it.
profile-done-passkey-renamed = The name is changed.
profile-done-passkey-removed = The passkey is removed: it opens nothing any more. An e-mail confirms it.
profile-done-passkey-gone = That passkey was removed already.
prove-lead-passkeys = Before your passkeys are changed, we make sure that it is you.
security-passkeys-text = To sign in without a password, by the finger, the face or the PIN of your device.
security-passkeys-count = { $count ->
    [0] You have none yet.
    [one] You have one.
   *[other] You have { $count }.
}
security-passkeys-link = See and add passkeys

## The e-mails
letter-passkey-name = Passkey
letter-passkey-page = See your passkeys
letter-passkey-not-you = If it was not you, open this link. You can end all sessions there; passkeys added in the last thirty days will open nothing by themselves any more, and you will choose a new password.
letter-passkey-added-subject = A passkey was added to your login at { $provider }
letter-passkey-added-text = A passkey has just been added. It signs in to your customer centre at { $provider } without a password.
letter-passkey-removed-subject = A passkey was removed from your login at { $provider }
letter-passkey-removed-text = A passkey has just been removed from your login at { $provider }. It opens nothing any more.
letter-passkey-copied-subject = One of your passkeys at { $provider } was refused
letter-passkey-copied-text = One of your passkeys was used in a way that is mostly possible only if there is a copy of it. To keep you safe, nothing was opened.
letter-passkey-copied-do = If it was you who tried, for example after restoring a device: sign in another way, remove this passkey and add it again.
letter-passkey-copied-not-you = If it was not you, somebody may have copied your passkey: remove it soon. This link ends all sessions and leads to a new password.
letter-passkeys-doubted-subject = Your recent passkeys at { $provider } are not enough any more
letter-passkeys-doubted-text = You told us that it was not you. So the passkeys that were added in the thirty days before open nothing by themselves any more, for somebody else may have put them there. They are still asked for after your password.
letter-passkeys-doubted-do = After you have chosen a new password, remove those that are not yours. If you are asked for a passkey that you do not have, choose “I have none of these any more”: we will see with you how to open your login again.
