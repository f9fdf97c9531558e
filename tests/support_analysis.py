"""Made-up analyses in the words of docs/results.md: no pipeline, no cohort file.

The people are drawn with a fixed seed; the numbers are simple sums, good enough to look at and to
look up. They are not the engine's numbers and no test takes them for it.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from stepdown.results import NOT_ADJUSTED, Analysis, Provenance, Results, Wording, rows

TIMES = (30, 60, 90, 180, 365)
BANDS = ((0, 30), (30, 60), (60, 90), (90, 180), (180, 365))
EARLY, NONE = "IOP or PHP within 14 days", "No step-down within 14 days"
Numbers = npt.NDArray[np.int64]
Record = dict[str, object]


def people(seed: int, n: int, scale: float) -> tuple[Numbers, Numbers]:
    """Days and causes: 1 relapse, 2 death, 3 incarceration, 0 lost or the end at day 365."""
    draw = np.random.default_rng(seed)
    relapse = 1 + (draw.weibull(0.7, n) * scale).astype(int)
    death, jail = (1 + draw.exponential(mean, n).astype(int) for mean in (9000, 5000))
    lost = np.minimum(1 + draw.exponential(1500, n).astype(int), 365)
    each = np.stack([lost, relapse, death, jail])
    cause = np.where(each.min(0) == relapse, 1, each.argmin(0))
    return each.min(0), cause


def _risk(days: Numbers, cause: Numbers, *, entry: int, base: Record) -> list[Record]:
    found: list[Record] = []
    survival, so_far = 1.0, {1: 0.0, 2: 0.0, 3: 0.0}
    names = {1: "relapse", 2: "death", 3: "incarceration"}
    at_time: dict[tuple[int, int], float] = {}
    for day in range(entry + 1, 366):
        at_risk = int((days >= day).sum())
        counts = {one: int(((days == day) & (cause == one)).sum()) for one in names}
        for one, count in counts.items():
            so_far[one] += survival * count / at_risk if at_risk else 0.0
            if count:
                found.append(
                    _risk_row(base, names[one], "curve", day, so_far[one], len(days), at_risk, count)
                )
            at_time[day, one] = so_far[one]
        survival *= 1 - sum(counts.values()) / at_risk if at_risk else 1
    for one, name in names.items():
        for time in TIMES:
            value = at_time[time, one]
            found.append(_risk_row(base, name, "estimate", time, value, len(days), len(days), 0))
    return found


def _risk_row(
    base: Record, cause: str, statistic: str, day: int, value: float, total: int, n: int, events: int
) -> Record:
    half = 1.96 * np.sqrt(value * (1 - value) / total)
    return base | {
        "estimand": "risk",
        "cause": cause,
        "statistic": statistic,
        "unit": "probability",
        "time": day,
        "estimate": value,
        "conf_low": max(value - half, 0),
        "conf_high": min(value + half, 1),
        "n": n,
        "events": events,
        "method": "Aalen-Johansen",
    }


def _counts(days: Numbers, cause: Numbers, *, entry: int, base: Record) -> list[Record]:
    def row(statistic: str, day: int, value: int) -> Record:
        keys = {"estimand": "at_risk", "statistic": statistic, "unit": "discharges"}
        return base | keys | {"time": day, "estimate": value, "method": ""}

    found = []
    for day in (entry, *(time for time in TIMES if time > entry)):
        past = days < day
        found += [
            row("at_risk", day, int((~past).sum())),
            row("events", day, int((past & (cause == 1)).sum())),
            row("competing", day, int((past & (cause > 1)).sum())),
            row("censored", day, int((past & (cause == 0)).sum())),
        ]
    return found


def _rates(days: Numbers, cause: Numbers, *, entry: int, base: Record) -> list[Record]:
    found = []
    for start, stop in BANDS:
        begin = max(start, entry)
        time = int(np.clip(days - begin, 0, stop - begin).sum())
        events = int(((days > begin) & (days <= stop) & (cause == 1)).sum())
        value = events / time * 3043.75
        half = 1.96 * np.sqrt(max(events, 1)) / time * 3043.75
        keys = base | {"estimand": "rate", "cause": "relapse", "time": stop, "events": events}
        keys |= {"window_start": begin, "window_end": stop}
        found += [
            keys
            | {"statistic": "estimate", "unit": "per 100 person-months", "estimate": value}
            | {"conf_low": max(value - half, 0), "conf_high": value + half, "method": "exact Poisson"},
            keys | {"statistic": "person_days", "unit": "days", "estimate": time, "method": "count"},
        ]
    return found


def _measure(base: Record, estimand: str, value: float, half: float, unit: str, **keys: object) -> Record:
    row = {"estimand": estimand, "statistic": "estimate", "unit": unit, "estimate": value}
    return base | row | {"conf_low": value - half, "conf_high": value + half, "cause": "relapse", **keys}


def _window(days: Numbers, *, entry: int, base: Record, found: list[Record]) -> list[Record]:
    risk = {
        row["time"]: row["estimate"]
        for row in found
        if row["estimand"] == "risk" and row["statistic"] == "estimate" and row["cause"] == "relapse"
    }
    low, high, year = (float(str(risk[day])) for day in (30, 90, 365))
    free = float(np.minimum(days, 90).mean()) - entry
    span = {"window_start": 30, "window_end": 90}
    return [
        _measure(base, "window_risk", high - low, 0.02, "probability", **span),
        _measure(base, "conditional_risk", (high - low) / (1 - low), 0.03, "probability", **span),
        _measure(base, "share_of_events_by", high / year, 0.04, "probability", time=90, window_end=365),
        _measure(base, "rmst", free, 1.5, "days", time=90, cause=""),
    ]


def arm(days: Numbers, cause: Numbers, *, analysis: str, label: str = "", entry: int = 0) -> list[Record]:
    """Everything about one arm, or about all."""
    base: Record = {"analysis": analysis, "endpoint": "first_use@1", "arm": label, "window_start": entry}
    keep = days > entry
    days, cause = days[keep], cause[keep]
    found = _risk(days, cause, entry=entry, base=base)
    found += _counts(days, cause, entry=entry, base=base)
    found += _rates(days, cause, entry=entry, base=base)
    return [*found, *_window(days, entry=entry, base=base, found=found)]


def _contrasts(found: list[Record], *, analysis: str, arms: tuple[str, str]) -> list[Record]:
    base: Record = {"analysis": analysis, "endpoint": "first_use@1", "arm": arms[0], "reference": arms[1]}
    base["note_code"] = NOT_ADJUSTED
    told = [
        row for row in found if row["statistic"] == "estimate" and row.get("cause", "") in ("", "relapse")
    ]
    out: list[Record] = []
    shared = ("estimand", "cause", "time", "window_start", "window_end", "unit")
    for row in told:
        if row["arm"] != arms[0] or row["estimand"] not in ("risk", "rmst", "window_risk"):
            continue
        other = next(
            item
            for item in told
            if item["arm"] == arms[1] and all(item.get(key) == row.get(key) for key in shared)
        )
        value = float(str(row["estimate"])) - float(str(other["estimate"]))
        half = 2.0 if row["estimand"] == "rmst" else 0.05
        out.append(
            base
            | {key: row[key] for key in shared if key in row}
            | {
                "statistic": "difference",
                "estimate": value,
                "conf_low": value - half,
                "conf_high": value + half,
            }
        )
        ratio = float(str(row["estimate"])) / float(str(other["estimate"]))
        out.append(
            base
            | {key: row[key] for key in shared if key in row}
            | {
                "unit": "ratio",
                "statistic": "ratio",
                "estimate": ratio,
                "conf_low": ratio * 0.8,
                "conf_high": ratio * 1.2,
            }
        )
    test = base | {"estimand": "logrank"}
    out += [test | {"statistic": name, "estimate": value} for name, value in _LOGRANK.items()]
    return out


_LOGRANK = {"statistic": 9.31, "df": 1.0, "p_value": 0.0023}


def flow(steps: list[tuple[str, int, int]], *, analysis: str = "") -> list[Record]:
    """Rows of the flow from (step, kept, removed); clients are a little fewer than discharges."""
    base: Record = {"analysis": analysis, "estimand": "flow"}
    found: list[Record] = []
    for name, kept, removed in steps:
        keys = base | {"term": name}
        found += [
            keys | {"statistic": "removed", "unit": "discharges", "estimate": removed},
            keys | {"statistic": "kept", "unit": "discharges", "estimate": kept},
            keys | {"statistic": "kept", "unit": "clients", "estimate": int(kept * 0.96)},
        ]
    return found


PROVENANCE = Provenance(
    study_sha256="ab" * 32,
    inputs=(("cohort.toml", "cd" * 32, 0), ("discharges.csv", "ef" * 32, 640)),
    seed=20260101,
    versions={"stepdown": "0.1.0", "numpy": "2.3.4", "pandas": "2.3.3"},
    basis="synthetic",
)
WORDING = Wording(
    title="IOP or PHP within 14 days",
    relapse="relapse",
    endpoint="First positive finding after discharge, from any source.",
    missing_rule="A missing observation is neither a relapse nor a day of abstinence.",
    time_zero="discharge",
    window=(30, 90),
    times=TIMES,
    arms=(EARLY, NONE),
    analyses={
        "landmark_14": "Arms are read at day 14, among those still observed and relapse-free then.",
        "whole_cohort": "Everyone who is eligible, from discharge.",
    },
    notes=("A relapse on day 0 leaves the cohort by a counted step.", "The arms are not adjusted."),
)
STEPS = [("All discharges", 640, 0), ("Adults", 610, 30), ("First discharge of each client", 600, 10)]


def exact() -> Analysis:
    """Whole cohort and two arms at a landmark."""
    first, second = people(1, 280, 260), people(2, 320, 170)
    days, cause = (np.concatenate(pair) for pair in zip(first, second, strict=True))
    found = flow(STEPS) + arm(days, cause, analysis="whole_cohort")
    for who, label in ((first, EARLY), (second, NONE)):
        found += arm(*who, analysis="landmark_14", label=label, entry=14)
    kept = int((days > 14).sum())
    found += flow(
        [("Still observed and relapse-free at day 14", kept, len(days) - kept)], analysis="landmark_14"
    )
    found += _contrasts(found, analysis="landmark_14", arms=(EARLY, NONE))
    followed = {"estimand": "followed", "unit": "discharges", "n": 600}
    found += [
        {**followed, "statistic": "never", "time": 0, "estimate": 7},
        {**followed, "statistic": "lost", "time": 90, "estimate": 41},
    ]
    spanning = {
        "estimand": "interval_spans_landmark",
        "statistic": "count",
        "unit": "discharges",
        "estimate": 3,
        "time": 14,
        "window_start": 14,
    }
    found.append({"analysis": "landmark_14", "endpoint": "first_use@1", **spanning})
    return Analysis(results=rows(found), wording=WORDING, provenance=PROVENANCE)


def interval() -> Analysis:
    """A phone cohort: no day is known, every number stands twice."""
    found: list[Record] = []
    for day_known, seed, scale in (("lowest", 3, 330), ("highest", 3, 190)):
        for row in arm(*people(seed, 600, scale), analysis="whole_cohort"):
            if row["estimand"] == "risk" and row["time"] in (30, 90, 180):
                found += [row | {"bound": day_known}] if row["statistic"] != "curve" else []
    wording = replace(WORDING, title="One site by phone", arms=(), analyses={"whole_cohort": "Everyone."})
    return Analysis(results=rows(flow(STEPS) + found), wording=wording, provenance=PROVENANCE)


def baseline() -> Analysis:
    """Two randomized arms, no competing events, the word of a study that avoids 'relapse'."""
    found, arms = flow([("All discharges", 400, 0)]), ("Long", "Short")
    parts = [people(seed, 200, scale) for seed, scale in ((5, 200), (6, 150))]
    parts = [(days, np.minimum(cause, 1)) for days, cause in parts]
    both = (np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts]))
    found += arm(*both, analysis="whole_cohort")
    for who, label in zip(parts, arms, strict=True):
        found += arm(*who, analysis="baseline", label=label)
    found += _contrasts(found, analysis="baseline", arms=arms)
    found = [row for row in found if row.get("cause", "") not in ("death", "incarceration")]
    wording = replace(
        WORDING,
        title="Long against short stay",
        relapse="return to use",
        time_zero="admission",
        arms=arms,
        analyses={"baseline": "Arms are known by time zero.", "whole_cohort": "Everyone."},
    )
    return Analysis(results=rows(found), wording=wording, provenance=PROVENANCE)


def without(analysis: Analysis, **keys: str) -> Analysis:
    """The same analysis without the rows that have these keys."""
    table = analysis.results.table
    drop = np.logical_and.reduce([table[name] == value for name, value in keys.items()])
    return replace(analysis, results=Results(table[~drop]))
