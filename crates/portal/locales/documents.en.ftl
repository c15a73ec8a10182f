## Neither e-mail
documents-link = Can you read none of your addresses any more? Prove who you are with an identity document
documents-title = Reopen your login with an identity document
documents-lead = For anyone who can read neither the e-mail of their login nor their backup e-mail. A person looks at your request; you have an answer within { $hours } hours.
documents-which = The documents we accept
documents-country = Country
documents-kind = Kind of customer
documents-kind-person = A person
documents-kind-business = A business or an organization
documents-show = Show the documents
documents-one-of = Send us one of these documents:
documents-country-ca = Canada
documents-country-us = United States
documents-country-fr = France
documents-country-be = Belgium
documents-country-ch = Switzerland
documents-country-gb = United Kingdom
documents-country-de = Germany
documents-country-mx = Mexico
documents-country-other = Another country
documents-you = Your request
documents-name = Username or client identifier
documents-story = What happened
documents-story-hint = A few words are enough: an address that was closed, a provider you left, a stolen account.
documents-email = New e-mail address
documents-email-hint = An address that you read. It becomes that of your login if the request is accepted.
documents-telephone = Telephone (optional)
documents-telephone-hint = In case we have a question.
documents-files = Your documents
documents-files-hint = PDF, JPEG or PNG, 10 MB each at most. Name, photo and date must be readable.
documents-file = Document { $number }
documents-private = Your documents are encrypted. Only the people who decide see them, each look is recorded, and they are deleted after the decision.
documents-submit = Send the request
documents-empty-name = Enter your username or your client identifier.
documents-empty-story = Tell us in a few words what happened.
documents-long-story = That is a little long: 2000 characters at most.
documents-wrong-email = Enter a complete address that you read, such as name@example.ca.
documents-no-file = Choose at least one document.
documents-choose-again = Choose your documents again: the browser does not keep them. All else is kept.
documents-file-too-many = Four documents at most. Choose them again.
documents-file-too-large = “{ $file }” is larger than 10 MB. Choose your documents again, this one smaller.
documents-file-empty = “{ $file }” is empty. Choose your documents again.
documents-file-wrong-kind = “{ $file }” is not a plain PDF, JPEG or PNG file, or it is damaged. Take a photo or a scan of the document, then choose your documents again.
documents-reference = Reference
documents-answer-by = Answer at the latest
documents-asked-at = Asked for
documents-object-until = Objection until
documents-link-at = Link sent
documents-kept-title = We have your request
documents-kept-lead = Write the reference down: it leads us to your request if you call.
documents-kept-letter = An e-mail is on its way to the new address that you gave.
documents-kept-letter-step = An e-mail is on its way to the address that you gave.
documents-kept-then-step = If the request is accepted, a link goes to your login’s own e-mail and takes the second step off. Until then nothing changes.
documents-kept-old = To be safe, if there is such a login, its old addresses are told and may object.
documents-kept-then = If the request is accepted, a link lets you choose a password. Until then nothing changes.

## To object
documents-object-open-title = Was it not you?
documents-object-open-lead = Somebody asks to reopen your login with identity documents and another e-mail address.
documents-object-open-after = If it was not you, press here: the request can then be accepted by two of our employees only, one of them a supervisor, and a link that was sent already is worth nothing.
documents-object-open-you = If it was you, do nothing: just close this page.
documents-object-submit = It was not me: object
documents-object-used-title = Your objection is noted
documents-object-used-lead = We will write to you what is decided. Your login has not changed.
documents-object-over-title = This link has no use any more
documents-object-over-lead = The request is over. If you are in doubt, call us right away.
documents-object-unknown-title = This link is not complete
documents-object-unknown-lead = Your e-mail program may have cut it. Copy the whole address, up to the last character.

## To choose the password
documents-renew-choose-lead = As soon as it is chosen, your new address is that of your login, the old password opens nothing any more and all sessions end.
documents-renew-used = This link was used already. Sign in with the new password.
documents-renew-over = This link is more than five days old, or somebody objected to the request. Look at your e-mail, or call us with your reference.
documents-renew-unknown = This link is not complete, or has no use any more. Copy the whole address, up to the last character.

## The reasons of a refusal, for who asked
recovery-reason-unreadable = The documents cannot be read well enough: send a sharp picture of the whole.
recovery-reason-missing = The documents are not among those that we accept. The list is on the page of the request.
recovery-reason-unproven = What you sent does not let us be sure that this login is yours.
recovery-reason-other = We do not write the reason in an e-mail: speak to us, with the reference of your request.

