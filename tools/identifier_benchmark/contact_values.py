"""Phones, e-mail and web addresses, postal addresses and places; domains and networks are reserved ones."""

from tools.identifier_benchmark.draws import Drawer, Draws, form, listed, mixed, words
from tools.identifier_benchmark.person_names import people

PHONE = {
    "dashes": form("%##-%##-####"),
    "dots": form("%##.%##.####"),
    "parentheses": form("(%##) %##-####"),
    "tight": form("(%##)%##-####"),
    "digits": form("%##%######"),
    "plus": form("+1 %##-%##-####", "+1%##%######"),
    "one": form("1-%##-%##-####"),
    "spaces": form("%## %## ####"),
    "extension": form("%##-%##-#### x###", "%##-%##-#### ext. ##"),
    "typed": form("%##-%##-####", "(%##) %##-####", "%##%######", "%##.%##.####", "%##-%##-####"),
    "place": form("%##-%##-#### (cell)", "%##-%##-#### home", "c: %##-%##-####"),
}
PHONE_7 = {"dash": form("%##-####"), "digits": form("%######"), "dot": form("%##.####")}
_DOMAINS = listed("example.com|example.org|mail.example.net|post.example.edu|example.net|inbox.example.com")
_STREETS = listed(
    "Maple|Oakridge|Cedar|Willow Hollow|Juniper|Lakeview|Mill Creek|Sunset|Second|14th|Jefferson|Prairie|"
    "Quarry|Saint Charles|Magnolia|Old Ferry|Larkspur|103rd|Windmill|Depot|Cottonwood|"
    "El Camino|Tanglewood|Harbor|Ridge Top"
)
_TYPES = listed("St|Ave|Rd|Dr|Ln|Blvd|Ct|Street|Avenue|Road|Way|Pl|Cir|Trail")
_UNITS = ("", "", "", " Apt 4", " Apt 12B", " #7", " Unit 3", " Lot 22", ", Apt. 210")
_SIDES = ("", "", "", "N ", "S. ", "West ", "SE ")
_CITIES = listed(
    "Springfield|Fairview|Cedar Rapids|El Paso|Duluth|Macon|Tulsa|Bakersfield|Utica|Yuma|"
    "Lubbock|Spokane|Toledo|Biloxi|Flagstaff|Lowell|Racine|Topeka|Eau Claire|Fort Wayne|"
    "Las Cruces|St. Cloud|Chattanooga|Boise|Gary|Laredo|Mesa|Winston-Salem|Scranton|Missoula|"
    "Pueblo|Corpus Christi|Bangor|Joplin|Modesto|Ypsilanti|Hazard|Rapid City|Salinas"
)
_COUNTIES = listed(
    "Travis|Cook|Orange|Maricopa|Hennepin|Wayne|Harlan|St. Louis|Yakima|Cuyahoga|Bexar|Fresno|"
    "Kanawha|Pima|Dane|Ada|Nez Perce|Prince William|Lackawanna|McLennan|Sangamon|Tuscaloosa|"
    "Penobscot|Cass|Boone|Pike|Monroe|DeKalb"
)
_STATES = ("TX", "OH", "MN", "CA", "WA", "PA", "ID", "GA", "ME", "AZ", "KY", "WI")

CITY = words(*_CITIES)
COUNTY = words(*_COUNTIES)
COUNTY_NAMED = words(*(f"{county} County" for county in _COUNTIES))
COUNTY_SHORT = words(*(f"{county} Co." for county in _COUNTIES))
ZIP5, ZIP9 = form("$####"), form("$####-####")
IP4 = mixed(form("192.168.1.$#", "192.168.0.1##"), form("203.0.113.$#"), form("10.1#.$#.2#", "7$.1$#.2#.1##"))
IP6 = form("2001:db8:~~~~:~~~~::~~~~", "2001:db8::~~~~:~~~~", "fe80::~~~~:~~ff:fe~~:~~~~")
MAC = form("00:1~:~~:~~:~~:~~", "00-1~-~~-~~-~~-~~")
PO_BOX = form("PO Box $##", "P.O. Box $###", "P O BOX $####", "Box $##")


def _joined(address: str) -> Drawer:
    def drawn(draws: Draws, rows: int) -> list[str]:
        parts = zip(
            draws.between(1, 9899, rows),
            draws.pick(_SIDES, rows),
            draws.pick(_STREETS, rows),
            draws.pick(_TYPES, rows),
            draws.pick(_UNITS, rows),
            draws.pick(_CITIES, rows),
            draws.pick(_STATES, rows),
            ZIP5(draws, rows),
            strict=True,
        )
        return [
            address.format(
                number=number,
                side=side,
                street=street,
                kind=kind,
                unit=unit,
                city=city,
                state=state,
                zip=code,
            )
            for number, side, street, kind, unit, city, state, code in parts
        ]

    return drawn


STREET = _joined("{number} {side}{street} {kind}{unit}")
STREET_PLAIN = _joined("{number} {street} {kind}")
ADDRESS = _joined("{number} {side}{street} {kind}{unit}, {city}, {state} {zip}")
CITY_STATE = _joined("{city}, {state}")
RURAL = form("$#### County Road ##", "RR $ Box ##", "$### Highway $#", "$### FM $##")


def email(draws: Draws, rows: int) -> list[str]:
    """Draw e-mail addresses made of names and numbers."""
    styles = ("{f}.{l}@{d}", "{f}{l}{n}@{d}", "{l}_{n}@{d}", "{f}{n}@{d}", "{f}-{l}@{d}")
    parts = zip(
        people(draws, rows),
        draws.pick(styles, rows),
        draws.between(1, 99, rows),
        draws.pick(_DOMAINS, rows),
        strict=True,
    )
    return [
        style.format(f=_plain(first), l=_plain(last), n=number, d=domain)
        for (first, _, last), style, number, domain in parts
    ]


def url(draws: Draws, rows: int) -> list[str]:
    """Draw web addresses of people's pages."""
    styles = (
        "https://www.example.com/people/{f}.{l}",
        "http://example.org/~{l}{n}",
        "www.example.net/profile/{f}{n}",
        "https://social.example.com/{f}_{l}?id={n}",
    )
    parts = zip(people(draws, rows), draws.pick(styles, rows), draws.between(10, 99999, rows), strict=True)
    return [
        style.format(f=_plain(first), l=_plain(last), n=number) for (first, _, last), style, number in parts
    ]


def handle(draws: Draws, rows: int) -> list[str]:
    """Draw names of accounts in social media."""
    parts_of_names = listed("sunny|dawg|ride|blue|mama|xx|real|lil|sober|wolf|tx|king")
    styles = ("@{w}_{f}{n}", "@{f}{l}", "{w}{f}{n}", "{f}_{w}_{n}", "u/{w}{n}{f}")
    parts = zip(
        people(draws, rows),
        draws.pick(styles, rows),
        draws.pick(parts_of_names, rows),
        draws.between(1, 999, rows),
        strict=True,
    )
    return [
        style.format(f=_plain(first), l=_plain(last), w=word, n=number)
        for (first, _, last), style, word, number in parts
    ]


def _plain(name: str) -> str:
    """Give a name as accounts hold it: lower case, letters of ASCII alone."""
    letters = name.lower().replace("ñ", "n").replace("í", "i").replace("ó", "o")
    return "".join(letter for letter in letters if letter.isalpha())
