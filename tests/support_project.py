"""The bundled project `programs` with few clients and without adjustment: an answer in a second."""

from pathlib import Path

from stepdown.sources import bundled


def small_project(folder: Path, *, clients: int = 300) -> Path:
    """Write the first clients of the bundled cohort, and a study of the landmark; return the study file."""
    source = bundled("synthetic") / "programs"
    folder.mkdir(parents=True)
    discharges = (source / "discharges.csv").read_text(encoding="utf-8").splitlines()[1:]
    kept = set(list(dict.fromkeys(line.split(",", 1)[0] for line in discharges))[:clients])
    for path in source.iterdir():
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".csv":
            head, *lines = text.splitlines()
            text = "\n".join([head, *(line for line in lines if line.split(",", 1)[0] in kept)]) + "\n"
        (folder / path.name).write_text(text, encoding="utf-8")
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8").split("[analysis]")[0]
    study.write_text(text + '[analysis]\nprimary = { design = "landmark", day = 14 }\n', encoding="utf-8")
    return study
