"""Threads that share one object, or make the first calls of a process."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
import time
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest
from PIL import Image

import encoders
from encoders import DataURL, Interface, Limits, file, image, mime
from encoders.errors import LimitError
from tests.paths import FIXTURES
from tests.predict.http_server import Json, gradio, http_server
from tests.threads import (
    CLIPS,
    COMPONENTS,
    FOREIGN,
    FORMATS,
    PATIENCE,
    PICTURES,
    ROUNDS,
    SOUNDS,
    THREADS,
    answer,
    answer_text,
    check,
    in_threads,
    saved,
    url,
)

PACKAGE = Path(encoders.__file__).parent
pytestmark = [pytest.mark.usefixtures("hectic"), pytest.mark.long]


def test_threads_can_encode_one_picture() -> None:
    """Each uses its own options, which Pillow stores in the picture while it saves it."""
    shared = image.decode(url(0, PICTURES))

    check(lambda n: image.encode(shared, format="jpeg", quality=5 * n + 1))
    check(lambda n: image.encode(shared, format=FORMATS[n % len(FORMATS)]))


@pytest.mark.parametrize("name", ["image/small.png", "image/photo.jpg", "image/animated.gif"])
def test_threads_can_encode_one_picture_that_is_not_loaded(name: str) -> None:
    with Image.open(FIXTURES / name) as picture:
        alone = image.encode(picture)
    with Image.open(FIXTURES / name) as shared:
        found = in_threads(lambda _: image.encode(shared), 1)

    wrong = [result for (result,) in found if result != alone]
    assert [str(result)[:99] for result in wrong] == []


def test_a_refused_picture_does_not_block_another() -> None:
    with Image.open(FIXTURES / "image" / "animated.gif") as picture:
        with pytest.raises(LimitError) as kept:
            image.encode(picture, format="webp", limits=Limits(max_held_pixels=10))
        other = threading.Thread(target=image.encode, args=(picture.copy(),), daemon=True)
        other.start()
        other.join(PATIENCE)

    assert not other.is_alive()
    assert kept.value.limit == "max_held_pixels"


def test_threads_decode_an_output_to_one_object() -> None:
    for _ in range(ROUNDS):
        shared = encoders.response(answer_text(), COMPONENTS).data
        found = in_threads(lambda n, shared=shared: id(shared[n % 2]), 1)  # type: ignore[misc]

        assert len(set(chain.from_iterable(found))) == 2


@pytest.mark.parametrize("overwrite", [False, True])
def test_threads_that_save_one_name_leave_one_whole_file(overwrite: bool, tmp_path: Path) -> None:
    sizes = [10_000 + number for number in range(THREADS)]

    def save(number: int) -> str:
        text = str(DataURL("a/b", bytes(sizes[number])))
        return file.save(text, tmp_path / "new", "one.bin", overwrite=overwrite).name

    found = Counter(repr(results[0]).partition("(")[0] for results in in_threads(save, 1))

    assert found == ({"'one.bin'": 16} if overwrite else {"'one.bin'": 1, "OutputExistsError": 15})
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["one.bin"]
    assert (tmp_path / "new" / "one.bin").stat().st_size in sizes


def test_threads_that_save_one_answer_leave_whole_files(tmp_path: Path) -> None:
    names = in_threads(lambda _: [path.name for path in answer().save(tmp_path, overwrite=True)], 1)

    assert names == [[list(saved(0))]] * THREADS
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == saved(0)


def test_a_function_with_state_is_called_by_one_thread_at_a_time() -> None:
    under_way = threading.Lock()
    parts = ["textbox", "state"]

    def slow(text: str, _: Json) -> list[Json]:
        assert under_way.acquire(blocking=False)
        time.sleep(0.01)
        under_way.release()
        return [text, None]

    plays = gradio("6", slow, inputs=parts, outputs=parts)
    with http_server(plays) as server, Interface(server.url) as app:
        results = in_threads(lambda number: app.predict(str(number)).data[0], 1)

    assert results == [[str(number)] for number in range(THREADS)]


def test_threads_can_close_one_interface() -> None:
    with http_server(gradio("3")) as server, Interface(server.url, timeout=5) as app:
        app.predict("hi")
        assert in_threads(lambda _: app.close(), 1) == [[None]] * THREADS


def test_threads_never_share_a_session_without_state() -> None:
    """Servers keep a generator by session: a call would continue another one's."""
    with http_server(gradio("3")) as server, Interface(server.url) as app:
        in_threads(lambda n: app.predict(str(n)), 1)

    sessions = [seen.json["session_hash"] for seen in server.seen if seen.body]
    assert len(set(sessions)) == THREADS


