"""The bounds at which decoding stops, each with its default: the one place for them all."""

from __future__ import annotations

from dataclasses import dataclass

from encoders.errors import LimitError


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what decoding may cost; ``None`` lifts one.

    Pass one to any ``decode``: ``image.decode(url, limits=Limits(max_pixels=None))``.

    Attributes:
        max_bytes: decoded size of one data URL, in bytes. Checked from the text's length, before
            anything is decoded.
        max_pixels: width × height of one picture or video frame. The default is the size from which
            Pillow warns of a decompression bomb.
        max_frames: frames of one animated picture. A video's come one at a time, so there the
            caller decides when to stop.
        max_seconds: length of one sound, in seconds.
        max_samples: frames × channels of one decoded sound, which is what bounds its memory.
        max_body_bytes: one whole answer of a server, in bytes of JSON, and each file of it that is
            fetched.
        max_outputs: values in one response.
        max_depth: lists and objects inside each other in a response.
        max_files: files in one response.
    """

    max_bytes: int | None = 512 * 1024**2
    max_pixels: int | None = 89_478_485
    max_frames: int | None = 10_000
    max_seconds: float | None = 4 * 3600.0
    max_samples: int | None = 512 * 1024**2 // 2
    max_body_bytes: int | None = 1024**3
    max_outputs: int | None = 1000
    max_depth: int | None = 100
    max_files: int | None = 10_000

    def check(self, limit: str, amount: float, unit: str) -> None:
        """Raise `LimitError` if ``amount`` is over the field named ``limit``."""
        bound = getattr(self, limit)
        if bound is not None and amount > bound:
            raise LimitError(limit, bound, f"{amount:,} {unit}")


DEFAULT = Limits()
