"""Files that appear whole or not at all, under names that untrusted input cannot abuse."""

from encoders.atomic.nameless import NamelessFile, nameless_file
from encoders.atomic.names import LONGEST_NAME, numbered, safe_name
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
    made_folder,
    move_into_place,
    name_in_errors,
    remove_hidden_files,
    require_folder,
    write_all,
)

__all__ = [
    "LONGEST_NAME",
    "BytesLike",
    "Input",
    "NamedFile",
    "NamelessFile",
    "NewFiles",
    "check_folder",
    "check_output",
    "check_target",
    "file_ids",
    "made_folder",
    "move_into_place",
    "name_in_errors",
    "nameless_file",
    "new_file",
    "new_files",
    "numbered",
    "output_file",
    "remove_hidden_files",
    "require_folder",
    "safe_name",
    "write_all",
]
