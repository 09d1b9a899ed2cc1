"""Empty the index of history, before it gets columns: the next passes draw it anew from the versions."""

from django.db import migrations


def empty(apps, schema_editor):
    """The index, and how far it had come."""
    entries = apps.get_model("backoffice", "ChangeEntry")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"TRUNCATE {entries._meta.db_table}")
    else:
        entries._base_manager.all().delete()
    apps.get_model("backoffice", "ChangeIndex")._base_manager.all().delete()


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0009_alarms_about_history")]

    # Backwards as well: the passes of the version before fill what is empty.
    operations = [migrations.RunPython(empty, empty, elidable=True)]
