"""How the foundations start."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class BackofficeConfig(AppConfig):
    """The foundations."""

    name = "backoffice"
    verbose_name = _("Back-office")

    def import_models(self) -> None:
        """People come first; the rows of the others are visible to those who are asked for."""
        super().import_models()
        import_module("backoffice.exporting.models")
        import_module("backoffice.audit.log.models")
        import_module("backoffice.audit.search.models")
        import_module("backoffice.privacy.models")
        import_module("backoffice.privacy.rules")

    def ready(self) -> None:
        """Register what other apps ask for."""
        from django.db.models.signals import post_migrate, pre_migrate

        from backoffice.install import install_after_migrate, lift_before_migrate

        pre_migrate.connect(lift_before_migrate, dispatch_uid="backoffice.lift")
        post_migrate.connect(install_after_migrate, dispatch_uid="backoffice.install")
        _register_accounts()
        _register_exports()
        _register_log()
        _register_privacy()
        _register_search()


def _register_exports() -> None:
    """Exports are made, and files that nobody names are swept, at the tick."""
    from backoffice.exporting.running import look_for_exports
    from backoffice.strays import sweep_now_and_then
    from backoffice.tasks import register_tick_work

    register_tick_work(look_for_exports)
    register_tick_work(sweep_now_and_then)


def _register_log() -> None:
    """The log of history: only added to, checked at the start, watched at the tick."""
    from django.core import checks

    from backoffice.audit.append_only import register_append_only
    from backoffice.audit.log.checks import (
        history_is_signed,
        keys_can_be_read,
        layouts_are_up_to_date,
    )
    from backoffice.audit.log.models import Anchoring, Checkpoint, Leaf, Node
    from backoffice.audit.log.standing import health as log_health
    from backoffice.audit.log.watching import watch_now_and_then
    from backoffice.health import register_detail
    from backoffice.tasks import register_tick_work

    for model in (Leaf, Node, Checkpoint, Anchoring):
        register_append_only(model)
    register_detail("history_log", log_health)
    register_tick_work(watch_now_and_then)
    checks.register(layouts_are_up_to_date)
    checks.register(keys_can_be_read)
    checks.register(history_is_signed, deploy=True)


def _register_privacy() -> None:
    """Readings are kept, keys are destroyed for good, rules are applied at the tick."""
    from django.core import checks

    from backoffice.audit.append_only import register_append_only
    from backoffice.audit.guards.own import register_guard
    from backoffice.privacy.checks import a_master_key_is_set
    from backoffice.privacy.guards import DESTROYED_FOR_GOOD
    from backoffice.privacy.models import SensitiveRead
    from backoffice.privacy.retention import apply_now_and_then
    from backoffice.tasks import register_tick_work

    register_append_only(SensitiveRead)
    register_guard(DESTROYED_FOR_GOOD)
    register_tick_work(apply_now_and_then)
    checks.register(a_master_key_is_set, deploy=True)


def _register_search() -> None:
    """The index of changes follows history at the tick; what the program does about itself is passed over."""
    from backoffice.audit.log.models import LogAlarm, Verification
    from backoffice.audit.search.asking import register_housekeeping
    from backoffice.audit.search.indexing import index_at_tick
    from backoffice.exporting.models import ExportRun
    from backoffice.tasks import register_tick_work

    register_housekeeping(Verification, LogAlarm, ExportRun)
    register_tick_work(index_at_tick)


def _register_accounts() -> None:
    """What the database keeps of accounts and roles, and how their history reads."""
    from backoffice import permission_words
    from backoffice.accounts import broken, guards, words
    from backoffice.audit.guards.own import register_guard
    from backoffice.audit.search.acts import register_acts
    from backoffice.audit.timeline import register_action_labels, register_teller
    from backoffice.audit.verify import register_look
    from backoffice.models import InstalledRole, User

    for guard in guards.GUARDS:
        register_guard(guard)
    register_look(broken.broken_marks)
    register_action_labels(words.LABELS.get)
    register_acts(words.LABELS.items)
    for field in ("password_mark", "codes_mark"):
        register_teller(User, field, words.tell_mark)
    register_teller(User, "person", words.tell_person)
    register_teller(InstalledRole, "permissions", permission_words.tell_permissions)


class BackofficeAdminConfig(AdminConfig):
    """Django's admin with the back-office's own site as the default one."""

    default_site = "backoffice.admin.site.BackofficeSite"

    def ready(self) -> None:
        """Register what other apps ask for."""
        super().ready()
        from django.contrib import admin
        from django.contrib.auth.models import Group
        from django_otp.plugins.otp_totp.models import TOTPDevice

        from backoffice.admin import (  # noqa: F401 - importing registers their pages
            audit_home,
            changes,
            export_runs,
            history_log,
            installed_roles,
            people,
            readings,
            retention,
        )

        audit_home.register()
        admin.site.unregister(
            TOTPDevice
        )  # its pages show the secret: people have a page of their own
        admin.site.unregister(Group)  # permissions come from the table of roles, never from groups
