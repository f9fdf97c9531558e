"""Free text with an identifier inside, contacts for emergencies, and employers."""

from tools.identifier_benchmark.contact_values import CITY, PHONE, email
from tools.identifier_benchmark.date_values import LONG, US_DATE, US_SHORT, days, write
from tools.identifier_benchmark.draws import Drawer, Draws, mixed, rare, words
from tools.identifier_benchmark.person_names import FIRST, FIRST_LAST, LAST, people

PLAIN_NOTE = words(
    "did well in group today",
    "no concerns",
    "left voicemail, no call back",
    "client reports cravings at night, coping skills reviewed",
    "transport arranged for intake at IOP",
    "declined aftercare plan",
    "attending meetings three times a week",
    "sleep improved, appetite fair",
    "needs housing list",
    "doing ok, wants to change groups",
)


def _around(texts: tuple[str, ...], inside: Drawer) -> Drawer:
    def drawn(draws: Draws, rows: int) -> list[str]:
        return [
            text.format(value)
            for text, value in zip(draws.pick(texts, rows), inside(draws, rows), strict=True)
        ]

    return drawn


def _dates(style: str) -> Drawer:
    return lambda draws, rows: [write(style, day) for day in days(draws, rows, 2022, 2025)]


_WITH_NAME = (
    "spoke with {} about the visit",
    "{} called and wants records sent",
    "Seen with sister {} in family session",
    "per {} he is back at work",
    "Referred by {}, will follow up",
)
_WITH_PHONE = (
    "call back at {}",
    "new cell {} per mother",
    "phone off, try {} after 5",
    "left message at {}.",
    "sponsor's number is {}",
)
_WITH_DATE = (
    "relapsed on {} after argument",
    "next appointment {}",
    "admitted to detox {} - left AMA",
    "court date {}, needs letter",
    "last use {} per client",
)
_WITH_MAIL = ("send letter to {}", "e-mail is {} now", "prefers contact by {}")

NOTE_NAME = rare(0.5, _around(_WITH_NAME, FIRST_LAST), PLAIN_NOTE)
NOTE_FIRST = rare(0.5, _around(_WITH_NAME, FIRST), PLAIN_NOTE)
NOTE_TITLE = rare(
    0.5, _around(("met with Mr. {}", "Mrs. {} came late", "Dr. {} reduced dose"), LAST), PLAIN_NOTE
)
NOTE_PHONE = rare(0.4, _around(_WITH_PHONE, PHONE["typed"]), PLAIN_NOTE)
NOTE_DATE = rare(0.4, _around(_WITH_DATE, mixed(_dates(US_DATE), _dates(US_SHORT))), PLAIN_NOTE)
NOTE_LONG_DATE = rare(0.4, _around(_WITH_DATE, _dates(LONG)), PLAIN_NOTE)
NOTE_MAIL = rare(0.4, _around(_WITH_MAIL, email), PLAIN_NOTE)


def emergency(draws: Draws, rows: int) -> list[str]:
    """Draw contacts for emergencies: a name, how related, a phone."""
    styles = ("{n} ({r}) {p}", "{n} - {r}", "{r}: {n} {p}", "{n} {p}", "{n}, {r}")
    related = ("mother", "wife", "brother", "friend", "aunt", "dad", "husband", "sponsor", "daughter")
    parts = zip(
        people(draws, rows),
        draws.pick(styles, rows),
        draws.pick(related, rows),
        PHONE["typed"](draws, rows),
        strict=True,
    )
    return [
        style.format(n=f"{first} {last}", r=kin, p=phone) for (first, _, last), style, kin, phone in parts
    ]


def employer(draws: Draws, rows: int) -> list[str]:
    """Draw employers; a share of the rows has none."""
    trades = (
        "Roofing",
        "Plumbing LLC",
        "& Sons",
        "Auto Repair",
        "Landscaping",
        "Diner",
        "Trucking Inc",
        "Cleaners",
    )
    named = [f"{one} {two}" for one, two in zip(LAST(draws, rows), draws.pick(trades, rows), strict=True)]
    public = [
        style.format(city)
        for city, style in zip(
            CITY(draws, rows),
            draws.pick(("City of {}", "{} Lumber Co.", "{} School District", "{} Hospital"), rows),
            strict=True,
        )
    ]
    none = draws.pick(("none", "unemployed", "self", "disabled"), rows)
    which = draws.between(0, 9, rows)
    return [
        named[row] if kind < 5 else public[row] if kind < 8 else none[row] for row, kind in enumerate(which)
    ]
