"""The page on which a person sets up one-time codes, and takes them away again."""

from base64 import b32encode

import segno
from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_totp.models import TOTPDevice

from backoffice import stepup
from backoffice.actors import person
from backoffice.exceptions import BackofficeError
from backoffice.models import User


class ProofForm(forms.Form):
    """The password, or the code where there is one."""

    secret = forms.CharField(
        max_length=128,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: object, has_code: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # whatever a form takes
        self.fields["secret"].label = secret_label(has_code=has_code)


class CodeForm(forms.Form):
    """The six figures that the telephone shows."""

    code = forms.CharField(
        label=_("The code that the telephone shows"),
        max_length=10,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )


def secret_label(*, has_code: bool) -> str:
    """What a step-up asks for."""
    return gettext("One-time code") if has_code else gettext("Your password")


def second_factor(request: HttpRequest) -> HttpResponse:
    """GET shows how it stands; POST begins (by password), confirms (by code) or removes (by code)."""
    if request.method not in ("GET", "HEAD", "POST"):
        return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
    user = person(request.user).user
    if request.method != "POST":
        return _page(request, user)
    if "code" in request.POST:
        return _confirm(request, user)
    try:
        stepup.prove(user, request.POST.get("secret", ""))
    except BackofficeError as refusal:
        return _page(request, user, refusal=refusal, status=refusal.status)
    if stepup.device_of(user) is None:
        return _page(request, user, waiting=stepup.begin(user))
    stepup.remove(user)
    messages.success(
        request, gettext("One-time codes are removed. Your password proves you again.")
    )
    return redirect("admin:second_factor")


def _confirm(request: HttpRequest, user: User) -> HttpResponse:
    waiting = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    if waiting is None:
        return redirect("admin:second_factor")
    if not stepup.confirm(user, request.POST["code"]):
        return _page(request, user, waiting=waiting, refusal=stepup.WrongCode(), status=403)
    messages.success(request, gettext("One-time codes are set up. They are asked for from now on."))
    return redirect("admin:second_factor")


def _page(
    request: HttpRequest,
    user: User,
    *,
    waiting: TOTPDevice | None = None,
    refusal: BackofficeError | None = None,
    status: int = 200,
) -> HttpResponse:
    has_code = stepup.device_of(user) is not None
    context = {
        **admin.site.each_context(request),
        "title": _("One-time codes"),
        "has_code": has_code,
        "waiting": waiting,
        "picture": _picture(waiting) if waiting else "",
        "secret": _readable(waiting) if waiting else "",
        "form": CodeForm() if waiting else ProofForm(has_code=has_code),
        "refusal": refusal,
    }
    return TemplateResponse(request, "backoffice/second_factor.html", context, status=status)


def _picture(device: TOTPDevice) -> SafeString:
    """The secret for a telephone's camera; drawn here, sent to nobody."""
    code = segno.make(device.config_url, error="m")
    return mark_safe(code.svg_inline(scale=4, border=2, light="#fff"))  # noqa: S308 - ours


def _readable(device: TOTPDevice) -> str:
    """The secret for people who type it, in groups of four."""
    text = b32encode(device.bin_key).decode().rstrip("=")
    return " ".join(text[n : n + 4] for n in range(0, len(text), 4))
