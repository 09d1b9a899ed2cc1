"""What the docs say exists: links, pictures, commands, settings, roles, tests; drawn pages are fresh."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.core.management import get_commands

from backoffice.roles import ROLES
from refunds.demo.people import PEOPLE
from refunds.gateways.accounts import KINDS
from refunds.reference import pages

pytestmark = pytest.mark.once

HOME = Path(settings.BASE_DIR)
IMAGES = HOME / "docs" / "images"
OURS = {"backoffice", "merchants", "orders", "refunds"}
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
ROLE_IN_WORDS = re.compile(r"\broles? ((?:`\w+`(?:, | or | and )?)+)")


def documents() -> list[Path]:
    """The readme and every page of the docs."""
    return [HOME / "README.md", *sorted((HOME / "docs").rglob("*.md"))]


def text_of(path: Path) -> str:
    """A page's text."""
    return path.read_text(encoding="utf-8")


def all_text() -> str:
    """Everything that is written."""
    return "\n".join(map(text_of, documents()))


def anchors(path: Path) -> set[str]:
    """The headings of a page, as a link names them."""
    plain = re.sub(r"(?s)```.*?```", "", text_of(path))
    heads = re.findall(r"(?m)^#+ (.+)$", plain)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links(path: Path) -> Iterator[tuple[Path, str]]:
    """Every link to a file of ours, with its anchor."""
    for address in LINK.findall(text_of(path)):
        if "://" not in address:
            target, _hash, anchor = unquote(address).partition("#")
            yield (path.parent / target).resolve() if target else path, anchor


def environment_variables() -> set[str]:
    """What the settings, the start-up program and the Procfile read."""
    sources = "".join(text_of(HOME / "backoffice" / name) for name in ("settings.py", "run.py"))
    read = set(re.findall(r"env\.\w+\(\s*\"([A-Z_]+)\"", sources))
    return read | set(re.findall(r"\$\{([A-Z_]+)", text_of(HOME / "Procfile")))


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(HOME)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target, anchor in links(path):
        assert target.exists(), f"{path.name} links to {target}"
        assert not anchor or anchor in anchors(target), f"{path.name} links to {target}#{anchor}"


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_every_row_of_a_table_stands_on_one_line(path: Path) -> None:
    rows = [line for line in text_of(path).splitlines() if line.startswith("| ")]
    assert not [row for row in rows if not row.endswith(" |")]


@pytest.mark.parametrize("name", sorted(pages()))
def test_a_drawn_page_is_what_the_code_says(name: str) -> None:
    written = text_of(HOME / "docs" / "reference" / name)
    assert written == pages()[name], "Run manage.py reference_pages."


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [HOME / "README.md"]
    while waiting:
        page = waiting.pop()
        if page.suffix == ".md" and page not in reached:
            reached.add(page)
            waiting += [
                target / "README.md" if target.is_dir() else target for target, _ in links(page)
            ]
    assert set(documents()) == reached


def test_every_picture_is_small_and_shown_somewhere_or_in_the_other_language() -> None:
    pictures = sorted(IMAGES.glob("*.png"))
    assert sum(picture.stat().st_size for picture in pictures) < 4_000_000
    for picture in pictures:
        name, language, _suffix = picture.name.split(".")
        assert picture.stat().st_size < 250_000, picture.name
        assert language in ("en", "zh")
        assert (IMAGES / f"{name}.{'zh' if language == 'en' else 'en'}.png").exists(), picture.name


def test_every_make_target_that_is_named_exists_and_the_other_way_round() -> None:
    makefile = text_of(HOME / "Makefile")
    targets = set(re.findall(r"(?m)^([a-z][a-z-]*):", makefile))
    named = set(re.findall(r"(?:`|^|\s)make ([a-z][a-z-]+)`?(?=[\s`,;.)]|$)", code_of(all_text())))
    assert named <= targets, named - targets
    assert targets <= named, f"not in the docs: {targets - named}"


def code_of(text: str) -> str:
    """What stands in code spans and blocks, a line each."""
    blocks = re.findall(r"(?s)```\w*\n(.*?)```", text)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"(?s)```.*?```", "", text))
    return "\n".join([*blocks, *spans])


def test_every_command_that_is_named_exists_and_all_of_ours_are_described() -> None:
    known = get_commands()
    named = set(re.findall(r"manage\.py ([a-z_]+)", all_text()))
    assert named <= {*known, "help"}, named - set(known)
    described = text_of(HOME / "docs" / "reference" / "commands.md")
    ours = {name for name, app in known.items() if str(app) in OURS}
    assert {name for name in ours if f"`{name}" not in described} == set()


def test_every_setting_is_described_and_every_described_one_exists() -> None:
    page = text_of(HOME / "docs" / "reference" / "settings.md")
    described = set(re.findall(r"(?m)^\| `([A-Z_]+)`", page))
    assert described == environment_variables()


def test_every_variable_that_is_set_in_an_example_exists() -> None:
    examples = set(re.findall(r"\b([A-Z][A-Z_]+)=", code_of(all_text())))
    assert examples - environment_variables() - keys_of_accounts() <= {"PYTHON"}


def keys_of_accounts() -> set[str]:
    """The variables of an account that an example calls “main”."""
    names = {
        f"{provider}_main_{key}".upper()
        for provider, kind in KINDS.items()
        for key in (*kind.needed, *kind.optional)
    }
    return names | {f"{name}_FILE" for name in names}


def test_every_role_that_is_named_exists_and_the_readme_has_the_whole_demo() -> None:
    lists = ROLE_IN_WORDS.findall(all_text())
    named = {role for roles in lists for role in re.findall(r"`(\w+)`", roles)}
    assert len(named) > 3
    assert named <= set(ROLES), named - set(ROLES)
    readme = text_of(HOME / "README.md")
    for user, _given, _family, role, _place in PEOPLE:
        assert f"| `{user}` | {ROLES[role].label}" in readme


def test_every_test_that_is_named_exists() -> None:
    named = re.findall(r"(tests/[\w/]+\.py)::(\w+)", all_text())
    assert len(named) > 20
    for path, name in named:
        assert f"def {name}(" in text_of(HOME / path), f"{path}::{name}"


def test_every_file_of_ours_that_is_named_exists() -> None:
    named = set(
        re.findall(r"`((?:backoffice|merchants|orders|refunds|tests)/[\w/.]+\.\w+)`", all_text())
    )
    assert {name for name in named if not (HOME / name).exists()} == set()
