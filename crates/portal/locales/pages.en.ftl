## Tabs and names of accounts
tab-home = Home
tab-billing = Account and billing
tab-services = Your services
tab-support = Support
account-residential = Residential account
account-business = Business account
account-hosting = Hosting account

## How a bill stands
status-paid = Paid
status-nothing = Nothing to pay
status-to-pay = To pay
status-partly-paid = Partly paid
status-late = Overdue
status-in-favour = In your favour

## What is due
due-today = Today is the last day.
due-in = You have { $count ->
        [one] one day
       *[other] { $count } days
    } left.
due-ago = The date passed { $count ->
        [one] one day
       *[other] { $count } days
    } ago. If you paid in the last few days, your payment may be on its way.
due-late = { $late } of this is overdue; the rest is due by { $day }. If you paid in the last few days, your payment may be on its way.
due-refund = We owe you { $amount }. Call us to have it refunded.
due-settled = Everything is paid, thank you.
due-credit = We owe you { $amount }. It will be taken off your next bill.
due-brought = This balance will be on your first bill.
due-brought-next = This balance will be on your next bill.
due-unbilled = { $amount } of this will be on your next bill.
overview-welcome = Welcome! Your client identifier is { $identifier }. We have sent it to you by e-mail too.
overview-none-title = Your login opens no account
overview-none-text = You linked its account to another login of yours, the account was taken from it, or the login was closed because the account holder asked for it. If that account is yours, get in touch with us.
overview-plot = Charges of your last twelve bills
service-active = Active
service-ended = Ended
service-none = No plan at the moment
service-price = { $price } a month

## Your bills
bills-count = { $count ->
        [one] One bill
       *[other] { $count } bills
    }
bills-all-years = All
csv-from = From
csv-to = To
csv-currency = Currency
csv-payments = Payments and other entries
csv-charges = Current charges
csv-left = Left to pay today
csv-status = Status today
csv-file = bills
pdf-file = bill

## Your account
profile-title = Your account
profile-lead = What we know of you, and how we recognize you.
profile-login = Your login
profile-name = Name
profile-address = Postal address
profile-confirmed = confirmed
profile-unconfirmed = not confirmed yet
profile-since = Login created
profile-paper = On paper, by mail
profile-electronic = Online
profile-open = Open this account
profile-mend = Is something wrong?
profile-mend-text = Tell us, and we will put it right with you.
profile-mend-link = How to reach us
contact-languages = French and English
contact-general = Customer service
