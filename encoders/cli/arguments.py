"""Values for components, from the text of a command line or the bytes of a pipe."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from encoders.cli.terminal import standard_input
from encoders.errors import PayloadError, Remedies, Remedy, bounded, clip
from encoders.predict.components import Component
from encoders.predict.components.shared.component_type import is_file
from encoders.predict.wire.context import EncodeContext
from encoders.source import is_data_url, open_path

_FROM_FILE = "@"  # in front of a file's name, where text is wanted
_NO_VALUE = (ValueError, RecursionError, csv.Error)  # what readers raise


def values_of(
    texts: Sequence[str],
    components: Sequence[Component | None],
    places: Iterable[int] | None = None,
) -> list[Any]:
    """Return the values of texts as inputs of components; ``-`` stands for standard input.

    Raises:
        PayloadError: a text is not a value of its component. Its place is from
            ``places``, by default one after the other.
    """
    if texts.count("-") > 1:
        raise ValueError("- stands for standard input, which can be one input only")
    values = []
    for text, component, place in zip(texts, components, places or count(), strict=False):
        try:
            if text == "-":
                values.append(from_bytes(standard_input().read(), component))
            else:
                values.append(from_text(text, component))
        except PayloadError as error:
            if component:
                where = EncodeContext(place, component.name, component.options)
                where.attach_location(error)
            raise
    return values


def from_text(text: str, component: Component | None) -> Any:
    """Return the value of ``text`` as an input of a component.

    Text components take it as it is, numbers and checkboxes read it, media take it for a path (or a
    data URL), lists of media for JSON with paths in it, and the others for JSON. These read a file
    where it begins with ``@``: ``@rows.csv`` for a table, ``@value.json`` for all of them. Empty
    text is None except for text components. Without a component, text that is the path of a file is
    that file, and other text is text.

    Raises:
        PayloadError: it is not a value of the component.

    >>> from_text("2.5", Component("number")), from_text("off", Component("checkbox"))
    (2.5, False)
    """
    if component is None:
        return Path(text) if not is_data_url(text) and is_file(text) else text
    reader = component.reader
    if text == "" and not reader.takes_empty:
        return None
    try:
        if reader.file_form and reader.read_content and text.startswith(_FROM_FILE):
            with open_path(without_mark(text)) as opened:
                return reader.read_content(bytes(opened.read()).decode("utf-8-sig"))
        return reader.read(text, component.options)
    except _NO_VALUE as error:
        message, remedy = _no_value(text, component)
        raise PayloadError(message, component=component.name, remedy=remedy) from error


def _no_value(text: str, component: Component) -> tuple[str, Remedies]:
    file_form = component.reader.file_form
    expected = f"for the component {component.name}: expected {component.type.takes}"
    if not file_form:
        return f"{clip(text)} is not a value {expected}", ()
    name = bounded(without_mark(text))
    if text.startswith(_FROM_FILE):
        return f"{name} does not hold a value {expected}, as {file_form} in UTF-8", ()
    remedy = Remedy("do", value=f"write @{name} to read the value from that file")
    return f"{clip(text)} is not a value {expected}, as JSON", (remedy,) if is_file(text) else ()


def without_mark(text: str) -> str:
    """Return the name of a file without the ``@`` in front of it; other text as it is."""
    return text.removeprefix(_FROM_FILE)


def from_bytes(data: bytes, component: Component | None) -> Any:
    """Return the value of bytes from a pipe: a file, or text as in `from_text`.

    Text from a pipe is content, so ``@`` in it does not name a file.

    Raises:
        PayloadError: they are not a value of the component.
    """
    if component is None:
        return data
    reader = component.reader
    if reader.read_bytes:
        return reader.read_bytes(data)
    try:
        text = data.decode("utf-8-sig")
        if reader.read_content:
            return reader.read_content(text)
        return reader.read(text.strip(), component.options)
    except _NO_VALUE as error:
        raise PayloadError(
            f"these bytes are not a value for the component {component.name}: "
            f"expected {component.type.takes}, as text",
            component=component.name,
        ) from error
