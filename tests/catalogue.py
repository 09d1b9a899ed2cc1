"""What our sources ask gettext for, found without the gettext tools: Babel reads Python and templates."""

import ast
import io
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import polib
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from django.utils.translation.template import templatize

HOME = Path(__file__).resolve().parent.parent
APPS = ("backoffice", "merchants", "orders", "refunds")
OURS = HOME / "backoffice/locale/zh_Hans/LC_MESSAGES/django.po"
THEIRS = HOME / "backoffice/locale_theme/zh_Hans/LC_MESSAGES/django.po"
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
Message = tuple[str | None, str, str | None]
"""Context, text, text in the plural."""


def sources(*folders: Path) -> Iterator[Path]:
    """Every Python file and template below ``folders``."""
    for folder in folders:
        yield from sorted(folder.rglob("*.py"))
        yield from sorted(folder.rglob("*.html"))


def messages(files: Iterable[Path]) -> dict[Message, Path]:
    """Every message of ``files``, and the first file that says it."""
    found: dict[Message, Path] = {}
    for file in files:
        for message in _in(file):
            found.setdefault(message, file)
    return found


@cache
def ours() -> dict[Message, Path]:
    """Every message of the project's own apps."""
    return messages(sources(*(HOME / app for app in APPS)))


def _in(file: Path) -> Iterator[Message]:
    text = file.read_text(encoding="utf-8")
    if file.suffix == ".html":
        text = f"(\n{templatize(text)}\n)"  # in brackets the indentation of a page means nothing
    for _line, said, _comments, context in extract(
        "python", io.BytesIO(text.encode()), keywords=KEYWORDS, options={"encoding": "utf-8"}
    ):
        texts = [said] if isinstance(said, str) else list(said)
        yield (context, texts[0], texts[1] if len(texts) > 1 else None)


@cache
def entries(catalogue: Path) -> dict[Message, polib.POEntry]:
    """The living entries of a .po file by what they translate."""
    return {
        (entry.msgctxt, entry.msgid, entry.msgid_plural or None): entry
        for entry in polib.pofile(str(catalogue))
        if not entry.obsolete
    }


def aliases(file: Path) -> Iterator[int]:
    """The lines that import a gettext function under a name that no extraction knows."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module == "django.utils.translation"
            and any(name.asname not in (None, "_") for name in node.names)
        ):
            yield node.lineno


def bare_reasons(file: Path) -> Iterator[int]:
    """The lines where history is given a plain text as its reason: no page could translate it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "recorded"
            and any(isinstance(part, ast.Constant) for part in _choices(node.args[1]))
        ):
            yield node.lineno


def _choices(reason: ast.expr) -> list[ast.expr]:
    """What a reason may be: itself, or one of ``given or default``."""
    return reason.values if isinstance(reason, ast.BoolOp) else [reason]
