"""What the pages of a batch share: they find it among what the person may see."""

from django.http import HttpRequest

from backoffice.exceptions import NotFound
from refunds.admin.desk_pages import DeskAdmin
from refunds.models import RefundBatch


class BatchPages(DeskAdmin):
    """Pages of refund batches."""

    def find(self, request: HttpRequest, batch_id: int) -> RefundBatch:
        """A batch that the person may see; raises ``NotFound``."""
        rows = self.get_queryset(request).select_related("store", "maker", "checker")
        batch = rows.filter(pk=batch_id).first()
        if batch is None:
            raise NotFound
        return batch
