"""The official clients and this package agree on what they send to a server and read from it.

What a client sends is read here as the value that it was given, the server's function gets the same
from both, and what a client makes of an answer is what is made of it here. Each client calls every
endpoint once, with the values of `CASES`. Where it differs from us, and is meant to, `DIFFERENCES`
says why; the tests then check that it does differ.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from PIL import Image

import encoders
from encoders import EncodersError, Interface
from encoders.predict import Component, File, Table
from encoders.predict.endpoints import Endpoint
from encoders.video import Video
from tests.paths import FIXTURES

from . import clients
from .clients import Call, ClientError, Outcome, Sent
from .servers import serve

pytestmark = pytest.mark.interop

ALL = ("3", "4", "5", "6")
ERAS = ALL if os.environ.get("ENCODERS_ALL_ERAS") == "1" else ("3", "6")
CLIENTS: Mapping[str, Mapping[str, clients.PythonClient | clients.NodeClient]] = {
    "python": clients.PYTHON,
    "node": clients.NODE,
}

IMAGE, AUDIO, VIDEO, FILE = (FIXTURES / kind for kind in ("image", "audio", "video", "file"))
PNG, JPG = IMAGE / "small.png", IMAGE / "small.jpg"
MP4 = VIDEO / "clip.mp4"
PDF, CSV = FILE / "report.pdf", FILE / "table.csv"
TEXT = 'Grüße, "日本"\n\\ <b>&</b>'


@dataclass(frozen=True)
class Renamed:
    """A file under another name than its own."""

    source: Path
    name: str


@dataclass(frozen=True)
class Handed:
    """A file that a client for Node is given as a path or as bytes, in place of a `File`."""

    way: str
    source: Path


@dataclass(frozen=True)
class Case:
    """What is sent to an endpoint.

    Attributes:
        endpoint: its name, less the slash.
        inputs: the values as this package takes them.
        theirs: the JSON that a client is given, by era, where `inputs` do not say it.
        eras: in which there is the endpoint.
        name: what tells it from the other cases of an endpoint.
        reports: whether the last output is the report on what the server got.
        clients: which of them can send it.
    """

    endpoint: str
    inputs: tuple[Any, ...]
    theirs: Mapping[str, Any] = field(default_factory=dict)
    eras: str = "3456"
    name: str = ""
    reports: bool = True
    clients: tuple[str, ...] = tuple(CLIENTS)

    @property
    def label(self) -> str:
        return f"{self.endpoint}-{self.name}" if self.name else self.endpoint

    def is_sent_by(self, client: str, era: str) -> bool:
        return client in self.clients and era in self.eras


def case(endpoint: str, value: Any, theirs: Mapping[str, Any] | None = None, **more: Any) -> Case:
    """The case of one input."""
    wrapped = {era: (given,) for era, given in (theirs or {}).items()}
    return Case(endpoint, (value,), wrapped, **more)


def since(first: int, value: Any) -> dict[str, Any]:
    """The same JSON from an era on."""
    return {era: value for era in ALL if int(era) >= first}


ROWS = [["a", 1], ["b", 2.5], ["", None]]
TABLE = {"headers": ["name", "größe"], "data": ROWS, "metadata": None}
SERIES = {"headers": ["t", "y"], "data": [[0, 1], [1, 2.5]]}
LABEL = {
    "label": "cat",
    "confidences": [{"label": "cat", "confidence": 0.75}, {"label": "dog", "confidence": 0.25}],
}
SPANS = [("Paris", "place"), (" is far", None), ("!", "0.5")]
TOKENS = [{"token": text, "class_or_confidence": label} for text, label in SPANS]
PAIRS = [["Hello", "Hi"], ["How are you?", None]]
MESSAGES = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi"}]
PARTS = [{**said, "content": [{"type": "text", "text": said["content"]}]} for said in MESSAGES]
CLIP = {era: {"video": MP4, "subtitles": None} for era in ("4", "5")}
BASE, MASK = IMAGE / "lossless.webp", IMAGE / "rgba.png"
ANNOTATED = {"image": BASE, "annotations": [{"image": MASK, "label": "a mask"}]}
FILED = {"file": PNG, "alt_text": "Grüße"}
PICTURES = [{"image": PNG, "caption": None}, {"image": JPG, "caption": "Grüße"}]
ODD = Renamed(PDF, "Grüße, (1) 100% & +#ß.pdf")

CASES = (
    case("textbox", TEXT),
    case("textbox", None, name="none"),
    case("html", TEXT),
    case("markdown", TEXT),
    case("code", TEXT),
    case("colorpicker", "#ff8800"),
    case("number", 2.5),
    case("number", None, name="none"),
    case("slider", 42),
    case("checkbox", True),
    case("checkboxgroup", ["a", "c"]),
    case("radio", "b"),
    case("dropdown", "b"),
    case("dropdown_multi", ["a", "c"]),
    case("json", {"text": TEXT, "list": [1, 2.5, None, True, {}]}),
    case("json", None, name="none"),
    case("datetime", datetime(2026, 1, 31, 12, 30), since(4, "2026-01-31 12:30:00"), eras="456"),
    case("datetime_string", "2026-01-31 12:30:00", eras="456"),
    case("image", PNG),
    case("image", JPG, name="jpg"),
    case("image", IMAGE / "exif6.jpg", name="exif"),
    case("image", IMAGE / "rgba.png", name="alpha"),
    case("image", IMAGE / "palette.png", name="palette"),
    case("image", IMAGE / "small.gif", name="gif"),
    case("image", IMAGE / "gray16.png", name="deep"),
    case("image", IMAGE / "small.avif", name="avif"),
    case("image", PNG, since(3, Handed("path", PNG)), name="path", clients=("node",)),
    case("image", None, name="none"),
    case("image_pil", IMAGE / "small.webp"),
    case("image_filepath", PNG),
    case("image_filepath", IMAGE / "exif6.jpg", name="exif"),
    case("image_rgba", IMAGE / "rgba.png"),
    case("imageeditor", {"background": PNG, "layers": [], "composite": PNG}, eras="456"),
    case(
        "imageeditor",
        {"background": PNG, "layers": [IMAGE / "rgba.png"], "composite": None},
        eras="456",
        name="layers",
    ),
    case("imageslider", (PNG, JPG), eras="56"),
    case("annotatedimage", PNG),
    case("annotatedimage_in", (BASE, [(MASK, "a mask")]), since(4, ANNOTATED), eras="456"),
    case("audio", AUDIO / "stereo.wav"),
    case("audio", None, name="none"),
    case("audio_filepath", AUDIO / "recording.wav"),
    # Without ffmpeg, older servers take WAV only.
    case("audio_filepath", AUDIO / "tone.mp3", eras="56", name="mp3"),
    case("video", MP4, CLIP),
    case("video", None, name="none"),
    case("video_subtitles", MP4, CLIP),
    case("file", PDF),
    case("file", None, name="none"),
    case("file", FILE / "archive.tar.gz", name="dots"),
    case("file", ODD, name="odd"),
    case("file", PDF, since(3, Handed("path", PDF)), name="path", clients=("node",)),
    case("file", PDF.read_bytes(), since(3, Handed("bytes", PDF)), name="bytes", clients=("node",)),
    case("file_multiple", [PDF, CSV]),
    case("file_binary", FILE / "random.bin"),
    case("uploadbutton", PDF),
    case("uploadbutton_multiple", [PDF, CSV]),
    case("downloadbutton", PDF, eras="456"),
    case("fileexplorer", [["a.txt"], ["inner", "ü.txt"]]),
    case("model3d", FILE / "cube.glb"),
    case("model3d", FILE / "cube.obj", name="obj"),
    case("dataframe", (TABLE["headers"], ROWS), since(3, TABLE)),
    case("dataframe", None, name="none"),
    case("dataframe_array", (TABLE["headers"], ROWS), since(3, TABLE)),
    case("timeseries", (SERIES["headers"], SERIES["data"]), {"3": SERIES}, eras="3"),
    case("label", {"cat": 0.75, "dog": 0.25}, since(4, LABEL)),
    case("label_out", {"cat": 0.75, "dog": 0.25}),
    case("highlightedtext", SPANS, since(4, TOKENS)),
    case("highlightedtext_out", SPANS),
    case("gallery", [PNG, (JPG, "Grüße")], since(4, PICTURES), eras="456"),
    case("gallery_out", PNG),
    case("gallery_mixed", [PNG, MP4], eras="56"),
    case("chatbot", PAIRS, eras="3"),
    case("chatbot_tuples", PAIRS, eras="45"),
    case("chatbot_messages", MESSAGES, {"6": PARTS}, eras="456"),
    case(
        "chatbot_messages",
        [{"role": "user", "content": (PNG, "Grüße")}],
        {
            **since(4, [{"role": "user", "content": FILED}]),
            "6": [{"role": "user", "content": [{"type": "file", **FILED}]}],
        },
        eras="456",
        name="file",
    ),
    case(
        "chatbot_tuples",
        [((PNG, "Grüße"), "Hi")],
        since(4, [[FILED, "Hi"]]),
        eras="45",
        name="file",
    ),
    case("chatbot_media", PNG),
    case("multimodaltextbox", {"text": TEXT, "files": [PNG, PDF]}, eras="456"),
    case("dialogue", [{"speaker": "A", "text": "Hello"}], eras="56"),
    case("plot_matplotlib", "x"),
    case("plot_plotly", "x"),
    # Of 3.x, what Altair draws is numbered anew each time.
    case("lineplot", "x", eras="456"),
    case("none_out", "x", reports=False),
    case("nothing_out", "x", reports=False),
    Case("nothing_in", (), reports=False),
    Case("two_in", (TEXT, PNG), reports=False),
    Case("labels", ("a", "", TEXT, " "), reports=False),
    Case("defaults", (TEXT,), eras="456"),
    Case("state", ("x",)),
    # In 3.x, what a function yields goes by a WebSocket.
    Case("stream", ("x",), eras="456", reports=False),
    Case("update", ("x",), reports=False),
)


@dataclass(frozen=True)
class Difference:
    """What a client and this package do not agree on, and are not meant to.

    Attributes:
        reason: why.
        cases: their labels, or patterns of these.
        checks: in which of the tests it shows.
        clients: with which of them.
        eras: in which.
        alike: takes what may differ out of either value, so that the rest is compared.
        error: what is raised, as a regular expression, where there is nothing to compare.
    """

    reason: str
    cases: tuple[str, ...]
    checks: tuple[str, ...]
    clients: tuple[str, ...] = tuple(CLIENTS)
    eras: str = "3456"
    alike: Callable[[Any], Any] | None = None
    error: str | None = None

    def holds(self, check: str, client: str, era: str, label: str) -> bool:
        known = check in self.checks and client in self.clients and era in self.eras
        return known and any(fnmatch(label, pattern) for pattern in self.cases)


def nameless(value: Any) -> Any:
    """The value less the names of files in it."""
    if isinstance(value, dict):
        hashed = "sha256" in value
        return {k: nameless(item) for k, item in value.items() if not (hashed and k == "name")}
    return [nameless(item) for item in value] if isinstance(value, list) else value


def elsewhere(value: Any) -> Any:
    """The value with the same in place of each file, be it fetched or left on the server."""
    if isinstance(value, dict):
        if "sha256" in value or "is_file" in value:
            return "a file"
        return {key: elsewhere(item) for key, item in value.items()}
    return [elsewhere(item) for item in value] if isinstance(value, list) else value


def without_subtitles(answer: Any) -> Any:
    (video,) = answer
    return video[0] if isinstance(video, list) else video


def captioned(answer: Any) -> Any:
    (pictures,) = answer
    return [item if isinstance(item, list) else [item, None] for item in pictures]


SENT, SEEN, ANSWER = "sent", "seen", "answer"
# What 0.6.0 for Node says of any error of a server's.
NODE_FAILS = "Cannot read properties of undefined"
DIFFERENCES = (
    Difference(
        "The picture is laid on white; a server cuts alpha off, and shows what was hidden.",
        ("image-alpha",),
        (SENT, SEEN, ANSWER),
    ),
    Difference(
        "A still GIF goes as PNG; servers give indices into its palette to the function.",
        ("image-gif",),
        (SENT, SEEN, ANSWER),
        eras="456",
    ),
    Difference(
        "Depth is brought from 16 bits to 8; a server makes all white what is above 255.",
        ("image-deep",),
        (SENT, SEEN, ANSWER),
    ),
    Difference(
        "AVIF goes as PNG; the Pillow of these servers does not read it.",
        ("image-avif",),
        (SEEN, ANSWER),
        eras="34",
        error=f"cannot identify image file|{NODE_FAILS}",
    ),
    Difference(
        "None for a table goes as an empty one...",
        ("dataframe-none",),
        (SENT,),
    ),
    Difference(
        "... for servers fail on null.",
        ("dataframe-none",),
        (SEEN, ANSWER),
        error=f"NoneType|{NODE_FAILS}",
    ),
    Difference(
        "The client parses an output of JSON twice, and fails where it is a text.",
        ("textbox", "html", "markdown", "code", "colorpicker", "radio", "dropdown", "plot_*"),
        (SEEN, ANSWER),
        ("python",),
        "3",
        error="JSONDecodeError",
    ),
    Difference(
        "The client names a file by its whole path, of which the server keeps the letters.",
        ("audio_filepath", "video", "video_subtitles", "model3d*"),
        (SEEN,),
        ("python",),
        "3",
        alike=nameless,
    ),
    Difference(
        "The client drops subtitles.",
        ("video", "video_subtitles"),
        (ANSWER,),
        ("python",),
        "3",
        alike=without_subtitles,
    ),
    Difference(
        "The client sends no video as a pair of nulls, which the server does not read either.",
        ("video-none",),
        (SEEN, ANSWER),
        ("python",),
        "3",
        error="'NoneType' object has no attribute 'get'",
    ),
    Difference(
        "The client does not read null as a video.",
        ("none_out",),
        (ANSWER,),
        ("python",),
        "3",
        error="Expected tuple of length 2. Received: None",
    ),
    Difference(
        "The client opens None as a file.",
        ("file-none",),
        (SENT, SEEN, ANSWER),
        ("python",),
        "3",
        error="expected str, bytes or os.PathLike object, not NoneType",
    ),
    Difference(
        "The clients leave files inside of JSON where they are...",
        ("annotatedimage", "chatbot_media"),
        (ANSWER,),
        eras="3",
        alike=elsewhere,
    ),
    Difference(
        "... and the one for Node those in the pair of a video and its subtitles.",
        ("video", "video_subtitles"),
        (ANSWER,),
        ("node",),
        "3",
        alike=elsewhere,
    ),
    Difference(
        "The clients give each picture a caption, if only None.",
        ("gallery_out",),
        (ANSWER,),
        eras="3",
        alike=captioned,
    ),
    Difference(
        "The clients upload the file, which the server then names by fewer of its letters...",
        ("file-odd",),
        (SEEN,),
        eras="3",
        alike=nameless,
    ),
    Difference(
        "... and the one for Node sends no name but that.",
        ("file-odd",),
        (SENT,),
        ("node",),
        "3",
        alike=nameless,
    ),
    Difference(
        "Clients before 2.0 keep fewer letters of a name themselves.",
        ("file-odd",),
        (SENT,),
        ("python",),
        "45",
        alike=nameless,
    ),
    Difference(
        "A file without a name is named by its kind here, 'blob' there...",
        ("file-bytes",),
        (SENT, SEEN),
        alike=nameless,
    ),
    Difference(
        "... where one that is given by its path loses its name...",
        ("file-path",),
        (SEEN,),
        alike=nameless,
    ),
    Difference(
        "... and in 3.x is sent without one, too.",
        ("file-path",),
        (SENT,),
        eras="3",
        alike=nameless,
    ),
    Difference(
        "The client sends null in place of defaults.",
        ("defaults",),
        (SENT, SEEN),
        ("node",),
    ),
    Difference(
        "The client sends nothing in place of state, and the server misses it.",
        ("state",),
        (SENT, SEEN, ANSWER),
        ("node",),
        "3",
        error=f"the response has 1 outputs for 2 components|{NODE_FAILS}",
    ),
)


class Session:
    """What we and the clients of its era do with a running server.

    Attributes:
        era: the server's.
        url: the server's.
    """

    def __init__(self, era: str, interface: Interface, folder: Path) -> None:
        self.era = era
        self.url = str(interface.url)
        self._interface = interface
        self._folder = folder
        self._running: dict[str, Future[dict[str, Outcome]]] = {}
        self._outputs: dict[str, list[Any]] = {}

    @classmethod
    @contextmanager
    def begun(cls, era: str, folder: Path) -> Iterator[Session]:
        """Start a server, and let the clients call it, one after the other.

        Gradio names a picture that it keeps by its content, and writes it anew on each call: who
        fetches it meanwhile may get an empty file.
        """
        one = ThreadPoolExecutor(max_workers=1)
        with serve(era) as server, Interface(server.url) as interface, one as pool:
            session = cls(era, interface, folder)
            session._begin(pool)
            yield session

    def _begin(self, pool: ThreadPoolExecutor) -> None:
        for value in (value for case in CASES for value in case.inputs):
            if isinstance(value, Renamed):
                shutil.copyfile(value.source, self._folder / value.name)
        for client in CLIENTS:
            if client != "node" or clients.has_node():
                self._running[client] = pool.submit(self._called, client)

    def endpoint(self, case: Case) -> Endpoint:
        return self._interface.endpoint(case.endpoint)

    def outcome(self, client: str, case: Case) -> Outcome:
        """How the client's call ended."""
        return self._running[client].result()[case.label]

    def _called(self, client: str) -> dict[str, Outcome]:
        folder = self._folder / client
        folder.mkdir()
        calls = [
            Call(known.label, f"/{known.endpoint}", self._marked(known))
            for known in CASES
            if known.is_sent_by(client, self.era)
        ]
        return clients.call_all(CLIENTS[client][self.era], self.url, calls, folder)

    def _marked(self, case: Case) -> list[Any]:
        given = self._placed(case.theirs.get(self.era, case.inputs))
        return [marked(value) for value in given]

    def outputs(self, case: Case) -> list[Any]:
        """What the server answers to us, less state, with the files marked that we save of it."""
        if case.label not in self._outputs:
            wait(self._running.values())
            answer = self._interface.predict(
                *self._placed(case.inputs), api_name=case.endpoint, fetch=True
            )
            folder = self._folder / "ours" / case.label
            folder.mkdir(parents=True)
            answer.save(folder)
            saved = json.loads((folder / "response.json").read_text("utf-8"))["data"]
            pairs = zip(saved, self.endpoint(case).outputs, strict=True)
            self._outputs[case.label] = [
                marked_in(folder, value) for value, known in pairs if not known.hidden
            ]
        return self._outputs[case.label]

    def payload(self, case: Case) -> tuple[list[Any], dict[str, Sent]]:
        """What we would send to the server, and the files that go up before, by their paths."""
        uploads: dict[str, Sent] = {}

        def upload(name: str, file: BinaryIO) -> str:
            path = f"/uploads/{len(uploads)}/{name}"
            uploads[path] = Sent(name, file.read())
            return path

        endpoint = self.endpoint(case)
        made = encoders.payload(
            *endpoint.arguments(self._placed(case.inputs), {}),
            components=[parameter.component for parameter in endpoint.inputs],
            era=self._interface.era,
            upload=upload if self.era >= "4" else None,
        )
        return made["data"], uploads

    def _placed(self, value: Any) -> Any:
        """The value with the path of a copy in place of a file that is renamed."""
        if isinstance(value, Renamed):
            return self._folder / value.name
        return tuple(map(self._placed, value)) if isinstance(value, tuple) else value


