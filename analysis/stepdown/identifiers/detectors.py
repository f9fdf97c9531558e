"""The rule table of the identifier guard: one row a detector, by the 18 kinds of 45 CFR 164.514(b)(2).

A column is tested by its name (in snake case) and by its distinct values. `share` is the smallest share
of the distinct values that must match; 0 means that one is enough.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Detector:
    """One way to detect one kind of identifier, by `name`, by `value`, or by both where both are given.

    Attributes
    ----------
    kind : str
        Letter of the kind of identifier, as in the rule, and the kind in words: "C: dates".
    name, value : str
        Regular expressions (RE2); a name alone never flags a column of yes and no.
    unless_name, unless_value : str
        A name, or values without exception, that rule the identifier out.
    share : float
        Smallest share of the distinct values that match `value`.
    among : str
        Values of which the share is taken; empty for all.
    least : int
        Smallest number of distinct values; more than one where a single value proves nothing and a whole
        column does, be they texts or numbers.
    spread : (int, int)
        Their first so many characters have at least so many distinct forms: consecutive ids do not.
    bases : tuple of str
        Legal grounds under which the column is refused; empty for all.
    """

    kind: str
    name: str = ""
    value: str = ""
    unless_name: str = ""
    unless_value: str = ""
    share: float = 0.0
    among: str = ""
    least: int = 1
    spread: tuple[int, int] = (0, 1)
    bases: tuple[str, ...] = ()


_MONTH = (
    r"(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|"
    r"nov(ember)?|dec(ember)?)"
)
_HARBOR = ("safe_harbor",)

DATE_DETECTORS: tuple[Detector, ...] = (
    Detector(
        kind="C: birth dates",
        name=r"(^|_)(dob|d_o_b|birth_?(date|dt|day)|date_?of_?birth|bdate|bday)(_|$)|^(birth|born)$",
        bases=("safe_harbor", "own_operations"),
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
        name=r"(^|_)(date|dt|day|time|timestamp|datetime)(_|$)",
        value=r"^(109[5-9]\d|1[1-9]\d{3}|2[0-9]\d{3}|3[6-9]\d{3}|4\d{4})(\.\d+)?$|^1\d{9}(\d{3})?$",
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


_DIGIT = r"\d"
_SHORT_DATE = (
    r"(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])((19|20)\d{2}|\d{2})|(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])((19|20)\d{2}|\d{2})"
    r"|\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
)
_PERSON = (
    r"(^|_)(first|last|given|family|middle|maiden|full|preferred|legal|patient|client|member|participant|"
    r"resident|mother|mothers|father|fathers|spouse|guardian|contact)_?names?(_|$)|^names?$|"
    r"(^|_)[flm]_name(_|$)|(^|_)(fname|lname|mname|surname|forename|nickname|initials|alias|next_of_kin|maiden)(_|$)|"
    r"(^|_)(patient|client|pat|pt|employer|person)_?(name|nme|nm)(_|$)|^names?_?\d$"
)
_PLACE = (
    r"(^|_)(street|address|addr|address_?\d|city|town|village|county|parish|precinct|census_tract|geocode|"
    r"latitude|longitude|lat|lon|lng|gps|neighbou?rhood|home_?town|municipality|borough|tract|geo_?id|"
    r"census_?block|coord(inate)?s?|residence)(_|$)"
)

DETECTORS: tuple[Detector, ...] = (
    Detector(kind="A: names of persons", name=_PERSON),
    Detector(
        kind="A: names of persons",
        name=r"^(first|last|middle|given|family|fn|ln|mn|[fl]_?nm|(first|last)n)$",
        value=r"^\p{L}[\p{L}'’. -]+$",
        unless_value=r"(?i)^(yes|no|true|false|[ynt])$",
        share=0.8,
    ),
    Detector(
        kind="B: addresses or places below state", name=_PLACE, unless_name=r"(^|_)(ip|mac|e_?mail|web)(_|$)"
    ),
    Detector(
        kind="B: street addresses",
        share=0.2,
        value=r"(?i)^\d{1,6} +([\p{L}\d.]+ +){0,4}(street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|"
        r"drive|dr|court|ct|way|place|pl|highway|hwy|terrace|circle|apt|suite)\b",
    ),
    Detector(kind="B: street addresses", value=r"(?i)\bp\.? ?o\.? ?box \d"),
    Detector(
        kind="B: ZIP codes of more than 3 digits",
        name=r"(^|_)(\w{0,8}zip|zip_?code|zip_?\d|postal|postal_?code|post_?code|zcta\d?)(_|$)",
        value=r"^\w[\w -]{3,}$",
    ),
    Detector(kind="B: ZIP codes of more than 3 digits", value=r"^\d{5}-\d{4}$", share=0.2),
    Detector(kind="B: places below state", name=r"(^|_)fips(_|$)", value=r"^\d{4,}$"),
    *DATE_DETECTORS,
    Detector(
        kind="D: telephone or fax numbers",
        name=r"(^|_)(\w{0,6}phone|phone_?\d|telephone|tel|tel_?no|mob|mobile|cell|fax|sms|ph)(_|$)",
        unless_name=r"(^|_)(date|day|time)(_|$)",
        value=r"^\D*(\d\D*){7,15}$",
    ),
    Detector(
        kind="D: telephone or fax numbers",
        share=0.05,
        value=r"(^|[^\d-])(1[-. ])?(\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(\D|$)|^\+\d[\d ()./-]{7,}$",
    ),
    # Area and exchange begin with 2-9: of random numbers, a third would not.
    Detector(
        kind="D: telephone or fax numbers",
        share=0.97,
        least=30,
        spread=(6, 10),
        value=r"^1?[2-9]\d{2}[2-9]\d{6}(\.0)?$",
    ),
    Detector(kind="F: e-mail addresses", value=r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}"),
    Detector(
        kind="G: social security numbers",
        value=r"(^|[^\d-])\d{3}-\d{2}-\d{4}([^\d-]|$)|^\d{3} \d{2} \d{4}$|^[Xx*]{3}-?[Xx*]{2}-?\d{4}$",
    ),
    # Not 000, 666 or 9.., then not 00, then not 0000: of random numbers, an eighth would not fit.
    Detector(
        kind="G: social security numbers",
        share=0.97,
        among=r"^\d{9}(\.0)?$",
        least=60,
        spread=(3, 30),
        value=r"^([1-57-8]\d{2}|0[1-9]\d|00[1-9]|6[0-57-9]\d|66[0-57-9])(0[1-9]|[1-9]\d)(\d{3}[1-9]|\d{2}[1-9]0|\d[1-9]00|[1-9]000)(\.0)?$",
    ),
    Detector(
        kind="G: social security numbers",
        name=r"(^|_)(\w{0,6}ssn|ssn_?\w+|s_s_n|soc_?sec\w*|social_?sec\w*|national_?id|i?tin|tax_?id)(_|$)",
        value=r"\d{3}",
    ),
    Detector(
        kind="G: social security numbers",
        share=0.5,
        name=r"^(ss|ss_?no|social)$",
        value=r"^\d{3}[- ]?\d{2}[- ]?\d{4}$",
    ),
    Detector(kind="G: social security numbers", name=r"(^|_)last_?(4|four)(_|$)", value=r"^\d{1,4}(\.0)?$"),
    Detector(kind="I: health plan numbers", name=r"^medica(id|re)$", value=r"^[A-Za-z]*\d[A-Za-z\d]{4,}$"),
    Detector(kind="J: account numbers", name=r"(^|_)card(_|$)", value=r"^\d{13,19}$"),
    Detector(
        kind="R: ids made of initials and a birth date",
        share=0.9,
        least=5,
        value=r"^[A-Za-z]{1,4}[-_]?(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$",
    ),
    # Dates of other forms may be numbers: many initials beside them are needed.
    Detector(
        kind="R: ids made of initials and a birth date",
        share=0.9,
        least=30,
        spread=(2, 20),
        value=rf"^[A-Za-z]{{2,4}}[-_]?({_SHORT_DATE})[-_]?\d?$",
    ),
    Detector(
        kind="R: ids made of initials and a birth date",
        share=0.9,
        least=30,
        spread=(4, 20),
        value=rf"^((19|20)\d{{2}}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])|{_SHORT_DATE})[-_]?[A-Za-z]{{2,4}}$",
    ),
    Detector(
        kind="H: medical record numbers",
        value=_DIGIT,
        name=r"(^|_)(mrn|mr_?(no|nr|num|number)|med(ical)?_?rec(ord)?(_?(id|no|nr|num|number))?|"
        r"(chart|hospital|emr|ehr|patient)_?(no|nr|num|number)|(chart|hospital|emr|ehr|epic)_?id)(_|$)",
    ),
    Detector(
        kind="I: health plan numbers",
        value=_DIGIT,
        name=r"(^|_)(member|policy|beneficiary|subscriber|insurance|insured|recipient|mcd|medicaid|medicare|health_?plan|plan)"
        r"_?(id|no|nr|num|number)(_|$)|(^|_)(mbi|hicn?|hicno)(_|$)",
    ),
    Detector(
        kind="I: health plan numbers",
        share=0.5,
        value=r"^[1-9][A-Z][A-Z\d]\d-?[A-Z][A-Z\d]\d-?[A-Z]{2}\d{2}$",
    ),
    Detector(
        kind="J: account numbers",
        value=_DIGIT,
        name=r"(^|_)(account|acct|bank|iban|card|credit_?card)(_?(id|no|nr|num|number))(_|$)|(^|_)(iban|acct)(_|$)",
    ),
    Detector(
        kind="K: license or certificate numbers",
        value=_DIGIT,
        name=r"(^|_)(licen[cs]e|drivers?_?licen[cs]e|passport|certificate|cert|dln?|inmate|offender|booking|docket|badge)_?(id|no|nr|num|number)?(_|$)",
    ),
    Detector(
        kind="L: vehicle numbers",
        value=_DIGIT,
        name=r"(^|_)(vin|vehicle(_?(id|no|num|number))?|licen[cs]e_?plate|plate(_?(no|num|number))?)(_|$)",
    ),
    # The ninth place of a vehicle number is its check digit.
    Detector(
        kind="L: vehicle numbers",
        share=0.95,
        value=r"^[A-HJ-NPR-Z\d]{8}[\dX][A-HJ-NPR-Z\d]{8}$",
        unless_value=r"^(\d+|[A-Z]+)$",
    ),
    Detector(
        kind="M: device numbers",
        value=_DIGIT,
        name=r"(^|_)(imei|udi|mac_?addr(ess)?|(device|serial|implant)_?(id|no|nr|num|number|serial|sn))(_|$)",
    ),
    Detector(kind="M: device addresses", share=0.2, value=r"^([\da-fA-F]{2}[:-]){5}[\da-fA-F]{2}$"),
    Detector(
        kind="N: web addresses",
        value=r"(?i)\b(https?://|ftp://|www\.)\S|\b[a-z\d-]{2,}\.(com|org|net|edu|gov)/\w",
    ),
    Detector(
        kind="O: IP addresses",
        share=0.2,
        value=r"(^|[^\w.])((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)(:\d+)?([^\d.]|$)|^([\da-fA-F]{1,4}:){4,7}[\da-fA-F:]*$|"
        r"^[\da-fA-F:]*::[\da-fA-F:]+$",
    ),
    Detector(
        kind="P: biometric marks",
        name=r"(^|_)(finger_?print|retina|iris|voice_?print|voice_?recording|biometric|palm_?print|face_?id|genome)s?(_|$)",
    ),
    Detector(
        kind="Q: photographs",
        name=r"(^|_)(photo|photograph|portrait|selfie|headshot|mugshot|face_?image|image_?file|picture)s?(_|$)",
    ),
    Detector(kind="Q: photographs", share=0.05, value=r"(?i)\.(jpe?g|png|gif|tiff?|bmp|heic|webp|dcm)$"),
    Detector(
        kind="R: hashes, which may be made from personal data", name=r"(^|_)(hash|hashed|md5|sha_?\d+)(_|$)"
    ),
    Detector(
        kind="R: hashes, which may be made from personal data",
        share=0.05,
        value=r"^(0x|\w{1,8}[:_-])?([\da-fA-F]{32}|[\da-fA-F]{40}|[\da-fA-F]{48}|[\da-fA-F]{56}|[\da-fA-F]{64}|[\da-fA-F]{96}|[\da-fA-F]{128})$",
        # A random UUID written without hyphens has the length of a hash, and its version in the middle.
        unless_value=r"^[\da-fA-F]{12}4[\da-fA-F]{3}[89abAB][\da-fA-F]{15}$",
    ),
    Detector(
        kind="R: hashes, which may be made from personal data",
        share=0.9,
        value=r"^([A-Za-z\d+/_-]{43}=?|[A-Za-z\d+/_-]{27}=?|[A-Za-z\d+/_-]{22}==|[A-Za-z\d+/_-]{86}(==)?)$",
        unless_value=r"^([A-Za-z_-]+|[\d_-]+|[\dA-Fa-f]+)$",
    ),
    Detector(
        kind="R: hashes, which may be made from personal data",
        share=0.9,
        value=r"(?i)^\{?[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\}?$",
        # Versions 4 and 7 are random; the others are made of names, machines or hashes.
        unless_value=r"(?i)^\{?[\da-f]{8}-[\da-f]{4}-[47][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}\}?$",
    ),
    Detector(kind="R: hashes, which may be made from personal data", value=r"^\$(2[aby]|argon2\w*|5|6)\$"),
)
