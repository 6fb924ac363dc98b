"""The frames of MPEG audio, layers I to III, and how much sound they hold.

Each frame has a header that states its length in bytes and in samples (ISO 11172-3 section 2.4.2.3;
ISO 13818-3 section 2.4.2.3 for lower sample rates; MPEG 2.5 for the lowest). A file has no header
of its own. Many encoders put a first frame in front that holds no sound: it states how many frames
follow, and how many samples at both ends are padding. Its name is Xing, or Info where the bit rate
is constant; Fraunhofer's is VBRI. Files that were joined have several of them.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from encoders.atomic import BytesLike
from encoders.errors import CorruptMediaError
from encoders.source import Source

# Bit rates in kbit/s, by version and layer. A rate of 0 is left to the encoder ("free format").
_LOW = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_KBITS = {
    (1, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (1, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (1, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): _LOW,
    (2, 3): _LOW,
}
_SAMPLE_RATES = (44100, 48000, 32000)
_DIVISORS = {3: 1, 2: 2, 0: 4}  # by the two bits of the version: MPEG 1, 2 and 2.5
_SYNC = re.compile(rb"\xff[\xe2\xe3\xf2-\xf7\xfa-\xff][^\xf0-\xff]", re.DOTALL)
_RELEVANT = 0xFFFEFEC0  # the bits of a header that matter here

# Frames that may be missing at the end: a count may include the header frame, and the first frames
# of a file that was cut in front need earlier frames that are gone.
MAY_BE_MISSING = 40

_LONGEST_GAP = 1024  # bytes between two frames; mpg123 looks no further either
_LONGEST_REST = 1 << 16  # bytes before the first frame and after the last that are no tag
_MOST_TAGS = 20  # in front of frames
_LARGEST_FRAME = 2881  # bytes: layer II of MPEG 2, 160 kbit/s at 8,000 Hz
_ENOUGH_FRAMES, _ENOUGH_FREE_FRAMES = 4, 8  # frames in a row

# The Xing header follows a frame's side information; by version and channels.
_XING_AT = {(1, 1): 21, (1, 2): 36, (2, 1): 13, (2, 2): 21}
_VBRI_AT = 36


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a frame states.

    Attributes:
        kind: version (1, or 2 for MPEG 2 and 2.5), layer, sample rate in Hz, channels.
        size: of the frame, in bytes; 0 where the encoder chose the bit rate ("free format").
        samples: of each channel.
    """

    kind: tuple[int, int, int, int]
    size: int
    samples: int


@dataclass(slots=True)
class Stream:
    """Frames of one kind, with at most one header frame, which comes first.

    Attributes:
        header: of the first frame.
        stated: how many frames the header frame states, or None.
        frames: how many frames with sound there are.
        parts: the places of those frames: start and end, in bytes.
        largest: the size of the largest frame, in bytes.
        front: the place of the header frame, if there is one.
        end: where the frames end by the header frame, in bytes; 0 where it does not say.
    """

    header: Header
    stated: int | None = None
    frames: int = 0
    parts: list[tuple[int, int]] = field(default_factory=list)
    largest: int = 0
    front: tuple[int, int] | None = None
    end: int = 0

    @property
    def samples(self) -> int:
        """The samples of each channel in all frames, padding included."""
        return self.frames * self.header.samples

    @property
    def is_stated(self) -> bool:
        """Whether the header frame states these frames; some count the header frame too."""
        return self.stated in (self.frames, self.frames + 1)


def streams(data: BytesLike) -> list[Stream]:
    """Return the streams of a file, without tags; none if no frame is followed by another.

    Raises:
        CorruptMediaError: frames are missing between others, or after them where a header frame
            states more.
    """
    found: list[Stream] = []
    for at, header in _frames(data):
        front = _header_frame(data, at, header)
        if front or not found or found[-1].header.kind != header.kind:
            found.append(Stream(header))
        stream = found[-1]
        if front:
            stream.stated, stream.end = front
            stream.front = at, at + header.size
            continue
        stream.frames += 1
        stream.largest = max(stream.largest, header.size)
        is_next = bool(stream.parts) and stream.parts[-1][1] == at
        start = stream.parts.pop()[0] if is_next else at
        stream.parts.append((start, at + header.size))
    for stream in found:
        missing = (stream.stated or 0) - stream.frames
        # A count that includes the header frame is one too large in a file that is whole, too.
        if missing > 1 or (missing == 1 and stream.end > len(data)):
            raise CorruptMediaError(
                f"the sound was cut off: its header states {stream.stated:,} frames, and "
                f"{stream.frames:,} are there"
            )
    return [stream for stream in found if stream.frames]


