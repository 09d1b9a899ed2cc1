"""What the offline script is made of: signatures by RFC 8032, keys as C2SP writes them, values as a row has them."""

import base64
import hashlib

import pytest

from backoffice.audit.log.offline.verify import ORDER, P, is_signed, plain, point_of, read_key

pytestmark = pytest.mark.once

# RFC 8032, section 7.1, tests 1 and 2: key, text, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]
KEY, TEXT, SIGNATURE = map(bytes.fromhex, VECTORS[1])


@pytest.mark.parametrize("vector", VECTORS)
def test_signatures_of_the_standard_hold_and_a_changed_bit_does_not(
    vector: tuple[str, ...],
) -> None:
    key, text, signature = map(bytes.fromhex, vector)
    assert is_signed(key, text, signature)
    for place in range(len(signature)):
        changed = bytearray(signature)
        changed[place] ^= 1
        if place % 9 == 0:
            assert not is_signed(key, text, bytes(changed))
    assert not is_signed(key, text + b"\0", signature)


def test_a_signature_is_written_in_one_way_only() -> None:
    larger = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    assert not is_signed(KEY, TEXT, SIGNATURE[:32] + larger.to_bytes(32, "little"))
    assert not is_signed(KEY, TEXT, SIGNATURE + b"\0")
    assert not is_signed(KEY + b"\0", TEXT, SIGNATURE)


@pytest.mark.parametrize("number", [P + 1, 1 + (1 << 255), 2])
def test_what_is_no_point_or_one_written_otherwise_is_none(number: int) -> None:
    data = number.to_bytes(32, "little")
    assert point_of(data) is None
    assert not is_signed(data, TEXT, SIGNATURE)
    assert not is_signed(KEY, TEXT, data + SIGNATURE[32:])


def written(data: bytes, name: str = "shop/history", of: str = "shop/history") -> str:
    """A public key as C2SP writes it, with the short name of ``of``."""
    short = hashlib.sha256(f"{of}\n".encode() + data).digest()[:4].hex()
    return f"{name}+{short}+{base64.b64encode(data).decode()}"


def test_a_key_is_read_with_its_name() -> None:
    name, short, key = read_key(written(b"\x01" + KEY))
    assert (name, len(short), key) == ("shop/history", 4, KEY)


@pytest.mark.parametrize(
    "text",
    [
        written(b"\x02" + KEY),
        written(b"\x01" + KEY[:-1]),
        written(b"\x01" + KEY, of="another/history"),
    ],
    ids=["of another kind", "too short", "under another name"],
)
def test_a_key_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="This is no public key"):
        read_key(text)


def test_a_value_is_read_as_it_was_before_it_was_escaped() -> None:
    assert plain("\\N") is None
    assert plain("\\\\N") == "\\N"
    assert plain("a\\tb\\\\c\\n") == "a\tb\\c\n"
    assert plain("") == ""
