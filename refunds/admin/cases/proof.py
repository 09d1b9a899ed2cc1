"""A case's history with its proof, as a file for somebody outside."""

import tempfile
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from backoffice.audit.log.bundles import NotProvable, all_of, write_bundle
from backoffice.audit.search.fields import note_clear
from backoffice.exceptions import NotAllowed
from refunds.models import RefundCase
from refunds.proofs import rows_of

PERMISSION = "backoffice.take_proof"
IN_MEMORY = 2**20  # bytes of a proof above which it waits on the disk


def may_take(user: Any, case: RefundCase) -> bool:
    """Whether the person may take the history of this case away."""
    return bool(user.has_perm(PERMISSION, case))


class ProofFile:
    """The address of the file."""

    def proof_view(self, request: HttpRequest, case_id: int) -> HttpResponseBase:
        """The proof as an attachment (POST: what is new is sealed and signed for it)."""
        case = RefundCase.objects.visible_to(request.user).filter(pk=case_id).first()
        if case is None:
            raise Http404
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not may_take(request.user, case):
            raise NotAllowed
        file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the response closes it
        rows = rows_of(case)
        try:
            write_bundle(file, all_of(case.number, rows))
        except NotProvable as refusal:
            file.close()
            messages.error(request, str(refusal))
            return redirect("admin:refunds_refundcase_history", case.pk)
        note_clear(rows)
        file.seek(0)
        response = FileResponse(file, as_attachment=True, filename=f"{case.number}.zip")
        response["Cache-Control"] = "private, no-store"
        return response
