"""One due case by itself, through the one way in."""

import logging

from django.db import OperationalError, connection
from django.utils.translation import gettext_noop

from backoffice import clock
from backoffice.actors import Actor
from backoffice.exceptions import BackofficeError, WrongState
from refunds import troubles
from refunds.exceptions import HeldForPerson
from refunds.sweep.counts import Sweep
from refunds.sweep.due import Due
from refunds.workflow import perform

logger = logging.getLogger(__name__)
NO_LONGER_FITS = gettext_noop(
    "More was asked than is left to refund, or the case cannot be approved as it is."
)


def expire(sweep: Sweep, due: Due, actor: Actor) -> None:
    """Do what the case's clock ends with, and count what came of it. One bad case stops no other."""
    try:
        perform(due.action, case_id=due.case_id, actor=actor)
        sweep.decided += 1
    except WrongState:
        sweep.passed_by += 1
    except BackofficeError as refusal:
        _hold(sweep, due, actor, refusal)
    except Exception as error:
        stop_if_disconnected(error)
        logger.exception("Case %s could not be expired", due.case_id)
        sweep.failed += 1
        if not isinstance(
            error, OperationalError
        ):  # a lock's or the server's fault: not the case's
            _count_failure(due, actor)


def stop_if_disconnected(error: Exception) -> None:
    """Raise ``error`` again where the database is gone: nothing that follows could be done either."""
    if isinstance(error, OperationalError) and not connection.is_usable():
        raise error


def _hold(sweep: Sweep, due: Due, actor: Actor, refusal: BackofficeError) -> None:
    why = refusal.message if isinstance(refusal, HeldForPerson) else NO_LONGER_FITS
    try:
        perform("hold", case_id=due.case_id, actor=actor, why=str(why))
        sweep.held += 1
    except BackofficeError:
        sweep.passed_by += 1


def _count_failure(due: Due, actor: Actor) -> None:
    try:
        perform("count_failure", case_id=due.case_id, actor=actor)
    except BackofficeError:
        logger.info("Case %s was decided by somebody else meanwhile", due.case_id)
    except (
        Exception
    ):  # not even that could be written: the case stays due, and is left alone a while
        logger.exception("The failure of case %s could not be noted", due.case_id)
        troubles.note(due.case_id, troubles.At.CASE, clock.now())
