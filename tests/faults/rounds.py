"""Saves that are killed, interrupted or raced many times; prints the observations as JSON.

``python -m tests.faults.rounds SCENARIO SUBJECT OVERWRITE ROUNDS FOLDER``. It forks processes that
are warm already, so it has to be one with no threads. What must never be seen ends up in "wrong".
"""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from encoders import file
from encoders.atomic import new_file, new_files
from encoders.predict.responses import Response, response

MODE = multiprocessing.get_context("fork")
SAVING = MODE.RawValue("b", 0)  # whether a child is inside of a save
INTERRUPTED = 10
HEAD = b"%PDF-1.7\n"  # told at once, so that most of the time goes into writing


@dataclass(frozen=True)
class Subject:
    """What is saved, in versions that can be told apart.

    Attributes:
        names: of the files, in the order in which they appear.
        save: writes a version into a folder.
        versions: the bytes of each file, by name, in each version.
    """

    names: tuple[str, ...]
    save: Callable[[int, Path, bool], object]
    versions: list[dict[str, bytes]]

    def version_of(self, folder: Path, name: str) -> int | str | None:
        """Return which version a file is of, None if there is none, or what is wrong with it."""
        try:
            found = (folder / name).read_bytes()
        except FileNotFoundError:
            return None
        for index, version in enumerate(self.versions):
            if found == version[name]:
                return index
        return f"{name} has {len(found)} bytes and is of no version"

    def seen(self, folder: Path) -> list[int | str | None]:
        return [self.version_of(folder, name) for name in self.names]

    def remove(self, folder: Path) -> None:
        for name in reversed(self.names):
            (folder / name).unlink(missing_ok=True)


def one_file(size: int, versions: int = 2) -> Subject:
    """Return one file of ``size`` bytes."""
    contents = [HEAD + random.Random(index).randbytes(size) for index in range(versions)]
    urls = [file.encode(content) for content in contents]

    def save(version: int, folder: Path, overwrite: bool) -> object:
        return file.save(urls[version], folder, "a.bin", overwrite=overwrite)

    return Subject(("a.bin",), save, [{"a.bin": content} for content in contents])


