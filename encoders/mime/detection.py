"""Detection of media types from content.

The rows of `encoders.mime.table` say how files begin, and what is in containers. Text is told from
binary by its characters. libmagic, or puremagic where there is no libmagic, names the rest.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import cast

from encoders.mime import checks
from encoders.mime.containers import archives, iso, mpeg_audio
from encoders.mime.media_type import MediaType, Signature, kind
from encoders.mime.table import BY_ESSENCE, ROWS, canonical, essence
from encoders.mime.text import HEAD, by_text, claimed_type
from encoders.source import Memory, Source, SourceLike, open_source, require_seekable

_Check = Callable[[bytes, Source], bool]
_TypeOf = Callable[[bytes, Source], str]
# Magic bytes, a further check, and the type or a function that returns it.
_Entry = tuple[bytes, _Check | None, str | _TypeOf]

_UNKNOWN, _HEIC, _JP2, _ZIP = (essence(suffix) for suffix in ("bin", "heic", "jp2", "zip"))
_MP3, _AAC, _FLAC, _SOUND_ALONE = (essence(suffix) for suffix in ("mp3", "aac", "flac", "m4a"))
_COMPOUND_FILE = "application/x-ole-storage"
_SIGNATURES = [
    (row, Signature(start) if isinstance(start, bytes) else start)
    for row in ROWS
    for start in row.signatures
]
_FORMS = {form: row.essence for row in ROWS for form in row.forms}
_FORM_FAMILIES = {b"FORM": b"FORM", **dict.fromkeys((b"RIFF", b"RIFX", b"RF64", b"BW64"), b"RIFF")}
_BOXES = {box: row.essence for row in ROWS for box in row.boxes}
_BRANDS = {brand: row.essence for row in ROWS for brand in row.brands}
_STILLS = {brand: found for brand, found in _BRANDS.items() if kind(found) == "image"}
_HEIF_BRANDS = (b"mif1", b"msf1")  # whatever codec is inside (ISO 23008-12)
_LONGEST_BRANDS = 256  # bytes in which brands are looked for
_BY_MEMBERS = [(row.members, row.essence) for row in ROWS if row.members]
_BY_STREAMS = [(row.streams, row.essence) for row in ROWS if row.streams]
_BY_NAME = frozenset(row.essence for row in ROWS if row.by_name)
_ALL_BYTES = bytes(range(256))
_WORD = re.compile(rb"[A-Za-z0-9!<>]{4}")


def detect(source: SourceLike | Source, name: str | None = None) -> str:
    """Return the essence of what ``source`` holds, such as ``image/png``.

    Only the head of a big file is read, and a few bytes further on in containers. A file object is
    left where it stood.

    Args:
        source: a path, bytes, a binary file that can seek, a data URL or a `Source`, which
            remembers what was found.
        name: a file name; by default the source's own, or a data URL's label. It settles what
            content cannot (CSV, Markdown, source code, OBJ …) and nothing else.

    Raises:
        MediaTypeError: a stream that cannot seek.
        DataURLError, OSError, TypeError: ``source`` cannot be read.

    >>> detect(b"GIF89a..."), detect(b"a,b", "table.csv"), detect(b"GIF89a...", "table.csv")
    ('image/gif', 'text/csv', 'image/gif')
    """
    if not isinstance(source, Source):
        if not isinstance(source, bytes):
            require_seekable(source)
            with open_source(source, name) as opened:
                return detect(opened)
        source = Memory(source, name)
    if source.detected is None:
        head = source.at(0, HEAD)
        source.detected = (
            by_signature(head, source) or by_text(head, source) or _by_the_rest(head, source)
        )
    return source.detected


def by_signature(head: bytes, source: Source) -> str | None:
    """Return the type that the first bytes tell, or what is inside a container."""
    four = head[:4]
    family = _FORM_FAMILIES.get(four)
    if family:
        return _FORMS.get(family + head[8:12])
    if head[4:8] in _BOXES and min(four) < 9:  # a length, not text
        return _iso_media(head, source)
    for magic, fits, found in _INDEX.get(four) or _INDEX.get(head[:1], ()):
        if head.startswith(magic) and (fits is None or fits(head, source)):
            return found if isinstance(found, str) else found(head, source)
    return None


def _iso_media(head: bytes, source: Source) -> str:
    """Return the type by the brand or the first box, and by the tracks (ISO 14496-12)."""
    found = _BOXES[head[4:8]]
    if head[4:8] == b"ftyp":
        branded = _BRANDS.get(head[8:12]) or _still(head)
        if branded and not branded.startswith("video/"):
            return branded
        found = branded or found
    return _SOUND_ALONE if iso.is_sound_alone(source) else found


def _still(head: bytes) -> str | None:
    """Return the type of a picture whose major brand is not that of its codec (section 4.3)."""
    end = min(int.from_bytes(head[:4], "big"), _LONGEST_BRANDS)
    compatible = [head[at : at + 4] for at in range(16, end, 4)]
    if not _STILLS.keys().isdisjoint(compatible):
        return next(found for brand, found in _STILLS.items() if brand in compatible)
    return _HEIC if head[8:12] in _HEIF_BRANDS else None


def _zip(head: bytes, source: Source) -> str:
    """Return the type that a ZIP archive states in its first member, or by its members' names."""
    stated = archives.stated_type(head)
    if stated is not None:
        return stated if stated in BY_ESSENCE else _ZIP
    names = archives.member_names(source)
    return next((found for tells, found in _BY_MEMBERS if tells(names)), _ZIP)


