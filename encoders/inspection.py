"""What a file or data URL holds, told from its content without decoding all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from encoders import audio, image, mime, video
from encoders.codecs import codec_for
from encoders.limits import DEFAULT, Limits
from encoders.pyav import NoTrackError
from encoders.source import Source, SourceLike, open_source


@dataclass(frozen=True, slots=True)
class Inspection:
    """What `inspect` found.

    Attributes:
        name: the base name that came with the bytes, if any.
        media_type: what the content is.
        declared: what a data URL says that it is, else None.
        size: in bytes.
        details: by type: ``width``, ``height``, ``mode``, ``frames``; ``sample_rate`` in Hz,
            ``channels``; ``duration`` in seconds, ``fps``, ``has_audio``. A video file with sound
            alone has those of a sound.
    """

    name: str | None
    media_type: str
    declared: str | None
    size: int
    details: dict[str, Any] = field(default_factory=dict)


def inspect(source: SourceLike | Source, *, limits: Limits = DEFAULT) -> Inspection:
    """Return what ``source`` holds.

    Args:
        source: a path, bytes, a binary file or a data URL.
        limits: bounds (``max_pixels``, ``max_frames``; ``max_seconds``, for a sound whose head does
            not say how long it is; ``max_bytes``, for a picture, sound or video in a data URL).

    Raises:
        EncodersError: the content is not what its head says.
        LimitError: it is larger than ``limits`` allow.

    >>> inspect("data:image/png;base64,R0lGODdhAQABAPAAAP8AAAAAACwAAAAAAQABAAACAkQBADs=").details
    {'width': 1, 'height': 1, 'mode': 'P', 'frames': 1}
    """
    with open_source(source) as opened:
        media_type = mime.detect_source(opened)
        describe = _DESCRIBE.get(codec_for(media_type))
        if describe:
            opened.check(limits)
        details = describe(opened, limits) if describe else {}
        return Inspection(opened.name, media_type, opened.declared, opened.size, details)


def _image(source: Source, limits: Limits) -> dict[str, Any]:
    info = asdict(image.describe(source, limits=limits))
    return {key: info[key] for key in ("width", "height", "mode", "frames")}


def _audio(source: Source, limits: Limits) -> dict[str, Any]:
    info = audio.describe(source, limits=limits)
    return {key: getattr(info, key) for key in ("sample_rate", "channels", "duration")}


def _video(source: Source, limits: Limits) -> dict[str, Any]:
    try:
        info = video.describe(source, limits=limits)
    except NoTrackError:
        return _audio(source, limits)
    keys = ("width", "height", "duration", "fps", "frame_count", "has_audio")
    return {key: getattr(info, key) for key in keys}


_DESCRIBE: dict[str, Callable[[Source, Limits], dict[str, Any]]] = {
    "image": _image,
    "audio": _audio,
    "video": _video,
}
