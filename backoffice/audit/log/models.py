"""The log's own tables: leaves, nodes, checkpoints and where they were anchored, and verifications.

Their rows are written once, as those that they prove. Nothing in them is trusted by the verifier, which
reads history itself and the anchors outside.
"""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.audit.models import Audited


class LogRow(models.Model):
    """A row of the log itself."""

    class Meta:
        abstract = True


class Leaf(LogRow):
    """One row of history at its place in the tree.

    ``marks`` are two bytes of each column: too few to prove anything, enough to name a column that changed.
    """

    index = models.BigIntegerField(primary_key=True)
    source = models.IntegerField()
    row = models.BigIntegerField()
    layout = models.PositiveSmallIntegerField()
    hash = models.BinaryField(max_length=32)
    marks = models.BinaryField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["source", "row"], name="log_leaf_once_per_row"),
            models.CheckConstraint(
                name="log_leaf_counts_from_zero", condition=models.Q(index__gte=0)
            ),
        ]


class Node(LogRow):
    """The hash of a whole subtree: of 256 leaves at level 1, of 256 such nodes at level 2, and so on."""

    level = models.PositiveSmallIntegerField()
    number = models.BigIntegerField()
    hash = models.BinaryField(max_length=32)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["level", "number"], name="log_node_once"),
        ]


class Checkpoint(LogRow):
    """The tree's root at some size, signed: the note is in C2SP's checkpoint format."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField(max_length=32)
    at = models.DateTimeField()
    note = models.TextField()

    class Meta:
        default_permissions = ()
        ordering = ("size",)


class Anchoring(LogRow):
    """That a checkpoint was left at an anchor outside of this database."""

    checkpoint = models.ForeignKey(Checkpoint, models.PROTECT, related_name="anchorings")
    anchor = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["checkpoint", "anchor"], name="log_anchored_once"),
        ]


class Watermark(models.Model):
    """Up to which row of a table everything is in the log, and what the next such row waits for.

    It only saves reading: a wrong one makes the sequencer slow or late, and the verifier finds what it missed.
    """

    source = models.IntegerField(primary_key=True)
    complete = models.BigIntegerField(default=0)
    candidate = models.BigIntegerField(default=0)
    waits_for = models.JSONField(default=list)

    class Meta:
        default_permissions = ()


class Verification(Audited):
    """History, verified in the background because somebody asked or it was time, and what was found.

    The row is the job: whoever finds it waiting carries on with it.
    """

    shared = True

    class State(models.TextChoices):
        ASKED = "asked", pgettext_lazy("verification", "Waiting")
        RUNNING = "running", pgettext_lazy("verification", "Running")
        HOLDS = "holds", pgettext_lazy("verification", "History holds")
        BROKEN = "broken", pgettext_lazy("verification", "Does not hold")
        UNCLEAR = "unclear", pgettext_lazy("verification", "Not all compared")
        FAILED = "failed", pgettext_lazy("verification", "Did not come to an end")

    WAITING = (State.ASKED, State.RUNNING)

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    asked_at = models.DateTimeField(_("asked for at"))
    since = models.BigIntegerField(
        _("since row"), default=0, help_text=_("0: all of history, from its beginning.")
    )
    state = models.CharField(
        _("state"), max_length=20, choices=State.choices, default=State.ASKED, db_index=True
    )
    language = models.CharField(
        _("language"), max_length=10, blank=True, help_text=_("Of findings that were kept as text.")
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    leaves = models.BigIntegerField(_("rows of history"), default=0)
    checkpoints = models.BigIntegerField(_("checkpoints"), default=0)
    size = models.BigIntegerField(
        _("size"), default=0, help_text=_("Of the last checkpoint that came out.")
    )
    rows = models.BigIntegerField(_("rows"), default=0)
    found = models.PositiveIntegerField(_("findings"), default=0)
    findings = models.JSONField(
        _("what was found"), default=list, blank=True, help_text=_("The first hundred.")
    )
    message = models.TextField(_("message"), blank=True)

    class Meta:
        verbose_name = _("verification of history")
        verbose_name_plural = _("verifications of history")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions: ClassVar = [
            ("verify_history", _("Can have history verified")),
            ("take_proof", _("Can take proofs of history")),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class LogAlarm(Audited):
    """Something about history that needs a person: told until it is over, and never forgotten.

    ``about`` is what kind of thing: a verification's number, an anchor.
    """

    shared = True

    class Kind(models.TextChoices):
        """What is wrong; ``%(about)s`` is filled in from the row."""

        BROKEN = "broken", _("History does not hold: look at verification %(about)s.")
        UNCLEAR = "unclear", _("Verification %(about)s could not read every anchor.")
        FAILED = "failed", _("Verification %(about)s did not come to its end.")
        OVERDUE = "overdue", _("All of history has not been verified for too long.")
        LATE = "late", _("Rows of history wait too long for their checkpoint.")
        FORKED = "forked", _("No checkpoint is signed: what is stored does not continue the last.")
        ANCHOR = "anchor", _("The anchor %(about)s does not take checkpoints.")

    kind = models.CharField(pgettext_lazy("alarm", "kind"), max_length=10, choices=Kind.choices)
    about = models.CharField(_("about"), max_length=300, blank=True)
    found_at = models.DateTimeField(_("found at"))
    gone_at = models.DateTimeField(_("gone at"), null=True, blank=True)
    mailed_at = models.DateTimeField(_("mailed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("alarm about history")
        verbose_name_plural = _("alarms about history")
        ordering = ("-pk",)
        default_permissions = ("view",)
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about"],
                condition=models.Q(gone_at=None),
                name="history_alarm_once",
            )
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display()) % {"about": self.about}
