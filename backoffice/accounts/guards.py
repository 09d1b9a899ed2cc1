"""What the database refuses about accounts: a secret that changes without the mark that history keeps.

One-time codes are a table of their library's, without versions. The account names the device by its
mark, ``NUMBER:HASH``, so no device counts, changes or goes unless the account – and its history – says so.
"""

from backoffice.audit.guards.own import Guard

DEVICES = "otp_totp_totpdevice"
NAMED = (
    "EXISTS (SELECT 1 FROM backoffice_user AS u "
    "WHERE u.id = {0}.user_id AND u.codes_mark LIKE {0}.id || ':%')"
)
GUARDS = (
    Guard(
        name="account_password_is_marked",
        table="backoffice_user",
        verb="UPDATE",
        when="NEW.password <> OLD.password AND NEW.password_mark = OLD.password_mark",
        sentence="A password changes with its mark, which history keeps.",
    ),
    Guard(
        name="one_time_codes_come_with_history",
        table=DEVICES,
        verb="INSERT",
        when="NEW.confirmed",
        sentence="One-time codes count once the account says so.",
    ),
    Guard(
        name="one_time_codes_count_with_history",
        table=DEVICES,
        verb="UPDATE",
        when=(
            f"(NEW.confirmed AND NOT {NAMED.format('NEW')}) OR (OLD.confirmed AND (NOT NEW.confirmed "
            "OR NEW.id <> OLD.id OR NEW.user_id <> OLD.user_id OR NEW.key <> OLD.key "
            "OR NEW.step <> OLD.step OR NEW.t0 <> OLD.t0 OR NEW.digits <> OLD.digits "
            "OR NEW.tolerance <> OLD.tolerance))"
        ),
        sentence="One-time codes count once the account says so, and then they stay as they are.",
    ),
    Guard(
        name="one_time_codes_go_with_history",
        table=DEVICES,
        verb="DELETE",
        when=f"OLD.confirmed AND {NAMED.format('OLD')}",
        sentence="One-time codes stay while the account says that they count.",
    ),
)
