"""Documents, fonts and three-dimensional models."""

from __future__ import annotations

from encoders.mime import checks
from encoders.mime.containers import archives
from encoders.mime.media_type import MediaType, Signature

ROWS = (
    MediaType("application/rtf", (".rtf",), aliases=("text/rtf",), signatures=(b"{\\rtf",)),
    MediaType(
        "application/pdf",
        (".pdf",),
        aliases=("application/x-pdf",),
        signatures=(b"%PDF-", b"\n%PDF-", b"\r\n%PDF-", b"\xef\xbb\xbf%PDF-"),
    ),
    # Bare, and after a preview.
    MediaType("application/postscript", (".ps", ".eps"), signatures=(b"%!PS", b"\xc5\xd0\xd3\xc6")),
    MediaType("application/epub+zip", (".epub",)),
    MediaType(
        "application/x-mobipocket-ebook", (".mobi",), signatures=(Signature(b"BOOKMOBI", at=60),)
    ),
    MediaType(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        (".docx",),
        members=archives.office_folder("word/"),
    ),
    MediaType(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        (".xlsx",),
        members=archives.office_folder("xl/"),
    ),
    MediaType(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        (".pptx",),
        members=archives.office_folder("ppt/"),
    ),
    MediaType("application/vnd.oasis.opendocument.text", (".odt",)),
    MediaType("application/vnd.oasis.opendocument.spreadsheet", (".ods",)),
    MediaType("application/vnd.oasis.opendocument.presentation", (".odp",)),
    MediaType("application/vnd.oasis.opendocument.graphics", (".odg",)),
    MediaType("application/vnd.oasis.opendocument.text-template", (".ott",)),
    MediaType("application/vnd.oasis.opendocument.spreadsheet-template", (".ots",)),
    MediaType("application/vnd.oasis.opendocument.presentation-template", (".otp",)),
    MediaType("application/vnd.oasis.opendocument.graphics-template", (".otg",)),
    MediaType("application/x-ole-storage", signatures=(b"\xd0\xcf\x11\xe0",)),
    MediaType("application/msword", (".doc",), streams=("WordDocument",)),
    MediaType("application/vnd.ms-excel", (".xls",), streams=("Workbook", "Book")),
    MediaType("application/vnd.ms-powerpoint", (".ppt",), streams=("PowerPoint Document",)),
    MediaType(
        "application/vnd.ms-outlook",
        (".msg",),
        streams=("__properties_version1.0", "__nameid_version1.0"),
    ),
    MediaType("application/vnd.visio", (".vsd",), streams=("VisioDocument",)),
    MediaType("font/ttf", (".ttf",), aliases=("font/sfnt",), signatures=(b"\0\1\0\0\0", b"true\0")),
    MediaType("font/otf", (".otf",), signatures=(b"OTTO\0",)),
    MediaType("font/collection", (".ttc", ".otc"), signatures=(b"ttcf\0",)),
    MediaType("font/woff", (".woff",), signatures=(b"wOFF",)),
    MediaType("font/woff2", (".woff2",), signatures=(b"wOF2",)),
    MediaType("model/gltf-binary", (".glb",), signatures=(b"glTF\2\0\0\0",)),
    MediaType("model/gltf+json", (".gltf",), is_text=True),
    MediaType("model/obj", (".obj",), is_text=True),
    MediaType(
        "model/stl",
        (".stl",),
        signatures=(Signature(check=checks.is_binary_stl),),
        is_text=True,
        by_name=True,
    ),
    MediaType("model/ply", (".ply",), signatures=(b"ply\n", b"ply\r\n"), is_text=True),
    MediaType("model/3mf", (".3mf",), members=archives.office_folder("3D/")),
    MediaType("model/step", (".step", ".stp"), signatures=(b"ISO-10303-21;",)),
    MediaType("model/vrml", (".wrl",), signatures=(b"#VRML V",)),
    MediaType("model/vnd.collada+xml", (".dae",), root=(b"collada", b"COLLADASchema")),
    MediaType(
        "model/vnd.usdz+zip", (".usdz",), members=archives.first_named(".usda", ".usdc", ".usd")
    ),
)
