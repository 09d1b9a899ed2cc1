"""Marks: what history keeps of a secret. A mark changes with its secret, and tells nothing else of it."""

from hashlib import sha256
from typing import Any

from django.db import models


def mark_of(secret: str) -> str:
    """The mark of a password's hash or of a key; of nothing, nothing.

    Both are so random that nobody finds them by trying: a hash of either gives neither away.
    """
    return sha256(secret.encode()).hexdigest() if secret else ""


class MarkField(models.CharField):
    """The mark of a secret. Where the secret is column ``of`` of the same row, it follows by itself."""

    sensitive = True  # copied into no index

    def __init__(self, *args: Any, of: str = "", **kwargs: Any) -> None:
        self.of = of
        kwargs = {"max_length": 100, "blank": True, "editable": False, **kwargs}
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """How migrations write it down."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, **({"of": self.of} if self.of else {})}

    def pre_save(self, model_instance: Any, add: bool) -> Any:
        """The mark of the secret as it is being saved; a version has the mark, and no secret."""
        secret = model_instance.__dict__.get(self.of)
        if secret is not None:
            setattr(model_instance, self.attname, mark_of(secret))
        return super().pre_save(model_instance, add)
