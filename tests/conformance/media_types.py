"""Labelled files of many formats, and how many of them each detector recognises.

``python -m tests.conformance.media_types`` prints the table. Where a library of the project's can
write a format, it writes the file; `corpus` holds small ones that other programs wrote. What is
built byte by byte here is whole, from its specification, and not only a signature.
"""

from __future__ import annotations

import bz2
import functools
import gzip
import io
import itertools
import json
import lzma
import marshal
import os
import pickle
import plistlib
import sqlite3
import statistics
import struct
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from importlib import import_module
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import scipy.io
import soundfile
from PIL import Image, ImageCms

from encoders import mime
from encoders.data_url.media_type import OCTET_STREAM
from tests.paths import FIXTURES
from tests.pillow import HAS_AVIF, known

HERE = Path(__file__).parent
WORDS = "A few words, to have some content. " * 4
OFFICE = "application/vnd.openxmlformats-officedocument."
OASIS = "application/vnd.oasis.opendocument."


class Entry(NamedTuple):
    """A file: its format and variant, what it is, and what a peer may call it besides."""

    name: str
    label: str
    data: bytes
    file_name: str | None = None
    also: str = ""

    @property
    def format(self) -> str:
        return self.name.partition(",")[0]


# Names for the same thing: all names of a line count as equal, for us and for every peer. Some
# lines are broad on purpose: a container's name counts for sound alone in it, XML's for its
# dialects.
SYNONYMS = """
image/png image/apng image/vnd.mozilla.apng
image/jpeg image/jpg image/pjpeg image/mpo
image/bmp image/x-ms-bmp image/x-bmp
image/x-icon image/vnd.microsoft.icon image/ico
image/x-win-bitmap image/x-cur image/vnd.microsoft.cursor image/x-icon image/vnd.microsoft.icon
image/heic image/heif
image/heic-sequence image/heif-sequence image/heic image/heif
image/avif image/avif-sequence
image/jp2 image/jpeg2000 image/jpx
image/j2c image/x-jp2-codestream image/jp2 image/jpeg2000 image/jpeg2000-codestream
image/jxr image/vnd.ms-photo
image/vnd.adobe.photoshop image/x-photoshop application/x-photoshop image/psd
image/x-tga image/x-targa image/tga image/targa application/tga
image/vnd.zbrush.pcx image/x-pcx image/pcx
image/vnd.ms-dds image/vnd-ms.dds image/x-dds image/dds image/x-direct-draw-surface
image/qoi image/x-qoi
image/x-icns image/icns
image/x-portable-anymap image/x-portable-bitmap image/x-portable-graymap image/x-portable-greymap
  image/x-portable-pixmap
image/x-portable-arbitrarymap image/x-portable-pixmap image/x-portable-anymap image/x-pam
image/x-portable-floatmap image/x-pfm image/x-portable-pixmap image/x-portable-anymap
image/vnd.radiance image/x-hdr image/hdr
image/x-exr image/aces image/exr
image/x-dpx image/dpx
image/fits application/fits image/x-fits
image/x-sgi image/sgi image/x-rgb image/x-sgi-rgba image/x-sgi-bw
image/x-sun-raster image/x-cmu-raster image/x-sun-rasterfile
image/x-xbitmap image/xbm image/x-xbm image/x-x-bitmap
image/x-xpixmap image/xpm image/x-xpm
image/svg+xml application/xml text/xml
image/wmf image/x-wmf application/wmf application/x-wmf application/x-msmetafile windows/metafile
image/emf image/x-emf application/emf application/x-emf application/x-msmetafile
audio/wav audio/x-wav audio/wave audio/vnd.wave
audio/mpeg audio/mp3 audio/x-mp3 audio/mpeg3 audio/x-mpeg-3 audio/mpa audio/x-mpeg audio/mp2
audio/flac audio/x-flac
audio/aac audio/x-aac audio/x-hx-aac-adts audio/aacp
audio/aiff audio/x-aiff audio/x-aifc
audio/ogg application/ogg audio/vorbis audio/opus audio/x-vorbis+ogg audio/x-opus+ogg
  audio/x-flac+ogg
audio/mp4 audio/m4a audio/x-m4a video/mp4 application/mp4 video/x-m4v audio/x-m4b video/m4a
audio/webm video/webm
audio/matroska audio/x-matroska video/matroska video/x-matroska application/x-matroska
audio/midi audio/x-midi audio/mid audio/sp-midi audio/x-mid
audio/amr audio/x-amr audio/amr-nb
audio/amr-wb audio/x-amr-wb audio/amr
audio/basic audio/x-basic audio/au audio/x-au
audio/x-caf audio/caf
audio/x-w64 audio/w64
audio/x-voc audio/voc audio/x-creative-voice audio/x-unknown
audio/ac3 audio/x-ac3 audio/vnd.dolby.dd-raw audio/x-dolby-digital
audio/eac3 audio/x-eac3 audio/ac3 audio/vnd.dolby.dd-raw
audio/x-wavpack audio/wavpack
audio/x-tta audio/tta
audio/x-ms-wma video/x-ms-asf video/x-ms-wma application/vnd.ms-asf video/x-ms-wmv
video/mp4 video/x-m4v application/mp4 video/x-f4v
video/quicktime video/mov
video/3gpp audio/3gpp video/mp4
video/3gpp2 audio/3gpp2 video/mp4 video/3gpp
video/matroska video/x-matroska application/x-matroska
video/x-msvideo video/avi video/vnd.avi video/msvideo
video/ogg application/ogg video/theora
video/mpeg video/dvd video/mpg video/x-mpeg video/mp2p video/mpv video/mpeg4-generic video/mp1s
  video/mp2v
video/mp2t video/mpeg
video/x-flv video/flv
video/x-ms-asf video/x-ms-wmv application/vnd.ms-asf video/asf video/x-ms-wma
video/h264 video/x-h264
video/h265 video/hevc video/x-h265
video/x-ivf video/ivf
application/mxf video/mxf
application/vnd.adobe.flash.movie application/x-shockwave-flash
application/vnd.rn-realmedia application/x-realmedia audio/x-pn-realaudio
  application/vnd.rn-realmedia-vbr video/vnd.rn-realvideo
application/postscript application/eps application/x-eps image/x-eps image/eps
application/rtf text/rtf
application/msword application/x-msword
application/vnd.ms-excel application/msexcel application/x-msexcel
application/vnd.ms-powerpoint application/mspowerpoint
application/vnd.ms-outlook application/msoutlook
application/x-msi application/x-ms-installer
application/zip application/x-zip-compressed application/x-zip
application/java-archive application/x-java-archive application/jar
application/vnd.android.package-archive application/x-apk
model/3mf application/vnd.ms-package.3dmanufacturing-3dmodel+xml
application/gzip application/x-gzip application/x-tgz application/x-compressed-tar
application/x-bzip2 application/x-bzip application/bzip2
application/x-lzma application/lzma
application/zstd application/x-zstd application/x-zst
application/x-lz4 application/lz4
application/x-lzip application/lzip
application/x-compress application/x-tarz
application/vnd.rar application/x-rar application/x-rar-compressed application/rar
application/x-tar application/tar application/x-gtar application/x-ustar
application/vnd.ms-cab-compressed application/x-cab application/cab
application/x-archive application/x-unix-archive application/x-ar application/x-sharedlib
application/vnd.debian.binary-package application/x-debian-package application/x-deb
application/x-rpm application/x-redhat-package-manager application/x-redhat-package
application/x-iso9660-image application/x-cd-image application/x-iso
application/x-udf-image application/x-iso9660-image
application/x-cpio application/cpio
application/x-xar application/vnd.xar application/x-apple-xar
application/warc application/x-warc
application/vnd.squashfs application/x-squashfs application/squashfs
application/x-executable application/x-pie-executable application/x-sharedlib application/x-object
  application/x-elf application/x-executable-elf application/x-coredump
application/vnd.microsoft.portable-executable application/x-dosexec application/x-msdownload
  application/x-ms-dos-executable application/exe application/x-msdos-program application/x-pe
application/x-mach-binary application/x-mach-o application/x-mach-o-executable
  application/x-mach-o-object
application/java-vm application/x-java-applet application/x-java-class application/java
  application/x-java
application/x-python-code application/x-bytecode.python text/x-bytecode.python
  application/x-python-bytecode
application/x-llvm application/llvm application/x-llvm-bitcode
application/vnd.sqlite3 application/x-sqlite3 application/sqlite3
application/vnd.apache.parquet application/x-parquet application/parquet
application/vnd.apache.arrow.file application/x-apache-arrow vnd.apache.arrow.file
application/vnd.apache.arrow.stream vnd.apache.arrow.stream
application/x-feather application/vnd.apache.arrow.file application/x-apache-arrow
application/x-orc application/vnd.apache.orc application/orc
application/avro application/x-avro application/vnd.apache.avro avro/binary
  application/x-avro-binary
application/x-npy application/numpy application/x-numpy application/x-numpy-data
application/x-npz application/numpy application/x-numpy application/x-numpy-data application/zip
application/x-hdf5 application/x-hdf application/hdf5 application/x-hdf5-data
application/x-pickle application/pickle application/python-pickle application/x-python-pickle
application/x-safetensors application/safetensors
application/x-gguf application/gguf
application/x-onnx application/onnx
application/x-tflite application/tflite application/vnd.tensorflow.tflite
application/x-netcdf application/netcdf
application/x-matlab-data application/matlab-mat application/x-matlab application/matlab
application/x-stata-dta application/x-stata
application/vnd.tcpdump.pcap application/x-pcap application/pcap application/x-pcapng
application/x-pcapng application/pcapng application/vnd.tcpdump.pcap
application/x-bplist application/x-plist application/x-apple-binary-plist
  application/vnd.apple.binary-plist application/x-bplist-binary
application/vnd.iccprofile application/x-icc application/icc
application/tzif application/tzif-leap
application/x-gettext-translation application/x-mo application/x-gettext
model/stl application/sla application/vnd.ms-pki.stl model/x.stl-binary model/x.stl-ascii
  application/wavefront-stl
model/gltf+json application/json
model/obj application/prs.wavefront-obj text/prs.wavefront-obj
model/ply application/ply
model/step application/step application/x-step model/iso-10303-21
model/vrml x-world/x-vrml
model/vnd.collada+xml application/xml text/xml
font/ttf font/sfnt application/font-sfnt application/x-font-ttf application/x-font-truetype
font/otf font/sfnt application/font-sfnt application/vnd.ms-opentype application/x-font-otf
  application/x-font-opentype
font/collection font/ttf font/sfnt application/font-collection application/x-font-ttf
font/woff application/font-woff application/x-font-woff
font/woff2 application/font-woff application/font-woff2
text/plain text/txt
text/csv application/csv
text/tab-separated-values text/tsv
text/markdown text/x-markdown
text/html application/html
application/xhtml+xml text/html application/xml text/xml
application/xml text/xml
application/rss+xml application/xml text/xml
application/atom+xml application/xml text/xml
application/gpx+xml application/xml text/xml
application/vnd.google-earth.kml+xml application/xml text/xml
application/json text/json
application/jsonl application/x-ndjson application/ndjson application/json application/json-lines
application/geo+json application/json
application/x-ipynb+json application/json
application/yaml text/yaml application/x-yaml text/x-yaml
application/toml text/toml
text/x-python text/x-script.python application/x-python text/python
text/javascript application/javascript text/ecmascript application/ecmascript
text/x-typescript application/typescript text/typescript application/x-typescript
text/x-c text/x-csrc text/x-chdr text/x-c++
text/x-c++ text/x-c text/x-c++src
text/x-java text/x-java-source
text/x-rust application/x-rust text/rust
text/x-go text/x-golang
text/x-shellscript application/x-sh text/x-sh application/x-shellscript
text/x-ruby application/x-ruby
text/x-php application/x-httpd-php application/x-php
application/sql application/x-sql text/x-sql
text/x-r text/x-rsrc
text/x-tex application/x-tex text/x-latex application/x-latex
text/x-rst text/prs.fallenstein.rst
text/x-diff text/x-patch text/diff
application/x-subrip text/srt application/srt text/x-srt application/x-srt
text/calendar text/x-vcalendar
text/vcard text/x-vcard text/directory
message/rfc822 text/x-mail application/mbox
application/vnd.apple.mpegurl application/x-mpegurl audio/x-mpegurl audio/mpegurl
application/pgp-keys application/pgp
"""
_GROUPS = [frozenset(line.split()) for line in SYNONYMS.replace("\n  ", " ").splitlines()]
# Where magika has a name for a format but a poor media type, the name counts.
_MAGIKA = {
    "pickle": "application/x-pickle",
    "npy": "application/x-npy",
    "npz": "application/x-npz",
    "onnx": "application/x-onnx",
    "squashfs": "application/vnd.squashfs",
    "emf": "image/emf",
    "gpx": "application/gpx+xml",
    "sqlite": "application/vnd.sqlite3",
    "diff": "text/x-diff",
    "m3u": "application/vnd.apple.mpegurl",
}


