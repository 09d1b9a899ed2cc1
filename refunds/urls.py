"""The public pages of the refund desk."""

from django.urls import path

from refunds.guide.views import guide

urlpatterns = [
    path("guide/<str:code>/", guide, name="guide"),
    path("guide/<str:code>/<slug:language>/", guide, name="guide_in"),
]
