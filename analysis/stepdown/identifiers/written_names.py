"""Names of columns in one form: snake case, and with common abbreviations written out."""

import re
from functools import cache

_ABBREVIATIONS = {
    "name": "nm nme nam",
    "no": "num nbr nr numb number nmbr",
    "client": "pt pat ptnt patient cl clt cli consumer enrollee participant resident indiv",
    "first": "fst frst",
    "last": "lst",
    "middle": "mid",
    "given": "gvn",
    "address": "addr adr add addrs",
    "phone": "ph phn tel telephone mob mobile cell",
    "email": "mail",
    "county": "cnty",
    "zip": "postal post postcode",
    "code": "cd",
    "date": "dt",
    "birth": "brth",
    "license": "lic licence lics lcns",
    "driver": "drv drivers drvr",
    "insurance": "ins insur insured",
    "medicaid": "mcaid mcd medi_cal",
    "medicare": "mcare mcr",
    "subscriber": "subscr subscrb cardholder",
    "member": "mem mbr",
    "beneficiary": "benef bene",
    "hospital": "hosp hsp",
    "record": "rec rcrd",
    "account": "acct acc acnt",
    "emergency": "emer emerg emrg",
    "social": "soc",
    "security": "sec scrty",
    "vehicle": "veh",
    "device": "dev",
    "serial": "ser sn",
    "fingerprint": "fp",
    "image": "img",
    "photo": "pic photograph picture",
    "contact": "cntct ctct",
    "guarantor": "guar",
    "recipient": "recip",
    "employer": "emplr empr",
}
_WRITTEN_OUT = {short: word for word, shorts in _ABBREVIATIONS.items() for short in shorts.split()}


def snake(name: str) -> str:
    """Return a name in snake case: "DateOfBirth" and "Date of birth" are date_of_birth."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[\W_]+", "_", parted.replace("#", "_no_")).strip("_").lower()


@cache
def written_out(name: str) -> str:
    """Return a name in snake case with digits apart and abbreviations written out.

    Parameters
    ----------
    name : str
        Name of a column, as its file has it.

    Returns
    -------
    str

    Examples
    --------
    >>> written_out("PatFirstNM"), written_out("zipcode5"), written_out("DL#")
    ('client_first_name', 'zipcode_5', 'dl_no')
    """
    parts = re.findall(r"[^\W\d_]+|\d+", snake(name))
    return "_".join(_WRITTEN_OUT.get(part, part) for part in parts)
