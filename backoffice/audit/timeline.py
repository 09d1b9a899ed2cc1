"""History as a person reads it: who, when, what changed from what to what, and why."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from backoffice import money
from backoffice.audit.currencies import Row, currencies
from backoffice.audit.models import Audited
from backoffice.clock import spell
from backoffice.privacy.sealed import Sealed, is_sealed

SOURCES = {
    "admin": _("in the admin"),
    "api": _("by the API"),
    "command": _("by a command"),
    "import": _("by an import"),
    "timer": _("by the timer"),
    "rule": _("by a rule"),
    "gateway": _("by the gateway"),
}
HIDDEN = {"version", "id", "counts"}  # a run's figures are shown on its own page
# Relations whose rows lend their names to others: looked up along with them.
NAMED_BY = (
    "batch", "buyer", "case", "ground", "line", "merchant", "order_line", "payout", "question", "store",
    "supplier", "template", "user",
)  # fmt: skip
Labels = Callable[[str], str | Promise | None]
_labels: list[tuple[Labels, tuple[type[models.Model], ...]]] = []
_tellers: dict[tuple[type[models.Model], str], Callable[[Any], str]] = {}


def register_action_labels(source: Labels, *speaks_for: type[models.Model]) -> None:
    """Let an app say what its actions are called in a timeline.

    One word can name different acts: who ``speaks_for`` a model is asked first about its rows.
    """
    _labels.append((source, speaks_for))


def register_teller(model: type[models.Model], field: str, tell: Callable[[Any], str]) -> None:
    """Let an app say how a field reads whose value is a code or a stored sentence.

    ``tell`` gets the version; it is not asked about empty values.
    """
    _tellers[model, field] = tell


def has_teller(field: models.Field) -> bool:
    """Whether an app has words of its own for the field's values."""
    return (field.model, field.name) in _tellers


@dataclass(frozen=True)
class Change:
    """One field that changed. ``before`` is ``None`` where the row is new."""

    label: str
    before: str | None
    after: str


@dataclass(frozen=True)
class Entry:
    """One version of one row, told as a sentence; ``parts`` are rows written along with it.

    ``role`` is as history keeps it: pages tell it to their reader by ``held_roles.told_roles``.
    """

    row: str
    name: str
    is_new: bool
    title: str
    actor: str
    role: str
    source: str
    at: datetime
    reason: str
    changes: tuple[Change, ...]
    request_id: str
    is_system: bool
    number: int
    parts: tuple["Entry", ...] = ()


# Related rows by model and key, and what they are called: each is looked up once per timeline.
Names = dict[tuple[type[models.Model], Any], str]


def versions_of(row: Audited) -> list[Entry]:
    """Every version of ``row``, newest first."""
    return _told(row, _versions([row]).get((type(row), row.pk), []), {}, currencies([row]))


def _versions(rows: Iterable[Audited]) -> dict[tuple[type[Audited], Any], list[Any]]:
    """The versions of each row, oldest first, in one query per model."""
    keys: dict[type[Audited], list[Any]] = {}
    for row in rows:
        keys.setdefault(type(row), []).append(row.pk)
    found: dict[tuple[type[Audited], Any], list[Any]] = {}
    for model, pks in keys.items():
        versions = model.history.filter(id__in=pks).select_related("history_user")
        for version in versions.order_by("history_id"):
            found.setdefault((model, version.id), []).append(version)
    return found


def _related_names(versions: dict[tuple[type[Audited], Any], list[Any]]) -> Names:
    """What the rows are called that the versions point to, in one query per model."""
    wanted: dict[type[models.Model], set[Any]] = {}
    for (model, _key), found in versions.items():
        for field in model._meta.concrete_fields:
            if field.related_model is not None and field.name not in HIDDEN:
                keys = {getattr(version, field.attname, None) for version in found} - {None}
                wanted.setdefault(field.related_model, set()).update(keys)
    names = Names()
    for related, keys in wanted.items():
        if keys:
            told = named(related, keys)
            names.update({(related, key): told.get(key, str(key)) for key in keys})
    return names


def _told(
    row: Audited, versions: list[Any], names: Names, currency_of: dict[Row, str]
) -> list[Entry]:
    """A row's versions as entries, newest first."""
    pairs, currency = zip([None, *versions], versions, strict=False), currency_of.get((type(row), row.pk), "")  # fmt: skip
    return [_entry(row, old, new, names, currency) for old, new in pairs][::-1]


def timeline(rows: Iterable[Audited]) -> list[Entry]:
    """The versions of all ``rows`` together, newest first; what was one act is one entry.

    The first of ``rows`` is what it is all about: its version leads, the others are its parts.
    """
    rows = list(rows)
    versions = _versions(rows)
    names, currency_of = _related_names(versions), currencies(rows)
    acts: dict[tuple[str, ...], list[Entry]] = {}
    for row in rows:
        for entry in _told(row, versions.get((type(row), row.pk), []), names, currency_of):
            moment = entry.at.isoformat(timespec="seconds")
            acts.setdefault((entry.request_id, entry.title, entry.actor, moment), []).append(entry)
    merged = [replace(first, parts=tuple(parts)) for first, *parts in acts.values()]
    return sorted(merged, key=lambda entry: entry.at, reverse=True)


