"""Facts with a name each, as a definition list: the head of a report, and its short explanations."""

from dataclasses import dataclass

from stepdown.display.text_and_tables import inline


@dataclass(frozen=True)
class Facts:
    """Named facts.

    Attributes
    ----------
    facts : tuple of (str, tuple of str)
        Name and sentences of each.
    kind : str
        "line" (side by side, where the page is wide enough) or "list" (one under the other).
    """

    facts: tuple[tuple[str, tuple[str, ...]], ...]
    kind: str = "list"

    def _repr_html_(self) -> str:
        pairs = "\n".join(
            f"<div><dt>{inline(name)}</dt>{''.join(f'<dd>{inline(one)}</dd>' for one in sentences)}</div>"
            for name, sentences in self.facts
        )
        return f'<dl class="sd-facts sd-{self.kind}">\n{pairs}\n</dl>'

    def __str__(self) -> str:
        """Return the facts as plain text, a line each."""
        return "\n".join(f"{name}: {' '.join(sentences)}" for name, sentences in self.facts)
