## Signing in
sign-in-title = Sign in
sign-in-lead = Your bills, your services and your payments are here.
sign-in-name = Username, client identifier or e-mail
sign-in-name-hint = The client identifier is at the top right of your bills. An e-mail address works once confirmed.
sign-in-password = Password
sign-in-submit = Sign in
sign-in-new-title = First time here?
sign-in-new-text = Create your login with a bill at hand: all it takes is the account number and the postal code.
sign-in-new-link = Create a login

## Signing up, first step
sign-up-account-title = Let’s find your account
sign-up-account-lead = Two things are enough. Both are printed on your bill.
sign-up-account-number = Account number
sign-up-account-number-hint = Digits only; spaces are fine.
sign-up-postal-code = Postal code
sign-up-postal-code-hint = That of the address where you get the service. For a mobile phone, that of your billing address.
sign-up-holder-only = Only the account holder can register here, and can then give access to others.
sign-up-continue = Continue
sign-up-where = Where to find them
sign-up-where-drawing = Drawing of the top of a bill: the account number is at the top right, the postal code at the end of the service address, on the left.
sign-up-where-number = The account number is at the top right of every bill.
sign-up-where-code = The postal code ends the service address.
sign-up-corner-number = Account number
sign-up-corner-address = Service address
sign-up-no-account = No account with us yet?
sign-up-become = Become a customer online
sign-up-have-login = Already have a login?
sign-up-to-sign-in = Sign in

## Signing up, second step
sign-up-login-title = Choose your login
sign-up-login-lead = You will sign in with this name and this password.
sign-up-login-account = Account
sign-up-username = Username
sign-up-username-hint = 8 to 50 characters: letters, digits, dot, hyphen or underscore.
sign-up-username-forever = This name can never be changed. To have another one, you would have to delete the login and create a new one.
sign-up-proposals = These names are free:
sign-up-email = E-mail address
sign-up-email-hint = We write to it when a bill is ready, and if anything concerns your login.
sign-up-password = Password
sign-up-password-again = Password, once more
sign-up-submit = Create my login
