"""The versions of this package and of the C libraries that read untrusted bytes for it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version


def own_version() -> str:
    """Return this package's version, as it was installed."""
    try:
        return version("predict-encoders")
    except PackageNotFoundError:  # a source tree that was never installed
        return "unknown"


def library_versions() -> dict[str, str]:
    """Return the versions of the libraries in use, in words where there is none."""
    return {name: _stated(read) for name, read in _LIBRARIES.items()}


def _stated(read: Callable[[], str]) -> str:
    try:
        return read()
    except Exception:  # a broken library is what somebody who asks for versions looks for
        return "not found"


def _pillow() -> str:
    from PIL import __version__

    return __version__


def _libsndfile() -> str:
    import soundfile

    return str(soundfile.__libsndfile_version__)


def _ffmpeg() -> str:
    import av

    return f"{av.ffmpeg_version_info} (PyAV {av.__version__})"


def _libmagic() -> str:
    import magic

    number = int(magic.version())  # type: ignore[no-untyped-call]
    return f"{number // 100}.{number % 100:02}"


_LIBRARIES: dict[str, Callable[[], str]] = {
    "Pillow": _pillow,
    "libsndfile": _libsndfile,
    "FFmpeg": _ffmpeg,
    "libmagic": _libmagic,
}
