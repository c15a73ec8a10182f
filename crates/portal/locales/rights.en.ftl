# Access rights (USR-1 to USR-4).
rights-waiting-title = No access rights at the moment
rights-waiting-text = You are a user of an account, but its holder gives you no rights on it at the moment. Ask the holder: what they give you shows here at once. Your own profile stays open.
rights-waiting-also = You are also a user of another account, whose holder gives you no rights at the moment.
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
