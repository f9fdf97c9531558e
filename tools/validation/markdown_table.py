"""Tables of Markdown, and the noise of a simulated share."""


def markdown(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Return a table."""
    lines = [columns, ("---",) * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def noise(share: float, cohorts: int) -> str:
    """Return twice the standard error of a share, in points."""
    return f"{200 * (share * (1 - share) / cohorts) ** 0.5:.1f}"
