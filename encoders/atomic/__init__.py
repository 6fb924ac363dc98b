"""Files that appear whole or not at all, under names that untrusted input cannot abuse."""

from encoders.atomic.names import LONGEST_NAME, safe_name
from encoders.atomic.new_files import NewFiles, new_file, new_files
from encoders.atomic.outputs import check_folder, check_output, output_file
from encoders.atomic.targets import Input, check_target, file_ids, move_into_place, require_folder
from encoders.atomic.writing import BytesLike, NamedFile, name_in_errors, write_all

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
