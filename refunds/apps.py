"""How the refunds' app starts: what it adds to the apps below it."""

from functools import partial

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RefundsConfig(AppConfig):
    """The refund desk."""

    name = "refunds"
    verbose_name = _("Refunds")

    def ready(self) -> None:
        """Register what other apps ask for."""
        _register_data()
        _register_work()
        _register_reconciliation()
        _register_watch()
        _register_pages()
        _register_privacy()
        _register_audit()


def _register_data() -> None:
    """What a new installation begins with, and what files and cancellations bring."""
    from backoffice.audit.append_only import register_append_only
    from backoffice.bulk.jobs import register_job_kind
    from backoffice.install import register_defaults
    from orders.cancellations import register_cancellation_handler
    from refunds.cancellations import open_cancellation
    from refunds.defaults import install_defaults
    from refunds.instant.seeds import install_rules
    from refunds.ledger.carrying import carry_over
    from refunds.models import GatewayNotice, LedgerEntry, RequestImport, ResultImport
    from refunds.requests.loading import apply_requests, check_requests
    from refunds.results import apply_result, check_result

    register_defaults(install_defaults)
    register_defaults(install_rules)
    register_append_only(LedgerEntry)
    register_append_only(GatewayNotice)
    register_defaults(carry_over)
    register_cancellation_handler(open_cancellation)
    register_job_kind(
        ResultImport, check=check_result, apply=apply_result, permission="refunds.import_results"
    )
    register_job_kind(
        RequestImport,
        check=check_requests,
        apply=apply_requests,
        permission="refunds.import_requests",
    )


def _register_work() -> None:
    """What each tick of the timer does, and what follows an action."""
    from backoffice.tasks import register_tick_work
    from refunds.batches.gathering import gather_due
    from refunds.clocks.reminders import send_reminders
    from refunds.complaints.reminders import remind_of_complaints
    from refunds.complaints.ticking import look_at_complaints
    from refunds.disputes.deadlines import tell_now_and_then
    from refunds.disputes.finality import close_final_verdicts
    from refunds.evidence.sealing import seal_now_and_then
    from refunds.evidence.sweep import sweep_now_and_then
    from refunds.followups import register_follow_up
    from refunds.gateways.accounts import require_usable
    from refunds.gateways.working import look_for_work
    from refunds.instant.trying import try_rules
    from refunds.requests.rules import look_for_untried
    from refunds.sweep.ticking import sweep_at_tick
    from refunds.whatif.running import look_for_replays

    register_tick_work(sweep_at_tick)
    register_tick_work(gather_due)
    register_tick_work(send_reminders)
    register_tick_work(look_at_complaints)
    register_tick_work(remind_of_complaints)
    register_tick_work(close_final_verdicts)
    register_tick_work(tell_now_and_then)
    register_tick_work(sweep_now_and_then)
    register_tick_work(seal_now_and_then)
    register_tick_work(look_for_replays)
    require_usable()  # an account that is not whole, or has a wrong key, stops the start
    register_tick_work(look_for_work)
    register_tick_work(look_for_untried)
    register_follow_up("request", try_rules)
    register_follow_up("attach", try_rules)


def _register_pages() -> None:
    """What stands on the home page and on the pages of orders and stores, and how timelines tell."""
    from backoffice.audit.timeline import register_action_labels, register_teller
    from merchants.store_links import register_store_link
    from orders.boxes import register_order_box
    from refunds import panels
    from refunds.guide.links import guide_link
    from refunds.instant.words import tell_risk, tell_rule
    from refunds.models import RefundCase
    from refunds.order_box import order_box
    from refunds.payouts import destinations
    from refunds.policies.labels import action_label

    panels.register()
    destinations.register()
    register_order_box(order_box)
    register_store_link(guide_link)
    register_action_labels(action_label)
    register_teller(RefundCase, "rule_figures", tell_rule)
    register_teller(RefundCase, "risk_figures", tell_risk)


def _register_reconciliation() -> None:
    """Statements as files and as rows that are written once, and the days that each tick looks at."""
    from backoffice.audit.append_only import register_append_only
    from backoffice.audit.guards.own import register_guard
    from backoffice.bulk.jobs import register_job_kind
    from backoffice.tasks import register_tick_work
    from refunds.models import BankLine, StatementImport
    from refunds.reconciliation.fetching import look_for_days
    from refunds.reconciliation.guards import GUARDS
    from refunds.reconciliation.statements import LOAD, apply_statement, check_statement
    from refunds.reconciliation.ticking import reconcile_now_and_then

    register_append_only(BankLine)
    for guard in GUARDS:
        register_guard(guard)
    register_job_kind(
        StatementImport, check=check_statement, apply=apply_statement, permission=LOAD
    )
    register_tick_work(reconcile_now_and_then)
    register_tick_work(look_for_days)


def _register_privacy() -> None:
    """What keeps a buyer's data, what goes with them, and what is kept for a while only."""
    from backoffice.bulk.retention import files_of
    from backoffice.install import register_defaults
    from backoffice.privacy.retention import (
        install,
        register_holding,
        register_least,
        register_step,
    )
    from orders.erasing import register_cleaner, register_hold
    from orders.retention import BUYERS, ORDERS
    from orders.uploads import register_naming
    from refunds.batches import handed_out
    from refunds.desk.window import longest_return
    from refunds.evidence.erasing import CLEANER, HOLDING
    from refunds.evidence.sealing import KEY
    from refunds.holds import HOLDS
    from refunds.models import RequestImport, ResultImport, StatementImport
    from refunds.retention import SHIPPED

    register_defaults(partial(install, SHIPPED))
    for hold in HOLDS:
        register_hold(hold)
    register_cleaner(CLEANER)
    register_holding(HOLDING)
    for code in (HOLDING.code, BUYERS, ORDERS):
        register_least(code, longest_return)
    register_step(KEY)
    register_holding(handed_out.HOLDING)
    requests = files_of(RequestImport, _("Uploaded files of requests"))
    register_holding(requests)
    register_naming(RequestImport, requests)
    register_holding(files_of(ResultImport, _("Uploaded results of the bank")))
    register_holding(files_of(StatementImport, _("Uploaded statements of the bank")))


def _register_watch() -> None:
    """What is asked of money while the program runs, and who is told what is out too long."""
    from backoffice.audit.guards.own import register_guard
    from backoffice.health import register_detail
    from backoffice.tasks import register_tick_work
    from refunds.ledger.guards import GUARDS
    from refunds.ledger.watching import NAME, health, watch_now_and_then
    from refunds.mailing import mail_now_and_then
    from refunds.payouts.silence import look_now_and_then
    from refunds.payouts.unknowns import tell_now_and_then

    for guard in GUARDS:
        register_guard(guard)
    register_tick_work(watch_now_and_then)
    register_tick_work(look_now_and_then)
    register_tick_work(tell_now_and_then)
    register_tick_work(mail_now_and_then)
    register_detail(NAME, health)


def _register_audit() -> None:
    """What a search in history knows of this app: its acts, whose number belongs to whose, what is unusual."""
    from backoffice.audit.search.acts import register_acts
    from backoffice.audit.search.asking import register_relatives
    from refunds import unusual
    from refunds.history_search import acts, relatives

    register_acts(acts)
    register_relatives(relatives)
    unusual.register()
