"""Tables, arrays, weights of models, and other data."""

from __future__ import annotations

from encoders.mime import checks
from encoders.mime.containers import archives
from encoders.mime.media_type import MediaType, Signature

ROWS = (
    MediaType(
        "application/vnd.sqlite3",
        (".sqlite", ".db"),
        aliases=("application/x-sqlite3",),
        signatures=(b"SQLite format 3\0",),
    ),
    MediaType("application/vnd.apache.parquet", (".parquet",), signatures=(b"PAR1\x15",)),
    MediaType(
        "application/vnd.apache.arrow.file", (".arrow", ".feather"), signatures=(b"ARROW1\0\0",)
    ),
    MediaType(
        "application/vnd.apache.arrow.stream",
        (".arrows",),
        signatures=(Signature(b"\xff\xff\xff\xff", check=checks.is_arrow_stream),),
    ),
    MediaType("application/x-feather", signatures=(b"FEA1\0",)),
    MediaType("application/x-orc", (".orc",), signatures=(Signature(b"ORC", check=checks.is_orc),)),
    MediaType("application/avro", (".avro",), signatures=(b"Obj\1",)),
    MediaType("application/x-npy", (".npy",), signatures=(b"\x93NUMPY",)),
    MediaType("application/x-npz", (".npz",), members=archives.all_named(".npy")),
    MediaType(
        "application/x-hdf5",
        (".h5", ".hdf5"),
        # Also after a user block.
        signatures=(
            b"\x89HDF\r\n\x1a\n",
            Signature(b"\x89HDF\r\n\x1a\n", at=512),
            Signature(b"\x89HDF\r\n\x1a\n", at=1024),
        ),
    ),
    MediaType("application/x-netcdf", (".nc",), signatures=(b"CDF\1", b"CDF\2")),
    MediaType("application/x-matlab-data", (".mat",), signatures=(b"MATLAB 5.0 MAT-file",)),
    MediaType(
        "application/x-stata-dta",
        (".dta",),
        signatures=(
            b"<stata_dta><header>",
            *(bytes((version, order, 1, 0)) for version in range(105, 116) for order in (1, 2)),
        ),
    ),
    MediaType(
        "application/x-pickle",
        (".pkl", ".pickle"),
        signatures=(Signature(b"\x80", check=checks.is_pickle),),
    ),
    MediaType(
        "application/x-safetensors",
        (".safetensors",),
        signatures=(Signature(check=checks.is_safetensors),),
    ),
    MediaType(
        "application/x-gguf",
        (".gguf",),
        signatures=(b"GGUF\1\0\0\0", b"GGUF\2\0\0\0", b"GGUF\3\0\0\0"),
    ),
    MediaType(
        "application/x-onnx",
        (".onnx",),
        signatures=(Signature(check=checks.is_onnx),),
        by_name=True,
    ),
    MediaType("application/x-tflite", (".tflite",), signatures=(Signature(b"TFL3", at=4),)),
    MediaType("application/dicom", (".dcm",), signatures=(Signature(b"DICM", at=128),)),
    MediaType(
        "application/vnd.tcpdump.pcap",
        (".pcap",),
        signatures=(
            b"\xd4\xc3\xb2\xa1",
            b"\xa1\xb2\xc3\xd4",
            b"\x4d\x3c\xb2\xa1",
            b"\xa1\xb2\x3c\x4d",
        ),
    ),
    MediaType("application/x-pcapng", (".pcapng",), signatures=(b"\n\r\r\n",)),
    MediaType(
        "application/x-bittorrent",
        (".torrent",),
        signatures=(Signature(b"d", rb"\d+:(?:announce|comment|creat(?:ed by|ion date)|info)"),),
    ),
    MediaType("application/x-bplist", (".plist",), signatures=(b"bplist00",)),
    MediaType(
        "application/vnd.iccprofile", (".icc", ".icm"), signatures=(Signature(b"acsp", at=36),)
    ),
    MediaType("application/tzif", (".tzif",), signatures=(b"TZif",)),
    MediaType(
        "application/x-gettext-translation",
        (".mo",),
        signatures=(b"\xde\x12\4\x95\0\0", b"\x95\4\x12\xde\0\0"),
    ),
    MediaType("application/cbor", (".cbor",), signatures=(b"\xd9\xd9\xf7",)),
    MediaType(
        "application/octet-stream",
        (".bin",),
        aliases=("application/x-empty", "inode/x-empty"),
        by_name=True,
    ),
)