def stated_stream(data: BytesLike) -> Stream | None:
    """Return the only stream of a file whose header frame states its end, without reading on."""
    at = 0
    while size := tag_size(data, at):
        at += size
    header = header_at(data, at)
    stated, end = (header and _header_frame(data, at, header)) or (None, 0)
    if not header or not stated or not end or end + tag_size(data, end) != len(data):
        return None
    start = at + header.size
    return Stream(header, stated, stated, [(start, end)], header.size, (at, start))


def _frames(data: BytesLike) -> Iterator[tuple[int, Header]]:
    """Yield the place and the header of each whole frame."""
    at, kind = 0, None
    while at >= 0:
        header = header_at(data, at)
        if header and not 0 < header.size <= len(data) - at:
            header = None
        if header and (header.kind == kind or _is_followed(data, at, header)):
            yield at, header
            kind = header.kind
            at += header.size
        else:
            at = _next_frame(data, at, is_first=kind is None)


def tags_end(source: Source) -> int:
    """Return where the tags before the frames end, in bytes."""
    at = 0
    for _ in range(_MOST_TAGS):
        size = tag_size(source.at(at, 64))
        if not size:
            break
        at += size
    return at


def begins(head: bytes, source: Source) -> bool:
    """Tell whether a file begins with four frames, or with fewer before a tag or the end.

    Text in UTF-16 begins with 0xFF 0xFE.
    """
    if len(head) < 3 or head[1] == 0xFE:
        return False
    data = source.at(0, _LARGEST_FRAME * (_ENOUGH_FRAMES + 1))
    header = header_at(data, 0)
    if header is None:
        return False
    if not header.size:
        return _are_free_frames(source.at(0, _LARGEST_FRAME * (_ENOUGH_FREE_FRAMES + 1)), header)
    return _are_frames(data, 0, ends=len(data) == source.size, least=1)


def _are_free_frames(data: bytes, header: Header) -> bool:
    """Tell whether frames of "free format" follow. All have one size, apart from padding."""
    for match in _SYNC.finditer(data, 4, _LARGEST_FRAME):
        size = match.start()
        places = [(count * size, count * size + count) for count in range(1, _ENOUGH_FREE_FRAMES)]
        if all(
            any(
                data[at : at + 2] == data[:2] and header_at(data, at) == header
                for at in range(first, last + 1)
            )
            for first, last in places
        ):
            return True
    return False


def begins_late(head: bytes, source: Source) -> bool:
    """Tell whether frames begin after a tag, zeros, or a part of a frame.

    Layer I, whose frames look like small negative numbers, is left out.
    """
    at = tags_end(source)
    front = source.at(at, _LONGEST_REST)
    at += len(front) - len(front.lstrip(b"\0"))
    data = source.at(at, _LARGEST_FRAME * (_ENOUGH_FRAMES + 1))
    ends = at + len(data) == source.size
    return any(
        data[match.start() + 1] & 6 != 6 and _are_frames(data, match.start(), ends=ends, least=2)
        for match in _SYNC.finditer(data, 0, _LARGEST_FRAME)
    )


def _are_frames(data: bytes, at: int, *, ends: bool, least: int) -> bool:
    """Tell whether enough frames of one kind follow one another to be no coincidence.

    Args:
        data: the beginning of a file.
        at: where the first one is.
        ends: the file has no more.
        least: how many are enough before a tag or the end.
    """
    first = data[at : at + 2]
    kind = None
    for count in range(_ENOUGH_FRAMES):
        header = header_at(data, at)
        is_like = header and header.size and header.kind == (kind or header.kind)
        if not header or not is_like or data[at : at + 2] != first:
            is_end = (ends and len(data) - at < 4) or tag_size(data, at) > 0
            return is_end and count >= least
        kind = header.kind
        at += header.size
    return True


