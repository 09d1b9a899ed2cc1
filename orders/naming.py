"""Buyers by their name: for those who may see names, and nobody else."""

from django.db.models import QuerySet
from django.http import HttpRequest

from backoffice.among import AmongTexts
from backoffice.models import User
from backoffice.privacy.names import named
from backoffice.privacy.reading import SEE
from orders.models import Buyer


def buyers_named(text: str, user: User) -> QuerySet[Buyer]:
    """The buyers of ``text``'s name in the stores where ``user`` may see it; finding out is seeing."""
    seen = Buyer.objects.within(user, SEE)
    subjects = named(text) if user.has_perm(SEE) else []
    if not subjects:
        return seen.none()
    codes = {subject.partition("/")[2] for subject in subjects}
    found = seen.filter(AmongTexts("code", codes)).values_list("pk", "store", "code")
    keys = [pk for pk, store, code in found if f"buyer {store}/{code}" in subjects]
    return seen.filter(pk__in=keys)


class SearchByName:
    """A list that is searched by the buyer's name, too: the whole of it, or a word."""

    buyer_path = "buyer"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """What the fields find, and what belongs to a buyer of that name."""
        found, may_repeat = super().get_search_results(  # type: ignore[misc]  # a mixin
            request, queryset, search_term
        )
        buyers = buyers_named(search_term, request.user)  # type: ignore[arg-type]  # signed in
        if search_term and buyers:
            found = found | queryset.filter(**{f"{self.buyer_path}__in": list(buyers)})
        return found, may_repeat
