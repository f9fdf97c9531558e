"""Cases for the definitions that look at care and claims, and for the composite."""

from stepdown.cohort.relapse.daily.drawn_case import drawn

CARE = drawn("""
readmission ; ; / stay 40..60 ; day 40 ; a second stay
readmission ; ; / stay 1..20 ; none by day 90 ; one day later: a transfer
readmission ; ; / stay 2..20 ; day 2 ; two days later
readmission ; max_gap_days = 3 ; / stay 2..20 ; none by day 90 ; a longer gap allowed
readmission ; max_gap_days = 0 ; / stay 0..20 ; none by day 90 ; the same day
readmission ; max_gap_days = 0 ; / stay 1..20 ; day 1 ; no gap allowed
readmission ; ; / stay 1..20 / stay 21..40 ; none by day 90 ; a transfer from a transfer
readmission ; ; / stay 1..20 / stay 22..40 ; day 22 ; two days after the second stay
readmission ; ; / stay 40..60 iop ; none by day 90 ; step-down care
readmission ; ; / stay 40..45 withdrawal ; day 40 ; withdrawal management
readmission ; ; admitted 7 withdrawal ; day 7 ; told by a finding
readmission ; ; admitted 30 ; none by day 90 ; the level is not known
readmission ; ; admitted 0 residential ; none by day 90 ; the same day: a transfer
readmission ; ; admitted 0 residential unplanned ; day 0 ; but it was not planned
readmission ; ; admitted 1 withdrawal unplanned ; day 1 ; nor was this
readmission ; ; iop 10..40 | admitted 40 residential planned ; none by day 90 ; a step-up
readmission ; ; iop 40 | admitted 40 residential planned ; none by day 90 ; a session on the very day
readmission ; ; iop 10..40 | admitted 40 residential ; day 40 ; whether it was planned is not known
readmission ; ; iop 10..40 | admitted 42 residential planned ; day 42 ; two days after the last session
readmission ; ; iop 10..40 missed | admitted 40 residential planned ; day 40 ; the care was not attended
readmission ; ; iop 10..40 | admitted 41 withdrawal planned ; day 41 ; withdrawal management is no step-up
readmission ; ; admitted 42 residential planned ; day 42 ; planned, but from no care
readmission ; ; iop 30..40 | admitted 40 residential planned / stay 40..60 ; none by day 90
    ; the stay and the finding are one admission
readmission ; ; stay -28..0 | follow 0..30 lost / stay 40..60 ; none by day 30 ; after observation ended
readmission ; ; stay -28..0 | follow 0..40 lost / stay 40..60 ; day 40 ; the last day observed counts
readmission ; zero = admission ; stay 0..28 | follow 0..90 | admitted 0 residential unplanned
    ; none by day 90 ; the own admission
readmission ; zero = admission ; stay 0..28 | follow 0..90 / stay 40..60 ; day 40 ; days since the admission
readmission ; zero = randomization
    ; stay 5..30 | randomization_day 0 | follow 0..90 | admitted 5 residential unplanned ; none by day 90
    ; the own admission
treatment_return ; ; admitted 30 ; day 30 ; whatever the level
treatment_return ; ; / stay 40..60 ; day 40 ; a second stay
treatment_return ; ; / stay 1..20 ; none by day 90 ; one day later: a transfer
treatment_return ; ; / stay 2..20 ; day 2 ; two days later
treatment_return ; ; / stay 40..60 iop ; none by day 90 ; step-down care
treatment_return ; ; admitted 30 outpatient ; none by day 90 ; step-down care
treatment_return ; ; iop 5..40 ; none by day 90 ; sessions are no admission
treatment_return ; ; iop 10..40 | admitted 40 residential planned ; day 40
    ; a step-up is a return all the same
treatment_return ; ; admitted 1 unplanned ; day 1 ; not planned: no transfer
treatment_return ; ; admitted 0 ; none by day 90 ; the same day: a transfer
treatment_return ; ; admitted 0 unplanned ; day 0 ; but it was not planned
treatment_return ; ; admitted 7 withdrawal ; day 7 ; a week later
treatment_return ; max_gap_days = 7 ; admitted 7 ; none by day 90 ; a gap of seven days allowed
treatment_return ; zero = admission ; stay 0..28 | follow 0..90 | admitted 0 unplanned ; none by day 90
    ; the own admission
sud_claim ; ; emergency 30 claim sud ; day 30 ; an emergency visit
sud_claim ; ; emergency 30 claim other_diagnosis ; none by day 90 ; for something else
sud_claim ; ; emergency 30 claim ; none by day 90 ; the diagnosis is not known
sud_claim ; ; emergency 30 registry sud ; none by day 90 ; no claim
sud_claim ; ; + 30 claim sud ; none by day 90 ; neither emergency nor inpatient
sud_claim ; ; admitted 7 claim sud ; day 7 ; an admission
sud_claim ; ; admitted 1 claim sud ; none by day 90 ; one day later: a transfer
sud_claim ; ; admitted 1 claim sud unplanned ; day 1 ; but it was not planned
sud_claim ; max_gap_days = 0 ; admitted 1 claim sud ; day 1 ; no gap allowed
sud_claim ; ; emergency 0 claim sud ; day 0 ; an emergency visit is never a transfer
sud_claim ; zero = admission ; stay 0..28 | follow 0..90 | emergency 0 claim sud ; none by day 90
    ; day 0 is where they start
claim_definite ; ; + 5 claim possible | + 10 claim probable | emergency 30 claim definite ; day 30
    ; definite only
claim_probable ; ; + 5 claim possible | + 10 claim probable | emergency 30 claim definite ; day 10
    ; definite or probable
claim_possible ; ; + 5 claim possible | + 10 claim probable | emergency 30 claim definite ; day 5 ; any
claim_possible ; ; + 10 claim ; day 10 ; positive without a certainty
claim_probable ; ; + 10 claim ; none by day 90 ; without a certainty
claim_possible ; ; emergency 10 claim ; none by day 90
    ; an emergency visit without a certainty may be for anything
claim_definite ; ; + 0 claim definite ; day 0 ; on the day of discharge itself
claim_definite ; ; emergency 7 claim definite | + 30 claim definite ; day 7 ; the first of two
claim_definite ; zero = admission ; stay 0..28 | follow 0..90 | + 0 claim definite | + 30 claim definite
    ; day 30 ; day 0 is where they start
claim_probable ; ; emergency 0 claim probable ; day 0 ; an emergency visit is never a transfer
claim_probable ; ; + 7 claim possible | admitted 7 claim probable ; day 7 ; the more certain of the day
claim_probable ; ; stay -28..0 | follow 0..29 lost | + 30 claim definite ; none by day 29
    ; found after observation ended
claim_possible ; ; + 0 claim ; day 0 ; on the day of discharge itself
claim_possible ; ; + 7 claim possible ; day 7 ; the least certain
claim_possible ; ; stay -28..0 | follow 0..30 lost | + 30 claim ; day 30 ; the last day observed counts
claim_definite ; ; - 10 claim definite ; none by day 90 ; definitely none
claim_definite ; ; + 10 registry definite ; none by day 90 ; no claim
claim_definite ; ; admitted 1 claim definite ; none by day 90 ; one day later: a transfer
claim_definite ; ; admitted 2 claim definite ; day 2 ; two days later
composite ; ; + 30 | admitted 20 residential | emergency 25 claim sud ; day 20 ; the admission came first
composite ; ; + 30 | emergency 7 claim sud ; day 7 ; the claim came first
composite ; ; + 10 | emergency 10 claim sud ; day 10 ; on one day
composite ; ; + 0 | admitted 20 residential ; day 0 ; use came first
composite ; ; admitted 1 residential ; none by day 90 ; a transfer
composite ; ; + (0,30] | admitted 20 residential ; days 1-20, confirmed 20
    ; use in the interval, or the admission
composite ; missing = positive ; ? 14 | admitted 20 residential ; day 14 ; the missed contact counts
composite ; missing = last, visits = 30 60 ; stay -28..0 | follow 0..40 lost | - 30 ; none by day 60
    ; clean when lost, so clean to the last visit
composite ; missing = interval ; - 10 | + 30 | emergency 25 claim sud ; days 11-25, confirmed 25
    ; after the last clean contact
""")
