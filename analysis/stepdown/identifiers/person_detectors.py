"""Detectors of names, places, telephones, e-mail and social security numbers: kinds A, B, D, F and G."""

from stepdown.identifiers.detector import NOT_ITSELF, Detector

_PERSON = (
    r"(^|_)(first|last|given|family|middle|maiden|full|preferred|legal|patient|client|member|participant|"
    r"resident|chosen|mother|mothers|father|fathers|spouse|guardian|guarantor|contact|birth|nick|employer|emp|kin|emergency|ec|pref|mom|dad)"
    r"_?names?(_|$)|^names?$|(^|_)[flm]_?name(_|$)|"
    r"(^|_)(fname|lname|mname|surname|forename|nickname|initials|alias|aka|next_of_kin|nok|maiden)(_|$)|"
    r"(^|_)(patient|client|pat|pt|employer|person)_?(name|nme|nm)(_|$)|^names?_?\d$|"
    r"(^|_)[a-z]{0,8}(first|last)_?(name|nme|nm)(_|$)|(^|_)emergency_contact$|(^|_)notify_in_emergency(_|$)|(^|_)contact_person(_|$)|(^|_)inits(_|$)|(^|_)middle_?init(ial)?s?(_|$)|(^|_)(goes_by|known_as)(_|$)|"
    r"(^|_)names?_?(last|first|middle)(_|$)|^client_(last|first|init(ial)?s?)$|^inits?$"
)
_EMPLOYER = r"(^|_)(employer|work_?(place|site)|job_?(place|site)|place_of_(work|employment)|company)(_|$)"
_PLACE = (
    r"(^|_)(street|address|addr|address_?\d|direcci[oó]n|domicilio|city|town|village|county|\w{0,5}cnty|birth_?place|place_of_birth|lat_?long?|parish|precinct|census_tract|geocode|geo_?hash_?\d*|"
    r"latitude|longitude|lat|lon|lng|gps|neighbou?rhood|home_?town|municipality|borough|tract|geo_?id|"
    r"census_?block|coord(inate)?s?|residence|(home|street|mailing|mail)_?address(_?line)?)(_|$)"
)
_ZIP = r"(^|_)(\w{0,8}zip|zip_?code|zip_?\d|postal|postal_?code|post_?code|zcta\d?)(_|$)"
_STATE = (
    r"(A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|RI|S[CD]|T[NX]|UT|V[AT]|"
    r"W[AIVY])"
)
_TELEPHONE = (
    r"(^|_)(\w{0,6}phone|phone_?\d|telephone|tel|tel_?no|mob|mobile|cell|fax|sms|ph|\w{2,6}phone_?no|contact_?no)"
    r"(_|$)"
)

NAMES: tuple[Detector, ...] = (
    # Parts of a name as messages between hospital systems have them.
    Detector(kind="A: names of persons", value=r"^\p{L}[\p{L}'’ -]*\^\p{L}", share=0.5, least=3),
    Detector(kind="A: names of persons", name=_PERSON, unless_name=NOT_ITSELF),
    Detector(kind="A: names of persons", name=_EMPLOYER, value=r"\p{L}{3}", unless_name=NOT_ITSELF, least=3),
    Detector(
        kind="A: names of persons",
        name=r"^(first|last|middle|given|family|fn|ln|mn|[fl]_?nm|(first|last)n)$",
        value=r"^\p{L}[\p{L}'’. -]+$",
        unless_value=r"(?i)^(yes|no|true|false|[ynt])$",
        share=0.8,
    ),
    Detector(
        kind="A: names of persons",
        name=r"^mi$",
        value=r"^\p{L}\.?$",
        share=0.9,
        least=6,
    ),
)

