"""Text for a terminal or a message: visible, harmless and of bounded length.

A character is invisible by its general category (Unicode Standard, section 4.5), or by the property
Default_Ignorable_Code_Point (section 5.21), as listed in
https://www.unicode.org/Public/16.0.0/ucd/DerivedCoreProperties.txt
"""

from __future__ import annotations

import re
import unicodedata

# Default_Ignorable_Code_Point, of which Python takes these for printable; and the braille pattern
# without dots, which looks like a space.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
# Variation selectors: they choose how the character before them is drawn, such as an emoji.
_STYLES = "\ufe0e\ufe0f"


def is_hidden(character: str) -> bool:
    r"""Tell whether a character is invisible, or moves or hides others.

    >>> [is_hidden(character) for character in "a é\u3164\u202e"]
    [False, False, False, True, True]
    """
    return not _is_seen(character) and unicodedata.category(character) != "Zs"


def visible(text: str) -> str:
    r"""Return ``text`` with an escape in place of each invisible character.

    Spaces other than U+0020 are escaped too. A variation selector stays after a character that it
    may belong to, such as an emoji.

    >>> print(visible("a\x1b[2Jb\u3164"), visible("café"))
    a\x1b[2Jb\u3164 café
    """
    if _is_seen(text):
        return text
    parts, before = [], ""
    for character in text:
        is_style = character in _STYLES and before > "\x7f" and _is_seen(before)
        keeps = is_style or _is_seen(character)
        parts.append(character if keeps else character.encode("unicode_escape").decode())
        before = character
    return "".join(parts)


def without_hidden(text: str) -> str:
    """Return ``text`` without its invisible characters."""
    if _is_seen(text):
        return text
    return "".join(character for character in text if not is_hidden(character))


def json_text(text: str) -> str:
    r"""Return text as a JSON string, with an escape for each character that cannot be seen.

    >>> print(json_text("Grüße\u202e\x1b"))
    "Grüße\u202e\u001b"
    """
    import json

    def escaped(found: re.Match[str]) -> str:
        return found[0] if _is_seen(found[0]) else json.dumps(found[0])[1:-1]

    return re.sub(r"[^\x20-\x7e]", escaped, json.dumps(text, ensure_ascii=False))


def one_line(text: str, longest: int) -> str:
    """Return text in one visible line of at most ``longest`` characters."""
    return shortened(visible(" ".join(shortened(text, 2 * longest).split())), longest)


def shortened(text: str, longest: int) -> str:
    """Return text of at most ``longest`` characters: of a longer text its beginning and end.

    >>> shortened("/a/long/way/to/photo.jpg", 15)
    '/a/long…oto.jpg'
    """
    if len(text) <= longest:
        return text
    end = longest // 2
    return f"{text[: longest - end - 1]}…{text[len(text) - end :]}"


def size_text(count: int) -> str:
    """Return a number of bytes in a few characters.

    >>> size_text(999), size_text(23365), size_text(5 * 10**9)
    ('999 B', '23.4 kB', '5 GB')
    """
    amount = float(count)
    for unit in ("B", "kB", "MB"):
        if amount < 999.5:  # or else it would be rounded to 1e+03
            return f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{amount:.3g} GB"


def _is_seen(text: str) -> bool:
    """Tell whether no character is invisible, and U+0020 is the only kind of space."""
    return text.isprintable() and not _IGNORABLE.search(text)
