## What is wrong, and how to mend it
sign-in-refused = That name and that password do not go together. Check both; caps lock may be on.
sign-in-wait = Too many tries. Wait { $count ->
        [one] one minute
       *[other] { $count } minutes
    }, then try again.
sign-in-empty-name = Enter your username, client identifier or e-mail.
sign-in-empty-password = Enter your password.
sign-in-signed-out = You are signed out.
sign-in-ended = Your session has ended. Sign in again to go on.
sign-up-refused = We cannot open an account with these. Check the number and the postal code on your bill. If the holder has a login already, sign in.
sign-up-wait = Too many tries. Wait { $count ->
        [one] one minute
       *[other] { $count } minutes
    }, or call us.
sign-up-empty-number = Enter the account number.
sign-up-empty-code = Enter the postal code.
sign-up-ended = Too much time has passed, or the account has a login already. Enter your account number and postal code again.
sign-up-name-short = The username needs at least 8 characters.
sign-up-name-long = The username can have at most 50 characters.
sign-up-name-character = The character “{ $character }” is not allowed in a username.
sign-up-name-space = A username has no spaces.
sign-up-name-identifier = That name looks like a client identifier. Choose another one.
sign-up-name-taken = That username is taken.
sign-up-email-wrong = Enter a complete address, such as name@example.ca.
email-wrong-several = Enter one address only.
email-wrong-dressed = Enter the address alone, such as name@example.ca, without brackets or “mailto:”.
email-wrong-local = Before the @: letters, digits, and dots between them, without spaces or quotes.
email-wrong-domain = Check what follows the @: something like example.ca, without a dot at the end.
email-wrong-scripts = After the @, one word mixes letters of several alphabets. Check the address.
email-wrong-long = This address is too long for e-mail.
email-wrong-accents = We can't write to an address with an accent before the @. Do you have another one?
sign-up-password-length = The password needs { $min } to { $max } characters.
sign-up-password-letter = The password needs at least one letter.
sign-up-password-digit = The password needs at least one digit.
sign-up-password-no-forbidden = The password can have no space and none of = + < > # @.
sign-up-password-not-username = The password cannot be the username or the e-mail address.
sign-up-password-not-common = That password is among the first that anybody would try. Choose a less common one.
sign-up-password-different = The two passwords are not the same.

sign-up-rule-length = { $min } to { $max } characters
sign-up-rule-letter = At least one letter
sign-up-rule-digit = At least one digit
sign-up-rule-no-forbidden = No space and none of = + < > # @
sign-up-rule-not-username = Not your username
sign-up-rule-not-common = Not a common password
