"""Values of the second set of columns: other names, layouts, places and numbers than the first."""

import base64
import datetime as dt
import hashlib

from tools.identifier_benchmark.date_values import days
from tools.identifier_benchmark.draws import Drawer, Draws, form, listed, mixed, rare, words
from tools.identifier_benchmark.number_values import luhn_digit

# Given names and surnames that go together; the first groups are those of most clients in the United States.
_PEOPLE = (
    (
        listed("Michael|Jennifer|David|Jessica|Christopher|Ashley|Matthew|Sarah|Joshua|Amanda|Daniel|Nicole"),
        listed("Smith|Johnson|Williams|Brown|Jones|Davis|Wilson|Anderson|Taylor|Thomas|Moore|Martin"),
    ),
    (
        listed("Barbara|Gary|Deborah|Ronald|Brenda|Larry|Pamela|Dennis|Cynthia|Roger|Peggy|Wayne|Gladys"),
        listed("Clark|Lewis|Hall|Young|King|Wright|Green|Baker|Nelson|Mitchell|Campbell|Phillips"),
    ),
    (
        listed("Brittany|Cody|Kayla|Travis|Courtney|Zachary|Destiny|Hunter|Misty|Colton|Brooke|Shane|Kelsey"),
        listed("Stidham|Ledbetter|Vance|Combs|Hatfield|Blevins|Estep|Caudill|McCoy|Ratliff|O'Neill|VanHorn"),
    ),
    (
        listed("Juan|Ana|Luis|Carmen|Miguel|Sofía|Jesús|Lucía|Francisco|Elena|Raúl|Esperanza"),
        listed("Martinez|Lopez|Gonzalez|Rodriguez|Perez|Sanchez|Ramirez|Torres|Flores|Rivera|de la Cruz"),
    ),
    (
        listed("Andre|Tamika|Malik|Tanisha|Reginald|Monique|Cedric|Lakisha|Jermaine|Tiffany|Antwan|Nia"),
        listed("Harris|Jackson|Robinson|Coleman|Banks|Dorsey|Batiste|Gadson|Mays|Singletary|Fontenot"),
    ),
    (
        listed("Jean-Pierre|Marie|Emmanuel|Wideline|João|Fernanda|Thiago|Luciana|Rodrigo|Beatriz"),
        listed("Pierre|Toussaint|Desrosiers|Silva|Souza|Oliveira|Almeida|Pereira|Baptiste|dos Santos"),
    ),
    (
        listed("Hung|Linh|Khanh|Trinh|Somchai|Malee|Sokha|Chanthou|Rizal|Marites|Jovelyn|Analyn"),
        listed("Le|Doan|Luong|Saetang|Chea|Keo|Santos|Bautista|Dela Rosa|Macaraeg|Villanueva"),
    ),
    (
        listed("Omar|Zainab|Abdirahman|Hodan|Mustafa|Maryam|Reza|Shirin|Ahmed|Rania|Farhad|Nasrin"),
        listed("Hussein|Osman|Jama|Rahimi|Karimi|El-Sayed|Aziz|Qureshi|Siddiqui|Barakat"),
    ),
    (
        listed("Ravi|Kavita|Suresh|Meena|Gurpreet|Manpreet|Arvind|Nisha|Tenzin|Pema"),
        listed("Singh|Kaur|Reddy|Nair|Gupta|Mehta|Joshi|Sherpa|Thapa|Krishnamurthy"),
    ),
    (
        listed("Li|Fang|Hui|Yan|Minjun|Eunji|Hiroshi|Yuki|Tou|Kia"),
        listed("Wang|Chen|Huang|Kim|Park|Choi|Sato|Watanabe|Moua|Thao"),
    ),
    (
        listed("Kekoa|Leilani|Sione|Mele|Tavita|Keoni|Ahiga|Dezbah|Tallulah|Mato"),
        listed("Kahale|Kealoha|Tuiasosopo|Fonoti|Manuelito|Chee|Iron Cloud|Black Elk|Nez|Peshlakai"),
    ),
    (
        listed("Ivan|Katarzyna|Bogdan|Ioana|Nikolai|Tatiana|Sven|Astrid|Giovanni|Francesca"),
        listed("Ivanov|Nowak|Popescu|Horvat|Shevchenko|Larsen|Johansson|Esposito|DiMarco|van den Berg"),
    ),
)
_MIDDLE = "ABCDEGHJLMNPRSTW"
_NICKNAMES = listed("Bobby|Junior|Tex|Lala|Mo|Bear|Trey|Peanut|Chuy|Nana|DJ|Skip|Tank|Bibi|Red|Shorty|Kiki")


