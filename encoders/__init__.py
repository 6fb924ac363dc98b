"""Files and Python objects to and from base64 data URLs, as machine-learning APIs want them.

>>> import encoders
>>> encoders.decode(encoders.encode(b"any bytes"))
b'any bytes'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from encoders import audio, batch, data_url, errors, file, image, mime, predict, video
    from encoders.codecs import Inspection, decode, encode, inspect
    from encoders.data_url import DataURL
    from encoders.errors import (
        CorruptMediaError,
        DataURLError,
        EncodersError,
        LimitError,
        MediaTypeError,
        PayloadError,
        PredictError,
        ResponseError,
    )
    from encoders.limits import Limits
    from encoders.predict import Interface, payload, response
    from encoders.view import to_html

    __version__: str

__all__ = [
    "CorruptMediaError",
    "DataURL",
    "DataURLError",
    "EncodersError",
    "Inspection",
    "Interface",
    "LimitError",
    "Limits",
    "MediaTypeError",
    "PayloadError",
    "PredictError",
    "ResponseError",
    "audio",
    "batch",
    "data_url",
    "decode",
    "encode",
    "errors",
    "file",
    "image",
    "inspect",
    "mime",
    "payload",
    "predict",
    "response",
    "to_html",
    "video",
]

# The names that come from each module; the others of `__all__` are modules.
_SOURCES = {
    "codecs": ("Inspection", "decode", "encode", "inspect"),
    "data_url": ("DataURL",),
    "errors": tuple(name for name in __all__ if name.endswith("Error")),
    "limits": ("Limits",),
    "predict": ("Interface", "payload", "response"),
    "view": ("to_html",),
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name == "__version__":
        from encoders.cli.versions import own_version

        return own_version()
    if name not in __all__:
        raise AttributeError(f"module 'encoders' has no attribute {name[:40]!r}")
    home = next((home for home, names in _SOURCES.items() if name in names), None)
    module = importlib.import_module(f"encoders.{home or name}")
    value = getattr(module, name) if home else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
