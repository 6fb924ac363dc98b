"""Files and Python objects to and from base64 data URLs, as machine-learning APIs want them.

>>> import encoders
>>> encoders.decode(encoders.encode(b"any bytes"))
b'any bytes'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from encoders import audio, batch, data_url, file, image, mime, predict, video
    from encoders.codecs import Inspection, decode, encode, inspect
    from encoders.data_url import DataURL
    from encoders.errors import (
        CorruptMediaError,
        DataURLError,
        EncodersError,
        LimitError,
        MediaTypeError,
        MissingDependencyError,
        OutOfMemoryError,
        PayloadError,
        PredictError,
        ResponseError,
        UnknownEndpointError,
    )
    from encoders.limits import Limits
    from encoders.predict.client.interface import Interface
    from encoders.predict.components import Component
    from encoders.predict.components.plot import Plot
    from encoders.predict.components.table import Table
    from encoders.predict.payloads import Payload, payload, write_payload
    from encoders.predict.responses import Response, response
    from encoders.predict.wire import File, Raw, Reference
    from encoders.video import Video

    __version__: str

__all__ = [
    "Component",
    "CorruptMediaError",
    "DataURL",
    "DataURLError",
    "EncodersError",
    "File",
    "Inspection",
    "Interface",
    "LimitError",
    "Limits",
    "MediaTypeError",
    "MissingDependencyError",
    "OutOfMemoryError",
    "Payload",
    "PayloadError",
    "Plot",
    "PredictError",
    "Raw",
    "Reference",
    "Response",
    "ResponseError",
    "Table",
    "UnknownEndpointError",
    "Video",
    "audio",
    "batch",
    "data_url",
    "decode",
    "encode",
    "file",
    "image",
    "inspect",
    "mime",
    "payload",
    "predict",
    "response",
    "video",
    "write_payload",
]

_HOMES = {
    "Component": "predict.components",
    "CorruptMediaError": "errors",
    "DataURL": "data_url",
    "DataURLError": "errors",
    "EncodersError": "errors",
    "File": "predict.wire",
    "Inspection": "codecs",
    "Interface": "predict.client.interface",
    "LimitError": "errors",
    "Limits": "limits",
    "MediaTypeError": "errors",
    "MissingDependencyError": "errors",
    "OutOfMemoryError": "errors",
    "Payload": "predict.payloads",
    "PayloadError": "errors",
    "Plot": "predict.components.plot",
    "PredictError": "errors",
    "Raw": "predict.wire",
    "Reference": "predict.wire",
    "Response": "predict.responses",
    "ResponseError": "errors",
    "UnknownEndpointError": "errors",
    "Table": "predict.components.table",
    "Video": "video",
    "decode": "codecs",
    "encode": "codecs",
    "inspect": "codecs",
    "payload": "predict.payloads",
    "response": "predict.responses",
    "write_payload": "predict.payloads",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for on first use (PEP 562)."""
    if name == "__version__":
        from encoders.cli.versions import own_version

        return own_version()
    if name not in __all__:
        raise AttributeError(f"module 'encoders' has no attribute {name[:40]!r}")
    home = _HOMES.get(name)
    module = importlib.import_module(f"encoders.{home or name}")
    value = getattr(module, name) if home else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
