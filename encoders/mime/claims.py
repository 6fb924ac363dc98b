"""Whether a media file is what it claims to be: by its label, and by the lengths that it states.

libsndfile and FFmpeg read what is left of a file that was cut off as if that were all. MP3's frames
are counted in `encoders.mime.containers.mpeg_audio`. MP3 without a Xing header, and ADTS, state no
length: there at most a part of one frame, some hundredths of a second, is missed.
"""

from __future__ import annotations

from encoders.errors import SEND_WHOLE, CorruptMediaError, MediaTypeError, Remedy, clip
from encoders.mime.containers import asf, au, caf, flv, iso, matroska, ogg, riff
from encoders.mime.iso_tables import check_tables
from encoders.mime.table import canonical, find
from encoders.source import Source

# Returns where a file ends by its own statement, by the name of FFmpeg's demuxer for it.
_STATED_ENDS = {
    "aiff": riff.aiff_end,
    "asf": asf.stated_end,
    "au": au.stated_end,
    "avi": riff.avi_end,
    "caf": caf.stated_end,
    "flv": flv.stated_end,
    "matroska": matroska.stated_end,
    "mov": iso.stated_end,
    "ogg": ogg.stated_end,
    "w64": riff.wave64_end,
    "wav": riff.wav_end,
}


def check_label(declared: str, found: str) -> None:
    """Refuse a declared media type that is not the one found in the content.

    Raises:
        MediaTypeError: they differ.
    """
    if canonical(declared) != found:
        raise MediaTypeError(
            f"the data URL is labelled {clip(declared)}, but its content is {found}",
            remedy=(Remedy("leave out", "strict", "to go by the content"),),
        )


def check_whole(source: Source, media_type: str) -> None:
    """Refuse a file whose end is missing.

    Raises:
        CorruptMediaError: a part of the file ends, by its stated length, after the file's end.
    """
    row = find(media_type)
    stated_end = _STATED_ENDS.get(row.demuxer) if row else None
    if stated_end and stated_end(source) > source.size:
        raise CorruptMediaError(
            f"the {media_type} was cut off: it has {source.size:,} bytes, and its last part says "
            "that it is longer",
            remedy=SEND_WHOLE,
        )
    if stated_end is iso.stated_end:
        check_tables(source, media_type)
