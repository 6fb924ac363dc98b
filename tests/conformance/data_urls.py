"""Data URLs, well-formed and not, for reading them in several ways and comparing what comes out."""

from __future__ import annotations

import base64
import json
import random
from itertools import product

from tests.paths import FIXTURES

_KIB = 1024

# A list holds the parts of one data URL: JSON would make one character of two surrogates in a row.
BY_HAND: dict[str, list[str]] = {
    topic: ["".join(url) for url in urls]
    for topic, urls in json.loads((FIXTURES / "data-urls.json").read_text()).items()
}


def long_ones() -> list[str]:
    """Return data URLs whose bodies are cut amid something when they are read in pieces."""
    noise = random.Random(0).randbytes(200 * _KIB)
    text = base64.b64encode(noise).decode()
    lines = base64.encodebytes(noise).decode()
    made = [text, text[:-1], text + "=", lines, lines.replace("\n", "\r\n"), lines.rstrip()]
    for at, sign in product(range(256 * _KIB - 3, 256 * _KIB + 4), ["=", "%3D", "%", "\n", "#"]):
        made.append(text[:at] + sign + text[at : at + 9])
    for last in ("QQ==", "QQ%3D%3D", "QQ", "QUI=", "QUI", "Q", " QUJD", "Q Q = =", "=", "%3d"):
        for pad in range(4):
            made.append("A" * (256 * _KIB - pad) + last)
    bodies = [
        "%" * 270_000,
        "%41" * 90_000,
        "a" + "%41" * 90_000,
        "aa" + "%41" * 90_000,
        "%4\n1" * 70_000,
        "é" * 270_000,
        "x" + "é€\U0001f600" * 90_000 + "\ud800",
        " " * 270_000,
        " " * 540_000 + "x",
        "x" + " \n\0" * 90_000,
        "x" * (256 * _KIB - 1) + " " * 9,
        "x" * (256 * _KIB - 1) + "#" + "y" * 9,
        ",#" * 140_000,
    ]
    headers = ["data:" + "a" * 60_000 + "/b,x", "data:a/b;x=" + " " * 3_000 + ";base64,YQ=="]
    headers += ["data:/image/png;base64," + text, "data://image/png;base64," + lines]
    headers += ["\0" * 60_000 + "data:,x", "data:/" + "a/../" * 12_000 + ",x"]
    return [
        *("data:;base64," + body for body in made),
        *("data:," + body for body in bodies),
        *headers,
    ]


_SCHEMES = ["data:", "data:", "DATA:", " data:", "da\nta:", "data:/", "data://"]
_TYPES = [
    "",
    "text/plain",
    "image/png",
    "TEXT/HTML",
    "a",
    "a/",
    "/b",
    "text/plain;charset=utf-8",
    'text/plain;charset="a;b"',
    "text/plain; charset = x",
    "text/plain;charset=a;charset=b",
    ";charset=x",
    ";x",
    'text/plain;a="\\"b"',
    "text/é",
    "text/plain;charset=é",
    " text/plain ",
    "text/pl ain",
    "image/svg+xml;utf8",
    "a/b;c",
    "a/b;c=",
    'a/b;c=""',
    'a/b;"c"=d',
    "%20a/b",
    "a/b%20",
    'a/b?x="y',
    "text/plain;x=y?z<>",
    "a/b;a=b,",
    "\x0b",
    'a/b;x="a',
    'a/b;x="a\\',
    'a/b;x="a"b;y=z',
    'a/b;x="a\\"";y',
    "a/\ud800",
    "a/../b",
]
_FLAGS = ["", ";BASE64", "; base64", ";  base64", "base64", ";base64;", ";base64 ", ";base64=1"]
_FLAGS += [";\tbase64", ";base 64", *[";base64"] * 4]
_COMMAS = [",", ",", ",", " ,", ", ", ""]
_INSERTED = [" ", "\t", "\n", "=", "%3D", "%20", "%2B", "#", "é", "-", "_", "\0", "\f", "\r", "%"]
_INSERTED += ["%4", "\x0b", "\xa0", "\U0001f600", "\udc00", "/../", "/.", "?", ","]
_ENDS = ["", "", "", "", " ", "#f", "?q", "\n", "\x01", "/.."]


def shaped(luck: random.Random) -> str:
    """Return a data URL put together from parts that stand where they belong."""
    body = base64.b64encode(luck.randbytes(luck.randrange(30))).decode()
    if luck.random() < 0.2:
        body = body.rstrip("=")
    for _ in range(luck.choice([0, 0, 0, 1, 2, 4])):
        at = luck.randrange(len(body) + 1)
        body = body[:at] + luck.choice(_INSERTED) + body[at:]
    parts = [luck.choice(choices) for choices in (_SCHEMES, _TYPES, _FLAGS, _COMMAS)]
    return "".join(parts) + body + luck.choice(_ENDS)


_ALPHABETS: list[tuple[list[str], list[str]]] = [
    (
        ["data:", "data:", "DATA:", " data:", "\0data:", "da\tta:"],
        [*"/.?#,;:=@\\[]\"%&+ \t\n\r\0\f\x0b\x1f\x7faAé|^{}<>'`", ";base64,", "YQ==", "a/b", "%2C"],
    ),
    (["data:", "data:a/b;"], [*';="\\, \t/?[<(|@ab', "base64", ";base64,", "x=y", '"', "é", "%22"]),
    (["data:/", "data:/a/", "data://h/", "data:///"], [*"./,?# %\0\ta", "..", "/..", "/.", "%2e"]),
    (
        ["data://", "data://["],
        [*"[]:./@?#,01fh", "ffff", "::", "1:", "]/,x", "/,x", ":80", "65536"],
    ),
    (["data:;base64,"], [*"AAAAAABQgw=+/ \t\n\f\r\0\x0b-_%#", "%3D", "%20", "%0C", "==", "%2B"]),
    (["data:,", "data:"], [*"%%%%09aAfFgG#?, ", "%00", "%fF", "%%41", "%4\t1", "\0", "é", "a/b"]),
    (["data:"], [*map(chr, range(256)), *",,,,,,,,,,"]),
    (
        ["data:,", "data:a/"],
        [*"\u0100\u0130\u017f\u212a\u2028\ufeff\uffff\ud800\udfff\U0010ffff,/b"],
    ),
]


def shapeless(luck: random.Random) -> str:
    """Return signs that matter to a data URL in any order."""
    starts, signs = luck.choice(_ALPHABETS)
    return luck.choice(starts) + "".join(luck.choices(signs, k=luck.randrange(16)))


def many(count: int) -> list[str]:
    """Return ``count`` data URLs of either kind, and those written by hand."""
    luck = random.Random(0)
    made = [make(luck) for make in (shaped, shapeless) for _ in range(count)]
    return [*(url for urls in BY_HAND.values() for url in urls), *made]
