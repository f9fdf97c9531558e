"""Covariates and handoff of synthetic clients, from uniform numbers.

Every client is a row of uniform numbers, one for each name in `DIMENSIONS`: pseudo-random ones give a
cohort, a scrambled Sobol sequence gives the points over which the truth is averaged. One latent severity
drives them (see `margins.toml`): with the client's site s and discharge at the fraction q of the eight
quarters, severity = 0.2 site(s) + 0.2 (q - 1/2) + rest, of variance 1 in all, so that sites differ and the
case mix drifts while the margins over all sites and quarters stay as stated.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
from scipy.special import expit, ndtr, ndtri

from stepdown.synthetic.arrays import Flags, Floats, Ints
from stepdown.synthetic.clients import ABSENT, Clients, Sites, declared, linear
from stepdown.synthetic.parameters import Margin, course, margins

DAYS = 730
SITE_SPREAD = 0.2
DRIFT = 0.2

_CUT = [
    "age_band",
    "sex",
    "hispanic",
    "race",
    "primary_substance",
    "severity",
    "cooccurring",
    "trauma_history",
    "prior_treatment",
    "employed",
    "homeless",
    "user_at_home",
    "moud",
    "payer",
    "discharge_reason",
    "prior_relapse",
    "prior_iop",
    "rural",
]
_DIMS = [f"asam_dim{number}" for number in range(1, 7)]
_DRAWN = [
    "age_in_band",
    "prior_number",
    "stay",
    "referred",
    "scheduled",
    "gap",
    "warm",
    "intake",
    "same_team",
    "records",
    "contact",
    "plan",
    "entry",
]
HANDOFF = ("referred", "scheduled", "gap", "warm", "intake", "same_team", "records", "contact", "plan")
DIMENSIONS: tuple[str, ...] = ("site", "day", "latent", "hidden", *_CUT, *_DIMS, *_DRAWN)


def draw(uniforms: Floats, *, sites: Sites) -> Clients:
    """Turn uniform numbers into clients.

    Parameters
    ----------
    uniforms : array of float, shape (clients, len(DIMENSIONS))
        Numbers in (0, 1).
    sites : Sites
        The sites, all of the same size.
    """
    u = {name: uniforms[:, position] for position, name in enumerate(DIMENSIONS)}
    number = len(sites.case_mix)
    site = (u["site"] * number).astype(np.int64)
    day = (u["day"] * DAYS).astype(np.int64)
    latent = _latent(u, site, day, sites)
    cut = {name: _cut(margins()[name], latent, u[name]) for name in _CUT}
    codes, flags, numbers = _baseline(cut, u, latent)
    before = Clients(
        site=site,
        day=day,
        stay=_stay(u["stay"], codes),
        hidden=ndtri(u["hidden"]),
        codes=MappingProxyType(codes),
        flags=MappingProxyType(flags),
        numbers=MappingProxyType(numbers),
        appointment=np.full(len(site), ABSENT),
        plan=np.zeros(len(site), dtype=np.int64),
        entry=u["entry"],
        php=np.zeros(len(site)),
        sites=sites,
    )
    return hand_off(before, u)


def _latent(u: Mapping[str, Floats], site: Ints, day: Ints, sites: Sites) -> Floats:
    shift = SITE_SPREAD * sites.case_mix[site] + DRIFT * ((day + 0.5) / DAYS - 0.5)
    explained = SITE_SPREAD**2 * float(np.var(sites.case_mix)) + DRIFT**2 / 12
    return np.asarray(shift + np.sqrt(1 - explained) * ndtri(u["latent"]))


def _cut(margin: Margin, latent: Floats, uniform: Floats) -> Ints:
    if margin.loading == 0.0:
        return np.asarray(np.searchsorted(margin.cuts, uniform, side="right"))
    noise = np.sqrt(1 - margin.loading**2) * ndtri(uniform)
    return np.asarray(np.searchsorted(margin.cuts, ndtr(margin.loading * latent + noise), side="right"))


def _code(name: str, cut: Ints, *, margin: str = "") -> Ints:
    order = [declared(name).index(level) for level in margins()[margin or name].levels]
    return np.asarray(np.array(order)[cut])


def _baseline(
    cut: Mapping[str, Ints], u: Mapping[str, Floats], latent: Floats
) -> tuple[dict[str, Ints], dict[str, Flags], dict[str, Ints]]:
    same = ("sex", "primary_substance", "severity", "payer", "discharge_reason")
    codes = {name: _code(name, cut[name]) for name in same}
    hispanic = cut["hispanic"] == 1
    codes["race_ethnicity"] = np.where(
        hispanic,
        declared("race_ethnicity").index("hispanic"),
        _code("race_ethnicity", cut["race"], margin="race"),
    )
    home = np.where(
        cut["homeless"] == 1, "unstable", np.where(cut["user_at_home"] == 1, "active_use", "stable")
    )
    codes["home_environment"] = _positions("home_environment", home)
    before = cut["prior_treatment"] == 1
    codes["prior_iop"] = np.where(
        before, _code("prior_iop", cut["prior_iop"]), declared("prior_iop").index("none")
    )
    opioids = codes["primary_substance"] == declared("primary_substance").index("opioids")
    flags = {name: cut[name] == 1 for name in ("cooccurring", "trauma_history", "employed", "rural")}
    flags["prior_relapse"] = before & (cut["prior_relapse"] == 1)
    among = margins()["moud"].share("yes") / margins()["primary_substance"].share("opioids")
    flags["moud_at_discharge"] = opioids & (u["moud"] < among)
    numbers = {name: _cut(margins()["asam_dimension"], latent, u[name]) for name in _DIMS}
    numbers["age"] = _age(cut["age_band"], u["age_in_band"])
    more = np.floor(np.log(u["prior_number"]) / np.log(0.55)).astype(np.int64)
    numbers["prior_treatments"] = np.where(before, 1 + np.minimum(more, 24), 0)
    return codes, flags, numbers


def _positions(name: str, values: npt.NDArray[np.str_]) -> Ints:
    codes = np.array(declared(name))
    order = np.argsort(codes)
    return np.asarray(order[np.searchsorted(codes[order], values)])


def _age(band: Ints, uniform: Floats) -> Ints:
    first, last = [], []
    for level in margins()["age_band"].levels:
        low, _, high = level.rstrip("+").partition("-")
        first.append(int(low))
        last.append(int(high or int(low) + 14))
    low_age, high_age = np.array(first)[band], np.array(last)[band]
    return np.asarray(low_age + (uniform * (high_age - low_age + 1)).astype(np.int64))


def _stay(uniform: Floats, codes: Mapping[str, Ints]) -> Ints:
    left = codes["discharge_reason"] == declared("discharge_reason").index("left_against_advice")
    nights = np.where(left, 14 + 6 * ndtri(uniform), 31 + 7 * ndtri(uniform))
    return np.clip(np.round(nights), 3, 60).astype(np.int64)


def hand_off(clients: Clients, u: Mapping[str, Floats]) -> Clients:
    """Return the clients with a handoff drawn from uniform numbers, by the names of `HANDOFF`."""
    chances, sites = course().handoff, clients.sites
    left = clients.codes["discharge_reason"] == declared("discharge_reason").index("left_against_advice")
    referred = u["referred"] < np.where(left, chances.referred_against_advice, chances.referred)
    odds = linear(clients, course().coefficients["scheduled"], site=sites.scheduling)
    scheduled = referred & (u["scheduled"] < expit(chances.scheduled + odds))
    gap = np.floor(-chances.gap_days * np.log(u["gap"])).astype(np.int64)
    handoff = {
        "referred": referred,
        "appointment_scheduled": scheduled,
        "intake_started": scheduled & (u["intake"] < chances.intake),
        "warm_handoff": scheduled & (u["warm"] < chances.warm),
        "same_team": scheduled & sites.own_iop[clients.site] & (u["same_team"] < chances.same_team),
        "records_transferred": referred & (u["records"] < chances.records),
        "contact_named": referred & (u["contact"] < chances.contact),
    }
    by_severity = np.array([chances.php[level] for level in declared("severity")])
    return replace(
        clients,
        flags=MappingProxyType({**clients.flags, **handoff}),
        appointment=np.where(scheduled, np.minimum(gap, chances.gap_longest), ABSENT),
        plan=(u["plan"] * 0.7 * clients.stay).astype(np.int64),
        php=by_severity[clients.codes["severity"]],
    )
