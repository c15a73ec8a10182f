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

## A bill
bill-all = All bills
bill-pdf = Download the PDF
bill-difference = What changed
bill-explain = What is this?
bill-others = Other bills
