"""Merchants, stores and the people who sign in to the demo."""

from collections.abc import Iterator
from dataclasses import dataclass

from backoffice.accounts.words import SET_PASSWORD
from backoffice.actors import person
from backoffice.audit.recording import recorded
from backoffice.models import User
from merchants.models import Membership, Merchant, Store

RETURNS = (
    "请保持原包装，附上订单号，勿寄到付。"
    "Keep the packaging, put the order number in, and do not send freight collect."
)
PASSWORD = "demo"  # noqa: S105 – the demo's, told to everybody
# user name, given name, family name, role, where: a store's code, a merchant's code, or everywhere
PEOPLE = [
    ("staff", "Mei", "Lin", "staff", "aurora-home"),
    ("manager", "Wei", "Zhang", "manager", "aurora-home"),
    ("supervisor", "Lan", "Zhou", "supervisor", "aurora-home"),
    ("legal", "Bo", "He", "legal", "aurora-home"),
    ("staff2", "Hana", "Sato", "staff", "lanshan-tea"),
    ("finance", "Jun", "Chen", "finance", "aurora"),
    ("checker", "Ying", "Wang", "checker", "aurora"),
    ("checker2", "Tao", "Xu", "checker", "aurora"),
    ("auditor", "Robin", "Weiss", "auditor", ""),
    ("platform", "Alex", "Moreau", "platform", ""),
]


@dataclass(frozen=True)
class Stores:
    """The demo's three stores: two of Aurora's, one of Lanshan's."""

    home: Store
    outdoor: Store
    tea: Store

    def __iter__(self) -> Iterator[Store]:
        return iter((self.home, self.outdoor, self.tea))


def make_stores() -> Stores:
    """Two merchants, three stores on two channels."""
    aurora = Merchant.objects.create(code="aurora", name="极光家居 Aurora Living")
    lanshan = Merchant.objects.create(code="lanshan", name="岚山茶业 Lanshan Tea")
    return Stores(
        home=Store.objects.create(
            merchant=aurora,
            code="aurora-home",
            name="极光家居旗舰店 Aurora Home",
            channel="tmall",
            account="6222020200000417",
            return_address="极光家居退货组 021-5555 0417，上海市嘉定区江桥镇华江路88号3号库",
            return_instructions=RETURNS,
        ),
        outdoor=Store.objects.create(
            merchant=aurora,
            code="aurora-outdoor",
            name="极光户外专营店 Aurora Outdoor",
            channel="jd",
            account="6222020200000425",
            return_address="极光户外退货组 021-5555 0425，上海市嘉定区江桥镇华江路88号5号库",
            return_instructions=RETURNS,
        ),
        tea=Store.objects.create(
            merchant=lanshan,
            code="lanshan-tea",
            name="岚山茶业官方旗舰店 Lanshan Tea",
            channel="tmall",
            account="6217000000008803",
            return_address="岚山茶业售后 0571-5555 8803,杭州市西湖区龙井路 1 号",
            return_instructions=RETURNS,
        ),
    )


def make_people() -> dict[str, User]:
    """One account per role, and a second checker, each with the password “demo”."""
    return {name: _person(name, *rest) for name, *rest in PEOPLE}


def _person(name: str, given: str, family: str, role: str, place: str) -> User:
    user = User.objects.create_user(
        name, f"{name}@example.com", PASSWORD, first_name=given, last_name=family
    )
    Membership.objects.create(
        user=user,
        role=role,
        store=Store.objects.filter(code=place).first(),
        merchant=Merchant.objects.filter(code=place).first(),
    )
    return user


def change_accounts(who: dict[str, User]) -> None:
    """What the platform does to accounts, so that their history has something to tell."""
    with recorded(person(who["platform"]), "Goes by the family name of the marriage."):
        who["staff2"].last_name, who["staff2"].email = "Tanaka", "hana.tanaka@example.com"
        who["staff2"].save()
    with recorded(person(who["platform"]), "Forgot it on holiday.", SET_PASSWORD):
        who["supervisor"].set_password(PASSWORD)
        who["supervisor"].save()
