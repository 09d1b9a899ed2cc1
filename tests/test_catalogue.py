"""The Chinese catalogues: nothing is missing, nothing is broken, and what is compiled is what is written."""

import re
from pathlib import Path

import polib
import pytest
from django.apps import apps
from django.utils.translation import gettext, override
from django.utils.translation.trans_real import translation

from tests.catalogue import (
    APPS,
    HOME,
    OURS,
    THEIRS,
    aliases,
    bare_reasons,
    entries,
    messages,
    ours,
    sources,
)

pytestmark = pytest.mark.once
both = pytest.mark.parametrize("catalogue", [OURS, THEIRS], ids=["ours", "theirs"])
OUR_FILES = list(sources(*(HOME / app for app in APPS)))


def _translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def _sources(entry: polib.POEntry) -> list[str]:
    return [text for text in (entry.msgid, entry.msgid_plural) if text]


def _marks(text: str) -> set[str]:
    """Placeholders and tags, which a translation must take over as they are."""
    return set(re.findall(r"%\(\w+\)[sdr]|%[sdr]|\{\w*\}|<[^>]+>", text))


def test_every_text_of_our_pages_has_a_translation() -> None:
    known = entries(OURS)
    missing = [
        f"{file.relative_to(HOME)}: {text!r}"
        for (context, text, plural), file in ours().items()
        if (context, text, plural) not in known
    ]
    assert not missing, "Run makemessages as the head of the .po file says, and translate these"


def test_no_translation_is_left_of_a_text_that_is_gone() -> None:
    assert not entries(OURS).keys() - ours().keys()


def test_a_text_that_somebody_adds_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '{% load i18n %}\n    <p>\n  {% translate "Brand new" context "shelf" %}\n'
        "{% blocktranslate count n=3 %}{{ n }} shelf{% plural %}{{ n }} shelves{% endblocktranslate %}"
    )
    (tmp_path / "code.py").write_text(
        'LABEL = gettext_noop("Not heard before.")\n'
        'with recorded(actor, note or "Never said."):\n    pass\n'
    )
    found = messages(sources(tmp_path))
    assert set(found) == {
        ("shelf", "Brand new", None),
        (None, "%(n)s shelf", "%(n)s shelves"),
        (None, "Not heard before.", None),
    }
    assert not set(found) & set(entries(OURS))
    assert list(bare_reasons(tmp_path / "code.py")) == [2]


@pytest.mark.parametrize(
    "name", ["unfold", "unfold.contrib.filters", "unfold.contrib.import_export"]
)
def test_every_text_of_the_theme_has_a_translation(name: str) -> None:
    folder = next(Path(app.path) for app in apps.get_app_configs() if app.name == name)
    apart = {"contrib", "unfold_crispy"} if name == "unfold" else set()
    files = [file for file in sources(folder) if not apart & set(file.relative_to(folder).parts)]
    assert files
    chinese = translation("zh-hans")._catalog
    keys = {
        (f"{context}\x04{text}" if context else text, plural)
        for context, text, plural in messages(files)
    }
    assert not [key for key, plural in keys if ((key, 0) if plural else key) not in chinese]


@both
def test_every_entry_is_translated_and_none_is_a_guess(catalogue: Path) -> None:
    assert not [e.msgid for e in entries(catalogue).values() if e.fuzzy or not e.translated()]


@both
def test_the_compiled_catalogue_is_the_written_one(catalogue: Path) -> None:
    compiled = polib.mofile(str(catalogue.with_suffix(".mo")))
    assert {(e.msgctxt, e.msgid): _translations(e) for e in compiled} == {
        (e.msgctxt, e.msgid): _translations(e) for e in entries(catalogue).values()
    }


@both
def test_translations_keep_placeholders_and_tags(catalogue: Path) -> None:
    assert not [
        (entry.msgid, text)
        for entry in entries(catalogue).values()
        for text in _translations(entry)
        if _marks(text) != {mark for source in _sources(entry) for mark in _marks(source)}
    ]


@both
def test_sentences_end_as_chinese_sentences(catalogue: Path) -> None:
    def is_sentence(text: str) -> bool:
        return text.rstrip().endswith(".") and not text.rstrip().endswith("...")

    assert not [
        (entry.msgid, text)
        for entry in entries(catalogue).values()
        for text in _translations(entry)
        if is_sentence(entry.msgid) != text.endswith("。")
    ]


@both
def test_chinese_is_set_as_chinese(catalogue: Path) -> None:
    """，：（） beside Chinese characters, and no space between them and Latin letters or figures."""
    chinese = "\u4e00-\u9fff"
    foreign = re.compile(
        rf"[{chinese}][,;:!?(]|[,;:!?][{chinese}]|(?<![%(\w])\)[{chinese}]"
        rf"|[{chinese}，。；：、！？] +[A-Za-z0-9%{{]|[A-Za-z0-9%}}] +[{chinese}]"
    )
    wrong = [
        text
        for entry in entries(catalogue).values()
        for text in _translations(entry)
        if foreign.search(text)
    ]
    assert not wrong, "Write ，：；（） for , : ; ( ), and no space beside letters and figures"


def test_reasons_in_history_can_be_translated() -> None:
    bare = [
        f"{file.relative_to(HOME)}:{line}"
        for file in OUR_FILES
        if file.suffix == ".py" and "demo" not in file.as_posix()
        for line in bare_reasons(file)
    ]
    assert not bare, "Wrap these reasons in gettext_noop()"


def test_gettext_goes_by_names_that_extraction_knows() -> None:
    """``gettext as _now`` would hide its texts from makemessages and from the tests above."""
    assert not [file for file in OUR_FILES if file.suffix == ".py" and list(aliases(file))]


def test_an_order_is_something_bought_and_not_a_sequence() -> None:
    """Django itself has a message "Order", which sorts: ours must win."""
    with override("zh-hans"):
        assert gettext("Order") == "订单"
