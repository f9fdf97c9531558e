"""Cases worked out by hand, drawn as text: a client, and what a definition makes of it.

    two_positives ; missing = last ; + 7 | ? 14 ; day 7, confirmed 14 ; carried on

Columns: definition, what differs from its own rules, client, what it makes of it, why. The client is drawn
as in the tests (`tests/support_cohort.py`), a stay a line with / between; where no stay is drawn, it is
`stay -28..0 | follow 0..90`. Days are days since the end of the stay, or since the time zero named.
"""

import re
from dataclasses import dataclass, field

PLAIN = "stay -28..0 | follow 0..90"
_EVENT = re.compile(r"days? (\d+)(?:-(\d+))?(?:, confirmed (\d+))?")
_OTHER = re.compile(r"(none by|death on|incarceration on) day (\d+)")
CAUSES = {"none by": "", "death on": "death", "incarceration on": "incarceration"}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A client, and what a definition makes of it.

    Attributes
    ----------
    endpoint : str
        Name of the definition.
    missing, zero : str
        Rule for missing observations, and time zero.
    parameters, schedule : dict of str to int, tuple of int
        Parameters of the definition, and scheduled visits with the days by which one may come late last.
    client, expected, why : str
        The drawing as written, what the definition makes of it, and why, for readers.
    earliest, latest, confirmed : int
        First and last day of the onset, and the day on which the rule became true; without the event
        all three are the day on which follow-up ended.
    cause : str
        "relapse", "death", "incarceration", or empty for none.
    """

    endpoint: str
    client: str
    expected: str
    why: str
    earliest: int
    latest: int
    confirmed: int
    cause: str
    missing: str = "as_defined"
    zero: str = "discharge"
    parameters: dict[str, int] = field(default_factory=dict)
    visits: tuple[int, ...] = ()
    after: int = 0

    @property
    def lines(self) -> tuple[str, ...]:
        """The drawing of the client, a stay a line."""
        first, *others = (part.strip() for part in self.client.split("/"))
        if not first.startswith("stay"):
            first = f"{PLAIN} | {first}" if first else PLAIN
        return (first, *others)

    @property
    def options(self) -> str:
        """What differs from the definition's own rules, in words."""
        told = [f"missing = {self.missing}"] if self.missing != "as_defined" else []
        told += [f"time zero = {self.zero}"] if self.zero != "discharge" else []
        told += [f"{name} = {value}" for name, value in self.parameters.items()]
        if self.visits:
            late = f", up to {self.after} days late" if self.after else ""
            told.append(f"visits on days {', '.join(str(day) for day in self.visits)}{late}")
        return "; ".join(told)


def drawn(text: str) -> tuple[Case, ...]:
    """Return the cases that a text draws, one a line; an indented line goes on the one before."""
    return tuple(_case(line) for line in re.sub(r"\n +", " ", text.strip()).splitlines())


def _case(line: str) -> Case:
    endpoint, options, client, expected, why = (part.strip() for part in line.split(";"))
    asked = dict(_pair(option) for option in options.split(",") if option.strip())
    earliest, latest, confirmed, cause = _read(expected)
    return Case(
        endpoint=f"{endpoint}@1",
        client=client,
        expected=expected,
        why=why,
        earliest=earliest,
        latest=latest,
        confirmed=confirmed,
        cause=cause,
        missing=asked.pop("missing", "as_defined"),
        zero=asked.pop("zero", "discharge"),
        visits=tuple(int(day) for day in asked.pop("visits", "").split()),
        after=int(asked.pop("after", "0")),
        parameters={name: int(value) for name, value in asked.items()},
    )


def _pair(option: str) -> tuple[str, str]:
    name, _, value = option.partition("=")
    return name.strip(), value.strip()


def _read(expected: str) -> tuple[int, int, int, str]:
    if event := _EVENT.fullmatch(expected):
        first, last, confirmed = event.groups()
        latest = int(last or first)
        return int(first), latest, int(confirmed or latest), "relapse"
    other = _OTHER.fullmatch(expected)
    if other is None:
        raise ValueError(f"a case cannot be read: {expected}")
    return (int(other[2]),) * 3 + (CAUSES[other[1]],)
