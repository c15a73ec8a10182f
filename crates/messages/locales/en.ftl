## The demonstration's e-mails and text messages
outbox-title = Messages sent
outbox-lead = The demonstration sends nothing: the e-mails and text messages that it would have sent stay here.
outbox-subject = Subject
outbox-to = To
outbox-from = From
outbox-at = Date
outbox-id = Message identifier
outbox-html = The e-mail as it is displayed
outbox-text = As plain text
outbox-eml = Download the message (EML)
outbox-back = All messages
outbox-none = No message yet
outbox-none-text = Sign up or run the bills: the messages will appear here.
outbox-text-message = Text message
outbox-said = What the message says
outbox-staff-title = The code of the demonstration's staff
outbox-staff-text = Boréal's made-up employees all have the same authenticator app: this page. Here is the code that it shows right now; it changes every 30 seconds, and each of them uses it only once. Reload the page for the next one.
