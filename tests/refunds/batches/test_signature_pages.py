"""What the pages say of signatures, and to whom."""

from django.test import Client
from django.urls import reverse

from backoffice.actors import person
from backoffice.models import User
from tests.cast import Cast
from tests.refunds.batches.signing import limit, link
from tests.refunds.money import give_role, release, sealed_batch


def test_the_page_says_what_is_missing(client: Client, cast: Cast, two: tuple[User, User]) -> None:
    limit()
    batch = sealed_batch(cast, "60.00")
    client.force_login(cast.finance)
    page = reverse("admin:refunds_refundbatch_change", args=[batch.pk])
    assert "two signatures of two other people" in client.get(page).content.decode()
    release(batch_id=batch.pk, actor=person(two[0]))
    text = client.get(page).content.decode()
    assert "a second signature" in text
    assert "First signature" in text


def test_the_home_page_asks_only_those_who_may_sign(
    client: Client, cast: Cast, two: tuple[User, User]
) -> None:
    limit()
    batch = sealed_batch(cast, "60.00")

    def asked(user: User) -> bool:
        client.force_login(user)
        return batch.number in client.get(reverse("admin:index")).content.decode()

    assert [asked(user) for user in two] == [True, True]
    release(batch_id=batch.pk, actor=person(two[0]))
    assert [asked(user) for user in two] == [False, True]
    link(two[0], two[1])  # two accounts of one person
    assert not asked(two[1])
    link(cast.finance, give_role(cast, "manager", "checker"))
    assert not asked(cast.manager)
