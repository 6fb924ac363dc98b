"""Videos, and what else holds moving pictures."""

from __future__ import annotations

from encoders.mime.media_type import MediaType

ROWS = (
    MediaType("video/mp4", (".mp4", ".m4v"), aliases=("video/x-m4v",), demuxer="mov"),
    MediaType("video/webm", (".webm",), demuxer="matroska"),
    MediaType("video/quicktime", (".mov", ".qt"), aliases=("video/mov",), demuxer="mov"),
    MediaType("video/matroska", (".mkv",), aliases=("video/x-matroska",), demuxer="matroska"),
    MediaType("video/x-msvideo", (".avi",), aliases=("video/avi", "video/vnd.avi"), demuxer="avi"),
    MediaType("video/ogg", (".ogv",), demuxer="ogg"),
    MediaType("video/mpeg", (".mpg", ".mpeg"), demuxer="mpeg"),
    MediaType("video/mp2t", (".m2ts", ".mts"), demuxer="mpegts"),
    MediaType("video/x-flv", (".flv",), demuxer="flv"),
    MediaType(
        "video/x-ms-asf",
        (".asf", ".wmv"),
        aliases=("video/x-ms-wmv", "application/vnd.ms-asf"),
        demuxer="asf",
    ),
    MediaType("video/3gpp", (".3gp",), demuxer="mov"),
    MediaType("video/3gpp2", (".3g2",), demuxer="mov"),
    MediaType("video/mj2", (".mj2",)),
    MediaType("video/h264", (".h264", ".264")),
    MediaType("video/h265", (".h265", ".265", ".hevc"), aliases=("video/hevc",)),
    MediaType("video/x-ivf", (".ivf",)),
    MediaType("application/mxf", (".mxf",)),
    MediaType(
        "application/vnd.adobe.flash.movie", (".swf",), aliases=("application/x-shockwave-flash",)
    ),
    MediaType("application/vnd.rn-realmedia", (".rm",)),
)
