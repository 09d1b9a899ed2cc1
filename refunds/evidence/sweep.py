"""Files of evidence that no row names: see ``backoffice.strays``."""

from django.core.cache import cache
from django.core.files.storage import storages

from backoffice.strays import EVERY, delete_strays
from refunds.models import Evidence

FOLDER = "evidence"


def sweep_now_and_then() -> int | None:
    """For the tick: sweep a few times a day, on one machine; ``None`` when it is not time."""
    return sweep() if cache.add("evidence-swept", 1, EVERY) else None


def sweep() -> int:
    """Delete the stray files of evidence that are older than a day; how many there were."""
    rows = Evidence.objects.values_list("file", "preview").iterator()
    return delete_strays(storages["evidence"], FOLDER, (name for row in rows for name in row))
