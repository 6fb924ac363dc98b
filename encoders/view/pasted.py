"""Text that was pasted: data URLs, bare base64, a payload, an answer, or any JSON."""

from __future__ import annotations

import re
from typing import Any

from encoders import mime
from encoders.data_url import DataURL, parse
from encoders.data_url.media_type import OCTET_STREAM
from encoders.errors import DataURLError, EncodersError, MediaTypeError, ResponseError
from encoders.limits import DEFAULT, Limits
from encoders.predict.body import check_depth
from encoders.predict.events import is_event_stream
from encoders.predict.responses import read
from encoders.source import is_data_url

_START = 256  # characters that tell events from other text
_JSON = re.compile(r'[\[{"]')
_BARE_JSON = re.compile(r"-?\d[\d.eE+-]*|true|false|null")
_LINE_OF_URL = re.compile(r"^(?=data:)", re.MULTILINE | re.IGNORECASE)
_SHORTEST = 64  # characters of base64 whose content has no known type
_WORDS = re.compile(r"\S[ \t]+\S")  # text with words is base64 by chance


def read_pasted(text: str, *, limits: Limits = DEFAULT) -> Any:
    """Return what a pasted text holds: a `DataURL`, a list of them, or a JSON value.

    Of a server's events, the answer is returned. No path or URL in the text is opened.

    Raises:
        EncodersError: the text is none of these, or is larger than ``limits`` allow.

    >>> read_pasted("R0lGODdhAQABAPAAAP8AAAAAACwAAAAAAQABAAACAkQBADs=")
    <DataURL image/gif, 35 bytes>
    >>> read_pasted('{"data": [1]}')
    {'data': [1]}
    """
    limits.check("max_body_bytes", len(text), "characters")
    value = _read(text.removeprefix("\ufeff").strip(), limits)
    check_depth(value, limits)
    return value


def _read(text: str, limits: Limits) -> Any:
    if not text:
        raise MediaTypeError("there is no text")
    if is_event_stream(text[:_START].encode("utf-8", "replace")):
        return read(text, limits).value
    if is_data_url(text):
        parts = _LINE_OF_URL.split(text) if "\n" in text else [text]
        urls = [_checked(part, limits) for part in parts if part.strip()]
        return urls[0] if len(urls) == 1 else urls
    if _JSON.match(text):
        return _json(text, limits)
    if _BARE_JSON.fullmatch(text):
        return read(text, limits).value
    return _bare_base64(text, limits)


def _checked(text: str, limits: Limits, *, url_safe: bool = False) -> DataURL:
    """Return a data URL whose body is known to be base64."""
    url = parse(text, url_safe=url_safe, max_bytes=limits.max_bytes)
    for _ in url.chunks():
        pass
    return url


def _json(text: str, limits: Limits) -> Any:
    """Return JSON, or a list of the lines of JSON Lines."""
    try:
        return read(text, limits).value
    except ResponseError:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) < 2:
            raise
        try:
            return [read(line, limits).value for line in lines]
        except EncodersError:
            pass
        raise


def _bare_base64(text: str, limits: Limits) -> DataURL:
    fault = MediaTypeError("this is neither a data URL, nor base64, nor JSON")
    if _WORDS.search(text[:_START]):
        raise fault
    try:
        url = _checked(f"data:;base64,{text}", limits, url_safe=True)
    except DataURLError:
        raise fault from None
    media_type = mime.detect(url)
    if len(text) < _SHORTEST and not _is_plausible(media_type, url.data):
        raise fault
    return DataURL(media_type, url.body)


def _is_plausible(media_type: str, data: bytes) -> bool:
    """Tell whether bytes are more than what the letters of a word happen to encode."""
    if mime.kind(media_type) != "text":
        return media_type != OCTET_STREAM
    try:
        return data.decode().isprintable()
    except UnicodeDecodeError:
        return False