def _compound_file(head: bytes, source: Source) -> str:
    names = archives.root_names(head, source)
    types = (found for streams, found in _BY_STREAMS if not names.isdisjoint(streams))
    return next(types, _COMPOUND_FILE)


def _jpeg_2000(head: bytes, source: Source) -> str:
    """Return the type by the brand; what any reader of JP2 can read is JP2 (ISO 15444-1, I.5.2)."""
    branded = _BRANDS.get(head[20:24])
    if branded and b"jp2 " in head[28 : 12 + min(int.from_bytes(head[12:16], "big"), 256)]:
        return _JP2
    return branded or _JP2


def _after_tags(head: bytes, source: Source) -> str:
    """Return the type of what follows ID3 tags, which not only MP3 begins with."""
    start = source.at(mpeg_audio.tags_end(source), 4)
    if start.startswith(checks.ADTS):
        return _AAC
    return _FLAC if start == b"fLaC" else _MP3


# Bare signatures that tell only the container: these functions tell what is inside.
_TYPE_INSIDE: dict[str, _TypeOf] = {
    _ZIP: _zip,
    _COMPOUND_FILE: _compound_file,
    _JP2: _jpeg_2000,
    _MP3: _after_tags,
}


def _index() -> dict[bytes, tuple[_Entry, ...]]:
    """Return the signatures by their first four bytes, shorter ones by their first byte.

    The longest come first, and of equal ones those that ask for something besides.
    """
    index: dict[bytes, tuple[_Entry, ...]] = {}
    starting: list[_Entry] = []
    for row, signature in _SIGNATURES:
        if signature.magic and not signature.at:
            fits = _rest(signature)
            found = row.essence if fits else _TYPE_INSIDE.get(row.essence, row.essence)
            starting.append((signature.magic, fits, found))
    for entry in sorted(starting, key=lambda entry: (-len(entry[0]), entry[1] is None)):
        key = entry[0][: 4 if len(entry[0]) > 3 else 1]
        index[key] = (*index.get(key, ()), entry)
    return index


def _rest(signature: Signature) -> _Check | None:
    """Return what a signature asks for besides its magic bytes."""
    if signature.check or not signature.then:
        return signature.check
    start = signature.at + len(signature.magic)

    @functools.cache
    def pattern() -> re.Pattern[bytes]:  # on first use, since compiling takes time
        return re.compile(signature.then, re.S)

    return lambda head, source: bool(pattern().match(head, start))


def _late_signatures() -> list[tuple[_Check, str, bool]]:
    """Return the other signatures, the cheap ones first, and whether they are tried on noise."""
    others = [pair for pair in _SIGNATURES if pair[1].at or not pair[1].magic]

    def cost(pair: tuple[MediaType, Signature]) -> tuple[bool, bool, bool, bool]:
        signature = pair[1]
        return signature.in_noise, signature.at > HEAD, not signature.at, not signature.then

    return [(_check_of(sign), row.essence, sign.in_noise) for row, sign in sorted(others, key=cost)]


def _check_of(signature: Signature) -> _Check:
    """Return a check for all that a signature asks for."""
    rest, magic, at = _rest(signature), signature.magic, signature.at
    end = at + len(magic)

    def fits(head: bytes, source: Source) -> bool:
        found = head[at:end] if end <= HEAD else source.at(at, len(magic))
        return found == magic and (rest is None or rest(head, source))

    return fits


# libmagic is not believed where the signatures ask for more than it does.
_NOT_BY_LIBMAGIC = {row.essence for row, sign in _SIGNATURES if sign.check or sign.then}
_INDEX = _index()
_LATE = _late_signatures()
_LATE_IN_NOISE = [entry for entry in _LATE if entry[2]]


def _by_the_rest(head: bytes, source: Source) -> str:
    """Return the type of a binary file that does not begin as a common format does."""
    is_noise = _is_noise(head)
    late = _LATE_IN_NOISE if is_noise else _LATE
    found = next((essence for fits, essence, _ in late if fits(head, source)), None)
    if found is None and (claimed := claimed_type(source)) in _BY_NAME:
        found = claimed
    return found or (_UNKNOWN if is_noise else _by_library(head))


def _by_library(head: bytes) -> str:
    """Ask libmagic, or puremagic where there is none, about a binary that is no common format."""
    found = canonical(_library()(head))
    is_binary = "/" in found and not found.startswith(("text/", "inode/"))
    return found if is_binary and found not in _NOT_BY_LIBMAGIC else _UNKNOWN


def _is_noise(head: bytes) -> bool:
    """Tell random bytes, one in eighty of which libmagic takes for a program or the like.

    256 random bytes lack 94 values on average. A format's head lacks more, or has a word in it.
    """
    absent = _ALL_BYTES.translate(None, head[:256])
    return len(absent) < 112 and not _WORD.search(head[:16])


@functools.cache
def _library() -> Callable[[bytes], str]:
    try:
        import magic

        return cast(Callable[[bytes], str], magic.Magic(mime=True).from_buffer)
    except (ImportError, OSError, AttributeError):
        return _pure


def _pure(head: bytes) -> str:
    import puremagic

    try:
        return str(puremagic.from_string(head, mime=True)) or _UNKNOWN
    except (puremagic.PureError, ValueError):
        return _UNKNOWN