def is_right(entry: Entry, answer: str) -> bool:
    """Tell whether a detector's answer is right, by any name."""
    answer = answer.partition(";")[0].strip().lower()
    if answer == entry.label or answer in entry.also.split():
        return True
    return any(answer in group and entry.label in group for group in _GROUPS)


@functools.cache
def corpus() -> tuple[Entry, ...]:
    """Return all the files, the same at each call."""
    makers = (_pictures, _sounds, _videos, _documents, _archives)
    more = (_programs, _tables, _models, _fonts, _texts, _named_texts)
    return tuple(entry for maker in (*makers, *more) for entry in maker())


def _fixture(name: str) -> bytes:
    return (FIXTURES / name).read_bytes()


def _stored(name: str) -> bytes:
    """Return a file of the folder `corpus`, where the longer ones are packed."""
    packed = HERE / "corpus" / f"{name}.xz"
    if packed.exists():
        return lzma.decompress(packed.read_bytes())
    return (HERE / "corpus" / name).read_bytes()


# ------------------------------------------------------------------------------------ pictures

_SMALL = Image.linear_gradient("L").resize((24, 16)).convert("RGB")


def _by_pillow(format: str, mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    _SMALL.convert(mode).save(out, format, **options)
    return out.getvalue()


def _pictures() -> Iterator[Entry]:
    frames: dict[str, Any] = {"save_all": True, "append_images": [_SMALL.rotate(180)]}
    deep = Image.fromarray(np.arange(384, dtype=np.uint16).reshape(16, 24))
    big_endian = io.BytesIO()
    deep.convert("I").convert("I;16B").save(big_endian, "TIFF")
    targa = _by_pillow("TGA")
    icon = _by_pillow("ICO", "RGBA", sizes=[(16, 16)], bitmap_format="bmp")

    yield Entry("PNG", "image/png", _by_pillow("PNG"))
    yield Entry("PNG, palette", "image/png", _by_pillow("PNG", "P"))
    yield Entry("PNG, animated", "image/png", _by_pillow("PNG", **frames))
    yield Entry("JPEG", "image/jpeg", _by_pillow("JPEG"))
    yield Entry("JPEG, progressive", "image/jpeg", _by_pillow("JPEG", progressive=True))
    yield Entry("JPEG, EXIF first", "image/jpeg", _fixture("image/exif6.jpg"))
    yield Entry("JPEG, CMYK", "image/jpeg", _by_pillow("JPEG", "CMYK"))
    yield Entry("JPEG, multi-picture", "image/jpeg", _by_pillow("MPO", **frames))
    yield Entry("JPEG-LS", "image/jls", _stored("picture.jls"))
    yield Entry("JPEG-LS, FFmpeg", "image/jls", _frame("jpegls"))
    yield Entry("GIF", "image/gif", _by_pillow("GIF", "P"))
    yield Entry("GIF, animated", "image/gif", _by_pillow("GIF", "P", **frames))
    yield Entry("WebP", "image/webp", _by_pillow("WEBP"))
    yield Entry("WebP, lossless", "image/webp", _by_pillow("WEBP", lossless=True))
    yield Entry("WebP, animated", "image/webp", _by_pillow("WEBP", **frames))
    if HAS_AVIF:
        yield Entry("AVIF", "image/avif", _by_pillow("AVIF"))
        yield Entry("AVIF, sequence", "image/avif", _by_pillow("AVIF", **frames))
    yield Entry("HEIC", "image/heic", _stored("still.heic"))
    yield Entry("HEIC, two pictures", "image/heic", _stored("two.heic"))
    yield Entry("BMP", "image/bmp", _by_pillow("BMP"))
    yield Entry("BMP, 1 bit", "image/bmp", _by_pillow("BMP", "1"))
    yield Entry("BMP, FFmpeg", "image/bmp", _frame("bmp"))
    yield Entry("TIFF", "image/tiff", _by_pillow("TIFF"))
    yield Entry("TIFF, big-endian", "image/tiff", big_endian.getvalue())
    yield Entry("TIFF, BigTIFF", "image/tiff", _by_pillow("TIFF", big_tiff=True))
    yield Entry("TIFF, FFmpeg", "image/tiff", _frame("tiff"))
    yield Entry("ICO", "image/x-icon", icon)
    yield Entry("ICO, PNG inside", "image/x-icon", _by_pillow("ICO", "RGBA", sizes=[(16, 16)]))
    # A cursor is an icon with a hot spot in place of the planes and the depth.
    yield Entry("CUR", "image/x-win-bitmap", b"\0\0\2\0" + icon[4:10] + b"\3\0\4\0" + icon[14:])
    yield Entry("ICNS", "image/x-icns", _by_pillow("ICNS", "RGBA"))
    yield Entry("TGA", "image/x-tga", targa)
    yield Entry("TGA, no footer", "image/x-tga", targa[:-26])
    yield Entry("TGA, packed", "image/x-tga", _frame("targa"))
    yield Entry("PCX", "image/vnd.zbrush.pcx", _by_pillow("PCX"))
    yield Entry("PCX, FFmpeg", "image/vnd.zbrush.pcx", _frame("pcx"))
    yield Entry("PSD", "image/vnd.adobe.photoshop", _stored("picture.psd"))
    yield Entry("DDS", "image/vnd.ms-dds", _by_pillow("DDS"))
    yield Entry("DDS, packed", "image/vnd.ms-dds", _by_pillow("DDS", "RGBA", pixel_format="DXT5"))
    if known("QOI"):
        yield Entry("QOI", "image/qoi", _by_pillow("QOI"))
    yield Entry("QOI, FFmpeg", "image/qoi", _frame("qoi"))
    yield Entry("JPEG 2000", "image/jp2", _by_pillow("JPEG2000"))
    yield Entry("JPEG 2000, FFmpeg", "image/jp2", _frame("jpeg2000"))
    codestream = _by_pillow("JPEG2000", no_jp2=True)
    yield Entry("JPEG 2000 codestream", "image/j2c", codestream)
    yield Entry("JPEG XL", "image/jxl", _stored("bare.jxl"))
    yield Entry("JPEG XL, boxed", "image/jxl", _stored("boxed.jxl"))
    yield Entry("JPEG XR", "image/jxr", _stored("picture.jxr"))
    yield Entry("PBM", "image/x-portable-anymap", _by_pillow("PPM", "1"))
    yield Entry("PGM", "image/x-portable-anymap", _by_pillow("PPM", "L"))
    yield Entry("PPM", "image/x-portable-anymap", _by_pillow("PPM"))
    yield Entry("PPM, plain", "image/x-portable-anymap", b"P3\n# small\n2 1\n255\n9 8 7\n6 5 4\n")
    yield Entry("PAM", "image/x-portable-arbitrarymap", _frame("pam"))
    yield Entry("PFM", "image/x-portable-floatmap", _frame("pfm"))
    yield Entry("Radiance HDR", "image/vnd.radiance", _frame("hdr"))
    yield Entry("OpenEXR", "image/x-exr", _frame("exr"))
    yield Entry("DPX", "image/x-dpx", _frame("dpx"))
    yield Entry("FITS", "image/fits", _frame("fits", "fits"))
    yield Entry("SGI", "image/x-sgi", _by_pillow("SGI"))
    yield Entry("SGI, packed", "image/x-sgi", _frame("sgi"))
    yield Entry("Sun raster", "image/x-sun-raster", _frame("sunrast"))
    yield Entry("XBM", "image/x-xbitmap", _by_pillow("XBM", "1"))
    yield Entry("XPM", "image/x-xpixmap", _XPM)
    yield Entry("KTX", "image/ktx", _texture())
    yield Entry("KTX2", "image/ktx2", _texture2())
    yield Entry("WMF", "image/wmf", _stored("drawing.wmf"))
    yield Entry("EMF", "image/emf", _stored("drawing.emf"))
    svg = _fixture("image/drawing.svg")
    yield Entry("SVG", "image/svg+xml", svg)
    yield Entry("SVG, no prolog", "image/svg+xml", _fixture("image/bare.svg"))
    commented = svg.replace(b"<svg", b"<!-- Sun, by hand -->\n<svg", 1)
    yield Entry("SVG, commented", "image/svg+xml", commented)
    yield Entry("SVG, BOM", "image/svg+xml", b"\xef\xbb\xbf" + svg)


_XPM = b"""/* XPM */
static char *dot[] = {
"2 2 2 1",
"  c None",
". c #FF0000",
". ",
" ."};
"""


def _texture() -> bytes:
    """A KTX file: one level of 2×2 RGBA pixels (KTX 1.0, section 2)."""
    header_fields = (0x04030201, 0x1401, 1, 0x1908, 0x8058, 0x1908, 2, 2, 0, 0, 1, 1, 0, 16)
    return b"\xabKTX 11\xbb\r\n\x1a\n" + struct.pack("<14I", *header_fields) + bytes(16)


def _texture2() -> bytes:
    """A KTX2 file: one level of 2×2 RGBA pixels, with its data format descriptor."""
    samples = b"".join(
        struct.pack("<HBBIII", bit, 7, channel, 0, 0, 255)
        for bit, channel in ((0, 0), (8, 1), (16, 2), (24, 15))
    )
    block = struct.pack("<IHH4B4B8B", 0, 2, 24 + len(samples), 1, 1, 1, 0, 0, 0, 0, 0, 4, *bytes(7))
    descriptor = struct.pack("<I", 4 + len(block) + len(samples)) + block + samples
    header_fields = (37, 1, 2, 2, 0, 0, 1, 1, 0, 104, len(descriptor), 0, 0)
    at = 104 + len(descriptor)
    level = struct.pack("<3Q", at + -at % 4, 16, 16)
    head = b"\xabKTX 20\xbb\r\n\x1a\n" + struct.pack("<13IQQ", *header_fields, 0, 0) + level
    return head + descriptor + bytes(-at % 4) + bytes(16)


# -------------------------------------------------------------------------- sounds and videos


def _sound(format: str, subtype: str, channels: int = 1, **options: Any) -> bytes:
    out = io.BytesIO()
    tone = np.sin(np.arange(2000) / 9) / 2
    shape = np.stack([tone] * channels, 1)
    soundfile.write(out, shape, 16000, subtype, format=format, **options)
    return out.getvalue()


class _Track(NamedTuple):
    """What FFmpeg is asked for: a container, and a codec for pictures, for sound or both."""

    container: str
    video: str | None = None
    audio: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    rate: int = 48000
    size: tuple[int, int] = (64, 48)
    frames: int = 5


def _by_ffmpeg(container: str, *more: Any, **options: Any) -> bytes:
    import av

    wanted = _Track(container, *more, **options)
    out = io.BytesIO()
    with av.open(out, "w", format=container, options=dict(wanted.options)) as muxer:
        video: Any = wanted.video and muxer.add_stream(wanted.video, rate=25)
        audio: Any = wanted.audio and muxer.add_stream(wanted.audio, rate=wanted.rate)
        if video:
            video.width, video.height = wanted.size
            video.options = {"x265-params": "log-level=none"} if wanted.video == "libx265" else {}
            video.pix_fmt = _PIXELS.get(str(wanted.video)) or video.codec.video_formats[0].name
        if audio:
            audio.layout, audio.bit_rate = "mono", 64000 if wanted.audio == "wmav2" else 0
        for stream, fill in ((video, _film), (audio, _tone)):
            for frame in itertools.chain(fill(stream, wanted), [None]) if stream else ():
                muxer.mux(stream.encode(frame))
    return out.getvalue()


_PIXELS = {"exr": "gbrpf32le", "hdr": "gbrpf32le", "pam": "rgb24", "libx264": "yuv420p"}


def _film(stream: Any, wanted: _Track) -> Iterator[Any]:
    import av

    for light in range(wanted.frames):
        picture = np.full((*wanted.size[::-1], 3), light * 20, np.uint8)
        yield av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format=stream.pix_fmt)


