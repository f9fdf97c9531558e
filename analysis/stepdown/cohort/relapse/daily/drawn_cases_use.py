"""Cases for the definitions that look at use."""

from stepdown.cohort.relapse.daily.drawn_case import drawn

USE = drawn("""
first_use ; ; + 30 ; day 30 ; a dated finding
first_use ; ; + 0 ; day 0 ; on the day of discharge itself
first_use ; ; - 7 | + 60 | + 30 ; day 30 ; the first positive one
first_use ; ; + -28 ; none by day 90 ; found on admission: why people come
first_use ; ; + (0,30] ; days 1-30, confirmed 30 ; a contact that tells an interval
first_use ; ; + (0,30] | + 10 ; days 1-10, confirmed 10 ; a dated finding inside the interval
first_use ; ; + (-5,30] ; days 1-30, confirmed 30 ; cut to begin after day 0
first_use ; ; ? 7 | refused 30 | inconclusive 60 ; none by day 90 ; these tell nothing
first_use ; ; stay -28..0 | follow 0..20 lost | + 30 ; none by day 20 ; found after observation ended
first_use ; ; stay -28..0 | follow 0..30 lost | + 30 ; day 30 ; the last day observed counts
first_use ; ; stay -28..0 | follow 0..40 lost | + 30 | + (0,60] ; day 30
    ; what was found after observation ended does not move it
first_use ; ; death 20 | + 30 ; death on day 20 ; death came first
first_use ; ; death 30 | + 30 ; day 30 ; of one day, relapse comes first
first_use ; zero = admission ; stay 0..28 | follow 0..90 | + 0 | + 7 ; day 7 ; day 0 is where they start
first_use ; zero = randomization
    ; stay -28..0 | randomization_day -10 | follow -28..90 | + -15 | + -10 | + 5 ; day 15
    ; so is the day of the lot
first_use ; missing = positive ; ? 30 | + 60 ; day 30 ; the missed contact counts
first_use ; missing = positive ; ? 0 | ? 1 ; day 1 ; but none on day 0
first_use ; missing = positive ; - 30 | ? 30 ; none by day 90 ; another finding of that day tells
first_use ; missing = positive ; stay -28..0 | follow 0..40 lost | ? 60 ; day 60 ; also after the loss
first_use ; missing = positive, visits = 30 60 90 ; stay -28..0 | follow 0..40 lost | - 30 ; day 60
    ; the first visit missed
first_use ; missing = positive, visits = 30 60 90 ; stay -28..0 | follow 0..40 | - 30 ; none by day 40
    ; not due: the data end on day 40
first_use ; missing = positive, visits = 30, after = 14 ; - 44 ; none by day 90 ; late, but in time
first_use ; missing = positive, visits = 30, after = 14 ; - 45 ; day 30, confirmed 44
    ; too late for the visit, which was known to be missed on day 44
first_use ; missing = positive, visits = 30, after = 14 ; jail 40 ; incarceration on day 40
    ; custody came before it was known to be missed
first_use ; missing = positive, visits = 30, after = 14 ; + 46 ; day 30, confirmed 44
    ; the visit missed, before what was found
first_use ; missing = positive, visits = 30, after = 14 ; stay -28..0 | follow 0..40 lost
    ; day 30, confirmed 44 ; also after the loss
first_use ; missing = last, visits = 30 60 90 ; stay -28..0 | follow 0..40 lost | - 30 ; none by day 90
    ; clean when lost, so clean to the last visit
first_use ; missing = interval ; - 20 | + 30 ; days 21-30, confirmed 30 ; after the last clean contact
first_use ; missing = interval ; + 30 ; days 1-30, confirmed 30 ; no contact before
first_use ; missing = interval ; - 10 | + (0,30] ; days 11-30, confirmed 30 ; what tells more
first_use ; missing = interval ; - 10 | + (20,30] ; days 21-30, confirmed 30 ; what tells more
two_positives ; ; + 7 | + 30 ; day 7, confirmed 30 ; two in a row
two_positives ; ; + 30 ; none by day 90 ; only one
two_positives ; ; + 7 | - 14 | + 30 ; none by day 90 ; a negative one between
two_positives ; ; + 7 | - 14 | + 30 | + 31 ; day 30, confirmed 31 ; the first two in a row
two_positives ; ; + 0 | + 7 ; none by day 90 ; day 0 does not count
two_positives ; ; + 7 | + 7 urine ; none by day 90 ; one day is one contact
two_positives ; ; + 7 | - 7 urine | + 8 ; day 7, confirmed 8 ; positive if any finding of the day is
two_positives ; ; + 7 | ? 14 | + 30 ; day 7, confirmed 30 ; the missed one is left out
two_positives ; ; + 7 claim | + 9 urine ; day 7, confirmed 9 ; from any source
two_positives ; ; + (0,30] | + 60 ; days 1-30, confirmed 60 ; the first of them tells an interval
two_positives ; ; + 7 | + 9 | - 30 | + (0,60] | + 61 ; day 7, confirmed 9 ; what comes later does not move it
two_positives ; ; stay -28..0 | follow 0..40 lost | + 30 | + 60 ; none by day 40
    ; not confirmed while observed
two_positives ; ; + 30 | jail 50 | + 60 ; incarceration on day 50 ; custody came before the second
two_positives ; ; + 30 | jail 60 | + 60 ; day 30, confirmed 60 ; of one day, relapse comes first
two_positives ; missing = positive ; + 7 | ? 14 ; day 7, confirmed 14 ; the missed one counts
two_positives ; missing = positive ; ? 7 | refused 14 ; day 7, confirmed 14 ; so do two
two_positives ; missing = positive, visits = 30 60 90 ; stay -28..0 | follow 0..30 lost | - 30
    ; day 60, confirmed 90 ; two visits missed after the loss
two_positives ; missing = positive, visits = 30, after = 14 ; + 20 | + 45 ; day 20, confirmed 44
    ; the visit missed was known to be on day 44
two_positives ; missing = positive, visits = 30, after = 7 ; + 38 | + 39 ; day 30, confirmed 38
    ; the visit missed, known on day 37, and the next
two_positives ; missing = last ; + 7 | ? 14 ; day 7, confirmed 14 ; carried on
two_positives ; missing = last ; ? 3 | + 7 ; none by day 90 ; nothing to carry
two_positives ; missing = last ; - 3 | ? 7 | + 14 ; none by day 90 ; the clean one is carried
two_positives ; missing = interval ; - 3 | + 7 | + 14 ; days 4-7, confirmed 14 ; after the last clean contact
regular_use ; ; + 1 | + 3 | + 5 | + 7 ; day 1, confirmed 7 ; four of days 1-7
regular_use ; ; + 1 | + 3 | + 5 | + 8 ; none by day 90 ; four of eight days
regular_use ; ; + 1 | + 6 | + 7 | + 8 | + 12 ; day 6, confirmed 12 ; four of days 6-12
regular_use ; ; + 28 | + 29 | + 30 | + 31 ; day 28, confirmed 31 ; four in a row
regular_use ; ; + 0 | + 1 | + 2 | + 3 ; none by day 90 ; day 0 does not count
regular_use ; ; + 1 | + 1 | + 2 | + 3 ; none by day 90 ; a day counts once
regular_use ; ; + 1 | + 2 | + 3 | + 4 urine ; none by day 90 ; a urine test is no day of use
regular_use ; ; + 1 | + 2 | + 3 | + (3,4] ; day 1, confirmed 4 ; an interval of one day is a day
regular_use ; ; + 1 | + 2 | + 3 | + (2,4] ; none by day 90 ; an interval is none
regular_use ; ; + 1 | + 2 | + 3 | ? 4 ; none by day 90 ; a day without a report is none
regular_use ; missing = positive ; + 1 | + 2 | + 3 | ? 4 ; day 1, confirmed 4 ; it is one
regular_use ; days = 3 ; + 1 | + 4 | + 7 ; day 1, confirmed 7 ; three of days 1-7
regular_use ; days = 3, in_days = 6 ; + 1 | + 4 | + 7 ; none by day 90 ; not of any six
regular_use ; ; stay -28..0 | follow 0..3 lost | + 1 | + 2 | + 3 | + 4 ; none by day 3
    ; the fourth is not observed
seven_days ; ; + 1 | + 2 | + 3 | + 4 | + 5 | + 6 | + 7 ; day 1, confirmed 7 ; seven in a row
seven_days ; ; + 1 | + 2 | + 3 | + 4 | + 5 | + 6 | + 8 ; none by day 90 ; day 7 is missing
seven_days ; ; + 1 | + 2 | + 3 | + 5 | + 6 | + 7 | + 8 | + 9 | + 10 | + 11 ; day 5, confirmed 11
    ; the first seven in a row
seven_days ; ; + 0 | + 1 | + 2 | + 3 | + 4 | + 5 | + 6 ; none by day 90 ; day 0 does not count
seven_days ; ; + 1 | + 2 | + 3 | ? 4 | + 5 | + 6 | + 7 ; none by day 90 ; a day without a report ends the run
seven_days ; missing = positive ; + 1 | + 2 | + 3 | ? 4 | + 5 | + 6 | + 7 ; day 1, confirmed 7 ; it counts
seven_days ; days = 3 ; + 29 | + 30 | + 31 ; day 29, confirmed 31 ; three in a row
""")
