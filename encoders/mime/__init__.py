"""Media types: detected from content, and by name where the content does not say enough.

Essences are IANA's where it has one. Where practice differs, practice that browsers and Gradio
understand wins: ``audio/wav`` (IANA: audio/vnd.wave), ``image/x-icon`` (image/vnd.microsoft.icon),
``image/bmp``, ``audio/flac``, ``audio/aac``, ``video/x-msvideo``, ``application/gzip``. Matroska is
``video/matroska`` or ``audio/matroska`` (RFC 9559). Sound alone in an MP4, WebM, Matroska or Ogg
container, or in ASF, is ``audio/…``, as browsers' recorders mean it. Empty content is
``application/octet-stream`` unless its name says that it is text.

`encoders.mime.table` has one row for each media type.
"""

from __future__ import annotations

from encoders.mime.detection import detect
from encoders.mime.media_type import kind
from encoders.mime.table import canonical, from_name, suffix

__all__ = ["canonical", "detect", "from_name", "kind", "suffix"]


def __dir__() -> list[str]:
    return __all__
