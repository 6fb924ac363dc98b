"""Reads HTML into its elements and their text."""

from __future__ import annotations

from html.parser import HTMLParser

_EMPTY = ("br", "hr", "img", "input", "link", "meta", "source")


class HtmlReader(HTMLParser):
    """Reads HTML, in which each element but empty ones has to be closed.

    Attributes:
        open: the elements that are not closed yet.
        elements: each element's name and attributes.
        texts: each text, after the name of the element that it is in.
    """

    def __init__(self, source: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(source)
        self.close()

    @property
    def text(self) -> str:
        return "".join(text for _, text in self.texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in _EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def attributes_of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text_inside(self, tag: str) -> str:
        return "".join(text for name, text in self.texts if name == tag)
