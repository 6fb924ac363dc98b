"""The layers of the package: each module imports only from those above its own.

A folder without layers of its own in `INSIDE` may import among its modules as it likes.
"""

from __future__ import annotations

LAYERS = (
    ("errors",),
    ("limits",),
    ("atomic",),
    ("data_url",),
    ("source",),
    ("mime",),
    ("pyav",),
    ("image", "audio", "file"),
    ("video",),
    ("codecs",),
    ("predict", "batch"),
    ("cli",),
    ("__main__",),
)
INSIDE = {
    "predict": (
        ("eras", "body", "address"),
        ("values",),
        ("wire", "samples"),
        ("components",),
        ("events", "saving"),
        ("payloads", "responses", "endpoints"),
        ("pages",),
        ("client",),
    ),
}
