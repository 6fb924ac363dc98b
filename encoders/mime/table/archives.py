"""Archives, compressed files, programs and parts of programs."""

from __future__ import annotations

from encoders.mime import checks
from encoders.mime.containers import archives
from encoders.mime.media_type import MediaType, Signature

ROWS = (
    MediaType(
        "application/zip",
        (".zip",),
        aliases=("application/x-zip-compressed",),
        signatures=(b"PK\3\4", b"PK\5\6"),
    ),
    MediaType(
        "application/gzip",
        (".gz", ".tgz"),
        aliases=("application/x-gzip",),
        # Deflate, and flags (RFC 1952).
        signatures=(Signature(b"\x1f\x8b\x08", rb"[\0-\x1f]"),),
    ),
    MediaType("application/x-xz", (".xz",), signatures=(b"\xfd7zXZ\0",)),
    MediaType(
        "application/x-bzip2",
        (".bz2",),
        aliases=("application/x-bzip",),
        signatures=(Signature(b"BZh", rb".(?:1A|\x17r)"),),
    ),
    MediaType(
        "application/zstd",
        (".zst",),
        aliases=("application/x-zstd",),
        # The second one is a frame that is skipped.
        signatures=(b"\x28\xb5\x2f\xfd", Signature(b"*M\x18", at=1)),
    ),
    MediaType(
        "application/x-lzma",
        (".lzma",),
        # The size of the dictionary, and that of the content.
        signatures=(Signature(b"]\0\0", rb"(?!\0\0)..(?:\xff{8}|.{5}\0{3})"),),
    ),
    MediaType(
        "application/x-lz4", (".lz4",), signatures=(b"\x04\x22\x4d\x18", b"\x02\x21\x4c\x18")
    ),
    MediaType("application/x-lzip", (".lz",), signatures=(b"LZIP\1",)),
    MediaType("application/x-lzop", (".lzo",), signatures=(b"\x89LZO\0\r\n\x1a\n",)),
    MediaType(
        "application/x-compress",
        (".z",),
        # 9 to 16 bits a code.
        signatures=(Signature(b"\x1f\x9d", rb"[\x09-\x10\x89-\x90]"),),
    ),
    MediaType("application/x-7z-compressed", (".7z",), signatures=(b"7z\xbc\xaf\x27\x1c",)),
    MediaType(
        "application/vnd.rar",
        (".rar",),
        aliases=("application/x-rar",),
        signatures=(b"Rar!\x1a\7",),
    ),
    MediaType(
        "application/x-tar",
        (".tar",),
        signatures=(Signature(b"ustar", at=257), Signature(check=checks.is_old_tar)),
    ),
    MediaType(
        "application/x-cpio",
        (".cpio",),
        # The kind of file in the mode, and a name of sensible length.
        signatures=(
            Signature(
                b"\xc7q",
                rb".{4}.[\x10\x20\x40\x60\x80\xa0\xc0-\xc1\x41-\x4f\x81-\x8f\xa1-\xaf].{12}.[\0-\x0f]",
            ),
            Signature(b"0707", rb"(?:07[0-7]{70}|0[12][0-9A-Fa-f]{104})"),
        ),
    ),
    MediaType("application/x-archive", (".a",), signatures=(b"!<arch>\n",)),
    MediaType(
        "application/vnd.debian.binary-package",
        (".deb",),
        aliases=("application/x-debian-package",),
        signatures=(b"!<arch>\ndebian-binary",),
    ),
    MediaType("application/x-rpm", (".rpm",), signatures=(b"\xed\xab\xee\xdb",)),
    MediaType("application/vnd.ms-cab-compressed", (".cab",), signatures=(b"MSCF\0\0\0\0",)),
    MediaType("application/x-xar", (".xar",), signatures=(b"xar!\0",)),
    MediaType("application/warc", (".warc",), signatures=(b"WARC/1.",)),
    MediaType(
        "application/x-iso9660-image", (".iso",), signatures=(Signature(b"CD001", at=32769),)
    ),
    MediaType(
        "application/x-udf-image",
        (".udf",),
        signatures=(
            Signature(b"BEA01", at=32769),
            Signature(b"NSR02", at=32769),
            Signature(b"NSR03", at=32769),
        ),
    ),
    MediaType("application/vnd.squashfs", (".sqfs",), signatures=(b"hsqs",)),
    # The most specific of those that are told by a member of a ZIP archive is first.
    MediaType(
        "application/vnd.android.package-archive",
        (".apk",),
        members=archives.has_member("AndroidManifest.xml"),
    ),
    MediaType(
        "application/java-archive", (".jar",), members=archives.has_member("META-INF/MANIFEST.MF")
    ),
    MediaType(
        "application/vnd.google-earth.kmz", (".kmz",), members=archives.has_member("doc.kml")
    ),
    # The class of the root.
    MediaType("application/x-msi", (".msi",), streams=("84100c0000000000c000000000000046",)),
    MediaType("application/x-executable", (".elf",), signatures=(b"\x7fELF",)),
    # The byte order, and the kind in that order (ELF 1.2, e_type).
    MediaType(
        "application/x-sharedlib",
        (".so",),
        signatures=(Signature(b"\x7fELF", rb".(?:[^\2].{10}\x03\0|\x02.{10}\0\x03)"),),
    ),
    MediaType(
        "application/x-object",
        (".o",),
        signatures=(Signature(b"\x7fELF", rb".(?:[^\2].{10}\x01\0|\x02.{10}\0\x01)"),),
    ),
    MediaType(
        "application/x-coredump",
        signatures=(Signature(b"\x7fELF", rb".(?:[^\2].{10}\x04\0|\x02.{10}\0\x04)"),),
    ),
    MediaType(
        "application/vnd.microsoft.portable-executable",
        (".exe", ".dll"),
        aliases=("application/x-dosexec", "application/x-msdownload"),
        signatures=(Signature(b"MZ", check=checks.is_windows_program),),
    ),
    MediaType(
        "application/x-mach-binary",
        (".dylib",),
        signatures=(
            b"\xfe\xed\xfa\xce",
            b"\xfe\xed\xfa\xcf",
            b"\xce\xfa\xed\xfe",
            b"\xcf\xfa\xed\xfe",
            # For 1 to 39 processors. A class of Java has its version there, which is at least 45.
            Signature(b"\xca\xfe\xba\xbe", rb"\0\0\0[\1-\x27]"),
        ),
    ),
    MediaType(
        "application/java-vm",
        (".class",),
        aliases=("application/x-java-applet",),
        signatures=(Signature(b"\xca\xfe\xba\xbe", rb"(?!\0\0\0[\1-\x27]).{4}"),),
    ),
    MediaType(
        "application/x-python-code",
        (".pyc",),
        # A number, a line end that text mode would break, and flags of Python 3.6 or newer.
        signatures=(Signature(then=rb".[\x0c-\x0e]\r\n[\0-\3]\0\0\0"),),
    ),
    MediaType("application/x-llvm", (".bc",), signatures=(b"BC\xc0\xde",)),
    MediaType("application/wasm", (".wasm",), signatures=(b"\0asm",)),
)
