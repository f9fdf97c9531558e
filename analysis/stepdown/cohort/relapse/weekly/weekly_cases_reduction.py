"""Cases for the weekly definitions of the amount of use."""

from stepdown.cohort.relapse.weekly.weekly_case import drawn

REDUCTION = drawn("""
comer_2006_reduction | --*o++-- | | 0.5625 | four and a half of eight
comer_2006_reduction | --------++++ | | 1 | weeks 1 to 8 only
comer_2006_reduction | -_ | | 0.5 | the two weeks that the word has
comer_2006_reduction | oooo | | 0 | never tested
fiellin_2006_reduction | -*o+ | | 0.375 | one and a half of four
fiellin_2006_reduction | --_- | | 0.75 | a week with nothing due stays in the divisor
fiellin_2006_reduction | oooo | | 0 | never tested
fiellin_2006_reduction | (empty) | | 0 | no week
johnson_1992_reduction | --*o | | 0.625 | two and a half of four
johnson_1992_reduction | -_ | | 0.5 | a week with nothing due stays in the divisor
johnson_1992_reduction | oooo | | 0 | never tested
pani_2000_reduction_b | *+++ | | 0.125 | half of one of four
pani_2000_reduction_b | -_ | | 0.5 | a week with nothing due stays in the divisor
pani_2000_reduction_b | oooo | | 0 | never tested
haight_2019_reduction | ++++-*_o | | 0.375 | weeks 5 to 8, which the word has
haight_2019_reduction | ----+++++++++++- | | 0 | weeks 5 to 15 only
haight_2019_reduction | ---- | | 0 | ends before week 5
haight_2019_reduction | oooooo | | 0 | never tested
ling_2010_reduction | -*_o | | 0.375 | one and a half of four
ling_2010_reduction | ---------------+++ | | 1 | weeks 1 to 15 only
ling_2010_reduction | oooooo | | 0 | never tested
mattick_2003_reduction_b | -*_o | | 0.375 | one and a half of four
mattick_2003_reduction_b | -------------+++ | | 1 | weeks 1 to 13 only
mattick_2003_reduction_b | oooooo | | 0 | never tested
preston_2000_reduction | *_-- | | 0.625 | two and a half of four
preston_2000_reduction | -------------+++ | | 1 | weeks 1 to 13 only
preston_2000_reduction | oooooo | | 0 | never tested
strang_2019_reduction | *_-- | | 0.625 | two and a half of four
strang_2019_reduction | ------------++++ | | 1 | weeks 1 to 12 only
strang_2019_reduction | oooooo | | 0 | never tested
mattick_2003_reduction_a | --o*oooo | | 0.625 | two and a half of the first four weeks
mattick_2003_reduction_a | -_oo | | 0.5 | week 2 is not missing
mattick_2003_reduction_a | oooo | | 0 | never tested
tanum_2017_reduction | -+oo | | 0.5 | one of the first two weeks
tanum_2017_reduction | *_oo | | 0.25 | week 2 is not missing
tanum_2017_reduction | oooo | | 0 | never tested
fudala_2003_reduction | -oo+ | | 0.5 | one of the two that are left
fudala_2003_reduction | *_oo | | 0.25 | a week with nothing due is left
fudala_2003_reduction | oooo | | 0 | none is left
pani_2000_reduction_a | -o*+ | | 0.5 | one and a half of the three that are left
pani_2000_reduction_a | -_oo | | 0.5 | a week with nothing due is left
pani_2000_reduction_a | oooo | | 0 | none is left
schottenfeld_2005_reduction | -ooo | | 1 | one of one
schottenfeld_2005_reduction | *_oo | | 0.25 | a week with nothing due is left
schottenfeld_2005_reduction | oooo | | 0 | none is left
wolstein_2009_reduction | ooo* | | 0.5 | half of one
wolstein_2009_reduction | -_oo | | 0.5 | a week with nothing due is left
wolstein_2009_reduction | oooo | | 0 | none is left
ling_1998_reduction_a | o---------------++ | | 1 | the first 15 that are left are weeks 2 to 16
ling_1998_reduction_a | o*_ | | 0.25 | a week with nothing due is left
ling_1998_reduction_a | oooo | | 0 | none is left
lofwall_2018_reduction | -------+-+-+-+- | | 1 | positive in skipped weeks only
lofwall_2018_reduction | ------*+ | | 0.875 | week 8 takes the mixed result of week 7
lofwall_2018_reduction | --_o | | 0.5 | missing counts as positive
lofwall_2018_reduction | oooo | | 0 | never tested
strain_1994_reduction | -*o+ | | 0.625 | one and a half of four positive
strain_1994_reduction | __++ | | 0.5 | a week with nothing due stays in the divisor
strain_1994_reduction | oooo | | 1 | never tested counts as without use
strain_1994_reduction | (empty) | | cannot be told | no week
strain_1999_reduction | ++*- | | 0.375 | two and a half of four positive
strain_1999_reduction | __++ | | 0.5 | a week with nothing due stays in the divisor
strain_1999_reduction | oooo | | 1 | never tested counts as without use
shufman_1994_reduction | +o*_ | | 0.625 | one and a half of four positive
shufman_1994_reduction | oooo | | 1 | never tested counts as without use
strain_1996_reduction | +o*_ | | 0.5 | one and a half of the three that are left
strain_1996_reduction | -o | | 1 | none of one
strain_1996_reduction | oooo | | cannot be told | none is left
soyka_2008_reduction | +oo- | | 0.5 | one of two
soyka_2008_reduction | *_oo | | 0.75 | half of one of two
soyka_2008_reduction | oooo | | cannot be told | none is left
strain_1993_reduction | +++++-*_o | | 0.875 | weeks 6 to 9, which the word has
strain_1993_reduction | ----------+----++++ | | 0.9 | weeks 6 to 15 only
strain_1993_reduction | ooooooo | | 1 | never tested counts as without use
strain_1993_reduction | ----- | | cannot be told | ends before week 6
petitjean_2001_reduction | -o*_ | | 0.625 | a missing week is positive, a mixed one half
petitjean_2001_reduction | ---- | | 1 | never positive
petitjean_2001_reduction | oooo | | 0 | never tested
woody_2008_reduction | +++-+++*+++_ | | 5/6 | half of one of weeks 4, 8 and 12
woody_2008_reduction | +++-+++ | | 1 | week 4 only, which the word has
woody_2008_reduction | ---o---o---- | | 1/3 | two of three missing
woody_2008_reduction | oooo | | 0 | never tested
woody_2008_reduction | --- | | cannot be told | ends before week 4
jaffe_1972_reduction | --+ooooo | | 0 | no result in week 8 or later
jaffe_1972_reduction | --+oooo- | | 0.875 | mostly negative, so four missing weeks count as negative
jaffe_1972_reduction | -+*oooo- | | 0.3125 | two negative, two positive or mixed: missing counts as positive
jaffe_1972_reduction | ---____o_ | | 4/9 | three and the missing one of nine
jaffe_1972_reduction | oooooooo | | 0 | never tested
kosten_1993_reduction_b | -------+++ | | yes | seven of ten
kosten_1993_reduction_b | ------*+++ | | no | six and a half of ten
kosten_1993_reduction_b | ooo- | | yes | one of the one that is left
kosten_1993_reduction_b | --_ | | no | two of three
kosten_1993_reduction_b | ---------------++++++++ | | yes | the first 15
kosten_1993_reduction_b | oooo | | no | none is left
strang_2010_reduction | ------------++++++------ | | yes | six of the last twelve
strang_2010_reduction | ------------+++++++----- | | no | five of the last twelve
strang_2010_reduction | -*o_ | | no | one and a half of four
strang_2010_reduction | -- | | yes | the weeks that the word has
strang_2010_reduction | oooo | | no | never tested
eissenberg_1997_reduction | +++++++++++---- | | yes | weeks 12 to 15
eissenberg_1997_reduction | ++++++++++-o--+ | | yes | the missing week lies between negative ones
eissenberg_1997_reduction | +++++++-oo--+++ | | no | two missing weeks are not filled
eissenberg_1997_reduction | ----+++++++++oo | | no | no result in week 15 or later
eissenberg_1997_reduction | +++++++++++---_---- | | no | four in a row after week 15 only
eissenberg_1997_reduction | --*--*--*--*--* | | no | mixed weeks break the runs
eissenberg_1997_reduction | ooooooooooooooo | | no | never tested
ling_1998_reduction_c | -*o_+ | | 1.5 | one and a half
ling_1998_reduction_c | ---------------- | | 15 | weeks 1 to 15 only
ling_1998_reduction_c | oooo | | 0 | never tested
zaks_1972_reduction | -*o_+ | | 2.5 | four are left, one and a half of them positive
zaks_1972_reduction | ---- | | 4 | never positive
zaks_1972_reduction | oooo | | 0 | none is left
""")
