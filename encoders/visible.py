"""Text for a terminal or a message: nothing in it is invisible, steers a terminal or has no end.

What cannot be seen is told by its general category (Unicode Standard, section 4.5), and by the
property Default_Ignorable_Code_Point of
https://www.unicode.org/Public/16.0.0/ucd/DerivedCoreProperties.txt
"""

from __future__ import annotations

import re
import unicodedata

# Default_Ignorable_Code_Point, less what is of a category in `_HIDDEN` already; and the braille
# pattern without dots, which has the looks of a space.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
# Control, format, surrogate, private use, unassigned; line and paragraph separators.
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
# These choose how the sign before them is drawn, as that of an emoji.
_STYLES = "\ufe0e\ufe0f"


def is_hidden(sign: str) -> bool:
    """Tell whether a character cannot be seen, or moves or hides others.

    >>> [is_hidden(sign) for sign in "a \u00e9\u3164\u202e"]
    [False, False, False, True, True]
    """
    return unicodedata.category(sign) in _HIDDEN or _IGNORABLE.match(sign) is not None


def visible(text: str) -> str:
    r"""Return ``text`` with an escape in place of each character that cannot be seen.

    Spaces other than the plain one count too. A variation selector stays behind a sign that it
    may belong to, such as that of an emoji.

    >>> print(visible("a\x1b[2Jb\u3164"), visible("café"))
    a\x1b[2Jb\u3164 café
    """
    if text.isprintable() and not _IGNORABLE.search(text):
        return text
    parts, before = [], ""
    for sign in text:
        keeps = sign.isprintable() and not _IGNORABLE.match(sign)
        if not keeps and sign in _STYLES:
            keeps = before > "\x7f" and before.isprintable() and not _IGNORABLE.match(before)
        parts.append(sign if keeps else _escape(sign))
        before = sign
    return "".join(parts)


def one_line(text: str, longest: int) -> str:
    """Return text in one visible line of at most ``longest`` characters."""
    return shortened(visible(" ".join(shortened(text, 2 * longest).split())), longest)


def shortened(text: str, longest: int) -> str:
    """Return text of at most ``longest`` characters: its beginning, and of a long one the end.

    >>> shortened("/a/long/way/to/photo.jpg", 15)
    '/a/long…oto.jpg'
    """
    if len(text) <= longest:
        return text
    end = longest // 2
    return f"{text[: longest - end - 1]}…{text[len(text) - end :]}"


def _escape(sign: str) -> str:
    code = ord(sign)
    if sign in "\t\n\r":
        return repr(sign)[1:-1]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
