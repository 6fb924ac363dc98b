"""Whether a media file is all there, by the lengths that it states itself.

libsndfile and FFmpeg read what is left of a file that was cut off as if that were all. MP3's frames
are counted in `encoders.mime.containers.mpeg_audio`. MP3 without a Xing header, and ADTS, state no
length: there at most a part of one frame, some hundredths of a second, is missed.
"""

from __future__ import annotations

from encoders.errors import CorruptMediaError, Remedy
from encoders.mime.containers import iso
from encoders.mime.iso_tables import check_tables
from encoders.mime.table import find
from encoders.source import Source


def check_whole(source: Source, media_type: str) -> None:
    """Refuse a file whose end is missing.

    Raises:
        CorruptMediaError: a part of the file ends, by its stated length, after the file's end.
    """
    row = find(media_type)
    stated_end = row.stated_end if row else None
    if stated_end and stated_end(source) > source.size:
        raise CorruptMediaError(
            f"the {media_type} was cut off: it has {source.size:,} bytes, and its last part says "
            "that it is longer",
            remedy=(Remedy("do", value="send the whole file"),),
        )
    if stated_end is iso.stated_end:
        check_tables(source, media_type)
