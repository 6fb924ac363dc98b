"""Archives and compressed files."""

from __future__ import annotations

from encoders.mime.media_type import MediaType

ROWS = (
    MediaType("application/vnd.google-earth.kmz", (".kmz",)),
    MediaType("application/zip", (".zip",), aliases=("application/x-zip-compressed",)),
    MediaType("application/gzip", (".gz", ".tgz"), aliases=("application/x-gzip",)),
    MediaType("application/x-xz", (".xz",)),
    MediaType("application/x-bzip2", (".bz2",), aliases=("application/x-bzip",)),
    MediaType("application/zstd", (".zst",), aliases=("application/x-zstd",)),
    MediaType("application/x-lzma", (".lzma",)),
    MediaType("application/x-lz4", (".lz4",)),
    MediaType("application/x-lzip", (".lz",)),
    MediaType("application/x-lzop", (".lzo",)),
    MediaType("application/x-compress", (".z",)),
    MediaType("application/x-7z-compressed", (".7z",)),
    MediaType("application/vnd.rar", (".rar",), aliases=("application/x-rar",)),
    MediaType("application/x-tar", (".tar",)),
    MediaType("application/x-cpio", (".cpio",)),
    MediaType("application/x-archive", (".a",)),
    MediaType(
        "application/vnd.debian.binary-package",
        (".deb",),
        aliases=("application/x-debian-package",),
    ),
    MediaType("application/x-rpm", (".rpm",)),
    MediaType("application/vnd.ms-cab-compressed", (".cab",)),
    MediaType("application/x-xar", (".xar",)),
    MediaType("application/warc", (".warc",)),
    MediaType("application/x-iso9660-image", (".iso",)),
    MediaType("application/x-udf-image", (".udf",)),
    MediaType("application/vnd.squashfs", (".sqfs",)),
    MediaType("application/java-archive", (".jar",)),
    MediaType("application/vnd.android.package-archive", (".apk",)),
    MediaType("application/x-msi", (".msi",)),
)
