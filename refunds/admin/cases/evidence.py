"""The files on a case: each as a download, pictures also small and in place."""

from datetime import timedelta

from django.http import Http404, HttpRequest, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from backoffice.privacy.reading import current_look
from refunds.evidence import seen, serving
from refunds.models import Evidence, RefundCase

PLAYING = timedelta(minutes=10)  # a player asks for a film in many parts: one reading


class EvidenceFiles:
    """The addresses behind the gallery."""

    def evidence_view(self, request: HttpRequest, case_id: int, pk: int) -> HttpResponseBase:
        """One file, as an attachment, for those who may see the case."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        row, look = _file(request, case_id, pk), current_look()
        if look is not None and not ("Range" in request.headers and look.was_here(PLAYING)):
            look.note(f"refunds.evidence {row.pk} file")
        return serving.download(request, row)

    def preview_view(self, request: HttpRequest, case_id: int, pk: int) -> HttpResponseBase:
        """A picture drawn small, in place, for those who may see the case."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        row = _file(request, case_id, pk)
        if not row.preview:
            raise Http404
        seen.note(row, request.GET.get(seen.MARK, ""))
        return serving.preview(row)


def _file(request: HttpRequest, case_id: int, pk: int) -> Evidence:
    """The file of that case, if the person may see both; ``Http404`` otherwise."""
    case = RefundCase.objects.visible_to(request.user).filter(pk=case_id).first()
    row = case and case.evidence.visible_to(request.user).filter(pk=pk).first()
    if not row or not row.file:  # it was erased, or its time was over
        raise Http404
    return row
