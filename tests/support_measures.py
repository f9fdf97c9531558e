"""Cohorts drawn at random, for second implementations of the quality measures."""

import random
from typing import Any

import pandas as pd

from stepdown.schema import Cohort
from support_cohort import draw

CARE = ["outpatient", "iop", "php"]
ANY = [*CARE, "iop", "residential", "withdrawal"]
KINDS = ["group", "individual", "medication", "medication", "drug_test", "mutual_help"]
MEDICATIONS = ["", "buprenorphine", "methadone", "naltrexone_long_acting"]
ROUND_THE_CLOCK = ("withdrawal", "residential")


def some_client(rng: random.Random, name: str) -> list[str]:
    day = rng.randrange(-5, 20)
    lines, leave = [], day
    for _ in range(rng.choice([1, 1, 2, 3, 4])):
        leave = day + rng.choice([0, 1, 5, 14, 28])
        level = rng.choice(["residential"] * 3 + ["withdrawal"] * 2 + CARE)
        words = [f"stay {day}..{leave if rng.random() < 0.92 else ''} {level}"]
        if rng.random() < 0.8:
            words.append(f"age {rng.choice([12.9, 13, 15.5, 16, 17.9, 18, 40, 64.9, 65])}")
        reason = rng.choice(["completed"] * 6 + ["died", "incarcerated"])
        words.append(f"discharge_reason {reason}")
        for flag in ("appointment_scheduled", "records_transferred"):
            words += [f"{flag} {rng.choice(['yes', 'no'])}"] if rng.random() < 0.7 else []
        if rng.random() < 0.7:
            words.append(f"primary_substance {rng.choice(['opioids', 'opioids', 'alcohol'])}")
        lines.append(words)
        day = leave + rng.choice([0, 1, 2, 3, 7, 8, 14, 15, 29, 30, 31, 90, 91])
    lines[0] += some_events(rng, leave)
    rng.shuffle(lines)
    return [f"{name}: " + " | ".join(words) for words in lines]


def some_events(rng: random.Random, leave: int) -> list[str]:
    words = []
    near = [0, 1, 2, 3, 7, 8, 13, 14, 15, 30, 31, 34, 44, 48]
    for _ in range(rng.randrange(8)):
        start = leave + rng.choice([*near, rng.randrange(-40, 60)])
        end = start + rng.choice([0, 0, 0, 0, 3, 20, 170, 180])
        missed = rng.choice(["", "", "", "", " missed"])
        kind = rng.choice(KINDS)
        kind += f" {rng.choice(MEDICATIONS)}" if kind == "medication" else ""
        words.append(f"{rng.choice(ANY)} {start}..{end} {kind}{missed}")
    if rng.random() < 0.15:
        words.append(f"death {leave + rng.choice([0, 5, 29, 30, 31, 60])}")
    for _ in range(rng.choice([0, 0, 1, 2])):
        level = rng.choice([*ROUND_THE_CLOCK, "iop"])
        words.append(
            f"admitted {leave + rng.choice([0, 1, 2, 30, 31, 90])} {level} {rng.choice(['planned', 'unplanned', ''])}"
        )
    return words


def some_cohort(seed: int) -> Cohort:
    rng = random.Random(seed)
    lines = [line for name in "abcdefghij" for line in some_client(rng, name)]
    lines.append("z: stay 0..5 | age 40 | iop 8 individual | iop 400 missed | iop 9 medication methadone")
    sites = [rng.choice(["N", "S", None]) for _ in lines]
    return draw("\n".join(lines), data_cut=rng.choice([40, 80, 150, 400, 400]), site_id=sites)


def items(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain dictionaries, missing values as None."""
    return frame.astype(object).where(frame.notna(), None).to_dict("records")
