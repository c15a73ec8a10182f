## Confirmer que le compte est bien le sien
confirm-needed-title = Confirmez que ce compte est le vôtre
confirm-needed-text = Vous pouvez déjà voir vos factures et les payer. Pour garder une carte, donner un accès à quelqu’un, commander ou changer vos coordonnées, entrez d’abord le code que nous avons envoyé à l’adresse que vous nous aviez donnée.
confirm-needed-call = Vous pouvez déjà voir vos factures et les payer. Pour garder une carte, donner un accès à quelqu’un, commander ou changer vos coordonnées, il faut d’abord confirmer que ce compte est le vôtre.
confirm-needed-link = Confirmer ce compte
confirm-state = À confirmer
confirm-state-done = Confirmé
confirm-label = Titulaire
confirm-title = Confirmez que ce compte est le vôtre
confirm-lead = Un numéro de compte et un code postal se lisent sur une facture jetée. Avec ce code, nous savons que c’est vous, et personne d’autre ne peut se servir de votre compte.
confirm-look = Nous avons écrit à { $address }, l’adresse que nous avions déjà pour ce compte. Le code est valable jusqu’au { $until }.
confirm-code = Code reçu par courriel
confirm-code-hint = 8 chiffres, comme 1234 5678.
confirm-submit = Confirmer
confirm-again = Je n’ai rien reçu : envoyer un autre code
confirm-send = Envoyer un code
confirm-send-text = Nous enverrons un code à { $address }, l’adresse que nous avions déjà pour ce compte.
confirm-sent = Le code est envoyé. Il arrive d’habitude en moins d’une minute; regardez aussi parmi les indésirables. Seul le plus récent convient.
confirm-just-sent = Un code vient d’être envoyé. Attendez une minute avant d’en demander un autre.
confirm-too-many = Beaucoup de codes ont été envoyés aujourd’hui. Entrez le plus récent, ou appelez-nous.
confirm-expired = Ce code n’est plus valable : il a plus de cinq jours. Demandez-en un autre.
confirm-tried = Ce code a été essayé trop souvent et ne convient plus. Demandez-en un autre.
confirm-no-code = Entrez les 8 chiffres du code.
confirm-wrong = Ce n’est pas le bon code. Prenez celui du courriel le plus récent; il vous reste { $count ->
        [one] un essai
       *[other] { $count } essais
    }.
confirm-no-address = Nous n’avons aucune adresse de courriel pour ce compte. Appelez-nous : quelques questions suffiront. Ayez votre identifiant client à portée de main.
confirm-help = Vous ne lisez plus cette adresse?
confirm-help-call = Appelez-nous au { $telephone } : après quelques questions, nous confirmerons le compte avec vous.
confirm-help-write = Communiquez avec nous : après quelques questions, nous confirmerons le compte avec vous.
confirm-contact = Comment nous joindre
confirm-back = Votre compte
confirm-done = C’est confirmé : ce compte est le vôtre, et tout est ouvert.

## Arrêter un accès que l’on n’a pas créé
stop-open-title = Fermer cet accès?
stop-open-lead = Quelqu’un a créé un accès en ligne à votre compte avec son numéro et son code postal.
stop-open-after = Si ce n’est pas vous, fermez-le. La personne ne verra plus rien de votre compte, et pendant sept jours personne ne pourra créer d’accès avec une facture seulement. Vos services et vos factures ne changent pas.
stop-open-you = Si c’est vous, ne faites rien ici : entrez plutôt le code du courriel dans votre espace client.
stop-submit = Ce n’est pas moi : fermer cet accès
stop-stopped-title = L’accès est fermé
stop-stopped-lead = La personne qui l’avait créé ne voit plus rien de votre compte. Pendant sept jours, personne ne peut créer d’accès avec une facture seulement.
stop-confirmed-title = Cet accès a été confirmé
stop-confirmed-lead = Le code envoyé à votre adresse a été entré, ou nous avons vérifié la personne. Ce lien ne peut donc plus fermer l’accès.
stop-over-title = Ce lien ne sert plus
stop-over-lead = L’accès dont il parle est déjà fermé, ou le courriel a plus de trente jours.
stop-unknown-title = Ce lien est incomplet
stop-unknown-lead = Peut-être votre logiciel de courriel l’a-t-il coupé. Copiez l’adresse en entier, jusqu’au dernier caractère.
stop-call = Un doute? Appelez-nous au { $telephone }, nous regarderons avec vous.
stop-write = Un doute? Communiquez avec nous, nous regarderons avec vous.

## Les courriels
letter-welcome-confirm = Vous pouvez déjà voir vos factures et les payer. Pour le reste, confirmez que le compte est le vôtre : avec le code envoyé à l’adresse que nous avions déjà pour ce compte, ou en nous appelant.
letter-welcome-confirm-link = Confirmer ce compte
letter-claimed-subject = Un accès à votre compte chez { $provider } vient d’être créé
letter-claimed-text = Quelqu’un qui connaît le numéro et le code postal de votre compte { $account } a créé un accès en ligne. Il permet pour l’instant de voir les factures et de les payer.
letter-claimed-you = Si c’est vous, entrez ce code dans votre espace client pour confirmer que le compte est le vôtre.
letter-claimed-code = Code
letter-claimed-until = Valable jusqu’au
letter-claimed-button = Entrer le code
letter-claimed-secret = Ne donnez ce code à personne, même à quelqu’un qui dit travailler pour nous : nous ne le demandons jamais.
letter-claimed-not-you = Si ce n’est pas vous, fermez cet accès. Vos services et vos factures ne changeront pas.
letter-claimed-stop = Ce n’est pas moi
letter-claimed-call = Vous pouvez aussi nous appeler au { $telephone }.
letter-claimed-write = Vous pouvez aussi communiquer avec nous.
letter-claim-confirmed-subject = Votre accès au compte { $account } est confirmé
letter-claim-confirmed-login = C’est confirmé : le compte { $account } est le vôtre, et tout y est ouvert.
letter-claim-confirmed-file = L’accès en ligne à votre compte { $account } a été confirmé. Tout y est maintenant ouvert.
letter-claim-stopped-subject = L’accès au compte { $account } est fermé
letter-claim-stopped-login = L’accès que vous aviez créé au compte { $account } a été fermé, parce que la personne que nous connaissons comme titulaire, ou notre service à la clientèle, l’a demandé. Si ce compte est le vôtre, appelez-nous.
letter-claim-stopped-file = L’accès en ligne à votre compte { $account } est fermé. La personne qui l’avait créé n’y voit plus rien. Pendant sept jours, personne ne peut en créer un autre avec une facture seulement.
letter-claim-doubt-call = Un doute? Appelez-nous au { $telephone }.
letter-claim-doubt-write = Un doute? Communiquez avec nous.
