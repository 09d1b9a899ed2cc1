"""The tree is the one of RFC 6962: the vectors of Certificate Transparency, and every proof of small trees."""

import random
from hashlib import sha256

import pytest

from backoffice.audit.log import merkle
from backoffice.audit.log.merkle import Frontier, Part

pytestmark = pytest.mark.once

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 3): ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"],
    (1, 5): [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
}
HASHES = [merkle.leaf_hash(leaf) for leaf in LEAVES]


def by_the_book(hashes: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not hashes:
        return sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return sha256(b"\x01" + by_the_book(hashes[:k]) + by_the_book(hashes[k:])).digest()


def prove(hashes: list[bytes], parts: list[Part]) -> list[bytes]:
    return [by_the_book(hashes[start:end]) for start, end in parts]


def grown(hashes: list[bytes], *steps: int) -> Frontier:
    edge = Frontier()
    for step in steps:
        edge.extend(hashes[edge.size : edge.size + step])
    edge.extend(hashes[edge.size :])
    return edge


@pytest.mark.parametrize("size", ROOTS)
def test_roots_are_those_of_the_well_known_vectors(size: int) -> None:
    assert grown(HASHES[:size]).root().hex() == ROOTS[size]
    assert by_the_book(HASHES[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_inclusion_proofs_are_those_of_the_well_known_vectors(index: int, size: int) -> None:
    proof = prove(HASHES, merkle.inclusion_parts(index, size))
    assert [hashed.hex() for hashed in proof] == INCLUSION[index, size]


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_consistency_proofs_are_those_of_the_well_known_vectors(old: int, new: int) -> None:
    proof = prove(HASHES, merkle.consistency_parts(old, new))
    assert [hashed.hex() for hashed in proof] == CONSISTENCY[old, new]


def test_every_leaf_of_every_small_tree_is_proven_and_no_other_is() -> None:
    hashes = [merkle.leaf_hash(bytes([n])) for n in range(40)]
    for size in range(1, 41):
        root = by_the_book(hashes[:size])
        for index in range(size):
            proof = prove(hashes, merkle.inclusion_parts(index, size))
            assert merkle.root_from_inclusion(index, size, hashes[index], proof) == root
            assert merkle.root_from_inclusion(index, size, hashes[-index - 1], proof) != root or (
                hashes[-index - 1] == hashes[index]
            )
            with pytest.raises(ValueError, match="as many hashes"):
                merkle.root_from_inclusion(index, size, hashes[index], [*proof, root])


def test_every_small_tree_is_the_beginning_of_every_larger_one_and_no_other_tree_is() -> None:
    hashes = [merkle.leaf_hash(bytes([n])) for n in range(40)]
    other = by_the_book(hashes[::-1])
    for new in range(41):
        root = by_the_book(hashes[:new])
        for old in range(new + 1):
            start, proof = (
                by_the_book(hashes[:old]),
                prove(hashes, merkle.consistency_parts(old, new)),
            )
            assert merkle.is_consistent(old, new, start, root, proof)
            assert not merkle.is_consistent(old, new, other, root, proof)
            assert old == 0 or not merkle.is_consistent(old, new, start, other, proof)
            assert not merkle.is_consistent(old, new, start, root, [*proof, root])


def test_a_tree_that_grows_in_any_steps_has_the_same_root_and_the_same_nodes() -> None:
    chance = random.Random(6962)
    hashes = [merkle.leaf_hash(n.to_bytes(4)) for n in range(1500)]
    for _turn in range(20):
        edge, nodes = Frontier(), {}
        while edge.size < len(hashes):
            step = chance.choice([1, 2, 3, 100, 255, 256, 257, 700])
            made = edge.extend(hashes[edge.size : edge.size + step])
            for level, (first, those) in made.items():
                nodes.update({(level, first + n): node for n, node in enumerate(those)})
        assert edge.root() == by_the_book(hashes)
        assert nodes == {
            (1, n): by_the_book(hashes[n * 256 : (n + 1) * 256]) for n in range(1500 // 256)
        }


def test_a_tree_is_carried_on_from_the_hashes_of_its_whole_parts() -> None:
    hashes = [merkle.leaf_hash(n.to_bytes(4)) for n in range(300)]
    for size in (0, 1, 5, 255, 256, 299):
        edge = Frontier.at(size, lambda part: by_the_book(hashes[slice(*part)]))
        edge.extend(hashes[size:])
        assert edge.root() == by_the_book(hashes)


def test_what_no_tree_has_is_refused() -> None:
    with pytest.raises(ValueError, match="has no leaf"):
        merkle.inclusion_parts(3, 3)
    with pytest.raises(ValueError, match="does not contain"):
        merkle.consistency_parts(4, 3)
