"""Cases for the weekly definitions of relapse and dropout."""

from stepdown.cohort.relapse.weekly.weekly_case import drawn

RELAPSE = drawn("""
ctn0094_relapse | -++++- | | week 2, confirmed 35 | four in a row, dated to the first of them
ctn0094_relapse | ++++ | | week 1, confirmed 28 | the very first weeks
ctn0094_relapse | -+++-++++ | | week 6, confirmed 63 | the first run is one short
ctn0094_relapse | +++-+++ | | none by week 4 | four, but not in a row; the last window starts in week 4
ctn0094_relapse | -+o*+- | | week 2, confirmed 35 | a missing and a mixed week count as positive
ctn0094_relapse | oooooo | | week 1, confirmed 28 | never tested: positive throughout
ctn0094_relapse | ++_++ | | none by week 2 | nothing due in week 3: not positive
ctn0094_relapse | +++ | | cannot be told | shorter than four weeks
ctn0094_relapse | (empty) | | cannot be told | nothing was ever due
ctn0094_relapse | -+o+++- | ignored | week 2, confirmed 42 | week 3 dropped; the days still count it
ctn0094_relapse | o+o+o+o+ | ignored | week 2, confirmed 56 | weeks 2, 4, 6 and 8
ctn0094_relapse | oooooo | ignored | cannot be told | nothing is left
ctn0094_relapse | +-oooo | last | none by week 3 | the negative result is carried on
ctn0094_relapse | -+oooo | last | week 2, confirmed 35 | the positive result is carried on
ctn0094_relapse | ooo++++ | last | week 4, confirmed 49 | nothing to carry before week 4
ctn0094_relapse | --oo++++ | interval | week 5, days 15-35, confirmed 56 | between week 2 and week 5
ctn0094_dropout | --oooo | | week 3, confirmed 42 | four missing in a row
ctn0094_dropout | oooo | | week 1, confirmed 28 | never came
ctn0094_dropout | ooo+ooo- | | none by week 5 | three and three
ctn0094_dropout | oo_oo- | | none by week 3 | nothing due in week 3: not missing
ctn0094_dropout | ++++** | | none by week 3 | positive is not dropout
ctn0094_dropout | ooo | | cannot be told | shorter than four weeks
johnson_1992 | ---++ | | week 4, confirmed 35 | from week 4 on
johnson_1992 | --++- | | none by week 4 | only the second of the two lies in week 4
johnson_1992 | +++-+-+ | | none by week 6 | the run of weeks 1-3 does not count
johnson_1992 | ----o* | | week 5, confirmed 42 | a missing and a mixed week count as positive
johnson_1992 | oooooo | | week 4, confirmed 35 | never tested
johnson_1992 | ---+_+ | | none by week 5 | nothing due between
johnson_1992 | ---+ | | none by week 3 | shorter: no event in the source
johnson_1992 | +++ | | none by week 3 | ends before week 4: no event in the source
johnson_1992 | +++o+o+ | ignored | week 5, confirmed 49 | weeks 5 and 7; week 3 comes too early to count
johnson_1992 | ---+oo | last | week 4, confirmed 35 | the positive result is carried on
johnson_1992 | ---o++ | interval | week 5, days 22-35, confirmed 42 | week 3 is clean, week 4 was missed
krupitsky_2004 | -+++ | | week 2, confirmed 28 | three in a row
krupitsky_2004 | ++-++ | | none by week 3 | two and two
krupitsky_2004 | *o+- | | week 1, confirmed 21 | a mixed and a missing week count as positive
krupitsky_2004 | ooo | | week 1, confirmed 21 | never tested
krupitsky_2004 | ++_+ | | none by week 2 | nothing due in week 3
krupitsky_2004 | ++ | | none by week 0 | shorter: no event in the source
krupitsky_2004 | ++oo+ | ignored | week 1, confirmed 35 | weeks 1, 2 and 5
krupitsky_2004 | -+oo- | last | week 2, confirmed 28 | the positive result is carried on
krupitsky_2004 | -o+++ | interval | week 3, days 8-21, confirmed 35 | after the last clean week
lee_2016 | -+-+-- | | week 3, confirmed 28 | two of weeks 1-4, dated to the third of the four
lee_2016 | ++---- | | week 3, confirmed 28 | dated to the third week even where the first two are positive
lee_2016 | ----+--+ | | week 7, confirmed 56 | weeks 5-8
lee_2016 | +----+ | | none by week 5 | never two within four weeks
lee_2016 | --*o-- | | week 3, confirmed 28 | a mixed and a missing week count as positive
lee_2016 | ooooo | | week 3, confirmed 28 | never tested
lee_2016 | +__+- | | week 3, confirmed 28 | weeks with nothing due are weeks of the window
lee_2016 | ++- | | cannot be told | shorter than four weeks
lee_2016 | ---+ | | none by week 3 | one only
lee_2016 | -o-o+-o+ | ignored | week 6, confirmed 56 | weeks 3, 5, 6 and 8, of which the third is week 6
lee_2016 | +ooo- | last | week 3, confirmed 28 | the positive result is carried on
lee_2016 | -ooo+ | last | none by week 4 | the clean one is carried on
lee_2016 | --o+o+ | interval | week 4, days 15-28, confirmed 42 | weeks 4 and 6; the third left is week 4
lee_2018 | --++++ | | week 3, confirmed 42 | the first two weeks are left out
lee_2018 | ++++-- | | none by week 3 | only two of the four lie after week 2
lee_2018 | ++++++ | | week 3, confirmed 42 | a run from week 1 is dated to week 3
lee_2018 | ---o+*+ | | week 4, confirmed 49 | a missing and a mixed week count as positive
lee_2018 | oooooo | | week 3, confirmed 42 | never tested
lee_2018 | --++_++ | | none by week 4 | nothing due in week 5
lee_2018 | +++++ | | cannot be told | three weeks after week 2 are too few
lee_2018 | --+o+++ | ignored | week 3, confirmed 49 | weeks 3, 5, 6 and 7
lee_2018 | -+oooo | last | week 3, confirmed 42 | carried on from week 2, which is itself left out
lee_2018 | -o++++ | interval | week 3, days 15-21, confirmed 42 | week 2 is left out, so not before week 3
schottenfeld_2008_relapse | --+++ | | week 3, confirmed 35 | three in a row
schottenfeld_2008_relapse | ++-++- | | none by week 4 | two and two
schottenfeld_2008_relapse | +o* | | week 1, confirmed 21 | a missing and a mixed week count as positive
schottenfeld_2008_relapse | oooo | | week 1, confirmed 21 | never tested
schottenfeld_2008_relapse | +_++ | | none by week 2 | nothing due in week 2
schottenfeld_2008_relapse | ++ | | cannot be told | shorter than three weeks
schottenfeld_2008_relapse | +o++ | ignored | week 1, confirmed 28 | weeks 1, 3 and 4
schottenfeld_2008_relapse | +oo- | last | week 1, confirmed 21 | the positive result is carried on
schottenfeld_2008_relapse | -o+++ | interval | week 3, days 8-21, confirmed 35 | after the last clean week
""")
