"""``manage.py state_diagrams``: write the docs' page of state machines."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from refunds.states import page


class Command(BaseCommand):
    """Draw every state machine from the code into ``docs/reference/states.md``."""

    help = "Write docs/reference/states.md from the code."

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the page."""
        path = Path(settings.BASE_DIR) / "docs" / "reference" / "states.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(), encoding="utf-8")
        self.stdout.write(f"wrote {path.relative_to(settings.BASE_DIR)}")
