"""Each media type has one row, and detection can return it."""

from __future__ import annotations

from collections import Counter

import pytest

from encoders import mime
from encoders.mime.media_type import MediaType
from encoders.mime.table import ROWS

# Office files and books that say themselves what they are, in a first member of a ZIP archive.
STATED_IN_ZIP = ("application/epub+zip", "application/vnd.oasis.opendocument.")


def test_each_name_and_suffix_belongs_to_one_row() -> None:
    names = Counter(name for row in ROWS for name in (row.essence, *row.aliases))
    suffixes = Counter(suffix for row in ROWS for suffix in row.suffixes)

    assert [name for name, count in (names + suffixes).items() if count > 1] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.essence)
def test_detection_can_return_each_media_type(row: MediaType) -> None:
    by_content = row.signatures or row.brands or row.boxes or row.forms or row.interpreters
    by_inside = row.members or row.streams or row.root or row.essence.startswith(STATED_IN_ZIP)
    by_name = row.suffixes and (row.kind == "text" or row.is_text or row.by_name)

    assert by_content or by_inside or by_name
    assert not row.suffixes or mime.from_name(f"a{row.suffixes[0]}") == row.essence


def test_completion_offers_the_public_names() -> None:
    assert dir(mime) == sorted(mime.__all__)