def actor_of(version: Any) -> str:
    """Who wrote a version: a person's name, or what a system user is called in this language."""
    user = version.history_user
    if user and user.is_system:
        return pgettext("system user", version.actor_name.capitalize())
    return version.actor_name


def _entry(row: Audited, old: Any, new: Any, names: Names, currency: str) -> Entry:
    model, user = type(row), new.history_user
    return Entry(
        row=str(model._meta.verbose_name),
        name=str(row),
        is_new=old is None,
        title=title_of(new),
        actor=actor_of(new),
        role=new.actor_role,
        source=str(SOURCES.get(new.source, new.source)),
        at=new.history_date,
        reason=reason_of(new),
        changes=tuple(_changes(model, old, new, names, currency)),
        request_id=new.request_id,
        is_system=bool(user and user.is_system),
        number=new.history_number,
    )


def reason_of(version: Any) -> str:
    """Why it was done: translated where the program said so, by role where it is what a buyer said."""
    reason = version.history_change_reason
    return str(Sealed(reason)) if is_sealed(reason) else gettext(reason)


def title_of(version: Any) -> str:
    """What was done, in a word or two, whichever app knows the action."""
    return title_of_action(version.instance_type, version.action, version.history_type)


def title_of_action(model: type[models.Model], action: str, kind: str) -> str:
    """The same of a row of ``model``, by the action's name; ``kind`` is “+” or “~”."""
    for label in _labels_of(model, action):
        if label:
            return str(label)
    return gettext("Created") if kind == "+" else gettext("Changed")


def _labels_of(model: type[models.Model], action: str) -> Iterator[str | Promise | None]:
    """What the act is called: by those who speak for the row's model, then by the others."""
    if action:
        yield from (source(action) for source, own in _labels if model in own)
        yield from (source(action) for source, own in _labels if not own)


def _changes(
    model: type[Audited], old: Any, new: Any, names: Names, currency: str
) -> Iterable[Change]:
    for field in model._meta.concrete_fields:
        if field.name in HIDDEN or not hasattr(new, field.attname):
            continue
        if isinstance(field, models.UUIDField) and not has_teller(field):
            continue  # says nothing to people
        after = getattr(new, field.attname)
        before = getattr(old, field.attname) if old else None
        if after != before and not (old is None and after in (None, "")):
            left, came = _difference(field, old, new)
            was = _in_currency(field, left, names, currency) if old else None
            yield Change(str(field.verbose_name), was, _in_currency(field, came, names, currency))


def _difference(field: models.Field, old: Any, new: Any) -> tuple[Any, Any]:
    """Both versions; of a long list only what was taken out of it and what came in."""
    before, after = (getattr(version, field.attname, None) for version in (old, new))
    if not (isinstance(before, list) and isinstance(after, list)):
        return old, new
    left = [item for item in before if item not in after]
    came = [item for item in after if item not in before]
    if not left and not came:  # the same in another order
        return old, new
    return SimpleNamespace(**{field.attname: left}), SimpleNamespace(**{field.attname: came})


def _in_currency(field: models.Field, version: Any, names: Names, currency: str) -> str:
    """The same as ``shown``; an amount in the version's own currency, or in that of the row."""
    value, own = getattr(version, field.attname), getattr(version, "currency", "") or currency
    return money.show(value, own) if own and isinstance(value, Decimal) else shown(field, version, names)  # fmt: skip


def shown(field: models.Field, version: Any, names: Names) -> str:
    """A value as a person reads it: a choice's label, a related row's name, a local time."""
    from django.contrib.admin.utils import display_for_field, display_for_value

    value = getattr(version, field.attname)
    if field.related_model is not None and value is not None:
        return _name(field.related_model, value, names)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if value in (None, "", []):
        return "–"
    if tell := _tellers.get((field.model, field.name)):
        return tell(version)
    if field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.FileField | models.BinaryField):
        return gettext("a file")
    if isinstance(field, models.DurationField):
        return spell(value)
    if isinstance(field, models.DateTimeField):
        return str(display_for_value(value, "–"))
    return str(display_for_field(value, field, "–"))


def _name(model: type[models.Model], key: Any, names: Names) -> str:
    if (model, key) not in names:
        names[model, key] = named(model, [key]).get(key, str(key))
    return names[model, key]


def named(model: type[models.Model], keys: Iterable[Any]) -> dict[Any, str]:
    """What the rows of these keys are called, as far as there are any; one query."""
    rows = model._base_manager.filter(pk__in=list(keys))
    relations = [name for name in NAMED_BY if _is_relation(model, name)]
    return {row.pk: str(row) for row in rows.select_related(*relations)}


def _is_relation(model: type[models.Model], name: str) -> bool:
    return any(field.name == name and field.is_relation for field in model._meta.concrete_fields)
