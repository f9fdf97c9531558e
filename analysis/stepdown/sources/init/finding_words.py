"""The words of a result: "not sober", "no use", "left a message".

What is denied is found before what is said. A text of many words is no result.
"""

import re
from collections.abc import Mapping
from functools import cache

import pyarrow as pa

from stepdown.identifiers import common_names, snake
from stepdown.schema import OBSERVATIONS
from stepdown.schema.declarations import shipped_toml
from stepdown.sources.map.plain_columns import as_text, encoded
from stepdown.sources.map.values import NO, YES

_NO = r"(no|not|never|none|non|without|den(y|ies|ied)|(has|had|have|is|was|did|does) ?n.?t)"
_FREE = (
    r"(sober|sobriety|clean|abstinen(t|ce)|abstain\w*|in recovery|in remission|(drug|alcohol|substance) free)"
)
_USE = (
    r"(us(e|es|ed|ing)|(re)?laps\w*|drink\w*|drank|drunk|drugs?|alcohol|substances?|slip(s|ped)?|recurrences?"
    r"|intoxicated)"
)
_FINDINGS = (
    ("positive", rf"\b({_NO}|no longer) (\w+ )?{_FREE}\b"),
    ("negative", rf"\b({_NO}|no longer) (\w+ ){{0,3}}({_USE}|return(ed)?|event)\b"),
    ("death", r"\b(dead|died|deceased|death|passed away|expired)\b"),
    ("incarceration", r"\b(in )?(jail(ed)?|prison|incarcerat\w*|custody)\b"),
    ("admission", r"\b(re ?admi\w+|(back in|return(ed)? to) (treatment|rehab|residential|detox))\b"),
    (
        "missing",
        rf"\b({_NO} (\w+ )?(answer\w*|response|reply|contact\w*|call ?back|show|reach\w*|available|located"
        r"|found|responding|return call|longer in service)|unable to|could ?n.?t|could not|can ?n.?ot"
        r"|unreachable|left (a |an )?(message|msg|voice ?mail|vm)|l ?v ?m|voice ?mail|vm|disconnected"
        r"|wrong (number|no)|busy"
        r"|out of service|lost to follow ?up|ltfu|hung up|mailbox|not attempted|pending)\b",
    ),
    ("refused", r"\b(refus\w*|declin\w*)\b"),
    (
        "positive",
        r"\b((re)?laps(e|es|ed|ing)|us(e|ed|ing)|drank|drinking|drunk|slip(ped)?|recurrence|intoxicated"
        r"|return(ed)? to (use|using|drinking)|back to (use|using|drinking)|resumed( use)?|active use)\b"
        r"|^((ua|uds|test|tested|screen) )?pos(itive)?( (ua|uds|test|screen|for \w+))?$",
    ),
    (
        "negative",
        rf"\b({_FREE}|doing (well|good|great|fine|ok|okay))\b"
        r"|^((ua|uds|test|tested|screen) )?neg(ative)?( (ua|uds|test|screen))?$",
    ),
)
READMITTED = re.compile(r"re_?admi|re_?hospital|return(ed)?_to_(treatment|care|residential|detox)")
# What yes in a column means. A name that states none of these leaves it open.
_ABSTINENT = re.compile(
    r"sober|sobri|abstin|abstain|remission|in_recovery|(^|_)clean(_|$)"
    r"|(drug|alcohol|substance|use|relapse)s?_free"
    r"|(^|_)(no|not|without|never|denie[sd])_(any_)?(use|using|used|drink|drank|drug|alcohol|substance|relaps|laps)"
)
_OF_USE = re.compile(
    r"(^|_)(use|used|uses|using|reuse|rtu)(?=_|\d|$)|relaps|laps|recurr|drink|drank|drunk|(^|_)slip"
)
# Use of something else than a substance that a relapse is about.
_NO_SUBSTANCE = re.compile(
    r"(^|_)(mat|moud|med(s|ication|ications)?|buprenorphine|suboxone|naltrexone|vivitrol|methadone|tobacco|nicotine"
    r"|cigarettes?|smok\w*|vap\w*|caffeine|services?|er|ed|hospital|hotline|app|portal|condoms?|naloxone|narcan)(_|$)"
)
_SPOKEN = re.compile(
    r"reach|contacted|answered|spoke|connected|responded|complete|contact_made|call_made|success|attempt"
)
_LONGEST = 8
# "Return to use: no".
_ANSWERED = re.compile(r"\s*(.*\w)\s*[:=-]\s*(yes|y|no|n)\s*$")
_OTHER = {"positive": "negative", "negative": "positive"}


@cache
def _usual() -> Mapping[str, str]:
    codes: Mapping[str, str] = shipped_toml("stepdown.sources.init", "guesses.toml")["codes"]["finding"]
    return codes


@cache
def finding_of(text: str) -> str:
    """Return what a text says was found; empty where its words are not usual.

    Examples
    --------
    >>> [finding_of(text) for text in ("Not abstinent", "no use since d/c", "LVM x2", "moved to FL")]
    ['positive', 'negative', 'missing', '']
    """
    code = _usual().get(snake(text), snake(text))
    if code in OBSERVATIONS["finding"].codes:
        return str(code)
    answered = _ANSWERED.match(text.lower())
    if answered is not None:
        found = finding_of(answered[1])
        return found if answered[2] in YES else _OTHER.get(found, "")
    plain = text.lower().replace("#", " number ").replace("f/u", "follow up").replace("d/c", "dc")
    # What is denied ends at a mark: "not using, sober" is not "not sober".
    plain = " ".join(re.sub(r"[,;./&+]+", " ; ", re.sub(r"[-_()!?:]+", " ", plain)).split())
    if len(plain.split()) > _LONGEST:
        return ""
    return next((kind for kind, pattern in _FINDINGS if re.search(pattern, plain)), "")


def is_no_substance(rest: str) -> bool:
    """Return whether a name speaks of the use of something else, such as medication or tobacco."""
    return _NO_SUBSTANCE.search(rest) is not None


def meaning_of(rest: str) -> str:
    """Return what yes in a column of a call means; empty where the name leaves it open.

    It is "abstinent", "use", "contacted" or "readmission".

    Examples
    --------
    >>> meaning_of("maintaining_sobriety"), meaning_of("any_use"), meaning_of("no_use"), meaning_of("call")
    ('abstinent', 'use', 'abstinent', '')
    """
    kinds = (
        ("readmission", READMITTED),
        ("abstinent", _ABSTINENT),
        ("use", _OF_USE),
        ("contacted", _SPOKEN),
    )
    return next((kind for kind, pattern in kinds if pattern.search(rest)), "")


def findings_of(values: pa.ChunkedArray, rest: str) -> dict[str, str]:
    """Return the finding of each text of a column of results."""
    means = meaning_of(rest)
    yes, no = {
        "abstinent": ("negative", "positive"),
        "use": ("positive", "negative"),
        "contacted": ("inconclusive", "missing"),
        # Who was not readmitted was followed, and nothing is known of use.
        "readmission": ("admission", "inconclusive"),
    }.get(means, ("TODO", "TODO"))
    found = {}
    for text in sorted(encoded(as_text(values)).texts):
        plain = text.lower().removesuffix(".0")
        code = yes if plain in YES else no if plain in NO else finding_of(text) or "TODO"
        if code == "TODO" and plain.isdigit() and means == "use":
            # A number of days or times of use.
            code = "positive"
        if code != "TODO" or common_names().isdisjoint(plain.split()):
            found[text] = code
    return found
