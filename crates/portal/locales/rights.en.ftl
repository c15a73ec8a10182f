# Access rights (USR-1 to USR-4).
rights-waiting-title = No access rights at the moment
rights-waiting-lead = { $count ->
        [one] You are a user of an account on which you have no rights at the moment. Your own profile stays open.
       *[other] You are a user of several accounts on which you have no rights at the moment. Your own profile stays open.
    }
rights-waiting-also = { $count ->
        [one] You are also a user of another account, on which you have no rights at the moment.
       *[other] You are also a user of other accounts, on which you have no rights at the moment.
    }
rights-waiting-since = Invited on { $since }
rights-waiting-ask = Ask the holder for rights
rights-waiting-see = See your request
rights-waiting-text-ask = You can ask the account holder for what you need.
rights-waiting-text-asked = You asked the account holder for rights. There is no answer yet.
rights-waiting-text-step = The account holder wants you to sign in with a second step beside your password. Set one up: then you can ask for rights, or see what you asked for.
rights-waiting-text-closed = You have rights on this account. Its holder wants you to sign in with a second step beside your password.
rights-waiting-text-no-holder = The account has no holder at the moment: nobody can give you rights on it.
rights-cards-open = Manage saved cards
rights-role = Your role
rights-role-secondary = Secondary user: the holder of the account decides on your rights
rights-account = On the account
rights-services = On services
rights-see-bills = See the bills
rights-pay = Pay
rights-cards = Manage saved cards
rights-see-service = See the service
rights-change-service = Change the service and order
rights-usage = See usage
rights-mailboxes = Manage mailboxes
rights-support = Contact support
rights-everywhere = { $what } (every service)
rights-somewhere =
    { $count ->
        [one] { $what } (one service)
       *[other] { $what } ({ $count } services)
    }
