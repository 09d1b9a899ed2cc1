"""The results of a search in history as a file: what changed, and where its proof is found."""

from typing import ClassVar

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    ExpressionWrapper,
    IntegerField,
    OuterRef,
    Subquery,
    Value,
    When,
)

from backoffice.audit.log.models import Leaf
from backoffice.audit.search.leaves import sources
from backoffice.audit.search.models import ChangeEntry, ChangeQuerySet
from backoffice.exporting.columns import Column, Kind, ListResource


def with_source(changes: ChangeQuerySet) -> ChangeQuerySet:
    """``changes``, each with the number by which the log knows the table of its version."""
    whens = [When(model=label, then=Value(source.number)) for label, source in sources().items()]
    return changes.annotate(log_source=Case(*whens, output_field=IntegerField()))


def _table() -> Case:
    """How the log names the table of a change's version."""
    whens = [When(model=label, then=Value(source.label)) for label, source in sources().items()]
    return Case(*whens, output_field=CharField())


def _place() -> Subquery:
    """The place of a change's version in the log: the index of its leaf, once it is sealed."""
    leaf = Leaf.objects.filter(source=OuterRef("log_source"), row=OuterRef("version"))
    return Subquery(leaf.values("index"))


class ChangeListResource(ListResource):
    """A change as it is indexed: values as the database writes them, amounts as figures.

    ``log_table`` and ``version`` name the stored version that the change is taken from, ``log_index``
    its leaf: with them its proof is asked for.
    """

    at = Column("at", Kind.MOMENT)
    actor = Column("actor_name", Kind.TEXT)
    role = Column("role", Kind.TEXT)
    source = Column("source", Kind.CODE)
    action = Column("action", Kind.TEXT)
    model = Column("model", Kind.CODE)
    row = Column("row", Kind.WHOLE)
    number = Column("number", Kind.TEXT)
    store = Column("store", Kind.WHOLE)
    field = Column("field", Kind.TEXT)
    before = Column("before", Kind.TEXT)
    after = Column("after", Kind.TEXT)
    amount_before = Column("amount_before", Kind.AMOUNT)
    amount_after = Column("amount_after", Kind.AMOUNT)
    currency = Column("currency", Kind.CODE)
    reason = Column("reason", Kind.TEXT)
    request_id = Column("request_id", Kind.TEXT)
    log_table = Column(_table(), Kind.CODE)
    version = Column("version", Kind.WHOLE)
    log_index = Column(ExpressionWrapper(_place(), BigIntegerField()), Kind.WHOLE)

    class Meta:
        model = ChangeEntry
        name = "Changes"
        fields: ClassVar = (
            "at", "actor", "role", "source", "action", "model", "row", "number", "store", "field",
            "before", "after", "amount_before", "amount_after", "currency", "reason", "request_id", "log_table",
            "version", "log_index",
        )  # fmt: skip
        export_order = fields
