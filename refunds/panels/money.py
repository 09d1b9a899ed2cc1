"""The home page's panels about money: what finance has to send, and what a checker has to release."""

from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice import money
from backoffice.actors import person
from backoffice.admin.home import Figure, Panel, Row, figures_panel, list_panel, register_panel
from backoffice.clock import now, spell
from refunds.batches.building import READY
from refunds.models import BatchApproval, Payout, RefundBatch, ResultImport
from refunds.payouts.queueing import RETRY, to_queue_again

BUILD, RELEASE = "refunds.build_refundbatch", "refunds.release_refundbatch"
SHOWN = 5


def register() -> None:
    """Put the panels on the home page of those who hold the permissions."""
    register_panel(figures, permission=BUILD, order=5)
    register_panel(to_batch, permission=BUILD, order=21)
    register_panel(in_batches, permission=BUILD, order=22)
    register_panel(failed, permission=RETRY, order=23)
    register_panel(to_release, permission=RELEASE, order=5)


def figures(request: HttpRequest) -> Panel:
    """What waits for finance, in numbers."""
    waiting, broken = _queued(request), _failed(request)
    released = _batches(request, RefundBatch.State.RELEASED).filter(gateway=None)
    results = _results(request)
    batches, runs = (
        reverse("admin:refunds_refundbatch_changelist"),
        reverse("admin:refunds_resultimport_changelist"),
    )
    return figures_panel(
        _("Money today"),
        [
            Figure(
                _("Payouts to batch"),
                waiting.count(),
                reverse("admin:refunds_refundbatch_build"),
                note=_totals(waiting),
            ),
            Figure(_("Batches to download"), released.count(), f"{batches}?state__exact=released"),
            Figure(_("Results to apply"), results.count(), f"{runs}?state__exact=checked"),
            Figure(
                _("Failed or returned"),
                broken.count(),
                f"{reverse('admin:refunds_payout_changelist')}?state=again",
                tone="danger" if broken.exists() else "",
            ),
        ],
        wide=True,
    )


def to_batch(request: HttpRequest) -> Panel:
    """Queued payouts per store and currency, with the way to their batch."""
    groups = _queued(request).order_by().values("case__store", "case__store__name", "currency")
    rows = groups.annotate(count=Count("pk"), total=Sum("amount")).order_by("-total")
    build = reverse("admin:refunds_refundbatch_build")
    return list_panel(
        _("Queued, by store"),
        [
            Row(
                title=group["case__store__name"],
                href=f"{build}?store={group['case__store']}&currency={group['currency']}",
                subtitle=ngettext("%(n)d payout", "%(n)d payouts", group["count"])
                % {"n": group["count"]},
                amount=money.show(group["total"], group["currency"]),
            )
            for group in rows
        ],
        empty=_("No payout waits for a batch."),
        more_href=build,
        more_label=_("Build a batch"),
    )


def in_batches(request: HttpRequest) -> Panel:
    """Batches to seal, to hand out and to have answered, and results to apply."""
    runs = _results(request).select_related("store", "batch")[:SHOWN]
    moving = (
        RefundBatch.State.DRAFT,
        RefundBatch.State.RELEASED,
        RefundBatch.State.SENT,
        RefundBatch.State.ACKNOWLEDGED,
    )
    sent = _batches(request, *moving)[:SHOWN]
    return list_panel(
        _("Batches in hand"),
        [
            *(
                Row(
                    title=run.file_name,
                    href=reverse("admin:refunds_resultimport_change", args=[run.pk]),
                    subtitle=_("Result of %(batch)s") % {"batch": run.batch or run.store},
                    state=run.state,
                    state_label=run.get_state_display(),
                )
                for run in runs
            ),
            *(_batch_row(batch, str(batch.store)) for batch in sent),
        ],
        empty=_("No batch is in hand."),
        more_href=reverse("admin:refunds_refundbatch_changelist"),
        more_label=_("All batches"),
    )


def failed(request: HttpRequest) -> Panel:
    """Payouts that the bank refused or returned, and nobody has queued again."""
    rows = _failed(request).select_related("case")[:SHOWN]
    return list_panel(
        _("Refused or returned by the bank"),
        [
            Row(
                title=payout.number,
                href=reverse("admin:refunds_payout_change", args=[payout.pk]),
                subtitle=payout.bank_reason or _("The bank gave no reason."),
                amount=money.show(payout.amount, payout.currency),
                state=payout.state,
                state_label=payout.get_state_display(),
            )
            for payout in rows
        ],
        empty=_("No payout has failed."),
        more_href=f"{reverse('admin:refunds_payout_changelist')}?state=again",
    )


def to_release(request: HttpRequest) -> Panel:
    """Batches that wait for this person's release: none that they built or signed, by any account."""
    rows = RefundBatch.objects.within(request.user, RELEASE).filter(state=RefundBatch.State.SEALED)
    who = person(request.user).user.person
    signed = BatchApproval.objects.filter(batch=OuterRef("pk"), voided_at=None, person=who)
    others = rows.exclude(maker__person=who).filter(~Exists(signed))
    waiting = others.select_related("store", "maker").order_by("built_at")
    return list_panel(
        _("Waiting for your release"),
        [
            _batch_row(
                batch,
                _("%(store)s · built by %(maker)s, %(span)s ago")
                % {
                    "store": batch.store,
                    "maker": batch.maker,
                    "span": spell(now() - batch.built_at),
                },
            )
            for batch in waiting[: 2 * SHOWN]
        ],
        empty=_("No batch waits for your release."),
        more_href=reverse("admin:refunds_refundbatch_changelist"),
        more_label=_("All batches"),
        wide=True,
    )


def _batch_row(batch: RefundBatch, subtitle: str) -> Row:
    return Row(
        title=batch.number,
        href=reverse("admin:refunds_refundbatch_change", args=[batch.pk]),
        subtitle=subtitle,
        amount=money.show(batch.total, batch.currency),
        state=batch.state,
        state_label=batch.get_state_display(),
    )


def _queued(request: HttpRequest) -> QuerySet[Payout]:
    return Payout.objects.within(request.user, BUILD).filter(READY)


def _failed(request: HttpRequest) -> QuerySet[Payout]:
    """Payouts that failed or came back, and that nobody has queued again."""
    return to_queue_again(Payout.objects.within(request.user, RETRY)).order_by("-pk")


def _batches(request: HttpRequest, *states: str) -> QuerySet[RefundBatch]:
    return (
        RefundBatch.objects.within(request.user, BUILD)
        .filter(state__in=states)
        .select_related("store")
    )


def _results(request: HttpRequest) -> QuerySet[ResultImport]:
    own = ResultImport.objects.within(request.user, "refunds.import_results")
    return own.filter(state__in=(ResultImport.State.CHECKED, ResultImport.State.QUARANTINED))


def _totals(payouts: QuerySet[Payout]) -> str:
    sums: list[tuple[str, Decimal]] = list(
        payouts.order_by()
        .values_list("currency")
        .annotate(total=Sum("amount"))
        .order_by("currency")
    )
    return " + ".join(money.show(total, currency) for currency, total in sums)
