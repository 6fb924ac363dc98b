"""What values look like in a browser: HTML files, notebooks, and the live page."""

from __future__ import annotations
