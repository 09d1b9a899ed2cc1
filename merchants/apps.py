"""How the merchants' app starts."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MerchantsConfig(AppConfig):
    """Memberships give the grants; suppliers get a panel, and a form to be assessed with."""

    name = "merchants"
    verbose_name = _("Merchants")

    def ready(self) -> None:
        """Register with the foundations."""
        from backoffice.access import register_grants
        from backoffice.admin.home import register_panel
        from backoffice.audit.search.acts import register_acts
        from backoffice.audit.search.places import register_stores
        from backoffice.audit.timeline import register_action_labels, register_teller
        from backoffice.install import register_defaults
        from merchants.assessments import REVIEW
        from merchants.labels import LABELS, action_label, tell_answer, tell_grade_reason
        from merchants.memberships import grants_of
        from merchants.models import Answer, Assessment, Store
        from merchants.panels import supplier_panel
        from merchants.scorecard import install_scorecard

        register_grants(grants_of)
        register_defaults(install_scorecard)
        register_action_labels(action_label)
        register_acts(LABELS.items)
        register_stores(lambda user: Store.objects.visible_to(user).values_list("pk", "name"))
        register_teller(Answer, "value", tell_answer)
        register_teller(Assessment, "grade_reason", tell_grade_reason)
        register_panel(supplier_panel, permission=REVIEW, order=60)
