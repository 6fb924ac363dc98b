"""Documents and fonts."""

from __future__ import annotations

from encoders.mime.media_type import MediaType

ROWS = (
    MediaType("application/rtf", (".rtf",), aliases=("text/rtf",)),
    MediaType("application/pdf", (".pdf",), aliases=("application/x-pdf",)),
    MediaType("application/postscript", (".ps", ".eps")),
    MediaType("application/epub+zip", (".epub",)),
    MediaType("application/x-mobipocket-ebook", (".mobi",)),
    MediaType(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",)
    ),
    MediaType("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",)),
    MediaType(
        "application/vnd.openxmlformats-officedocument.presentationml.presentation", (".pptx",)
    ),
    MediaType("application/vnd.oasis.opendocument.text", (".odt",)),
    MediaType("application/vnd.oasis.opendocument.spreadsheet", (".ods",)),
    MediaType("application/vnd.oasis.opendocument.presentation", (".odp",)),
    MediaType("application/vnd.oasis.opendocument.graphics", (".odg",)),
    MediaType("application/vnd.oasis.opendocument.text-template", (".ott",)),
    MediaType("application/vnd.oasis.opendocument.spreadsheet-template", (".ots",)),
    MediaType("application/vnd.oasis.opendocument.presentation-template", (".otp",)),
    MediaType("application/vnd.oasis.opendocument.graphics-template", (".otg",)),
    MediaType("application/x-ole-storage"),
    MediaType("application/msword", (".doc",)),
    MediaType("application/vnd.ms-excel", (".xls",)),
    MediaType("application/vnd.ms-powerpoint", (".ppt",)),
    MediaType("application/vnd.ms-outlook", (".msg",)),
    MediaType("application/vnd.visio", (".vsd",)),
    MediaType("font/ttf", (".ttf",), aliases=("font/sfnt",)),
    MediaType("font/otf", (".otf",)),
    MediaType("font/collection", (".ttc", ".otc")),
    MediaType("font/woff", (".woff",)),
    MediaType("font/woff2", (".woff2",)),
)