def marked(value: Any) -> Any:
    """The value as JSON, in which files are marked for the scripts that run the clients."""
    if isinstance(value, Path):
        return {"$file": str(value)}
    if isinstance(value, Handed):
        return {f"${value.way}": str(value.source)}
    if isinstance(value, dict):
        return {key: marked(item) for key, item in value.items()}
    return [marked(item) for item in value] if isinstance(value, list | tuple) else value


def marked_in(folder: Path, saved: Any) -> Any:
    """What `Response.save` wrote, with its files marked in the same way."""
    if isinstance(saved, dict):
        if set(saved) == {"file", "media_type"}:
            return marked(folder / saved["file"])
        return {key: marked_in(folder, item) for key, item in saved.items()}
    return [marked_in(folder, item) for item in saved] if isinstance(saved, list) else saved


def calls(reporting: bool = False) -> pytest.MarkDecorator:
    """Run a test with each client's calls, or those to endpoints that report what they get."""
    without_node = pytest.mark.skipif(not clients.has_node(), reason="needs Node and npm")
    found = [
        pytest.param(
            era,
            client,
            case,
            id=f"{client}-{era}-{case.label}",
            marks=[without_node] if client == "node" else [],
        )
        for era in ERAS
        for client in CLIENTS
        for case in CASES
        if case.is_sent_by(client, era) and (case.reports or not reporting)
    ]
    return pytest.mark.parametrize(("era", "client", "case"), found)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Session]]:
    """A session of each era, begun when it is first asked for."""
    begun: dict[str, Session | RuntimeError] = {}
    with ExitStack() as stack:

        def session(era: str) -> Session:
            if era not in begun:
                try:
                    folder = tmp_path_factory.mktemp("clients")
                    begun[era] = stack.enter_context(Session.begun(era, folder))
                except RuntimeError as error:  # each test fails, without another try
                    begun[era] = error
            found = begun[era]
            if isinstance(found, RuntimeError):
                raise found
            return found

        yield session


