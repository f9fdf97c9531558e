"""Ids that come from the person: hashes, initials with dates of birth, parts of names, files of photos."""

import hashlib

from tools.identifier_benchmark.date_values import days
from tools.identifier_benchmark.draws import Drawer, Draws, form
from tools.identifier_benchmark.person_names import people


def hashed(name: str, length: int | None = None) -> Drawer:
    """Draw hashes of nine digits, cut to a length."""

    def drawn(draws: Draws, rows: int) -> list[str]:
        source = draws.filled("#########", rows)
        return [
            hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest()[:length] for value in source
        ]

    return drawn


def built(style: str) -> Drawer:
    """Build ids from parts: f, l initials; first, last names; b birth date; n number; y birth year."""

    def drawn(draws: Draws, rows: int) -> list[str]:
        parts = zip(
            people(draws, rows), days(draws, rows, 1948, 2005), draws.between(1, 9999, rows), strict=True
        )
        return [
            style.format(
                f=first[0], m=mid, l=last[0], first=first, last=last, b=born, n=number, y=born.year % 100
            )
            for (first, mid, last), born, number in parts
        ]

    return drawn


BIRTH_ID = {
    "compact": built("{f}{l}{b:%m%d%y}"),
    "long": built("{f}{l}{b:%Y%m%d}"),
    "hyphens": built("{f}{m}{l}-{b:%m-%d-%Y}"),
    "letters": built("{last:.3}{first:.2}{b:%m%d%y}"),
    "date_first": built("{b:%y%m%d}{l}{f}"),
    "numbered": built("{b:%m%d%Y}-{n:04d}"),
}
NAME_ID = {
    "login": built("{last:.5}{f}{n:02d}"),
    "letters": built("{last:.4}{n:04d}"),
    "full": built("{first}{n:03d}"),
    "both": built("{last}_{f}_{n:03d}"),
    "year": built("{last:.3}{first:.2}{y:02d}"),
}
INITIALS = {
    "dots": built("{f}.{l}."),
    "two": built("{f}{l}"),
    "three": built("{f}{m}{l}"),
    "spaces": built("{f} {l}"),
}
PHOTO = {
    "windows": built("C:\\Photos\\Intake\\{last}_{first}.jpg"),
    "unix": built("/srv/photos/{b:%Y}/{last}{n}.jpeg"),
    "camera": form("IMG_####.JPG", "DSC0####.jpg"),
    "face": built("faces/{f}{l}_{n:04d}.png"),
}
BIOMETRIC = {
    "finger": form("fingerprint_####_L2.wsq", "fingerprint_####_R1.wsq"),
    "iris": form("iris_L_0####.tif", "iris_R_0####.tif"),
    "voice": form("voice_~~~~~~##.wav"),
    "retina": form("retina/####_OD.bmp", "retina/####_OS.bmp"),
}
