"""XML that lies, is broken or means harm: a sentence that says where, and nothing that hangs or grows."""

import io
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from backoffice.exceptions import BadInput
from refunds.bankfiles.reading import open_answers, read_statement
from tests.refunds.bankfiles.xml import (
    NAMESPACE,
    answer,
    entry,
    group,
    message,
    movement,
    payment,
    reason,
    report,
    statement,
)

pytestmark = pytest.mark.once
WHOLE = report(group(), payment(answer("PO-1"), answer("PO-2", "RJCT", more=reason("AC04"))))
BOOKED = statement(entry("70.00", movement("PO-1", "50.00"), movement("PO-2", "20.00")))
DECLARATION = b'<?xml version="1.0" encoding="UTF-8"?>'


def read(content: bytes) -> int:
    _head, items = open_answers(io.BytesIO(content))
    return sum(1 for _item in items)


def with_doctype(inside: str) -> bytes:
    return WHOLE.replace(DECLARATION, DECLARATION + f"<!DOCTYPE Document {inside}>".encode())


LAUGHS = "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' if n else '<!ENTITY a0 "ha">' for n in range(10)
)
HOSTILE = {
    "a document type": (with_doctype(""), "document type or entities"),
    "an entity": (with_doctype('[<!ENTITY x "y">]'), "document type or entities"),
    "a billion laughs": (with_doctype(f"[{LAUGHS}]"), "document type or entities"),
    "a file of the machine": (
        with_doctype('[<!ENTITY x SYSTEM "file:///etc/passwd">]'),
        "document type or entities",
    ),
    "a schema from outside": (
        with_doctype('SYSTEM "http://127.0.0.1:9/x.dtd"'),
        "document type or entities",
    ),
    "an entity that nobody declared": (WHOLE.replace(b"ACSC", b"&acsc;"), "damaged or cut off"),
    "cut off": (WHOLE[: len(WHOLE) // 2], "damaged or cut off at line 2, column"),
    "cut off in the head": (WHOLE[:60], "damaged or cut off"),
    "something behind it": (WHOLE + b"<More/>", "damaged or cut off at line 2"),
    "another encoding": (WHOLE.replace(b"UTF-8", b"ISO-8859-1"), "written in ISO-8859-1"),
    "an unknown encoding": (WHOLE.replace(b"UTF-8", b"klingon"), "written in klingon"),
    "two bytes a letter": (WHOLE.decode().replace("UTF-8", "UTF-16").encode("utf-16"), "UTF-16"),
    "two bytes a letter, unmarked": (WHOLE.decode().encode("utf-16-le"), "UTF-16"),
    "letters that are none": (WHOLE.replace(b"PO-1", b"PO-\xff"), "damaged or cut off"),
    "a control character": (WHOLE.replace(b"PO-1", b"PO-\x01"), "damaged or cut off"),
    "a NUL": (WHOLE.replace(b"PO-1", b"PO-\x00"), "damaged or cut off"),
    "a page": (b"<html><body>Log in</body></html>", "outermost element is “html”"),
    "no namespace": (b"<Document><CstmrPmtStsRpt/></Document>", "is “Document” of “”"),
    "a namespace of another house": (
        WHOLE.replace(NAMESPACE.encode(), b"urn:example:"),
        "of “urn:example:pain.002.001.10”",
    ),
    "our own order": (
        message("pain.001.001.09", "CstmrCdtTrfInitn", ""),
        "This is an order to the bank",
    ),
    "another message": (
        message("camt.054.001.08", "BkToCstmrDbtCdtNtfctn", ""),
        "a message camt.054.001.08. Bring one of these: pain.002, camt.053",
    ),
    "an old version": (
        WHOLE.replace(b"pain.002.001.10", b"pain.002.001.02"),
        "version 001.02 of pain.002. Versions 001.03 to 001.15",
    ),
    "a version to come": (WHOLE.replace(b"pain.002.001.10", b"pain.002.001.16"), "version 001.16"),
    "a variant": (WHOLE.replace(b"pain.002.001.10", b"pain.002.002.03"), "version 002.03"),
    "another body": (
        message("pain.002.001.10", "CstmrCdtTrfInitn", ""),
        "“CstmrPmtStsRpt” is expected, not “CstmrCdtTrfInitn”",
    ),
    "an abyss": (
        report(group(), "<A>" * 100 + "</A>" * 100),
        "nested too deeply",
    ),
    "an abyss that never ends": (WHOLE.replace(b"<GrpHdr>", b"<A>" * 500_000), "nested too deeply"),
    "a crowd": (
        report(
            group(), payment(answer("PO-1", more="<StsRsnInf>" + "<A/>" * 6_000 + "</StsRsnInf>"))
        ),
        "too much is in it",
    ),
    "a novel": (WHOLE.replace(b"PO-1", b"x" * 2_000_000), "a text of this xml"),
    "a long comment": (
        WHOLE.replace(b"<GrpHdr>", b"<!--" + b"x" * 2_000_000 + b"--><GrpHdr>"),
        "a text",
    ),
    "many attributes": (
        WHOLE.replace(
            b"<GrpHdr>", b"<GrpHdr " + b" ".join(b'a%d="1"' % n for n in range(100_000)) + b">"
        ),
        "a text of this xml",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_bad_xml_is_refused_with_a_sentence(name: str) -> None:
    content, sentence = HOSTILE[name]
    with pytest.raises(BadInput) as refusal:
        read(content)
    assert sentence.lower() in str(refusal.value).lower()
    assert str(refusal.value).endswith(".")


def test_an_order_is_no_statement_and_a_report_is_none_either() -> None:
    with pytest.raises(BadInput, match=r"a message pain\.002"):
        read_statement(io.BytesIO(WHOLE))


@override_settings(UPLOAD_LIMIT=1_000)
def test_a_file_that_is_too_large_is_not_even_parsed() -> None:
    with pytest.raises(BadInput, match="MB"):
        read(report(group(), payment(answer("PO-1") * 10)))


@override_settings(UPLOAD_ROWS=3)
def test_more_transactions_than_the_limit_are_refused() -> None:
    with pytest.raises(BadInput, match="more than 3 transactions"):
        read(report(group(), payment(answer("PO-1") * 4)))
    with pytest.raises(BadInput, match="more than 3 transactions"):
        list(read_statement(io.BytesIO(statement(entry("5.00") * 4)))[1])


def test_a_byte_order_mark_and_lines_before_the_xml_do_no_harm() -> None:
    assert read(b"\xef\xbb\xbf" + WHOLE) == 2


def test_elements_of_another_house_are_passed_over() -> None:
    strange = '<x:TxInfAndSts xmlns:x="urn:x"><x:TxSts>RJCT</x:TxSts></x:TxInfAndSts>'
    assert read(report(group(), payment(strange, answer("PO-1")))) == 1


def peak(content: bytes) -> int:
    """The memory that reading takes beyond the file itself, in bytes."""
    tracemalloc.start()
    try:
        read(content)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_file() -> None:
    read(WHOLE)
    small, large = (
        peak(report(group(), payment(answer("PO-1") * 100 * n), "<Other><A/></Other>" * 1_000 * n))
        for n in (2, 6)
    )
    assert large < small + 50_000


def test_memory_does_not_grow_with_a_statement() -> None:
    read(BOOKED)
    small, large = (
        peak(statement(*[entry("5.00", movement("PO-1"))] * count)) for count in (100, 400)
    )
    assert large < small + 50_000


PIECES = st.one_of(
    st.sampled_from(
        [b"<", b">", b"/", b"&", b'"', b"<!DOCTYPE a>", b"<!--", b"]]>", b"<A>", b"</A>", b"\0"]
    ),
    st.sampled_from([b"<TxInfAndSts>", b"1e999", b"-", b"NaN", b"xmlns='x'", b"\xe2\x80\xae"]),
    st.binary(max_size=8),
)
NAMES = [
    "OrgnlGrpInfAndSts",
    "OrgnlMsgId",
    "OrgnlMsgNmId",
    "GrpSts",
    "OrgnlNbOfTxs",
    "OrgnlPmtInfAndSts",
    "OrgnlPmtInfId",
    "TxInfAndSts",
    "TxSts",
    "Stmt",
    "Acct",
    "Id",
    "Ntry",
    "Amt",
    "CdtDbtInd",
    "Sts",
    "BookgDt",
    "Dt",
    "NtryDtls",
    "TxDtls",
    "Bal",
]


def outcome(reader: Callable[..., Any], content: bytes) -> str:
    """What became of the file: the sentence of its refusal, or that it was read."""
    try:
        list(reader(io.BytesIO(content))[1])
    except BadInput as refusal:
        return str(refusal)
    return "read"


@given(
    whole=st.sampled_from([WHOLE, BOOKED]),
    piece=PIECES,
    at=st.integers(0, 2_000),
    cut=st.integers(0, 200),
)
def test_whatever_is_done_to_a_file_it_is_read_or_refused(
    whole: bytes, piece: bytes, at: int, cut: int
) -> None:
    content = whole[:at] + piece + whole[at + cut :]
    assert outcome(open_answers, content)
    assert outcome(read_statement, content)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    assert outcome(open_answers, b"<" + content)


@given(
    st.recursive(
        st.text(alphabet="ab1.-&<>é", max_size=8),
        lambda inside: st.tuples(st.sampled_from(NAMES), st.lists(inside, max_size=4)),
        max_leaves=20,
    )
)
def test_messages_of_any_shape_are_read_or_refused(tree: Any) -> None:
    for kind, body in (("pain.002.001.10", "CstmrPmtStsRpt"), ("camt.053.001.08", "BkToCstmrStmt")):
        assert outcome(open_answers, message(kind, body, _written(tree)))


def _written(tree: Any) -> str:
    if isinstance(tree, str):
        return tree.replace("&", "&amp;").replace("<", "&lt;")
    name, inside = tree
    return f"<{name}>{''.join(_written(one) for one in inside)}</{name}>"
