## Stripe's fields, in which a card is entered
stripe-card = Your card
stripe-whose = These fields belong to Stripe, our payment gateway: your card’s number goes straight there, and we do not see it.
stripe-wait = The fields for your card are on their way… If they do not appear in a moment, you can pay in another way, below. Nothing was charged.
stripe-no-scripts = Entering a card here takes JavaScript, which is turned off in your browser. Turn it on, or choose another way to pay below.
stripe-out = The fields for your card could not be opened: Stripe, our payment gateway, does not answer, or your browser blocks it. Nothing was charged. Reload the page in a moment, turn your blocker off for this page, or choose another way to pay below.
stripe-number-hint = As it is written on the card
stripe-number-empty = Enter the card number.
stripe-number-wrong = This is no card number. Check the digits.
stripe-expiry = Expiry date
stripe-expiry-hint = Month and year, such as 08/29
stripe-expiry-empty = Enter the card’s expiry date.
stripe-expiry-wrong = This expiry date is not complete, or is past.
stripe-code-hint = Three digits on the back of the card, or four on the front (American Express)
stripe-code-empty = Enter the card’s security code.
stripe-code-wrong = The security code is not complete.
stripe-refused = This card cannot be used here. Check what you entered, or try another card. Nothing was charged.
stripe-failed = Stripe, our payment gateway, did not answer. Nothing was charged. Try again in a moment, or choose another way to pay below.
stripe-busy = One moment, we are checking the card…

## Saving a card without paying
card-add = Save a card
card-add-title = Save a card
card-add-lead = It will be offered the next time you pay. Nothing is charged now.
card-add-check = You are about to save: { $card }.
card-add-save = Save this card
card-done-kept = The card was saved.
card-step-title = Your bank asks you to confirm
card-step-lead = The card will be saved once your bank has your consent. Nothing is charged. You have one hour.
card-wait-title = We are checking your card
card-wait-lead = The payment gateway is slow to answer. Nothing is charged. Look again in a moment.
card-refused-insufficient-funds = The card was not saved: your bank declined it.
card-refused-expired = The card was not saved: it has expired.
card-refused-wrong-number = The card was not saved: its number is not right.
card-refused-wrong-code = The card was not saved: the security code is not right.
card-refused-authentication-failed = The card was not saved: the confirmation at your bank was not given.
card-refused-try-again = The card was not saved: your bank could not answer. Try again in a few minutes.
card-refused-declined = The card was not saved: your bank declined without telling us why. It can tell you more, or try another card.
