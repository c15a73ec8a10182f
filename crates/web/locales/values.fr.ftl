# Jours, mois et heures. Rien d’autre que des formes : les phrases sont dans fr.ftl.
value-month-1 = janvier
value-month-2 = février
value-month-3 = mars
value-month-4 = avril
value-month-5 = mai
value-month-6 = juin
value-month-7 = juillet
value-month-8 = août
value-month-9 = septembre
value-month-10 = octobre
value-month-11 = novembre
value-month-12 = décembre
value-first = 1er
value-day = { $day } { $month } { $year }
value-span = du { $from } au { $to }
value-month = { $month } { $year }
value-moment = { $day }, { $hour } h { $minute }
