"""Dates finer than a year, and ages."""

import datetime as dt

from tools.identifier_benchmark.draws import Drawer, Draws, listed, rare, whole

_MONTHS = listed("Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec")
_LONG_MONTHS = listed("January|February|March|April|May|June|July|August|September|October|November|December")
_ONES = listed(
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|"
    "seventeen|eighteen|nineteen"
)
_TENS = {2: "twenty", 3: "thirty", 4: "forty", 5: "fifty", 6: "sixty", 7: "seventy", 8: "eighty", 9: "ninety"}


def days(draws: Draws, rows: int, first_year: int, last_year: int) -> list[dt.date]:
    """Draw days of the years, both included."""
    first = dt.date(first_year, 1, 1).toordinal()
    last = dt.date(last_year, 12, 31).toordinal()
    return [dt.date.fromordinal(day) for day in draws.between(first, last, rows)]


def dated(style: str, born: bool = False) -> Drawer:
    """Write days in a style with the fields d (day), mon and month (names)."""
    years = (1946, 2006) if born else (2021, 2025)
    return lambda draws, rows: [write(style, day) for day in days(draws, rows, *years)]


def write(style: str, day: dt.date) -> str:
    """Write one day in a style.

    >>> write("{d.month}/{d.day}/{d.year}", dt.date(2024, 3, 5))
    '3/5/2024'
    """
    excel = day.toordinal() - 693594
    return style.format(d=day, mon=_MONTHS[day.month - 1], month=_LONG_MONTHS[day.month - 1], excel=excel)


ISO, US_DATE, US_PADDED = "{d:%Y-%m-%d}", "{d.month}/{d.day}/{d.year}", "{d:%m/%d/%Y}"
US_SHORT, TEXTUAL, LONG = "{d.month}/{d.day}/{d:%y}", "{mon} {d.day}, {d.year}", "{month} {d.day}, {d.year}"
SAS, STAMP, COMPACT = "{d:%d}{mon}{d:%Y}", "{d:%Y-%m-%d} 00:00:00", "{d:%Y%m%d}"
DAY_FIRST, DASHES, DOTS = "{d.day} {mon} {d.year}", "{d:%m-%d-%Y}", "{d:%m.%d.%Y}"
ISO_TIME, US_TIME = "{d:%Y-%m-%d}T14:05:00Z", "{d.month}/{d.day}/{d.year} 9:30 AM"


def age_in_words(age: int) -> str:
    """Write an age in words.

    >>> age_in_words(92), age_in_words(40), age_in_words(101)
    ('ninety-two', 'forty', 'one hundred one')
    """
    if age >= 100:
        return "one hundred" + (f" {age_in_words(age - 100)}" if age > 100 else "")
    if age < 20:
        return _ONES[age]
    return _TENS[age // 10] + (f"-{_ONES[age % 10]}" if age % 10 else "")


def _spoken(low: int, high: int, style: str) -> Drawer:
    return lambda draws, rows: [style.format(age_in_words(age)) for age in draws.between(low, high, rows)]


def words_over_89(style: str) -> Drawer:
    """Draw ages in words, some of them over 89."""
    return rare(0.2, _spoken(90, 103, style), _spoken(22, 88, style))


def ages_over_89(suffix: str = "") -> Drawer:
    """Draw ages in figures, some of them over 89."""
    return rare(0.1, whole(91, 102, suffix), whole(19, 88, suffix))
