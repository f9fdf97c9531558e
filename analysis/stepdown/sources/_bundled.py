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
    name : {"synthetic", "notebooks"}
        The synthetic cohorts, or the notebooks.

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
    places = [(_PACKAGE / place).resolve() for place in _PLACES[name]]
    for folder in places:
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"The installation lacks its folder {name}; install stepdown again.")
