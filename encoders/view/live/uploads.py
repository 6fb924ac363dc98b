"""Files that the browser sends: piece by piece to the disk, within bounds."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import anyio

from encoders import audio, data_url, mime
from encoders.errors import EncodersError
from encoders.limits import Limits
from encoders.predict.values import Json
from encoders.view.live.runs import in_thread
from encoders.view.live.storage import Storage, Stored, StoredLinks
from encoders.view.media import media
from encoders.view.outputs import render_media


async def take_upload(
    body: AsyncIterator[bytes], name: str, storage: Storage, *, is_recorded: bool
) -> Stored:
    """Write a body to the disk and return it as a file.

    Args:
        body: the content, in pieces.
        name: of the file, as the browser has it.
        storage: where the file goes.
        is_recorded: whether a browser has recorded it. A sound becomes WAV then, since few servers
            read what browsers record.

    Raises:
        LimitError: it is larger than ``max_bytes``.
        OSError: it cannot be written.
    """
    path = storage.new_path(name)
    try:
        await _write(body, path, storage.limits)
        return await in_thread(_stored, path, storage, is_recorded)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def described(stored: Stored, storage: Storage) -> dict[str, Json]:
    """Return what the page needs to know of a file, with HTML that shows it."""
    links = StoredLinks(storage, stored)
    found = media(stored.path, stored.name, "", links, storage.limits)
    return {
        "id": stored.id,
        "name": stored.name,
        "media_type": stored.media_type,
        "size": stored.size,
        "kind": found.kind,
        "facts": found.facts,
        "url": stored.url,
        "html": render_media(found),
    }


async def _write(body: AsyncIterator[bytes], path: Path, limits: Limits) -> None:
    size = 0
    async with await anyio.open_file(path, "xb") as file:
        async for piece in body:
            size += len(piece)
            limits.check("max_bytes", size, "bytes of a file so far")
            await file.write(piece)


def _stored(path: Path, storage: Storage, is_recorded: bool) -> Stored:
    if is_recorded and mime.kind(mime.detect(path)) == "audio":
        with suppress(EncodersError):  # without PyAV it stays as it is
            return storage.add_upload(_as_wav(path, storage.limits))
    return storage.add_upload(path)


def _as_wav(path: Path, limits: Limits) -> Path:
    url = data_url.parse(audio.encode(path, format="wav", limits=limits), max_bytes=None)
    path.unlink()
    path = path.with_suffix(".wav")
    path.write_bytes(url.data)
    return path
