"""What a version of a policy says, apart from what it is about and when it holds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from django.utils.translation import gettext as _

from backoffice.audit.timeline import Change
from refunds.models import PauseCause, PolicyPause, RefundPolicy

FIELDS = (
    "review_hours",
    "channel_hours",
    "at_deadline",
    "auto_ceiling",
    "second_approval_above",
    "ship_back_hours",
    "inspect_hours",
    "inspect_from_waybill_hours",
    "offer_hours",
    "escalate_hours",
    "appeal_hours",
    "complaint_acknowledge_hours",
    "complaint_answer_hours",
    "complaint_resolve_hours",
    "complaint_wait_hours",
    "extend_hours",
    "after_sale_days",
    "evidence_minimum",
    "reject_codes",
    "cost_bearer",
)


@dataclass(frozen=True)
class PauseTerm:
    """Why a clock may stand still, for how long at most, and how often."""

    cause: str
    hours: int
    times: int = 1

    def __str__(self) -> str:
        return _("%(hours)d h at most, %(times)d×") % {"hours": self.hours, "times": self.times}


@dataclass(frozen=True)
class Terms:
    """The rules of one version: a value for each of ``FIELDS``, and its pauses."""

    values: Mapping[str, Any]
    pauses: frozenset[PauseTerm] = frozenset()

    @classmethod
    def of(cls, policy: RefundPolicy) -> Self:
        """The terms of a version that exists."""
        return cls(
            {name: getattr(policy, name) for name in FIELDS},
            frozenset(PauseTerm(p.cause, p.hours, p.times) for p in policy.pauses.all()),
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Terms) and not list(differences(self, other))

    __hash__ = None  # type: ignore[assignment]  # values hold lists

    def pause(self, cause: str) -> PauseTerm | None:
        """The pause for ``cause``, if there is one."""
        return next((pause for pause in self.pauses if pause.cause == cause), None)

    def draft(self, **about: Any) -> RefundPolicy:
        """An unsaved version that says this."""
        return RefundPolicy(**{name: self.values[name] for name in FIELDS}, **about)

    def draft_pauses(self, policy: RefundPolicy) -> list[PolicyPause]:
        """The pauses of ``policy``, unsaved, in a settled order."""
        chosen = sorted(self.pauses, key=lambda pause: pause.cause)
        return [
            PolicyPause(policy=policy, cause=p.cause, hours=p.hours, times=p.times) for p in chosen
        ]


def differences(before: Terms, after: Terms) -> Iterator[Change]:
    """What ``after`` says differently, by the names and labels that people read."""
    for name in FIELDS:
        old, new = before.values[name], after.values[name]
        if _same(old) != _same(new):
            yield Change(label_of(name), shown(name, old), shown(name, new))
    for cause in PauseCause:
        old_pause, new_pause = before.pause(cause), after.pause(cause)
        if old_pause != new_pause:
            label = _("Pause: %(cause)s") % {"cause": cause.label}
            yield Change(label, str(old_pause or "–"), str(new_pause or "–"))


def shown(name: str, value: Any) -> str:
    """A term as a person reads it."""
    if value in (None, "", []):
        return "–"
    choices = RefundPolicy._meta.get_field(name).flatchoices  # type: ignore[union-attr]  # a field of its own
    if choices:
        return str(dict(choices).get(value, value))
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:,.2f}" if isinstance(value, Decimal) else str(value)


def _same(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def label_of(name: str) -> str:
    """What a term is called."""
    return str(RefundPolicy._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # likewise
