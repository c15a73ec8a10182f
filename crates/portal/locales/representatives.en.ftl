## Representatives: what everybody reads of them
representative-name = Representative
representative-kind = In what capacity
representative-valid = Valid
representative-power-of-attorney = Power of attorney
representative-estate = Estate
representative-guardianship = Guardianship
representative-from = From { $from } on
representative-from-until = From { $from } to { $until }
representative-no-login = A representative speaks for the holder at the telephone. They get no access by it.
representative-state-waits = The holder can object
representative-state-ready = To be decided
representative-state-objected = The holder objects
representative-state-confirmed = In force
representative-state-later = Confirmed, not in force yet
representative-state-expired = Time is over
representative-state-refused = Refused
representative-state-ended = Ended
contacts-representatives = Representatives
contacts-representatives-text = Who may speak for you at the telephone, by documents that we saw. A representative gets no access by it. To end it, call us.

## The staff
staff-representatives-title = Representatives
staff-representatives-count = { $count ->
    [0] No representative is waiting for a decision.
    [one] One representative is waiting for a decision.
   *[other] { $count } representatives are waiting for a decision.
}
staff-representatives-of-account = { $count ->
    [0] Nothing is recorded for this account.
    [one] One representative was recorded for this account.
   *[other] { $count } representatives were recorded for this account.
}
staff-representatives-search = Account number
staff-representatives-none-title = Nothing to show
staff-representatives-none-text = Look for an account number to see all its representatives.
staff-representatives-said-recorded = It is recorded, and the account holder is told at every address. Somebody other than you will decide.
staff-representatives-said-confirmed = The representative is confirmed. The holder and they are told.
staff-representatives-said-refused = It is refused, and what was recorded is erased. The holder is told.
staff-representatives-said-ended = It has ended, and the documents are erased. The holder and the representative are told.
staff-representative-new-title = Record a representative
staff-representative-new-lead = This person will be able to speak for the holder at the telephone; they get no access by it. The holder is told and has { $hours } hours to object; then somebody other than you decides.
staff-representative-telephone-hint = Where we call this person back to be sure that it is they.
staff-representative-email = E-mail (optional)
staff-representative-from = First day
staff-representative-until = Last day (optional)
staff-representative-until-hint = Empty where the documents name none.
staff-representative-proof = Documents seen
staff-representative-proof-hint = Which ones, their numbers, and where they are kept. For instance: notarised power of attorney 1182, death certificate, file 2026-118.
staff-representative-files = Copies (optional)
staff-representative-record = Record
staff-representative-title = Representative
staff-representative-who = Who, and in what capacity
staff-representative-confirm = Confirm: this person speaks for the holder
staff-representative-confirm-hint = They are told, and the holder is.
staff-representative-refuse = Refuse: nobody speaks for the holder
staff-representative-refuse-hint = What was recorded is erased.
staff-representative-end = End it
staff-representative-end-hint = This person does not speak for the holder any more, from now on. The documents are erased.
staff-representative-needs-later = Until { $until }, the holder can object. After that somebody other than who recorded it can confirm. It can be refused now.
staff-representative-needs-now = The holder did not object in time. Compare with the documents, then decide.
staff-representative-needs-another = You recorded this representative: somebody else confirms. You can refuse.
staff-representative-needs-supervisor = The holder objects. Only a supervisor can still confirm.
staff-representative-needs-confirmed = Two of you confirmed it. One is enough to end it.
staff-representative-needs-over = It is decided, and over.
staff-representative-same-person = You recorded this representative: somebody else has to confirm.
staff-representative-supervisor-first = After an objection only a supervisor can confirm.
staff-representative-gone = What was recorded has been erased: refuse.
representative-kind-none = Choose in what capacity.
representative-proof-none = Say which documents you saw.
representative-from-none = Enter the first day.
representative-until-wrong = Enter a day, or leave it empty.
representative-until-before = The last day comes after the first.
representative-until-past = This day is over: there is nothing to record.

## The holder's objection
representative-link-open-title = Should this person speak for you?
representative-link-open-lead = We were shown documents by which they represent you. It is not confirmed yet.
representative-link-after = Once confirmed, they will be able to speak with us about your account at the telephone. They get no access by it. If you agree, there is nothing for you to do.
representative-link-objected-title = You object: we noted it
representative-link-objected-lead = Nobody speaks for you. We will write to you what is decided.
representative-link-confirmed-title = The representative is confirmed
representative-link-confirmed-lead = It is decided: this link has no use any more. To end it, call us.
representative-link-over-title = Nobody speaks for you by this request
representative-link-over-lead = It was refused or has ended: this link has no use any more.

## The e-mails
letter-representative-button = See who it is, and object
letter-representative-told-subject = A representative is recorded for your account with { $provider }
letter-representative-told-text = We were shown documents by which a person represents you. It is not confirmed yet.
letter-representative-told-next = Once confirmed, this person will be able to speak with us about your account at the telephone. They get no access by it. You can object with this link; if you agree, there is nothing for you to do.
letter-representative-objected-subject = { $provider } noted that you object
letter-representative-objected-text = You object to this person speaking for you. They cannot.
letter-representative-objected-next = Only a supervisor can still decide, by the documents. We will write to you.
letter-representative-confirmed-subject = A representative is confirmed for your account with { $provider }
letter-representative-confirmed-text = Two people here saw the documents: this person can speak with us about your account at the telephone. They get no access by it.
letter-representative-confirmed-next = You see them on the page of contacts. To end it, call us.
letter-representative-refused-subject = The representative is not confirmed with { $provider }
letter-representative-refused-text = We did not confirm this person: they cannot speak for you. What was recorded is erased.
letter-representative-refused-next = There is nothing for you to do.
letter-representative-ended-subject = Your account with { $provider } has this representative no more
letter-representative-ended-text = This person does not speak for you with us any more. The documents are erased.
letter-representative-ended-next = If this is a mistake, call us.
letter-representative-expired-subject = Your account with { $provider } has this representative no more
letter-representative-expired-text = The last day is over: this person does not speak for you with us any more. The documents are erased.
letter-representative-expired-next = If it is to go on, show us new documents.
letter-representative-named-subject = You are a representative with { $provider }
letter-representative-named-text = We saw the documents: you can speak with us about this account at the telephone.
letter-representative-named-next = You get no access online by it. To be sure that it is you, we call back the number that you gave.
letter-representative-over-subject = You are no longer a representative with { $provider }
letter-representative-over-text = You can no longer speak with us about this account as a representative.
letter-representative-over-next = If this is a mistake, show us the documents again.
