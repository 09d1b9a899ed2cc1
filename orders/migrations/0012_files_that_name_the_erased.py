"""An erasing says whether all uploaded files were looked through, and how many went. Earlier ones are done now."""

from django.db import migrations, models

FILES = models.PositiveIntegerField(
    default=0, help_text="That named the buyer beside others.", verbose_name="uploaded files deleted"
)
LOOKED = models.DateTimeField(
    blank=True,
    help_text="Empty: not all of them were, or one that names the buyer waits for a person.",
    null=True,
    verbose_name="uploaded files looked through at",
)


class Migration(migrations.Migration):
    dependencies = [("orders", "0011_sentences_as_texts")]

    operations = [
        *(
            migrations.AddField(model_name=model, name=name, field=field)
            for model in ("erasure", "historicalerasure")
            for name, field in (("uploads", FILES), ("uploads_at", LOOKED))
        ),
        migrations.AddConstraint(
            model_name="erasure",
            constraint=models.CheckConstraint(
                condition=models.Q(("uploads_at", None), ("state", "done"), _connector="OR"),
                name="erasure_uploads_after_it",
            ),
        ),
    ]
