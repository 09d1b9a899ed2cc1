"""The public pages of the refund desk, and where payment providers call."""

from django.urls import path

from refunds.gateways.hooks import hook
from refunds.guide.views import guide

urlpatterns = [
    path("guide/<str:code>/", guide, name="guide"),
    path("guide/<str:code>/<slug:language>/", guide, name="guide_in"),
    path("hooks/<slug:provider>/", hook, name="hook"),
]
