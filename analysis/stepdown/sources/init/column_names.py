"""How people write the names of columns: one form of each name, and names that mean the same.

A name is compared in snake case. Where that finds nothing, words that add nothing ("client discharge date" is
a discharge) are left out, and short forms (dsch, adm) are written out.
"""

import re
from functools import cache

from stepdown.identifiers import snake

# What a form says of its own cells: "(MM/DD/YYYY)", "(Y/N)", "(0=no, 1=yes)".
_OF_CELLS = re.compile(
    r"(?<=.)(_y_n|_yes_no|_n_y|_no_yes|_(0|1|2|y|yes)_(no|yes)(_(0|1|2|n|no)_(no|yes))?|_0_1|_1_0|_t_f"
    r"|_(mm?|dd?)_(mm?|dd?)_y{2,4}|_y{2,4}_mm?_dd?)$"
)
_NUMBERED = re.compile(r"^\s*(?:[Qq](?:uestion)?\s*\d{1,2}[a-z]?[\s.):_-]+|\d{1,2}[a-z]?[.)]\s+)(?=\w)")
# Words that say whose day it is, or that it is one; not those that make it another ("planned", "last").
_EMPTY = frozenset(
    (
        *("date", "dt", "day", "datetime", "timestamp", "at", "on", "of", "the", "actual", "when", "was"),
        *("client", "clients", "patient", "patients", "pt", "resident", "participant", "subject", "person"),
        *("program", "treatment", "tx", "episode", "stay", "residential", "res", "rtc", "facility"),
    )
)
# Of columns that hold no day, words that only say whose they are.
_WHOSE = frozenset(
    ("client", "clients", "patient", "patients", "pt", "participant", "subject", "person", "of", "the")
)
_SHORT = {
    "followup": "fu fup flup",
    "discharge": "dsch dschg dschrg dischg dischrg disch disc dis dcd discharged discharges",
    "admit": "adm admt admn adms admits admitted admission admissions admittance",
    "relapse": "relapsed relapses relaps",
    "death": "deceased died",
}
_WHOLE = {short: whole for whole, shorts in _SHORT.items() for short in shorts.split()}
_SPELLED = tuple(
    (re.compile(rf"(^|_){written}(?=_|$)"), rf"\1{meant}")
    for written, meant in (("d_c", "dc"), ("f_u", "fu"), ("1st", "first"))
)
_GLUED = re.compile(r"^(?:(?:date|dt)(.{3,})|(.{3,}?)(?:date|day|dt))$")
_WHO = (
    r"client|clnt|patient|pat|pt|participant|subject|subj|usubj|person|member|consumer|individual|resident|case|record"
    r"|rec|chart|medical_record|med_rec|mr|study|respondent|resp|enrollee|beneficiary|recipient|customer|unique"
    r"|anonymous|anon|deidentified|de_identified|masked|encrypted|research|emr|ehr|internal"
)
_WHAT = r"id|ids|no|nr|num|number|nbr|code|key|identifier|uid|ident|label|ref"
_ID = re.compile(
    r"^(?:(?:state|local|agency|provider|system|program|facility|county|source|master|org)_)?"
    rf"(?:(?:{_WHO})_?)+(?:{_WHAT})(?:_(?:no|num|number|code))?$|^(?:study|unique|anon|de_?id)_(?:{_WHO})$"
    r"|^(?:client|clnt|patient|participant|subject|subj|person|member|consumer|individual|resident|respondent)s?$"
    r"|^(?:mrn|pid|uid|ptid|patid|cid|sid|uuid|guid|identifier|id_?(?:no|num|number|code))$"
)
# What was before the stay, what was only planned or feared, and what happened to others.
_NO_OUTCOME = re.compile(
    r"(^|_)(prior|previous|prev|past|history|hx|lifetime|before|pre|baseline|intake|prevention|plans?|risks?|triggers?"
    r"|family|parents?|siblings?|mother|father|friends?|partner|spouse|fear|score|concerns?|count|number|n|education"
    r"|skills|group|counseling|ever_(?!relaps|laps))(_|$)"
)


def usual(name: str) -> str:
    """Return a name in snake case, as the lists of usual names write it.

    Examples
    --------
    >>> usual("D/C Type (Y/N)"), usual("3. Discharge Date (MM/DD/YYYY)")
    ('dc_type', 'discharge_date')
    """
    plain = _OF_CELLS.sub("", snake(_NUMBERED.sub("", name)))
    for written, meant in _SPELLED:
        plain = written.sub(meant, plain)
    return plain


@cache
def of_a_day(name: str) -> str:
    """Return the name of a day without the words that add nothing; empty where it has no other.

    Examples
    --------
    >>> of_a_day("Client Discharged At"), of_a_day("dsch_dt"), of_a_day("Planned discharge date")
    ('discharge', 'discharge', 'planned_discharge')
    """
    words = []
    for word in usual(name).replace("follow_up", "followup").split("_"):
        glued = _GLUED.match(word)
        stem = next((part for part in glued.groups() if part), word) if glued else word
        words += [_WHOLE.get(stem, stem)] if stem not in _EMPTY else []
    return "_".join(words)


@cache
def of_a_value(name: str) -> str:
    """Return the name of a column that holds no day, short forms written out, without words of whose it is.

    Examples
    --------
    >>> of_a_value("Disch Reason"), of_a_value("Patient gender"), of_a_value("client_age")
    ('discharge_reason', 'gender', 'age')
    """
    return "_".join(_WHOLE.get(word, word) for word in usual(name).split("_") if word not in _WHOSE)


def is_no_outcome(name: str) -> bool:
    """Return whether a name speaks of what was before the stay, is only planned, or is about others.

    Examples
    --------
    >>> is_no_outcome("Prior relapse"), is_no_outcome("Relapse prevention group"), is_no_outcome("Relapse")
    (True, True, False)
    """
    return _NO_OUTCOME.search(usual(name)) is not None


def is_client_id(name: str) -> bool:
    """Return whether a name is one of an id of clients.

    Examples
    --------
    >>> is_client_id("Subject No."), is_client_id("PtID"), is_client_id("Case manager no")
    (True, True, False)
    """
    return _ID.match(usual(name)) is not None
