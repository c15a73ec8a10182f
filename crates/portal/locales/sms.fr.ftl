## Les codes par message texte (SEC-3)
sms-code = { $provider } : votre code est { $code }. Il sert 10 minutes. Ne le donnez à personne, même pas à nous.
step-lead-sms = Votre mot de passe est bon. Entrez maintenant un code reçu par message texte.
step-code-sms = Code reçu par message texte
step-code-sms-hint = Huit chiffres
step-other-sms = Recevoir un code par message texte
step-empty-sms = Entrez les huit chiffres du message.
step-wrong-sms = Ce n’est pas le bon code, ou il a plus de dix minutes. Entrez celui du message le plus récent, ou demandez-en un autre.
sms-ask = Nous enverrons un code à votre téléphone { $number }.
sms-sent-to = Un code a été envoyé à votre téléphone { $number }. Il convient jusqu’au { $until }.
sms-send = M’envoyer un code
sms-again = M’envoyer un autre code
sms-notice-sent = Un code est en route vers votre téléphone.
sms-notice-just = Un code vient d’être envoyé. Attendez une minute avant d’en demander un autre.
sms-notice-later = Trop de messages texte ont été demandés. Attendez un peu, ou utilisez un autre moyen.
sms-notice-never = Aucun message texte ne peut être envoyé à ce téléphone. Utilisez un autre moyen.
sms-no-number = Ce n’est pas un numéro de téléphone. Écrivez-le en entier, comme 514 555-0100.
sms-extension = Aucun message n’arrive à un poste. Entrez un numéro qui reçoit les textos.
sms-country = Nous n’envoyons pas de messages texte dans ce pays. Entrez un numéro d’ici, ou installez une application d’authentification.
sms-costly = Nous n’envoyons pas de messages texte à ce genre de numéro. Entrez celui d’un téléphone cellulaire.
sms-wait =
    { $count ->
        [one] Trop de messages texte ont été demandés. Attendez une minute, puis réessayez.
       *[other] Trop de messages texte ont été demandés. Attendez { $count } minutes, puis réessayez.
    }
sms-full =
    { $count ->
        [one] Nous ne pouvons pas envoyer de message texte en ce moment. Réessayez dans une minute, ou installez une application d’authentification.
       *[other] Nous ne pouvons pas envoyer de message texte en ce moment. Réessayez dans { $count } minutes, ou installez une application d’authentification.
    }
sms-none = Nous n’envoyons pas de messages texte. Installez une application d’authentification.
sms-title = Codes par message texte
sms-lead = Un code de huit chiffres vous est envoyé à chaque ouverture de session. Une application d’authentification est plus sûre : un numéro de téléphone peut être volé.
sms-number-title = Votre téléphone
sms-number-other = Un autre numéro, ou un autre code
sms-number = Numéro de téléphone cellulaire
sms-number-hint = Comme 514 555-0100. Il ne sert qu’à ces codes.
sms-replaces = Il prendra la place du téléphone { $number } une fois confirmé.
sms-number-submit = Envoyer un code à ce numéro
sms-code-title = Entrez le code reçu
sms-waits = Un code a été envoyé au { $number }. Il convient jusqu’au { $until }.
sms-over = Le code envoyé au { $number } ne convient plus. Demandez-en un autre ci-dessous.
sms-confirm = Activer
sms-off-title = Désactiver les codes par message texte?
sms-off-number = Le téléphone { $number } ne recevra plus de codes, et son numéro est effacé.
sms-off-submit = Les désactiver
sms-off-keep = Les garder
steps-sms = Codes par message texte
steps-sms-text = Un code envoyé à votre téléphone. Moins sûr qu’une application, mais bien mieux qu’un mot de passe seul.
steps-sms-number = Envoyés au téléphone { $number }
steps-sms-begin = Recevoir des codes par message texte
steps-sms-change = Changer de numéro
steps-sms-turn-off = Les désactiver
prove-lead-sms = Avant de changer où vont vos codes, nous vérifions que c’est bien vous.
prove-lead-sms-off = Avant de désactiver les codes par message texte, nous vérifions que c’est bien vous.
profile-done-step-sms-on = Les codes par message texte sont activés. Un courriel le confirme.
profile-done-step-sms-off = Les codes par message texte sont désactivés. Un courriel le confirme.

## Les courriels
letter-step-sms-on-subject = { $provider } : des codes par message texte protègent votre accès
letter-step-sms-on-text = Un téléphone vient d’être confirmé pour votre accès. À l’ouverture d’une session, un code envoyé à ce téléphone est demandé en plus du mot de passe.
letter-step-sms-off-subject = { $provider } : les codes par message texte sont désactivés
letter-step-sms-off-text = Les codes par message texte de votre accès viennent d’être désactivés, et le numéro de téléphone a été effacé.
