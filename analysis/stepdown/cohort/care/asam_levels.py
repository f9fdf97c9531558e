"""ASAM levels of discharges under each edition, and the clients for whom the hours for adolescents apply."""

import pandas as pd

from stepdown.schema import CareRules, read_care_rules


def asam_labels(discharges: pd.DataFrame, *, rules: CareRules | None = None) -> pd.DataFrame:
    """Return, by discharge, the ASAM level, its edition and its name in every edition.

    Parameters
    ----------
    discharges : DataFrame
        Canonical discharges; `asam_level` and `asam_edition` are read where they are held.
    rules : CareRules or None
        Names to use; those of this version if None.

    Returns
    -------
    DataFrame
        `asam_level, asam_edition` and one `label_<edition>` an edition, the index that of the discharges.
        A name is missing where the level is, or where the edition has no such level.
    """
    index = discharges.index
    absent = pd.Series(pd.NA, index=index)
    level = discharges.get("asam_level", absent).astype("string[pyarrow]")
    found = {"asam_level": level, "asam_edition": discharges.get("asam_edition", absent).astype("Int64")}
    for one in (rules or read_care_rules()).asam:
        names = pd.Series(one.names, dtype="string[pyarrow]")
        found[f"label_{one.edition}"] = level.map(names).astype("string[pyarrow]")
    return pd.DataFrame(found, index=index)


def adolescents(discharges: pd.DataFrame, *, rules: CareRules | None = None) -> pd.Series:
    """Return the clients to whom the hours for adolescents apply.

    Parameters
    ----------
    discharges : DataFrame
        Canonical discharges; `age` and `age_band` are read where they are held.
    rules : CareRules or None
        Age limits; those of this version if None.

    Returns
    -------
    Series of str
        Each client once. Whose age is unknown is not among them; who was young at the first of several
        admissions is.
    """
    limits = (rules or read_care_rules()).adolescent
    young = pd.Series(False, index=discharges.index)
    if "age" in discharges:
        young |= (discharges["age"] < limits.below_age).fillna(False).astype(bool)
    if "age_band" in discharges:
        young |= discharges["age_band"].isin(limits.age_bands)
    return discharges.loc[young, "client_id"].drop_duplicates().reset_index(drop=True)
