"""Reading a data file that a user wrote, with messages that a user can act on."""

import tomllib
from pathlib import Path
from typing import Any

from stepdown.errors import ConfigError, Problem


def read_toml(path: str | Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises
    ------
    ConfigError
        The file is missing, is no text, or is no TOML.
    """
    place = Path(path)

    def wrong(what: str, remedy: str) -> ConfigError:
        return ConfigError([Problem(table=place.name, what=what, remedy=remedy)])

    try:
        return tomllib.loads(place.read_text(encoding="utf-8-sig"))
    except OSError:
        raise wrong("cannot be opened", "Check the path and its permissions.") from None
    except UnicodeDecodeError:
        raise wrong("is not UTF-8 text", "Save the file as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        line = str(error).rpartition("(")[2].rstrip(")")
        raise wrong(f"is not valid TOML ({line})", "Correct that line.") from None