PLACES: tuple[Detector, ...] = (
    Detector(
        kind="B: addresses or places below state",
        name=_PLACE,
        unless_name=rf"(^|_)(ip|mac|e_?mail|web|(recovery|sober|transitional)_residence)(_|$)|{NOT_ITSELF}",
    ),
    Detector(
        kind="B: street addresses",
        share=0.2,
        value=r"(?i)^\d{1,6} +([\p{L}\d.]+ +){0,4}(street|st|avenue|ave|road|rd|boulevard|blvd|lane|ln|"
        r"drive|dr|court|ct|way|place|pl|highway|hwy|terrace|circle|apt|suite|trail|parkway|pkwy|square|loop)\b",
    ),
    Detector(
        kind="B: street addresses",
        share=0.2,
        value=r"(?i)^\d{1,6}( bis)?,? +(calle|avenida|av\.?|camino|paseo|v[ií]a|rue|chemin) +\p{L}|"
        r"^(calle|avenida|camino|paseo|rue) +\p{L}[\p{L} ]+,? +\d{1,6}\b",
    ),
    Detector(kind="B: street addresses", name=r"^(apt|apartment)(_no)?$", value=r"\d", least=3),
    Detector(
        kind="B: street addresses",
        name=r"^unit_no$|(^|_)address_2$",
        share=0.5,
        least=3,
        value=r"(?i)^(apt|apartment|unit|suite|ste|lot|#)[. #]*\w{1,5}$",
    ),
    # Degrees north and west.
    Detector(
        kind="B: places below state",
        share=0.9,
        least=3,
        value=r"^\(?[1-7]\d\.\d{4,}, ?-\d{2,3}\.\d{4,}\)?$",
    ),
    Detector(kind="B: street addresses", value=r"(?i)\bp\.? ?o\.? ?box \d"),
    Detector(
        kind="B: places below state",
        share=0.5,
        least=5,
        value=rf"(?i)^[\p{{L}}][\p{{L}}.' -]+, ?{_STATE}( \d{{5}})?$",
    ),
    Detector(
        kind="B: places below state",
        share=0.5,
        least=3,
        value=r"(?i)^[\p{L}][\p{L}.' -]+ (county|parish|borough)$|^(county|city|town) of \p{L}",
    ),
    Detector(
        kind="B: ZIP codes of more than 3 digits",
        name=_ZIP,
        value=r"^\w[\w -]{3,}(\.0)?$",
        unless_name=NOT_ITSELF,
        unless_value=r"(?i)^\d{3}[x*-]{0,2}$|^\D+$",
    ),
    Detector(kind="B: ZIP codes of more than 3 digits", value=r"^\d{5}-\d{4}$", share=0.2),
    Detector(kind="B: places below state", name=r"(^|_)fips(_|$)", value=r"^\d{4,}$"),
)

CONTACTS: tuple[Detector, ...] = (
    Detector(
        kind="D: telephone or fax numbers",
        name=_TELEPHONE,
        unless_name=r"(^|_)(date|day|time)(_|$)",
        value=r"^\D*(\d\D*){7,15}$",
    ),
    Detector(
        kind="D: telephone or fax numbers",
        share=0.05,
        value=r"(^|[^\d-])(1[-. ])?(\(\d{3}\)[-. ]?|\d{3}[-./ ])\d{3}[-. ]\d{4}(\D|$)|^\+\d[\d ()./-]{7,}$|"
        r"[A-Za-z#]\D{0,3} \d{3}-\d{7}\b|[A-Za-z#] +1?[2-9]\d{2}[2-9]\d{6}\b",
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
)

SOCIAL_SECURITY: tuple[Detector, ...] = (
    Detector(
        kind="G: social security numbers",
        value=r"(^|[^\d-])\d{3}-\d{2}-\d{4}([^\d-]|$)|^\d{3}[ .]\d{2}[ .]\d{4}$|^[Xx*]{3}-?[Xx*]{2}-?\d{4}$",
    ),
    # Not 000, 666 or 9.., then not 00, then not 0000: of random numbers, an eighth would not fit.
    Detector(
        kind="G: social security numbers",
        share=0.97,
        among=r"^\d{9}(\.0)?$",
        least=40,
        spread=(3, 30),
        value=r"^([1-57-8]\d{2}|0[1-9]\d|00[1-9]|6[0-57-9]\d|66[0-57-9])(0[1-9]|[1-9]\d)(\d{3}[1-9]|\d{2}[1-9]0|\d[1-9]00|[1-9]000)(\.0)?$",
    ),
    # Taxpayer numbers begin with 9, and their fourth and fifth digits have gaps.
    Detector(
        kind="G: social security numbers",
        share=0.97,
        among=r"^\d{9}(\.0)?$",
        least=30,
        spread=(3, 20),
        value=r"^9\d{2}(5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])\d{4}(\.0)?$",
    ),
    Detector(
        kind="G: social security numbers",
        name=r"(^|_)(\w{0,6}ssn|ssn_?\w+|s_s_n|soc_?sec\w*|social_?sec\w*|national_?id|i?tin|tax(payer)?_?(id|no))(_|$)",
        value=r"\d{3}",
        unless_name=NOT_ITSELF,
    ),
    Detector(
        kind="G: social security numbers",
        share=0.5,
        name=r"^(ss|social)$|(^|_)ss_?(no|nbr|num)(_|$)|(^|_)seguro_social(_|$)",
        value=r"^\d{3}[- ]?\d{2}[- ]?\d{4}$",
    ),
    Detector(
        kind="G: social security numbers", name=r"(^|_)(last|l|ss)_?(4|four)(_|$)", value=r"^\d{1,4}(\.0)?$"
    ),
)
