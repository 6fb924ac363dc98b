"""Sample files: small files of each kind, for the examples on the page of a server's API.

============ ===================================================================================
example.png  8x8 pixels: more red to the right, more green downwards.
mask.png     8x8 pixels: the left half white, the right half transparent.
example.wav  A tenth of a second of 440 Hz: 16-bit, 8000 samples a second.
example.mp4  A second of H.264, 64x48, from blue to violet in five frames: PyAV's libx264 at
             crf 40, without the message that names the encoder and the empty list of tags.
============ ===================================================================================

The others are short texts.
"""

from __future__ import annotations

from functools import cache

from encoders.predict.values import File

_SUFFIXES = (".png", ".wav", ".mp4", ".obj", ".csv", ".json", ".txt")
_BY_KIND = {"image": ".png", "audio": ".wav", "video": ".mp4", "text": ".txt", "file": ".txt"}


@cache
def sample(name: str) -> File:
    r"""Return a sample file.

    >>> sample("example.csv").data
    b'a,b\n1,2\n'
    """
    from importlib.resources import files

    return File(files(__name__).joinpath(name).read_bytes(), name)


def sample_of_type(file_type: str) -> File | None:
    """Return the sample of a kind, a media type or a suffix in small letters, or None.

    >>> [sample_of_type(each).name for each in ("image", "audio/*", ".csv")]
    ['example.png', 'example.wav', 'example.csv']
    """
    suffix = _BY_KIND.get(file_type.partition("/")[0], file_type)
    return sample(f"example{suffix}") if suffix in _SUFFIXES else None
