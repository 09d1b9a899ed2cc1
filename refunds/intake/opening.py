"""How a buyer's request becomes a case."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.privacy.keys import seal
from orders.models import Order
from refunds import caps, policies, risk
from refunds.clocks import running
from refunds.compensating import damages, kinds, proposing
from refunds.evidence import keeping
from refunds.evidence.checking import Checked, check_all
from refunds.exemptions import checking as exemptions
from refunds.followups import followed
from refunds.intake.asking import Request
from refunds.intake.checking import claim, own_order, reason_of, total_of
from refunds.intake.compensations import as_proposed, proposal_of
from refunds.models import CaseLine, Compensation, Kind, Reason, RefundCase, RefundPolicy

WORDS = gettext_noop("The buyer asked for this.")


@followed
def open_case(*, order_id: int, actor: Actor, request: Request) -> RefundCase:
    """Open a case for ``request`` and freeze its policy and deadline.

    ``request.files`` are attached as the buyer's. Takes the order's lock. Raises ``NotFound``
    outside the actor's stores, ``NotAllowed`` without the permission, ``BadInput`` for what makes
    no sense – a file that is not taken, for one –, ``ReturnExempt`` for goods that nobody may return
    without a reason, ``RefundExceedsBalance`` above what is left, and ``NoPolicy``.
    """
    files = check_all(request.files) if request.files else []
    with transaction.atomic():
        order = own_order(order_id, actor)
        words = request.reason_text.strip()
        told = seal(words, order.data_subject) if words else WORDS
        with recorded(actor, told, "request"):
            return _open(order, actor, request, files)


def _open(order: Order, actor: Actor, request: Request, files: Sequence[Checked]) -> RefundCase:
    reason = reason_of(request)
    claims = [claim(order, line) for line in request.lines]
    proposal = proposal_of(order, request, claims)
    if proposal is not None:
        request, claims = as_proposed(request, proposal), proposal.claims
    total = total_of(order, request, claims)
    _check_exemptions(order, request, reason, claims)
    _check_limits(order, request, claims, total, proposal)
    case = new_case(order, request, reason, total, claims)
    _keep(case, claims)
    if proposal is not None:
        proposing.record(proposal, case)
    if files:
        keeping.attach(case, actor=actor, file=files)
    return case


def _check_limits(
    order: Order,
    request: Request,
    claims: Sequence[caps.Claim],
    total: Decimal,
    proposal: proposing.Proposal | None,
) -> None:
    """What is left of the payment – or, for damages, what the law knows."""
    if proposal is not None and proposal.damages:
        damages.check(order, kind=proposal.type, claims=claims)
        return
    caps.check(
        order,
        kind=request.kind,
        claims=claims,
        freight=request.freight,
        total=total,
        in_money=request.in_money,
    )


def _check_exemptions(
    order: Order, request: Request, reason: Reason, claims: Sequence[caps.Claim]
) -> None:
    """What the law lets nobody return without a reason."""
    exemptions.check(
        store=order.store,
        kind=request.kind,
        reason=reason,
        categories={claim.line.category for claim in claims},
        at=clock.database_now(),
        not_exempt_because=request.not_exempt_because,
    )


def _keep(case: RefundCase, claims: Sequence[caps.Claim]) -> None:
    risk.note(case)
    case.save(force_insert=True)
    for wanted in claims:
        CaseLine.objects.create(
            case=case,
            order_line=wanted.line,
            quantity=wanted.quantity,
            amount_requested=wanted.amount,
        )


def new_case(
    order: Order,
    request: Request,
    reason: Reason,
    total: Decimal,
    claims: Sequence[caps.Claim],
) -> RefundCase:
    """An unsaved case under the policy in force, with its clock running.

    By the database's time, which all machines share: a worker that is an hour off gives no buyer
    another policy, and no store another deadline by the channel.
    """
    at = clock.database_now()
    policy = policies.in_force(
        store=order.store,
        kind=request.kind,
        stage=order.stage,
        at=at,
        reason=reason,
        categories={claim.line.category for claim in claims},
    )
    case = frozen(order, request, reason, total, policy, at)
    running.start(case, kinds.review_clock(request.compensation_type), policy.review_hours)
    return case


def frozen(
    order: Order,
    request: Request,
    reason: Reason,
    total: Decimal,
    policy: RefundPolicy,
    at: datetime,
) -> RefundCase:
    """An unsaved case as it stands under ``policy``, before its clock runs."""
    return RefundCase(
        store=order.store,
        order=order,
        kind=request.kind,
        reason=reason,
        reason_text=request.reason_text,
        external_number=request.external_number,
        currency=order.currency,
        amount_requested=total,
        freight_requested=request.freight,
        in_money=request.in_money and request.kind != Kind.EXCHANGE,
        stage=order.stage,
        policy=policy,
        at_deadline=policy.at_deadline,
        requested_at=at,
        channel_due_at=_channel_deadline(policy, request, at),
        bearer=request.bearer or policy.cost_bearer,
        freight_payer=reason.freight_payer,
        not_exempt_because=request.not_exempt_because.strip(),
    )


def _channel_deadline(policy: RefundPolicy, request: Request, at: datetime) -> datetime | None:
    """The channel's own word, else the wall time that the policy knows it to give.

    An advance is the platform's: no channel waits for the store.
    """
    if request.compensation_type == Compensation.Type.ADVANCE:
        return None
    if request.channel_due_at or policy.channel_hours is None:
        return request.channel_due_at
    asked = min(request.asked_at or at, at)
    return asked + timedelta(hours=policy.channel_hours)