def _tone(stream: Any, wanted: _Track) -> Iterator[Any]:
    import av

    size = stream.codec_context.frame_size or 1024
    to_codec = av.AudioResampler(stream.format, stream.layout, wanted.rate, size)
    samples = (np.sin(np.arange(size * 6) / 9) * 8000).astype(np.int16)[None]
    frame = av.AudioFrame.from_ndarray(samples, "s16", "mono")
    frame.rate, frame.pts = wanted.rate, 0
    yield from to_codec.resample(frame)
    yield from to_codec.resample(None)


def _frame(codec: str, container: str = "image2pipe") -> bytes:
    """Return a picture as FFmpeg writes it."""
    return _by_ffmpeg(container, codec, size=(24, 16), frames=1)


def _tagged(version: int, sound: bytes) -> bytes:
    """Put an ID3v2 tag with a title before a sound."""
    title = b"TIT2" + struct.pack(">IH", 6, 0) + b"\0Title"
    if version == 2:
        title = b"TT2" + b"\0\0\6" + b"\0Title"
    body = title + bytes(200)
    size = bytes((0, 0, len(body) >> 7, len(body) & 127))
    return b"ID3" + bytes((version, 0, 0)) + size + body + sound


def _sounds() -> Iterator[Entry]:
    wav, flac, mp3 = _sound("WAV", "PCM_16"), _sound("FLAC", "PCM_16"), _fixture("audio/tone.mp3")
    adts = _by_ffmpeg("adts", None, "aac")
    yield Entry("WAV", "audio/wav", wav)
    yield Entry("WAV, float", "audio/wav", _sound("WAV", "FLOAT"))
    yield Entry("WAV, extensible", "audio/wav", _sound("WAVEX", "PCM_16"))
    yield Entry("WAV, RF64", "audio/wav", _sound("RF64", "PCM_16"))
    yield Entry("WAV, big-endian", "audio/wav", _sound("WAV", "PCM_16", endian="BIG"))
    yield Entry("WAV, A-law", "audio/wav", _by_ffmpeg("wav", None, "pcm_alaw"))
    yield Entry("Wave64", "audio/x-w64", _sound("W64", "PCM_16"))
    yield Entry("AIFF", "audio/aiff", _sound("AIFF", "PCM_16"))
    yield Entry("AIFF, AIFC", "audio/aiff", _sound("AIFF", "ULAW"))
    yield Entry("AU", "audio/basic", _sound("AU", "PCM_16"))
    yield Entry("AU, little-endian", "audio/basic", _sound("AU", "PCM_16", endian="LITTLE"))
    yield Entry("CAF", "audio/x-caf", _sound("CAF", "PCM_16"))
    yield Entry("CAF, ALAC", "audio/x-caf", _by_ffmpeg("caf", None, "alac"))
    yield Entry("VOC", "audio/x-voc", _sound("VOC", "PCM_16"))
    yield Entry("FLAC", "audio/flac", flac)
    yield Entry("FLAC, FFmpeg", "audio/flac", _by_ffmpeg("flac", None, "flac"))
    yield Entry("FLAC, ID3 before it", "audio/flac", _tagged(3, flac))
    yield Entry("Ogg Vorbis", "audio/ogg", _sound("OGG", "VORBIS"))
    yield Entry("Ogg Opus", "audio/ogg", _sound("OGG", "OPUS"))
    yield Entry("Ogg Opus, FFmpeg", "audio/ogg", _by_ffmpeg("opus", None, "libopus"))
    yield Entry("Ogg FLAC", "audio/ogg", _by_ffmpeg("oga", None, "flac"))
    yield Entry("MP3", "audio/mpeg", _sound("MP3", "MPEG_LAYER_III"))
    tagged = _by_ffmpeg("mp3", None, "libmp3lame")
    yield Entry("MP3, no tag", "audio/mpeg", tagged[tagged.index(b"\xff\xfb") :])
    yield Entry("MP3, ID3v2.2", "audio/mpeg", _tagged(2, mp3))
    yield Entry("MP3, ID3v2.3", "audio/mpeg", _tagged(3, mp3))
    yield Entry("MP3, ID3v2.4", "audio/mpeg", tagged)
    yield Entry("MP3, ID3v1", "audio/mpeg", mp3 + b"TAG" + b"Title".ljust(125, b"\0"))
    yield Entry("MP3, MPEG 2", "audio/mpeg", _by_ffmpeg("mp3", None, "libmp3lame", rate=22050))
    yield Entry("MP2", "audio/mpeg", _by_ffmpeg("mp2", None, "mp2"))
    yield Entry("AAC", "audio/aac", adts)
    yield Entry("AAC, fixture", "audio/aac", _fixture("audio/tone.aac"))
    yield Entry("AAC, ID3 before it", "audio/aac", _tagged(4, adts))
    yield Entry("AC-3", "audio/ac3", _by_ffmpeg("ac3", None, "ac3"))
    yield Entry("E-AC-3", "audio/eac3", _by_ffmpeg("eac3", None, "eac3"))
    yield Entry("AMR", "audio/amr", b"#!AMR\n" + (b"\x04" + bytes(12)) * 10)
    silence = b"\x4c" + bytes(5)  # frames of type 9, which describe noise (RFC 4867 section 5.3)
    yield Entry("AMR-WB", "audio/amr-wb", b"#!AMR-WB\n" + silence * 4)
    yield Entry("MIDI", "audio/midi", _MIDI)
    yield Entry("MIDI, two tracks", "audio/midi", _midi(1, _NOTE, _NOTE))
    riff = b"RMIDdata" + struct.pack("<I", len(_MIDI)) + _MIDI + bytes(len(_MIDI) % 2)
    yield Entry("MIDI, in RIFF", "audio/midi", b"RIFF" + struct.pack("<I", len(riff)) + riff)
    yield Entry("WavPack", "audio/x-wavpack", _by_ffmpeg("wv", None, "wavpack"))
    yield Entry("TTA", "audio/x-tta", _by_ffmpeg("tta", None, "tta"))
    yield Entry("M4A", "audio/mp4", _by_ffmpeg("ipod", None, "aac"))
    yield Entry("M4A, ALAC", "audio/mp4", _by_ffmpeg("ipod", None, "alac"))
    yield Entry("M4A, isom", "audio/mp4", _by_ffmpeg("mp4", None, "aac"))
    yield Entry("M4A, a browser's", "audio/mp4", _fixture("audio/browser.mp4"))
    yield Entry("3GP, sound", "audio/mp4", _by_ffmpeg("3gp", None, "aac"), None, _3GPP)
    yield Entry("WebM, sound", "audio/webm", _by_ffmpeg("webm", None, "libopus"))
    yield Entry("WebM, a browser's", "audio/webm", _fixture("audio/browser.webm"))
    yield Entry("Matroska, sound", "audio/matroska", _by_ffmpeg("matroska", None, "flac"))
    wma = _by_ffmpeg("asf", None, "wmav2", rate=44100)
    yield Entry("WMA", "audio/x-ms-wma", wma)


