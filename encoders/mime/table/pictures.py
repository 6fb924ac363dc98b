"""Pictures."""

from __future__ import annotations

from encoders.mime.media_type import MediaType

ROWS = (
    MediaType("image/png", (".png", ".apng"), aliases=("image/apng",), pillow="PNG"),
    MediaType(
        "image/jpeg",
        (".jpg", ".jpeg", ".jpe", ".jfif"),
        aliases=("image/jpg", "image/pjpeg"),
        pillow="JPEG",
    ),
    MediaType("image/gif", (".gif",), pillow="GIF"),
    MediaType("image/webp", (".webp",), pillow="WEBP"),
    MediaType("image/avif", (".avif",), pillow="AVIF"),
    MediaType(
        "image/heic",
        (".heic", ".heif", ".hif", ".heics", ".heifs"),
        aliases=("image/heif", "image/heic-sequence", "image/heif-sequence"),
        pillow="HEIF",
    ),
    MediaType(
        "image/bmp", (".bmp", ".dib"), aliases=("image/x-ms-bmp", "image/x-bmp"), pillow="BMP"
    ),
    MediaType("image/tiff", (".tiff", ".tif"), pillow="TIFF"),
    MediaType("image/x-icon", (".ico",), aliases=("image/vnd.microsoft.icon",), pillow="ICO"),
    MediaType("image/svg+xml", (".svg",), aliases=("image/svg",)),
    MediaType("image/jp2", (".jp2",), aliases=("image/jpeg2000",), pillow="JPEG2000"),
    MediaType("image/jpx", (".jpx", ".jpf"), pillow="JPEG2000"),
    MediaType("image/jpm", (".jpm",)),
    MediaType(
        "image/j2c",
        (".j2c", ".j2k", ".jpc"),
        aliases=("image/x-jp2-codestream",),
        pillow="JPEG2000",
    ),
    MediaType("image/jxl", (".jxl",)),
    MediaType("image/jxr", (".jxr", ".wdp")),
    MediaType("image/jls", (".jls",)),
    MediaType("image/vnd.adobe.photoshop", (".psd",), pillow="PSD"),
    MediaType(
        "image/x-portable-anymap",
        (".pnm", ".ppm", ".pgm", ".pbm"),
        aliases=(
            "image/x-portable-pixmap",
            "image/x-portable-greymap",
            "image/x-portable-graymap",
            "image/x-portable-bitmap",
        ),
        pillow="PPM",
    ),
    MediaType("image/x-portable-arbitrarymap", (".pam",)),
    MediaType("image/x-portable-floatmap", (".pfm",)),
    MediaType("image/qoi", (".qoi",), aliases=("image/x-qoi",), pillow="QOI"),
    MediaType("image/x-win-bitmap", (".cur",), aliases=("image/x-cur",)),
    MediaType("image/x-icns", (".icns",), pillow="ICNS"),
    MediaType("image/x-tga", (".tga",), aliases=("image/x-targa",), pillow="TGA"),
    MediaType("image/vnd.zbrush.pcx", (".pcx",), aliases=("image/x-pcx",)),
    MediaType(
        "image/vnd.ms-dds", (".dds",), aliases=("image/vnd-ms.dds", "image/x-dds"), pillow="DDS"
    ),
    MediaType("image/vnd.radiance", (".hdr",)),
    MediaType("image/x-exr", (".exr",)),
    MediaType("image/x-dpx", (".dpx",)),
    MediaType("image/fits", (".fits", ".fit"), aliases=("application/fits",)),
    MediaType("image/x-sgi", (".sgi", ".rgb")),
    MediaType("image/x-sun-raster", (".ras",)),
    MediaType("image/x-xbitmap", (".xbm",)),
    MediaType("image/x-xpixmap", (".xpm",)),
    MediaType("image/ktx", (".ktx",)),
    MediaType("image/ktx2", (".ktx2",)),
    MediaType("image/wmf", (".wmf",)),
    MediaType("image/emf", (".emf",)),
    MediaType("image/x-canon-cr3", (".cr3",)),
)
