"""Changes as sentences: who changed what from what to what, when, by which way and why."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from types import SimpleNamespace
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import is_naive
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from backoffice import money
from backoffice.audit.models import Audited
from backoffice.audit.search.fields import is_told
from backoffice.audit.search.leaves import leaves
from backoffice.audit.search.models import WATCH, ChangeEntry
from backoffice.audit.search.scope import by_label, owner_of
from backoffice.audit.timeline import SOURCES, Names, named, shown, title_of_action
from backoffice.held_roles import told_roles
from backoffice.models import User

Key = tuple[str, int]


@dataclass(frozen=True)
class Told:
    """One change as a page shows it."""

    entry: ChangeEntry
    sentence: SafeString
    href: str
    act: str
    source: str
    role: str
    reason: str
    is_system: bool
    leaf: int | None = None  # its place in the log, for those who watch over history
    proof: str = ""  # where the proof is taken


def tell(entries: Sequence[ChangeEntry], reader: User | AnonymousUser) -> list[Told]:
    """The entries as sentences. What they name is looked up once for all of them, by model."""
    names, hrefs = _names(entries), _hrefs(entries)
    told = [_told(entry, names, hrefs, told_roles(entry.role, reader)) for entry in entries]
    return _with_leaves(told) if reader.has_perm(WATCH) else told


def _with_leaves(told: list[Told]) -> list[Told]:
    """The same, each with its leaf in the log, and the way to its proof where there is one to take."""
    places = leaves(one.entry for one in told)
    return [
        replace(
            one,
            leaf=places.get((one.entry.model, one.entry.version)),
            proof=f"{one.href}#proof" if one.href and _is_provable(one.entry.model) else "",
        )
        for one in told
    ]


def _is_provable(label: str) -> bool:
    """Whether the history page of what the row belongs to hands its proof out."""
    return hasattr(admin.site._registry.get(owner_of(by_label()[label])), "proof_view")


def _told(entry: ChangeEntry, names: Names, hrefs: dict[Key, str], role: str) -> Told:
    return Told(
        entry=entry,
        sentence=_sentence(entry, names),
        href=hrefs.get((entry.model, entry.row), ""),
        act=title_of_action(by_label()[entry.model], entry.action, entry.kind),
        source=str(SOURCES.get(entry.source, entry.source)),
        role=role,
        reason=_(entry.reason) if entry.reason else "",
        is_system=bool(entry.by_system),
    )


def who(entry: ChangeEntry) -> str:
    """Who made the change: a person's name as it was, or what a system user is called."""
    if entry.by_system:
        return pgettext("system user", entry.actor_name.capitalize())
    return entry.actor_name


def _sentence(entry: ChangeEntry, names: Names) -> SafeString:
    model = by_label()[entry.model]
    words: dict[str, Any] = {
        "who": format_html("<strong>{}</strong>", who(entry)),
        "what": model._meta.verbose_name,
        "name": format_html("<strong>{}</strong>", names[model, entry.row]),
    }
    field = field_of(entry)
    if field is None:
        return format_html(_created(entry), **words)
    words["field"] = format_html("<strong>{}</strong>", field.verbose_name)
    if not is_told(field):
        return format_html(
            _("{who} changed {field} of {what} {name}; the values are not shown here."), **words
        )
    before, after = value_of(entry, field, "before", names), value_of(entry, field, "after", names)
    words |= {
        "before": format_html("<del>{}</del>", before),
        "after": format_html("<ins>{}</ins>", after),
    }
    if entry.kind == ChangeEntry.Kind.CREATED:
        return format_html(_("{who} created {what} {name} with {after} as {field}."), **words)
    return format_html(
        _("{who} changed {field} of {what} {name} from {before} to {after}."), **words
    )


def _created(entry: ChangeEntry) -> str:
    if entry.kind == ChangeEntry.Kind.CREATED:
        return _("{who} created {what} {name}.")
    return _("{who} wrote {what} {name} again; nothing that is told here changed.")


def field_of(entry: ChangeEntry) -> models.Field | None:
    """The field that changed; ``None`` for a row as a whole, and for a field that is no more."""
    try:
        return by_label()[entry.model]._meta.get_field(entry.field)  # type: ignore[return-value]
    except FieldDoesNotExist:
        return None


def value_of(entry: ChangeEntry, field: models.Field, side: str, names: Names) -> str:
    """A value as a person reads it: money in its currency, all else in the words of the row's history."""
    value = read(field, getattr(entry, side))
    if entry.currency and isinstance(value, Decimal):
        return money.show(value, entry.currency)
    return shown(field, SimpleNamespace(**{field.attname: value}), names)


def read(field: models.Field, text: str | None) -> Any:
    """What the database's ``text`` says, as the field's own kind of value."""
    if text is None:
        return None
    if isinstance(field, models.BooleanField):
        return text in ("1", "t", "true")
    if isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.DurationField) and text.lstrip("-").isdecimal():
        return field.to_python(f"{int(text) / 1_000_000:f}")
    try:
        value = field.to_python(text)
    except (ValidationError, InvalidOperation, ValueError):
        return text  # cut, or of a kind that the field once was
    if isinstance(value, datetime) and is_naive(value):
        return value.replace(tzinfo=UTC)
    if isinstance(value, Decimal) and isinstance(field, models.DecimalField):
        return round(value, field.decimal_places)
    return value


def _names(entries: Iterable[ChangeEntry]) -> Names:
    """What the rows are called, and the rows that their values point to: one query per model."""
    wanted: defaultdict[type[models.Model], set[Any]] = defaultdict(set)
    for entry in entries:
        wanted[by_label()[entry.model]].add(entry.row)
        field = field_of(entry)
        if field is not None and field.related_model is not None and is_told(field):
            keys = {read(field, text) for text in (entry.before, entry.after)} - {None}
            wanted[field.related_model].update(keys)
    names: Names = {}
    for model, keys in wanted.items():
        found = named(model, keys)
        names.update({(model, key): found.get(key, str(key)) for key in keys})
    return names


def _hrefs(entries: Iterable[ChangeEntry]) -> dict[Key, str]:
    """Where each row's history is read: on its own page, or on that of what it is part of."""
    rows: defaultdict[str, set[int]] = defaultdict(set)
    for entry in entries:
        rows[entry.model].add(entry.row)
    hrefs: dict[Key, str] = {}
    for label, keys in rows.items():
        model = by_label()[label]
        owner = owner_of(model)
        places = _owners(model, keys) if model.part_of else {}
        for key in keys:
            place = places.get(key)
            if place is not None and owner in admin.site._registry:
                hrefs[label, key] = _history(owner, place)
            elif model in admin.site._registry:
                hrefs[label, key] = _history(model, key)
    return hrefs


def _owners(model: type[Audited], keys: set[int]) -> dict[int, int | None]:
    return dict(model._base_manager.filter(pk__in=keys).values_list("pk", model.part_of))


def _history(model: type[models.Model], key: int) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_history", args=[key])