_3GPP = "audio/3gpp video/3gpp"
_NOTE = b"\0\x90\x3c\x40\x60\x80\x3c\0\0\xff\x2f\0"


def _midi(format: int, *tracks: bytes) -> bytes:
    chunks = b"".join(b"MTrk" + struct.pack(">I", len(track)) + track for track in tracks)
    return b"MThd" + struct.pack(">IHHH", 6, format, len(tracks), 96) + chunks


_MIDI = _midi(0, _NOTE)


def _videos() -> Iterator[Entry]:
    fragments = (("movflags", "frag_keyframe+empty_moov"),)
    fragmented = _by_ffmpeg("mp4", "libx264", "aac", fragments)
    first = fragmented.index(b"moof") - 4
    qt = _by_ffmpeg("mov", "mjpeg")[20:]  # without the type box, as QuickTime wrote it for a decade
    yield Entry("MP4", "video/mp4", _by_ffmpeg("mp4", "libx264", "aac"))
    yield Entry("MP4, H.265", "video/mp4", _by_ffmpeg("mp4", "libx265"))
    yield Entry("MP4, fragmented", "video/mp4", fragmented)
    yield Entry("MP4, one fragment", "video/mp4", fragmented[first:], None, "video/iso.segment")
    styp = struct.pack(">I4s4sI4s", 20, b"styp", b"msdh", 0, b"msdh")
    segment = styp + fragmented[first:]
    yield Entry("MP4, segment", "video/mp4", segment, None, "video/iso.segment")
    yield Entry("MP4, M4V", "video/mp4", _by_ffmpeg("ipod", "libx264"))
    yield Entry("MP4, F4V", "video/mp4", _by_ffmpeg("f4v", "libx264"))
    yield Entry("MP4, index last", "video/mp4", _fixture("video/tail.mp4"))
    yield Entry("MOV", "video/quicktime", _by_ffmpeg("mov", "prores", "pcm_s16le"))
    yield Entry("MOV, fixture", "video/quicktime", _fixture("video/clip.mov"))
    yield Entry("MOV, wide first", "video/quicktime", qt)
    yield Entry("MOV, mdat first", "video/quicktime", _without_wide(qt))
    yield Entry("3GP", "video/3gpp", _by_ffmpeg("3gp", "h263", size=(176, 144)))
    yield Entry("3G2", "video/3gpp2", _by_ffmpeg("3g2", "mpeg4"))
    yield Entry("WebM", "video/webm", _by_ffmpeg("webm", "libvpx", "libopus"))
    yield Entry("WebM, silent", "video/webm", _by_ffmpeg("webm", "libvpx-vp9"))
    yield Entry("Matroska", "video/matroska", _by_ffmpeg("matroska", "libx264", "libopus"))
    yield Entry("Matroska, FFV1", "video/matroska", _by_ffmpeg("matroska", "ffv1"))
    yield Entry("AVI", "video/x-msvideo", _by_ffmpeg("avi", "mpeg4", "libmp3lame"))
    yield Entry("AVI, MJPEG", "video/x-msvideo", _by_ffmpeg("avi", "mjpeg"))
    yield Entry("FLV", "video/x-flv", _by_ffmpeg("flv", "flv"))
    yield Entry("FLV, H.264", "video/x-flv", _by_ffmpeg("flv", "libx264", "aac"))
    yield Entry("WMV", "video/x-ms-asf", _by_ffmpeg("asf", "wmv2"))
    both = _by_ffmpeg("asf", "wmv2", "wmav2", rate=44100)
    yield Entry("WMV, with sound", "video/x-ms-asf", both)
    yield Entry("Ogg Theora", "video/ogg", _fixture("video/clip.ogv"))
    yield Entry("Ogg VP8", "video/ogg", _by_ffmpeg("ogg", "libvpx"))
    yield Entry("MPEG program, 1", "video/mpeg", _by_ffmpeg("mpeg", "mpeg1video", "mp2"))
    yield Entry("MPEG program, 2", "video/mpeg", _by_ffmpeg("vob", "mpeg2video"))
    yield Entry("MPEG video, 1", "video/mpeg", _by_ffmpeg("mpeg1video", "mpeg1video"))
    yield Entry("MPEG video, 2", "video/mpeg", _by_ffmpeg("mpeg2video", "mpeg2video"))
    yield Entry("MPEG transport", "video/mp2t", _by_ffmpeg("mpegts", "mpeg2video", "mp2"))
    blu_ray = _by_ffmpeg("mpegts", "mpeg2video", None, (("mpegts_m2ts_mode", "1"),))
    yield Entry("MPEG transport, M2TS", "video/mp2t", blu_ray)
    yield Entry("H.264", "video/h264", _by_ffmpeg("h264", "libx264"))
    yield Entry("H.265", "video/h265", _by_ffmpeg("hevc", "libx265"))
    yield Entry("IVF", "video/x-ivf", _by_ffmpeg("ivf", "libvpx"))
    yield Entry("MXF", "application/mxf", _by_ffmpeg("mxf", "mpeg2video"))
    flash = _by_ffmpeg("swf", "flv")
    packed = b"C" + flash[1:8] + zlib.compress(flash[8:])
    yield Entry("SWF", "application/vnd.adobe.flash.movie", flash)
    yield Entry("SWF, packed", "application/vnd.adobe.flash.movie", packed)
    yield Entry("RealMedia", "application/vnd.rn-realmedia", _by_ffmpeg("rm", "rv10"))


