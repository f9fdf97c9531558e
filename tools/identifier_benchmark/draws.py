"""Reproducible draws: the raw stream of PCG64, which NumPy keeps the same in every version."""

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

_DIGITS = "0123456789"
# Medicare leaves these letters out of its ids because they look like digits: S, L, O, I, B, Z.
_LETTERS = "ACDEFGHJKMNPQRTUVWXY"
_SYMBOLS = {
    "#": _DIGITS,
    "$": _DIGITS[1:],
    "%": _DIGITS[2:],
    "@": _LETTERS,
    "&": _LETTERS + _DIGITS,
    "~": _DIGITS + "abcdef",
}


class Draws:
    """Draws of one column; the same seed and number give the same draws on every machine."""

    def __init__(self, seed: int, number: int) -> None:
        self._bits = np.random.PCG64([seed, number])

    def _raw(self, count: int) -> NDArray[np.uint64]:
        return np.asarray(self._bits.random_raw(count), dtype=np.uint64)

    def between(self, low: int, high: int, count: int) -> list[int]:
        """Draw integers from low to high, both included."""
        drawn: list[int] = ((self._raw(count) >> np.uint64(11)) % np.uint64(high - low + 1)).tolist()
        return [low + value for value in drawn]

    def chance(self, share: float, count: int) -> list[bool]:
        """Draw True with probability `share`."""
        drawn: list[bool] = ((self._raw(count) >> np.uint64(11)) < np.uint64(int(share * 2**53))).tolist()
        return drawn

    def pick(self, choices: Sequence[T], count: int) -> list[T]:
        """Draw from the choices, each as likely as the others."""
        return [choices[place] for place in self.between(0, len(choices) - 1, count)]

    def one(self, choices: Sequence[T]) -> T:
        """Draw one of the choices."""
        return self.pick(choices, 1)[0]

    def shuffled(self, count: int) -> list[int]:
        """Draw an order of 0 to count - 1."""
        order: list[int] = np.argsort(self._raw(count), kind="stable").tolist()
        return order

    def filled(self, form: str, count: int) -> list[str]:
        """Fill a form: # digit, $ 1-9, % 2-9, @ letter, & letter or digit, ~ hexadecimal digit."""
        places = []
        for symbol in form:
            alphabet = np.frombuffer(_SYMBOLS.get(symbol, symbol).encode("ascii"), dtype=np.uint8)
            if len(alphabet) == 1:
                places.append(np.full(count, alphabet[0]))
            else:
                places.append(alphabet[np.array(self.between(0, len(alphabet) - 1, count))])
        cells = np.stack(places, axis=1).astype(np.uint8)
        words: list[str] = cells.view(f"S{len(form)}").ravel().astype(str).tolist()
        return words


Drawer = Callable[[Draws, int], list[str]]


def listed(text: str) -> tuple[str, ...]:
    """List the words of a text; `|` separates them."""
    return tuple(text.split("|"))


def form(*forms: str) -> Drawer:
    """Draw values of one or more forms (`Draws.filled`), mixed row by row."""
    return mixed(*(lambda draws, rows, each=each: draws.filled(each, rows) for each in forms))


def words(*choices: str) -> Drawer:
    """Draw from a list of words."""
    return lambda draws, rows: draws.pick(choices, rows)


def whole(low: int, high: int, suffix: str = "") -> Drawer:
    """Draw whole numbers from low to high."""
    return lambda draws, rows: [f"{value}{suffix}" for value in draws.between(low, high, rows)]


def decimal(low: float, high: float, places: int = 1, suffix: str = "") -> Drawer:
    """Draw decimal numbers from low to high."""
    scale = 10**places

    def drawn(draws: Draws, rows: int) -> list[str]:
        steps = draws.between(round(low * scale), round(high * scale), rows)
        return [f"{step / scale:.{places}f}{suffix}" for step in steps]

    return drawn


def mixed(*drawers: Drawer) -> Drawer:
    """Draw each row from one of the drawers."""
    if len(drawers) == 1:
        return drawers[0]

    def drawn(draws: Draws, rows: int) -> list[str]:
        columns = [drawer(draws, rows) for drawer in drawers]
        return [columns[which][row] for row, which in enumerate(draws.between(0, len(columns) - 1, rows))]

    return drawn


def rare(share: float, drawer: Drawer, otherwise: Drawer) -> Drawer:
    """Draw a share of the rows from one drawer, the first row always, and the others from another."""

    def drawn(draws: Draws, rows: int) -> list[str]:
        some, others = drawer(draws, rows), otherwise(draws, rows)
        held = draws.chance(share, rows)
        return [some[row] if row == 0 or held[row] else others[row] for row in range(rows)]

    return drawn
