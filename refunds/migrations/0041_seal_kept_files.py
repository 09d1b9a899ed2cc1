"""Files that were handed out for batches and kept in clear become ciphertext, in rows and in versions."""

from django.db import migrations

from backoffice.privacy.files import MARK
from backoffice.privacy.migrating import Keys
from backoffice.privacy.signed_before import follow, is_history, unsigned

MODELS = ("BatchFile", "HistoricalBatchFile")


def seal(apps, schema_editor):
    """Each under the key of its batch."""
    keys = Keys(apps)
    for rows, pk in _each(apps, unsigned):
        content, number, store = rows.filter(pk=pk).values_list(
            "content", "batch__number", "batch__store"
        )[0]
        if not bytes(content).startswith(MARK):
            person, cipher = keys.of(f"batch {number}", store)
            name = str(person).encode()
            sealed = MARK + name + b":" + cipher.encrypt(bytes(content), [name])
            rows.filter(pk=pk).update(content=sealed)
            if not is_history(rows.model):
                follow(apps, rows.model, [pk])


def unseal(apps, schema_editor):
    """In clear again; of those whose time was over nothing is left."""
    keys = Keys(apps)
    for rows, pk in _each(apps):
        content = bytes(rows.filter(pk=pk).values_list("content", flat=True)[0])
        name, _colon, body = content.removeprefix(MARK).partition(b":")
        if content.startswith(MARK):
            cipher = keys.cipher_of(int(name))
            clear = cipher.decrypt(body, [name]) if cipher else b""
            rows.filter(pk=pk).update(content=clear)


def _each(apps, which=lambda _apps, rows: rows):
    """One file after the other: each may have a thousand lines."""
    for name in MODELS:
        rows = which(apps, apps.get_model("refunds", name)._base_manager.all())
        for pk in rows.order_by("pk").values_list("pk", flat=True):
            yield rows, pk


class Migration(migrations.Migration):
    dependencies = [("refunds", "0040_seal_files_of_batches")]

    operations = [migrations.RunPython(seal, unseal, elidable=True)]
