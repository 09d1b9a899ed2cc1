"""Guarantee deposits: what a merchant leaves with the platform, so that buyers can be paid ahead."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from backoffice import clock, money
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.audit.timeline import register_action_labels
from backoffice.exceptions import BadInput, NotAllowed, NotFound
from merchants.models import Merchant
from refunds.ledger.accounts import Accounts
from refunds.ledger.balances import balance
from refunds.models import Account, LedgerEntry

BOOK = "refunds.book_deposit"
PAID_IN = gettext_noop("The merchant paid a deposit in.")
PAID_BACK = gettext_noop("The platform paid a deposit back.")
register_action_labels({kind.value: kind.label for kind in LedgerEntry.OF_DEPOSITS}.get)


def book(
    *,
    merchant_id: int,
    kind: str,
    amount: Decimal,
    currency: str,
    reference: str,
    actor: Actor,
    note: str = "",
) -> LedgerEntry:
    """Book a deposit that was paid in, or paid back, under the bank's reference.

    Raises ``NotAllowed``, and ``BadInput`` for an impossible amount, a reference that was booked
    before, and for more than there is.
    """
    if not actor.user.has_perm(BOOK):
        raise NotAllowed
    with recorded(
        actor, note or (PAID_IN if kind == LedgerEntry.Kind.PAID_IN else PAID_BACK), kind
    ):
        merchant = Merchant.objects.select_for_update().filter(pk=merchant_id).first()
        if merchant is None:
            raise NotFound
        _check(kind, amount, currency, reference.strip())
        accounts = Accounts()
        deposit, ours = accounts.deposit(merchant.pk, currency), accounts.platform(currency)
        if kind == LedgerEntry.Kind.PAID_BACK:
            _check_enough(deposit, amount)
        came = kind == LedgerEntry.Kind.PAID_IN
        return LedgerEntry.objects.create(
            at=clock.now(),
            kind=kind,
            credit=ours if came else deposit,
            debit=deposit if came else ours,
            amount=amount,
            currency=currency,
            reference=reference.strip(),
        )


def _check(kind: str, amount: Decimal, currency: str, reference: str) -> None:
    if kind not in LedgerEntry.OF_DEPOSITS:
        raise BadInput(_("A deposit is paid in or paid back."))
    if why := money.objection_to(currency):
        raise BadInput(why)
    if amount <= 0:
        raise BadInput(_("The amount of a deposit must be more than zero."))
    money.check_decimals(amount, currency)
    if not reference:
        raise BadInput(_("Write down the bank's reference of the payment."))
    if LedgerEntry.objects.filter(kind=kind, payout=None, reference=reference).exists():
        raise BadInput(
            _("“%(reference)s” was booked before. Check the reference.") % {"reference": reference}
        )


def _check_enough(deposit: Account, amount: Decimal) -> None:
    there = balance(deposit)
    if amount > there:
        raise BadInput(
            _("The deposit holds %(there)s, so no more than that can be paid back.")
            % {"there": money.show(there, deposit.currency)}
        )
