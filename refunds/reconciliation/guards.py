"""What the database itself refuses about closed days, whoever writes."""

from backoffice.audit.guards.own import Guard

DAY = "refunds_reconciliationday"
CLOSED = f"(SELECT state FROM {DAY} WHERE id = NEW.day_id) = 'closed'"  # noqa: S608 - our own words
SENTENCE = "A closed day never changes: it has to be opened again first."
GUARDS = [
    Guard(
        f"{DAY}_closed",
        DAY,
        "UPDATE",
        "OLD.state = 'closed' AND NEW.state = 'closed'",
        SENTENCE,
    ),
    Guard("refunds_bankline_of_closed", "refunds_bankline", "INSERT", CLOSED, SENTENCE),
    *(
        Guard(
            f"refunds_difference_{verb.lower()}_closed",
            "refunds_difference",
            verb,
            CLOSED,
            SENTENCE,
        )
        for verb in ("INSERT", "UPDATE")
    ),
]
