"""``manage.py seal_history``: put all of history into the log, sign it and leave it at the anchors."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from backoffice.audit.log import checkpoints
from backoffice.audit.log.anchoring import anchor_all, trouble_of
from backoffice.audit.log.anchors import anchors
from backoffice.audit.log.keys import signing_keys
from backoffice.audit.log.notes import BadKey
from backoffice.audit.log.sealing import seal
from backoffice.audit.log.tree import NotInTree


class Command(BaseCommand):
    """What the worker does every few seconds, at once, and looking below the watermarks too."""

    help = "Seal every row of history that is not in the log yet, sign a checkpoint, anchor it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Fail where a checkpoint could not be signed, or an anchor did not take it."""
        try:
            sealed = seal(everything=True)
        except DatabaseError as problem:
            words = str(problem).partition("\n")[0]
            raise CommandError(f"History cannot be sealed: {words}. Have it verified.") from None
        try:
            keys, checkpoint = signing_keys(), checkpoints.sign() or checkpoints.latest()
        except (checkpoints.LogForked, NotInTree, BadKey) as problem:
            raise CommandError(str(problem)) from None
        anchor_all()
        size = checkpoint.size if checkpoint else 0
        self.stdout.write(f"{sealed} rows were sealed; {size} are under a checkpoint.")
        if not keys:
            raise CommandError(
                "There is no key to sign checkpoints with. Make one with: python manage.py audit_key make"
            )
        troubles = [
            f"{anchor.name}: {trouble_of(anchor)}" for anchor in anchors() if trouble_of(anchor)
        ]
        if troubles:
            raise CommandError(f"Not every anchor took the checkpoint. {' · '.join(troubles)}")
