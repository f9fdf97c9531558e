"""The generated pages and what makes them."""

from collections.abc import Callable
from pathlib import Path

from stepdown.docs._dictionary import data_dictionary
from stepdown.docs._measures import measures_page
from stepdown.docs._methods import methods
from stepdown.docs.agreement import agreement

PAGES: dict[str, Callable[[], str]] = {
    "data-dictionary.md": data_dictionary,
    "measures.md": measures_page,
    "methods.md": methods,
}
"""Pages made from the package alone, by file name."""
AGREEMENT = "agreement.md"
REFERENCE = Path("tests", "reference", "survival")
"""Where a checkout keeps R's numbers, beside the folder of the pages."""


def write(folder: str | Path = "docs") -> list[Path]:
    """Write the generated pages into a folder and return their paths.

    The page of agreement is written where R's numbers lie beside the folder, in a checkout.
    """
    folder = Path(folder)
    made = {name: page() for name, page in PAGES.items()}
    reference = folder.parent / REFERENCE
    if reference.is_dir():
        made[AGREEMENT] = agreement(reference)
    paths = []
    for name, text in made.items():
        paths.append(folder / name)
        paths[-1].write_text(text, encoding="utf-8", newline="\n")
    return paths
