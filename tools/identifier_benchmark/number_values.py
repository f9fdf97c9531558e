"""Numbers of persons: Social Security, cards, accounts, licenses, vehicles, devices, plans, prisons."""

from tools.identifier_benchmark.draws import Drawer, Draws, form, mixed


def ssn(separator: str) -> Drawer:
    """Draw Social Security numbers of valid ranges."""

    def drawn(draws: Draws, rows: int) -> list[str]:
        areas, groups = draws.between(1, 665, rows), draws.between(1, 99, rows)
        serials = draws.between(1, 9999, rows)
        return [
            f"{area:03d}{separator}{group:02d}{separator}{serial:04d}"
            for area, group, serial in zip(areas, groups, serials, strict=True)
        ]

    return drawn


def itin(separator: str) -> Drawer:
    """Draw taxpayer numbers: 9 first, and 50-65, 70-88, 90-92 or 94-99 in the middle."""
    middle = (*range(50, 66), *range(70, 89), *range(90, 93), *range(94, 100))

    def drawn(draws: Draws, rows: int) -> list[str]:
        parts = zip(
            draws.between(900, 999, rows), draws.pick(middle, rows), draws.between(1, 9999, rows), strict=True
        )
        return [f"{area}{separator}{group}{separator}{serial:04d}" for area, group, serial in parts]

    return drawn


def luhn_digit(digits: str) -> str:
    """Give the check digit of Luhn's rule.

    >>> luhn_digit("7992739871")
    '3'
    """
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def card(separator: str, starts: str = "4###") -> Drawer:
    """Draw 16-digit card numbers with a valid check digit."""

    def drawn(draws: Draws, rows: int) -> list[str]:
        numbers = [digits + luhn_digit(digits) for digits in draws.filled(starts + "###########", rows)]
        return [separator.join(number[at : at + 4] for at in range(0, 16, 4)) for number in numbers]

    return drawn


def imei(draws: Draws, rows: int) -> list[str]:
    """Draw 15-digit numbers of phones with a valid check digit."""
    return [digits + luhn_digit(digits) for digits in draws.filled("35############", rows)]


_VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)), strict=True)
)
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_with_check(number: str) -> str:
    """Set the ninth character of a vehicle number to its check digit.

    >>> vin_with_check("1M8GDM9A_KP042788")
    '1M8GDM9AXKP042788'
    """
    values = (int(sign) if sign.isdigit() else _VIN_VALUES.get(sign, 0) for sign in number)
    rest = sum(value * weight for value, weight in zip(values, _VIN_WEIGHTS, strict=True)) % 11
    return number[:8] + ("X" if rest == 10 else str(rest)) + number[9:]


def vin(draws: Draws, rows: int) -> list[str]:
    """Draw vehicle identification numbers with a valid check digit."""
    drawn = mixed(form("1@$@#$#@_@@0#####"), form("3@&@##@$_&@######"), form("J@$$@#@#_@#0#####"))(
        draws, rows
    )
    return [vin_with_check(number.replace("Q", "R").replace("U", "T")) for number in drawn]


MRN = {
    "digits": form("$######"),
    "long": form("00######", "00$#####"),
    "short": form("$#####"),
    "lettered": form("M00#####", "M$######"),
    "prefixed": form("MRN-$#####", "MRN$######"),
    "hyphen": form("##-##-##", "##-##-#$"),
}
MEDICARE = form("$@&#@&#@@##")
MEDICARE_DASHES = form("$@&#-@&#-@@##")
MEDICAID = {
    "nine": form("5########"),
    "ten": form("8#########"),
    "lettered": form("@@#####@"),
    "thirteen": form("$##########0#"),
    "suffix": form("9#######@"),
}
POLICY = {
    "blue": form("XYP8#######", "YUX9#######"),
    "digits": form("$########"),
    "group": form("W$## #####", "W2## #####"),
    "long": form("$#########0#"),
    "hyphen": form("H$#######-0$"),
}
PRISON = {
    "digits": form("0$#####"),
    "lettered": form("@#####", "@@####"),
    "hyphen": form("$####-0##"),
    "year": form("2#-0#####"),
}
LICENSE = {
    "digits": form("$#######"),
    "letter": form("@#######"),
    "long": form("@###-####-####"),
    "mixed": form("@@######"),
}
PLATE = {"new": form("@@@-####"), "old": form("###-@@@"), "short": form("$@@@###"), "space": form("@@@ ###")}
ACCOUNT = {
    "account": form("$#########"),
    "long": form("000$########"),
    "routing": form("0########/$########0"),
    "masked": form("acct $########"),
}
DEVICE = {
    "serial": form("SN-&&&&####", "SN&&&&####"),
    "pump": form("PMP$######@"),
    "identifier": form("(01)0086###0######(21)&&&&&&"),
    "plain": form("@@$####&#"),
}
