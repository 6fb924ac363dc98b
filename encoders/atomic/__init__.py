"""Files that appear whole or not at all, under names that untrusted input cannot abuse."""

from encoders.atomic.names import LONGEST_NAME, safe_name
from encoders.atomic.new_files import (
    NewFiles,
    check_folder,
    check_output,
    new_file,
    new_files,
    output_file,
)
from encoders.atomic.targets import (
    BytesLike,
    Input,
    NamedFile,
    check_target,
    file_ids,
    move_into_place,
    name_in_errors,
    require_folder,
    write_all,
)

__all__ = [
    "LONGEST_NAME",
    "BytesLike",
    "Input",
    "NamedFile",
    "NewFiles",
    "check_folder",
    "check_output",
    "check_target",
    "file_ids",
    "move_into_place",
    "name_in_errors",
    "new_file",
    "new_files",
    "output_file",
    "require_folder",
    "safe_name",
    "write_all",
]
