"""A merchant's rows: its supplier, and an assessment of it."""

from typing import Any

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants import assessments
from merchants.models import Merchant, Store, Supplier
from tests.access.world.marks import mark
from tests.merchants.desk import all_best, scorecard


def merchant_rows(place: str, store: Store) -> dict[str, Any]:
    merchant = Merchant.objects.get(pk=store.merchant_id)
    merchant.name = mark(place, "merchant")
    merchant.save()
    text = mark(place, "supplier")
    supplier = Supplier.objects.create(
        merchant=merchant, code=f"supplier-{place}", name=text, category=text, contact=text
    )
    return {"merchant": merchant, "supplier": supplier}


def assessment_rows(place: str, supplier: Supplier, manager: User) -> dict[str, Any]:
    actor = person(manager)
    done = assessments.start(
        supplier_id=supplier.pk, template_id=scorecard().pk, period="2026-Q1", actor=actor
    )
    given = {
        pk: assessments.Given(answer.value, mark(place, "answer"))
        for pk, answer in all_best(done).items()
    }
    assessments.save_answers(assessment_id=done.pk, answers=given, actor=actor)
    submitted = assessments.submit(assessment_id=done.pk, actor=actor)
    with recorded(actor, mark(place, "assessment")):
        draft = assessments.start(
            supplier_id=supplier.pk, template_id=scorecard().pk, period="2025-Q4", actor=actor
        )
    return {"assessment": submitted, "answer": submitted.answers.all()[0], "draft": draft}
