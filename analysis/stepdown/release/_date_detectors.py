"""The rows of the rule table for dates, parts of dates, and ages over 89 (letter C)."""

from stepdown.release._detector import Detector

_MONTH = (
    r"(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|"
    r"nov(ember)?|dec(ember)?)"
)
_HARBOR = ("safe_harbor",)

DATE_DETECTORS: tuple[Detector, ...] = (
    Detector(
        letter="C",
        what="birth dates",
        needs="name",
        name=r"(^|_)(dob|d_o_b|birth_?(date|dt|day)|date_?of_?birth|bdate|bday)(_|$)|^(birth|born)$",
        bases=("safe_harbor", "own_operations"),
    ),
    # The year of birth of someone who is over 89 by now.
    Detector(
        letter="C",
        what="ages over 89",
        needs="both",
        name=r"(^|_)(birth_?(year|yr)|year_?of_?birth|yob)(_|$)",
        value=r"^(18\d{2}|19[0-2]\d|193[0-5])(\.0)?$",
    ),
    Detector(
        letter="C",
        what="dates",
        needs="value",
        share=0.05,
        bases=_HARBOR,
        value=r"(^|\D)(19|20)\d{2}[-/._ ]\d{1,2}[-/._ ]\d{1,2}(\D|$)|"
        r"^\d{1,2}[-/._ ]\d{1,2}[-/._ ](\d{4}|\d{2})([T ].*)?$",
    ),
    Detector(
        letter="C",
        what="dates",
        needs="value",
        share=0.05,
        bases=_HARBOR,
        value=rf"(?i)^\d{{1,2}}[- ._]?{_MONTH}([- .,_]*\d{{2,4}})?$|"
        rf"\b\d{{1,2}}[- .]?{_MONTH}[- .,]*\d{{2,4}}\b|"
        rf"\b{_MONTH}[- .]*\d{{1,2}}(st|nd|rd|th)?[- ,.]+\d{{4}}\b|"
        rf"^{_MONTH}[- ._]?\d{{1,2}}(st|nd|rd|th)?$",
    ),
    Detector(
        letter="C",
        what="dates",
        needs="value",
        share=0.9,
        bases=_HARBOR,
        value=r"^(19|20)\d{2}(0[1-9]|1[0-2])((0[1-9]|[12]\d|3[01])(\d{6})?)?$|"
        r"^(0?[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(19|20)\d{2}$|^(0?[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])(19|20)\d{2}$|"
        r"^(0?[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])$",
    ),
    # Days since 1970 (from 2000 on), days of a spreadsheet, seconds since 1970: no study day is so large.
    Detector(
        letter="C",
        what="dates",
        needs="both",
        share=0.5,
        bases=_HARBOR,
        name=r"(^|_)(date|dt|day|time|timestamp|datetime)(_|$)",
        value=r"^(109[5-9]\d|1[1-9]\d{3}|2[0-9]\d{3}|3[6-9]\d{3}|4\d{4})(\.\d+)?$|^1\d{9}(\d{3})?$",
    ),
    Detector(
        letter="C",
        what="dates",
        needs="both",
        bases=_HARBOR,
        name=r"(^|_)(date|dt)(_|$)",
        value=r"^\d{5}(\.\d+)?$|^\d{6,8}$",
    ),
    Detector(
        letter="C",
        what="weeks of a year",
        needs="value",
        share=0.05,
        bases=_HARBOR,
        value=r"^(19|20)\d{2}[- ]?W[0-5]\d(-?[1-7])?$",
    ),
    Detector(
        letter="C",
        what="months of a year",
        needs="value",
        share=0.05,
        bases=_HARBOR,
        value=rf"(?i)^(19|20)\d{{2}}[-/](0[1-9]|1[0-2])$|^(0?[1-9]|1[0-2])/(19|20)\d{{2}}$|"
        rf"^{_MONTH}[- ._]*((19|20)\d{{2}}|'?\d{{2}})?$",
    ),
    Detector(
        letter="C",
        what="quarters of a year",
        needs="value",
        share=0.05,
        bases=_HARBOR,
        value=r"(?i)^(fy)?(\d{4}|\d{2})[-_/ ]*q(tr|uarter)?[-_/ ]*[1-4]$|"
        r"^q(tr|uarter)?[-_/ ]*[1-4][-_/ ]*(fy)?(\d{4}|\d{2})$|^[1-4]q[-_/ ]*(\d{4}|\d{2})$",
    ),
    Detector(
        letter="C",
        what="quarters of a year",
        needs="both",
        share=0.05,
        bases=_HARBOR,
        name=r"(^|_)(quarter|qtr)(_|$)",
        value=r"^[Qq]?[1-4]$",
    ),
)
