"""The converter: files to data URLs and to other formats, and pasted text to files."""

from __future__ import annotations
