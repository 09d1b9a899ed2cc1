"""Foundations of the back-office, and its front door."""

from backoffice.celery import app as celery_app

__all__ = ["celery_app"]
