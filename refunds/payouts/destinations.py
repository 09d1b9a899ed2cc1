"""Where money goes, as people see it: its end at most; the whole only for a reason, on record."""

from collections.abc import Collection, Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import Case, CharField, Value, When
from django.utils.translation import gettext as _

from backoffice.audit.search.fields import register_sensitive
from backoffice.audit.timeline import register_teller
from backoffice.models import User
from backoffice.privacy.keys import clear, clear_all
from backoffice.privacy.reading import current_look
from refunds.models import Payout

SEE = "refunds.see_destination"
DOTS = "••••"
TAIL = 4  # characters that those see who have to compare
# That there is one, as the database says it; nothing where there is none. To say more of it, somebody's key is needed.
KNOWN = Case(When(destination="", then=Value(None)), default=Value(DOTS), output_field=CharField())


def shown(payout: Payout, user: User | AnonymousUser) -> str:
    """The destination as ``user`` may see it: its end, for those who compare; else that there is one."""
    return shown_all([payout], user)[payout]


def shown_all(payouts: Collection[Payout], user: User | AnonymousUser) -> dict[Payout, str]:
    """The same for many payouts, in two queries."""
    payouts = list(payouts)
    among = Payout.objects.filter(pk__in=[payout.pk for payout in payouts])
    seeing = set(among.within(user, SEE).values_list("pk", flat=True))
    whole = clear_all([payout.destination for payout in payouts])
    return {
        payout: _told(payout, text, sees=payout.pk in seeing)
        for payout, text in zip(payouts, whole, strict=True)
    }


def _told(payout: Payout, whole: str, *, sees: bool) -> str:
    if not payout.destination:
        return _("not known yet") if payout.method == Payout.Method.BANK else "–"
    if not whole:
        return _("erased")
    if uncovered(payout, "destination"):
        return whole
    return _end_of(whole) if sees else DOTS


def _end_of(whole: str) -> str:
    """The end behind dots; of a short one nothing, or it would be all of it."""
    return f"{DOTS} {whole[-TAIL:]}" if len(whole) > TAIL else DOTS


def uncovered(payout: Payout, field: str) -> bool:
    """Whether the reader asked, with a reason, to see ``field`` in clear; that they do is on record."""
    look = current_look()
    if look is None or not look.reason or not look.uncovers(payout.case.store_id):
        return False
    look.note(f"refunds.payout {payout.pk} {field}")
    return True


def note_handed_out(payouts: Iterable[Payout]) -> None:
    """Put on record that somebody is given the file that says where these payouts go, and to whom."""
    look = current_look()
    if look is None:
        return
    for payout in payouts:
        for field in ("destination", "payee"):
            if getattr(payout, field):
                look.note(f"refunds.payout {payout.pk} {field}")


def holder(payout: Payout, user: User | AnonymousUser) -> str:
    """Whose account it is, as ``user`` may see it."""
    if not payout.payee:
        return "–"
    if not (name := clear(payout.payee)):
        return _("erased")
    if uncovered(payout, "payee"):
        return name
    return f"{name[:1]}{DOTS}" if user.has_perm(SEE, payout) else DOTS


def register() -> None:
    """Timelines and histories, which are the same for all readers, say only that there is one."""
    hidden = ("destination", "payee", "bank_code")
    for field in hidden:
        register_teller(Payout, field, lambda _version: DOTS)
    register_sensitive(Payout, *hidden)