def answer(size: int, versions: int = 2, count: int = 4) -> Subject:
    """Return an answer with ``count`` files of ``size`` bytes in all."""
    names = tuple(f"{index}.bin" for index in range(count))
    contents: list[dict[str, bytes]] = []
    answers: list[Response] = []
    for version in range(versions):
        made = {
            name: HEAD + random.Random(f"{version} {name}").randbytes(size // count)
            for name in names
        }
        data = [{"name": name, "data": file.encode(content)} for name, content in made.items()]
        answers.append(response({"data": data, "version": version}))
        listed = [{"file": name, "media_type": "application/pdf"} for name in names]
        text = json.dumps({"data": listed, "version": version}, indent=1)
        contents.append({**made, "response.json": text.encode()})

    def save(version: int, folder: Path, overwrite: bool) -> object:
        return answers[version].save(folder, overwrite=overwrite, free_names=False)

    return Subject((*names, "response.json"), save, contents)


SUBJECTS: dict[str, Callable[..., Subject]] = {"save": one_file, "response": answer}


@dataclass
class Report:
    """What was seen.

    Attributes:
        counts: how often something happened that may happen.
        wrong: what must not happen.
    """

    counts: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def check(self, holds: bool, otherwise: object) -> None:
        if not holds:
            self.wrong.append(str(otherwise))


def hidden(folder: Path) -> set[Path]:
    """Return what is in the folder under a hidden name."""
    return {path for path in folder.iterdir() if path.name.startswith(".")}


# Signals. A child saves version after version until it gets one.


def kills(subject: str, overwrite: bool, rounds: int, folder: Path) -> Report:
    """Kill a process that saves, at a random moment, until ``rounds`` kills came in mid-save."""
    what, report = SUBJECTS[subject](1024**2), Report()
    longest = _seconds_of_some_saves(what, folder)
    if not overwrite:
        what.remove(folder)
    while report.counts["in mid-save"] < rounds and report.counts["kills"] < 5 * rounds:
        before = hidden(folder)  # left over from the last kill
        child = _child(what, folder, overwrite)
        time.sleep(random.uniform(0, longest))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        left = hidden(folder) - before
        report.counts["kills"] += 1
        report.counts["in mid-save"] += SAVING.value
        report.counts["left something hidden"] += bool(left)
        report.check(all(path.name.endswith(".part") for path in left), left)
        _check_after_kill(what, folder, overwrite, report)
        for path in before:
            path.unlink()
    return report


def _check_after_kill(what: Subject, folder: Path, overwrite: bool, report: Report) -> None:
    seen = what.seen(folder)
    report.check(not any(isinstance(one, str) for one in seen), seen)
    if overwrite:
        report.check(None not in seen, f"an old file is lost: {seen}")
    elif seen[-1] is not None:
        report.check(len(set(seen)) == 1, f"the last file is there without the others: {seen}")
    report.counts["between names"] += len(set(seen)) > 1


def interrupts(subject: str, overwrite: bool, rounds: int, folder: Path) -> Report:
    """As `kills`, with Ctrl-C, which has to leave all of a version, and nothing hidden."""
    what, report = SUBJECTS[subject](1024**2), Report()
    longest = _seconds_of_some_saves(what, folder)
    if not overwrite:
        what.remove(folder)
    while report.counts["in mid-save"] < rounds and report.counts["interrupts"] < 5 * rounds:
        child = _child(what, folder, overwrite)
        time.sleep(random.uniform(0, longest))
        os.kill(child, signal.SIGINT)
        _, status = os.waitpid(child, 0)
        code = os.waitstatus_to_exitcode(status)
        report.counts["interrupts"] += 1
        report.counts["in mid-save"] += SAVING.value
        report.check(code == INTERRUPTED, f"the child ended with {code}")
        report.check(not hidden(folder), hidden(folder))
        seen = what.seen(folder)
        if SAVING.value:
            report.check(len(set(seen)) == 1, f"not all or none: {seen}")
        report.check(not overwrite or None not in seen, f"an old file is lost: {seen}")
    return report


def _seconds_of_some_saves(what: Subject, folder: Path) -> float:
    start = time.monotonic()
    for _ in range(3):
        what.save(0, folder, True)
    return time.monotonic() - start


def _child(what: Subject, folder: Path, overwrite: bool) -> int:
    """Start a process that saves, and return its number once it can be interrupted."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _save_for_ever(what, folder, overwrite, writer)
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)
    return child


def _save_for_ever(what: Subject, folder: Path, overwrite: bool, ready: int) -> NoReturn:
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        SAVING.value = 0
        os.write(ready, b"x")
        for version in _alternating(len(what.versions)):
            if not overwrite:
                what.remove(folder)
            SAVING.value = 1
            what.save(version, folder, overwrite)
            SAVING.value = 0
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BaseException as error:
        print(repr(error), file=sys.stderr)
    os._exit(code)


def _alternating(count: int) -> Iterator[int]:
    version = 0
    while True:
        version = (version + 1) % count
        yield version


# Races. Workers start each round together; a judge looks in between.


class Race:
    """Processes that do a step each, at the same time, round after round.

    Attributes:
        outcomes: what each worker's last step returned; -1 for an error that it may not raise.
    """

    def __init__(self, steps: list[Callable[[], int]], rounds: int) -> None:
        self._barrier = MODE.Barrier(len(steps) + 1)
        self.outcomes = MODE.Array("i", len(steps))
        self._rounds = rounds
        self._workers = [
            MODE.Process(target=self._work, args=(index, step)) for index, step in enumerate(steps)
        ]

    def __iter__(self) -> Iterator[list[int]]:
        """Yield the outcomes of each round."""
        for worker in self._workers:
            worker.start()
        for _ in range(self._rounds):
            self._barrier.wait(30)
            self._barrier.wait(30)
            yield self.outcomes[:]
        for worker in self._workers:
            worker.join()

    def _work(self, index: int, step: Callable[[], int]) -> None:
        for _ in range(self._rounds):
            self._barrier.wait(30)
            try:
                self.outcomes[index] = step()
            except Exception as error:
                print(repr(error), file=sys.stderr)
                self.outcomes[index] = -1
            self._barrier.wait(30)


WON, LOST = 1, 2


def _saver(what: Subject, version: int, folder: Path, overwrite: bool) -> Callable[[], int]:
    def step() -> int:
        try:
            what.save(version, folder, overwrite)
        except FileExistsError:
            return LOST
        return WON

    return step


def races(subject: str, overwrite: bool, rounds: int, folder: Path) -> Report:
    """Save three versions at once."""
    what, report = SUBJECTS[subject](128 * 1024, 3), Report()
    race = Race([_saver(what, version, folder, overwrite) for version in range(3)], rounds)
    for outcomes in race:
        seen = what.seen(folder)
        report.counts["rounds"] += 1
        report.counts[f"version {seen[-1]} stayed"] += 1
        report.check(not hidden(folder), hidden(folder))
        report.check(all(isinstance(one, int) for one in seen), f"not whole: {seen}")
        if overwrite:
            report.check(outcomes == [WON] * 3, outcomes)
            report.counts["mixed"] += len(set(seen)) > 1
        else:
            report.check(sorted(outcomes) == [WON, LOST, LOST], outcomes)
            report.check(set(seen) == {outcomes.index(WON)}, f"{outcomes} left {seen}")
        what.remove(folder)
    return report


def mixed(subject: str, overwrite: bool, rounds: int, folder: Path) -> Report:
    """Save one version that overwrites, and one that does not."""
    what, report = SUBJECTS[subject](128 * 1024), Report()
    steps = [_saver(what, 0, folder, True), _saver(what, 1, folder, False)]
    for outcomes in Race(steps, rounds):
        seen = what.seen(folder)
        report.counts["rounds"] += 1
        report.counts["the other saved first"] += outcomes[1] == WON
        report.check(outcomes[0] == WON and outcomes[1] in (WON, LOST), outcomes)
        report.check(set(seen) == {0}, f"{outcomes} left {seen}")
        report.check(not hidden(folder), hidden(folder))
        what.remove(folder)
    return report


def roll_backs(subject: str, overwrite: bool, rounds: int, folder: Path) -> Report:
    """Take names back while another process replaces the first of the files that have them."""
    what, report = one_file(100), Report()
    first, others, last = "a.bin", [f"{index}.bin" for index in range(20)], "z.bin"

    def replace() -> int:
        with new_file(folder, first, overwrite=True) as part:
            part.write(what.versions[0][first])
            tries = 0
            while not (folder / first).exists() and tries < 10_000:
                tries += 1
        return WON if tries < 10_000 else LOST

    def fail() -> int:
        try:
            with new_files(folder) as files:
                for name in (first, *others, last):
                    with files.open(name) as part:
                        part.write(what.versions[1][first])
                (folder / last).write_bytes(b"in the way")
        except FileExistsError as error:
            return WON if error.filename == str(folder / last) else LOST
        return -1

    for outcomes in Race([replace, fail], rounds):
        left = {path.name for path in folder.iterdir()}
        report.counts["rounds"] += 1
        report.counts["replaced in between"] += outcomes == [WON, WON]
        report.check(-1 not in outcomes, outcomes)
        report.check(left - {last} == {first}, left)
        report.check(what.seen(folder) == [0], f"{outcomes} left {what.seen(folder)}")
        what.remove(folder)
        (folder / last).unlink(missing_ok=True)
    return report


# Attacks. Another process puts links to the outside where files are on their way.


def attacks(subject: str, overwrite: bool, rounds: int, folder: Path) -> Report:
    """Save while links to the outside come and go under the names, the hidden ones included."""
    what, report = SUBJECTS[subject](64 * 1024, 1), Report()
    inside, outside = folder / "inside", folder / "outside"
    inside.mkdir()
    outside.mkdir()
    for name in what.names:
        (outside / name).write_bytes(b"untouched")
    before = _contents(outside)
    planted = MODE.Value("i", 0)
    attacker = MODE.Process(target=_attack, args=(inside, outside, what.names, planted))
    attacker.start()
    for _ in range(rounds):
        try:
            what.save(0, inside, overwrite)
            report.counts["saved"] += 1
        except OSError as error:
            report.counts[type(error).__name__] += 1
        if not overwrite:
            for name in what.names:
                (inside / name).unlink(missing_ok=True)
    attacker.kill()
    attacker.join()
    report.counts["planted"] = planted.value
    report.check(_contents(outside) == before, _contents(outside).keys())
    return report


def _attack(inside: Path, outside: Path, names: tuple[str, ...], planted: Any) -> None:
    while True:
        for name in names:
            with suppress(OSError):
                (inside / name).symlink_to(outside / name)
                planted.value += 1
        for path in hidden(inside):
            with suppress(OSError):
                path.rename(inside / f"stolen-{path.name}")
                path.symlink_to(outside)
                planted.value += 1
        for name in names:
            (inside / name).unlink(missing_ok=True)
        time.sleep(random.uniform(0, 0.0005))


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


SCENARIOS = {
    "kills": kills,
    "interrupts": interrupts,
    "races": races,
    "mixed": mixed,
    "roll-backs": roll_backs,
    "attacks": attacks,
}


if __name__ == "__main__":
    _scenario, _subject, _overwrite, _rounds, _folder = sys.argv[1:]
    _report = SCENARIOS[_scenario](_subject, _overwrite == "True", int(_rounds), Path(_folder))
    print(json.dumps({"counts": _report.counts, "wrong": _report.wrong[:5]}))
