"""What a notebook, a figure or a page may see: results and the words to tell them in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stepdown.results._table import Results


@dataclass(frozen=True, kw_only=True)
class MeasureWords:
    """A quality measure in words.

    Attributes
    ----------
    name, label : str
        Id and version ("fui@1"); its name for readers.
    sentence, not_verified : str
        What it counts, and what of it was not checked against the official text.
    lower : bool
        Whether less is better.
    notes : tuple of str
        What could not be checked with these data.
    """

    name: str
    label: str
    sentence: str
    not_verified: str
    lower: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What the study decided, in words for readers without statistics.

    Attributes
    ----------
    title : str
        Title of the study.
    relapse : str
        The word that the study chose: "relapse" or "return to use".
    endpoint : str
        The relapse definition in one sentence.
    missing_rule : str
        What it does about missing observations.
    time_zero : str
        "discharge", "admission" or "randomisation".
    window : tuple of int
        (a, b): days after day a up to day b.
    times : tuple of int
        Days at which results are told; the last is the horizon.
    arms : tuple of str
        Labels of the arms, the last is the reference; empty where nothing is compared.
    analyses : mapping of str to str
        Key of each analysis in the results ("landmark_14") to its sentence, the primary comparison
        first; "whole_cohort" is always there.
    notes : tuple of str
        Sentences that must stand in every report of this study: how the day-0 rule works, that arms
        are not adjusted, columns let past the identifier guard with their reasons.
    measures : tuple of MeasureWords
        Quality measures that were asked for, in order.
    measures_version : str
        Version of the list that they come from.
    """

    title: str
    relapse: str
    endpoint: str
    missing_rule: str
    time_zero: str
    window: tuple[int, int]
    times: tuple[int, ...]
    arms: tuple[str, ...] = ()
    analyses: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    measures: tuple[MeasureWords, ...] = ()
    measures_version: str = ""


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """What went in: enough to say that the same inputs gave the same report.

    Attributes
    ----------
    study_sha256 : str
        Hash of the study file's bytes.
    inputs : tuple of (name, sha256, rows)
        Files read, without folders.
    seed : int
        Seed of the study.
    versions : mapping of str to str
        Versions of this package and of the libraries that can move a number.
    basis : str
        Legal ground on which the data are held.
    dropped : tuple of str
        Identifier columns left out on load.
    allowed : mapping of str to str
        Columns let past the identifier guard, each with its reason.
    """

    study_sha256: str
    inputs: tuple[tuple[str, str, int], ...]
    seed: int
    versions: Mapping[str, str]
    basis: str
    dropped: tuple[str, ...] = ()
    allowed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, kw_only=True)
class Analysis:
    """Everything that a report may show.

    Attributes
    ----------
    results : Results
        All numbers, the flow of discharges included (estimand "flow").
    wording : Wording
        The study in words.
    provenance : Provenance
        What went in.
    """

    results: Results
    wording: Wording
    provenance: Provenance
