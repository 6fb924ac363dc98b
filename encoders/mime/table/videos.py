"""Videos, and what else holds moving pictures."""

from __future__ import annotations

from encoders.mime import checks
from encoders.mime.containers import asf, matroska, ogg
from encoders.mime.media_type import MediaType, Signature

ROWS = (
    MediaType(
        "video/mp4",
        (".mp4", ".m4v"),
        aliases=("video/x-m4v",),
        boxes=(b"ftyp", b"styp", b"sidx", b"moof"),
        demuxer="mov",
    ),
    MediaType(
        "video/webm",
        (".webm",),
        signatures=(Signature(matroska.MAGIC, check=matroska.is_webm),),
        demuxer="matroska",
    ),
    MediaType(
        "video/quicktime",
        (".mov", ".qt"),
        aliases=("video/mov",),
        brands=(b"qt  ",),
        boxes=(b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"),
        demuxer="mov",
    ),
    MediaType(
        "video/matroska",
        (".mkv",),
        aliases=("video/x-matroska",),
        signatures=(matroska.MAGIC,),
        demuxer="matroska",
    ),
    MediaType(
        "video/x-msvideo",
        (".avi",),
        aliases=("video/avi", "video/vnd.avi"),
        forms=(b"RIFFAVI ",),
        demuxer="avi",
    ),
    MediaType(
        "video/ogg",
        (".ogv",),
        signatures=(Signature(ogg.MAGIC, check=ogg.has_video),),
        demuxer="ogg",
    ),
    MediaType(
        "video/mpeg",
        (".mpg", ".mpeg"),
        # A pack header of MPEG 1 or 2; a sequence header with a known shape and frame rate.
        signatures=(
            Signature(b"\0\0\1\xba", rb"[\x21-\x2f\x44-\x7f]"),
            Signature(b"\0\0\1\xb3", rb"(?!\0\0).{3}[\x11-\x18\x21-\x28\x31-\x38\x41-\x48]"),
        ),
        demuxer="mpeg",
    ),
    MediaType(
        "video/mp2t",
        (".m2ts", ".mts"),
        signatures=(
            Signature(b"G", check=checks.is_transport_stream),
            Signature(check=checks.is_timed_transport_stream),
            Signature(check=checks.is_cut_transport_stream),
        ),
        demuxer="mpegts",
    ),
    MediaType("video/x-flv", (".flv",), signatures=(b"FLV\1",), demuxer="flv"),
    MediaType(
        "video/x-ms-asf",
        (".asf", ".wmv"),
        aliases=("video/x-ms-wmv", "application/vnd.ms-asf"),
        signatures=(asf.MAGIC,),
        demuxer="asf",
    ),
    MediaType(
        "video/3gpp",
        (".3gp",),
        brands=tuple(b"3g%c%c" % (kind, n) for kind in b"pregs" for n in b"4567"),
        demuxer="mov",
    ),
    MediaType("video/3gpp2", (".3g2",), brands=(b"3g2a", b"3g2b", b"3g2c"), demuxer="mov"),
    MediaType("video/mj2", (".mj2",), brands=(b"mjp2",)),
    # H.264 and H.265 begin with the parameters of a sequence.
    MediaType("video/h264", (".h264", ".264"), signatures=(b"\0\0\0\1\x67", b"\0\0\0\1\x27")),
    MediaType(
        "video/h265",
        (".h265", ".265", ".hevc"),
        aliases=("video/hevc",),
        signatures=(b"\0\0\0\1\x40\1",),
    ),
    MediaType("video/x-ivf", (".ivf",), signatures=(b"DKIF\0\0",)),
    MediaType("application/mxf", (".mxf",), signatures=(b"\6\x0e+4\2\5\1\1\r\1\2",)),
    MediaType(
        "application/vnd.adobe.flash.movie",
        (".swf",),
        aliases=("application/x-shockwave-flash",),
        signatures=tuple(Signature(b"%cWS" % first, rb"[\1-\x3f]...\0") for first in b"FCZ"),
    ),
    MediaType("application/vnd.rn-realmedia", (".rm",), signatures=(b".RMF\0\0\0",)),
)
