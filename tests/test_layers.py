"""How the house stands: an app imports from those below it, no files run in a circle, none is imported late."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

HOME = Path(settings.BASE_DIR)
FLOORS = ("backoffice", "merchants", "orders", "refunds")  # from the ground up
LATE = {"refunds.evidence.checking"}  # the codecs of pictures load when the first picture comes


@cache
def trees() -> dict[str, ast.Module]:
    """Every module of the product but its migrations, parsed, by its dotted name."""
    found = {}
    for path in (path for app in FLOORS for path in (HOME / app).rglob("*.py")):
        parts = path.relative_to(HOME).with_suffix("").parts
        if "migrations" not in parts:
            name = ".".join(parts).removesuffix(".__init__")
            found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imports(tree: ast.AST) -> Iterator[str]:
    """The modules of ours that ``tree`` imports, each as the file that it is."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.module
            assert not node.level, "Imports are whole: from the app on."
            inside = (f"{node.module}.{alias.name}" for alias in node.names)
            named = [name if name in trees() else node.module for name in inside]
        else:
            continue
        yield from (name for name in named if name in trees())


def floor(module: str) -> int:
    """How high the app of ``module`` stands."""
    return FLOORS.index(module.partition(".")[0])


def test_an_app_imports_only_from_those_below_it() -> None:
    upward = [
        f"{name} imports {other}"
        for name, tree in trees().items()
        for other in imports(tree)
        if floor(other) > floor(name)
    ]
    assert not upward


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {name: set(imports(tree)) - {name} for name, tree in trees().items()}
    TopologicalSorter(graph).prepare()  # it names the circle


def test_nothing_of_ours_is_imported_inside_a_function() -> None:
    late = {
        name
        for name, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and any(imports(node))
    }
    starts = {f"{app}.apps" for app in FLOORS}  # what an app adds to those below it, once all stand
    assert late == LATE | starts