def people(draws: Draws, rows: int) -> list[tuple[str, str, str]]:
    """Draw given name, middle initial and surname of each row."""
    groups = draws.pick(_PEOPLE, rows)
    given, last = draws.between(0, 10**6, rows), draws.between(0, 10**6, rows)
    return [
        (first[one % len(first)], initial, surname[two % len(surname)])
        for (first, surname), one, two, initial in zip(
            groups, given, last, draws.pick(_MIDDLE, rows), strict=True
        )
    ]


def plain(name: str) -> str:
    """Give a name as accounts hold it: lower case, letters of ASCII alone."""
    for accented, letter in zip("íúãáé", "iuaae", strict=True):
        name = name.replace(accented, letter)
    return "".join(letter for letter in name.lower() if letter.isascii() and letter.isalpha())


def written(*styles: str, first_year: int = 1947, last_year: int = 2005) -> Drawer:
    """Write a person in one of the styles.

    Fields: first, mid, last; last2 a second surname; f, l initials; p, q plain names; a, z the same in
    capitals, filled up with 2 for linkage keys; nick; b birth date; n a number to 9999; k a number to 99;
    sex 1 or 2; domain.
    """

    def drawn(draws: Draws, rows: int) -> list[str]:
        parts = zip(
            draws.pick(styles, rows),
            people(draws, rows),
            people(draws, rows),
            days(draws, rows, first_year, last_year),
            draws.between(1, 9999, rows),
            draws.pick(_NICKNAMES, rows),
            draws.pick(_DOMAINS, rows),
            strict=True,
        )
        return [
            style.format(
                first=first,
                mid=mid,
                last=last,
                last2=second,
                f=first[0],
                l=last[0],
                p=plain(first),
                q=plain(last),
                a=f"{plain(first)}222".upper(),
                z=f"{plain(last)}22222".upper(),
                nick=nick,
                b=born,
                n=number,
                k=number % 99 + 1,
                sex=number % 2 + 1,
                domain=domain,
            )
            for style, (first, mid, last), (_, _, second), born, number, nick, domain in parts
        ]

    return drawn


def around(drawer: Drawer, *texts: str) -> Drawer:
    """Put values inside one of the texts."""

    def drawn(draws: Draws, rows: int) -> list[str]:
        return [
            text.format(value)
            for text, value in zip(draws.pick(texts, rows), drawer(draws, rows), strict=True)
        ]

    return drawn


_DOMAINS = listed(
    "example.com|example.net|example.org|mail.example.org|students.example.edu|corp.example.com"
)

EMAIL = written("{p}{q}{k}@{domain}", "{q}.{p}@{domain}", "{p}_{k}@{domain}", "{p}.{mid}.{q}@{domain}")
EMAIL_TAGGED = written("{p}+iop@{domain}", "{p}.{q}+{k}@{domain}", "{q}{k}@{domain}")
EMAIL_NAMED = written("{first} {last} <{p}.{q}@{domain}>", '"{last}, {first}" <{q}{k}@{domain}>')
EMAIL_LINKED = written("mailto:{p}{k}@{domain}")
EMAIL_LISTED = written("{p}{k}@{domain}; {q}@{domain}", "{p}.{q}@{domain}")
PAGE = written(
    "https://facebook.example.com/{p}.{q}.{k}",
    "facebook.example.com/profile.php?id=1000{n:04d}{k:02d}",
    "https://m.example.com/in/{p}-{q}-{n:04d}",
)
SURVEY_PAGE = form("https://redcap.example.edu/surveys/?s=@@@#@&@&@#", "https://s.example.org/r/&&&#&&")
VISIT_PAGE = form("https://visit.example.com/j/8$########", "https://meet.example.net/@@@-@@@@-@@@")
HANDLE = written(
    "{p}_the_{nick}", "@{q}{k}", "${p}{q}{k}", "{nick}{n}", "real.{p}.{q}", "{p}{p}{k}_", "x{q}x{k}"
)

