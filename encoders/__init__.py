"""Files and Python objects to and from base64 data URLs, as machine-learning APIs want them.

>>> import encoders
>>> encoders.decode(encoders.encode(b"any bytes"))
b'any bytes'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from encoders import audio, data_url, file, image, mime, video
    from encoders.codecs import decode, encode
    from encoders.data_url import DataURL
    from encoders.errors import (
        CorruptMediaError,
        DataURLError,
        EncodersError,
        LimitError,
        MediaTypeError,
        MissingDependencyError,
    )
    from encoders.inspection import Inspection, inspect
    from encoders.limits import Limits
    from encoders.video import Video

__all__ = [
    "CorruptMediaError",
    "DataURL",
    "DataURLError",
    "EncodersError",
    "Inspection",
    "LimitError",
    "Limits",
    "MediaTypeError",
    "MissingDependencyError",
    "Video",
    "audio",
    "data_url",
    "decode",
    "encode",
    "file",
    "image",
    "inspect",
    "mime",
    "video",
]

_HOMES = {
    "CorruptMediaError": "errors",
    "DataURL": "data_url",
    "DataURLError": "errors",
    "EncodersError": "errors",
    "Inspection": "inspection",
    "LimitError": "errors",
    "Limits": "limits",
    "MediaTypeError": "errors",
    "MissingDependencyError": "errors",
    "Video": "video",
    "decode": "codecs",
    "encode": "codecs",
    "inspect": "inspection",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for on first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'encoders' has no attribute {name!r}")
    home = _HOMES.get(name)
    module = importlib.import_module(f"encoders.{home or name}")
    value = getattr(module, name) if home else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
