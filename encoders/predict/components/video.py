"""Video, with subtitles where the era has them."""

from __future__ import annotations

from typing import Any

from encoders import mime, video
from encoders.errors import MediaTypeError
from encoders.predict.eras import Version, at
from encoders.predict.wire import File, Incoming, Json, Outgoing, Reference, summary
from encoders.source import open_source

_ALONE, _PAIR, _KEYS = "a file", "a list of file and subtitles", "an object with video, subtitles"
_SHAPES: dict[Version, str] = {(2, 0): _ALONE, (3, 26): _PAIR, (4, 0): _KEYS, (6, 0): _ALONE}


def encode_video(value: Any, out: Outgoing) -> Json:
    """A video, or ``(video, subtitles)``, the latter an SRT or WebVTT file."""
    subtitles = None
    if isinstance(value, tuple | list):
        if len(value) != 2:
            out.fail(f"expected a video, or (video, subtitles), found {summary(list(value))}")
        value, subtitles = value
    shape = at(_SHAPES, out.version)
    if subtitles is not None and shape == _ALONE:
        out.fail(f"Gradio {out.version[0]} takes no subtitles with a video: leave them out")
    picture = encode_file(value, out)
    if shape == _ALONE or (shape == _PAIR and subtitles is None):
        return picture
    text = None if subtitles is None else out.file(subtitles)
    return [picture, text] if shape == _PAIR else {"video": picture, "subtitles": text}


def encode_file(value: Any, out: Outgoing) -> Json:
    """Return one video file's JSON; what is no video is an error."""
    if isinstance(value, Reference):
        return out.file(value)
    if isinstance(value, video.Video):
        return out.file(value.data, "video")
    out.check_text(value)
    source, name = (value.data, value.name) if isinstance(value, File) else (value, None)
    with open_source(source, name) as opened:
        media_type = mime.detect(opened)
        if mime.kind(media_type) != "video":
            raise MediaTypeError(f"this is {media_type}, not a video")
    return out.file(value)


def decode_video(value: Json, got: Incoming) -> Any:
    """Return a `Video`; with subtitles, ``(video, subtitles)``, the latter a `File`."""
    picture, text = _parts(value, got)
    if picture is value:
        return decode_clip(value, got)
    if picture is None and text is None:
        return None
    with got.within("video"):
        shown = decode_clip(picture, got)
    if text is None:
        return shown
    with got.within("subtitles"):
        return shown, got.file(text)


def decode_clip(value: Json, got: Incoming) -> Any:
    """Return one `Video`, or its `Reference`."""
    held = got.held(value)
    return held if isinstance(held, Reference) else video.decode(held[0], limits=got.limits)


def _parts(value: Json, got: Incoming) -> tuple[Json, Json]:
    if isinstance(value, list):
        if len(value) != 2:
            got.fail(f"expected a video and subtitles, found {summary(value)}")
        return value[0], value[1]
    if isinstance(value, dict) and "video" in value:
        return value["video"], value.get("subtitles")
    return value, None
