"""Which way a batch leaves: through the store's gateway for what its buyers paid by, or in a file."""

from django.utils.translation import gettext as _

from backoffice.exceptions import WrongState
from merchants.models import Store
from refunds.models import PayoutGateway, RefundBatch


def gateway_for(store: Store, channel: str = "") -> PayoutGateway | None:
    """The gateway in use for ``channel``, or the one for whatever has none; ``None`` means a file."""
    rows = PayoutGateway.objects.filter(store=store, in_use=True, channel__in={channel, ""})
    return rows.order_by("-channel").first()


def require_file(batch: RefundBatch) -> None:
    """Raise ``WrongState`` for a batch that a gateway sends: in a file, too, it would be paid twice."""
    if batch.gateway_id is not None:
        raise WrongState(
            _("Batch %(batch)s is sent through a gateway, so there is no file and no bank result.")
            % {"batch": batch}
        )
