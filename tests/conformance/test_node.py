"""Data URLs and base64 are read as Node reads them, which follows the same standards on its own.

Where Node is known to leave a standard, `DEVIATIONS` says so.
"""

from __future__ import annotations

import base64
import json
import random
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from encoders import data_url
from encoders.data_url import forgiving_base64, media_type
from encoders.errors import DataURLError

from .data_urls import BY_HAND, long_ones, many

Read = tuple[str, bytes] | None

FETCH = """
const read = async (url) => {
  try {
    const answer = await fetch(url);
    const body = Buffer.from(await answer.arrayBuffer());
    return [answer.headers.get("content-type"), body.toString("base64")];
  } catch (error) { return null; }
};
"""
ATOB = """
const read = (text) => {
  try { return Buffer.from(atob(text), "latin1").toString("base64"); } catch { return null; }
};
"""
MAP_INPUT = """
const inputs = JSON.parse(require("fs").readFileSync(0));
Promise.all(inputs.map(read)).then((found) => console.log(JSON.stringify(found)));
"""
TEXT = "text/plain;charset=US-ASCII"


@dataclass(frozen=True)
class Deviation:
    """What Node does otherwise than a standard.

    Attributes:
        step: where the standard says what is to be done.
        part: which part of Node does it, as `process.versions` calls it.
        seen: its versions that were seen to do so. Others may be right.
        touches: finds every URL that it may concern, as the URL parser sees them.
        cases: for URLs, what the standard says and what Node does.
    """

    step: str
    part: str
    seen: frozenset[str]
    touches: re.Pattern[str]
    cases: dict[str, tuple[Read, Read]]


DEVIATIONS = {
    "a backtick is no token": Deviation(
        "https://mimesniff.spec.whatwg.org/#http-token-code-point lists U+0060",
        "undici",
        frozenset({"6.24.1", "6.28.1", "7.29.1", "8.10.2"}),
        re.compile(r"[^,]*`"),
        {
            "data:a/`b,x": (("a/`b", b"x"), (TEXT, b"x")),
            "data:a/b;`=c,x": (("a/b;`=c", b"x"), ("a/b", b"x")),
            "data:a/b;c=`,x": (("a/b;c=`", b"x"), ('a/b;c="`"', b"x")),
        },
    ),
    "only the first segment with a dot in front is looked at for dots alone": Deviation(
        "https://url.spec.whatwg.org/#path-state resolves each",
        "ada",
        frozenset({"2.9.2"}),
        re.compile(r"data:/(?:(?!/\.)[^?#])*/\.[^./?#][^?#]*/\.\.?(?:[/?#]|\Z)"),
        {
            "data:/a/.b,x/../y": (None, (TEXT, b"x/../y")),
            "data:/a/.b,x/./y": ((TEXT, b"x/y"), (TEXT, b"x/./y")),
            "data://h/a/.b,x/..": (None, (TEXT, b"x/..")),
        },
    ),
    "a path of nothing but .. is left empty": Deviation(
        "https://url.spec.whatwg.org/#path-state appends an empty segment",
        "ada",
        frozenset({"2.9.2"}),
        re.compile(r"data://[^/?#]*,[^?#]*/(?:\.|%2e){2}(?:[?#]|\Z)", re.IGNORECASE),
        {
            "data://h,x/..": ((TEXT, b"x/"), (TEXT, b"x")),
            "data://h,x/a/../%2e%2E": ((TEXT, b"x/"), (TEXT, b"x")),
            "data://h;base64,/..": (None, (TEXT, b"")),
        },
    ),
    "a space before the query stays": Deviation(
        "https://url.spec.whatwg.org/#cannot-be-a-base-url-path-state appends %20",
        "ada",
        frozenset({"2.9.2"}),
        re.compile(r"[^,?]* \?"),
        {
            "data:a/b;c=d ?,x": (('a/b;c="d%20?"', b"x"), ('a/b;c="d ?"', b"x")),
            'data:a/b;c="  ?,x': (('a/b;c=" %20?"', b"x"), ('a/b;c="  ?"', b"x")),
        },
    ),
}


