"""``manage.py reference_pages``: write the reference pages that are drawn from the code."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from refunds.reference import pages


class Command(BaseCommand):
    """Draw roles, actions, codes and columns into ``docs/reference``."""

    help = (
        "Write docs/reference/{roles,actions,codes,order-columns,request-columns}.md from the code."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the pages."""
        folder = Path(settings.BASE_DIR) / "docs" / "reference"
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in pages().items():
            (folder / name).write_text(text, encoding="utf-8")
            self.stdout.write(f"wrote docs/reference/{name}")
