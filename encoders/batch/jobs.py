"""Many files in one call: their rows in a loop, in a file, or on a stream."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from itertools import chain, islice
from os import PathLike
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from encoders.atomic import (
    check_target,
    move_into_place,
    name_in_errors,
    require_folder,
    write_all,
)
from encoders.batch import json_lines, parquet, resume_folder
from encoders.batch.blocks import Block, Segment, pickled, rows_of
from encoders.batch.one_file import Row, Task, check_workers, make_task, to_paths
from encoders.batch.pool import in_order
from encoders.batch.resume_folder import ANOTHER_NAME
from encoders.data_url.notebook import ShownInNotebook
from encoders.errors import OutputExistsError, Remedy, bounded
from encoders.limits import DEFAULT, Limits

FORMATS: dict[str, ModuleType] = {
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".parquet": parquet,
}


@dataclass(frozen=True, slots=True)
class Summary(ShownInNotebook):
    """How far a job is, or how it went.

    Attributes:
        rows: that are written, one for each file.
        failed: how many of them are errors.
        kept: how many of them an earlier run had written.
    """

    rows: int = 0
    failed: int = 0
    kept: int = 0


Report = Callable[[Summary], object]


def encode(
    paths: Iterable[str | PathLike[str]],
    *,
    codec: str | None = None,
    workers: int | None = None,
    progress: bool = False,
    limits: Limits = DEFAULT,
    **options: Any,
) -> Iterator[Row]:
    """Yield a `Row` for each file, in the order of the paths, by several processes.

    A bad file is a row with an error. Paths are taken and rows are made not far ahead of the loop,
    so that memory stays the same however many there are: some ten MiB, and a few of the largest
    files for each process. Leaving the loop ends the processes.

    Args:
        paths: paths, or URLs that fsspec opens, such as `find` yields.
        codec: what all files must be, such as ``"image"``; by default what its content says.
        workers: how many processes; by default one for each core.
        progress: show a bar of tqdm: a widget in a notebook, else text on standard error. It has an
            end if ``paths`` has a length.
        limits: of each ``encode``. ``max_bytes`` bounds the size of a file, too.
        **options: keywords of the codec's ``encode``, such as ``format``.

    Raises:
        TypeError, ValueError: an option is wrong, or ``paths`` is one path.
        ChildProcessError: no process can be started.

    >>> for row in encode(["fixtures/image/small.gif", "fixtures/file/report.pdf", "nothing"]):
    ...     print(row.media_type, row.size, row.error)
    image/gif 23365 None
    application/pdf 598 None
    None None No such file or directory
    """
    check_workers(workers)
    task = make_task(codec, limits, options)
    return _rows(to_paths(paths), task, workers, _shown(progress, paths))


def _rows(
    paths: Iterator[str],
    task: Task,
    workers: int | None,
    shown: AbstractContextManager[Report | None],
) -> Iterator[Row]:
    done = Summary()
    with shown as report:
        for block in in_order(paths, task, pickled, workers):
            yield from rows_of(block)
            done = _counted(done, block, report)


def write(
    paths: Iterable[str | PathLike[str]],
    output: str | PathLike[str],
    *,
    codec: str | None = None,
    workers: int | None = None,
    overwrite: bool = False,
    progress: bool = False,
    report: Report | None = None,
    limits: Limits = DEFAULT,
    **options: Any,
) -> Summary:
    """Encode files into rows of a file, and return how many there are.

    The rows are those of `encode`, in the order of the paths: ``path``, ``media_type``, ``size`` in
    bytes, ``data_url`` and ``error``, one of which is null. They gather in a hidden folder beside
    the output, ``.NAME.part``; the output appears when all are there. Where a run was broken off,
    by Ctrl-C or a kill, the same call goes on where it stopped: rows are kept as far as their paths
    are those of this call, so that the output is what one run would have given. A file that has
    changed since it was encoded is not encoded again. If the output is there, with these very paths
    and options, nothing is left to do; of options other than the usual ones a record stays in the
    hidden folder. A hidden folder that this user's earlier runs did not make on this disk, such as
    one from an archive or a copy, is never used.

    Args:
        paths: paths, or URLs that fsspec opens, such as `find` yields. They are taken one by one.
        output: a file's path: ``.jsonl`` or ``.ndjson`` for JSON Lines, ``.parquet`` for Parquet
            (zstd; needs the extra ``parquet``).
        codec: what all files must be; by default each is what its content says.
        workers: how many processes encode; by default one for each core.
        overwrite: replace an output that is there, and begin anew if a run with other options was
            broken off. A run with the same options is resumed.
        progress: as in `encode`.
        report: is called with how far the job is, a few times a second at least.
        limits: as in `encode`.
        **options: keywords of the codec's ``encode``, such as ``format``.

    Raises:
        OutputExistsError: the output is there, with other rows, or a run with other options was
            broken off; and ``overwrite`` is false. Or the hidden folder is not this job's.
        BlockingIOError: another process is at work on this output.
        FileNotFoundError, NotADirectoryError: the output's folder is missing, or none.
        OSError: it cannot be written. What was written before is kept for the next run.
        MissingDependencyError: it is Parquet, and pyarrow is not installed.
        TypeError, ValueError: an option is wrong, or the output's extension.

    >>> import tempfile
    >>> write(["fixtures/image/small.png", "nothing"], tempfile.mkdtemp() + "/rows.jsonl")
    Summary(rows=2, failed=1, kept=0)
    """
    check_workers(workers)
    target = Path(output)
    task = make_task(codec, limits, options)
    names = to_paths(paths)
    format = _format(target)
    format.require()
    require_folder(target.parent)
    if not overwrite and os.path.lexists(target):
        return _finished(format, target, task, names)
    check_target(target, overwrite)  # not after all the work only
    folder = _folder(target)
    with (
        resume_folder.acquire(folder, _record(task), target, overwrite=overwrite),
        closing(format.Part(folder)) as part,
        _shown(progress, paths, report) as report,
    ):
        done, end, left = _keep(part.segments(), names, format.as_text)
        with name_in_errors(target):
            part.cut(end)
        if report:
            report(done)
        for block in in_order(left, task, format.render, workers):
            with name_in_errors(target):
                part.append(block)
            done = _counted(done, block, report)
        with name_in_errors(target):
            move_into_place(part.finish(), target, overwrite=overwrite)
        _leave(folder, task)  # While it is locked: afterwards it may be another process's.
    return done


def write_lines(
    paths: Iterable[str | PathLike[str]],
    sink: BinaryIO,
    *,
    codec: str | None = None,
    workers: int | None = None,
    progress: bool = False,
    report: Report | None = None,
    limits: Limits = DEFAULT,
    **options: Any,
) -> Summary:
    """Encode files into JSON Lines on a binary stream, such as a pipe; else as `write`."""
    check_workers(workers)
    task = make_task(codec, limits, options)
    done = Summary()
    with _shown(progress, paths, report) as report:
        for block in in_order(to_paths(paths), task, json_lines.render, workers):
            for piece in block.pieces:
                write_all(sink, piece)
            done = _counted(done, block, report)
    return done


@contextmanager
def progress_bar(total: int | None, unit: str, **options: Any) -> Iterator[Report]:
    """Give what shows how far a job is, how fast, and how long it still takes.

    Args:
        total: how many rows there will be, if that is known.
        unit: what they are, such as "files".
        **options: keywords of tqdm.
    """
    from tqdm.auto import tqdm

    with tqdm(total=total, unit=f" {unit}", **options) as bar:

        def report(done: Summary) -> None:
            if bar.n == 0 and done.rows == done.kept:
                bar.n = bar.initial = done.kept  # which took no time
            bar.update(done.rows - bar.n)
            if done.failed:
                bar.set_postfix(failed=done.failed, refresh=False)

        yield report


@contextmanager
def _shown(progress: bool, paths: object, report: Report | None = None) -> Iterator[Report | None]:
    """Give what reports how far a job is, and shows it in a bar if there is to be one."""
    if not progress:
        yield report
        return
    with progress_bar(len(paths) if isinstance(paths, Sized) else None, "files") as show:

        def both(done: Summary) -> None:
            show(done)
            if report:
                report(done)

        yield both


def _counted(done: Summary, block: Block, report: Report | None) -> Summary:
    done = replace(done, rows=done.rows + block.rows, failed=done.failed + block.failed)
    if report:
        report(done)
    return done


def _format(target: Path) -> ModuleType:
    format = FORMATS.get(target.suffix.lower())
    if format is None:
        raise ValueError(
            f"{bounded(str(target))}: expected a name that ends in {', '.join(FORMATS)}"
        )
    return format


def _folder(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def _finished(format: ModuleType, target: Path, task: Task, names: Iterator[str]) -> Summary:
    """Return the summary of an output that is there, and clear away what a kill left at its end."""
    folder = _folder(target)
    if not target.is_file():  # a pipe, say, which would keep us waiting
        raise OutputExistsError("not a regular file", str(target), (ANOTHER_NAME,))
    if (resume_folder.recorded_task(folder) or _record(Task())) != _record(task):
        raise _exists(target, "made with other options")
    done, end, left = _keep(format.segments(target), names, format.as_text)
    if end != target.stat().st_size or next(left, None) is not None:
        raise _exists(target, f"not with these files from row {done.rows + 1} on")
    if resume_folder.is_left_over(folder, target):
        _leave(folder, task)
    return done


def _exists(target: Path, how: str) -> OutputExistsError:
    return OutputExistsError(
        f"it exists already, {how}",
        str(target),
        (Remedy("pass", "overwrite", "True"), ANOTHER_NAME),
    )


def _record(task: Task) -> str:
    return json.dumps(asdict(task), default=repr)


def _leave(folder: Path, task: Task) -> None:
    """Remove the folder, but for the record of a task with options, which rows do not show."""
    if task == Task():
        resume_folder.remove(folder)
    else:
        resume_folder.clear(folder)


def _keep(
    segments: Iterator[Segment], names: Iterator[str], as_text: Callable[[str], str]
) -> tuple[Summary, int, Iterator[str]]:
    """Return what there is of these files' rows already, where it ends, and the files left."""
    rows = failed = end = 0
    for segment in segments:
        taken = list(islice(names, len(segment.paths)))
        if list(map(as_text, taken)) != segment.paths:
            names = chain(taken, names)
            break
        rows, failed, end = rows + len(taken), failed + segment.failed, segment.end
    return Summary(rows, failed, rows), end, names
