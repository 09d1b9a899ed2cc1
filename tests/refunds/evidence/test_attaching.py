"""Attaching files to a case: all or none, each once, in whose name."""

from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exceptions import NotAllowed
from refunds.models import Evidence, RefundCase
from refunds.workflow import perform
from tests.cast import Cast
from tests.refunds.evidence.showing import attach
from tests.refunds.factories import make_order
from tests.refunds.files import (
    film,
    pdf,
    photo,
    upload,
)

pytestmark = pytest.mark.once


def test_several_files_are_attached_at_once_or_none(
    client: Client, cast: Cast, case: RefundCase, folder: Path
) -> None:
    client.force_login(cast.staff)
    text = attach(client, case, photo(), upload("a.mp4", film()), upload("b.png", b"<svg>"))
    assert "b.png: Only pictures" in text
    assert not Evidence.objects.exists()
    assert not (folder / "evidence").exists()
    attach(client, case, photo(), upload("a.mp4", film()), upload("b.pdf", pdf()))
    assert list(Evidence.objects.values_list("content_type", flat=True)) == [
        "image/jpeg", "video/mp4", "application/pdf",
    ]  # fmt: skip
    assert RefundCase.objects.get(pk=case.pk).version == case.version + 1


def test_the_same_file_is_attached_once_and_leaves_nothing_behind(
    client: Client, cast: Cast, case: RefundCase, folder: Path
) -> None:
    client.force_login(cast.staff)
    attach(client, case, photo("a.jpg"))
    assert "already attached" in attach(client, case, upload("new.pdf", pdf()), photo("b.jpg"))
    assert Evidence.objects.count() == 1
    assert len(list((folder / "evidence").iterdir())) == 2


def test_there_are_limits_to_how_many(client: Client, cast: Cast, case: RefundCase) -> None:
    def documents(start: int, end: int) -> list[SimpleUploadedFile]:
        return [upload(f"{n}.pdf", pdf(str(n).encode())) for n in range(start, end)]

    client.force_login(cast.staff)
    assert "at most 10 files at once" in attach(client, case, *documents(0, 11))
    attach(client, case, *documents(0, 10))
    attach(client, case, *documents(10, 20))
    assert "can have 20 files at most" in attach(client, case, *documents(20, 21))
    assert Evidence.objects.count() == 20


def test_a_form_with_hundreds_of_files_is_answered_in_a_sentence(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    client.force_login(cast.staff)
    text = attach(client, case, *(upload(f"{n}.pdf", pdf()) for n in range(101)))
    assert "Traceback" not in text
    assert "TooManyFilesSent" not in text
    assert not Evidence.objects.exists()


def test_nobody_shows_something_in_the_name_of_the_other_side(
    client: Client, cast: Cast, case: RefundCase
) -> None:
    for user, own, other in (
        (cast.staff, "store", "platform"),
        (cast.platform, "platform", "store"),
    ):
        client.force_login(user)
        assert "is not one of the available choices" in attach(client, case, photo(), party=other)
        with pytest.raises(NotAllowed):
            perform("attach", case_id=case.pk, actor=person(user), file=photo(), party=other)
        attach(client, case, upload(f"{own}.pdf", pdf(own.encode())), party=own)
    assert sorted(Evidence.objects.values_list("party", flat=True)) == ["platform", "store"]


def test_a_request_may_bring_its_evidence(client: Client, cast: Cast) -> None:
    order = make_order(cast.a)
    client.force_login(cast.staff)
    url = reverse("admin:refunds_refundcase_open", args=[order.pk])
    form = {
        "kind": "refund_only", "reason": RefundCase._meta.get_field("reason").related_model.objects.get(code="Q01").pk,
        f"line_{order.lines.all()[0].pk}": "1", "in_money": "on",
    }  # fmt: skip
    refused = client.post(url, {**form, "file": [upload("a.png", b"<svg>")]})
    assert refused.status_code == 400
    assert "a.png: Only pictures" in refused.content.decode()
    assert not RefundCase.objects.exists()
    assert client.post(url, {**form, "file": [photo(), upload("a.mp4", film())]}).status_code == 302
    rows = RefundCase.objects.get().evidence.all()
    assert [(row.party, row.history.get().action) for row in rows] == [("buyer", "request")] * 2