def header_at(data: BytesLike, at: int) -> Header | None:
    """Return the header of the frame at a place, None where there is none."""
    if not _SYNC.match(data, at):
        return None
    return _header(int.from_bytes(data[at : at + 4], "big") & _RELEVANT)


@functools.lru_cache(1024)
def _header(bits: int) -> Header | None:
    version_bits, layer, rate_index = bits >> 19 & 3, 4 - (bits >> 17 & 3), bits >> 10 & 3
    version = 1 if version_bits == 3 else 2
    if rate_index == 3 or layer == 4 or version_bits == 1 or bits >> 12 & 15 == 15:
        return None
    kbits = _KBITS[version, layer][bits >> 12 & 15]
    sample_rate = _SAMPLE_RATES[rate_index] // _DIVISORS[version_bits]
    padding = bits >> 9 & 1
    if layer == 1:
        samples, size = 384, (12_000 * kbits // sample_rate + padding) * 4
    else:
        samples = 576 if (version, layer) == (2, 3) else 1152
        size = samples * 125 * kbits // sample_rate + padding
    channels = 1 if bits >> 6 & 3 == 3 else 2
    return Header((version, layer, sample_rate, channels), size if kbits else 0, samples)


def _is_followed(data: BytesLike, at: int, header: Header) -> bool:
    """Tell whether a like frame, a tag or the end follows; if not, it may be no frame."""
    end = at + header.size
    following = header_at(data, end)
    if following is None:
        return end == len(data) or tag_size(data, end) > 0
    return following.kind == header.kind


def _next_frame(data: BytesLike, at: int, *, is_first: bool) -> int:
    """Return where the next frame starts, past tags and a few other bytes; -1 for none.

    Raises:
        CorruptMediaError: there are too many other bytes, and frames after them.
    """
    while size := tag_size(data, at):
        at += size
    for match in _SYNC.finditer(data, at, at + _LONGEST_REST):
        place = match.start()
        header = header_at(data, place)
        if header and 0 < header.size <= len(data) - place and _is_followed(data, place, header):
            if place - at > _LONGEST_GAP and not is_first:
                raise CorruptMediaError(
                    f"the sound is damaged: {place - at:,} bytes between its frames are no frames"
                )
            return place
    if len(data) - at > _LONGEST_REST and not is_first:
        raise CorruptMediaError(
            f"the sound is damaged: its frames end {len(data) - at:,} bytes before the end"
        )
    return -1


def tag_size(data: BytesLike, at: int = 0) -> int:
    """Return the size of the tag at a place, in bytes; 0 where there is none.

    Known are ID3v2 (its header states the size in four times seven bits), ID3v1 and its extension,
    APE (its size leaves the header out) and Lyrics3.
    """
    head = bytes(data[at : at + 20])
    if head[:3] == b"ID3" and len(head) >= 10:
        size = functools.reduce(lambda total, byte: total << 7 | byte & 127, head[6:10], 0)
        return size + (20 if head[5] & 0x10 else 10)
    if head[:8] == b"APETAGEX" and len(head) >= 16:
        return 32 + int.from_bytes(head[12:16], "little")
    if head[:4] == b"TAG+":
        return 227
    if head[:3] == b"TAG":
        return 128
    if head[:11] == b"LYRICSBEGIN":
        rest = bytes(data[at : at + _LONGEST_REST])
        end = max(rest.rfind(b"LYRICS200"), rest.rfind(b"LYRICSEND"))
        return end + 9 if end > 0 else 0
    return 0


def _header_frame(data: BytesLike, at: int, header: Header) -> tuple[int | None, int] | None:
    """Return what a header frame states; None for other frames.

    That is how many frames there are, or None, and where they end in bytes, or 0.
    """
    version, layer, _, channels = header.kind
    if layer != 3:
        return None
    place = at + _XING_AT[version, channels]
    fields = bytes(data[place : place + 16])
    if fields[:4] in (b"Xing", b"Info"):
        flags = fields[7] if len(fields) > 7 else 0
        stated = int.from_bytes(fields[8:12], "big") if flags & 1 else 0
        return stated or None, at + int.from_bytes(fields[12:], "big") if flags & 3 == 3 else 0
    fields = bytes(data[at + _VBRI_AT : at + _VBRI_AT + 18])
    return (int.from_bytes(fields[14:], "big") or None, 0) if fields[:4] == b"VBRI" else None
