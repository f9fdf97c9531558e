"""The generated pages and what makes them."""

from collections.abc import Callable
from pathlib import Path

from stepdown.sources import real_cohort
from tools.agreement import agreement
from tools.ctn0094_page import page as ctn0094_page
from tools.docs_pages.cited_effects_page import cited_effects_page
from tools.docs_pages.data_dictionary_page import data_dictionary
from tools.docs_pages.endpoint_pages import endpoints_page
from tools.docs_pages.followup_page import follow_up_page
from tools.docs_pages.key_pages import cohort_file_page, study_file_page
from tools.docs_pages.levels_of_care_page import levels_of_care_page
from tools.docs_pages.measures_page import measures_page
from tools.docs_pages.methods_page import methods
from tools.docs_pages.privacy_page import privacy_page
from tools.docs_pages.recipes_page import recipes_page
from tools.docs_pages.reliability_page import reliability_page
from tools.validation.validation_page import page as validation_page

PAGES: dict[str, Callable[[], str]] = {
    "cited-effects.md": cited_effects_page,
    "cohort-file.md": cohort_file_page,
    "data-dictionary.md": data_dictionary,
    "endpoints.md": endpoints_page,
    "follow-up.md": follow_up_page,
    "levels-of-care.md": levels_of_care_page,
    "measures.md": measures_page,
    "methods.md": methods,
    "privacy.md": privacy_page,
    "recipes.md": recipes_page,
    "reliability.md": reliability_page,
    "study-file.md": study_file_page,
    "validation.md": validation_page,
}
"""Pages made from the package and the hand-worked cases, by file name."""
AGREEMENT = "agreement.md"
REFERENCE = Path("tests", "reference", "survival")
"""Where a checkout keeps R's numbers, beside the folder of the pages."""
CTN0094 = "ctn0094.md"


def write(folder: str | Path = "docs") -> list[Path]:
    """Write the generated pages into a folder and return their paths.

    The page of agreement is written where R's numbers lie beside the folder, in a checkout; that on CTN-0094
    where its data lie. Otherwise they stay as they are.
    """
    folder = Path(folder)
    made = {name: page() for name, page in PAGES.items()}
    reference = folder.parent / REFERENCE
    if reference.is_dir():
        made[AGREEMENT] = agreement(reference)
    data = real_cohort("ctn0094", root=folder.absolute().parent)
    if data is not None:
        made[CTN0094] = ctn0094_page(data)
    paths = []
    for name, text in made.items():
        paths.append(folder / name)
        paths[-1].write_text(text, encoding="utf-8", newline="\n")
    return paths
