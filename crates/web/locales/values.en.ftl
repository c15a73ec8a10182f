# Days, months and hours. Forms only: sentences are in en.ftl.
value-month-1 = January
value-month-2 = February
value-month-3 = March
value-month-4 = April
value-month-5 = May
value-month-6 = June
value-month-7 = July
value-month-8 = August
value-month-9 = September
value-month-10 = October
value-month-11 = November
value-month-12 = December
value-first = 1
value-day = { $month } { $day }, { $year }
value-span = { $from } to { $to }
value-span-month = { $month } { $first } to { $last }, { $year }
value-month = { $month } { $year }
value-moment = { $day }, { $twelve }:{ $minute } { $half ->
        [pm] p.m.
       *[am] a.m.
    }
