## E-mails
letter-greeting = Hello,
letter-greeting-name = Hello { $name },
letter-closing = Kind regards,
letter-never-ask = We will never ask for your password, neither by e-mail nor by telephone.
letter-welcome-subject = Your login at { $provider }’s customer centre
letter-welcome-text = Your login at { $provider }’s customer centre has been created. Keep this e-mail: it has your client identifier, which we ask for when you call us.
letter-welcome-keep = To sign in, enter your username or your client identifier, and the password that you chose.
letter-welcome-button = Sign in
letter-bill-subject = Your { $provider } bill is ready: { $amount }
letter-bill-subject-nothing = Your { $provider } bill is ready: nothing to pay
letter-bill-text = Your bill is ready. { $amount } is to be paid on it by { $day }.
letter-bill-credit = Your bill is ready. There is nothing to pay.
letter-bill-others = Left to pay of other bills
letter-bill-all = Owed in all
letter-bill-button = See the bill
letter-bill-safe = To be sure that this e-mail comes from us, you can also type the address of { $provider }’s site yourself and sign in there.
