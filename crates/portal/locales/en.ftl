## An account's home
overview-account = Account
overview-due-due = Amount to pay
overview-due-overdue = Amount to pay
overview-due-nothing = Amount to pay
overview-due-credit = Credit on your account
overview-date-due = by
overview-date-overdue = expected since
overview-date-nothing = next bill on
overview-date-credit = next bill on
overview-last-bill = Your last bill
overview-pdf = Download the PDF
overview-pay = How to pay
overview-bills = Your bills
overview-all-bills = All bills
overview-no-bill-title = No bill yet
overview-no-bill-text = The first will appear here, and an e-mail will tell you so.
overview-plot-bill = Bill
overview-services = Your services
overview-no-service-title = No service right now
overview-no-service-text = A service that you order appears here as soon as it is connected.
overview-choose-lead = Your login opens several. You can go from one to another at any time, at the top of the page.

## Reaching us
contact-title = How to reach us
contact-lead = Have your client identifier at hand: we will find you right away.
contact-telephone = By telephone
contact-tty = Teletypewriter (TTY)
contact-tty-text = For people who are deaf or hard of hearing.
contact-email = By e-mail
contact-email-text = Never put your password or a card number in it. We do not ask for them.
contact-chat = By chat
contact-mail = By mail
