"""Many files at once: rows of data URLs and errors, in order, by every core."""

from encoders.batch.jobs import FORMATS, Summary, encode, write, write_lines
from encoders.batch.listing import find
from encoders.batch.one_file import Row
from encoders.batch.ray_mapper import Mapper

__all__ = ["FORMATS", "Mapper", "Row", "Summary", "encode", "find", "write", "write_lines"]


def __dir__() -> list[str]:
    return __all__
