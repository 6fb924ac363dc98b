"""Tags of Flash videos (FLV 10.1, annex E)."""

from __future__ import annotations

import re
import struct

from encoders.source import Source

_FILE_SIZE = re.compile(rb"\0\x08filesize\0([\x40\x41].{7})", re.DOTALL)  # a double of 2 or more


def stated_end(source: Source) -> int:
    """Return where the last tag ends, or the file by its own metadata."""
    head = source.at(0, 2048)
    at = int.from_bytes(head[5:9], "big") + 4
    stated = _FILE_SIZE.search(head)
    while len(tag := source.at(at, 4)) == 4:
        at += 11 + int.from_bytes(tag[1:], "big") + 4
    # The size of the last tag is repeated after it, but not all programs write that.
    return max(at - 4, int(struct.unpack(">d", stated[1])[0]) if stated else 0)
