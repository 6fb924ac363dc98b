"""The live page of a server, and the converter: a web server on this machine."""

from __future__ import annotations

from encoders.view.live.web.serving import demo, serving

__all__ = ["demo", "serving"]