PHONE = {
    "slash": form("%##/%##-####"),
    "hyphen": form("(%##)-%##-####"),
    "half": form("%##-%######"),
    "space": form("%## %##-####"),
    "eleven": form("1%##%######"),
    "country": form("+1 (%##) %##-####", "+1 %## %## ####"),
    "dots": form("1.%##.%##.####", "(%##) %##.####"),
    "link": form("tel:+1-%##-%##-####", "tel:+1%##%######"),
    "float": form("%##%######.0"),
    "two": form("%##-%##-#### / %##-%##-####", "%##-%##-####"),
    "whose": form("mom %##-%##-####", "%##-%##-#### (sister)", "wk: (%##) %##-####"),
    "extension": form("%##-%##-####, ext ###", "(%##) %##-####x##", "%##.%##.#### Ext. $##"),
    "dialed": form("9-1-%##-%##-####", "+1%##%######"),
    "spread": form("( %## ) %## - ####", "%## - %## - ####"),
}
PHONE_7 = {"space": form("%## ####"), "float": form("%######.0"), "dash": form("%##-####")}

_STREETS = listed(
    "Elm|Washington|Park|Hickory|Sycamore|Main|Pecan Valley|Lincoln|Birchwood|Chestnut|Third|42nd|"
    "Martin Luther King|Peachtree|Kingsley|Whispering Pines|Canyon Rim|Rosewood|Union|Franklin|"
    "Mockingbird|Desert Sage|San Pedro|Grand|Meadowlark|Industrial|Fox Run|Valley View"
)
_KINDS = listed("St|Street|Ave|Av|Avenue|Rd|Dr|Drive|Ln|Lane|Blvd|Ct|Court|Pkwy|Ter|Loop|Pl|Sq|Hwy|Cv")
_QUARTERS = listed("NW|NE|SW|SE")
_CITIES = listed(
    "Austin|Columbus|Minneapolis|Fresno|Tacoma|Pittsburgh|Louisville|Albuquerque|Omaha|Knoxville|"
    "Baton Rouge|Sioux Falls|Grand Rapids|Billings|Anchorage|Providence|Des Moines|Reno|Provo|"
    "Huntington|Little Rock|Santa Fe|San Antonio|Port Arthur|New Bedford|Kansas City|St. Paul|"
    "Gallup|Bemidji|Wichita Falls|Muskogee|Terre Haute|Bloomington|Pine Ridge|Hialeah|Yakima"
)
_STATES = listed("TX|OH|MN|CA|WA|PA|KY|NM|NE|TN|LA|SD|MI|MT|AK|RI|IA|NV|UT|WV")
_COUNTIES = listed(
    "Hamilton|King|Franklin|Salt Lake|Mecklenburg|Bernalillo|Ramsey|Multnomah|Shelby|Allegheny|"
    "Miami-Dade|Los Angeles|Harris|Essex|Polk|Clark|Jackson|Floyd|Mingo|McDowell|Oglala Lakota|"
    "San Bernardino|Lake|Madison|Scioto|Rio Arriba"
)
_PARISHES = listed("Orleans|Jefferson|Caddo|St. Tammany|Lafayette|East Baton Rouge|Terrebonne|Rapides")
_TOWNS = listed("Cicero Twp|Town of Hempstead|Borough of Queens|Village of Skokie|Fremont Township")


def addressed(*styles: str) -> Drawer:
    """Write a place in one of the styles: number, street, kind, quarter, unit, city, state, zip, county."""

    def drawn(draws: Draws, rows: int) -> list[str]:
        parts = zip(
            draws.pick(styles, rows),
            draws.between(2, 15999, rows),
            draws.pick(_STREETS, rows),
            draws.pick(_KINDS, rows),
            draws.pick(_QUARTERS, rows),
            draws.between(1, 40, rows),
            draws.pick(_CITIES, rows),
            draws.pick(_STATES, rows),
            draws.filled("$####", rows),
            draws.pick(_COUNTIES, rows),
            strict=True,
        )
        return [
            style.format(
                number=number,
                street=street,
                kind=kind,
                quarter=quarter,
                unit=unit,
                hundred=unit * 100,
                city=city,
                state=state,
                zip=code,
                county=county,
            )
            for style, number, street, kind, quarter, unit, city, state, code, county in parts
        ]

    return drawn


