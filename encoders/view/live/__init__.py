"""The live page of a server, and the converter: a web server on this machine."""

from __future__ import annotations
