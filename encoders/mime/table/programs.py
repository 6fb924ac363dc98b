"""Programs, and parts of programs."""

from __future__ import annotations

from encoders.mime import checks
from encoders.mime.media_type import MediaType, Signature

ROWS = (
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