_NUMBERED = "{number} {street} {kind}"
STREET = addressed(
    _NUMBERED, _NUMBERED + " {quarter}", _NUMBERED + ", #{unit}", "{number} {quarter} {street} {kind}"
)
STREET_UNIT_FIRST = addressed("Apt {unit}, {number} {street} {kind}", "#{unit} - {number} {street} {kind}")
STREET_UNIT = addressed(
    _NUMBERED + " Apt #{unit}", _NUMBERED + " Ste {unit}", _NUMBERED + " Trlr {unit}", _NUMBERED
)
STREET_LINE = addressed(_NUMBERED + " {city} {state} {zip}", _NUMBERED + " APT {unit} {city} {state} {zip}")
STREET_BREAKS = addressed(_NUMBERED + "; {city}, {state} {zip}", _NUMBERED + "\n{city}, {state} {zip}")
STREET_ODD = addressed(
    "{number} 1/2 {street} {kind}",
    "{unit}-{unit}5 {street} {kind}",
    "N{unit}W{number} {street} {kind}",
    _NUMBERED,
)
STREET_GRID = addressed(
    "{number} S {hundred} W", "{number} N {hundred} E", "{number} E {hundred} S", _NUMBERED
)
STREET_SPANISH = addressed(
    "{number} Calle Luna, San Juan PR",
    "Urb. Las Lomas, Calle {unit} B-{unit}",
    "Calle Sol #{number} Apto {unit}",
)
STREET_SHORT = addressed("{number} {street} {kind}", "{number} {street} {kind}", "{number} {street}")
BOX = mixed(
    form("PO BX $##", "POB $###", "P.O.Box $###", "Post Office Box ##"),
    form("HC $# Box ##", "RR $ Bx $#"),
    form("PSC $# Box $###, APO AE 09###"),
)
HIGHWAY = form("$### State Hwy $#", "$#### US Hwy $##", "HC $# Box $##", "$### N County Rd $##")
CITY, COUNTY = words(*_CITIES), words(*_COUNTIES)
CITY_STATE_ZIP, CITY_STATE = (
    addressed("{city}, {state} {zip}"),
    addressed("{city} {state}", "{city}, {state}"),
)
TOWN = mixed(words(*_CITIES), words(*_CITIES), words(*_TOWNS))
COUNTY_STATE = addressed("{county} Co, {state}", "{county}, {state}")
COUNTY_NAMED = addressed("{county} County")
COUNTY_FIRST = addressed("County of {county}")
PARISH = around(words(*_PARISHES), "{} Parish")
FIPS = mixed(form("48##1", "39##3", "27##5", "53##7"))
ZIP_SHORT = mixed(form("$####"), form("$####"), form("2###", "6###"))
TRACT = form("48453$###0#", "27053$###0#", "39049$###0#")
TRACT_DOTS = form("$##.0$", "$#.0#", "$###")
LATITUDE, LONGITUDE = form("3#.#####", "4#.#####"), form("-8#.#####", "-9#.#####", "-11#.#####", "-12#.#####")
POINT = form("3#.####, -9#.####", "4#.####, -8#.####")
GEOHASH = form("9v6k~~#", "9zvx~#~", "dp3w#~#", "9xj6~##")
PRECINCT = form("Pct. $##", "Precinct 0$#", "Ward $ Pct $")


