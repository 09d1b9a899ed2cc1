"""How a reference page is written."""

from collections.abc import Iterable, Sequence

DRAWN = "Drawn from the code by `manage.py reference_pages`; a test keeps this page true."


def page(title: str, *parts: str) -> str:
    """One page, with the note that it is drawn."""
    return "\n\n".join([f"# {title}", DRAWN, *parts]) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
