"""Sounds."""

from __future__ import annotations

from encoders.mime import checks
from encoders.mime.containers import asf, au, caf, iso, matroska, ogg, riff
from encoders.mime.media_type import MediaType, Signature

ROWS = (
    MediaType(
        "audio/wav",
        (".wav", ".wave"),
        aliases=("audio/x-wav", "audio/wave", "audio/vnd.wave"),
        forms=(b"RIFFWAVE",),
        libsndfile=True,
        demuxer="wav",
        stated_end=riff.wav_end,
    ),
    MediaType(
        "audio/mpeg",
        (".mp3", ".mp2"),
        aliases=("audio/mp3", "audio/x-mp3"),
        signatures=(
            b"ID3\2",
            b"ID3\3",
            b"ID3\4",
            Signature(b"\xff", check=checks.is_mpeg_audio),
            Signature(check=checks.is_mpeg_audio_later, in_noise=True),
        ),
        is_settled=True,
        libsndfile=True,
    ),
    MediaType(
        "audio/flac",
        (".flac",),
        aliases=("audio/x-flac",),
        signatures=(
            b"fLaC",
            Signature(b"ID3\2", check=checks.is_flac_behind_tags),
            Signature(b"ID3\3", check=checks.is_flac_behind_tags),
            Signature(b"ID3\4", check=checks.is_flac_behind_tags),
        ),
        libsndfile=True,
        demuxer="flac",
    ),
    MediaType(
        "audio/ogg",
        (".ogg", ".oga", ".opus"),
        aliases=("audio/opus", "audio/vorbis", "application/ogg"),
        signatures=(b"OggS",),
        libsndfile=True,
        demuxer="ogg",
        stated_end=ogg.stated_end,
    ),
    MediaType(
        "audio/mp4",
        (".m4a",),
        aliases=("audio/x-m4a", "audio/m4a"),
        brands=(b"M4A ", b"M4B ", b"M4P "),
        demuxer="mov",
        stated_end=iso.stated_end,
    ),
    MediaType(
        "audio/aac",
        (".aac",),
        aliases=("audio/x-hx-aac-adts", "audio/x-aac"),
        signatures=(
            Signature(b"ID3\2", check=checks.is_aac_behind_tags),
            Signature(b"ID3\3", check=checks.is_aac_behind_tags),
            Signature(b"ID3\4", check=checks.is_aac_behind_tags),
            Signature(b"\xff\xf0", check=checks.is_aac),
            Signature(b"\xff\xf1", check=checks.is_aac),
            Signature(b"\xff\xf8", check=checks.is_aac),
            Signature(b"\xff\xf9", check=checks.is_aac),
        ),
        is_settled=True,
        demuxer="aac",
    ),
    MediaType(
        "audio/aiff",
        (".aiff", ".aif", ".aifc"),
        aliases=("audio/x-aiff",),
        forms=(b"FORMAIFF", b"FORMAIFC"),
        libsndfile=True,
        demuxer="aiff",
        stated_end=riff.aiff_end,
    ),
    MediaType(
        "audio/webm",
        (".weba",),
        signatures=(Signature(b"\x1a\x45\xdf\xa3", check=matroska.is_webm_sound),),
        demuxer="matroska",
        stated_end=matroska.stated_end,
    ),
    MediaType(
        "audio/matroska",
        (".mka",),
        aliases=("audio/x-matroska",),
        signatures=(Signature(b"\x1a\x45\xdf\xa3", check=matroska.is_other_sound),),
        demuxer="matroska",
        stated_end=matroska.stated_end,
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
        signatures=(
            Signature(b".snd", rb"\0\0(?:[\1-\xff].|\0[\x18-\xff])"),
            Signature(b"dns.", rb"(?:[\x18-\xff]\0|.[\1-\xff])\0\0"),
        ),
        libsndfile=True,
        demuxer="au",
        stated_end=au.stated_end,
    ),
    MediaType(
        "audio/x-caf",
        (".caf",),
        signatures=(b"caff\0\1",),
        libsndfile=True,
        demuxer="caf",
        stated_end=caf.stated_end,
    ),
    MediaType(
        "audio/x-w64",
        (".w64",),
        signatures=(b"riff.\x91\xcf\x11",),
        libsndfile=True,
        demuxer="w64",
        stated_end=riff.wave64_end,
    ),
    MediaType("audio/x-voc", (".voc",), signatures=(b"Creative Voice File\x1a",)),
    MediaType(
        "audio/ac3",
        (".ac3",),
        aliases=("audio/vnd.dolby.dd-raw",),
        signatures=(Signature(b"\x0bw", rb"...[\0-\x57]"),),
        is_settled=True,
    ),
    MediaType(
        "audio/eac3", (".eac3", ".ec3"), signatures=(Signature(b"\x0bw", rb"...[\x58-\x87]"),)
    ),
    MediaType("audio/x-wavpack", (".wv",), signatures=(b"wvpk",)),
    MediaType("audio/x-tta", (".tta",), signatures=(b"TTA1\1\0",)),
    MediaType(
        "audio/x-ms-wma",
        (".wma",),
        signatures=(Signature(b"0&\xb2u\x8ef\xcf\x11", check=asf.is_sound_alone),),
        demuxer="asf",
        stated_end=asf.stated_end,
    ),
)
