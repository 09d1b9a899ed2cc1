"""Publishing a form, and making its next version."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from backoffice.access import ScopedQuerySet
from backoffice.actors import Actor
from backoffice.audit.recording import recorded
from backoffice.exceptions import BadInput, NotAllowed, NotFound, WrongState
from merchants.models import FormTemplate, Question
from merchants.questions import problems, weight_problem

CHANGE = "merchants.change_formtemplate"


class FormNotReady(BadInput):
    """A draft that cannot be published as it stands."""


def publish_template(
    *, template_id: int, actor: Actor, reason: str = gettext_noop("Form published.")
) -> FormTemplate:
    """Open a draft for filling in, and retire the version before it.

    Raises ``FormNotReady`` when weights do not add up to 100 or a question is not sound,
    ``WrongState`` when it is not a draft, ``NotAllowed`` without the permission.
    """
    with recorded(actor, reason, "template.publish"):
        template = _locked(template_id, actor)
        if template.state != FormTemplate.State.DRAFT:
            raise WrongState(gettext_lazy("Only a draft can be published."))
        check(template)
        for older in _locked_versions(template.code).filter(state=FormTemplate.State.PUBLISHED):
            older.retire()
            older.save()
        template.publish()
        template.save()
    return template


def new_version(
    *, template_id: int, actor: Actor, reason: str = gettext_noop("New version of the form.")
) -> FormTemplate:
    """Copy a form's asked questions into a draft with the next number.

    Raises ``WrongState`` when there is a draft already.
    """
    with recorded(actor, reason, "template.new_version"):
        source = _locked(template_id, actor)
        versions = _locked_versions(source.code)
        if any(version.state == FormTemplate.State.DRAFT for version in versions):
            raise WrongState(gettext_lazy("This form already has a draft: change that one."))
        number = max(version.version for version in versions) + 1
        draft = FormTemplate.objects.create(
            code=source.code, version=number, title=source.title, title_zh=source.title_zh
        )
        for question in source.questions.filter(active=True).order_by("position"):
            _copy(question, draft)
    return draft


def check(template: FormTemplate) -> None:
    """Raise ``FormNotReady`` with the first thing that stands against publishing."""
    asked = list(template.questions.filter(active=True).order_by("position"))
    for question in asked:
        for problem in problems(question):
            where = {"number": question.position, "problem": problem}
            raise FormNotReady(_("Question %(number)d: %(problem)s") % where)
    total = sum(question.weight for question in asked)
    if total != 100:
        raise FormNotReady(weight_problem(total))


def _copy(question: Question, draft: FormTemplate) -> None:
    kept = ("position", "text", "text_zh", "kind", "weight", "choices", "critical_answer")
    Question.objects.create(template=draft, **{name: getattr(question, name) for name in kept})


def _locked_versions(code: str) -> ScopedQuerySet:
    """All versions of a form, locked in one order so that two publishers wait for each other."""
    return FormTemplate.objects.select_for_update().filter(code=code).order_by("pk")


def _locked(template_id: int, actor: Actor) -> FormTemplate:
    visible = FormTemplate.objects.visible_to(actor.user).filter(pk=template_id).first()
    if visible is None:
        raise NotFound
    if not actor.user.has_perm(CHANGE, visible):
        raise NotAllowed
    versions = list(_locked_versions(visible.code))  # locks before the state is read
    return next(version for version in versions if version.pk == template_id)
