"""Data URLs are read as Node reads them: an implementation of the WHATWG standard of its own."""

from __future__ import annotations

import base64
import json
import random
import shutil
import subprocess

import pytest

from encoders import data_url, media_type
from encoders.errors import DataURLError

SCHEMES = ["data:", "data:", "DATA:", " data:", "da\nta:"]
TYPES = [
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
]
FLAGS = ["", ";BASE64", "; base64", ";  base64", "base64", ";base64;", ";base64 ", ";base64=1"]
FLAGS += [";\tbase64", ";base 64", *[";base64"] * 4]
COMMAS = [",", ",", ",", " ,", ", ", ""]
INSERTED = [" ", "\t", "\n", "=", "%3D", "%20", "%2B", "#", "é", "-", "_", "\0", "\f", "\r", "%"]
INSERTED += ["%4", "\x0b", "\xa0", "\U0001f600"]
ENDS = ["", "", "", "", " ", "#f", "?q", "\n"]
FETCH = """
const urls = JSON.parse(require("fs").readFileSync(0));
Promise.all(urls.map(async (url) => {
  try {
    const answer = await fetch(url);
    const body = Buffer.from(await answer.arrayBuffer()).toString("base64");
    return [answer.headers.get("content-type"), body];
  } catch (error) { return null; }
})).then((found) => console.log(JSON.stringify(found)));
"""


def made_up(luck: random.Random) -> str:
    body = base64.b64encode(luck.randbytes(luck.randrange(30))).decode()
    if luck.random() < 0.2:
        body = body.rstrip("=")
    for _ in range(luck.choice([0, 0, 0, 1, 2, 4])):
        at = luck.randrange(len(body) + 1)
        body = body[:at] + luck.choice(INSERTED) + body[at:]
    parts = [luck.choice(choices) for choices in (SCHEMES, TYPES, FLAGS, COMMAS)]
    return "".join(parts) + body + luck.choice(ENDS)


def ours(url: str) -> list[str] | None:
    try:
        parsed = data_url.parse(url)
        data = parsed.data
    except DataURLError:
        return None
    assert parsed.size == len(data)
    essence = media_type.serialize(parsed.media_type, parsed.parameters)
    return [essence, base64.b64encode(data).decode()]


def has_fetch() -> bool:
    if shutil.which("node") is None:
        return False
    return subprocess.run(["node", "-e", "fetch"], capture_output=True).returncode == 0


@pytest.mark.skipif(not has_fetch(), reason="needs Node 18 or newer")
def test_thousands_of_data_urls_are_read_as_node_reads_them() -> None:
    luck = random.Random(0)
    urls = [made_up(luck) for _ in range(4000)]
    done = subprocess.run(
        ["node", "-e", FETCH], input=json.dumps(urls), capture_output=True, text=True, check=True
    )

    theirs = json.loads(done.stdout)

    assert 100 < theirs.count(None) < 3000
    assert [(url, ours(url)) for url in urls] == list(zip(urls, theirs, strict=True))
