"""How long the files of refunds are kept, as the program ships it."""

from django.utils.translation import gettext_noop

from backoffice.privacy.retention import Shipped

READ = gettext_noop("Needed while somebody may ask how a row was read.")
YEAR = gettext_noop("Needed until the bank's year is closed.")
BOOKS = gettext_noop(
    "Measures for the Administration of Accounting Archives: papers of the bank, ten years."
)
SHIPPED = (
    Shipped(
        "refunds.evidence",
        "delete",
        1095,
        gettext_noop("Civil Code, article 188: claims lapse after three years."),
    ),
    Shipped("refunds.requestimport", "delete", 180, READ),
    Shipped("refunds.resultimport", "delete", 365, YEAR),
    Shipped("refunds.statementimport", "delete", 365, YEAR),
    Shipped("refunds.batchfile", "delete", 3650, BOOKS),
)
