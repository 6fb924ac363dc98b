"""Gradio's predict endpoints: payloads, responses and interfaces, in every era.

>>> from encoders import predict
>>> predict.payload("Hello", 3)
{'data': ['Hello', 3]}
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from encoders.predict.client.call import Call
    from encoders.predict.client.interface import Interface
    from encoders.predict.client.queues.status import Progress, Status
    from encoders.predict.components import Component
    from encoders.predict.components.plot import Plot
    from encoders.predict.components.table import Table
    from encoders.predict.payloads import Payload, payload, write_payload
    from encoders.predict.plans import Plan, PlannedUpload
    from encoders.predict.responses import Response, response
    from encoders.predict.values import File, Raw, Reference

__all__ = [
    "Call",
    "Component",
    "File",
    "Interface",
    "Payload",
    "Plan",
    "PlannedUpload",
    "Plot",
    "Progress",
    "Raw",
    "Reference",
    "Response",
    "Status",
    "Table",
    "payload",
    "response",
    "write_payload",
]

_SOURCES = {
    "client.call": ("Call",),
    "client.interface": ("Interface",),
    "client.queues.status": ("Progress", "Status"),
    "components": ("Component",),
    "components.plot": ("Plot",),
    "components.table": ("Table",),
    "payloads": ("Payload", "payload", "write_payload"),
    "plans": ("Plan", "PlannedUpload"),
    "responses": ("Response", "response"),
    "values": ("File", "Raw", "Reference"),
}


def __getattr__(name: str) -> Any:
    """Import a public name on first use (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'encoders.predict' has no attribute {name[:40]!r}")
    home = next(home for home, names in _SOURCES.items() if name in names)
    value = getattr(importlib.import_module(f"encoders.predict.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
