"""Case mix of sites: what people were like on the day of admission, before a site could do anything."""

from stepdown.cohort import People
from stepdown.errors import DesignError
from stepdown.study import Study

SITE = "site_id"
_DEFAULT = (
    "age", "sex", "primary_substance", "severity", "cooccurring", "home_environment", "prior_treatments",
)  # fmt: skip


def case_mix_names(people: People, study: Study) -> tuple[str, ...]:
    """Return the covariates that make up the case mix.

    Those of `[sites] covariates`; by default those of `analysis.adjust` that are known at admission and
    differ within sites, and without these a fixed list of such columns.

    Raises
    ------
    DesignError
        A covariate that the study names is the site, is known later, or is the same for everybody of a site.
    """
    asked = study.sites.covariates
    if asked is not None:
        for name in asked:
            problem = _problem(people, name)
            if problem:
                raise DesignError(f"`{name}` cannot be used for the case mix of sites: {problem}")
        return asked
    adjust = study.analysis.adjust if study.analysis else None
    chosen = [
        tuple(name for name in names if not _problem(people, name))
        for names in (adjust.covariates if adjust else (), _DEFAULT)
    ]
    return chosen[0] or chosen[1]


def _problem(people: People, name: str) -> str:
    """Return why a column is no part of the case mix; empty where it can be."""
    table = people.table
    if name == SITE:
        return (
            "expected relapses are those of the same people at all sites taken together, and a model that "
            "knows the site would expect of each site what it had. Remove it."
        )
    if name not in people.known or name not in table:
        held = ", ".join(
            sorted(one for one, known in people.known.items() if known == "admission" and one != SITE)
        )
        return f"it is no column of the discharges. Columns known at admission: {held}."
    if people.known[name] != "admission":
        return (
            "its value becomes known after admission "
            f'(declared known = "{people.known[name]}"). What is decided during the stay is part of what a '
            "site does, and to adjust for it would hide differences between sites. Use columns known at "
            "admission."
        )
    if (table.groupby(SITE, observed=True)[name].nunique(dropna=False) <= 1).all():
        return "it is the same for everybody of a site, so it cannot be separated from the site. Remove it."
    return ""
