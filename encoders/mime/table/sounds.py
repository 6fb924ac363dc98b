"""Sounds."""

from __future__ import annotations

from encoders.mime.media_type import MediaType

ROWS = (
    MediaType(
        "audio/wav",
        (".wav", ".wave"),
        aliases=("audio/x-wav", "audio/wave", "audio/vnd.wave"),
        libsndfile=True,
        demuxer="wav",
    ),
    MediaType(
        "audio/mpeg", (".mp3", ".mp2"), aliases=("audio/mp3", "audio/x-mp3"), libsndfile=True
    ),
    MediaType("audio/flac", (".flac",), aliases=("audio/x-flac",), libsndfile=True, demuxer="flac"),
    MediaType(
        "audio/ogg",
        (".ogg", ".oga", ".opus"),
        aliases=("audio/opus", "audio/vorbis", "application/ogg"),
        libsndfile=True,
        demuxer="ogg",
    ),
    MediaType("audio/mp4", (".m4a",), aliases=("audio/x-m4a", "audio/m4a"), demuxer="mov"),
    MediaType(
        "audio/aac", (".aac",), aliases=("audio/x-hx-aac-adts", "audio/x-aac"), demuxer="aac"
    ),
    MediaType(
        "audio/aiff",
        (".aiff", ".aif", ".aifc"),
        aliases=("audio/x-aiff",),
        libsndfile=True,
        demuxer="aiff",
    ),
    MediaType("audio/webm", (".weba",), demuxer="matroska"),
    MediaType("audio/matroska", (".mka",), aliases=("audio/x-matroska",), demuxer="matroska"),
    MediaType("audio/midi", (".mid", ".midi"), aliases=("audio/x-midi",)),
    MediaType("audio/amr", (".amr",), aliases=("audio/amr-nb",), demuxer="amr"),
    MediaType("audio/amr-wb", (".awb",), demuxer="amr"),
    MediaType("audio/basic", (".au", ".snd"), libsndfile=True, demuxer="au"),
    MediaType("audio/x-caf", (".caf",), libsndfile=True, demuxer="caf"),
    MediaType("audio/x-w64", (".w64",), libsndfile=True, demuxer="w64"),
    MediaType("audio/x-voc", (".voc",)),
    MediaType("audio/ac3", (".ac3",), aliases=("audio/vnd.dolby.dd-raw",)),
    MediaType("audio/eac3", (".eac3", ".ec3")),
    MediaType("audio/x-wavpack", (".wv",)),
    MediaType("audio/x-tta", (".tta",)),
    MediaType("audio/x-ms-wma", (".wma",), demuxer="asf"),
)
