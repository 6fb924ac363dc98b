"""Sound, and in Gradio 2.x and 3.x a part of it by percent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from encoders import audio, mime
from encoders.errors import MediaTypeError, clip_value
from encoders.predict.wire import File, Incoming, Json, Outgoing, Reference, summary
from encoders.source import open_source

_CROP = ("crop_min", "crop_max")


def encode_audio(value: Any, out: Outgoing) -> Json:
    """A sound, or a dict of it with ``crop_min`` and ``crop_max`` in percent of its length."""
    if not isinstance(value, Mapping):
        return _sound(value, out)
    if "audio" not in value or not set(value) <= {"audio", *_CROP}:
        out.fail(f"expected a sound, or audio, crop_min and crop_max; found {summary(dict(value))}")
    if out.version >= (4, 0):
        out.fail(
            "Gradio 4 and later crop no sound: cut the samples, or audio.decode(start=, stop=)"
        )
    crop = {key: value[key] for key in _CROP if key in value}
    for key, percent in crop.items():
        if (
            isinstance(percent, bool)
            or not isinstance(percent, int | float)
            or not (0 <= percent <= 100)
        ):
            out.fail(f"{key} is {clip_value(percent)}: expected 0 to 100, in percent of the length")
    sound: dict[str, Json] = _sound(value["audio"], out)
    sound.update(crop)  # in the object that an upload will fill in
    return sound


def decode_audio(value: Json, got: Incoming) -> Any:
    """Return ``(sample_rate, samples)``; with a crop, a dict of it and the two percentages."""
    held = got.held(value)
    if isinstance(held, Reference):
        return held
    sound = audio.decode(held[0], limits=got.limits)
    crop = {key: value[key] for key in _CROP if isinstance(value, dict) and key in value}
    return {"audio": sound, **crop} if crop else sound


def _sound(value: Any, out: Outgoing) -> Json:
    if isinstance(value, Reference | File):
        return out.file(value)
    if isinstance(value, tuple):
        return out.file(audio.encode(value, limits=out.limits), "audio.wav")
    out.check_text(value)
    with open_source(value) as opened:
        media_type = mime.detect(opened)
        if mime.kind(media_type) not in ("audio", "video"):  # a video may have a sound track
            raise MediaTypeError(f"this is {media_type}, not sound")
    return out.file(value)