## The e-mails
letter-recovery-asked-subject = Your request to { $provider }
letter-recovery-asked-text = We have received your request to reopen a login to the customer centre.
letter-recovery-asked-next = A person looks at it. If there is such a login, its old addresses are told and have time to object. Nothing changes before our answer.
letter-recovery-asked-not-you = You did not ask for anything? Do nothing: without you the request leads nowhere.
letter-recovery-told-subject = Somebody asks to reopen your login at { $provider }
letter-recovery-told-text = Somebody tells us that they do not read this address any more, and asks to reopen your login with identity documents and another e-mail address. Nothing has changed.
letter-recovery-told-not-you = If it was not you, object now: the request can then be accepted by two of our employees only, one of them a supervisor.
letter-recovery-told-you = If it was you, do nothing.
letter-recovery-object = This was not me
letter-recovery-going-subject = The request for your login at { $provider } is accepted
letter-recovery-going-text = The request to reopen your login is accepted. A link was sent to the new address; as soon as it is used, this address is no longer that of your login.
letter-recovery-going-not-you = If it was not you, object right away: the link is then worth nothing.
letter-recovery-going-you = If it was you, do nothing.
letter-recovery-waits-subject = Your request to { $provider } is accepted
letter-recovery-waits-text = Your documents convinced us. To be safe, the old addresses of the login keep their time to object.
letter-recovery-waits-next = Without an objection, the link to choose a password is then sent to this address.
letter-recovery-accepted-subject = Reopen your login at { $provider }
letter-recovery-accepted-text = Your request is accepted. Choose a password: your login then has this e-mail address at once.
letter-recovery-accepted-once = The link works once. Pass it on to nobody.
letter-recovery-refused-subject = Your request to { $provider } is not accepted
letter-recovery-refused-text = We have looked at your request, and cannot accept it.
letter-recovery-refused-next = You may make another request, or speak to us. Your documents will be deleted.
letter-recovery-ended-subject = The request for your login at { $provider } is refused
letter-recovery-ended-text = The request to reopen your login with identity documents is refused.
letter-recovery-ended-next = Your login and its addresses have not changed.
letter-recovery-objected-subject = An objection to your request to { $provider }
letter-recovery-objected-text = Somebody who reads an address of the login has objected to your request.
letter-recovery-objected-next = Two people have to look at it now, and a link that you may have received is worth nothing. We will write to you what is decided.
letter-recovery-objection-subject = Your objection at { $provider } is noted
letter-recovery-objection-text = An objection to the request to reopen your login has come from one of your addresses.
letter-recovery-objection-next = The request can now be accepted by two of our employees only, one of them a supervisor. Your login has not changed; we will write to you what is decided.
letter-recovery-expired-subject = Your request to { $provider } has ended
letter-recovery-expired-text = Your request has ended without a decision. We are sorry.
letter-recovery-expired-next = Your documents are deleted. Make another request, or speak to us.
letter-recovery-done-subject = Your login at { $provider } is open again
letter-recovery-done-text = Your password is chosen, and your login now has this e-mail address.
letter-recovery-done-next = All sessions have ended. Look at your backup e-mail too: if it is not yours any more, change it.
letter-recovery-moved-subject = Your login at { $provider } has another address
letter-recovery-moved-text = Your login was reopened with identity documents. It has another e-mail address and a new password.
letter-recovery-moved-next = If it was not you, call us right away.

## The staff
staff-recoveries-title = Requests with identity documents
staff-recoveries-count = { $count ->
    [0] No request waits.
    [one] One request waits.
   *[other] { $count } requests wait.
}
staff-recoveries-none-title = Nothing waits
staff-recoveries-none-text = Requests of people who can read none of their e-mail addresses will appear here.
staff-recoveries-asked = Received: { $at }
staff-recoveries-left = { $count ->
    [0] Answer within less than an hour: { $at }
    [one] Answer within an hour: { $at }
   *[other] Answer within { $count } hours: { $at }
}
staff-recoveries-overdue = { $count ->
    [0] Overdue by less than an hour: { $at }
    [one] Overdue by an hour: { $at }
   *[other] Overdue by { $count } hours: { $at }
}
staff-recoveries-state-nobody = No login of that name
staff-recoveries-state-objected = Objection
staff-recoveries-state-accepted = Accepted, waits
staff-recoveries-state-overdue = Overdue
staff-recoveries-state-open = To be decided
staff-recoveries-done-accepted = The request is accepted, and the link was sent.
staff-recoveries-done-waits = Your consent is noted. The link is sent when the time to object is over, or when a second person consents.
staff-recoveries-done-refused = The request is refused; the person is told.
staff-recovery-title = A request with identity documents
staff-recoveries-facts = What was typed, and what is on file
staff-recoveries-fact = What
staff-recoveries-typed = In the request
staff-recoveries-on-file = On file
staff-recoveries-login = Name or identifier
staff-recoveries-places = Country and cities
staff-recoveries-kind = Kind of customer
staff-recoveries-created = Request and login made
staff-recoveries-recovered = Last recovered
staff-recoveries-file = { $kind }, { $size } kB
staff-recoveries-documents = The documents
staff-recoveries-documents-text = Each look is recorded under your name.
staff-recoveries-erased = The documents are deleted.
staff-recoveries-decision = The decision
staff-recoveries-needs-nobody = No login has that name: the request can only be refused, and is by itself when the answer is due, in the same words as any other.
staff-recoveries-needs-over = This request is decided.
staff-recoveries-needs-one = Your consent takes effect when the time to object is over ({ $until }), or as soon as a second person consents.
staff-recoveries-needs-one-now = The time to object is over: your consent takes effect at once.
staff-recoveries-needs-one-more = One person has consented. Without you it takes effect when the time to object is over ({ $until }); with you, at once.
staff-recoveries-needs-two-after-objection = Somebody objected from an address on file: it takes the consent of two people, one of them a supervisor.
staff-recoveries-needs-one-more-after-objection = Somebody objected from an address on file. One person has consented; it takes another, and a supervisor among them.
staff-recoveries-checked = What you checked
staff-recoveries-accept-documents = Accept: the documents agree with the file
staff-recoveries-accept-call-back = Accept: and the person answered at the telephone on file
staff-recoveries-refuse-unreadable = Refuse: the documents cannot be read
staff-recoveries-refuse-missing = Refuse: these are not the documents asked for
staff-recoveries-refuse-unproven = Refuse: nothing proves that the login is theirs
staff-recoveries-refuse-other = Refuse: another reason
staff-recoveries-empty = Say what you checked.
staff-recoveries-again = You have consented already: another person has to.
staff-recoveries-over = This request was decided a moment ago.
