"""Data URLs: parse, build, stream.

Follows the "data: URL processor" of the WHATWG Fetch standard
(https://fetch.spec.whatwg.org/#data-url-processor), which reads everything that RFC 2397 allows and
forgives more; ``strict=True`` takes only what RFC 2397 allows.
"""

from encoders.data_url.parsing import Header, decode_to, parse
from encoders.data_url.value import DataURL, encode_pieces, encode_to, format

__all__ = ["DataURL", "Header", "decode_to", "encode_pieces", "encode_to", "format", "parse"]


def __dir__() -> list[str]:
    return __all__
