"""Lists as files, as a person gets them: asked for on the form, written by a worker, taken away."""

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.files.storage import default_storage
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.exporting.asking import ask
from backoffice.exporting.models import ExportRun
from backoffice.exporting.running import carry_on
from backoffice.models import User

FORMATS = {"csv": "0", "xlsx": "1", "zip": "2"}


def resource_of(model: str) -> Any:
    """What a list offers to export, by its model's label."""
    return admin.site.get_model_admin(apps.get_model(model)).resource_classes[0]


def form_of(model: str, file_format: str = "csv", *columns: str) -> dict[str, str]:
    """The export form as a browser sends it, with these columns ticked, or all."""
    resource = resource_of(model)
    names = columns or resource._meta.export_order
    ticked = {f"{resource.__name__.lower()}_{name}": "on" for name in names}
    return {"format": FORMATS[file_format], "resource": "0", **ticked}


def page(model: str, query: str = "") -> str:
    """The address of a list's export form."""
    return reverse(f"admin:{model.replace('.', '_')}_export") + (f"?{query}" if query else "")


def address(run: ExportRun, name: str = "change") -> str:
    """The address of one of an export's pages."""
    return reverse(f"admin:backoffice_exportrun_{name}", args=[run.pk])


def asked_for(client: Client, model: str, file_format: str = "csv", query: str = "") -> ExportRun:
    """The export that the form made."""
    answer = client.post(page(model, query), form_of(model, file_format))
    run = ExportRun.objects.latest("pk")
    assert (answer.status_code, answer["Location"]) == (302, address(run))
    return run


def written(run: ExportRun) -> ExportRun:
    """The export after a worker looked."""
    carry_on(run)
    return ExportRun.objects.get(pk=run.pk)


def content_of(run: ExportRun) -> bytes:
    """What the kept file holds."""
    with default_storage.open(run.file.name) as file:
        return file.read()


def exported(client: Client, model: str, file_format: str = "csv", query: str = "") -> bytes:
    """The file, all the way from the form to the download."""
    run = written(asked_for(client, model, file_format, query))
    answer = client.post(address(run, "download"))
    assert answer.status_code == 200, run.message
    return b"".join(answer.streaming_content)


def ask_for(user: User, model: str, file_format: str = "csv", query: str = "") -> ExportRun:
    """An export of all columns, asked for by ``user`` without the pages."""
    return ask(
        list_of=apps.get_model(model),
        query=QueryDict(query).urlencode(),
        columns=resource_of(model)._meta.export_order,
        file_format=file_format,
        actor=person(user),
    )


def made_for(user: User, model: str, file_format: str = "csv", query: str = "") -> ExportRun:
    """The same, made by a worker."""
    return written(ask_for(user, model, file_format, query))
