"""Files that were handed out for batches are sealed under keys of the batches: what they are called."""

from django.db import migrations, models

CONTENT = "Sealed under the key of the batch."
SHA256 = "Of what was handed out."


def column(model, name, field):
    return migrations.AlterField(model_name=model, name=name, field=field)


class Migration(migrations.Migration):
    dependencies = [("refunds", "0039_forget_where_results_say")]

    operations = [
        operation
        for model in ("batchfile", "historicalbatchfile")
        for operation in (
            column(model, "content", models.BinaryField(help_text=CONTENT, verbose_name="content")),
            column(
                model,
                "sha256",
                models.CharField(help_text=SHA256, max_length=64, verbose_name="SHA-256"),
            ),
        )
    ]
