"""Cases for the weekly definitions of abstinence."""

from stepdown.cohort.relapse.weekly.weekly_case import drawn

ABSTINENCE = drawn("""
mokri_2016 | --+- | | week 3, confirmed 21 | the first positive week
mokri_2016 | ---- | | none by week 4 | never positive
mokri_2016 | -o-+ | | week 2, confirmed 14 | a missing week counts as positive
mokri_2016 | -*-- | | week 2, confirmed 14 | a mixed week counts as positive
mokri_2016 | ooo | | week 1, confirmed 7 | never tested
mokri_2016 | __- | | none by week 3 | nothing due is not positive
mokri_2016 | (empty) | | cannot be told | nothing was ever due
mokri_2016 | -oo+ | ignored | week 4, confirmed 28 | the first result that is positive
mokri_2016 | -oo+ | interval | week 4, days 8-28, confirmed 28 | after the last clean week
mokri_2016 | -_o+ | interval | week 4, days 8-28, confirmed 28 | weeks with nothing due do not show either
mokri_2016 | o+oo | last | week 2, confirmed 14 | nothing to carry into week 1
schottenfeld_2008_abstinence_a | -+ | | week 2, confirmed 14 | the first positive week
schottenfeld_2008_abstinence_a | -- | | none by week 2 | never positive
schottenfeld_2008_abstinence_a | -o | | week 2, confirmed 14 | a missing week counts as positive
schottenfeld_2008_abstinence_a | *_ | | week 1, confirmed 7 | a mixed week counts as positive
schottenfeld_2008_abstinence_a | ooo | | week 1, confirmed 7 | never tested
schottenfeld_2008_abstinence_a | (empty) | | cannot be told | nothing was ever due
schottenfeld_2008_abstinence_a | -o+ | ignored | week 3, confirmed 21 | the missing week is dropped
schottenfeld_2008_abstinence_a | -o+ | last | week 3, confirmed 21 | the clean one is carried on
schottenfeld_2008_abstinence_a | -o+ | interval | week 3, days 8-21, confirmed 21 | after the last clean week
shufman_1994 | -o-+ | | week 4, confirmed 28 | a missing week counts as negative
shufman_1994 | -o-* | | week 4, confirmed 28 | a mixed week counts as positive
shufman_1994 | oooo | | none by week 4 | never tested reads as abstinent
shufman_1994 | _- | | none by week 2 | nothing due is not positive
shufman_1994 | (empty) | | cannot be told | nothing was ever due
shufman_1994 | oooo | positive | week 1, confirmed 7 | never tested reads as positive
shufman_1994 | o*oo | last | week 2, confirmed 14 | nothing to carry into week 1
shufman_1994 | -o+ | interval | week 3, days 8-21, confirmed 21 | after the last clean week
shufman_1994 | oooo | ignored | cannot be told | nothing is left
schottenfeld_2008_abstinence_b | --+--- | | 3 | the longer of two runs
schottenfeld_2008_abstinence_b | --o-- | | 2 | a missing week breaks the run
schottenfeld_2008_abstinence_b | --*- | | 2 | so does a mixed week
schottenfeld_2008_abstinence_b | --_- | | 2 | so does a week with nothing due
schottenfeld_2008_abstinence_b | oooo | | 0 | never tested
schottenfeld_2008_abstinence_b | (empty) | | 0 | nothing was ever due
schottenfeld_2005 | --o-- | | 4 | a missing week is dropped
schottenfeld_2005 | --*-- | | 2 | a mixed week counts as positive
schottenfeld_2005 | --_- | | 2 | a week with nothing due is not missing
schottenfeld_2005 | -+o+- | | 1 | one at either end
schottenfeld_2005 | oooo | | 0 | never tested
schottenfeld_2005 | (empty) | | 0 | nothing was ever due
kosten_1993 | +---+ | | yes | three in a row
kosten_1993 | --o-- | | no | a missing week breaks the run
kosten_1993 | --*- | | no | so does a mixed week
kosten_1993 | -_-- | | no | so does a week with nothing due
kosten_1993 | oooo | | no | never tested
kosten_1993 | -- | | no | shorter than three weeks
ling_1998 | ----+ | | yes | four in a row
ling_1998 | ---o- | | no | a missing week breaks the run
ling_1998 | ---*--- | | no | so does a mixed week
ling_1998 | --_-- | | no | so does a week with nothing due
ling_1998 | oooo | | no | never tested
ling_1998 | --- | | no | shorter than four weeks
fiellin_2006 | -+-o*-_ | | 3 | negative weeks only
fiellin_2006 | oooo | | 0 | never tested
fiellin_2006 | ---------------- | | 16 | the whole word
fiellin_2006 | (empty) | | 0 | nothing was ever due
krupitsky_2011_a | ++++-----------+ | | yes | positive in weeks 4 and 16 only
krupitsky_2011_a | ----+---------- | | no | week 5
krupitsky_2011_a | --------------+ | | no | week 15
krupitsky_2011_a | -----o--------- | | no | a missing week counts as positive
krupitsky_2011_a | -----*--------- | | no | so does a mixed week
krupitsky_2011_a | ++++_-_ | | yes | the weeks that the word has
krupitsky_2011_a | ooooooooooooooo | | no | never tested
krupitsky_2011_a | ---- | | cannot be told | ends before week 5
krupitsky_2011_a | ----___________+ | | cannot be told | nothing was due in weeks 5 to 15
krupitsky_2011_b | ---------------- | | 11 | weeks 5 to 15
krupitsky_2011_b | ++++-+++++++++-- | | 2 | weeks 5 and 15, not 16
krupitsky_2011_b | -----o*_+ | | 1 | week 5 only
krupitsky_2011_b | ooooooooooooooo | | 0 | never tested
krupitsky_2011_b | ---- | | 0 | ends before week 5
lofwall_2018 | +++++---------- | | yes | two of weeks 5-7, week 8 as week 7, all of 9-15
lofwall_2018 | ++++++--------- | | no | one of weeks 5-7
lofwall_2018 | ------+-------- | | no | week 8 takes the positive result of week 7
lofwall_2018 | --------------+ | | yes | six of seven in weeks 9-15
lofwall_2018 | --------+------ | | no | week 9 fills week 10: five of seven
lofwall_2018 | -------+-+-+-+- | | yes | positive in skipped weeks only
lofwall_2018 | --------------o | | yes | a missing week counts as positive: six of seven
lofwall_2018 | ----o*--------- | | no | a missing and a mixed week count as positive
lofwall_2018 | -------_------- | | yes | week 8 is not looked at
lofwall_2018 | ooooooooooooooo | | no | never tested
lofwall_2018 | ------------ | | no | four of seven: weeks 13 to 15 are not there
weiss_2011 | ++++-+-- | | yes | last week negative, one of three before it positive
weiss_2011 | ---+-+- | | no | two of three before it positive
weiss_2011 | ------+ | | no | last week positive
weiss_2011 | ---o | | no | a missing last week counts as positive
weiss_2011 | *o-- | | no | a mixed and a missing week among the three
weiss_2011 | -+_- | | yes | nothing due is not positive
weiss_2011 | oooo | | no | never tested
weiss_2011 | --- | | cannot be told | shorter than four weeks
ctn0094_abstinence | +++++++++++----+ | | yes | weeks 12 to 15
ctn0094_abstinence | -----------o--- | | yes | one of them missing
ctn0094_abstinence | -----------oo-- | | no | two of them missing
ctn0094_abstinence | -----------*--- | | no | a mixed week counts as positive
ctn0094_abstinence | -----------_--- | | no | nothing due is not negative
ctn0094_abstinence | ooooooooooooooo | | no | never tested
ctn0094_abstinence | -------------- | | no | ends in week 14
schwartz_2006 | ++++++++++++++- | | yes | week 15
schwartz_2006 | --------------o | | no | missing
schwartz_2006 | --------------* | | no | mixed
schwartz_2006 | --------------_- | | no | nothing due in week 15
schwartz_2006 | ooooooooooooooo | | no | never tested
schwartz_2006 | -------------- | | no | ends in week 14
""")
