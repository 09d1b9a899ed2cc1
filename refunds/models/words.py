"""The words that cases, policies and clocks share."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(models.TextChoices):
    """What the buyer asks for."""

    REFUND_ONLY = "refund_only", _("Refund only")
    RETURN_REFUND = "return_refund", _("Return and refund")
    EXCHANGE = "exchange", _("Exchange")
    COMPENSATION = "compensation", _("Compensation")


class Stage(models.TextChoices):
    """How far the goods were when the case was requested."""

    NOT_SHIPPED = "not_shipped", _("Not shipped")
    SHIPPED = "shipped", _("Shipped, not received")
    RECEIVED = "received", _("Received")


class Party(models.TextChoices):
    """Who speaks or shows something in a case."""

    BUYER = "buyer", _("buyer")
    STORE = "store", _("store")
    PLATFORM = "platform", _("platform")


class Bearer(models.TextChoices):
    """Who bears the cost of what the buyer gets."""

    REASON = "reason", pgettext_lazy("bearer", "Whoever the reason holds liable")
    STORE = "store", pgettext_lazy("bearer", "Store")
    SUPPLIER = "supplier", pgettext_lazy("bearer", "Supplier")
    CARRIER = "carrier", pgettext_lazy("bearer", "Carrier")
    PLATFORM = "platform", pgettext_lazy("bearer", "Platform")
    BUYER = "buyer", pgettext_lazy("bearer", "Buyer")


class Clock(models.TextChoices):
    """What a case's running clock waits for."""

    REVIEW = "review", _("The store reviews")
    SHIP_BACK = "ship_back", _("The buyer sends the goods back")
    INSPECT = "inspect", _("The store inspects the return")
    OFFER = "offer", _("The buyer answers an offer")
    ESCALATE = "escalate", _("The buyer may escalate")
    ARBITRATE = "arbitrate", _("The platform decides")
    APPEAL = "appeal", _("The merchant may appeal")
    ADVANCE = "advance", _("The platform decides about the advance")


class PauseCause(models.TextChoices):
    """Why a clock may stand still."""

    EVIDENCE = "evidence", _("Evidence was asked for")
    STOCK_CHECK = "stock_check", _("Stock is being checked")
    INTERCEPTION = "interception", _("The parcel is being intercepted")
    HOLIDAY = "holiday", _("Holiday notice")
    CARRIER = "carrier", _("The carrier failed")
    OFFER = "offer", _("The buyer answers an offer")
    DISPUTE = "dispute", _("The inspection is disputed")
    APPRAISAL = "appraisal", _("The goods are being appraised")


class Stopped(models.TextChoices):
    """What became of goods that were still here, or under way, when their refund was approved."""

    STOPPED = "stopped", _("Stopped: the goods are here")
    GONE = "gone", _("Not stopped: the goods are with the buyer")


class Risk(models.TextChoices):
    """How much care a buyer's request deserves: a hint to people, never a refusal."""

    LOW = "low", pgettext_lazy("risk", "Low")
    MEDIUM = "medium", pgettext_lazy("risk", "Medium")
    HIGH = "high", pgettext_lazy("risk", "High")


class DecidedBy(models.TextChoices):
    """Who fixed what the buyer gets."""

    PERSON = "person", pgettext_lazy("decided by", "A person")
    TIMER = "timer", pgettext_lazy("decided by", "The timer")
    RULE = "rule", pgettext_lazy("decided by", "A rule, at once")
    PLATFORM = "platform", pgettext_lazy("decided by", "The platform's verdict")


class PayBy(models.TextChoices):
    """How a buyer gets the money back."""

    ORIGINAL = "original", _("Original route")
    BANK = "bank", _("Bank transfer")
    CREDIT = "credit", _("Store credit")
