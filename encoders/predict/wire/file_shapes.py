"""The JSON of one file in each era: how it is made, and how it is recognised in an answer.

The shapes: bare data URLs (Gradio 2.x), objects with ``name`` and ``data`` (2.x, 3.x), and
references to files on the server (3.x with ``is_file``, from 4.0 on ``FileData``).
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote

from encoders import mime
from encoders.atomic import safe_name
from encoders.data_url import DataURL, parse
from encoders.errors import DataURLError
from encoders.limits import Limits
from encoders.predict.eras import Version, at
from encoders.predict.values import Json, Reference
from encoders.source import is_data_url

FILE_DATA_META = {"_type": "gradio.FileData"}
_INLINE_HAS_SIZE: dict[Version, bool] = {(2, 0): False, (3, 0): True}
_IS_FILE_DATA: dict[Version, bool] = {(2, 0): False, (4, 0): True}


def inline(version: Version, name: str, url: Json, size: int) -> Json:
    """Return the JSON of a file that is in the payload itself, as a data URL."""
    file = {"name": name, "data": url}
    more = {"is_file": False, "orig_name": name, "size": size}
    return {**file, **more} if at(_INLINE_HAS_SIZE, version) else file


def uploaded(
    version: Version, name: str, size: int, media_type: str
) -> tuple[dict[str, Json], str]:
    """Return the JSON of a file on the server, and the key under which its path belongs."""
    file = {"orig_name": name, "size": size}
    if at(_IS_FILE_DATA, version):
        return {"path": None, **file, "mime_type": media_type, "meta": dict(FILE_DATA_META)}, "path"
    return {"name": None, "data": None, "is_file": True, **file}, "name"


def referred(version: Version, file: Reference) -> Json:
    """Return the JSON of a file that the server made."""
    if not at(_IS_FILE_DATA, version):
        return {"name": file.path, "data": None, "is_file": True, "orig_name": file.name}
    return {
        "path": file.path,
        "url": file.url,
        "orig_name": file.name,
        "size": file.size,
        "mime_type": file.media_type,
        "meta": dict(FILE_DATA_META),
    }


def data_in_url(url: str, name: str) -> dict[str, Json]:
    """Return the JSON of a picture that Gradio 5 and later take as a data URL in ``url``."""
    media_type = url[5 : url.index(";")]
    name = file_name(name, media_type)
    return {"url": url, "orig_name": name, "mime_type": media_type, "meta": dict(FILE_DATA_META)}


def file_name(name: str | None, media_type: str) -> str:
    """Return a safe base name, with an extension, for a file to send."""
    name = safe_name(name or mime.kind(media_type), mime.suffix(media_type))
    stem, dot, extension = name.rpartition(".")
    # Gradio 3.x keeps letters and digits only, and serves no file that begins with a dot.
    return name if any(map(str.isalnum, stem or extension)) else f"file{dot}{extension}"


def file_object(value: Json) -> tuple[str | DataURL, str | None] | Reference | None:
    """Return the file in a JSON object: its data URL and name, or a `Reference`.

    None if it is not the file object of any era.
    """
    if not isinstance(value, dict):
        return None
    data: Json = value.get("data")
    url: Json = value.get("url")
    path: Json = value.get("path")
    name = _text(value.get("orig_name")) or _text(value.get("name"))
    if is_url(url):
        return url, _text(value.get("orig_name"))  # ImageData, which needs no path
    if isinstance(path, str) and path:
        return _reference(value, path, url)
    if is_url(data) and ("name" in value or "orig_name" in value):
        return data, name
    if isinstance(value.get("name"), str) and data is None and value.get("is_file"):
        return _reference(value, value["name"], None)
    return None


def name_and_type(file: Json) -> tuple[str, str | None]:
    """Return the name of a file that is sent, and the media type of its content if that is said.

    A file that is on the server already has the name that it has there.
    """
    path = _text(file.get("path")) or _text(file.get("name"))
    name = path or _text(file.get("orig_name")) or ""
    data: Json = file.get("data")
    content = data[5 : data.find(";")] if isinstance(data, str) else _text(file.get("mime_type"))
    return name.replace("\\", "/").rpartition("/")[2], content


def find_files(value: Json) -> Iterator[Json]:
    """Yield each data URL and file object in a JSON value."""
    if is_url(value) or file_object(value) is not None:
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, dict | list | str | DataURL):
                yield from find_files(item)


def is_url(value: Json) -> bool:
    """Tell whether a JSON value is a data URL, judging by its first characters."""
    return isinstance(value, DataURL) or (isinstance(value, str) and is_data_url(value))


def bare_base64(text: str, limits: Limits) -> DataURL | None:
    """Return bare base64, as some clients send it, as a data URL; None for other text."""
    try:
        url = parse(f"data:;base64,{text}", max_bytes=limits.max_bytes)
        return url if url.data else None
    except DataURLError:
        return None


def _reference(value: dict[str, Json], path: str, url: Json) -> Reference:
    size = value.get("size")
    last = unquote(path.partition("?")[0]) if "://" in path else path
    name = _text(value.get("orig_name")) or last
    return Reference(
        path,
        _text(url),
        safe_name(name),
        size if isinstance(size, int) and not isinstance(size, bool) else None,
        _text(value.get("mime_type")) or _text(value.get("mime")),
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) and value else None
