"""At most one death a client, and none before a later contact, session or stay of the client."""

import pandas as pd

# Findings of a visit that no one came to, or that others report.
_NO_CONTACT = ("missing", "death")


def one_death(frames: dict[str, list[pd.DataFrame]]) -> tuple[dict[str, list[pd.DataFrame]], list[str]]:
    """Leave out deaths that other rows contradict, and repeated ones.

    Parameters
    ----------
    frames : dict of str to list of DataFrame
        Canonical rows by table.

    Returns
    -------
    frames : dict of str to list of DataFrame
        The same without those deaths.
    notes : list of str
        How many there were.
    """
    seen = pd.concat(_contacts(frames), ignore_index=True)
    last = seen.groupby("client_id")["day"].max()
    in_stay: list[pd.DataFrame] = []
    stays, late, again = [], 0, 0
    for frame in frames["discharges"]:
        if {"discharge_reason", "discharge_day"} <= set(frame):
            died = (frame["discharge_reason"] == "died").fillna(False)
            false = died & (frame["client_id"].map(last) > frame["discharge_day"]).fillna(False)
            late += int(false.sum())
            frame = frame.assign(discharge_reason=frame["discharge_reason"].mask(false))
            in_stay.append(frame.loc[died & ~false, ["client_id"]])
        stays.append(frame)
    dead = set(pd.concat(in_stay)["client_id"]) if in_stay else set()
    found = []
    for frame in frames["observations"]:
        if not {"finding", "day"} <= set(frame):
            found.append(frame)
            continue
        death = (frame["finding"] == "death").fillna(False)
        false = death & (frame["client_id"].map(last) > frame["day"]).fillna(False)
        twice = (
            death
            & ~false
            & (
                frame["client_id"].isin(dead)
                | frame[death].duplicated("client_id").reindex(frame.index, fill_value=False)
            )
        )
        late, again = late + int(false.sum()), again + int(twice.sum())
        found.append(frame[~(false | twice)])
    notes = []
    if late:
        noun = "deaths" if late > 1 else "death"
        notes.append(f"{late} {noun} before a later contact, session or stay of the client: not used")
    if again:
        noun = "deaths" if again > 1 else "death"
        notes.append(f"{again} {noun} of clients whose death is recorded already: not used")
    return {**frames, "discharges": stays, "observations": found}, notes


def _contacts(frames: dict[str, list[pd.DataFrame]]) -> list[pd.DataFrame]:
    """Return client and day of all that shows a client alive."""
    shown = [pd.DataFrame({"client_id": pd.Series(dtype="string"), "day": pd.Series(dtype="Int64")})]
    for frame in frames["discharges"]:
        for day in ("admit_day", "discharge_day"):
            if day in frame:
                shown.append(frame[["client_id", day]].set_axis(["client_id", "day"], axis=1))
    for frame in frames["services"]:
        if "start_day" in frame:
            went = frame["attended"].fillna(True).astype(bool) if "attended" in frame else slice(None)
            shown.append(frame.loc[went, ["client_id", "start_day"]].set_axis(["client_id", "day"], axis=1))
    for frame in frames["observations"]:
        if {"finding", "day"} <= set(frame):
            shown.append(frame.loc[~frame["finding"].isin(_NO_CONTACT), ["client_id", "day"]])
    none, *known = [frame.dropna() for frame in shown]
    return [frame for frame in known if len(frame)] or [none]
