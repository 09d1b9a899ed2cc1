"""``manage.py demo``: load the demo's data, once."""

from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from backoffice import clock
from backoffice.actors import INSTALLER, system
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Merchant
from refunds.demo import (
    cases,
    clocks,
    compensation,
    complaints,
    desk,
    disputes,
    exemptions,
    gateways,
    goods,
    history,
    instant,
    money,
    orders,
    people,
    policies,
    privacy,
    reconciliation,
    requests,
    results,
    searches,
    suppliers,
)
from refunds.models import RefundCase

SEED = 20261121
ORDERS = (60, 25, 50)  # of each store


class Command(BaseCommand):
    """Load merchants, stores, people, orders and cases in every state; twice changes nothing."""

    help = "Load the demo's data. Idempotent; refused when DEBUG is off."

    def handle(self, *args: Any, **options: Any) -> None:
        """Load everything in one transaction, and print the counts."""
        if not settings.DEBUG:
            raise CommandError("The demo has public passwords: it is refused when DEBUG is off.")
        if Merchant.objects.filter(code="aurora").exists():
            self.stdout.write("The demo is loaded already.")
            return
        with transaction.atomic():
            load()
        history.seal_and_verify()
        self.stdout.write(
            f"demo: {Merchant.objects.count()} merchants, {User.objects.filter(is_system=False).count()} "
            f"people, {RefundCase.objects.count()} refund cases"
        )


def load() -> None:
    """Everything, in the order in which it depends on each other."""
    rng, now = Random(SEED), clock.now()  # noqa: S311 – for a story, not for secrets
    with recorded(system(INSTALLER), "Part of the demo."):
        stores = people.make_stores()
        who = people.make_people()
        made = {
            s.code: orders.make_orders(s, count, now, rng)
            for s, count in zip(stores, ORDERS, strict=True)
        }
        dear = orders.make_dear_order(stores.home, now)
    people.change_accounts(who)
    policies.write(stores.tea, stores.outdoor, who["platform"], now)
    instant.switch(stores, on=False)
    teller = {
        "aurora-home": who["staff"],
        "aurora-outdoor": who["platform"],
        "lanshan-tea": who["staff2"],
    }
    for store in stores:
        goods.count_stock(store)
    for store in (stores.home, stores.tea):
        cases.tell(made[store.code], teller[store.code], who, now)
    compensation.tell(made["aurora-home"], who["staff"], now, len(compensation.GIFTS))
    compensation.tell(made["lanshan-tea"], who["staff2"], now, 1)
    goods.tell(made["aurora-home"], who["staff"], now)
    disputes.tell(made["aurora-home"], who, now)
    desk.tell(made["aurora-home"], who, now)
    disputes.write_replies(stores.home, who["supervisor"])
    instant.switch(stores, on=True)
    instant.tell(stores.home, who, now)
    money.leave_deposits(who, now)
    money.move_money(stores.home, who, now)
    money.sign_once(dear, who, now)
    complaints.tell(stores.home, who, now)
    exemptions.write(list(stores), who["platform"], now)
    gateways.tell(stores.outdoor, made["aurora-outdoor"], who, now)
    results.bring_what_does_not_fit(stores.home, who, now)
    reconciliation.tell(stores.home, made["aurora-home"], who, now)
    suppliers.assess(who, rng)
    instant.ask_what_if(stores.home, who["manager"], now)
    clocks.tell(stores.home, made["aurora-home"], who, now)
    requests.tell(stores.home, who["manager"])
    searches.keep_some(who["auditor"])
    privacy.tell(stores.home, who, now)
