"""The stock way: a resource of django-import-export with simple-history, as their manuals show it."""

from pathlib import Path
from typing import Any

import tablib
from import_export import fields, resources

from backoffice import clock
from backoffice.actors import IMPORTER, system
from backoffice.audit.recording import recorded
from refunds.models import Account, LedgerEntry, Payout, RefundBatch, RefundCase, State


class AnswerResource(resources.ModelResource):
    """One row, one payout: found by its number, moved, saved; then its entry and its case."""

    number = fields.Field(attribute="number", column_name="number")

    class Meta:
        model = Payout
        import_id_fields = ("number",)
        fields = ("number",)
        skip_unchanged = False
        use_transactions = True

    def skip_row(
        self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None
    ) -> bool:
        """Every row is news."""
        return False

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """What the bank says, by the machine's transition."""
        if row["status"] == "settled":
            instance.settle()
            instance.settled_at = clock.now()
        else:
            instance.fail()
        instance.bank_reason = row["reason"]

    def after_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        """The movement of the money, and the end of the case."""
        case = RefundCase.objects.get(pk=instance.case_id)
        accounts = {
            account.kind: account
            for account in Account.objects.filter(store=case.store_id, currency=instance.currency)
        }
        arrived = instance.state == Payout.State.SETTLED
        LedgerEntry.objects.create(
            at=clock.now(),
            kind=LedgerEntry.Kind.SETTLED if arrived else LedgerEntry.Kind.FAILED,
            credit=accounts[Account.Kind.CLEARING],
            debit=accounts[Account.Kind.BUYER if arrived else Account.Kind.STORE],
            amount=instance.amount,
            currency=instance.currency,
            store_id=case.store_id,
            case=case,
            payout=instance,
        )
        if arrived and case.state == State.REVIEWED:
            case.refund()
            case.closed_at = clock.now()
            case.version += 1
            case.save()


def by_stock(file: Path) -> None:
    """A dry run for the preview, then the import; then the batches that are complete."""
    table = tablib.Dataset().load(file.read_text(), format="csv")
    with recorded(system(IMPORTER), "The bank's result file says so.", "answer"):
        AnswerResource().import_data(table, dry_run=True, raise_errors=True)
        AnswerResource().import_data(table, dry_run=False, raise_errors=True)
        for batch in RefundBatch.objects.filter(state=RefundBatch.State.SENT):
            if not batch.payouts.filter(state=Payout.State.SENT).exists():
                batch.reconcile()
                batch.save()
