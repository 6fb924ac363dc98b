"""Sources: a path, bytes, a binary file or a data URL, all read through one class.

Only this folder opens a caller's file. Nothing is read before it is needed, and a big file is never
held in memory as a whole unless a codec needs it so.
"""

from encoders.source.base import Inserted, Memory, Patched, Section, Source, to_data_url
from encoders.source.opening import (
    SourceLike,
    declared_name,
    is_data_url,
    open_path,
    open_source,
    require_seekable,
)

__all__ = [
    "Inserted",
    "Memory",
    "Patched",
    "Section",
    "Source",
    "SourceLike",
    "declared_name",
    "is_data_url",
    "open_path",
    "open_source",
    "require_seekable",
    "to_data_url",
]
