"""Every address: the admin, the language switch, health, the public guides."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from backoffice.health import healthz

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", healthz, name="healthz"),
    path("", include("refunds.urls")),
]

handler403 = "backoffice.views.forbidden"
handler404 = "backoffice.views.missing"
handler500 = "backoffice.views.broken"
