"""What is asked of history: one row per field that changed, drawn from the versions behind the commit."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.access import Scoped, ScopedQuerySet
from backoffice.accounts.account import AbstractAccount
from backoffice.audit.models import Audited, AuditedQuerySet
from backoffice.audit.search.scope import in_sight
from backoffice.roles import ROLES

SEARCH, WATCH = "backoffice.view_changeentry", "backoffice.watch_changeentry"


def held(role: str) -> Q:
    """The changes by people who held ``role`` then."""
    return Q(roles__contains=f",{role},")


class ChangeQuerySet(ScopedQuerySet):
    """Changes that a person may read: those of rows whose history they may open."""

    def visible_to(self, user: AbstractAccount | AnonymousUser) -> Self:
        """Changes of models that ``user`` may view, in the stores where they may."""
        return self.filter(in_sight(user)) if user.has_perm(SEARCH) else self.none()

    def by_whom(self) -> Self:
        """Each with whether a system user made it (``by_system``)."""
        return self.annotate(by_system=F("actor__is_system"))


class ChangeEntry(Scoped):
    """One field that one version changed – or the version itself, where ``field`` is empty.

    Drawn from the versions and rebuilt from them at any time (``indexing.catch_up``): a copy for
    finding, never the proof. A new row has one entry of its own and one for each amount on it.
    Values stand as the database writes them; those of sensitive fields are left out.
    """

    store_lookup = "store"
    by_system: bool | None  # by ``by_whom``

    class Kind(models.TextChoices):
        CREATED = "+", pgettext_lazy("change", "Created")
        CHANGED = "~", pgettext_lazy("change", "Changed")

    model = models.CharField(_("what"), max_length=60)
    row = models.BigIntegerField(_("row"))
    version = models.BigIntegerField(_("version"))
    field = models.CharField(_("field"), max_length=60, blank=True)
    kind = models.CharField(_("kind of change"), max_length=1, choices=Kind.choices)
    action = models.CharField(_("action"), max_length=40, blank=True)
    number = models.CharField(_("number"), max_length=80, blank=True)
    store = models.BigIntegerField(_("store"), null=True)
    merchant = models.BigIntegerField(_("merchant"), null=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,  # the versions have it; a copy need not be checked
        verbose_name=_("account"),
    )
    actor_name = models.CharField(_("actor"), max_length=200)
    role = models.CharField(_("role"), max_length=200, blank=True)
    roles = models.CharField(max_length=200, blank=True, editable=False)  # codes: “,staff,finance,”
    source = models.CharField(_("source"), max_length=10)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    at = models.DateTimeField(_("time"))
    before = models.TextField(_("before"), null=True)  # noqa: DJ001 - nothing is not an empty text
    after = models.TextField(_("after"), null=True)  # noqa: DJ001
    amount_before = models.DecimalField(
        _("amount before"), max_digits=18, decimal_places=2, null=True
    )
    amount_after = models.DecimalField(
        _("amount after"), max_digits=18, decimal_places=2, null=True
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    request_id = models.CharField(_("request id"), max_length=32)

    objects: ClassVar[Any] = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        default_permissions = ("view", "export")
        permissions = [("watch_changeentry", _("Can see what is unusual in history"))]
        constraints = [
            models.UniqueConstraint(fields=("model", "version", "field"), name="change_told_once"),
        ]
        indexes = [  # each ends with what a page is cut by
            models.Index(
                fields=("store", "model", "field", "at", "id"), name="change_of_store_and_field"
            ),
            models.Index(fields=("model", "field", "at", "id"), name="change_of_field"),
            models.Index(fields=("store", "at", "id"), name="change_of_store"),
            models.Index(fields=("actor", "at", "id"), name="change_by_actor"),
            models.Index(fields=("number", "at"), condition=~Q(number=""), name="change_of_number"),
            models.Index(fields=("at", "id"), name="change_at"),
            models.Index(fields=("model", "at", "id"), name="change_of_model"),
            models.Index(fields=("source", "at", "id"), name="change_by_source"),
            models.Index(
                fields=("action", "at", "id"), condition=~Q(action=""), name="change_by_act"
            ),
            models.Index(fields=("at", "id"), condition=Q(kind="+"), name="change_created"),
            *(
                models.Index(fields=("at", "id"), condition=held(role), name=f"change_as_{role}")
                for role in ROLES
            ),
            *(
                models.Index(fields=(side,), condition=~Q(**{side: None}), name=f"change_{side}")
                for side in ("amount_before", "amount_after")
            ),
        ]


class ChangeIndex(models.Model):
    """How far the index has come: one row.

    Of each model every version up to ``settled`` is in the index for good; ``marked`` is how far
    the last pass saw, and ``writers`` who was writing history then: once they are done, that is
    settled, and history is complete up to ``marked_at``.
    """

    settled = models.JSONField(default=dict)
    marked = models.JSONField(default=dict)
    writers = models.JSONField(default=list)
    marked_at = models.DateTimeField(null=True)
    complete_until = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()


class SavedSearchQuerySet(AuditedQuerySet):
    """Searches that know whose they are."""

    def visible_to(self, user: AbstractAccount | AnonymousUser) -> Self:
        """A person's own, and those that auditors share with each other."""
        own = Q(owner=user.pk)
        shared = Q(shared_with_auditors=True) if user.has_perm(WATCH) else Q(pk__in=())
        return self.filter(own | shared, active=True) if user.has_perm(SEARCH) else self.none()


class SavedSearch(Audited):
    """A question about history that somebody asks again, kept under a name."""

    shared = True

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=80)
    query = models.TextField(_("filters"), blank=True)
    shared_with_auditors = models.BooleanField(_("shared with the other auditors"), default=False)
    active = models.BooleanField(_("active"), default=True)

    objects: ClassVar[Any] = SavedSearchQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved search")
        verbose_name_plural = _("saved searches")
        ordering = ("name", "pk")
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                "owner",
                "name",
                condition=Q(active=True),
                name="saved_search_once_per_name",
                violation_error_message=_("You have a search of this name already."),
            ),
        ]

    def __str__(self) -> str:
        return self.name