@pytest.fixture
def session(sessions: Callable[[str], Session], era: str) -> Session:
    return sessions(era)


@calls()
def test_sent_json_is_read_as_what_we_would_send(session: Session, client: str, case: Case) -> None:
    outcome = session.outcome(client, case)
    components = [parameter.component for parameter in session.endpoint(case).inputs]

    agree(
        known_difference(SENT, client, session.era, case.label),
        theirs=lambda: decoded(outcome.sent, outcome.recorded.uploads, components),
        ours=lambda: decoded(*session.payload(case), components),
    )


@calls(reporting=True)
def test_server_sees_the_same_value(session: Session, client: str, case: Case) -> None:
    outcome = session.outcome(client, case)

    agree(
        known_difference(SEEN, client, session.era, case.label),
        theirs=lambda: hashed(outcome.outputs[-1]),
        ours=lambda: hashed(session.outputs(case)[-1]),
    )


@calls()
def test_answer_is_the_same_with_the_files_in_it(session: Session, client: str, case: Case) -> None:
    outcome = session.outcome(client, case)
    last = -1 if case.reports else None

    agree(
        known_difference(ANSWER, client, session.era, case.label),
        theirs=lambda: hashed(outcome.outputs[:last]),
        ours=lambda: hashed(session.outputs(case)[:last]),
    )


