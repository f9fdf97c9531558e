"""What a person should look at, though it stops nothing: empty tables, follow-up without findings."""

from collections.abc import Iterator, Mapping

from stepdown.errors import Problem
from stepdown.sources.map.canonical_tables import Built
from stepdown.sources.map.client_id_forms import are_among

# From this share of the clients followed on, those without a finding are named.
_SHARE = 0.1


def table_warnings(tables: Mapping[str, Built]) -> list[Problem]:
    """Return what a person should look at.

    Parameters
    ----------
    tables : mapping of str to Built
        The tables that could be made, among them the discharges.

    Returns
    -------
    list of Problem
    """
    return [*_empty(tables), *_without_findings(tables)]


def _empty(tables: Mapping[str, Built]) -> Iterator[Problem]:
    for built in tables.values():
        if built.raw is not None and not built.raw.table.num_rows:
            yield Problem(
                table=built.raw.name,
                what=f"has no rows below its header, so there are no {built.table.name}",
                remedy="Export it again if it should have rows.",
            )


def _without_findings(tables: Mapping[str, Built]) -> Iterator[Problem]:
    """Find clients who were followed without any finding, where contacts without an event are recorded too.

    Where only events are recorded, having none is what following a client without an event looks like.
    """
    if not {"observations", "followup"} <= set(tables):
        return
    observations, spans = tables["observations"].frame, tables["followup"].frame
    if not observations["finding"].isin(["negative", "missing", "refused"]).any():
        return
    days = (spans["end_day"] - spans["start_day"]).fillna(0).to_numpy(dtype="int64")
    followed = spans["client_id"][days > 0].dropna().drop_duplicates()
    found = observations["client_id"][observations["finding"].notna()].dropna().drop_duplicates()
    without = int((~are_among(followed, found)).sum())
    if without and without >= _SHARE * len(followed):
        yield Problem(
            table="followup",
            what=f"has {without:,} of {len(followed):,} clients followed without any finding, positive or "
            "negative: they count as observed and free of relapse",
            remedy="Map their contacts, or end their follow-up on the day of the last one.",
        )
