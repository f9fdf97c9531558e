"""Weekly urine patterns for tests: drawn at random, turned into observations, and read one by one, slowly.

The slow reading shares no code with the package: texts, regular expressions and loops.
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from stepdown.schema import DTYPES, OBSERVATIONS, endpoints

WEEKLY = [spec for spec in endpoints() if spec.rule is not None]
Time = tuple[int, int] | None
FINDS = {"+": ["positive"], "-": ["negative"], "*": ["positive", "negative"], "o": ["missing"], "_": []}


def random_patterns(seed: int, count: int, *, longest: int = 20) -> list[str]:
    """Patterns of all lengths, some mostly of one mark, so that runs occur."""
    chance = np.random.default_rng(seed)
    texts = []
    for _ in range(count):
        odds = chance.dirichlet([0.6, 0.6, 0.15, 0.4, 0.1])
        marks = chance.choice(list("+-*o_"), size=int(chance.integers(0, longest + 1)), p=odds)
        texts.append("".join(marks))
    return texts


def observations(texts: list[str], zero: list[int], *, place: int = 7, due: bool = True) -> pd.DataFrame:
    """Findings that spell the words; client n is "c{n}", found on a day of the week, `place` 1 to 7."""
    rows = []
    for number, text in enumerate(texts):
        for week, mark in enumerate(text, start=1):
            day = zero[number] + 7 * (week - 1) + place
            rows += [
                {"client_id": f"c{number}", "day": day, "source": "urine", "finding": finding, "due_day": day}
                for finding in FINDS[mark]
            ]
    names = ["client_id", "day", "source", "finding", "since_day"] + ["due_day"] * due
    frame = pd.DataFrame(rows, columns=names)
    kinds = {column.name: DTYPES[column.kind] for column in OBSERVATIONS.columns}
    return frame.astype({name: kinds[name] for name in names})


def pessimist(word: str) -> str:
    return re.sub(r"[o*]", "+", word)


def windows(word: str, width: int, least: int, mark: str) -> Time:
    """(event, week) of the first window, in the source's counting; None for a word too short."""
    starts = range(1, len(word) - width + 2)
    for start in starts:
        if word[start - 1 : start - 1 + width].count(mark) >= least:
            return 1, start + (width - least)
    return (0, starts[-1] + (width - least)) if starts else None


def anywhere(word: str, pattern: str, width: int, skip: int = 0) -> Time:
    """(event, week) of the first match, or the week up to which there was none, cut to the word."""
    found = re.search(pattern, word[skip:])
    if found:
        return 1, skip + found.start() + 1
    return 0, min(skip + max(len(word) - skip - width + 1, 0), len(word))


def later(found: Time, weeks: int) -> Time:
    return found and (found[0], found[1] + weeks)


TIMES: dict[str, Callable[[str], Time]] = {
    "ctn0094_relapse": lambda word: windows(pessimist(word), 4, 4, "+"),
    "ctn0094_dropout": lambda word: windows(word, 4, 4, "o"),
    "johnson_1992": lambda word: anywhere(pessimist(word), r"\+\+", 2, skip=3),
    "krupitsky_2004": lambda word: anywhere(pessimist(word), r"\+\+\+", 3),
    "lee_2016": lambda word: windows(pessimist(word), 4, 2, "+"),
    "lee_2018": lambda word: later(windows(pessimist(word)[2:], 4, 4, "+"), 2),
    "schottenfeld_2008_relapse": lambda word: windows(pessimist(word), 3, 3, "+"),
    "mokri_2016": lambda word: windows(pessimist(word), 1, 1, "+"),
    "schottenfeld_2008_abstinence_a": lambda word: windows(pessimist(word), 1, 1, "+"),
    "shufman_1994": lambda word: windows(word.replace("o", "-").replace("*", "+"), 1, 1, "+"),
}


def run(word: str) -> int:
    return max(map(len, re.findall(r"-+", word)), default=0)


def lattice(word: str) -> str:
    seen = list(word)
    for week in (8, 10, 12, 14):
        if week <= len(seen):
            seen[week - 1] = seen[week - 2]
    return "".join(seen)


def lofwall(word: str) -> bool:
    seen = lattice(pessimist(word))
    shares = seen[4:7].count("-") / 3, seen[8:15].count("-") / 7
    return shares[0] >= 2 / 3 - 1e-9 and seen[7:8] == "-" and shares[1] >= 5 / 6 - 1e-9


