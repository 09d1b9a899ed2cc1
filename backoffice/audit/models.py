"""The base of audited rows, and the shape of their versions."""

from functools import cache
from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords

from backoffice.access import Scoped, ScopedQuerySet
from backoffice.audit.numbers import VersionNumber
from backoffice.audit.recording import UnrecordedChange, current_record


class Version(models.Model):
    """One committed state of an audited row: what it was, who made it so, when, why, from where.

    ``history_number`` counts the versions of one row, without gaps. ``actor_role`` is every role that
    the person held then, and where; a system user has none. A row's own ``number`` or ``role`` stays its own.
    """

    history_number = VersionNumber(_("version"))
    actor_name = models.CharField(_("actor"), max_length=200)
    actor_role = models.TextField(_("role"), blank=True)
    source = models.CharField(_("source"), max_length=10)
    action = models.CharField(_("action"), max_length=40, blank=True)
    request_id = models.CharField(_("request id"), max_length=32)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the version once, with the frame's actor; versions are never saved again."""
        if not self._state.adding:
            raise UnrecordedChange("A version is written once and never changed.")
        self.sign()
        super().save(*args, **kwargs)

    def sign(self) -> None:
        """Put the frame's actor, reason and source on the version."""
        record = current_record()
        self.history_user = record.actor.user
        self.history_change_reason = record.reason
        self.actor_name = record.actor.name
        self.actor_role = record.actor.role
        self.source = record.actor.source
        self.request_id = record.actor.request_id
        self.action = record.action


class VersionManager(HistoryManager):
    """``row.history``: the library puts its class together at each look, this one once."""

    @classmethod
    @cache
    def from_queryset(cls, queryset_class: Any, class_name: str | None = None) -> Any:
        """The manager with the methods of ``queryset_class``."""
        return super().from_queryset(queryset_class, class_name)


class AuditedRecords(HistoricalRecords):
    """History as the product keeps it: signed versions, few indexes, a reason of any length."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("bases", (Version,))
        options.setdefault("history_change_reason_field", models.TextField(_("reason")))
        options.setdefault("history_id_field", models.BigAutoField())
        options.setdefault("history_manager", VersionManager)
        super().__init__(inherit=True, **options)

    def fields_included(self, model: type[models.Model]) -> list[models.Field]:
        """The row's columns without those that no version keeps."""
        untracked = getattr(model, "untracked", ())
        fields = super().fields_included(model)
        return [field for field in fields if field.name not in untracked]

    def copy_fields(self, model: type[models.Model]) -> dict[str, models.Field]:
        """The row's fields without their indexes: versions are looked up by row and number only."""
        fields = super().copy_fields(model)
        for field in fields.values():
            field.db_index = False
        return fields

    def get_meta_options(self, model: type[models.Model]) -> dict[str, Any]:
        """What the library says, and that no two versions of a row have one number."""
        name = f"{self.get_history_model_name(model).lower()}_number"
        row = models.UniqueConstraint(fields=[model._meta.pk.name, "history_number"], name=name)
        return {**super().get_meta_options(model), "constraints": [row]}

    def get_history_user(self, instance: models.Model) -> Any:
        """The frame's actor; a change outside a frame fails here, before it is committed."""
        return current_record().actor.user

    def get_change_reason_for_object(self, instance: Any, history_type: str, using: Any) -> str:
        """The frame's reason."""
        return current_record().reason


class AuditedQuerySet(ScopedQuerySet):
    """Rows whose set-based writes go through ``backoffice.audit.bulk``, and nowhere else."""

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise UnrecordedChange("Use backoffice.audit.bulk: this would skip history.")

    update = delete = bulk_create = bulk_update = _refuse


class Audited(Scoped):
    """A row whose every committed change is kept, with actor, reason and source.

    ``part_of`` is the query path to the row in whose history this one is told, and whose number it
    goes by: a line's case, a signature's batch. ``untracked`` are columns that no version keeps: what
    changes by itself, and secrets.
    """

    part_of: ClassVar[str] = ""
    untracked: ClassVar[tuple[str, ...]] = ()

    history: ClassVar[Any] = AuditedRecords()
    objects: ClassVar[Any] = AuditedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row and its version together; raises ``UnrecordedChange`` outside a frame."""
        current_record()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        """Audited rows are not deleted: they end in a state that says so."""
        raise UnrecordedChange("Audited rows are never deleted.")


@cache
def version_model(model: type[models.Model]) -> type[Any]:
    """The model of a row's versions; asking the manager builds a class each time."""
    return model.history.model  # type: ignore[attr-defined]  # simple-history adds it


def version_of(row: models.Model, kind: str) -> Version:
    """An unsaved version of ``row`` as it stands; ``kind`` is “+” or “~”."""
    model = version_model(type(row))
    values = {f.attname: getattr(row, f.attname) for f in model.tracked_fields}
    version = model(history_date=timezone.now(), history_type=kind, **values)
    version.sign()
    return version
