"""Files that were brought, for a while: the run stays, with its counts and its hash, the file goes.

Its key goes with it, so that no copy of it opens any more. What waits for a person – to be applied, or to be dismissed – is held back until somebody decides.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.audit.sets import update_set
from backoffice.bulk.models import FileRun, key_of_file
from backoffice.privacy.destroying import destroy
from backoffice.privacy.retention import Holding

OVER = (FileRun.State.APPLIED, FileRun.State.REFUSED, FileRun.State.CANCELLED)


def files_of(model: type[FileRun], label: str | Promise) -> Holding:
    """The uploaded files of ``model`` as something that a retention rule can be made for."""

    def over(moment: datetime) -> QuerySet:
        return model.objects.filter(uploaded_at__lt=moment).exclude(file="")

    def held(runs: Collection[int]) -> set[int]:
        waiting = model.objects.filter(pk__in=runs).exclude(state__in=OVER)
        return set(waiting.values_list("pk", flat=True))

    def delete(runs: Collection[int]) -> int:
        rows: Any = model.objects.filter(pk__in=runs).exclude(file="")
        names = dict(rows.values_list("pk", "file"))
        if not names:
            return 0
        for name in names.values():
            default_storage.delete(
                name
            )  # before the row says so: what is killed here is done again
        destroy([key_of_file(name) for name in names.values()])
        for run in rows:
            run.problems.all().delete()  # they repeat what could not be used
        return update_set(model.objects.filter(pk__in=names), file="")

    return Holding(model._meta.label_lower, label, _("the upload"), over, delete, held)
