"""Sounds."""

from __future__ import annotations

from encoders.mime import checks
from encoders.mime.containers import asf, matroska, mpeg_audio, ogg
from encoders.mime.media_type import MediaType, Signature

ROWS = (
    MediaType(
        "audio/wav",
        (".wav", ".wave"),
        aliases=("audio/x-wav", "audio/wave", "audio/vnd.wave"),
        forms=(b"RIFFWAVE",),
        libsndfile=True,
        demuxer="wav",
    ),
    MediaType(
        "audio/aac",
        (".aac",),
        aliases=("audio/x-hx-aac-adts", "audio/x-aac"),
        signatures=(Signature(b"\xff", check=checks.is_aac),),
        demuxer="aac",
    ),
    MediaType(
        "audio/mpeg",
        (".mp3", ".mp2"),
        aliases=("audio/mp3", "audio/x-mp3"),
        signatures=(
            *(b"ID3\2", b"ID3\3", b"ID3\4"),  # tags
            Signature(b"\xff", check=mpeg_audio.begins),
            Signature(check=mpeg_audio.begins_late, in_noise=True),
        ),
        libsndfile=True,
    ),
    MediaType(
        "audio/flac",
        (".flac",),
        aliases=("audio/x-flac",),
        signatures=(b"fLaC",),
        libsndfile=True,
        demuxer="flac",
    ),
    MediaType(
        "audio/ogg",
        (".ogg", ".oga", ".opus"),
        aliases=("audio/opus", "audio/vorbis", "application/ogg"),
        signatures=(ogg.MAGIC,),
        libsndfile=True,
        demuxer="ogg",
    ),
    MediaType(
        "audio/mp4",
        (".m4a",),
        aliases=("audio/x-m4a", "audio/m4a"),
        brands=(b"M4A ", b"M4B ", b"M4P "),
        demuxer="mov",
    ),
    MediaType(
        "audio/aiff",
        (".aiff", ".aif", ".aifc"),
        aliases=("audio/x-aiff",),
        forms=(b"FORMAIFF", b"FORMAIFC"),
        libsndfile=True,
        demuxer="aiff",
    ),
    MediaType(
        "audio/webm",
        (".weba",),
        signatures=(Signature(matroska.MAGIC, check=matroska.is_webm_sound),),
        demuxer="matroska",
    ),
    MediaType(
        "audio/matroska",
        (".mka",),
        aliases=("audio/x-matroska",),
        signatures=(Signature(matroska.MAGIC, check=matroska.is_other_sound),),
        demuxer="matroska",
    ),
    MediaType(
        "audio/midi",
        (".mid", ".midi"),
        aliases=("audio/x-midi",),
        signatures=(b"MThd\0\0\0\6",),
        forms=(b"RIFFRMID",),
    ),
    MediaType(
        "audio/amr", (".amr",), aliases=("audio/amr-nb",), signatures=(b"#!AMR\n",), demuxer="amr"
    ),
    MediaType("audio/amr-wb", (".awb",), signatures=(b"#!AMR-WB\n",), demuxer="amr"),
    MediaType(
        "audio/basic",
        (".au", ".snd"),
        # The length of the header, in both byte orders.
        signatures=(
            Signature(b".snd", rb"\0\0(?:[\1-\xff].|\0[\x18-\xff])"),
            Signature(b"dns.", rb"(?:[\x18-\xff]\0|.[\1-\xff])\0\0"),
        ),
        libsndfile=True,
        demuxer="au",
    ),
    MediaType("audio/x-caf", (".caf",), signatures=(b"caff\0\1",), libsndfile=True, demuxer="caf"),
    MediaType(
        "audio/x-w64", (".w64",), signatures=(b"riff.\x91\xcf\x11",), libsndfile=True, demuxer="w64"
    ),
    MediaType("audio/x-voc", (".voc",), signatures=(b"Creative Voice File\x1a",)),
    MediaType(
        "audio/ac3",
        (".ac3",),
        aliases=("audio/vnd.dolby.dd-raw",),
        # The version of the stream tells AC-3 from E-AC-3 (ETSI TS 102 366, 4.3 and E.1).
        signatures=(Signature(b"\x0bw", rb"...[\0-\x57]"),),
    ),
    MediaType(
        "audio/eac3", (".eac3", ".ec3"), signatures=(Signature(b"\x0bw", rb"...[\x58-\x87]"),)
    ),
    MediaType("audio/x-wavpack", (".wv",), signatures=(b"wvpk",)),
    MediaType("audio/x-tta", (".tta",), signatures=(b"TTA1\1\0",)),
    MediaType(
        "audio/x-ms-wma",
        (".wma",),
        signatures=(Signature(asf.MAGIC, check=asf.is_sound_alone),),
        demuxer="asf",
    ),
)
