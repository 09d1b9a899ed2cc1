"""The rest of ``make lint``: production settings, and a complete, fresh translation."""

import base64
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

from backoffice.audit.log.notes import SigningKey

HOME = Path(__file__).resolve().parent.parent


def deploy_check() -> list[str]:
    """What Django has to say about the settings as they are in production."""
    with tempfile.TemporaryDirectory() as data:
        production = {
            "DEBUG": "0",
            "SECRET_KEY": secrets.token_urlsafe(50),
            "ALLOWED_HOSTS": "desk.example.com",
            "PRIVACY_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
            "DATA_DIR": data,
            "AUDIT_SIGNING_KEY": SigningKey.new("desk.example.com/history").written(),
            "AUDIT_ANCHORS": "mailto:auditor@example.com,https://anchors.example.com/history",
            "DJANGO_SETTINGS_MODULE": "backoffice.settings",
        }
        done = subprocess.run(
            [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
            cwd=HOME,
            env={**os.environ, **production},
            capture_output=True,
            text=True,
            check=False,
        )
    return [done.stdout + done.stderr] if done.returncode else []


def catalogues() -> list[str]:
    """What is missing in the translations, or older in the compiled file than in its source."""
    problems = []
    for source in sorted(HOME.glob("*/locale*/*/LC_MESSAGES/*.po")):
        entries = polib.pofile(str(source))
        name = source.relative_to(HOME)
        open_ones = [
            entry.msgid for entry in entries if not entry.obsolete and not entry.translated()
        ]
        problems += [f"{name}: not translated: {text!r}" for text in open_ones]
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or _content(polib.mofile(str(compiled))) != _content(entries):
            problems.append(f"{name}: its .mo file is not fresh. Run manage.py compilemessages.")
    return problems


def _content(catalogue: "polib.POFile | polib.MOFile") -> set[tuple[str, ...]]:
    return {
        (entry.msgctxt or "", entry.msgid, entry.msgstr, *map(str, entry.msgstr_plural.values()))
        for entry in catalogue
        if not entry.obsolete and (entry.msgstr or any(entry.msgstr_plural.values()))
    }


if __name__ == "__main__":
    found = deploy_check() + catalogues()
    print("\n".join(found) or "Production settings and translations are in order.")
    sys.exit(bool(found))
