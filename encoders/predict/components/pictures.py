"""Several pictures: in layers, side by side, annotated, in a gallery or a carousel."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from encoders import mime, video
from encoders.errors import bounded, clip
from encoders.predict.components import image
from encoders.predict.components.anything import decode_anything, encode_anything
from encoders.predict.components.audio_video import decode_clip, encode_clip
from encoders.predict.components.shared.checking import check_files
from encoders.predict.components.shared.component_type import (
    MEDIA,
    MEDIA_LIST,
    ComponentType,
    TextReader,
    read_media,
    read_media_list,
)
from encoders.predict.components.shared.forms import file_field
from encoders.predict.components.shared.options import Options, file_types
from encoders.predict.eras import Version, at
from encoders.predict.samples import sample
from encoders.predict.values import File, Json, Reference
from encoders.predict.wire.context import DecodeContext, EncodeContext, Streamed
from encoders.predict.wire.file_shapes import file_object
from encoders.predict.wire.schemas import (
    DATA_URL,
    NOTHING,
    OPTIONAL_TEXT,
    TEXT,
    Schema,
    SchemaContext,
    any_of,
    list_of,
    tuple_of,
)
from encoders.source import open_source

_EDITOR_KEYS = ("background", "layers", "composite")
_WHOLE_PICTURES = ("background", "composite")
_ANNOTATES_BY_KEYS: dict[Version, bool] = {(2, 0): False, (4, 0): True}


class _ItemShape(NamedTuple):
    """How an item of a gallery travels."""

    takes_videos: bool = True
    is_file: bool = False  # and no bare data URL
    is_object: bool = False  # with a caption


_ITEM_SHAPES: dict[Version, _ItemShape] = {
    (2, 0): _ItemShape(),
    (3, 20): _ItemShape(is_file=True),
    (4, 0): _ItemShape(takes_videos=False, is_object=True),
    (5, 0): _ItemShape(is_object=True),
}


def encode_editor(value: Any, context: EncodeContext) -> Json:
    """Encode a dict of background, layers and composite, or one picture for first and last."""
    if not isinstance(value, Mapping):
        value = {"background": value, "layers": [], "composite": value}
    if unknown := set(value) - {*_EDITOR_KEYS, "id"}:
        found = bounded(", ".join(sorted(clip(str(key)) for key in unknown)), 100)
        context.fail(f"expected the keys {', '.join(_EDITOR_KEYS)}, found {found}")
    alpha = image.keeps_alpha(context, "RGBA")
    encoded = context.each_value(
        {key: value.get(key) for key in _WHOLE_PICTURES},
        lambda part: None if part is None else image.encode_picture(part, context, alpha=alpha),
    )
    with context.within("layers"):
        layers = context.each(
            value.get("layers") or (),
            lambda layer: image.encode_picture(layer, context, alpha=True),
        )
    return {**encoded, "layers": layers, "id": None}


def decode_editor(value: Json, context: DecodeContext) -> Any:
    is_layered = isinstance(value, dict) and not set(_EDITOR_KEYS).isdisjoint(value)
    context.expect(is_layered, "background, layers and composite", value)
    decoded = context.each_value(
        {key: value.get(key) for key in _WHOLE_PICTURES},
        lambda part: image.decode_optional(part, context),
    )
    with context.within("layers"):
        layers = _decode_list(value.get("layers") or [], context)
    return {key: layers if key == "layers" else decoded[key] for key in _EDITOR_KEYS}


def encode_pair(value: Any, context: EncodeContext) -> Json:
    is_pair = hasattr(value, "__len__") and not isinstance(value, str | bytes) and len(value) == 2
    context.expect(is_pair, "two pictures", value)
    return context.each(
        value, lambda part: None if part is None else image.encode_image(part, context)
    )


def decode_pair(value: Json, context: DecodeContext) -> Any:
    return tuple(_decode_list(value, context))


def _decode_list(value: Json, context: DecodeContext) -> list[Any]:
    context.expect(isinstance(value, list), "a list of pictures", value)
    return context.each(value, lambda part: image.decode_optional(part, context))


def encode_annotated(value: Any, context: EncodeContext) -> Json:
    """Encode a picture and ``(mask, label)`` pairs, each mask a picture."""
    base, pairs = context.pair(value, "(picture, [(mask, label), ...])")
    with context.within("image"):
        picture = image.encode_picture(base, context, alpha=True)
    by_keys = at(_ANNOTATES_BY_KEYS, context.version)

    def annotation(pair: Any) -> Json:
        mask, label = context.pair(pair, "(mask, label)")
        drawn = image.encode_picture(mask, context, alpha=True)
        return {"image": drawn, "label": str(label)} if by_keys else [drawn, str(label)]

    with context.within("annotations"):
        context.expect(isinstance(pairs, Iterable), "a list of (mask, label)", pairs)
        annotations = context.each(pairs, annotation)
    return {"image": picture, "annotations": annotations} if by_keys else [picture, annotations]


def decode_annotated(value: Json, context: DecodeContext) -> Any:
    """Return ``(picture, [(mask, label), ...])``."""
    if isinstance(value, dict) and "image" in value:
        base, pairs = value["image"], value.get("annotations") or []
    else:
        base, pairs = context.pair(value, "a picture and its annotations")
    with context.within("image"):
        picture = image.decode_picture(base, context)

    def annotation(pair: Json) -> Any:
        if isinstance(pair, dict) and {"image", "label"} <= set(pair):
            mask, label = pair["image"], pair["label"]
        else:
            mask, label = context.pair(pair, "a mask and its label")
        return image.decode_picture(mask, context), label

    with context.within("annotations"):
        context.expect(isinstance(pairs, list), "a list of masks, each with its label", pairs)
        return picture, context.each(pairs, annotation)


def encode_gallery(value: Any, context: EncodeContext) -> Json:
    """Encode a list of pictures or videos, each alone or as ``(picture, caption)``."""
    context.expect(isinstance(value, list | tuple), "a list of pictures", value)
    return context.each(value, lambda item: _encode_item(item, context))


def decode_gallery(value: Json, context: DecodeContext) -> Any:
    """Return a list of pictures or videos, with a caption as ``(picture, caption)``."""
    context.expect(isinstance(value, list), "a list of pictures", value)
    context.limits.check("max_files", len(value), "pictures in one output")
    return context.each(value, lambda item: _decode_item(item, context))


def _is_captioned(item: Any) -> bool:
    return isinstance(item, tuple | list) and len(item) == 2 and isinstance(item[1], str | None)


def _encode_item(item: Any, context: EncodeContext) -> Json:
    media, caption = item if _is_captioned(item) else (item, None)
    context.check_text(media)
    shape = at(_ITEM_SHAPES, context.version)
    if _is_video(media):
        if not shape.takes_videos:
            context.fail(f"a gallery of {context.gradio} holds pictures only, found a video")
        key, file = "video", encode_clip(media, context)
    else:
        key = "image"
        file = image.encode_picture(media, context, alpha=True, palette=not shape.is_object)
        if shape.is_file and isinstance(file, Streamed):
            file = context.encode_file(media)
        elif shape.is_file and isinstance(file, str):
            file = context.encode_file(file, "image")
    if shape.is_object:
        return {key: file, "caption": caption}
    return file if caption is None else [file, caption]


def check_gallery(sent: Json, context: EncodeContext) -> None:
    """Refuse pictures and videos of a type that ``file_types`` of Gradio 5 and later leaves out."""
    items = [item for item in sent if isinstance(item, dict)]
    check_files([item.get("image") or item.get("video") or item for item in items], context)


def _is_video(media: Any) -> bool:
    if isinstance(media, video.Video):
        return True
    if isinstance(media, File | Reference):
        return mime.kind(media.media_type or "") == "video"
    if hasattr(media, "dtype") or hasattr(media, "getbands"):
        return False
    with open_source(media) as source:
        return mime.kind(mime.detect(source)) == "video"


def _decode_item(item: Json, context: DecodeContext) -> Any:
    media, caption = item, None
    if isinstance(item, list):
        media, caption = context.pair(item, "a picture and its caption")
    elif isinstance(item, dict) and file_object(item) is None:
        media, caption = item.get("image") or item.get("video"), item.get("caption")
    is_video = isinstance(item, dict) and item.get("video")
    shown = decode_clip(media, context) if is_video else image.decode_picture(media, context)
    return shown if caption is None else (shown, caption)


def decode_rows(value: Json, context: DecodeContext) -> Any:
    """Return the rows of a carousel, each cell by its content."""
    context.expect(isinstance(value, list), "a list", value)
    return decode_anything(value, context)


def _schema_editor(context: SchemaContext) -> Schema:
    optional = any_of(context.picture(), NOTHING)
    parts = dict.fromkeys(_WHOLE_PICTURES, optional)
    return context.object("Drawing", {}, **parts, layers=list_of(optional), id=OPTIONAL_TEXT)


def _schema_pair(context: SchemaContext) -> Schema:
    optional = any_of(context.picture(), NOTHING)
    return tuple_of(optional, optional)


def _schema_annotated(context: SchemaContext) -> Schema:
    picture = context.file("image") if context.is_output else context.picture()
    if at(_ANNOTATES_BY_KEYS, context.version):
        annotation = context.object("Annotation", {"image": picture, "label": TEXT})
        parts = {"image": picture, "annotations": list_of(annotation)}
        return context.object("AnnotatedPicture", parts)
    return tuple_of(picture, list_of(tuple_of(picture, TEXT)))


def _schema_gallery(context: SchemaContext) -> Schema:
    shape = at(_ITEM_SHAPES, context.version)
    picture, clip = context.file("image"), context.file("video")
    if shape.is_object:
        items = [context.object("GalleryPicture", {"image": picture}, caption=OPTIONAL_TEXT)]
        if shape.takes_videos:
            items.append(context.object("GalleryVideo", {"video": clip}, caption=OPTIONAL_TEXT))
        return list_of(any_of(*items))
    bare = [] if shape.is_file else [context.file_of((), DATA_URL)]
    item = any_of(*bare, context.file())
    return list_of(any_of(item, tuple_of(item, OPTIONAL_TEXT)))


def _read_annotated(text: str, options: Options) -> Any:
    """Return a picture, or one with its masks, which are paths as well."""
    if not text.startswith("["):
        return read_media(text)
    picture, pairs = json.loads(text)
    if not isinstance(pairs, list) or not all(isinstance(pair, list) for pair in pairs):
        raise ValueError("expected a list of masks, each with its label")
    masks = [(read_media(str(mask)), label) for mask, label in pairs]
    return read_media(str(picture)), masks


def _read_gallery(text: str, options: Options) -> Any:
    files = read_media_list(text)
    return files if isinstance(files, list) else [files]


def _example_gallery(options: Options, start: Any) -> Any:
    is_video = options.get("file_types") == ["video"]
    return [sample("example.mp4" if is_video else "example.png").data]


COMPONENTS = {
    "imageeditor": ComponentType(
        encode=encode_editor,
        decode=decode_editor,
        takes="dict of background, layers and composite, each a picture; or one picture",
        gives="dict of PIL images",
        aliases=("sketchpad", "imagemask", "paint"),
        since=(4, 5),
        infers=lambda value: isinstance(value, Mapping) and set(value) == set(_EDITOR_KEYS),
        schema=_schema_editor,
        reader=MEDIA,
        example=lambda *_: sample("example.png").data,
        helper=image.HELPER,
        asked=image.picture_field,
    ),
    "imageslider": ComponentType(
        encode=encode_pair,
        decode=decode_pair,
        takes="two pictures",
        gives="tuple of two PIL images",
        since=(5, 27),
        schema=_schema_pair,
        reader=MEDIA_LIST,
        example=lambda *_: (sample("example.png").data,) * 2,
        helper=image.HELPER,
        asked=lambda options: file_field(options, "pair", "image/*"),
        shown="gallery",
    ),
    "annotatedimage": ComponentType(
        encode=encode_annotated,
        decode=decode_annotated,
        takes="(picture, [(mask, label), ...])",
        gives="(PIL image, [(PIL mask, label), ...])",
        since=(3, 27),
        schema=_schema_annotated,
        reader=TextReader(_read_annotated, read_bytes=bytes),
        example=lambda *_: (sample("example.png").data, [(sample("mask.png").data, "left")]),
        helper=image.HELPER,
        shown="annotated",
    ),
    "gallery": ComponentType(
        encode=encode_gallery,
        decode=decode_gallery,
        takes="list of pictures or videos, or of (picture, caption)",
        gives="list of PIL images, or of (image, caption)",
        since=(3, 0),
        reader=TextReader(_read_gallery, read_bytes=lambda data: [data]),
        check=check_gallery,
        constraints=file_types,
        schema=_schema_gallery,
        example=_example_gallery,
        helper=image.HELPER,
        asked=lambda options: file_field(options, "gallery", "image/*,video/*"),
        shown="gallery",
    ),
    "carousel": ComponentType(
        encode=encode_anything,
        decode=decode_rows,
        takes="rows",
        until=(3, 10),
        schema=lambda _: list_of({}),
        example=[["Hello"]],
    ),
}
