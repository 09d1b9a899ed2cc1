"""``python -m tests.audit.mutants``: take each check of the verifier away, one at a time, and see a test fail.

Not part of ``make test``: every mutant is a run of its tests. Prints each mutant that no test noticed, and ends
with an error where there was one. ``… verifying locating`` takes these modules alone.
"""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HOME = Path(__file__).parents[2]
AUDIT, LOG, OFFLINE = "backoffice/audit", "tests/audit/log", "tests/audit/log/test_bundles.py"
CHECKS = [f"{LOG}/test_{name}.py" for name in ("said_once", "checks", "verifying", "new_rows", "checkpoints", "tampering")]  # fmt: skip
MODULES = {
    "verifying": (f"{AUDIT}/log/verifying.py", CHECKS),
    "signed": (f"{AUDIT}/log/signed.py", CHECKS),
    "locating": (f"{AUDIT}/log/locating.py", CHECKS),
    "checkpoints": (f"{AUDIT}/log/checkpoints.py", CHECKS),
    "verify": (f"{AUDIT}/verify.py", ["tests/audit/test_verify.py", *CHECKS]),
    "chains": (f"{AUDIT}/chains.py", ["tests/audit/test_verify.py", *CHECKS]),
    "suspects": (f"{AUDIT}/suspects.py", ["tests/audit/test_verify.py", *CHECKS]),
    "bundles": (f"{AUDIT}/log/bundles.py", [OFFLINE, f"{LOG}/test_found_proofs.py"]),
    "offline": (
        f"{AUDIT}/log/offline/verify.py",
        [f"{LOG}/test_offline_parts.py", OFFLINE, f"{LOG}/test_found_proofs.py"],
    ),
}


def mutants(tree: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    """The module without one check: its line, what was done to it, and what is left."""
    for place, node in enumerate(ast.walk(tree)):
        for what in _ways(node):
            copy = ast.parse(ast.unparse(tree))
            found = [*ast.walk(copy)][place]
            _do(found, what)
            line = getattr(getattr(node, "target", node), "lineno", 0)
            yield line, f"{what}: {ast.unparse(node).splitlines()[0]}", copy


def _ways(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.If):
        yield "never"
    if isinstance(node, ast.BoolOp):
        yield from (f"without part {n}" for n in range(len(node.values)))
    if isinstance(node, ast.comprehension):
        yield from (f"without filter {n}" for n in range(len(node.ifs)))
    if isinstance(node, ast.stmt) and _says(node):
        yield "unsaid"


def _says(node: ast.stmt) -> bool:
    """A refusal, or a finding that is told."""
    if isinstance(node, ast.Raise):
        return True
    if not isinstance(node, ast.Expr):
        return False
    said = node.value
    if isinstance(said, ast.Call):
        return ast.unparse(said.func).split(".")[-1] == "say"
    return isinstance(said, ast.Yield) and isinstance(said.value, ast.Constant | ast.JoinedStr)


def _do(node: ast.AST, what: str) -> None:
    number = what.rpartition(" ")[2]
    if isinstance(node, ast.If):
        node.test = ast.Constant(value=False)
    elif isinstance(node, ast.BoolOp):
        del node.values[int(number)]
    elif isinstance(node, ast.comprehension):
        del node.ifs[int(number)]
    elif isinstance(node, ast.Expr):
        node.value = ast.Constant(value=None)
    else:
        node.__class__ = ast.Pass  # of a refusal


def survivors(house: Path, name: str) -> Iterator[str]:
    """The mutants of a module that its tests let pass."""
    path, tests = MODULES[name]
    source = (house / path).read_text(encoding="utf-8")
    for line, what, mutant in mutants(ast.parse(source)):
        (house / path).write_text(ast.unparse(ast.fix_missing_locations(mutant)), encoding="utf-8")
        noticed = _fails(house, tests)
        sys.stdout.write(f"{'noticed' if noticed else 'SURVIVED'}  {path}:{line}  {what}\n")
        sys.stdout.flush()
        if not noticed:
            yield f"{path}:{line}  {what}"
    (house / path).write_text(source, encoding="utf-8")


def _fails(house: Path, tests: list[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "--nomigrations", "-p", "no:cacheprovider", *tests]  # fmt: skip
    return bool(subprocess.run(command, cwd=house, capture_output=True, check=False).returncode)


def main(names: list[str]) -> int:
    """Take away every check of the modules named, or of all; gives how many went unseen."""
    with tempfile.TemporaryDirectory() as folder:
        house = Path(folder) / "house"
        left_out = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__")
        shutil.copytree(HOME, house, ignore=left_out)
        os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
        found = [one for name in names or MODULES for one in survivors(house, name)]
    sys.stdout.write(f"{len(found)} checks can be taken away unseen.\n")
    return len(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) > 0)
