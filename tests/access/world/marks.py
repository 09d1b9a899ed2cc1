"""The texts by which the rows of the access tests are known, and the people who must or must not read them."""

PRICES = {"a": "51234.51", "a2": "61827.37", "b": "91827.36"}
PLACES = {
    "staff": "a", "manager": "a", "finance": "a", "checker": "a", "other": "b",
    "auditor": "", "platform": "",
}  # fmt: skip
PEOPLE = [*PLACES, "nobody", "anonymous"]
# Rows without a permission of their own are shown with any of these.
PARTS = {
    "importproblem": "orders.view_orderimport",
    "resultproblem": "refunds.view_resultimport",
    "requestproblem": "refunds.view_requestimport",
    "batchfile": "refunds.view_refundbatch",
    "bankline": "refunds.view_difference",
    "statementproblem": "refunds.view_statementimport",
    "cancellation": "orders.view_order",
    "notice": "refunds.view_refundcase",
    "timertrouble": "refunds.view_refundcase",
    "exportrun": "orders.export_order backoffice.view_exportrun",
    "savedsearch": "orders.export_order backoffice.view_savedsearch",
}


def mark(place: str, model: str) -> str:
    """The text that stands in the row of ``model`` in ``place``, and nowhere else."""
    return f"MK{place}-{model}-7f3a"


def personal(place: str, model: str) -> str:
    """A text about a buyer: the row's marker, and one that only those read who may see personal data."""
    return f"{mark(place, model)} {secret(place, model)}"


def secret(place: str, model: str) -> str:
    """What stands in the sealed fields of ``model`` in ``place``, and nowhere else."""
    return f"PD{place}-{model}-7f3a"


def account_of(place: str) -> str:
    """The buyer's account in ``place``: nobody reads the whole of it who does not say why."""
    return f"PD{place}7F3A62220202".upper()
