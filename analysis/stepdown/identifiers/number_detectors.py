"""Detectors of numbers that institutions give, and of codes made from personal data: kinds H to R."""

from stepdown.identifiers.detector import NOT_ITSELF, Detector

_DIGIT = r"\d"
_NO = r"(id|no|nr|num|number)"
_SHORT_DATE = (
    r"(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])((19|20)\d{2}|\d{2})|(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])((19|20)\d{2}|\d{2})"
    r"|\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"
)
_DAY_FIRST = r"(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])\d{2}|(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{2}"
_LONG_DATE = (
    r"((19|20)\d{2}[-./]?(0[1-9]|1[0-2])[-./]?(0[1-9]|[12]\d|3[01])|"
    r"(0[1-9]|1[0-2])[-./]?(0[1-9]|[12]\d|3[01])[-./]?(19|20)\d{2}|"
    r"(0[1-9]|[12]\d|3[01])[-./]?(0[1-9]|1[0-2])[-./]?(19|20)\d{2})"
)
_MADE = "R: ids made of initials and a birth date"
_HASHES = "R: hashes, which may be made from personal data"

GIVEN_NUMBERS: tuple[Detector, ...] = (
    Detector(
        kind="H: medical record numbers",
        value=_DIGIT,
        name=r"(^|_)(mrn|m_?r_?(no|nr|num|number)|fin_?no|med(ical)?_?rec(ord)?(_?(id|no|nr|num|number))?|"
        r"(chart|hospital|emr|ehr|patient|unit_record)_?(no|nr|num|number)|(chart|hospital|emr|ehr|epic|epi)_?id|(e_?)?mpi)(_|$)",
    ),
    Detector(
        kind="H: medical record numbers",
        name=r"(^|_)(csn|har|fin|(encounter|facesheet)_?(id|no|num|number)|visit_(no|num|number))(_|$)",
        value=r"^\D{0,3}\d{5,}",
    ),
    # Numbers that name themselves.
    Detector(
        kind="H: medical record numbers",
        share=0.5,
        least=3,
        value=r"(?i)^m(ed)?_?r(ec)?_?n(o|um)?[-_ :#]*\d{4,}$",
    ),
    Detector(
        kind="I: health plan numbers",
        name=r"^(medica(id|re)|subscriber)$",
        value=r"^[A-Za-z]*\d[A-Za-z\d-]{4,}$",
    ),
    Detector(
        kind="I: health plan numbers",
        name=r"(^|_)(medicaid|medicare|ahcccs|cin|pmi)(_|$)",
        value=r"^[A-Za-z]{0,3}\d{5,}[A-Za-z]?$",
    ),
    Detector(
        kind="I: health plan numbers",
        value=_DIGIT,
        name=r"(^|_)(member|policy|beneficiary|subscriber|insurance|recipient|medicaid|medicare|health_?plan|plan|"
        r"ma|medi_?cal|t_?19|title_?(19|xix)|payer|rx|rrb_?claim)"
        r"_?(id|no|nr|num|number)(_|$)|(^|_)(mbi|hicn?|hicno|(subscriber|beneficiary)id|medicaid_?id)(_|$)",
    ),
    Detector(
        kind="I: health plan numbers",
        name=r"(^|_)(policy|mco_?(id|no)|group_no)(_|$)",
        value=r"^[A-Za-z]{0,4}\d{6,}$",
    ),
    Detector(
        kind="I: health plan numbers",
        share=0.5,
        value=r"(?i)^[1-9][A-Z][A-Z\d]\d-?[A-Z][A-Z\d]\d-?[A-Z]{2}\d{2}$",
    ),
    Detector(
        kind="J: account numbers",
        value=_DIGIT,
        name=r"(^|_)(account|acct|bank|iban|card|credit_?card|cc|debit_?card|routing)(_?(id|no|nr|num|number))(_|$)|"
        r"(^|_)(iban|acct)(_|$)",
    ),
    Detector(
        kind="J: account numbers",
        name=r"(^|_)(credit|debit|ebt)?_?(card|ebt)(_|$)",
        value=r"^\d{13,19}(\.0)?$|^(\d{4}[- ]){3}\d{1,7}$",
    ),
    Detector(
        kind="J: account numbers",
        name=r"(^|_)(claim_?(id|no)|(checking|savings|bank)_account|direct_deposit)(_|$)",
        value=r"^\D{0,4}\d{6,}",
    ),
    Detector(kind="J: account numbers", share=0.5, value=r"(?i)^([x*]{4}[- ]?){2,3}\d{4}$"),
    Detector(
        kind="J: account numbers", share=0.5, value=r"^(\d{4}[-. ]){3}\d{4}$|^3[47]\d{2}[-. ]\d{6}[-. ]\d{5}$"
    ),
    # Cards of the large networks, of more than one bank.
    Detector(
        kind="J: account numbers",
        share=0.97,
        least=10,
        spread=(5, 5),
        value=r"^(4\d{15}|5\d{15}|2[2-7]\d{14}|3[47]\d{13}|6(0\d{2}|5\d{2})\d{12})(\.0)?$",
    ),
    Detector(
        kind="K: license or certificate numbers",
        value=_DIGIT,
        name=r"(^|_)(licen[cs]e|drivers?_?licen[cs]e|driver_?lic|passport|certificate|cert|dln?|oln|inmate|offender|"
        r"booking|docket|badge|state_id)_?(id|no|nr|num|number)?(_|$)|"
        r"(^|_)(jail|prison|corrections|probation|parole|court_case|cause|cdcr|tdcj|jacket|register|dmv|dmv_?id|"
        r"alien|edipi|fbi|tribal_enroll\w*)_?(id|no|nr|num|number)(_|$)|"
        r"(^|_)doc_?(no|num|number|id)(_|$)|(^|_)(nysid|edipi)(_|$)|^(a|so)_(no|number)$",
        unless_name=NOT_ITSELF,
    ),
    Detector(
        kind="K: license or certificate numbers",
        name=r"(^|_)case(_?file)?_?(no|num|number)(_|$)",
        value=r"^[A-Z]{2}-\d{2,4}-\d{3,}$|^[A-Z]-\d-[A-Z]{2}-",
    ),
    # Court, kind of case and number, as dockets have them.
    Detector(
        kind="K: license or certificate numbers",
        share=0.5,
        least=3,
        value=r"(?i)^\d{2,4}-?(cr|cv|jv|tr|fa|md|mh|pr|cf|cm|dr)-?(\d{2}-)?\d{3,}$",
    ),
    Detector(
        kind="L: vehicle numbers",
        value=_DIGIT,
        name=r"(^|_)(vin|lpn|vehicle(_?(id|no|num|number))?|licen[cs]e_?plate|(plate|tag)(_?(no|num|number))?)(_|$)",
        unless_name=NOT_ITSELF,
    ),
    # The ninth place of a vehicle number is its check digit.
    Detector(
        kind="L: vehicle numbers",
        share=0.95,
        value=r"(?i)^[A-HJ-NPR-Z\d]{8}[\dX][A-HJ-NPR-Z\d]{8}$",
        unless_value=r"^(\d+|[A-Za-z]+|[\da-fA-F]+)$",
    ),
    Detector(
        kind="M: device numbers",
        value=_DIGIT,
        name=r"(^|_)(imei|iccid|udid|idf[av]|install(ation)?_?id|(bracelet|anklet|ankle|tether)(_monitor)?_?(id|no|unit|serial)|scram_unit|(android_?)?adv?_?id|udi|mac_?addr(ess)?|(device|serial|implant|pump|scram|monitor)_?(id|no|nr|num|number|serial|device)|serial)(_|$)",
        unless_name=NOT_ITSELF,
    ),
    # Telephones: the type is allocated by a few bodies.
    Detector(kind="M: device numbers", share=0.97, least=10, spread=(8, 5), value=r"^(01|35|86|99)\d{13}$"),
    Detector(
        kind="M: device addresses",
        share=0.2,
        value=r"^([\da-fA-F]{2}[:-]){5}[\da-fA-F]{2}$|^([\da-fA-F]{4}\.){2}[\da-fA-F]{4}$",
    ),
    Detector(
        kind="N: web addresses",
        value=r"(?i)\b(https?://|ftp://|www\.)\S|\b[a-z\d-]{2,}\.(com|org|net|edu|gov)/\w",
    ),
    Detector(
        kind="O: IP addresses",
        share=0.2,
        value=r"(^|[^\w.])((25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(25[0-5]|2[0-4]\d|1?\d?\d)(:\d+)?([^\d.]|$)|^([\da-fA-F]{1,4}:){4,7}[\da-fA-F:]*$|"
        r"^[\da-fA-F:]*::[\da-fA-F:]+$",
        # Versions of a form.
        unless_name=r"(^|_)(ver|version|release|build|revision)(_|$)",
        unless_value=r"^\d\.\d\.\d\.\d$",
    ),
    Detector(
        kind="P: biometric marks",
        name=r"(^|_)(finger_?print|retina|iris|voice_?print|voice_?recording|biometric|palm_?print|face_?id|genome)s?(_|$)|"
        r"(^|_)fp_?image(_|$)|(^|_)(voice_rec|signature_image|sig_image)(_|$)",
        unless_name=NOT_ITSELF,
    ),
    Detector(kind="P: biometric marks", share=0.05, value=r"(?i)\.(wsq|an2|eft|nist)$"),
    Detector(
        kind="Q: photographs",
        name=r"(^|_)(photo|photograph|portrait|selfie|headshot|mugshot|face_?image|image_?file|picture)s?(_|$)",
        unless_name=NOT_ITSELF,
    ),
    Detector(kind="Q: photographs", share=0.05, value=r"(?i)\.(jpe?g|png|gif|tiff?|bmp|heic|webp|dcm)$"),
)

