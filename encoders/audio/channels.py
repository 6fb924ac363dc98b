"""The order of channels: an array has WAV's, and Ogg Vorbis and Opus have one of their own.

WAV's is that of Microsoft's "Multiple Channel Audio Data and WAVE Files": front left, front right,
front center, low frequency, back left, back right, back center, side left, side right, of which a
sound has some. Vorbis I section 4.3.9 gives the other one; RFC 7845 section 5.1.1.2 takes it over
for channel mapping family 1. Both know up to eight channels; beyond that no order is defined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

# By number of channels: where each of WAV's channels is in Vorbis order.
_IN_VORBIS: dict[int, tuple[int, ...]] = {
    3: (0, 2, 1),
    5: (0, 2, 1, 3, 4),
    6: (0, 2, 1, 5, 3, 4),
    7: (0, 2, 1, 6, 5, 3, 4),
    8: (0, 2, 1, 7, 5, 6, 3, 4),
}

# By number of channels: the speakers of WAV's channels, as Vorbis and FFmpeg take them to be.
_SPEAKERS = {
    1: ("FC",),
    2: ("FL", "FR"),
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LF", "BL", "BR"),
    7: ("FL", "FR", "FC", "LF", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LF", "BL", "BR", "SL", "SR"),
}
# Which speakers stand in for one that there is not.
_INSTEAD = {"FC": ("FL", "FR"), "BL": ("SL",), "BR": ("SR",), "BC": ("BL", "BR")}


def spread(samples: npt.NDArray[Any], channels: int) -> npt.NDArray[Any] | None:
    """Return ``frames×channels`` in WAV's order, with each sound at its speaker among more.

    None where there is no place for one of them, or no order is defined.
    """
    import numpy as np

    held, wanted = _SPEAKERS.get(samples.shape[1], ()), _SPEAKERS.get(channels, ())
    places = [(name,) if name in wanted else _INSTEAD.get(name, ()) for name in held]
    taken = [wanted.index(name) for each in places for name in each if name in wanted]
    if not all(places) or not taken or len(set(taken)) < max(len(taken), len(held)):
        return None
    silence = 128 if samples.dtype == np.uint8 else 0
    wide = np.full((len(samples), channels), silence, samples.dtype)
    for index, each in enumerate(places):
        for name in each:
            wide[:, wanted.index(name)] = samples[:, index]
    return wide


def from_vorbis(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``frames×channels`` in Vorbis order as an array in WAV's order."""
    order = _IN_VORBIS.get(samples.shape[1]) if samples.ndim == 2 else None
    return samples if order is None else samples[:, order]


def to_vorbis(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``frames×channels`` in WAV's order as an array in Vorbis order."""
    order = _IN_VORBIS.get(samples.shape[1]) if samples.ndim == 2 else None
    if order is None:
        return samples
    return samples[:, sorted(range(len(order)), key=order.__getitem__)]
