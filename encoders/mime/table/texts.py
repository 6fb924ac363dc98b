"""Text: prose, source code, and data that people read."""

from __future__ import annotations

from encoders.mime.media_type import MediaType

ROWS = (
    MediaType("text/plain", (".txt", ".text", ".log", ".xyz", ".ini", ".cfg")),
    MediaType("text/csv", (".csv",), aliases=("application/csv",)),
    MediaType("text/tab-separated-values", (".tsv",)),
    MediaType("text/markdown", (".md", ".markdown"), aliases=("text/x-markdown",)),
    MediaType("text/html", (".html", ".htm")),
    MediaType("text/css", (".css",)),
    MediaType(
        "text/javascript",
        (".js", ".mjs"),
        aliases=("application/javascript",),
        interpreters=(b"node",),
    ),
    MediaType(
        "text/x-python",
        (".py",),
        aliases=("text/x-script.python", "application/x-python"),
        interpreters=(b"python",),
    ),
    MediaType("text/x-c", (".c", ".h")),
    MediaType("text/x-c++", (".cpp", ".hpp", ".cc")),
    MediaType("text/x-java", (".java",)),
    MediaType("text/x-typescript", (".ts",)),
    MediaType(
        "text/x-shellscript", (".sh",), interpreters=(b"sh", b"bash", b"dash", b"ksh", b"zsh")
    ),
    MediaType("text/x-rust", (".rs",)),
    MediaType("text/x-go", (".go",)),
    MediaType("text/x-ruby", (".rb",), interpreters=(b"ruby",)),
    MediaType("text/x-perl", (".pl",), interpreters=(b"perl",)),
    MediaType("text/x-php", (".php",), interpreters=(b"php",)),
    MediaType("text/x-r", (".r",), interpreters=(b"Rscript",)),
    MediaType("text/x-tex", (".tex",)),
    MediaType("text/x-rst", (".rst",)),
    MediaType("text/x-diff", (".diff", ".patch")),
    MediaType("text/vtt", (".vtt",), signatures=(b"WEBVTT",)),
    MediaType("text/calendar", (".ics",), signatures=(b"BEGIN:VCALENDAR",)),
    MediaType("text/vcard", (".vcf",), signatures=(b"BEGIN:VCARD",)),
    MediaType("message/rfc822", (".eml",), is_text=True),
    MediaType("application/x-subrip", (".srt",), is_text=True),
    MediaType("application/json", (".json",), aliases=("text/json",), is_text=True),
    MediaType(
        "application/jsonl",
        (".jsonl", ".ndjson"),
        aliases=("application/x-ndjson", "application/ndjson"),
        is_text=True,
    ),
    MediaType("application/geo+json", (".geojson",), is_text=True),
    MediaType("application/x-ipynb+json", (".ipynb",), is_text=True),
    MediaType("application/xml", (".xml",), aliases=("text/xml",), is_text=True),
    MediaType(
        "application/xhtml+xml", (".xhtml",), root=(b"html", b"http://www.w3.org/1999/xhtml")
    ),
    MediaType("application/rss+xml", (".rss",), root=(b"rss", b"version")),
    MediaType("application/atom+xml", (".atom",), root=(b"feed", b"http://www.w3.org/2005/Atom")),
    MediaType("application/gpx+xml", (".gpx",), root=(b"gpx", b"http://www.topografix.com/GPX")),
    MediaType("application/vnd.google-earth.kml+xml", (".kml",), root=(b"kml", b"/kml/2.")),
    MediaType(
        "application/yaml",
        (".yaml", ".yml"),
        aliases=("text/yaml", "application/x-yaml"),
        is_text=True,
    ),
    MediaType("application/toml", (".toml",), is_text=True),
    MediaType("application/sql", (".sql",), is_text=True),
    MediaType("application/vnd.apple.mpegurl", (".m3u8", ".m3u"), signatures=(b"#EXTM3U",)),
)
