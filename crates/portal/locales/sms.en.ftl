## Codes by text message (SEC-3)
sms-code = { $provider }: your code is { $code }. It works for 10 minutes. Give it to nobody, not even us.
step-lead-sms = Your password is right. Now enter a code that you get by text message.
step-code-sms = Code that you got by text message
step-code-sms-hint = Eight digits
step-other-sms = Get a code by text message
step-empty-sms = Enter the eight digits of the message.
step-wrong-sms = That is not the right code, or it is more than ten minutes old. Enter the one of the newest message, or ask for another.
sms-ask = We will send a code to your phone { $number }.
sms-sent-to = A code was sent to your phone { $number } (works until { $until }).
sms-send = Send me a code
sms-again = Send me another code
sms-notice-sent = A code is on its way to your phone.
sms-notice-just = A code was just sent. Wait a minute before you ask for another.
sms-notice-later = Too many text messages were asked for. Wait a little, or use another way.
sms-notice-never = No text message can be sent to that phone. Use another way.
sms-no-number = That is no telephone number. Write all of it, as 514-555-0100.
sms-extension = No text message reaches an extension. Enter a number that gets text messages.
sms-country = We send no text messages to that country. Enter a number from here, or set up an authenticator app.
sms-costly = We send no text messages to that kind of number. Enter that of a mobile phone.
sms-wait =
    { $count ->
        [one] Too many text messages were asked for. Wait a minute, then try again.
       *[other] Too many text messages were asked for. Wait { $count } minutes, then try again.
    }
sms-full =
    { $count ->
        [one] We cannot send text messages right now. Try again in a minute, or set up an authenticator app.
       *[other] We cannot send text messages right now. Try again in { $count } minutes, or set up an authenticator app.
    }
sms-none = We send no text messages. Set up an authenticator app.
sms-title = Codes by text message
sms-lead = A code of eight digits is sent to you each time you sign in. An authenticator app is safer: a telephone number can be stolen.
sms-number-title = Your phone
sms-number-other = Another number, or another code
sms-number = Mobile phone number
sms-number-hint = As 514-555-0100. It is used for these codes alone.
sms-replaces = It takes the place of the phone { $number } once it is confirmed.
sms-number-submit = Send a code to this number
sms-code-title = Enter the code that you got
sms-waits = A code was sent to { $number } (works until { $until }).
sms-over = The code that was sent to { $number } does not work any more. Ask for another one below.
sms-confirm = Turn on
sms-off-title = Turn codes by text message off?
sms-off-number = The phone { $number } will get no more codes, and its number is deleted.
sms-off-submit = Turn them off
sms-off-keep = Keep them
steps-sms = Codes by text message
steps-sms-text = A code sent to your phone. Less safe than an app, but much better than a password alone.
steps-sms-number = Sent to the phone { $number }
steps-sms-begin = Get codes by text message
steps-sms-change = Change the number
steps-sms-turn-off = Turn them off
prove-lead-sms = Before you change where your codes go, we make sure that it is you.
prove-lead-sms-off = Before you turn codes by text message off, we make sure that it is you.
profile-done-step-sms-on = Codes by text message are on. An e-mail confirms it.
profile-done-step-sms-off = Codes by text message are off. An e-mail confirms it.

## The e-mails
letter-step-sms-on-subject = { $provider }: codes by text message protect your access
letter-step-sms-on-text = A phone was just confirmed for your access. When you sign in, a code sent to this phone is asked for besides the password.
letter-step-sms-off-subject = { $provider }: codes by text message are off
letter-step-sms-off-text = The codes by text message of your access were just turned off, and the telephone number was deleted.
