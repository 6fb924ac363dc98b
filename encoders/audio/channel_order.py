"""The order of channels: arrays use WAV's, Ogg Vorbis and Opus have one of their own.

WAV's order is that of `encoders.audio`. The other is that of Vorbis I, section 4.3.9, which RFC
7845, section 5.1.1.2, uses for channel mapping family 1. Both define up to eight channels; beyond
eight there is no order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy.typing as npt

# By number of channels: where each of WAV's channels is in Vorbis order.
_VORBIS_ORDER = {
    3: (0, 2, 1),
    5: (0, 2, 1, 3, 4),
    6: (0, 2, 1, 5, 3, 4),
    7: (0, 2, 1, 6, 5, 3, 4),
    8: (0, 2, 1, 7, 5, 6, 3, 4),
}

# By number of channels: the speakers of WAV's channels, as Vorbis and FFmpeg define them.
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
# The speakers that replace a missing one.
_REPLACEMENTS = {"FC": ("FL", "FR"), "BL": ("SL",), "BR": ("SR",), "BC": ("BL", "BR")}


def add_channels(samples: npt.NDArray[Any], channels: int) -> npt.NDArray[Any] | None:
    """Return ``frames×channels`` in WAV's order, each sound at its own speaker among more.

    Return None where a speaker has no place among them, or no order is defined.
    """
    import numpy as np

    given, wanted = _SPEAKERS.get(samples.shape[1], ()), _SPEAKERS.get(channels, ())
    targets = [(name,) if name in wanted else _REPLACEMENTS.get(name, ()) for name in given]
    places = [wanted.index(name) for names in targets for name in names if name in wanted]
    if not all(targets) or not places or len(set(places)) < max(len(places), len(given)):
        return None
    silence = 128 if samples.dtype == np.uint8 else 0
    wide = np.full((len(samples), channels), silence, samples.dtype)
    for index, names in enumerate(targets):
        for name in names:
            wide[:, wanted.index(name)] = samples[:, index]
    return wide


def from_vorbis_order(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``frames×channels`` in Vorbis order as an array in WAV's order."""
    order = _VORBIS_ORDER.get(samples.shape[1])
    return samples[:, order] if order else samples


def to_vorbis_order(samples: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return ``frames×channels`` in WAV's order as an array in Vorbis order."""
    order = _VORBIS_ORDER.get(samples.shape[1])
    if order is None:
        return samples
    return samples[:, sorted(range(len(order)), key=order.__getitem__)]
