"""The bounds at which decoding stops, with their defaults."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from encoders.errors import LimitError, clip_value


@dataclass(frozen=True, slots=True, repr=False)
class Limits:
    """Bounds on the cost of decoding; ``None`` stands for no bound.

    Every ``decode`` takes them: ``image.decode(url, limits=Limits(max_pixels=None))``.

    Attributes:
        max_bytes: decoded size of one data URL, or of one fetched file, in bytes. That of a data
            URL is computed from its text, before anything is decoded.
        max_pixels: width × height of one picture or video frame. All frames of an animation may
            have four times as many, and all scans of a progressive JPEG ten times. The default is
            the size from which Pillow warns of a decompression bomb.
        max_frames: frames of one animated picture. The frames of a video come one at a time, so
            the caller decides when to stop.
        max_held_pixels: pixels of four bytes in memory at once while a picture is decoded or
            encoded: its copies, and those that the format's reader or writer needs, 1 to 7 in all.
            All frames of an animation count, in their final size. The default is 1 GiB.
        max_seconds: length of one sound, in seconds.
        max_samples: frames × channels of one decoded sound, and so its memory. In a returned array
            a sample of 32 bits counts as two, and one of 64 bits as four.
        max_body_bytes: size of one answer of a server, in bytes of JSON, and of each fetched file.
        max_outputs: values in one response.
        max_depth: nesting of lists and objects in one value of a response or payload. Without this
            bound, that of Python remains (`sys.getrecursionlimit`).
        max_files: files in one output, and files that one save writes, or one call fetches.

    Raises:
        TypeError: a bound is neither a number nor None.
        ValueError: a bound is negative, NaN or infinite.
    """

    max_bytes: int | None = 512 * 1024**2
    max_pixels: int | None = 89_478_485
    max_frames: int | None = 10_000
    max_held_pixels: int | None = 1024**3 // 4
    max_seconds: float | None = 4 * 3600.0
    max_samples: int | None = 512 * 1024**2 // 2
    max_body_bytes: int | None = 1024**3
    max_outputs: int | None = 1000
    max_depth: int | None = 100
    max_files: int | None = 10_000

    def __post_init__(self) -> None:
        for each in fields(self):
            bound = getattr(self, each.name)
            if bound is None:
                continue
            if isinstance(bound, bool) or not isinstance(bound, int | float):
                raise TypeError(
                    f"{each.name}={clip_value(bound)}: expected a number, or None for no limit"
                )
            if not 0 <= bound < math.inf:
                raise ValueError(
                    f"{each.name}={bound}: expected a number of at least 0, or None for no limit"
                )

    def __repr__(self) -> str:
        """Return what differs from the defaults.

        >>> Limits(max_pixels=None)
        Limits(max_pixels=None)
        """
        values = {each.name: (getattr(self, each.name), each.default) for each in fields(self)}
        changed = [
            f"{name}={clip_value(value)}"
            for name, (value, usual) in values.items()
            if value != usual
        ]
        return f"Limits({', '.join(changed)})"

    def check(self, limit: str, amount: float, unit: str) -> None:
        """Raise `LimitError` if ``amount`` is over the field named ``limit``."""
        bound = getattr(self, limit)
        if bound is not None and amount > bound:
            raise LimitError(limit, bound, f"{amount:,} {unit}")


DEFAULT = Limits()