# State of the process.


_SLOW_IMPORT = """
import threading
from PIL import Image
from encoders import image

inside = threading.Event()
register = Image.register_open

def slow_register(name, *more):
    register(name, *more)
    if name == "QOI":
        inside.set()
        threading.Event().wait(0.3)  # time for the other thread to fail

Image.register_open = slow_register
other = threading.Thread(target=Image.init)
other.start()
inside.wait()
print(image.decode("data:;base64,cW9pZgAAAAEAAAABAwD+/wAAAAAAAAAAAAE=").getpixel((0, 0)))
other.join()
"""


def test_a_plugin_that_another_thread_is_loading_is_waited_for() -> None:
    command = [sys.executable, "-c", _SLOW_IMPORT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr[-200:]) == ("(255, 0, 0)\n", "")


def test_libmagic_gives_threads_the_results_of_one_thread() -> None:
    """They share one handle, which python-magic locks."""
    magic = pytest.importorskip("magic", exc_type=ImportError)
    ask = magic.Magic(mime=True).from_buffer

    check(lambda n: [ask(FOREIGN[(n + i) % len(FOREIGN)]) for i in range(100)])
    check(lambda n: [mime.detect(FOREIGN[(n + i) % len(FOREIGN)]) for i in range(100)])


_CHANGES = {
    *("catch_warnings", "simplefilter", "filterwarnings", "setlocale", "chdir", "umask"),
    *("setrecursionlimit", "setswitchinterval", "putenv", "set_level", "setdefaulttimeout"),
    *("MAX_IMAGE_PIXELS", "LOAD_TRUNCATED_IMAGES", "MAXBLOCK", "LOADING_STRATEGY"),
}


def test_nothing_changes_state_that_all_threads_share() -> None:
    """Such as the filters of warnings, which another thread would lose."""
    named = {
        name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        for name in (getattr(node, "attr", None), getattr(node, "id", None))
    }
    assert not named & _CHANGES


# The first call in an interpreter that has imported nothing yet.

_CHILD = """
import sys, threading
sys.setswitchinterval(1e-6)
calls = sys.argv[2:]
barrier = threading.Barrier(16)
found = [None] * 16

def url(name):
    import encoders
    return encoders.file.encode(f"{sys.argv[1]}/{name}")

def call(number):
    import encoders
    from encoders import Interface, audio, data_url, image, mime, video
    text = calls[number % len(calls)]
    return repr(eval(text, globals() | locals()))

def run(number):
    barrier.wait()
    try:
        found[number] = call(number)
    except BaseException as error:
        found[number] = error

threads = [threading.Thread(target=run, args=(number,)) for number in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
for number, result in enumerate(found):
    if isinstance(result, BaseException):
        print(calls[number % len(calls)], repr(result), repr(result.__cause__))
    elif result != call(number):
        print(calls[number % len(calls)], "gave another result")
"""

FIRST = {
    "a name": [f"encoders.{name}" for name in encoders.__all__ if name != "Interface"][:16],
    "another name": [f"encoders.{name}" for name in encoders.__all__][16:],
    "a picture": [f"image.decode_array(url({name!r})).tobytes()" for name in PICTURES],
    "a picture written": [
        f"image.encode(url('image/small.jpg'), format={format!r}, max_size=64)"
        for format in FORMATS
    ],
    "a sound": [f"audio.decode(url({name!r}))[1].tobytes()" for name in SOUNDS],
    "a video": [f"next(video.decode(url({name!r})).frames()).tobytes()" for name in CLIPS],
    "a media type": [f"mime.detect({head!r})" for head in FOREIGN],
    "rows": ["list(encoders.batch.encode([f'{sys.argv[1]}/file/report.pdf'], workers=1))"],
    "a payload": [
        "encoders.payload(b'%PDF-1.7', 'text', number)",
        "encoders.payload([[1, 2]], components=['dataframe'], era='4')",
        'encoders.response(\'{"data": [{"headers": [], "data": []}]}\').data[0]',
        "Interface({'version': '2.9.4', 'input_components': [], 'output_components': []}).text()",
    ],
}
FIRST["anything"] = [calls[-1] for calls in FIRST.values()]


@pytest.mark.parametrize("what", FIRST)
def test_first_call_may_be_made_by_many_threads_at_the_same_time(what: str) -> None:
    command = [sys.executable, "-c", _CHILD, str(FIXTURES), *FIRST[what]]
    children = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(3)
    ]
    assert [child.communicate(timeout=PATIENCE)[0] for child in children] == [""] * 3
    assert [child.returncode for child in children] == [0] * 3
