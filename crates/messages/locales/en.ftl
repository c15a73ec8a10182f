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