def moments(style: str, first_year: int = 2020, last_year: int = 2025) -> Drawer:
    """Write moments in a style.

    Fields: d the moment; n, m its day and month without zeros; mon, MON, month, day names; th the ending
    of an ordinal; sas, excel, unix, julian numbers.
    """

    def drawn(draws: Draws, rows: int) -> list[str]:
        parts = zip(
            days(draws, rows, first_year, last_year), draws.between(6 * 3600, 22 * 3600, rows), strict=True
        )
        made = [dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=second) for day, second in parts]
        return [
            style.format(
                d=moment,
                n=moment.day,
                m=moment.month,
                mon=_MONTHS[moment.month - 1][:3],
                MON=_MONTHS[moment.month - 1][:3].upper(),
                month=_MONTHS[moment.month - 1],
                day=_DAYS[moment.weekday()],
                th=_ENDS.get(moment.day, "th"),
                sas=moment.toordinal() - 715875,
                excel=moment.toordinal() - 693594,
                unix=(moment - dt.datetime(1970, 1, 1)) // dt.timedelta(seconds=1),
                julian=moment.timetuple().tm_yday,
            )
            for moment in made
        ]

    return drawn


_MONTHS = listed("January|February|March|April|May|June|July|August|September|October|November|December")
_ENDS = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}
_DAYS = listed("Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday")


def born(style: str) -> Drawer:
    """Write days of birth in a style."""
    return moments(style, 1947, 2005)


def age_text(*styles: str, share: float = 0.1) -> Drawer:
    """Write ages in figures, a share of them over 89."""

    def aged(low: int, high: int) -> Drawer:
        return lambda draws, rows: [
            style.format(age)
            for style, age in zip(draws.pick(styles, rows), draws.between(low, high, rows), strict=True)
        ]

    return rare(share, aged(90, 101), aged(19, 88))


def hashed(name: str, length: int | None = None, style: str = "{}", encoding: str = "hex") -> Drawer:
    """Draw hashes of names and numbers: hexadecimal, cut to a length, or base64."""

    def drawn(draws: Draws, rows: int) -> list[str]:
        digests = [
            hashlib.new(name, value.encode(), usedforsecurity=False)
            for value in written("{q}{p}{b:%Y%m%d}{n}")(draws, rows)
        ]
        texts = (
            [base64.b64encode(each.digest()).decode() for each in digests]
            if encoding == "base64"
            else [each.hexdigest() for each in digests]
        )
        return [style.format(text[:length]) for text in texts]

    return drawn


def fingerprint(draws: Draws, rows: int) -> list[str]:
    """Draw the first bytes of fingerprint templates in base64."""
    return [
        "Rk1SACAyMAAA" + hashlib.sha256(value.encode()).hexdigest()[:36] + "=="
        for value in draws.filled("#########", rows)
    ]


def checked(*starts: str) -> Drawer:
    """Draw numbers of forms without their last digit, and add the check digit of Luhn's rule."""

    def drawn(draws: Draws, rows: int) -> list[str]:
        return [
            digits + luhn_digit(digits) for digits in mixed(*(form(each) for each in starts))(draws, rows)
        ]

    return drawn


def spaced(drawer: Drawer, separator: str, *lengths: int) -> Drawer:
    """Write numbers in groups of the lengths."""

    def grouped(number: str) -> str:
        groups, start = [], 0
        for length in lengths:
            groups.append(number[start : start + length])
            start += length
        return separator.join(groups)

    return lambda draws, rows: [grouped(number) for number in drawer(draws, rows)]


def shorn(drawer: Drawer) -> Drawer:
    """Write numbers as a spreadsheet leaves them: without zeros in front."""
    return lambda draws, rows: [value.lstrip("0") or "0" for value in drawer(draws, rows)]


# Text without any identifier, and the same with one in some of the rows.
HARMLESS = words(
    "tolerated dose increase, no withdrawal symptoms",
    "engaged in session; rated cravings 3 of 10",
    "wants to work on sleep and budgeting",
    "no show, will try again next week",
    "completed relapse prevention plan",
    "reports stable mood, denies SI/HI",
    "requests transportation vouchers",
    "doing better since the move to IOP",
    "graduated from Seeking Safety, continues Vivitrol",
    "needs refill and a work excuse letter",
    "Narcan kit given and use demonstrated",
    "pt. pleased with progress, AA twice weekly",
)


def noted(share: float, drawer: Drawer, *texts: str) -> Drawer:
    """Draw text, a share of it with a value inside."""
    return rare(share, around(drawer, *texts), HARMLESS)
