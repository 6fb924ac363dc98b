"""Opening a picture file with Pillow, within bounds: once for its head and for its pixels."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from encoders import mime
from encoders.errors import MediaTypeError, MissingDependencyError, Remedy, as_corrupt
from encoders.image import bounds
from encoders.image.formats import FORMATS, PLUGINS, SVG, load_plugin
from encoders.image.orientation import complete_exif, upright, with_exif_in_front
from encoders.image.pixels import converted
from encoders.limits import Limits
from encoders.source import Memory, Source

if TYPE_CHECKING:
    from PIL import Image

_READ_IN_PART = ("PNG", "JPEG", "TIFF")  # by Pillow, until the pixels are decoded
_ONE_PICTURE = ("MPO", "PSD")  # a camera's preview after its JPEG, or a layer, is no frame
_TILE_WIDTH, _TILE_LENGTH = 322, 323  # TIFF 6.0 section 15


class PictureFile:
    """A picture in an open source. Pillow opens it when it is first needed, and only once.

    Attributes:
        source: where it is read from; it has to stay open.
        media_type: what it is, which need not be a picture.
        plugin: Pillow's name of the format, empty for what is not decoded.
        limits: bounds on what is decoded.
    """

    def __init__(self, source: Source, limits: Limits) -> None:
        self.source = source
        self.media_type = mime.detect(source)
        self.plugin = PLUGINS.get(self.media_type, "")
        self.limits = limits
        self._opened: Image.Image | None = None

    def check_is_picture(self) -> None:
        """Refuse other kinds of media with a `MediaTypeError`."""
        if mime.kind(self.media_type) != "image":
            raise MediaTypeError(
                f"this is {self.media_type}, not a picture: expected {', '.join(FORMATS)} or svg"
            )

    def head(self) -> Image.Image:
        """Return the picture at its first frame, its head read and its pixels not decoded yet.

        Raises:
            MediaTypeError: it is of a format that is not decoded.
            CorruptMediaError: its head cannot be read.
            LimitError: it claims more than the limits allow.
        """
        if self._opened is None:
            with as_corrupt("picture"):
                if self.plugin == "PNG":
                    self._opened = self._open(with_exif_in_front(self.source))
                    complete_exif(self._opened)
                else:
                    self._opened = self._open(self.source)
        return self._opened

    def load(self) -> Image.Image:
        """Return the picture with its first frame decoded. Errors are those of `head`."""
        with as_corrupt("picture"):
            self._opened = picture = self._opened or self._open(self.source)
            bounds.check_decoding(self.source, self.plugin, picture.size, self.limits)
            picture.load()
            _check_size(picture, self.limits)  # a HEIC knows its size only when it is decoded
            return picture

    def is_animated(self) -> bool:
        """Tell whether it has several frames or pages. Errors are those of `head`."""
        return frame_count(self.head()) > 1

    def _open(self, source: Source) -> Image.Image:
        if self.media_type == SVG:
            raise MediaTypeError(
                "SVG is a vector drawing, not pixels",
                remedy=(Remedy("do", value="render it first"),),
            )
        if not self.plugin:
            raise MediaTypeError(
                f"{self.media_type} cannot be decoded: expected {', '.join(FORMATS)}, heic, ico or "
                "jp2",
                remedy=(Remedy("do", value="send it as it is, as a file"),),
            )
        load_plugin(self.plugin)
        from PIL import Image

        if self.plugin not in _READ_IN_PART:
            source = Memory(source.read(), None)
        bounds.check_claims(source, self.plugin, self.limits)
        # Not Image.open(), which tries other types too and has one process-wide size limit.
        try:
            if self.plugin == "HEIF":
                picture = _open_heic(source.open())
            else:
                picture = cast("Image.Image", Image.OPEN[self.plugin][0](source.open(), ""))
        except Image.DecompressionBombError as error:  # which some plugins raise by themselves
            found = re.search(r"\d+", str(error))
            self.limits.check("max_pixels", int(found[0]) if found else 0, "pixels in a picture")
            raise
        _check_size(picture, self.limits)
        self.limits.check("max_frames", frame_count(picture), "frames in a picture")
        return picture


def _open_heic(file: BinaryIO) -> Image.Image:
    """Return the picture in a HEIC file, its pixels not loaded yet.

    The reader of pillow-heif is used without registering it with Pillow, so that nothing changes
    for others who open pictures in the process.

    libheif turns it as the file's ``irot`` and ``imir`` say and marks its EXIF as upright, so that
    nothing turns it twice. Of several pictures the primary one is in front. More than 8 bits a
    channel become 8, except in grey. A frame that is larger than the ``ispe`` box says is refused
    by libheif when it is loaded.
    """
    try:
        import pillow_heif
    except ImportError:
        raise MissingDependencyError("HEIC", "heic") from None
    reader: Any = pillow_heif.HeifImageFile
    try:
        return cast("Image.Image", reader(file, ""))
    except SyntaxError as error:
        file.seek(0)
        if b"meta" not in file.read():
            raise MediaTypeError(
                "this HEIC holds a sequence alone: expected one with a still picture"
            ) from error
        raise


def frame_count(picture: Image.Image) -> int:
    """Return how many frames or pages a picture has."""
    return 1 if picture.format in _ONE_PICTURE else getattr(picture, "n_frames", 1)


def frames(
    picture: Image.Image, limits: Limits, *, keep_modes: bool = False
) -> Iterator[Image.Image]:
    """Yield each frame or page, upright and on its own, in RGB or RGBA unless modes are kept."""
    from PIL import ImageSequence

    count, pixels = frame_count(picture), 0
    if picture.format != "TIFF":  # whose pages may all have other sizes
        bounds.check_frames(count * picture.width * picture.height, limits)
    for frame in ImageSequence.Iterator(picture) if count > 1 else (picture,):
        _check_size(frame, limits)
        pixels += frame.width * frame.height
        bounds.check_frames(pixels, limits)
        frame.load()
        mode = "RGBA" if frame.has_transparency_data else "RGB"
        whole = upright(converted(frame, frame.mode if keep_modes else mode, "white", limits))
        if whole is frame:
            whole = frame.copy()
        whole.info = dict(frame.info)
        whole.info.setdefault("loop", 1 if picture.format == "GIF" else 0)
        yield whole


def _check_size(picture: Image.Image, limits: Limits) -> None:
    """Check ``max_pixels``, also for a tile, which a TIFF lets be larger than the picture."""
    bounds.check_size(picture.size, limits)
    tags = getattr(picture, "tag_v2", {})
    bounds.check_size((tags.get(_TILE_WIDTH, 0), tags.get(_TILE_LENGTH, 0)), limits)
