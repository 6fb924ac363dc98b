"""Programs, and parts of programs."""

from __future__ import annotations

from encoders.mime.media_type import MediaType

ROWS = (
    MediaType("application/x-executable", (".elf",)),
    MediaType("application/x-sharedlib", (".so",)),
    MediaType("application/x-object", (".o",)),
    MediaType("application/x-coredump"),
    MediaType(
        "application/vnd.microsoft.portable-executable",
        (".exe", ".dll"),
        aliases=("application/x-dosexec", "application/x-msdownload"),
    ),
    MediaType("application/x-mach-binary", (".dylib",)),
    MediaType("application/java-vm", (".class",), aliases=("application/x-java-applet",)),
    MediaType("application/x-python-code", (".pyc",)),
    MediaType("application/x-llvm", (".bc",)),
    MediaType("application/wasm", (".wasm",)),
)
