"""What the database itself refuses about a movement, whoever writes it: see also the constraints of the model."""

from backoffice.audit.guards.own import Guard

ENTRY = "refunds_ledgerentry"
ONE_CURRENCY = (
    "SELECT 1 FROM refunds_account AS went JOIN refunds_account AS came ON came.id = NEW.debit_id "
    "WHERE went.id = NEW.credit_id AND went.currency = NEW.currency AND came.currency = NEW.currency"
)
ITS_AMOUNT = (
    "SELECT 1 FROM refunds_payout AS paid WHERE paid.id = NEW.payout_id "
    "AND paid.amount = NEW.amount AND paid.currency = NEW.currency"
)
GUARDS = [
    Guard(
        f"{ENTRY}_in_one_currency",
        ENTRY,
        "INSERT",
        f"NOT EXISTS ({ONE_CURRENCY})",
        "An entry is in the currency of both of its accounts.",
    ),
    Guard(
        f"{ENTRY}_for_its_amount",
        ENTRY,
        "INSERT",
        f"NEW.payout_id IS NOT NULL AND NOT EXISTS ({ITS_AMOUNT})",
        "An entry about a payout is for what the payout is for.",
    ),
]