def never_positive(word: str) -> bool | None:
    span = pessimist(word)[4:15]
    return "+" not in span if span.strip("_") else None


def weiss(word: str) -> bool | None:
    read = pessimist(word)
    return bool(re.search(r"-$", read)) and read[-4:-1].count("+") <= 1 if len(read) >= 4 else None


VALUES: dict[str, Callable[[str], Any]] = {
    "schottenfeld_2008_abstinence_b": lambda word: run(pessimist(word)),
    "schottenfeld_2005": lambda word: run(word.replace("o", "").replace("*", "+")),
    "kosten_1993": lambda word: "---" in word,
    "ling_1998": lambda word: "----" in word,
    "fiellin_2006": lambda word: word.count("-"),
    "krupitsky_2011_a": never_positive,
    "krupitsky_2011_b": lambda word: word[4:15].count("-"),
    "lofwall_2018": lofwall,
    "weiss_2011": weiss,
    "ctn0094_abstinence": lambda word: (
        word[11:15].replace("*", "+") in ("----", "o---", "-o--", "--o-", "---o")
    ),
    "schwartz_2006": lambda word: word[14:15] == "-",
}


def half(word: str, mark: str) -> float:
    return sum(1.0 if letter == mark else 0.5 if letter == "*" else 0.0 for letter in word)


def clean(word: str) -> float:
    return half(word, "-") / len(word) if word else 0.0


def unused(word: str) -> float | None:
    return 1 - half(word, "+") / len(word) if word else None


def dropped(word: str) -> str:
    return word.replace("o", "")


def missed(word: str) -> str:
    return word.replace("o", "+")


def habit(word: str) -> float:
    if len(word.rstrip("o")) < 8:
        return 0.0
    often = "-" if word.count("-") > len(re.findall(r"[+*]", word)) else "+"
    return clean(word.replace("o", often))


def month(word: str) -> bool:
    filled = re.sub(r"(?<=-)o(?=-)", "-", word)
    return len(word.rstrip("o")) >= 15 and "----" in filled[:15]


VALUES |= {
    "comer_2006_reduction": lambda word: clean(word[:8]),
    "fiellin_2006_reduction": clean,
    "johnson_1992_reduction": clean,
    "pani_2000_reduction_b": clean,
    "haight_2019_reduction": lambda word: clean(word[4:15]),
    "ling_2010_reduction": lambda word: clean(word[:15]),
    "mattick_2003_reduction_b": lambda word: clean(word[:13]),
    "preston_2000_reduction": lambda word: clean(word[:13]),
    "strang_2019_reduction": lambda word: clean(word[:12]),
    "mattick_2003_reduction_a": lambda word: clean(word.rstrip("o")),
    "tanum_2017_reduction": lambda word: clean(word.rstrip("o")),
    "fudala_2003_reduction": lambda word: clean(dropped(word)),
    "pani_2000_reduction_a": lambda word: clean(dropped(word)),
    "schottenfeld_2005_reduction": lambda word: clean(dropped(word)),
    "wolstein_2009_reduction": lambda word: clean(dropped(word)),
    "ling_1998_reduction_a": lambda word: clean(dropped(word)[:15]),
    "lofwall_2018_reduction": lambda word: clean(lattice(missed(word))[:15]),
    "strain_1994_reduction": unused,
    "strain_1999_reduction": unused,
    "shufman_1994_reduction": unused,
    "strain_1996_reduction": lambda word: unused(dropped(word)),
    "soyka_2008_reduction": lambda word: unused(dropped(word)),
    "strain_1993_reduction": lambda word: unused(word[5:15]),
    "petitjean_2001_reduction": lambda word: unused(missed(word)),
    "woody_2008_reduction": lambda word: unused(missed(word[3:4] + word[7:8] + word[11:12])),
    "jaffe_1972_reduction": habit,
    "kosten_1993_reduction_b": lambda word: clean(dropped(word)[:15]) >= 0.7 - 1e-9,
    "strang_2010_reduction": lambda word: clean(word[-12:]) >= 0.5 - 1e-9,
    "eissenberg_1997_reduction": month,
    "ling_1998_reduction_c": lambda word: half(word[:15], "-"),
    "zaks_1972_reduction": lambda word: len(dropped(word)) - half(dropped(word), "+"),
}
