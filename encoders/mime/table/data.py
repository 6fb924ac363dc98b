"""Tables, arrays, weights of models, and other data."""

from __future__ import annotations

from encoders.mime.media_type import MediaType

ROWS = (
    MediaType("application/vnd.sqlite3", (".sqlite", ".db"), aliases=("application/x-sqlite3",)),
    MediaType("application/vnd.apache.parquet", (".parquet",)),
    MediaType("application/vnd.apache.arrow.file", (".arrow", ".feather")),
    MediaType("application/vnd.apache.arrow.stream", (".arrows",)),
    MediaType("application/x-feather"),
    MediaType("application/x-orc", (".orc",)),
    MediaType("application/avro", (".avro",)),
    MediaType("application/x-npy", (".npy",)),
    MediaType("application/x-npz", (".npz",)),
    MediaType("application/x-hdf5", (".h5", ".hdf5")),
    MediaType("application/x-netcdf", (".nc",)),
    MediaType("application/x-matlab-data", (".mat",)),
    MediaType("application/x-stata-dta", (".dta",)),
    MediaType("application/x-pickle", (".pkl", ".pickle")),
    MediaType("application/x-safetensors", (".safetensors",)),
    MediaType("application/x-gguf", (".gguf",)),
    MediaType("application/x-onnx", (".onnx",)),
    MediaType("application/x-tflite", (".tflite",)),
    MediaType("application/dicom", (".dcm",)),
    MediaType("application/vnd.tcpdump.pcap", (".pcap",)),
    MediaType("application/x-pcapng", (".pcapng",)),
    MediaType("application/x-bittorrent", (".torrent",)),
    MediaType("application/x-bplist", (".plist",)),
    MediaType("application/vnd.iccprofile", (".icc", ".icm")),
    MediaType("application/tzif", (".tzif",)),
    MediaType("application/x-gettext-translation", (".mo",)),
    MediaType("application/cbor", (".cbor",)),
    MediaType(
        "application/octet-stream", (".bin",), aliases=("application/x-empty", "inode/x-empty")
    ),
)
