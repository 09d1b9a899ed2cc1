"""Files whose every copy is ciphertext: ``sealed1:PERSON:`` and the bytes, under a key of their own or a person's.

Whoever destroys the key has deleted the file, in the row and in every version and backup of it.
"""

from backoffice.privacy.keys import Subject, current_ring, keys_of

MARK = b"sealed1:"


def close_file(content: bytes, subject: Subject) -> bytes:
    """``content`` under the key of ``subject``, which is made if there is none."""
    person, cipher = keys_of([subject])[subject]
    name = str(person).encode()
    return MARK + name + b":" + cipher.encrypt(content, [name])


def open_file(kept: bytes) -> bytes | None:
    """The content; ``None`` once its key was destroyed. Raises ``ValueError`` for what nobody sealed."""
    from cryptography.exceptions import InvalidTag  # loaded with the first key, as in ``sealed``

    if not kept.startswith(MARK):
        raise ValueError("This is no sealed file.")
    name, _colon, body = kept.removeprefix(MARK).partition(b":")
    cipher = current_ring().of(int(name)).cipher
    if cipher is None:
        return None
    try:
        return cipher.decrypt(body, [name])
    except InvalidTag:
        raise ValueError("This is not what was sealed.") from None