MADE_CODES: tuple[Detector, ...] = (
    Detector(
        kind=_MADE,
        share=0.9,
        least=5,
        value=rf"^[A-Za-z]{{1,6}}[-_ .]?{_LONG_DATE}[-_ .]?\d{{0,4}}$",
        # Dates that name the day of the week.
        unless_value=r"(?i)^(mon|tues?|wed|thu(rs?)?|fri|sat|sun)\b",
    ),
    Detector(
        kind=_MADE, share=0.9, least=5, value=rf"^{_LONG_DATE}[-_ .]?([A-Za-z]{{1,6}}|[-_ .]\d{{1,6}})$"
    ),
    # The linkage key of health statistics: letters of both names, birth date, sex.
    Detector(
        kind=_MADE,
        share=0.9,
        least=5,
        value=r"(?i)^[A-Z2]{5}(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2])(19|20)\d{2}\d$",
    ),
    Detector(
        kind=_MADE,
        share=0.9,
        least=20,
        spread=(2, 10),
        value=r"(?i)^([A-Z]{1,4}[-_ .]?\d{2}[-./]\d{2}[-./]\d{2}|"
        r"\d{2}[A-Z]{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))$",
    ),
    # Dates of other forms may be numbers: many initials beside them are needed.
    Detector(
        kind=_MADE,
        share=0.9,
        least=30,
        spread=(2, 20),
        value=rf"^\p{{L}}{{2,6}}[-_]?({_SHORT_DATE})[-_]?[A-Za-z\d]?$",
    ),
    Detector(
        kind=_MADE,
        share=0.9,
        least=30,
        spread=(4, 20),
        value=rf"^((19|20)\d{{2}}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])|{_SHORT_DATE})[-_]?[A-Za-z]{{2,4}}$",
    ),
    # The sound of a last name and a birth date; a birth date and a serial number.
    Detector(
        kind=_MADE,
        share=0.95,
        least=20,
        spread=(4, 20),
        value=rf"^([A-Za-z]\d{{3}}[-_]?({_SHORT_DATE})|({_DAY_FIRST})[-_]?\d{{4}}(\.0)?)$",
    ),
    Detector(
        kind="R: names of accounts",
        name=r"(^|_)(handle|snapchat|snap_?chat|instagram|ig|facebook|fb|fb_name|twitter|tiktok|discord|whatsapp|telegram|"
        r"venmo|insta|tik_tok|gamer_?tag|cash_?app|zelle|skype|screen_?name|user_?name|login|social_?media)(_|$)",
        value=r"\p{L}",
        unless_name=NOT_ITSELF,
        least=3,
    ),
    Detector(kind="R: names of accounts", share=0.3, least=3, value=r"(?i)^(@|u/)[\w.]{3,}$"),
    Detector(kind=_HASHES, name=r"(^|_)(hash|hashed|md_?5|sha_?\d+)(_|$)", unless_name=NOT_ITSELF),
    Detector(kind=_HASHES, name=r"(^|_)hash_?\d+(_|$)", value=_DIGIT),
    Detector(
        kind=_HASHES,
        share=0.05,
        value=r"^(0x|\w{1,8}[:_-])?([\da-fA-F]{32}|[\da-fA-F]{40}|[\da-fA-F]{48}|[\da-fA-F]{56}|[\da-fA-F]{64}|[\da-fA-F]{96}|[\da-fA-F]{128})$",
        # A random UUID written without hyphens has the length of a hash, and its version in the middle.
        unless_value=r"^[\da-fA-F]{12}4[\da-fA-F]{3}[89abAB][\da-fA-F]{15}$",
    ),
    # The beginning of a hash looks as a random code does; under this basis neither may stay unreviewed.
    Detector(
        kind=_HASHES,
        share=0.7,
        among=r"^.{8,31}$",
        least=20,
        spread=(4, 20),
        bases=("safe_harbor",),
        value=r"(?i)^[\da-f]*\d[a-f]+\d[\da-f]*$",
    ),
    Detector(
        kind=_HASHES,
        share=0.9,
        value=r"^([A-Za-z\d+/_-]{43}=?|[A-Za-z\d+/_-]{27}=?|[A-Za-z\d+/_-]{22}==|[A-Za-z\d+/_-]{86}(==)?)$",
        unless_value=r"^([A-Za-z_-]+|[\d_-]+|[\dA-Fa-f]+)$",
    ),
    Detector(
        kind=_HASHES,
        share=0.9,
        value=r"(?i)^\{?[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\}?$",
        # Versions 4 and 7 are random; the others are made of names, machines or hashes.
        unless_value=r"(?i)^\{?[\da-f]{8}-[\da-f]{4}-[47][\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}\}?$",
    ),
    Detector(kind=_HASHES, value=r"^\$(2[aby]|argon2\w*|5|6)\$"),
)
