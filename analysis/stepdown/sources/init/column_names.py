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


_STAY = r"(treatment|tx|stay|program|residential|residence|res|care|episode|placement)"
# What the words of a name of a day say, whatever their order.
_DAYS_BY_WORDS = {
    "discharge_day": re.compile(
        r"(^|_)(discharg\w*|disch\w*|dsch\w*|dc|exit\w*|left|leaving|depart\w*|releas\w*|separat\w*|terminat\w*)(_|$)"
        rf"|(^|_)(end|ended|finish\w*|complet\w*)_(of_)?{_STAY}(_|$)"
        rf"|(^|_){_STAY}_(end|ended|ends|finish\w*|complet\w*|out)(_|$)"
    ),
    "admit_day": re.compile(
        r"(^|_)(admi(t|ts|tted|ttance|ssion|ssions)|adm|intake|entry|entrance|entered|enrol\w*|arriv\w*)(_|$)"
        rf"|(^|_)(start|started|begin|began|begun|into)_(of_)?{_STAY}(_|$)"
        rf"|(^|_){_STAY}_(start|started|starts|begin|began|begun|in)(_|$)"
    ),
    "followup_end": re.compile(
        r"(^|_)(last|latest|most_recent|recent|final|end_of|end)_(\w+_)?(contact\w*|cntct|seen|heard|reach\w*|follow\w*|fu"
        r"|interview\w*|survey\w*|calls?|check_in|spoke\w*|talked|communicat\w*|observ\w*|known|alive|outreach|touch)(_|$)"
        r"|(^|_)(follow_?up|fu|observation|contact)_(end|ended|ends|stop|stopped|last)(_|$)"
    ),
    "positive": re.compile(
        r"(^|_)first_(\w+_)?(use|drink|lapse|relapse|slip|positive)(_|$)|(^|_)(relaps|laps|recurr)\w*(_|$)"
        r"|(^|_)(return(ed)?|back)_to_(\w+_)?(use|using|drinking|drugs)(_|$)|(^|_)resum\w*_(\w+_)?(use|using|drinking)(_|$)"
    ),
}
# The first day at a level of care, and what makes it another day.
_LEVEL = {"iop": "iop|intensive_outpatient", "php": r"php|partial_hospital\w*", "outpatient": "op|outpatient"}
_START = re.compile(
    r"(^|_)(start\w*|beg[aiu]n\w*|first|admi(t|tted|ssion)|intake|ent(er|ered|ry)|enrol\w*|step\w*"
    r"|transition\w*|into)(_|$)"
)
_NO_START = re.compile(
    r"(^|_)(end|ended|discharg\w*|dc|last|complet\w*|refer\w*|schedul\w*|appointment|appt|plan\w*|expect\w*"
    r"|prior|previous|recommend\w*|level|type|reason|number|count|hours|completed)(_|$)"
)
# Days of something else than the stay, or not of what happened.
_OTHER_DAY = re.compile(
    r"(^|_)(plan\w*|expect\w*|anticipat\w*|schedul\w*|project\w*|estimat\w*|target|propos\w*|next|due|appointment|appt"
    r"|iop|php|op|outpatient|aftercare|detox|withdrawal|mat|moud|med\w*|referr\w*|insur\w*|auth\w*|consent\w*|birth|dob"
    r"|prior|previous|prev|past|before|data|form|report\w*|record\w*|created?|updated?|modified|export\w*|sign\w*|summary"
    r"|note|letter|hospital\w*|er|ed|legal|court|probation|age|year|risk|prevention|plans?|count|number|score"
    r"|reason|type)"
    r"(_|$)"
)
_LAST_USE = re.compile(
    r"(^|_)(last|latest|most_recent|recent|final)_(\w+_)?(use|used|using|drink|drank|relapse|lapse)(_|$)"
)


def says_day(kind: str, name: str) -> bool:
    """Return whether the words of a name say that it is a day of some kind, whatever their order.

    Parameters
    ----------
    kind : str
        "discharge_day", "admit_day", or an event: "positive", "followup_end", a level of care.
    name : str
        Name of a column.

    Examples
    --------
    >>> says_day("discharge_day", "Discharged from Treatment"), says_day("discharge_day", "IOP discharge")
    (True, False)
    >>> says_day("positive", "Date of Return to Substance Use"), says_day("positive", "Date of last use")
    (True, False)
    """
    pattern, plain = _DAYS_BY_WORDS.get(kind), usual(name)
    if kind in _LEVEL:
        named = [level for level, words in _LEVEL.items() if re.search(rf"(^|_)({words})(_|$)", plain)]
        return kind in named[:1] and bool(_START.search(plain)) and not _NO_START.search(plain)
    if pattern is None or not pattern.search(plain) or _OTHER_DAY.search(plain):
        return False
    return kind == "followup_end" or _LAST_USE.search(plain) is None


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
