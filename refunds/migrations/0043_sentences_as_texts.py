"""What is kept as a text stays one, and is read as before. On the way back sentences become texts again."""

from django.db import migrations

from backoffice.sentences import write_out

MODELS = ("RequestProblem", "ResultProblem", "StatementProblem")


def to_texts(apps, schema_editor):
    """Each sentence in the installation's own language, cut to what the columns held."""
    for name in MODELS:
        rows = apps.get_model("refunds", name)._base_manager.all()
        write_out(rows, {"field": 60, "message": 400})


class Migration(migrations.Migration):
    dependencies = [("refunds", "0042_sentences_of_problems")]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, to_texts, elidable=True),
    ]