def node(script: str, inputs: list[str]) -> list[Any]:
    command = ["node", "-e", script + MAP_INPUT]
    done = subprocess.run(command, input=json.dumps(inputs), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@cache
def versions() -> dict[str, str]:
    """Return the versions of Node's parts, none if it is missing."""
    if shutil.which("node") is None:
        return {}
    command = ["node", "-p", "JSON.stringify(process.versions)"]
    done = subprocess.run(command, capture_output=True, text=True)
    return dict(json.loads(done.stdout)) if done.returncode == 0 else {}


needs_node = pytest.mark.skipif(
    int(versions().get("node", "0").partition(".")[0]) < 20, reason="needs Node 20 or newer"
)


def node_reads(urls: list[str]) -> list[Read]:
    found = node(FETCH, urls)
    return [answer and (answer[0], base64.b64decode(answer[1])) for answer in found]


def we_read(url: str) -> Read:
    try:
        parsed = data_url.parse(url)
        return media_type.serialize(parsed.media_type, parsed.parameters), parsed.data
    except DataURLError:
        return None


def is_explained(url: str) -> bool:
    seen = re.sub(r"[\t\n\r]", "", url.strip("".join(map(chr, range(0x21)))))
    seen = seen[:5].lower() + seen[5:]
    return any(deviation.touches.match(seen) for deviation in DEVIATIONS.values())


def differences(urls: list[str]) -> list[tuple[str, Read, Read]]:
    """Return what nothing in the table explains: the URL, ours and theirs, clipped."""
    pairs = zip(urls, map(we_read, urls), node_reads(urls), strict=True)
    return [(url[:99], a, b) for url, a, b in pairs if a != b and not is_explained(url)]


@needs_node
def test_data_urls_made_by_hand_are_read_as_node_reads_them() -> None:
    urls = [url for urls in BY_HAND.values() for url in urls]

    assert len(set(urls)) == len(urls) >= 150
    assert not any(map(is_explained, urls))
    assert differences(urls) == []


@needs_node
def test_thousands_of_data_urls_are_read_as_node_reads_them() -> None:
    urls = many(8000)
    readable = sum(we_read(url) is not None for url in urls)

    assert len(urls) / 5 < readable < len(urls) * 4 / 5
    assert sum(map(is_explained, urls)) < len(urls) / 20
    assert differences(urls) == []


@needs_node
def test_long_data_urls_are_read_as_node_reads_them() -> None:
    assert differences(long_ones()) == []


@pytest.mark.parametrize("name", DEVIATIONS)
def test_the_standard_is_followed_where_node_leaves_it(name: str) -> None:
    cases = DEVIATIONS[name].cases

    assert all(map(is_explained, cases))
    assert {url: we_read(url) for url in cases} == {url: right for url, (right, _) in cases.items()}


@needs_node
@pytest.mark.parametrize("name", DEVIATIONS)
def test_node_still_differs_from_the_standard_as_the_table_says(name: str) -> None:
    deviation = DEVIATIONS[name]
    seen = versions()[deviation.part] in deviation.seen

    for (right, wrong), theirs in zip(
        deviation.cases.values(), node_reads(list(deviation.cases)), strict=True
    ):
        assert right != wrong
        assert theirs == wrong or (theirs == right and not seen)


def base64_texts() -> list[str]:
    """Return texts near base64: each sign in each place, cut anywhere, of many lengths."""
    luck = random.Random(0)
    signs = [*map(chr, range(256)), *"\u0141\u017f\u2028\u212a\ufeff\uff21\ud800\U0001f600"]
    quads = ["QUJD", "QUI=", "QQ==", "QUI", "QQ", "Q", "QUJD" * 2, "QUJD" * 20 + "QUI="]
    texts = [""]
    for quad in quads:
        for at in range(min(len(quad), 8) + 1):
            texts += [quad[:at] + sign + quad[at:] for sign in signs]
            texts += [quad[:at] + sign + quad[at + 1 :] for sign in signs]
    for alphabet in ("ABab01+/====  \t\n\f\r\x0b\0-_%#", "ABCD=== \n", "A= "):
        texts += ["".join(luck.choices(alphabet, k=luck.randrange(14))) for _ in range(3000)]
    for length in [*range(200), *range(1000, 8000, 37), 2**18, 2**18 * 3 // 4, 2**18 + 1]:
        text = base64.b64encode(luck.randbytes(length)).decode()
        texts += [text, text.rstrip("="), text + "=", text[:-1]]
        for sign in ("=", " ", "\n" * 70, "\x0b", "é", "-"):
            at = max(0, luck.choice([luck.randrange(len(text) + 1), len(text) - luck.randrange(6)]))
            texts.append(text[:at] + sign + text[at + luck.randrange(2) :])
    return texts


def we_decode(text: str, step: int) -> bytes | None:
    """Return what ``text`` stands for when it comes in pieces, and hold its size against that."""
    escaped = text.replace("%", "%25").replace("#", "%23")
    pieces = forgiving_base64.slices(escaped, 0, len(escaped), step)
    try:
        data = b"".join(data for _, data in forgiving_base64.scan(pieces))
    except DataURLError:
        return None
    assert forgiving_base64.decoded_size(escaped, 0, len(escaped)) == len(data)
    return data


@needs_node
def test_base64_is_forgiven_as_node_forgives_it() -> None:
    texts = base64_texts()
    found = node(ATOB, texts)
    theirs = [None if answer is None else base64.b64decode(answer) for answer in found]

    assert len(texts) / 20 < len(texts) - theirs.count(None) < len(texts) * 4 / 5
    for step, for_long in ((forgiving_base64.DECODE_CHUNK,) * 2, (5, 1021)):
        wrong = [
            (text[:99], step, right)
            for text, right in zip(texts, theirs, strict=True)
            if we_decode(text, step if len(text) < 500 else for_long) != right
        ]
        assert wrong == []
