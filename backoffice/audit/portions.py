"""How much of a table a verification looks at: all of it, or the rows that something new was written of."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db.models import QuerySet

from backoffice.audit.log.layouts import by_label
from backoffice.audit.log.models import Leaf
from backoffice.audit.models import Audited, version_model


@dataclass(frozen=True)
class Portion:
    """Rows of one model with their versions; ``fresh`` are the new versions, ``None`` where all are looked at."""

    model: type[Audited]
    fresh: QuerySet | None = None

    @property
    def label(self) -> str:
        """What the table is called."""
        return self.model._meta.label

    @property
    def touched(self) -> QuerySet | None:
        """The keys of the rows that new versions are of; ``None`` for all rows."""
        return None if self.fresh is None else self.fresh.values("id")

    def rows(self) -> QuerySet:
        """The live rows."""
        rows = self.model._base_manager.order_by()
        return rows if self.touched is None else rows.filter(pk__in=self.touched)

    def versions(self) -> QuerySet:
        """Every version of the rows, of whatever age."""
        versions = version_model(self.model)._base_manager.order_by()
        return versions if self.touched is None else versions.filter(id__in=self.touched)

    def new_versions(self) -> QuerySet:
        """The versions that were not looked at before."""
        return self.versions() if self.fresh is None else self.fresh


def audited_models() -> list[type[Audited]]:
    """Every model with history, by its label."""
    models = (m for m in apps.get_models() if issubclass(m, Audited))
    return sorted(models, key=lambda model: model._meta.label)


def portions(since: int) -> Iterator[Portion]:
    """All of every model; or, of each that has a leaf at ``since`` or later, what those leaves touched."""
    if not since:
        yield from map(Portion, audited_models())
        return
    new = Leaf.objects.filter(index__gte=since)
    numbers = set(new.order_by().values_list("source", flat=True).distinct())
    for model in audited_models():
        versions = version_model(model)
        source = by_label().get(versions._meta.label)
        if source and source.number in numbers:
            keys = new.filter(source=source.number).values("row")
            yield Portion(model, versions._base_manager.order_by().filter(pk__in=keys))
