"""Pictures."""

from __future__ import annotations

from encoders.mime import checks
from encoders.mime.media_type import MediaType, Signature

ROWS = (
    MediaType(
        "image/png",
        (".png", ".apng"),
        aliases=("image/apng",),
        signatures=(checks.PNG,),
        pillow="PNG",
    ),
    MediaType(
        "image/jpeg",
        (".jpg", ".jpeg", ".jpe", ".jfif"),
        aliases=("image/jpg", "image/pjpeg"),
        signatures=(b"\xff\xd8\xff",),
        pillow="JPEG",
    ),
    MediaType("image/gif", (".gif",), signatures=(b"GIF87a", b"GIF89a"), pillow="GIF"),
    MediaType("image/webp", (".webp",), forms=(b"RIFFWEBP",), pillow="WEBP"),
    MediaType("image/avif", (".avif",), brands=(b"avif", b"avis"), pillow="AVIF"),
    MediaType(
        "image/heic",
        (".heic", ".heif", ".hif", ".heics", ".heifs"),
        aliases=("image/heif", "image/heic-sequence", "image/heif-sequence"),
        brands=(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"),
        pillow="HEIF",
    ),
    MediaType(
        "image/bmp",
        (".bmp", ".dib"),
        aliases=("image/x-ms-bmp", "image/x-bmp"),
        signatures=(Signature(b"BM", check=checks.is_bitmap),),
        pillow="BMP",
    ),
    MediaType(
        "image/tiff",
        (".tiff", ".tif"),
        # Two byte orders, and BigTIFF in both.
        signatures=(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        pillow="TIFF",
    ),
    MediaType(
        "image/x-icon",
        (".ico",),
        aliases=("image/vnd.microsoft.icon",),
        signatures=(Signature(b"\0\0\1\0", check=checks.is_icon),),
        pillow="ICO",
    ),
    MediaType("image/svg+xml", (".svg",), aliases=("image/svg",), root=(b"svg", b"")),
    MediaType(
        "image/jp2",
        (".jp2",),
        aliases=("image/jpeg2000",),
        signatures=(b"\0\0\0\x0cjP  \r\n\x87\n",),
        pillow="JPEG2000",
    ),
    MediaType("image/jpx", (".jpx", ".jpf"), brands=(b"jpx ",), pillow="JPEG2000"),
    MediaType("image/jpm", (".jpm",), brands=(b"jpm ",)),
    MediaType(
        "image/j2c",
        (".j2c", ".j2k", ".jpc"),
        aliases=("image/x-jp2-codestream",),
        signatures=(b"\xff\x4f\xff\x51",),
        pillow="JPEG2000",
    ),
    MediaType("image/jxl", (".jxl",), signatures=(b"\0\0\0\x0cJXL \r\n\x87\n", b"\xff\x0a")),
    MediaType("image/jxr", (".jxr", ".wdp"), signatures=(b"II\xbc\1",)),
    MediaType("image/jls", (".jls",), signatures=(b"\xff\xd8\xff\xf7",)),
    MediaType(
        "image/vnd.adobe.photoshop", (".psd",), signatures=(b"8BPS\0\1", b"8BPS\0\2"), pillow="PSD"
    ),
    MediaType(
        "image/x-portable-anymap",
        (".pnm", ".ppm", ".pgm", ".pbm"),
        aliases=(
            "image/x-portable-pixmap",
            "image/x-portable-greymap",
            "image/x-portable-graymap",
            "image/x-portable-bitmap",
        ),
        signatures=(Signature(b"P", rb"[1-6]\s+(?:#[^\n]*\n\s*)*\d+\s+\d+\s"),),
        pillow="PPM",
    ),
    MediaType(
        "image/x-portable-arbitrarymap",
        (".pam",),
        signatures=(Signature(b"P7\n", rb"(?:#|WIDTH )"),),
    ),
    MediaType(
        "image/x-portable-floatmap",
        (".pfm",),
        signatures=(Signature(b"P", rb"[Ff]\s+\d+\s+\d+\s+-?[\d.]+\s"),),
    ),
    MediaType(
        "image/qoi", (".qoi",), aliases=("image/x-qoi",), signatures=(b"qoif\0",), pillow="QOI"
    ),
    MediaType(
        "image/x-win-bitmap",
        (".cur",),
        aliases=("image/x-cur",),
        # How many pictures, and a spare byte.
        signatures=(Signature(b"\0\0\2\0", rb"(?!\0\0).{5}\0"),),
    ),
    MediaType("image/x-icns", (".icns",), signatures=(b"icns\0",), pillow="ICNS"),
    MediaType(
        "image/x-tga",
        (".tga",),
        aliases=("image/x-targa",),
        signatures=(
            Signature(
                then=rb".(?:\0[\2\3\x0a\x0b]\0{5}|\x01[\1\x09].{5}).{4}"  # colour map, kind
                rb"(?!\0\0)..(?!\0\0)..[\x08\x0f\x10\x18\x20][\0-\x3f]"  # size, depth
            ),
            Signature(check=checks.has_tga_footer),
        ),
        pillow="TGA",
    ),
    MediaType(
        "image/vnd.zbrush.pcx",
        (".pcx",),
        aliases=("image/x-pcx",),
        signatures=(Signature(b"\n", rb"[\0-\5]\x01[\1\2\4\x08].{60}\0"),),
    ),
    MediaType(
        "image/vnd.ms-dds",
        (".dds",),
        aliases=("image/vnd-ms.dds", "image/x-dds"),
        signatures=(b"DDS |\0\0\0",),
        pillow="DDS",
    ),
    MediaType("image/vnd.radiance", (".hdr",), signatures=(b"#?RADIANCE\n", b"#?RGBE\n")),
    MediaType("image/x-exr", (".exr",), signatures=(b"v/1\1",)),
    MediaType("image/x-dpx", (".dpx",), signatures=(b"SDPX\0", b"XPDS")),
    MediaType(
        "image/fits", (".fits", ".fit"), aliases=("application/fits",), signatures=(b"SIMPLE  =",)
    ),
    MediaType(
        "image/x-sgi",
        (".sgi", ".rgb"),
        signatures=(Signature(b"\1\xda", rb"[\0\1][\1\2]\0[\1-\3]"),),
    ),
    MediaType("image/x-sun-raster", (".ras",), signatures=(b"Y\xa6j\x95",)),
    MediaType(
        "image/x-xbitmap",
        (".xbm",),
        signatures=(Signature(b"#define ", rb"\w*width \d+\s+#define \w*height \d+\s"),),
    ),
    MediaType("image/x-xpixmap", (".xpm",), signatures=(b"/* XPM */",)),
    MediaType("image/ktx", (".ktx",), signatures=(b"\xabKTX 11\xbb\r\n\x1a\n",)),
    MediaType("image/ktx2", (".ktx2",), signatures=(b"\xabKTX 20\xbb\r\n\x1a\n",)),
    MediaType("image/wmf", (".wmf",), signatures=(b"\xd7\xcd\xc6\x9a\0\0", b"\1\0\t\0\0\3")),
    MediaType("image/emf", (".emf",), signatures=(Signature(b" EMF", at=40),)),
    MediaType("image/x-canon-cr3", (".cr3",), brands=(b"crx ",)),
)