@pytest.mark.skipif(not clients.has_node(), reason="needs Node and npm")
@pytest.mark.parametrize("era", ["3"])
def test_newest_client_for_node_refuses_gradio_3(session: Session, tmp_path: Path) -> None:
    call = Call("textbox", "/textbox", [TEXT])

    refused = clients.call_all(clients.NODE["6"], session.url, [call], tmp_path)["textbox"]

    with pytest.raises(ClientError, match="legacy version of Gradio"):
        _ = refused.outputs


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda known: known.reason)
def test_every_difference_is_looked_for(difference: Difference) -> None:
    for check in difference.checks:
        for pattern in difference.cases:
            assert any(
                known_difference(check, client, era, case.label) is difference
                for case in CASES
                for client in CLIENTS
                for era in ALL
                if fnmatch(case.label, pattern) and case.is_sent_by(client, era)
            )


def known_difference(check: str, client: str, era: str, label: str) -> Difference | None:
    known = [found for found in DIFFERENCES if found.holds(check, client, era, label)]
    assert len(known) <= 1, "two differences for one comparison"
    return known[0] if known else None


def agree(known: Difference | None, theirs: Callable[[], Any], ours: Callable[[], Any]) -> None:
    """Check that two values are the same, or differ in what is known, and in no more."""
    expected = ours()
    if known is None:
        assert_same(theirs(), expected)
    elif known.error:
        with pytest.raises((ClientError, EncodersError), match=known.error):
            theirs()
    else:
        found = theirs()
        assert found != expected, f"no longer: {known.reason}"
        if known.alike:
            assert_same(known.alike(found), known.alike(expected))


