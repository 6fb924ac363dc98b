"""An app for tests of live calls: partial outputs, progress, places in a queue, cancelled calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
import samples
from constants import CHANGES, COUNT, ERROR_TEXT, FILES, LONG, PAUSE
from endpoints import VERSION, Endpoints, ErrorForClient, State, big, path_of

Progress = getattr(gr, "Progress", lambda: None)

_AT_ONCE = 2  # calls of one function, and before 4.0 of all
_started: list[str] = []
_ended: list[str] = []


def count(text: str) -> Any:
    """Yield 20 texts that grow, a pause before each."""
    for number in range(COUNT):
        time.sleep(PAUSE)
        text += f" {number}"
        yield text


def count_many(text: str) -> Any:
    """Yield 20 outputs of two components, of which one changes inside."""
    value: dict[str, Any] = {"items": [], "text": text}
    for number in range(COUNT):
        time.sleep(PAUSE)
        value["items"].append({"number": number})
        value["text"] += str(number)
        yield value, f"{number}"


def count_on(text: str, before: int) -> Iterator[tuple[str, int]]:
    """Yield a few texts with the number of each, which goes on with the next call."""
    for number in range(before + 1, before + 6):
        time.sleep(PAUSE)
        yield f"{text} {number}", number


def moments(text: str) -> Iterator[str]:
    """Yield 20 times the text and the time, a pause before each."""
    for _ in range(COUNT):
        time.sleep(1.4 * PAUSE)  # not in step with the server, which looks for outputs each 50 ms
        yield f"{text} {time.time()!r}"


def changes(text: str) -> Iterator[tuple[Any, list[Any], str]]:
    """Yield values that differ in all ways, beside one that stays.

    Gradio 4 and later send another JSON value whole, and the differences of a list of choices.
    """
    for value in CHANGES:
        time.sleep(PAUSE)
        yield value, value if isinstance(value, list) else [value], text


def files(_: str) -> Iterator[tuple[str, list[str]]]:
    """Yield a new file each time, and all so far."""
    paths: list[str] = []
    for content in FILES:
        time.sleep(PAUSE)
        paths.append(samples.new_file(content, "out.bin"))
        yield paths[-1], paths


def fail_late(text: str) -> Iterator[str]:
    """Yield three values and fail."""
    for number in range(3):
        time.sleep(PAUSE)
        yield f"{text} {number}"
    raise ErrorForClient(ERROR_TEXT)


def long_generator(name: str) -> Any:
    """Yield for a minute, and note when it ends."""
    _started.append(name)
    try:
        for number in range(int(LONG / PAUSE)):
            time.sleep(PAUSE)
            yield str(number)
    finally:
        _ended.append(name)


async def long_wait(name: str) -> str:
    """Wait for a minute, and note when it ends."""
    _started.append(name)
    try:
        await asyncio.sleep(LONG)
        return name
    finally:
        _ended.append(name)


def started() -> list[str]:
    """Return what the slow and the long calls that have begun were given."""
    return [*_started]


def ended() -> list[str]:
    """Return the names of the long calls that have ended."""
    return [*_ended]


def steps(text: str, progress: Any = Progress()) -> str:  # noqa: B008 - as Gradio wants it
    """Count to ten with a progress bar."""
    progress(0, desc="begins")
    for number in range(10):
        time.sleep(0.1)
        progress((number + 1, 10), desc=f"step {number}", unit="rounds")
    return text


def echo(text: str) -> str:
    """Return the text."""
    return text


def echo_slowly(text: str) -> str:
    """Return the text after half a second."""
    _started.append(text)
    time.sleep(0.5)
    return text


def live() -> gr.Blocks:
    """An app whose functions take their time."""
    _started.clear()  # the process may have had such an app before
    _ended.clear()
    at_once = {"concurrency_limit": _AT_ONCE} if VERSION >= (4, 0) else {}
    with gr.Blocks() as blocks:
        app = Endpoints()
        for function in (echo, echo_slowly, long_wait):
            app.add(function.__name__, function, [gr.Textbox()], [gr.Textbox()])
        for function in (started, ended):
            app.add(function.__name__, function, [], [gr.JSON()], queue=False)
        app.add("receive", path_of_file, [gr.File()], [gr.Textbox()])
        app.add("big", big, [gr.Number()], [gr.File()])
        if VERSION < (3, 1):
            return blocks
        for generator in (count, moments, long_generator):
            app.add(generator.__name__, generator, [gr.Textbox()], [gr.Textbox()], **at_once)
        app.add("fail_late", fail_late, [gr.Textbox()], [gr.Textbox()])
        app.add("changes", changes, [gr.Textbox()], [gr.JSON(), gr.CheckboxGroup(), gr.Textbox()])
        app.add("count_many", count_many, [gr.Textbox()], [gr.JSON(), gr.Textbox()])
        app.add("files", files, [gr.Textbox()], [gr.File(), gr.File(file_count="multiple")])
        state = State(0)
        app.add("count_on", count_on, [gr.Textbox(), state], [gr.Textbox(), state], **at_once)
        if hasattr(gr, "Progress"):
            app.add("steps", steps, [gr.Textbox()], [gr.Textbox()])
    return queued(blocks)


def queued(blocks: gr.Blocks) -> gr.Blocks:
    """Let the app run some calls at once."""
    return blocks.queue(concurrency_count=_AT_ONCE) if VERSION < (4, 0) else blocks.queue()


def path_of_file(file: Any) -> str:
    """Return the path of an uploaded file."""
    return str(path_of(file))
