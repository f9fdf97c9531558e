"""Detectors of dates and of parts of dates finer than a year, kind C of the rule."""

from stepdown.identifiers.detector import NOT_ITSELF, Detector
from stepdown.identifiers.old_ages import OLD_IN_WORDS

_MONTH = (
    r"(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|"
    r"nov(ember)?|dec(ember)?)"
)
_HARBOR = ("safe_harbor",)

DATE_DETECTORS: tuple[Detector, ...] = (
    Detector(
        kind="C: birth dates",
        name=r"(^|_)(dob|d_o_b|birth_?(date|dt|day)|date_?of_?birth|date_birth|b_?date|bday)(_|$)|^(birth|born)$",
        unless_name=NOT_ITSELF,
        bases=("safe_harbor", "own_operations"),
    ),
    Detector(kind="C: ages over 89", value=OLD_IN_WORDS),
    # A date within a text.
    Detector(
        kind="C: dates",
        bases=_HARBOR,
        value=r"[A-Za-z].*(^|\D)(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/((19|20)\d{2}|\d{2})(\D|$)",
    ),
    # Years and the day of the year.
    Detector(
        kind="C: dates",
        share=0.9,
        bases=_HARBOR,
        name=r"(^|_)(date|dt|julian|admit|admission|disch|discharge)(_|$)",
        value=r"^(19|20)\d{2}([0-2]\d{2}|3[0-6]\d)$",
    ),
    Detector(
        kind="C: dates",
        share=0.05,
        bases=_HARBOR,
        value=r"(^|\D)(19|20)\d{2}[-/._ ]\d{1,2}[-/._ ]\d{1,2}(\D|$)|"
        r"^\d{1,2}[-/._ ]\d{1,2}[-/._ ](\d{4}|\d{2})([T ].*)?$",
    ),
    Detector(
        kind="C: dates",
        share=0.05,
        bases=_HARBOR,
        value=rf"(?i)^\d{{1,2}}[- ._]?{_MONTH}([- .,_]*\d{{2,4}})?$|"
        rf"\b\d{{1,2}}[- .]?{_MONTH}[- .,]*\d{{2,4}}\b|"
        rf"\b{_MONTH}[- .]*\d{{1,2}}(st|nd|rd|th)?[- ,.]+\d{{4}}\b|"
        rf"^{_MONTH}[- ._]?\d{{1,2}}(st|nd|rd|th)?$",
    ),
    Detector(
        kind="C: dates",
        share=0.9,
        bases=_HARBOR,
        value=r"^(19|20)\d{2}(0[1-9]|1[0-2])((0[1-9]|[12]\d|3[01])(\d{6})?)?$|"
        r"^(0?[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(19|20)\d{2}$|^(0?[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])(19|20)\d{2}$|"
        r"^(0?[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])$",
    ),
    # Days since 1970 (from 2000 on), days of a spreadsheet, seconds since 1970: no study day is so large.
    Detector(
        kind="C: dates",
        share=0.5,
        bases=_HARBOR,
        name=r"(^|_)(date|dt|day|time|timestamp|datetime|ts|unix|epoch)(_|$)",
        value=r"^(109[5-9]\d|1[1-9]\d{3}|2[0-9]\d{3}|3[6-9]\d{3}|4\d{4})(\.\d+)?$|^1\d{9}(\d{3})?(\.0)?$",
    ),
    Detector(kind="C: dates", bases=_HARBOR, name=r"(^|_)(date|dt)(_|$)", value=r"^\d{5}(\.\d+)?$|^\d{6,8}$"),
    Detector(
        kind="C: weeks of a year", share=0.05, bases=_HARBOR, value=r"^(19|20)\d{2}[- ]?W[0-5]\d(-?[1-7])?$"
    ),
    Detector(
        kind="C: months of a year",
        share=0.05,
        bases=_HARBOR,
        value=rf"(?i)^(19|20)\d{{2}}[-/](0[1-9]|1[0-2])$|^(0?[1-9]|1[0-2])/(19|20)\d{{2}}$|"
        rf"^{_MONTH}[- ._]*((19|20)\d{{2}}|'?\d{{2}})?$",
    ),
    Detector(
        kind="C: quarters of a year",
        share=0.05,
        bases=_HARBOR,
        value=r"(?i)^(fy)?(\d{4}|\d{2})[-_/ ]*q(tr|uarter)?[-_/ ]*[1-4]$|"
        r"^q(tr|uarter)?[-_/ ]*[1-4][-_/ ]*(fy)?(\d{4}|\d{2})$|^[1-4]q[-_/ ]*(\d{4}|\d{2})$",
    ),
    Detector(
        kind="C: quarters of a year",
        share=0.05,
        bases=_HARBOR,
        name=r"(^|_)(quarter|qtr)(_|$)",
        value=r"^[Qq]?[1-4]$",
    ),
)