def assert_same(found: Any, expected: Any) -> None:
    """Check two JSON values, down to the order of keys, and to what is true or only 1."""
    assert found == expected
    assert json.dumps(found) == json.dumps(expected)


def decoded(wire: list[Any], uploads: Mapping[str, Sent], components: list[Component]) -> Any:
    """What we read in the inputs of a call, with the files that were uploaded before it."""
    body = {"data": json.loads(json.dumps(wire))}
    references = encoders.response(body, components).references
    files = {known: File(uploads[known.path].data, known.name) for known in references}
    return [comparable(value) for value in encoders.response(body, components, files=files).data]


def comparable(value: Any) -> Any:
    """What tells a value from others, as JSON."""
    if isinstance(value, Image.Image):
        return {"mode": value.mode, "size": list(value.size), "sha256": sha256(value.tobytes())}
    if isinstance(value, Video):
        return {"sha256": sha256(value.data)}
    if isinstance(value, File):
        return {"name": value.name, "sha256": sha256(value.data)}
    if isinstance(value, Table):
        return {"columns": value.headers, "rows": whole(value.rows)}
    if hasattr(value, "dtype"):
        described = {"shape": list(value.shape), "dtype": str(value.dtype)}
        return {**described, "sha256": sha256(value.tobytes())}
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else whole(value)


def hashed(value: Any) -> Any:
    """The JSON with a hash of their content in place of files, marked or in a data URL."""
    if isinstance(value, dict):
        if set(value) == {"$file"}:
            return {"sha256": sha256(Path(value["$file"]).read_bytes())}
        return {key: hashed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hashed(item) for item in value]
    if isinstance(value, str) and value.startswith("data:"):
        return {"sha256": sha256(encoders.data_url.parse(value).data)}
    return whole(value)


def whole(value: Any) -> Any:
    """The JSON with whole numbers as integers: JavaScript does not tell 1.0 from 1."""
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
