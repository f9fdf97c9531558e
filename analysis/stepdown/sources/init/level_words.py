"""The words of a level of care: "Intensive Outpatient Program", "Rehab/residential, short term", "ASAM 3.5".

Levels are those of the ASAM Criteria; procedure codes are those that payers use for a day at a level (HCPCS).
"""

import re

_LEVELS = (
    ("withdrawal", r"detox\w*|withdrawal|w ?m|h001[0-4]"),
    ("outpatient", r"non ?intensive out ?patient"),
    ("iop", r"iop|s?i ?o ?p|intensive (out ?patient|op)|2 ?\. ?1|h0015|s9480"),
    ("php", r"php|partial (hospital\w*|care)|day (treatment|hospital)|2 ?\. ?5|h0035|s0201"),
    (
        "residential",
        r"resid\w*|res|rtc|in ?patient|halfway house|3 ?\. ?[1357]|h001[789]|therapeutic community",
    ),
    ("outpatient", r"out ?patient|o ?p|continuing care|ambulatory|(asam|level) 1(\.0)?"),
)


def level_of(text: str) -> str:
    """Return the level of care that a text states; empty where it states none.

    Examples
    --------
    >>> [level_of(text) for text in ("Outpatient - IOP", "ASAM 3.5 Residential", "3.7-WM", "Sober living")]
    ['iop', 'residential', 'withdrawal', '']
    """
    plain = " ".join(re.sub(r"[^\w.]+", " ", text.lower().replace("_", " ")).split())
    return next((level for level, words in _LEVELS if re.search(rf"(^| )({words})( |$)", plain)), "")
