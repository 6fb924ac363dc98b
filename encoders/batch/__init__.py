"""Many files at once: rows of data URLs and errors, in order, by every core."""

from encoders.batch.folder import find
from encoders.batch.mapper import Mapper
from encoders.batch.output import FORMATS, Summary, write, write_lines
from encoders.batch.row import Row
from encoders.batch.rows import encode

__all__ = ["FORMATS", "Mapper", "Row", "Summary", "encode", "find", "write", "write_lines"]


def __dir__() -> list[str]:
    return __all__
