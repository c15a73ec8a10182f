## The demonstration's e-mails
outbox-title = E-mails sent
outbox-lead = The demonstration sends nothing: the e-mails that it would have sent stay here.
outbox-subject = Subject
outbox-to = To
outbox-from = From
outbox-at = Date
outbox-id = Message identifier
outbox-html = The e-mail as it is displayed
outbox-text = As plain text
outbox-eml = Download the message (EML)
outbox-back = All e-mails
outbox-none = No e-mail yet
outbox-none-text = Sign up or run the bills: the e-mails will appear here.
