"""Where providers call: a notice is verified, kept once, and has its payout asked about soon.

What it says moves nothing by itself: the provider is asked instead. So it may be late, doubled, out of
order or old, and a forged one is refused.
"""

import logging

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from backoffice import clock
from backoffice.actors import GATEWAY, system
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from refunds.gateways import accounts
from refunds.gateways.protocol import BadSignature, Notice
from refunds.gateways.recording import OPEN
from refunds.models import GatewayNotice, Payout, PayoutAttempt

log = logging.getLogger(__name__)
LIMIT = 64 * 1024  # bytes of one request; providers send a few hundred
TOLD = gettext_noop("The provider told us, unasked.")
SOONER = gettext_noop("The provider has news: it is asked at once.")
register_action_labels(
    {
        "told": gettext_lazy("Told by the provider"),
        "ask_sooner": gettext_lazy("To be asked at once"),
    }.get
)


@csrf_exempt
@require_POST
def hook(request: HttpRequest, provider: str) -> HttpResponse:
    """A provider's call. Nothing but its signature says who it is: no session, no cookie, no token."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if provider not in accounts.KINDS:
        return _refusal("There is no such provider here.", 404)
    if not length.isdecimal() or int(length) > LIMIT:
        return _refusal("This is too long for a notice.", 413)
    for account, adapter in accounts.of_provider(provider):
        try:
            notices = adapter.read_webhook(request)
        except BadSignature:
            continue
        except (
            Exception
        ) as problem:  # whatever a library makes of nonsense; its words may hold keys
            log.warning("A call of %s could not be read: %s", provider, type(problem).__name__)
            continue
        known = [keep(provider, account, notice) for notice in notices]
        return adapter.reply(known=all(known))
    return _refusal("This is not signed by an account that is known here.", 400)


def _refusal(sentence: str, status: int) -> HttpResponse:
    return HttpResponse(sentence, content_type="text/plain; charset=utf-8", status=status)


def keep(provider: str, account: str, notice: Notice) -> bool:
    """Keep a notice, once; gives whether its number is ours.

    The first of two deliveries wins by the database's rule, and the second changes nothing.
    """
    payout = Payout.objects.filter(
        number=notice.number,
        attempts__gateway__provider=provider,
        attempts__gateway__account=account,
    ).first()
    with recorded(system(GATEWAY), TOLD, "told"):
        if not _is_new(provider, account, notice, payout):
            return payout is not None
    if payout is not None:
        _ask_sooner(payout, bad_news=notice.bad_news)
    return payout is not None


def _is_new(provider: str, account: str, notice: Notice, payout: Payout | None) -> bool:
    event = {"provider": provider, "account": account, "event": notice.event[:120]}
    kept = {
        "number": notice.number[:80],
        "status": notice.status[:40],
        "payout": payout,
        "received_at": clock.now(),
    }
    _row, is_new = GatewayNotice.objects.get_or_create(**event, defaults=kept)
    return is_new


def _ask_sooner(payout: Payout, *, bad_news: bool) -> None:
    """Have a worker ask at once; not about a call that is under way, which brings its own answer.

    What was paid is asked about again when the notice says that it was not, or came back.
    """
    with recorded(system(GATEWAY), SOONER, "ask_sooner"):
        attempts = PayoutAttempt.objects.select_for_update(of=("self",)).select_related("payout")
        attempt = attempts.filter(payout=payout).order_by("-pk").first()
        if attempt is None or attempt.outcome == PayoutAttempt.Outcome.CALLING:
            return
        paid = attempt.payout.state == Payout.State.SETTLED
        if attempt.payout.state in OPEN or (paid and bad_news):
            attempt.ask_at = clock.now()
            attempt.save()
