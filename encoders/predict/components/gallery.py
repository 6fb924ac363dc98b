"""Many pictures or videos: galleries, and the carousels of Gradio 2.x."""

from __future__ import annotations

from typing import Any

from encoders import mime, video
from encoders.predict.components import image as pictures
from encoders.predict.components import video as videos
from encoders.predict.wire import File, Incoming, Json, Outgoing, Reference, file_object, summary
from encoders.source import open_source


def encode_gallery(value: Any, out: Outgoing) -> Json:
    """A list of pictures or videos, each alone or as ``(picture, caption)``."""
    if not isinstance(value, list | tuple):
        out.fail(f"expected a list of pictures, found {summary(value)}")
    items = []
    for index, item in enumerate(value):
        with out.within(index):
            media, caption = item if _is_captioned(item) else (item, None)
            items.append(_item(media, caption, out))
    return items


def decode_gallery(value: Json, got: Incoming) -> Any:
    """Return a list of pictures or videos, with a caption as ``(picture, caption)``."""
    if not isinstance(value, list):
        got.fail(f"expected a list of pictures, found {summary(value)}")
    got.limits.check("max_files", len(value), "pictures in one output")
    items = []
    for index, item in enumerate(value):
        with got.within(index):
            items.append(_decoded(item, got))
    return items


def _is_captioned(item: Any) -> bool:
    return isinstance(item, tuple | list) and len(item) == 2 and isinstance(item[1], str | None)


def _item(media: Any, caption: str | None, out: Outgoing) -> Json:
    out.check_text(media)
    if _is_video(media):
        if (4, 0) <= out.version < (5, 0):
            out.fail("a gallery of Gradio 4 holds pictures only, found a video")
        key, file = "video", videos.encode_file(media, out)
    else:
        key, file = "image", _picture(media, out)
    if out.version >= (4, 0):
        return {key: file, "caption": caption}
    return file if caption is None else [file, caption]


def _picture(media: Any, out: Outgoing) -> Json:
    if out.version >= (4, 0):
        return pictures.encode_picture(media, out, alpha=True, palette=False)
    bare = pictures.encode_picture(media, out, alpha=True)
    return out.file(bare, "image") if out.version >= (3, 20) and isinstance(bare, str) else bare


def _is_video(media: Any) -> bool:
    if isinstance(media, video.Video):
        return True
    if isinstance(media, Reference):
        return mime.kind(media.media_type or "") == "video"
    if isinstance(media, File):
        return mime.kind(media.media_type) == "video"
    if hasattr(media, "dtype") or hasattr(media, "getbands"):
        return False
    with open_source(media) as source:
        return mime.kind(mime.detect(source)) == "video"


def _decoded(item: Json, got: Incoming) -> Any:
    media, caption = item, None
    if isinstance(item, list):
        if len(item) != 2:
            got.fail(f"expected a picture and its caption, found {summary(item)}")
        media, caption = item
    elif isinstance(item, dict) and file_object(item) is None:
        media, caption = item.get("image") or item.get("video"), item.get("caption")
    shown = _media(item, media, got)
    return shown if caption is None else (shown, caption)


def _media(item: Json, media: Json, got: Incoming) -> Any:
    if isinstance(item, dict) and item.get("video"):
        return videos.decode_clip(media, got)
    return pictures.decode_picture(media, got)
