"""Every action of the action table, posted to a case that was just requested: who may do it, and whether they can."""

from tests.access.outcomes import DESK, Page

BOTH = f"{DESK} platform"
# Who is shown the form, what their forged form comes to, and the actions that this holds for.
OFFERED = [
    (DESK, "act", "approve reject withdraw convert extend offer pause claim"),
    (DESK, "act", "acknowledge_complaint answer_complaint await_buyer withdraw_complaint"),
    (BOTH, "act", "attach message note"),
    ("manager", "act", "assign merge"),
    # Too early: the case is requested, its clock runs, and its complaint waits to be acknowledged.
    (DESK, "try", "send_back receive accept_return inspect_later note_stopped freight_payer"),
    (DESK, "try", "prepare_replacement cancel_replacement ship_replacement give escalate"),
    (DESK, "try", "resume accept_offer decline_offer release"),
    (DESK, "try", "complain resolve_complaint buyer_answered"),
    ("manager", "try", "appeal reopen"),
    ("manager platform", "try", "second_approve"),
    ("platform", "try", "uphold dismiss decide_appeal"),
    ("platform", "try", "pay_in_advance refuse_advance appraise appraised"),
    # Nobody's: counsel's alone, who is not among these people, and the program's.
    ("", "try", "award_damages"),
    ("", "try", "instant_approve auto_approve auto_accept auto_resume lapse lapse_offer let_stand"),
    ("", "try", "hold close refund bounce escalate_complaint complaint_goes_on escalate_advance"),
    ("", "try", "count_failure count_complaint_failure"),
]


def case_actions() -> dict[str, Page]:
    """The page of each action."""
    return {
        f"admin:refunds_refundcase_do {name}": _page(people, outcome)
        for people, outcome, names in OFFERED
        for name in names.split()
    }


def _page(people: str, outcome: str) -> Page:
    row = {"case_id": "refundcase"}
    return Page({"ask": people}, {outcome: people}, row) if people else Page(rows=row)
