## The list of bills
bills-title = Your bills
bills-account = Account
bills-search = Find a number, a month, an amount
bills-years = Years
bills-csv = Download the list (CSV)
bills-none = No bill yet
bills-none-text = The first will appear here, and an e-mail will tell you so.
bills-none-found = No bill found
bills-none-found-text = Try a month, such as “December 2026”, or an amount, such as “181.07”.
bills-show-all = All bills
bills-left = { $left } left to pay

## A bill
bill-all = All bills
bill-pdf = Download the PDF
bill-difference = What changed
bill-left = Left to pay of this bill
bill-due-since = Was due by
bill-page-in-favour = { $amount } in credit, nothing to pay.
bill-credit-now = Of what we owe you, { $amount } is left today.
bill-credit-used = This credit has been used or refunded since.
bill-paid-on = This bill of { $asked } has been paid since { $day }. Thank you!
bill-partly-paid = Of { $asked }, { $paid } is paid already.
bill-asks-nothing = There is nothing to pay on this bill.
bill-account-owes = With what is on other bills, your account owes { $amount } in all.
bill-as-issued = This is the bill as it was issued on { $day }, and as its PDF shows it.
bill-explain = What is this?
bill-others = Other bills
