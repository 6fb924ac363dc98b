"""Sound and video: in Gradio 2.x and 3.x a part of a sound, in 3.x to 5.x video with subtitles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from encoders import audio, codecs, mime, video
from encoders.errors import EncodersError, MediaTypeError, Remedy, clip_value
from encoders.predict.components.shared.checking import check_range
from encoders.predict.components.shared.component_type import MEDIA, ComponentType
from encoders.predict.components.shared.forms import file_field
from encoders.predict.components.shared.options import Options, is_number
from encoders.predict.eras import Version, at
from encoders.predict.samples import sample
from encoders.predict.values import File, Json, Reference
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.schemas import (
    NOTHING,
    NUMBER,
    Schema,
    SchemaContext,
    any_of,
    tuple_of,
)
from encoders.source import open_source

_CROP = ("crop_min", "crop_max")
_CROPS: dict[Version, bool] = {(2, 0): True, (4, 0): False}
_ALONE, _PAIR, _OBJECT = "a file", "a list of file and subtitles", "an object with video, subtitles"
_SHAPES: dict[Version, str] = {(2, 0): _ALONE, (3, 26): _PAIR, (4, 0): _OBJECT, (6, 0): _ALONE}


def encode_audio(value: Any, context: EncodeContext) -> Json:
    """Encode a sound, or a dict of it with ``crop_min`` and ``crop_max`` in percent of it."""
    if not isinstance(value, Mapping):
        return _encode_sound(value, context)
    is_cropped = {"audio"} <= set(value) <= {"audio", *_CROP}
    context.expect(is_cropped, "a sound, or audio, crop_min and crop_max", value)
    if not at(_CROPS, context.version):
        context.fail(
            f"{context.gradio} does not crop sound",
            remedy=(
                Remedy("do", value="cut the samples"),
                Remedy("in Python", value="decode a part with audio.decode(start=, stop=)"),
            ),
        )
    crop = {key: value[key] for key in _CROP if key in value}
    for key, percent in crop.items():
        if not is_number(percent) or not 0 <= percent <= 100:
            found = clip_value(percent)
            context.fail(f"{key} is {found}: expected 0 to 100, in percent of the length")
    sound: dict[str, Json] = _encode_sound(value["audio"], context)
    sound.update(crop)  # in the object that an upload will fill in
    return sound


def decode_audio(value: Json, context: DecodeContext) -> Any:
    """Return ``(sample_rate, samples)``; with a crop, a dict of it and the two percentages."""
    sound = context.decode_content(value, lambda url, _: audio.decode(url, limits=context.limits))
    if isinstance(sound, Path | Reference):
        return sound
    crop = {key: value[key] for key in _CROP if isinstance(value, dict) and key in value}
    return {"audio": sound, **crop} if crop else sound


def _encode_sound(value: Any, context: EncodeContext) -> Json:
    if isinstance(value, Reference | File):
        return context.encode_file(value)
    if isinstance(value, tuple):
        return context.encode_file(audio.encode(value, limits=context.limits), "audio.wav")
    # A video may have a sound track.
    return _encode_checked(value, context, "sound", "audio", "video")


def encode_video(value: Any, context: EncodeContext) -> Json:
    """Encode a video, or ``(video, subtitles)``, the latter an SRT or WebVTT file."""
    subtitles = None
    if isinstance(value, tuple | list):
        value, subtitles = context.pair(value, "a video, or (video, subtitles)")
    shape = at(_SHAPES, context.version)
    if subtitles is not None and shape == _ALONE:
        context.fail(
            f"{context.gradio} takes no subtitles with a video",
            remedy=(Remedy("do", value="pass the video alone"),),
        )
    clip = encode_clip(value, context)
    if shape == _ALONE or (shape == _PAIR and subtitles is None):
        return clip
    text = None if subtitles is None else context.encode_file(subtitles)
    return [clip, text] if shape == _PAIR else {"video": clip, "subtitles": text}


def encode_clip(value: Any, context: EncodeContext) -> Json:
    """Return the JSON of one video file; what is not a video is an error."""
    if isinstance(value, Reference):
        return context.encode_file(value)
    if isinstance(value, video.Video):
        return context.encode_file(value.data, "video")
    return _encode_checked(value, context, "a video", "video")


def _encode_checked(value: Any, context: EncodeContext, expected: str, *kinds: str) -> Json:
    """Return the JSON of a file whose content is of one of the ``kinds``."""
    source, name = context.unpacked(value)
    with open_source(source, name) as opened:
        media_type = mime.detect(opened)
        if mime.kind(media_type) not in kinds:
            raise MediaTypeError(f"this is {media_type}, not {expected}")
    return context.encode_file(value)


def decode_video(value: Json, context: DecodeContext) -> Any:
    """Return a `Video`; with subtitles, ``(video, subtitles)``, the latter a `File`."""
    if isinstance(value, list):
        clip, text = context.pair(value, "a video and subtitles")
    elif isinstance(value, dict) and "video" in value:
        clip, text = value["video"], value.get("subtitles")
    else:
        return decode_clip(value, context)
    if clip is None and text is None:
        return None
    with context.within("video"):
        shown = decode_clip(clip, context)
    if text is None:
        return shown
    with context.within("subtitles"):
        return shown, context.decode_file(text)


def decode_clip(value: Json, context: DecodeContext) -> Any:
    """Return one `Video`, or its `Reference`."""
    return context.decode_content(value, lambda url, _: video.decode(url, limits=context.limits))


def check_length(sent: Json, context: EncodeContext) -> None:
    """Refuse what is shorter or longer than Gradio 4 and 5 allow, if its head says its length."""
    low, high = context.options.get("min_length"), context.options.get("max_length")
    uploads = (upload for upload in context.uploads if upload.index == context.index)
    first = next(uploads, None) if is_number(low) or is_number(high) else None
    if first is None:
        return
    try:
        seconds = codecs.inspect(first.source, limits=context.limits).details.get("duration")
    except EncodersError:
        return
    if seconds is not None:
        expected = " and ".join(_lengths(context.options))
        check_range(round(seconds, 3), low, high, expected, context, " s")


def _lengths(options: Options) -> Iterator[str]:
    for key, word in (("min_length", "at least"), ("max_length", "at most")):
        seconds = options.get(key)
        if is_number(seconds):
            yield f"{word} {seconds} s long"


def _schema_audio(context: SchemaContext) -> Schema:
    sound = context.file("audio")
    if context.is_output or not at(_CROPS, context.version):
        return sound
    percent = {**NUMBER, "minimum": 0, "maximum": 100}
    return {**sound, "properties": dict.fromkeys(_CROP, percent)}


def _schema_video(context: SchemaContext) -> Schema:
    clip, shape = context.file("video"), at(_SHAPES, context.version)
    if shape == _ALONE:
        return clip
    subtitles = any_of(context.file(), NOTHING)
    if shape == _PAIR:
        return any_of(clip, tuple_of(clip, subtitles))
    return context.object("SubtitledVideo", {"video": clip}, subtitles=subtitles)


COMPONENTS = {
    "audio": ComponentType(
        encode=encode_audio,
        decode=decode_audio,
        takes="(sample_rate, array), Path, bytes",
        gives="(sample_rate, int16 array)",
        aliases=("microphone", "mic"),
        reader=MEDIA,
        check=check_length,
        constraints=_lengths,
        schema=_schema_audio,
        example=lambda *_: sample("example.wav").data,
        answer_shapes={(2, 0): lambda json, _: json["data"], (3, 20): None},
        helper="encoders.audio.encode",
        asked=lambda options: file_field(options, "sound", "audio/*,video/*"),
    ),
    "video": ComponentType(
        encode=encode_video,
        decode=decode_video,
        takes="Path, bytes, Video; or (video, subtitles)",
        gives="Video, or (Video, subtitles)",
        aliases=("playablevideo",),
        reader=MEDIA,
        check=check_length,
        constraints=_lengths,
        schema=_schema_video,
        example=lambda *_: sample("example.mp4").data,
        answer_shapes={(2, 0): None, (3, 20): lambda json, _: [json, None], (4, 0): None},
        helper="encoders.video.encode",
        asked=lambda options: file_field(options, "video", "video/*"),
    ),
}
