"""Suppliers of the demo, and their assessments in every state."""

from random import Random

from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants import assessments
from merchants.assessments import Given
from merchants.models import FormTemplate, Merchant, Question, Supplier

# code, name, category, period, how far its assessment got, how well it does (0 to 1)
SUPPLIERS = [
    ("jiaxing-linen", "嘉兴亚麻纺织 Jiaxing Linen Mill", "Bedding", "2026-Q3", "publish", 0.95),
    ("jingde-ceramic", "景德镇陶瓷 Jingde Ceramics", "Lighting", "2026-Q3", "publish", 0.75),
    ("ningbo-steel", "宁波不锈钢 Ningbo Steelware", "Kitchen", "2026-Q3", "review", 0.6),
    ("tianjin-rugs", "天津地毯厂 Tianjin Rugs", "Rugs", "2026-Q4", "submit", 0.8),
    (
        "yiwu-candles",
        "义乌香薰 Yiwu Candles & Home Fragrance Manufacturing Co., Ltd.",
        "Decoration",
        "2026-Q4",
        "save",
        0.5,
    ),
]
STEPS = ["save", "submit", "review", "publish"]


def assess(people: dict[str, User], rng: Random) -> None:
    """Fill in one form per supplier; the manager submits, the platform reviews and publishes."""
    merchant = Merchant.objects.get(code="aurora")
    template = FormTemplate.objects.filter(state=FormTemplate.State.PUBLISHED).order_by("pk")[0]
    for code, name, category, period, reached, skill in SUPPLIERS:
        with recorded(person(people["manager"]), "Part of the demo."):
            supplier = Supplier.objects.create(
                merchant=merchant, code=code, name=name, category=category
            )
        done = STEPS[: STEPS.index(reached) + 1]
        _assess(supplier, template, period, done, people, skill, rng)


def _assess(
    supplier: Supplier,
    template: FormTemplate,
    period: str,
    done: list[str],
    people: dict[str, User],
    skill: float,
    rng: Random,
) -> None:
    manager, platform = person(people["manager"]), person(people["platform"])
    form = assessments.start(
        supplier_id=supplier.pk, template_id=template.pk, period=period, actor=manager
    )
    answers = {q.pk: Given(_answer(q, skill, rng)) for q in assessments.questions_of(form)}
    if "submit" not in done:
        answers = dict(list(answers.items())[:4])
    assessments.save_answers(assessment_id=form.pk, answers=answers, actor=manager)
    if "submit" in done:
        assessments.submit(assessment_id=form.pk, actor=manager)
    if "review" in done:
        assessments.review(assessment_id=form.pk, actor=platform)
    if "publish" in done:
        assessments.publish(assessment_id=form.pk, actor=platform)


def _answer(question: Question, skill: float, rng: Random) -> str:
    """A plausible answer; never the one that decides the grade by itself."""
    if question.kind == Question.Kind.SCALE:
        return str(max(1, min(5, round(1 + 4 * skill + rng.uniform(-0.6, 0.6)))))
    if question.kind == Question.Kind.YES_NO:
        good = "no" if question.critical_answer == "yes" else "yes"
        return good if question.critical_answer or rng.random() < skill else "no"
    if question.kind == Question.Kind.CHOICE:
        allowed = [c for c in question.choices if c[0] != question.critical_answer]
        ranked = sorted(allowed, key=lambda choice: float(choice[3]), reverse=True)
        return str(ranked[min(int((1 - skill) * len(ranked)), len(ranked) - 1)][0])
    return "On time in every month of the quarter."
