"""What the live page shows of files and answers (to be replaced by encoders.view.outputs)."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from encoders import mime
from encoders.predict.responses import UndecodedOutput
from encoders.predict.values import Json, UndecodedFile
from encoders.view.live.storage import Stored, StoredLinks


def render_outputs(outputs: Sequence[UndecodedOutput], links: StoredLinks, limits: Any) -> str:
    return "".join(
        f"<section><h4>{html.escape(one.name)}</h4>{_value(one.value, links)}</section>"
        for one in outputs
    )


def _value(value: Any, links: StoredLinks) -> str:
    if isinstance(value, UndecodedFile) and not hasattr(value.content, "url"):
        media_type = mime.detect(
            value.content if isinstance(value.content, Path) else value.content.data
        )
        url = links.link(value.content, media_type, value.name or "file")
        if media_type.startswith("image/"):
            return f'<img src="{html.escape(url)}" alt="">'
        return f'<a href="{html.escape(url)}">{html.escape(value.name or "file")}</a>'
    return f"<pre>{html.escape(str(value)[:2000])}</pre>"


def render_json(value: Json, links: StoredLinks) -> str:
    return f"<pre>{html.escape(json.dumps(value, default=str)[:2000])}</pre>"


def described(stored: Stored) -> dict[str, Json]:
    return {
        "id": stored.id,
        "name": stored.name,
        "media_type": stored.media_type,
        "size": stored.size,
        "kind": mime.kind(stored.media_type),
        "facts": "",
        "url": stored.url,
        "html": "",
    }
