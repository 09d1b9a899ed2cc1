"""Who may do what to a case, and when: the table that ``refunds.actions`` is held against.

``who`` are roles in the case's own store, platform roles, and system users; everybody else is refused.
"""

from dataclasses import dataclass

DESK = "staff supervisor manager"
REQUESTED = "requested requested_late paused paused_late offered offered_late"
COMPENSATION = "half_approved statutory"
ADVANCE = "advance advance_late appraising"
# A withdrawn case, about which the buyer complained: nothing but the complaint is open.
COMPLAINTS = "complained complained_late complaint_answered complaint_waits complaint_waits_late"
FILED = "complained complained_late complaint_waits complaint_waits_late"
ANYWHERE = (
    f"{REQUESTED} awaiting_return awaiting_late inspecting inspecting_late reviewed reviewed_goods "
    "reviewed_settled refunded refunded_returned compensated rejected rejected_late disputed dismissed "
    "upheld upheld_late appealed parcel_sent return_unseen "
    "exchange_promised exchange_to_ship exchange_without "
    f"half_approved statutory {ADVANCE} withdrawn {COMPLAINTS}"
)

ENDED = {
    "refunded", "refunded_returned", "compensated", "dismissed", "withdrawn", *COMPLAINTS.split(),
}  # fmt: skip
OPEN = " ".join(name for name in ANYWHERE.split() if name not in ENDED)


@dataclass(frozen=True)
class May:
    """The people and the situations; ``by_hand`` is what pages offer.

    ``against`` are people for whom the permission is not enough: an amount above their limit.
    """

    who: str
    when: str
    by_hand: bool = True
    against: str = ""


EXPECTED = {
    "approve": May(DESK, f"{REQUESTED} half_approved"),
    "second_approve": May(
        "supervisor legal manager platform", "half_approved", against="supervisor legal platform"
    ),
    "award_damages": May("legal", "statutory"),
    "pay_in_advance": May("platform", ADVANCE),
    "refuse_advance": May("platform", ADVANCE),
    "appraise": May("platform", "advance"),
    "appraised": May("platform", "appraising"),
    "escalate_advance": May("timer", "advance_late", by_hand=False),
    "reject": May(
        DESK, f"{REQUESTED} inspecting inspecting_late parcel_sent half_approved statutory"
    ),
    "send_back": May(DESK, "awaiting_return awaiting_late exchange_promised"),
    "receive": May(DESK, "awaiting_return awaiting_late parcel_sent exchange_promised"),
    "freight_payer": May(
        DESK,
        "awaiting_return awaiting_late inspecting inspecting_late parcel_sent exchange_promised",
    ),
    "accept_return": May(DESK, "inspecting inspecting_late parcel_sent"),
    "inspect_later": May(DESK, "return_unseen"),
    "note_stopped": May(
        DESK, "reviewed reviewed_settled refunded refunded_returned upheld upheld_late appealed"
    ),
    "ship_replacement": May(DESK, "exchange_to_ship"),
    "prepare_replacement": May(DESK, "exchange_without"),
    "cancel_replacement": May(DESK, "exchange_promised exchange_to_ship"),
    "convert": May(DESK, f"{REQUESTED} exchange_promised exchange_to_ship exchange_without"),
    "give": May(DESK, "reviewed_goods"),
    "escalate": May(DESK, "rejected"),
    "uphold": May("platform", "disputed"),
    "dismiss": May("platform", "disputed"),
    "appeal": May("supervisor legal manager", "upheld"),
    "decide_appeal": May("platform", "appealed"),
    "withdraw": May(
        DESK,
        f"{REQUESTED} awaiting_return awaiting_late exchange_promised {COMPENSATION} {ADVANCE}",
    ),
    "attach": May(f"{DESK} legal platform", ANYWHERE.removesuffix(f" withdrawn {COMPLAINTS}")),
    "message": May(f"{DESK} legal platform", ANYWHERE),
    "note": May(f"{DESK} legal platform", ANYWHERE),
    "claim": May(DESK, OPEN),
    "release": May(DESK, ""),  # nobody has claimed a case here: tests/refunds/desk/test_sharing.py
    "assign": May("supervisor manager", OPEN),
    "merge": May("supervisor manager", ""),  # each case here is the only one of its order
    "reopen": May("supervisor manager", f"rejected rejected_late withdrawn {COMPLAINTS}"),
    "instant_approve": May("rules", "requested requested_late paused paused_late", by_hand=False),
    "auto_approve": May("timer", "requested_late", by_hand=False),
    "auto_accept": May("timer", "inspecting_late", by_hand=False),
    "lapse": May("timer", "awaiting_late", by_hand=False),
    "hold": May(
        "timer",
        "requested_late paused_late offered_late inspecting_late advance_late",
        by_hand=False,
    ),
    "count_failure": May(
        "timer",
        "requested_late paused_late offered_late awaiting_late inspecting_late rejected_late upheld_late advance_late",
        by_hand=False,
    ),
    "pause": May(DESK, f"awaiting_return inspecting parcel_sent exchange_promised {COMPENSATION}"),
    "resume": May(DESK, "paused paused_late"),
    "extend": May(DESK, "requested inspecting half_approved statutory"),
    "offer": May(DESK, "requested"),
    "accept_offer": May(DESK, "offered"),
    "decline_offer": May(DESK, "offered offered_late"),
    "auto_resume": May("timer", "paused_late", by_hand=False),
    "lapse_offer": May("timer", "offered_late", by_hand=False),
    "close": May("timer", "rejected_late", by_hand=False),
    "let_stand": May("timer", "upheld_late", by_hand=False),
    "complain": May(DESK, ANYWHERE.removesuffix(f" {COMPLAINTS}")),
    "acknowledge_complaint": May(DESK, FILED),
    "answer_complaint": May(DESK, FILED),
    "resolve_complaint": May(DESK, "complaint_answered"),
    "await_buyer": May(DESK, "complained complaint_answered"),
    "buyer_answered": May(DESK, "complaint_waits complaint_waits_late"),
    "withdraw_complaint": May(DESK, COMPLAINTS),
    "escalate_complaint": May("timer", "complained_late", by_hand=False),
    "complaint_goes_on": May("timer", "complaint_waits_late", by_hand=False),
    "count_complaint_failure": May("timer", COMPLAINTS, by_hand=False),
    "refund": May("finance importer gateway rules", "reviewed_settled", by_hand=False),
    "bounce": May("finance importer gateway", "refunded_returned", by_hand=False),
}
