"""What a browser would send for a page's form, and what a forger would."""

from html.parser import HTMLParser
from typing import Any


class _Form(HTMLParser):
    """The fields of every form on a page that is sent by POST."""

    def __init__(self, *, fill: bool) -> None:
        super().__init__()
        self.fill = fill
        self.forms: list[dict[str, list[str]]] = []
        self.choices: list[tuple[str, bool]] | None = None
        self.select = self.area = ""
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "form":
            self.inside = given.get("method", "get").lower() == "post"
            if self.inside:
                self.forms.append({})
        elif not self.inside:
            return
        elif tag == "input" and name:
            off = given.get("type") in ("checkbox", "radio") and "checked" not in given
            if off and given["type"] == "radio" and self.fill:
                self.forms[-1].setdefault(name, [given.get("value", "")])
            if not off and given.get("type") not in ("submit", "file", "button", "image"):
                self._put(name, given.get("value", "on" if given.get("type") == "checkbox" else ""))
        elif tag == "select":
            self.select, self.choices = name, []
        elif tag == "option" and self.choices is not None:
            self.choices.append((given.get("value", ""), "selected" in given))
        elif tag == "textarea" and name:
            self.area = name
            self._put(name, "")

    def handle_data(self, data: str) -> None:
        if self.area and self.inside:
            self.forms[-1][self.area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea":
            self.area = ""
        elif tag == "select" and self.choices is not None:
            chosen = [value for value, selected in self.choices if selected]
            filled = [value for value, _selected in self.choices if value]
            if self.inside and self.select:
                for value in filled[:1] if self.fill and not any(chosen) else chosen:
                    self._put(self.select, value)
            self.select, self.choices = "", None

    def _put(self, name: str, value: str) -> None:
        self.forms[-1].setdefault(name, []).append(value)


KEEP = {"csrfmiddlewaretoken", "next", "language"}


def fields_of(html: str, *, fill: bool = True) -> dict[str, Any]:
    """The fields of the page's largest form, without its token; ``fill`` chooses where nothing is."""
    parser = _Form(fill=fill)
    parser.feed(html)
    forms = [
        {name: values for name, values in form.items() if name not in KEEP} for form in parser.forms
    ]
    return max(forms, key=len, default={})
