"""Where the bundled cohorts and notebooks lie, in a wheel and in an editable install."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
# In a wheel they travel inside the package; in an editable install they lie beside it.
_PLACES = {
    "synthetic": ("_bundled/synthetic", "../../data/synthetic"),
    "notebooks": ("_bundled/notebooks", "../../notebooks"),
}


def bundled(name: str) -> Path:
    """Return the folder of something that travels with the package.

    Parameters
    ----------
    name : str
        "synthetic" (the cohorts), "notebooks", or a folder within one of them: "synthetic/programs".

    Returns
    -------
    Path
        An existing folder.

    Raises
    ------
    KeyError
        Nothing of this name travels with the package.
    FileNotFoundError
        The installation is not whole.
    """
    first, *rest = name.split("/")
    for place in _PLACES[first]:
        folder = (_PACKAGE / place).resolve().joinpath(*rest)
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"The installation lacks its folder {name}; install stepdown again.")