def _without_wide(movie: bytes) -> bytes:
    """Take the empty box away that stands before the media of a QuickTime movie."""
    assert movie[4:8] == b"wide"
    return movie[8:]


# ------------------------------------------------------------------------------------ documents


def _zipped(*members: tuple[str, str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Zip members in this order; ``mimetype`` is stored, as OCF and ODF want it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else method
            archive.writestr(info, content)
    return out.getvalue()


def _open_document(kind: str, body: str) -> bytes:
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
        f'manifest:version="1.3"><manifest:file-entry manifest:full-path="/" '
        f'manifest:media-type="{OASIS}{kind}"/></manifest:manifest>'
    )
    content = (
        '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        f'office:version="1.3"><office:body><office:{body}/></office:body>'
        "</office:document-content>"
    )
    return _zipped(
        ("mimetype", OASIS + kind),
        ("content.xml", content),
        ("META-INF/manifest.xml", manifest),
    )


def _compound(*streams: str, version: int = 3) -> bytes:
    """Return an OLE compound file of empty streams ([MS-CFB] sections 2.2, 2.3 and 2.6)."""
    free, end = 0xFFFFFFFF, 0xFFFFFFFE
    sector = 512 if version == 3 else 4096
    names = ["Root Entry", *streams]
    count = -(-len(names) * 128 // sector)
    chain = [*range(2, count + 1), end]
    table = [0xFFFFFFFD, *chain]
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        *(0x3E, version, 0xFFFE, sector.bit_length() - 1, 6),
        *(0 if version == 3 else count, 1, 1, 0, 4096, end, 0, end, 0, 0),
    )
    head += struct.pack("<108I", *[free] * 108)
    entries = b""
    for index, name in enumerate(names):
        right = index + 1 if 0 < index < len(streams) else free
        child = 1 if index == 0 else free
        entries += struct.pack(
            "<64sHBBIII16x20xIQ",
            name.encode("utf-16-le"),
            len(name) * 2 + 2,
            5 if index == 0 else 2,
            1,
            *(free, right, child),
            *(end, 0),
        )
    fat = struct.pack("<I", free) * (sector // 4 - len(table))
    unused = struct.pack("<64xHBBIII16x20xIQ", 0, 0, 0, free, free, free, 0, 0)
    entries += unused * (count * sector // 128 - len(names))
    return head.ljust(sector, b"\0") + struct.pack(f"<{len(table)}I", *table) + fat + entries


def _documents() -> Iterator[Entry]:
    pdf = _fixture("file/report.pdf")
    eps = _by_pillow("EPS")
    preview = struct.pack("<4s6IH", b"\xc5\xd0\xd3\xc6", 30, len(eps), 0, 0, 0, 0, 0xFFFF)
    yield Entry("PDF", "application/pdf", pdf)
    yield Entry("PDF, Pillow", "application/pdf", _by_pillow("PDF"))
    yield Entry("PDF, newline first", "application/pdf", b"\n" + pdf)
    yield Entry("PostScript", "application/postscript", b"%!PS-Adobe-3.0\n%%EOF\nshowpage\n")
    yield Entry("EPS", "application/postscript", eps)
    yield Entry("EPS, with preview", "application/postscript", preview + eps)
    yield Entry("RTF", "application/rtf", _stored("letter.rtf"))
    yield Entry("RTF, by hand", "application/rtf", b"{\\rtf1\\ansi A few words.\\par}")
    yield Entry("DOCX", OFFICE + "wordprocessingml.document", _fixture("file/document.docx"))
    yield Entry("DOCX, LibreOffice", OFFICE + "wordprocessingml.document", _stored("letter.docx"))
    yield Entry("XLSX", OFFICE + "spreadsheetml.sheet", _fixture("file/sheet.xlsx"))
    yield Entry("XLSX, LibreOffice", OFFICE + "spreadsheetml.sheet", _stored("cells.xlsx"))
    yield Entry("PPTX", OFFICE + "presentationml.presentation", _fixture("file/slides.pptx"))
    yield Entry("ODT", OASIS + "text", _fixture("file/text.odt"))
    yield Entry("ODT, LibreOffice", OASIS + "text", _stored("letter.odt"))
    yield Entry("ODS", OASIS + "spreadsheet", _open_document("spreadsheet", "spreadsheet"))
    yield Entry("ODS, LibreOffice", OASIS + "spreadsheet", _stored("cells.ods"))
    yield Entry("ODP", OASIS + "presentation", _open_document("presentation", "presentation"))
    yield Entry("ODG", OASIS + "graphics", _open_document("graphics", "drawing"))
    yield Entry("EPUB", "application/epub+zip", _fixture("file/book.epub"))
    yield Entry("DOC", "application/msword", _stored("letter.doc"))
    yield Entry("XLS", "application/vnd.ms-excel", _stored("cells.xls"))
    yield Entry("XLS, xlwt", "application/vnd.ms-excel", _stored("sheet.xls"))
    yield Entry("XLS, Excel 5", "application/vnd.ms-excel", _compound("Book"))
    yield Entry("PPT", "application/vnd.ms-powerpoint", _stored("slides.ppt"))
    properties = ("__nameid_version1.0", "__properties_version1.0")
    yield Entry("MSG", "application/vnd.ms-outlook", _compound(*properties))
    yield Entry(
        "MSG, 4 kB sectors", "application/vnd.ms-outlook", _compound(*properties, version=4)
    )


# ------------------------------------------------------------------------------------ archives


def _streamed_zip() -> bytes:
    """A zip written into a pipe: sizes come after each member."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.data = bytearray()

        def writable(self) -> bool:
            return True

        def write(self, data: Any) -> int:
            self.data += data
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w") as archive:
        archive.writestr("words.txt", WORDS)
    return bytes(pipe.data)


def _tar(format: int) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format) as archive:
        info = tarfile.TarInfo("words.txt" if format != tarfile.PAX_FORMAT else "wörter.txt")
        info.size = len(WORDS)
        archive.addfile(info, io.BytesIO(WORDS.encode()))
    return out.getvalue()


def _old_tar() -> bytes:
    """A tar of the seventh edition of Unix: without a magic number, owners or devices."""
    block = bytearray(_tar(tarfile.USTAR_FORMAT))
    block[148:156] = b" " * 8
    block[257:512] = bytes(255)
    block[148:156] = b"%06o\0 " % sum(block[:512])
    return bytes(block)


def _lzip() -> bytes:
    """A member of lzip: version 1, a dictionary of 64 kB (lzip manual, section File format)."""
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}]
    packed = lzma.compress(WORDS.encode(), lzma.FORMAT_RAW, filters=filters)
    tail = struct.pack("<IQQ", zlib.crc32(WORDS.encode()), len(WORDS), 6 + len(packed) + 20)
    return b"LZIP\x01\x10" + packed + tail


def _rar4() -> bytes:
    """A RAR 4 archive of one stored file (RAR technical note, archive format 4)."""

    def block(kind: int, flags: int, rest: bytes) -> bytes:
        body = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
        return struct.pack("<H", zlib.crc32(body) & 0xFFFF) + body

    data, name = WORDS.encode(), b"words.txt"
    crc = zlib.crc32(data)
    fields = (len(data), len(data), 3, crc, 0x5A21B000, 20, 0x30, len(name), 0o100644)
    return (
        b"Rar!\x1a\x07\0"
        + block(0x73, 0, bytes(6))
        + block(0x74, 0x8000, struct.pack("<IIBIIBBHI", *fields) + name)
        + data
        + block(0x7B, 0x4000, b"")
    )


def _rar5() -> bytes:
    """A RAR 5 archive of one stored file (RAR 5.0 archive format)."""

    def block(*fields: int | bytes) -> bytes:
        body = b"".join(f if isinstance(f, bytes) else _variable(f) for f in fields)
        sized = _variable(len(body)) + body
        return struct.pack("<I", zlib.crc32(sized)) + sized

    data, name = WORDS.encode(), b"words.txt"
    crc = struct.pack("<I", zlib.crc32(data))
    file = block(2, 2, len(data), 4, len(data), 0o644, crc, 0, 1, len(name), name)
    return b"Rar!\x1a\x07\x01\0" + block(1, 0, 0) + file + data + block(5, 0, 0)


def _variable(number: int) -> bytes:
    """Seven bits a byte, the low ones first."""
    low = number & 127
    return bytes([low | 128]) + _variable(number >> 7) if number > 127 else bytes([low])


def _archives() -> Iterator[Entry]:
    text = WORDS.encode()
    manifest = ("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n\n")
    yield Entry("ZIP", "application/zip", _fixture("file/archive.zip"))
    yield Entry("ZIP, empty", "application/zip", _zipped())
    yield Entry("ZIP, stored", "application/zip", _zipped(("a", "b"), method=zipfile.ZIP_STORED))
    yield Entry("ZIP, LZMA", "application/zip", _zipped(("a", WORDS), method=zipfile.ZIP_LZMA))
    yield Entry("ZIP, streamed", "application/zip", _streamed_zip())
    yield Entry("JAR", "application/java-archive", _zipped(manifest, ("One.class", "")))
    apk = _zipped(("AndroidManifest.xml", ""), ("classes.dex", ""), manifest)
    yield Entry("APK", "application/vnd.android.package-archive", apk)
    yield Entry("GZIP", "application/gzip", gzip.compress(text))
    yield Entry("GZIP, a tar", "application/gzip", _fixture("file/archive.tar.gz"))
    yield Entry("BZIP2", "application/x-bzip2", bz2.compress(text))
    yield Entry("BZIP2, of nothing", "application/x-bzip2", bz2.compress(b""))
    yield Entry("XZ", "application/x-xz", lzma.compress(text))
    yield Entry("LZMA", "application/x-lzma", lzma.compress(text, lzma.FORMAT_ALONE))
    yield Entry("Zstandard", "application/zstd", _stored("words.zst"))
    yield Entry("Zstandard, streamed", "application/zstd", _stored("stream.zst"))
    skipped = b"\x50\x2a\x4d\x18\x04\0\0\0note" + _stored("words.zst")
    yield Entry("Zstandard, a note first", "application/zstd", skipped)
    yield Entry("LZ4", "application/x-lz4", _stored("words.lz4"))
    yield Entry("LZ4, legacy", "application/x-lz4", _stored("legacy.lz4"))
    yield Entry("LZIP", "application/x-lzip", _lzip())
    yield Entry("LZIP, libarchive", "application/x-lzip", _stored("words.lz"))
    yield Entry("compress", "application/x-compress", _stored("words.tar.Z"))
    yield Entry("7z", "application/x-7z-compressed", _stored("words.7z"))
    yield Entry("7z, locked", "application/x-7z-compressed", _stored("locked.7z"))
    yield Entry("RAR, 4", "application/vnd.rar", _rar4())
    yield Entry("RAR, 5", "application/vnd.rar", _rar5())
    yield Entry("TAR, ustar", "application/x-tar", _tar(tarfile.USTAR_FORMAT))
    yield Entry("TAR, GNU", "application/x-tar", _tar(tarfile.GNU_FORMAT))
    yield Entry("TAR, pax", "application/x-tar", _tar(tarfile.PAX_FORMAT))
    yield Entry("TAR, v7", "application/x-tar", _old_tar())
    yield Entry("CAB", "application/vnd.ms-cab-compressed", _stored("words.cab"))
    yield Entry("CAB, packed", "application/vnd.ms-cab-compressed", _stored("zipped.cab"))
    yield Entry("AR", "application/x-archive", _stored("words.a"))
    yield Entry("DEB", "application/vnd.debian.binary-package", _stored("one.deb"))
    yield Entry("RPM", "application/x-rpm", _stored("one.rpm"))
    yield Entry("ISO 9660", "application/x-iso9660-image", _stored("tree.iso"))
    yield Entry("ISO 9660, and UDF", "application/x-iso9660-image", _stored("udf.iso"))
    yield Entry("CPIO, newc", "application/x-cpio", _stored("words.cpio"))
    yield Entry("CPIO, odc", "application/x-cpio", _stored("odc.cpio"))
    yield Entry("CPIO, binary", "application/x-cpio", _stored("old.cpio"))
    yield Entry("XAR", "application/x-xar", _stored("words.xar"))
    yield Entry("WARC", "application/warc", _stored("words.warc"))
    yield Entry("SquashFS", "application/vnd.squashfs", _stored("tree.sqfs"))


# ------------------------------------------------------------------------------------ programs


def _fat(*objects: tuple[int, int, bytes]) -> bytes:
    """Put Mach-O files of several processors into one (mach-o/fat.h)."""
    at, heads, bodies = 4096, b"", b""
    for processor, model, data in objects:
        heads += struct.pack(">5I", processor, model, at, len(data), 12)
        bodies += data.ljust(4096, b"\0")
        at += 4096
    return (struct.pack(">II", 0xCAFEBABE, len(objects)) + heads).ljust(4096, b"\0") + bodies


def _programs() -> Iterator[Entry]:
    x64, arm64 = _stored("x64.macho"), _stored("arm64.macho")
    code = marshal.dumps(compile("print(1)", "one.py", "exec"))
    portable = "application/vnd.microsoft.portable-executable"
    yield Entry("ELF", "application/x-executable", _stored("static.elf"))
    yield Entry("ELF, position-independent", "application/x-sharedlib", _stored("pie.elf"))
    yield Entry("ELF, shared library", "application/x-sharedlib", _stored("lib.so"))
    yield Entry("ELF, 32 bits", "application/x-object", _stored("arm.o"))
    yield Entry("ELF, big-endian", "application/x-object", _stored("mips.o"))
    yield Entry("PE, 64 bits", portable, _stored("one.exe"))
    yield Entry("PE, 32 bits", portable, _stored("one32.exe"))
    yield Entry("Mach-O, x86", "application/x-mach-binary", x64)
    yield Entry("Mach-O, ARM", "application/x-mach-binary", arm64)
    both = _fat((0x1000007, 3, x64), (0x100000C, 0, arm64))
    yield Entry("Mach-O, universal", "application/x-mach-binary", both)
    yield Entry("Java class", "application/java-vm", _stored("One.class"))
    yield Entry("WebAssembly", "application/wasm", _stored("one.wasm"))
    yield Entry("Python bytecode", "application/x-python-code", MAGIC_NUMBER + bytes(12) + code)
    yield Entry("LLVM bitcode", "application/x-llvm", _stored("lib.bc"))


# ---------------------------------------------------------------------------------------- data


def _database() -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE words (word)")
        data = database.serialize()
    database.close()
    return data


def _saved(save: Callable[[Any], object]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


def _dicom() -> bytes:
    """A DICOM file of nothing but its meta information (PS3.10 section 7.1)."""
    syntax = struct.pack("<HH2sH", 2, 0x10, b"UI", 18) + b"1.2.840.10008.1.2\0"
    length = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(syntax))
    return bytes(128) + b"DICM" + length + syntax


def _captured(order: str, magic: int) -> bytes:
    frame = bytes(12) + b"\x08\0" + bytes(46)
    head = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    return head + struct.pack(order + "IIII", 1_700_000_000, 0, len(frame), len(frame)) + frame


def _captured_next() -> bytes:
    section = struct.pack("<IIIHHqI", 0x0A0D0D0A, 28, 0x1A2B3C4D, 1, 0, -1, 28)
    return section + struct.pack("<IIHHII", 1, 20, 1, 0, 65535, 20)


def _translation() -> bytes:
    """A gettext catalogue of two messages (GNU gettext manual, The Format of GNU MO Files)."""
    ours, theirs = (b"", b"word"), (b"Content-Type: text/plain; charset=UTF-8\n", b"Wort")
    at, tables, strings = 28 + 32, b"", b""
    for text in (*ours, *theirs):
        tables += struct.pack("<II", len(text), at + len(strings))
        strings += text + b"\0"
    return struct.pack("<7I", 0x950412DE, 0, 2, 28, 28 + 16, 0, at) + tables + strings


_TORRENT = (
    b"d8:announce24:http://tracker.example/a13:creation datei1700000000e4:infod"
    b"6:lengthi3e4:name5:a.txt12:piece lengthi16384e6:pieces20:01234567890123456789ee"
)


def _tables() -> Iterator[Entry]:
    numbers = np.arange(6.0)
    frame = pd.DataFrame({"n": [1, 2, 3], "word": ["a", "b", "c"]})
    netcdf = io.BytesIO()
    with scipy.io.netcdf_file(netcdf, "w") as file:
        file.createDimension("x", 3)
        netcdf_data = (file.flush(), netcdf.getvalue())[1]
    packed = _saved(lambda out: np.savez_compressed(out, a=numbers))
    yield Entry("SQLite", "application/vnd.sqlite3", _database())
    yield Entry("SQLite, fixture", "application/vnd.sqlite3", _fixture("file/data.sqlite"))
    yield Entry("Parquet", "application/vnd.apache.parquet", _stored("rows.parquet"))
    yield Entry("Parquet, plain", "application/vnd.apache.parquet", _stored("plain.parquet"))
    yield Entry("Arrow file", "application/vnd.apache.arrow.file", _stored("rows.feather"))
    yield Entry("Arrow stream", "application/vnd.apache.arrow.stream", _stored("rows.arrows"))
    yield Entry("Feather, 1", "application/x-feather", _stored("rows-v1.feather"))
    yield Entry("ORC", "application/x-orc", _stored("rows.orc"))
    yield Entry("Avro", "application/avro", _stored("rows.avro"))
    yield Entry("NPY", "application/x-npy", _saved(lambda out: np.save(out, numbers)))
    yield Entry("NPZ", "application/x-npz", _saved(lambda out: np.savez(out, a=numbers, b=numbers)))
    yield Entry("NPZ, packed", "application/x-npz", packed)
    yield Entry("HDF5", "application/x-hdf5", _stored("data.h5"))
    yield Entry("HDF5, first version", "application/x-hdf5", _stored("old.h5"))
    yield Entry("HDF5, user block", "application/x-hdf5", _stored("block.h5"))
    for protocol in (2, 4, 5):
        data = pickle.dumps({"a": [1, 2.5, "three"]}, protocol)
        yield Entry(f"pickle, protocol {protocol}", "application/x-pickle", data)
    yield Entry("pickle, an array", "application/x-pickle", pickle.dumps(numbers))
    yield Entry("safetensors", "application/x-safetensors", _stored("weights.safetensors"))
    yield Entry("safetensors, noted", "application/x-safetensors", _stored("noted.safetensors"))
    yield Entry("GGUF", "application/x-gguf", _stored("model.gguf"))
    yield Entry("ONNX", "application/x-onnx", _stored("sum.onnx"), "sum.onnx")
    yield Entry("ONNX, no name", "application/x-onnx", _stored("sum.onnx"))
    yield Entry("ONNX, no producer", "application/x-onnx", _stored("bare.onnx"))
    yield Entry("TFLite", "application/x-tflite", _stored("empty.tflite"))
    mat = _saved(lambda out: scipy.io.savemat(out, {"a": numbers}))
    yield Entry("MATLAB, 5", "application/x-matlab-data", mat)
    old = _saved(lambda out: scipy.io.savemat(out, {"a": numbers}, format="4"))
    yield Entry("MATLAB, 4", "application/x-matlab-data", old)
    yield Entry("NetCDF", "application/x-netcdf", netcdf_data)
    dta = _saved(lambda out: frame.to_stata(out, write_index=False))
    yield Entry("Stata, 10", "application/x-stata-dta", dta)
    dta = _saved(lambda out: frame.to_stata(out, write_index=False, version=118))
    yield Entry("Stata, 14", "application/x-stata-dta", dta)
    yield Entry("DICOM", "application/dicom", _dicom())
    yield Entry("PCAP", "application/vnd.tcpdump.pcap", _captured("<", 0xA1B2C3D4))
    yield Entry("PCAP, big-endian", "application/vnd.tcpdump.pcap", _captured(">", 0xA1B2C3D4))
    yield Entry("PCAP, nanoseconds", "application/vnd.tcpdump.pcap", _captured("<", 0xA1B23C4D))
    yield Entry("PCAPNG", "application/x-pcapng", _captured_next())
    yield Entry("BitTorrent", "application/x-bittorrent", _TORRENT)
    binary = plistlib.dumps({"a": [1, 2]}, fmt=plistlib.FMT_BINARY)
    yield Entry("Property list", "application/x-bplist", binary)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    yield Entry("ICC profile", "application/vnd.iccprofile", profile)
    yield Entry("Time zone", "application/tzif", _stored("UTC.tzif"))
    yield Entry("gettext", "application/x-gettext-translation", _translation())
    yield Entry("CBOR", "application/cbor", b"\xd9\xd9\xf7\xa2\x61a\x01\x61b\x82\x02\x03")
    noise = np.random.default_rng(1).bytes(1500)
    yield Entry("noise", "application/octet-stream", noise)
    yield Entry("floats", "application/octet-stream", numbers.astype("<f4").tobytes())


# ------------------------------------------------------------------------------ models and fonts


def _solid() -> bytes:
    triangle = struct.pack("<12fH", 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0)
    return b"Exported by hand".ljust(80, b"\0") + struct.pack("<I", 2) + triangle * 2


def _models() -> Iterator[Entry]:
    usda = '#usda 1.0\ndef Sphere "Ball"\n{\n}\n'
    types = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    scene = '<model xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"/>'
    three = _zipped(("[Content_Types].xml", types), ("3D/3dmodel.model", scene))
    yield Entry("glTF, binary", "model/gltf-binary", _fixture("file/cube.glb"))
    yield Entry("glTF", "model/gltf+json", _fixture("file/cube.gltf"), "cube.gltf")
    yield Entry("OBJ", "model/obj", _fixture("file/cube.obj"), "cube.obj")
    yield Entry("STL", "model/stl", _fixture("file/cube.stl"), "cube.stl")
    yield Entry("STL, no name", "model/stl", _solid())
    yield Entry("STL, text", "model/stl", _fixture("file/cube-ascii.stl"), "cube.stl")
    yield Entry("STL, text, no name", "model/stl", _fixture("file/cube-ascii.stl"))
    yield Entry("PLY", "model/ply", _fixture("file/cube.ply"))
    yield Entry("PLY, points", "model/ply", _fixture("file/points.ply"))
    yield Entry("3MF", "model/3mf", three)
    usdz = _zipped(("ball.usda", usda), method=zipfile.ZIP_STORED)
    yield Entry("USDZ", "model/vnd.usdz+zip", usdz)
    yield Entry(
        "COLLADA",
        "model/vnd.collada+xml",
        _xml("COLLADA", "http://www.collada.org/2005/11/COLLADASchema"),
    )
    yield Entry("STEP", "model/step", _STEP)
    yield Entry("VRML", "model/vrml", b"#VRML V2.0 utf8\nShape { geometry Box { size 1 1 1 } }\n")


_STEP = b"""ISO-10303-21;
HEADER;
FILE_DESCRIPTION((''),'2;1');
FILE_NAME('','',(''),(''),'','','');
FILE_SCHEMA(('CONFIG_CONTROL_DESIGN'));
ENDSEC;
DATA;
ENDSEC;
END-ISO-10303-21;
"""


def _fonts() -> Iterator[Entry]:
    yield Entry("TrueType", "font/ttf", _stored("block.ttf"))
    yield Entry("OpenType", "font/otf", _stored("block.otf"))
    yield Entry("font collection", "font/collection", _stored("block.ttc"))
    yield Entry("WOFF", "font/woff", _stored("block-ttf.woff"))
    yield Entry("WOFF, OpenType", "font/woff", _stored("block-otf.woff"))
    yield Entry("WOFF2", "font/woff2", _stored("block-ttf.woff2"))
    yield Entry("WOFF2, OpenType", "font/woff2", _stored("block-otf.woff2"))


# ---------------------------------------------------------------------------------------- texts


def _xml(root: str, namespace: str, inside: str = "") -> bytes:
    declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f'{declaration}<{root} xmlns="{namespace}">{inside}</{root}>\n'.encode()


def _mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Ann <ann@example.org>", "bob@example.org"
    message["Subject"], message["Date"] = "Words", "Mon, 03 Mar 2025 10:00:00 +0000"
    message.set_content(WORDS)
    return bytes(message)


_HTML = (
    b"<!DOCTYPE html>\n<html><head><title>Words</title></head><body><p>A few.</p></body></html>\n"
)
_CALENDAR = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\nBEGIN:VEVENT\r\nUID:1@example.org\r\n"
    b"DTSTAMP:20250303T100000Z\r\nDTSTART:20250303T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
_CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Smith;Ann;;;\r\nFN:Ann Smith\r\nEND:VCARD\r\n"
_PLAYLIST = (
    b"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts\n#EXT-X-ENDLIST\n"
)
_SUBTITLES = "1\n00:00:00,000 --> 00:00:01,000\nHello\n\n2\n00:00:01,000 --> 00:00:02,000\nWorld\n"


def _texts() -> Iterator[Entry]:
    """Texts whose content says what they are."""
    japanese = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
    european = "Übergrößenträger müßten schön häufig fröhlich sein, à la française. "
    russian = "Все счастливые семьи похожи друг на друга."
    chinese = "道可道，非常道。名可名，非常名。无名天地之始。"
    yield Entry("text", "text/plain", WORDS.encode())
    yield Entry("text, one word", "text/plain", b"Hello\n")
    yield Entry("text, UTF-8", "text/plain", (european + russian).encode())
    yield Entry("text, UTF-8 with BOM", "text/plain", WORDS.encode("utf-8-sig"))
    yield Entry("text, UTF-16 LE", "text/plain", b"\xff\xfe" + WORDS.encode("utf-16-le"))
    yield Entry("text, UTF-16 BE", "text/plain", b"\xfe\xff" + WORDS.encode("utf-16-be"))
    yield Entry("text, UTF-16 Japanese", "text/plain", japanese.encode("utf-16"))
    yield Entry("text, UTF-16 without BOM", "text/plain", WORDS.encode("utf-16-le"))
    yield Entry("text, UTF-32", "text/plain", WORDS.encode("utf-32"))
    yield Entry("text, Latin-1", "text/plain", european.encode("latin-1"))
    yield Entry("text, Windows-1252", "text/plain", "“Ça va” – 5 €\n".encode("cp1252"))
    yield Entry("text, KOI8-R", "text/plain", russian.encode("koi8-r"))
    yield Entry("text, Shift JIS", "text/plain", japanese.encode("shift-jis"))
    yield Entry("text, EUC-JP", "text/plain", japanese.encode("euc-jp"))
    yield Entry("text, ISO-2022-JP", "text/plain", japanese.encode("iso2022-jp"))
    yield Entry("text, GB 18030", "text/plain", chinese.encode("gb18030"))
    yield Entry("text, Chinese", "text/plain", chinese.encode())
    yield Entry("HTML", "text/html", _HTML)
    yield Entry("HTML, comment first", "text/html", b"<!-- made by hand -->\n" + _HTML)
    yield Entry("HTML, no doctype", "text/html", b"<html><body><h1>Words</h1></body></html>")
    yield Entry("HTML, BOM", "text/html", b"\xef\xbb\xbf" + _HTML)
    xhtml = _xml("html", "http://www.w3.org/1999/xhtml", "<head><title/></head><body/>")
    yield Entry("XHTML", "application/xhtml+xml", xhtml)
    yield Entry("XML", "application/xml", _fixture("file/doc.xml"))
    yield Entry("XML, UTF-16", "application/xml", '<?xml version="1.0"?><a/>'.encode("utf-16"))
    yield Entry("Atom", "application/atom+xml", _xml("feed", "http://www.w3.org/2005/Atom"))
    rss = b'<?xml version="1.0"?>\n<rss version="2.0"><channel><title>a</title></channel></rss>'
    yield Entry("RSS", "application/rss+xml", rss)
    yield Entry("GPX", "application/gpx+xml", _xml("gpx", "http://www.topografix.com/GPX/1/1"))
    kml = _xml("kml", "http://www.opengis.net/kml/2.2", "<Document/>")
    yield Entry("KML", "application/vnd.google-earth.kml+xml", kml)
    yield Entry("JSON", "application/json", b'{"a": [1, 2.5, null], "b": {"c": "d"}}')
    yield Entry("JSON, array", "application/json", b"[\n  1,\n  2,\n  3\n]\n")
    long = json.dumps([{"number": i, "word": "word"} for i in range(200)])
    yield Entry("JSON, long", "application/json", long.encode())
    yield Entry("JSON, BOM", "application/json", b'\xef\xbb\xbf{"a": 1}')
    yield Entry("JSON Lines", "application/jsonl", b'{"a": 1}\n{"a": 2}\n{"a": 3}\n')
    yield Entry("WebVTT", "text/vtt", _fixture("file/subtitles.vtt"))
    yield Entry("iCalendar", "text/calendar", _CALENDAR)
    yield Entry("vCard", "text/vcard", _CARD)
    yield Entry("HLS", "application/vnd.apple.mpegurl", _PLAYLIST)
    script = b'#!/bin/sh\nset -e\nfor file in *; do\n  echo "$file"\ndone\n'
    yield Entry("shell script", "text/x-shellscript", script)
    python = b"#!/usr/bin/env python3\nimport sys\n\nprint(sys.argv)\n"
    yield Entry("Python script", "text/x-python", python)
    yield Entry("PHP", "text/x-php", b"<?php\nfunction one() {\n    return 1;\n}\necho one();\n")
    yield Entry(
        "nothing", "application/octet-stream", b"", None, "inode/x-empty application/x-empty"
    )


# Texts that only a name distinguishes from other texts for sure.
_SAMPLES = {
    "sample.c": ("C", "text/x-c"),
    "sample.cpp": ("C++", "text/x-c++"),
    "sample.css": ("CSS", "text/css"),
    "sample.diff": ("diff", "text/x-diff"),
    "sample.go": ("Go", "text/x-go"),
    "sample.ini": ("INI", "text/plain"),
    "sample.ipynb": ("notebook", "application/x-ipynb+json"),
    "sample.java": ("Java", "text/x-java"),
    "sample.js": ("JavaScript", "text/javascript"),
    "sample.log": ("log", "text/plain"),
    "sample.md": ("Markdown", "text/markdown"),
    "sample.r": ("R", "text/x-r"),
    "sample.rb": ("Ruby", "text/x-ruby"),
    "sample.rs": ("Rust", "text/x-rust"),
    "sample.rst": ("reStructuredText", "text/x-rst"),
    "sample.sh": ("shell", "text/x-shellscript"),
    "sample.sql": ("SQL", "application/sql"),
    "sample.tex": ("TeX", "text/x-tex"),
    "sample.toml": ("TOML", "application/toml"),
    "sample.ts": ("TypeScript", "text/x-typescript"),
    "sample.yaml": ("YAML", "application/yaml"),
}


def _named_texts() -> Iterator[Entry]:
    point = {
        "type": "Feature",
        "properties": {},
        "geometry": {"type": "Point", "coordinates": [1, 2]},
    }
    rows = pd.DataFrame({"name": ["Ann", "Bob", "Eve"], "age": [31, 29, 47], "city": ["Rome"] * 3})
    yield Entry("CSV", "text/csv", rows.to_csv(index=False).encode(), "rows.csv")
    tabs = rows.to_csv(index=False, sep="\t")
    yield Entry("TSV", "text/tab-separated-values", tabs.encode(), "rows.tsv")
    yield Entry("Python", "text/x-python", Path(__file__).read_bytes(), "media_types.py")
    yield Entry("SubRip", "application/x-subrip", _SUBTITLES.encode(), "film.srt")
    yield Entry("e-mail", "message/rfc822", _mail(), "words.eml")
    yield Entry("GeoJSON", "application/geo+json", json.dumps(point).encode(), "point.geojson")
    for file_name, (name, label) in _SAMPLES.items():
        yield Entry(name, label, _stored(file_name), file_name)


# ------------------------------------------------------------------------------------ the table


def _ask_magic() -> Callable[[Entry], str]:
    import magic

    return lambda entry: str(magic.from_buffer(entry.data, mime=True))


def _ask_filetype() -> Callable[[Entry], str]:
    guess = import_module("filetype").guess_mime
    return lambda entry: guess(entry.data) or OCTET_STREAM


def _ask_puremagic() -> Callable[[Entry], str]:
    import puremagic

    def ask(entry: Entry) -> str:
        try:
            return str(puremagic.from_string(entry.data, mime=True, filename=entry.file_name))
        except (puremagic.PureError, ValueError):
            return OCTET_STREAM

    return ask


def _ask_magika() -> Callable[[Entry], str]:
    model = import_module("magika").Magika()

    def ask(entry: Entry) -> str:
        found = model.identify_bytes(entry.data).output
        return _MAGIKA.get(str(found.label), str(found.mime_type))

    return ask


def ask_us(entry: Entry) -> str:
    return mime.detect(entry.data, entry.file_name)


PEERS: dict[str, Callable[[], Callable[[Entry], str]]] = {
    "python-magic": _ask_magic,
    "filetype": _ask_filetype,
    "puremagic": _ask_puremagic,
    "magika": _ask_magika,
}


class Score(NamedTuple):
    """How a detector did: shares of files recognised, of all and of those without a name."""

    all: float
    nameless: float
    seconds: float
    missed: list[str]


def score(ask: Callable[[Entry], str], rounds: int = 1) -> Score:
    """Give every file to a detector; ``seconds`` is the median of the rounds, for one call."""
    entries = corpus()
    right = [is_right(entry, ask(entry)) for entry in entries]
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        for entry in entries:
            ask(entry)
        times.append((time.perf_counter() - began) / len(entries))
    nameless = [yes for yes, entry in zip(right, entries, strict=True) if not entry.file_name]
    return Score(
        sum(right) / len(right),
        sum(nameless) / len(nameless),
        statistics.median(times),
        [entry.name for yes, entry in zip(right, entries, strict=True) if not yes],
    )


def without_libmagic(rounds: int = 1) -> Score:
    """Return our score in a process that finds no libmagic."""
    from tests.mime.test_mime import HIDE_LIBMAGIC

    code = (
        f"import sys\n{HIDE_LIBMAGIC}\n"
        "import json\nfrom tests.conformance import media_types\n"
        f"print(json.dumps(media_types.score(media_types.ask_us, {rounds})))\n"
    )
    root = str(FIXTURES.parent)
    environment = {**os.environ, "PYTHONPATH": root}
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, capture_output=True, check=True, cwd=root, env=environment)
    return Score(*json.loads(found.stdout))


def main() -> None:
    rounds = 5
    entries = corpus()
    rows = [("`mime.detect`", score(ask_us, rounds))]
    rows.append(("`mime.detect`, no libmagic", without_libmagic(rounds)))
    for name, load in PEERS.items():
        try:
            rows.append((name, score(load(), rounds)))
        except ImportError:
            print(f"{name} is not installed", file=sys.stderr)
    named = sum(1 for entry in entries if entry.file_name)
    formats = len({entry.format for entry in entries})
    print(f"{len(entries)} files of {formats} formats, {named} of them with their names;")
    print("only `mime.detect` and puremagic look at names\n")
    print("| | detected | detected without a file name | time a call |\n|---|--:|--:|--:|")
    for name, found in rows:
        spent = f"{found.seconds * 1e6:.1f} µs"
        print(f"| {name} | {found.all:.1%} | {found.nameless:.1%} | {spent} |")
    if "-v" in sys.argv:
        for name, found in rows:
            print(f"\n{name} misses {len(found.missed)}: {'; '.join(found.missed)}")


if __name__ == "__main__":
    main()
