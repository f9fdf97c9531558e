"""What several definitions or measures derive from the same rows, derived on first use."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class DerivedOnce:
    """Rows that keep what was derived from them; the kept values belong to these rows alone."""

    _made: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what `make` gives, called on the first use of a key."""
        if key not in self._made:
            self._made[key] = make()
        found: Made = self._made[key]
        return found
