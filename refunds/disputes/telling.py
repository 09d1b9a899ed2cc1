"""Who hears of a verdict."""

from backoffice.actors import Actor
from merchants.people import holders
from refunds.models import Dispute, Notice
from refunds.notices import tell

MOST = 50  # people of one store


def tell_verdict(dispute: Dispute, actor: Actor) -> None:
    """Tell the one who works on the case, and those of the store who could appeal."""
    case = dispute.case
    people = {user.pk: user for user in holders("refunds.appeal_verdict", case.store)[:MOST]}
    if case.assignee:
        people[case.assignee.pk] = case.assignee
    step = "appeal" if dispute.appeal_verdict else "verdict"
    others = [user for user in people.values() if user != actor.user]
    tell(recipients=others, case=case, kind=Notice.Kind.VERDICT, about=f"{step} {dispute.pk}")
