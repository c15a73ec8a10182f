## Fresh proof before an important act
prove-lead-details = Before what we have on file is changed, we make sure that it is you. What you typed is kept.
prove-lead-password = Before your password is changed, we make sure that it is you.
prove-lead-move = Before the accounts of this login go to another one, we make sure that it is you.
prove-contact = We have neither a telephone nor a backup e-mail for you. After the code you will therefore have to wait 72 hours, in which whoever reads that address can stop it all. After that, your password is enough.
prove-contact-password = After the code you can choose a new password.
prove-waits = The code is right. Come back from { $until } on: your password will be enough then.
prove-waits-text = We have written to { $address } to say so, with a button that stops it all. What you typed is kept. You have seven days to go on.
prove-waits-stop = Stop it all
prove-waited = The 72 hours are over. Enter your password to go on.
prove-send-telephone = Send the code to the telephone { $to }
prove-send-backup = Send the code to { $to }
prove-wrong = That is not the right code. Take the newest one; you have { $count ->
        [one] one try
       *[other] { $count } tries
    } left.
prove-help = Can’t receive a code?
prove-help-call = Call us at { $telephone }: an agent makes sure who you are and reads you a code.
prove-help-write = Contact us: an agent makes sure who you are and reads you a code.
prove-agent-link = I have a code from customer service
prove-agent-code = Code that the agent read to you
prove-agent-none = That code is not right, or not any more. Ask the agent for another one.
profile-proven = It is you, thank you. Here is what you had typed: check it and save it.
profile-done-proof-stopped = It is stopped: nothing changes without another proof.
security-proof = A proof is waiting
security-proof-text = Somebody entered your password and a code from your contact e-mail. From { $at } on, your password is enough to change what is protected. If it was not you, stop it and change your password.
security-proof-waits = Waiting
security-proof-action = See or stop it

## The page of the link
address-proof-open-title = Stop it all?
address-proof-open-lead = Somebody signed in with your login, knows your password and entered a code that went to your address. If it was not you, stop it all: nothing will change.
address-proof-submit = Stop it all
address-proof-open-else = If it was you, do nothing: simply close this page.
address-proof-done-title = It is stopped
address-proof-done-lead = Nothing was changed. If it was not you who asked, somebody knows your password and may be reading your e-mail: choose a new password now; all sessions will end.
address-proof-over-title = There is nothing to stop any more
address-proof-over-lead = The wait is over: the proof was used, is not good any more, or the password was changed since.

## E-mails
letter-proof-waits-subject = In 72 hours, your login can be changed
letter-proof-waits-text = Somebody signed in with your login and gave your password and the code that we sent here, to change something important. As we have neither a telephone nor a backup e-mail for you, nothing changes for 72 hours.
letter-proof-waits-from = From
letter-proof-waits-then = If it was you, come back to this page then: your password will be enough, for seven days.
letter-proof-waits-go-on = Go on
letter-proof-waits-not-you = If it was not you, stop it all now, then choose a new password.
letter-proof-waits-stop = Stop it all
letter-caller-checked-subject = An agent gave you a code
letter-caller-checked-text = Somebody called us about your login. An agent made sure who it was and read out a code which, with your password, lets them change what is protected.

## The staff
staff-checks-title = Prove who is calling
staff-checks-lead = For a customer who wants to change something important and whom neither a telephone nor a backup e-mail reaches. Make sure first who is calling. The code is shown once; read it out, and write it nowhere.
staff-checks-submit = Make the code
staff-checks-code = Code to read out
staff-checks-code-text = Until { $until } it works once, with the customer’s password. On the page that asks for the proof, the customer chooses “I have a code from customer service”. An e-mail tells them.
staff-checks-again = Check somebody else
staff-checks-nobody = No login bears that name.
staff-checks-step = That login has a second step, and it alone counts. Where it is lost, the way is that of identity documents.
history-login-caller-checked = An agent made sure who was calling
history-login-proof-stopped = Proof stopped
history-login-proof-waits = Proof waiting for 72 hours
staff-recent = Changed lately
staff-recent-text = What was changed on file and in the login in the last 90 days, with the value before. Where that is recent, compare with it as well.
staff-recent-at = When
staff-recent-before = Before
staff-recent-after = Now
staff-recent-set = Set
staff-recent-removed = Removed
