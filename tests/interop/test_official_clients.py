"""The official clients and this package send the same values, and decode answers to the same.

Every client calls every endpoint with the values of `CASES`, and the tests compare with this
package: the JSON and the files that are sent, the values that the server's function receives, and
the decoded answers. `DIFFERENCES` lists the intended differences, and the tests check that each of
them still exists.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
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

from . import official_clients
from .official_clients import Call, ClientError, NodeClient, Outcome, PythonClient, Upload
from .reports import array_report
from .servers import serve

pytestmark = pytest.mark.interop

ALL = ("3", "4", "5", "6")
ERAS = ALL if os.environ.get("ENCODERS_ALL_ERAS") == "1" else ("3", "6")
CLIENTS: Mapping[str, Mapping[str, PythonClient | NodeClient]] = {
    "python": official_clients.PYTHON,
    "node": official_clients.NODE,
}

IMAGE, AUDIO, VIDEO, FILE = (FIXTURES / kind for kind in ("image", "audio", "video", "file"))
PNG, JPG = IMAGE / "small.png", IMAGE / "small.jpg"
MP4 = VIDEO / "clip.mp4"
PDF, CSV = FILE / "report.pdf", FILE / "table.csv"
TEXT = 'Grüße, "日本"\n\\ <b>&</b>'


@dataclass(frozen=True)
class Renamed:
    """A file to send under another name."""

    source: Path
    name: str


@dataclass(frozen=True)
class NodeInput:
    """A file that is passed to a client for Node as its "path" or "bytes", not as a `File`."""

    form: str
    source: Path


@dataclass(frozen=True)
class Case:
    """Inputs for an endpoint.

    Attributes:
        endpoint: the endpoint's name without the slash.
        inputs: the values for this package.
        client_inputs: the values for the client, by era; if an era is missing, `inputs`.
        eras: the eras that have the endpoint.
        name: distinguishes the cases of one endpoint.
        reports: whether the last output is the server's report on the inputs.
        clients: the clients that can send the inputs.
    """

    endpoint: str
    inputs: tuple[Any, ...]
    client_inputs: Mapping[str, Any] = field(default_factory=dict)
    eras: str = "3456"
    name: str = ""
    reports: bool = True
    clients: tuple[str, ...] = tuple(CLIENTS)

    @property
    def label(self) -> str:
        return f"{self.endpoint}-{self.name}" if self.name else self.endpoint

    def is_sent_by(self, client: str, era: str) -> bool:
        return client in self.clients and era in self.eras


def case(
    endpoint: str, value: Any, client_input: Mapping[str, Any] | None = None, **options: Any
) -> Case:
    """Return a case with one input."""
    client_inputs = {era: (json_value,) for era, json_value in (client_input or {}).items()}
    return Case(endpoint, (value,), client_inputs, **options)


def since(first: int, value: Any) -> dict[str, Any]:
    """Return the same value for each era from `first` on."""
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
MESSAGES_OF_PARTS = [
    {**message, "content": [{"type": "text", "text": message["content"]}]} for message in MESSAGES
]
CLIENT_VIDEO = {era: {"video": MP4, "subtitles": None} for era in ("4", "5")}
BASE, MASK = IMAGE / "lossless.webp", IMAGE / "rgba.png"
ANNOTATED = {"image": BASE, "annotations": [{"image": MASK, "label": "a mask"}]}
FILE_WITH_TEXT = {"file": PNG, "alt_text": "Grüße"}
PICTURES = [{"image": PNG, "caption": None}, {"image": JPG, "caption": "Grüße"}]
SPECIAL_NAME = Renamed(PDF, "Grüße, (1) 100% & +#ß.pdf")

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
    case("image", IMAGE / "gray16.png", name="16-bit"),
    case("image", IMAGE / "small.avif", name="avif"),
    case("image", PNG, since(3, NodeInput("path", PNG)), name="path", clients=("node",)),
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
    # Without ffmpeg, older servers accept only WAV.
    case("audio_filepath", AUDIO / "tone.mp3", eras="56", name="mp3"),
    case("video", MP4, CLIENT_VIDEO),
    case("video", None, name="none"),
    case("video_subtitles", MP4, CLIENT_VIDEO),
    case("file", PDF),
    case("file", None, name="none"),
    case("file", FILE / "archive.tar.gz", name="two-suffixes"),
    case("file", SPECIAL_NAME, name="special-name"),
    case("file", PDF, since(3, NodeInput("path", PDF)), name="path", clients=("node",)),
    case(
        "file", PDF.read_bytes(), since(3, NodeInput("bytes", PDF)), name="bytes", clients=("node",)
    ),
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
    case("chatbot_messages", MESSAGES, {"6": MESSAGES_OF_PARTS}, eras="456"),
    case(
        "chatbot_messages",
        [{"role": "user", "content": (PNG, "Grüße")}],
        {
            **since(4, [{"role": "user", "content": FILE_WITH_TEXT}]),
            "6": [{"role": "user", "content": [{"type": "file", **FILE_WITH_TEXT}]}],
        },
        eras="456",
        name="file",
    ),
    case(
        "chatbot_tuples",
        [((PNG, "Grüße"), "Hi")],
        since(4, [[FILE_WITH_TEXT, "Hi"]]),
        eras="45",
        name="file",
    ),
    case("chatbot_media", PNG),
    case("multimodaltextbox", {"text": TEXT, "files": [PNG, PDF]}, eras="456"),
    case("dialogue", [{"speaker": "A", "text": "Hello"}], eras="56"),
    case("plot_matplotlib", "x"),
    case("plot_plotly", "x"),
    # In 3.x, plots of Altair contain a counter.
    case("lineplot", "x", eras="456"),
    case("none_out", "x", reports=False),
    case("nothing_out", "x", reports=False),
    Case("nothing_in", (), reports=False),
    Case("two_in", (TEXT, PNG), reports=False),
    Case("labels", ("a", "", TEXT, " "), reports=False),
    Case("defaults", (TEXT,), eras="456"),
    Case("state", ("x",)),
    # In 3.x, generators use a WebSocket.
    Case("stream", ("x",), eras="456", reports=False),
    Case("update", ("x",), reports=False),
)


@dataclass(frozen=True)
class Difference:
    """An intended difference between a client and this package.

    Attributes:
        reason: the cause.
        cases: the labels of the cases, or patterns.
        checks: the comparisons that differ.
        clients: the clients that differ.
        eras: the eras that differ.
        without_difference: removes what differs from a value, so that the rest can be compared.
        error: a regular expression for the error of the client, if it raises one.
    """

    reason: str
    cases: tuple[str, ...]
    checks: tuple[str, ...]
    clients: tuple[str, ...] = tuple(CLIENTS)
    eras: str = "3456"
    without_difference: Callable[[Any], Any] | None = None
    error: str | None = None

    def applies(self, check: str, client: str, era: str, label: str) -> bool:
        in_scope = check in self.checks and client in self.clients and era in self.eras
        return in_scope and any(fnmatch(label, pattern) for pattern in self.cases)


def without_names(value: Any) -> Any:
    """Return the value without the names of files."""
    if isinstance(value, dict):
        is_file = "sha256" in value
        return {
            key: without_names(item)
            for key, item in value.items()
            if not (is_file and key == "name")
        }
    return [without_names(item) for item in value] if isinstance(value, list) else value


def without_files(value: Any) -> Any:
    """Return the value with the same text in place of each file, downloaded or not."""
    if isinstance(value, dict):
        if "sha256" in value or "is_file" in value:
            return "a file"
        return {key: without_files(item) for key, item in value.items()}
    return [without_files(item) for item in value] if isinstance(value, list) else value


def without_subtitles(answer: Any) -> Any:
    (video,) = answer
    return video[0] if isinstance(video, list) else video


def with_captions(answer: Any) -> Any:
    (pictures,) = answer
    return [item if isinstance(item, list) else [item, None] for item in pictures]


# The three comparisons: the request, the value that the function receives, and the decoded answer.
SENT, RECEIVED, ANSWER = "sent", "received", "answer"
# The text of 0.6.0 for Node for every error of a server.
NODE_ERROR = "Cannot read properties of undefined"
DIFFERENCES = (
    Difference(
        "This package puts the picture on white; a server drops alpha and shows hidden colours.",
        ("image-alpha",),
        (SENT, RECEIVED, ANSWER),
    ),
    Difference(
        "This package sends a GIF as PNG; with a GIF, the function gets indices into its palette.",
        ("image-gif",),
        (SENT, RECEIVED, ANSWER),
        eras="456",
    ),
    Difference(
        "This package scales 16 bits to 8; a server clips all values above 255 to white.",
        ("image-16-bit",),
        (SENT, RECEIVED, ANSWER),
    ),
    Difference(
        "This package sends AVIF as PNG; the Pillow of these servers cannot read AVIF.",
        ("image-avif",),
        (RECEIVED, ANSWER),
        eras="34",
        error=f"cannot identify image file|{NODE_ERROR}",
    ),
    Difference(
        "This package sends an empty table for None...",
        ("dataframe-none",),
        (SENT,),
    ),
    Difference(
        "... because servers fail on null.",
        ("dataframe-none",),
        (RECEIVED, ANSWER),
        error=f"NoneType|{NODE_ERROR}",
    ),
    Difference(
        "The client parses a JSON output twice, and fails if it is text.",
        ("textbox", "html", "markdown", "code", "colorpicker", "radio", "dropdown", "plot_*"),
        (RECEIVED, ANSWER),
        ("python",),
        "3",
        error="JSONDecodeError",
    ),
    Difference(
        "The client sends the path as the name of a file, and the server keeps its letters.",
        ("audio_filepath", "video", "video_subtitles", "model3d*"),
        (RECEIVED,),
        ("python",),
        "3",
        without_difference=without_names,
    ),
    Difference(
        "The client drops subtitles.",
        ("video", "video_subtitles"),
        (ANSWER,),
        ("python",),
        "3",
        without_difference=without_subtitles,
    ),
    Difference(
        "The client sends a pair of nulls for no video, and the server fails on them.",
        ("video-none",),
        (RECEIVED, ANSWER),
        ("python",),
        "3",
        error="'NoneType' object has no attribute 'get'",
    ),
    Difference(
        "The client fails on null for a video.",
        ("none_out",),
        (ANSWER,),
        ("python",),
        "3",
        error="Expected tuple of length 2. Received: None",
    ),
    Difference(
        "The client fails on None for a file, as it tries to open it.",
        ("file-none",),
        (SENT, RECEIVED, ANSWER),
        ("python",),
        "3",
        error="expected str, bytes or os.PathLike object, not NoneType",
    ),
    Difference(
        "The clients do not download files inside JSON...",
        ("annotatedimage", "chatbot_media"),
        (ANSWER,),
        eras="3",
        without_difference=without_files,
    ),
    Difference(
        "... and the client for Node does not download a video with its subtitles.",
        ("video", "video_subtitles"),
        (ANSWER,),
        ("node",),
        "3",
        without_difference=without_files,
    ),
    Difference(
        "The clients return a caption for each picture, even if it is None.",
        ("gallery_out",),
        (ANSWER,),
        eras="3",
        without_difference=with_captions,
    ),
    Difference(
        "The clients upload the file, and the server removes characters from its name...",
        ("file-special-name",),
        (RECEIVED,),
        eras="3",
        without_difference=without_names,
    ),
    Difference(
        "... and the client for Node sends only the shortened name.",
        ("file-special-name",),
        (SENT,),
        ("node",),
        "3",
        without_difference=without_names,
    ),
    Difference(
        "Clients before 2.0 remove characters from the name themselves.",
        ("file-special-name",),
        (SENT,),
        ("python",),
        "45",
        without_difference=without_names,
    ),
    Difference(
        "This package names an unnamed file after its type, the client for Node 'blob'...",
        ("file-bytes",),
        (SENT, RECEIVED),
        without_difference=without_names,
    ),
    Difference(
        "... and the client for Node drops the name of a file that is given by path...",
        ("file-path",),
        (RECEIVED,),
        without_difference=without_names,
    ),
    Difference(
        "... and in 3.x it sends no name at all.",
        ("file-path",),
        (SENT,),
        eras="3",
        without_difference=without_names,
    ),
    Difference(
        "The client sends null instead of default values.",
        ("defaults",),
        (SENT, RECEIVED),
        ("node",),
    ),
    Difference(
        "The client sends no input for state, and the server requires one.",
        ("state",),
        (SENT, RECEIVED, ANSWER),
        ("node",),
        "3",
        error=f"the response has 1 outputs for 2 components|{NODE_ERROR}",
    ),
)


class Session:
    """The results of this package and of the clients with one server.

    Attributes:
        era: the era of the server.
        url: the URL of the server.
    """

    def __init__(self, era: str, interface: Interface, folder: Path) -> None:
        self.era = era
        self.url = str(interface.url)
        self._interface = interface
        self._folder = folder
        self._outcomes: dict[str, dict[str, Outcome]] = {}
        self._outputs: dict[str, list[Any]] = {}
        for value in (value for case in CASES for value in case.inputs):
            if isinstance(value, Renamed):
                shutil.copyfile(value.source, folder / value.name)

    @classmethod
    @contextmanager
    def start(cls, era: str, folder: Path) -> Iterator[Session]:
        """Start a server, which the clients and this package call one after the other.

        They may not call it at the same time: Gradio names the file of a picture after its content
        and rewrites it in each call, so another client may download an empty file.
        """
        with serve(era) as server, Interface(server.url) as interface:
            yield cls(era, interface, folder)

    def endpoint(self, case: Case) -> Endpoint:
        return self._interface.endpoint(case.endpoint)

    def outcome(self, client: str, case: Case) -> Outcome:
        """Return the outcome of the client's call; the first time, let it make all its calls."""
        if client not in self._outcomes:
            self._outcomes[client] = self._call_all(client)
        return self._outcomes[client][case.label]

    def _call_all(self, client: str) -> dict[str, Outcome]:
        folder = self._folder / client
        folder.mkdir()
        calls = [
            Call(case.label, f"/{case.endpoint}", self._inputs_with_marks(case))
            for case in CASES
            if case.is_sent_by(client, self.era)
        ]
        return official_clients.call_all(CLIENTS[client][self.era], self.url, calls, folder)

    def _inputs_with_marks(self, case: Case) -> list[Any]:
        inputs = self._with_copies(case.client_inputs.get(self.era, case.inputs))
        return [mark_files(value) for value in inputs]

    def outputs(self, case: Case) -> list[Any]:
        """Return this package's outputs, without state, with saved files marked."""
        if case.label not in self._outputs:
            answer = self._interface.predict(
                *self._with_copies(case.inputs), api_name=case.endpoint, fetch=True
            )
            folder = self._folder / "encoders" / case.label
            folder.mkdir(parents=True)
            answer.save(folder)
            saved = json.loads((folder / "response.json").read_text("utf-8"))["data"]
            pairs = zip(saved, self.endpoint(case).outputs, strict=True)
            self._outputs[case.label] = [
                mark_saved_files(folder, value) for value, output in pairs if not output.hidden
            ]
        return self._outputs[case.label]

    def payload(self, case: Case) -> tuple[list[Any], dict[str, Upload]]:
        """Return the inputs in this package's request, and the uploaded files by their paths."""
        uploads: dict[str, Upload] = {}

        def upload(name: str, file: BinaryIO) -> str:
            path = f"/uploads/{len(uploads)}/{name}"
            uploads[path] = Upload(name, file.read())
            return path

        endpoint = self.endpoint(case)
        payload = encoders.payload(
            *endpoint.arguments(self._with_copies(case.inputs), {}),
            components=[parameter.component for parameter in endpoint.inputs],
            era=self._interface.era,
            upload=upload if self.era >= "4" else None,
        )
        return payload["data"], uploads

    def _with_copies(self, value: Any) -> Any:
        """Replace each renamed file by the path of its copy."""
        if isinstance(value, Renamed):
            return self._folder / value.name
        return tuple(map(self._with_copies, value)) if isinstance(value, tuple) else value


def mark_files(value: Any) -> Any:
    """Return the value as JSON, with files marked for the scripts that run the clients."""
    if isinstance(value, Path):
        return {"$file": str(value)}
    if isinstance(value, NodeInput):
        return {f"${value.form}": str(value.source)}
    if isinstance(value, dict):
        return {key: mark_files(item) for key, item in value.items()}
    return [mark_files(item) for item in value] if isinstance(value, list | tuple) else value


def mark_saved_files(folder: Path, saved: Any) -> Any:
    """Return the JSON that `Response.save` wrote, with its files marked in the same way."""
    if isinstance(saved, dict):
        if set(saved) == {"file", "media_type"}:
            return mark_files(folder / saved["file"])
        return {key: mark_saved_files(folder, item) for key, item in saved.items()}
    return [mark_saved_files(folder, item) for item in saved] if isinstance(saved, list) else saved


def all_calls(only_reports: bool = False) -> pytest.MarkDecorator:
    """Run a test for each client and case, or only for the cases with a report."""
    skip_without_node = pytest.mark.skipif(
        not official_clients.has_node(), reason="needs Node and npm"
    )
    parameters = [
        pytest.param(
            era,
            client,
            case,
            id=f"{client}-{era}-{case.label}",
            marks=[skip_without_node] if client == "node" else [],
        )
        for era in ERAS
        for client in CLIENTS
        for case in CASES
        if case.is_sent_by(client, era) and (case.reports or not only_reports)
    ]
    return pytest.mark.parametrize(("era", "client", "case"), parameters)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Session]]:
    """A function that returns the session of an era, started on first use."""
    started: dict[str, Session | RuntimeError] = {}
    with ExitStack() as stack:

        def session(era: str) -> Session:
            if era not in started:
                try:
                    folder = tmp_path_factory.mktemp("clients")
                    started[era] = stack.enter_context(Session.start(era, folder))
                except RuntimeError as error:  # all later tests fail at once with the same error
                    started[era] = error
            result = started[era]
            if isinstance(result, RuntimeError):
                raise result
            return result

        yield session


@pytest.fixture
def session(sessions: Callable[[str], Session], era: str) -> Session:
    return sessions(era)


@all_calls()
def test_request_decodes_to_the_same_inputs(session: Session, client: str, case: Case) -> None:
    outcome = session.outcome(client, case)
    components = [parameter.component for parameter in session.endpoint(case).inputs]

    check_agreement(
        known_difference(SENT, client, session.era, case.label),
        by_client=lambda: decode_inputs(outcome.sent, outcome.recorded.uploads, components),
        by_encoders=lambda: decode_inputs(*session.payload(case), components),
    )


@all_calls(only_reports=True)
def test_server_receives_the_same_value(session: Session, client: str, case: Case) -> None:
    outcome = session.outcome(client, case)

    check_agreement(
        known_difference(RECEIVED, client, session.era, case.label),
        by_client=lambda: hash_files(outcome.outputs[-1]),
        by_encoders=lambda: hash_files(session.outputs(case)[-1]),
    )


@all_calls()
def test_answer_decodes_to_the_same_values_and_files(
    session: Session, client: str, case: Case
) -> None:
    outcome = session.outcome(client, case)
    end = -1 if case.reports else None

    check_agreement(
        known_difference(ANSWER, client, session.era, case.label),
        by_client=lambda: hash_files(outcome.outputs[:end]),
        by_encoders=lambda: hash_files(session.outputs(case)[:end]),
    )


@pytest.mark.skipif(not official_clients.has_node(), reason="needs Node and npm")
@pytest.mark.parametrize("era", ["3"])
def test_newest_client_for_node_refuses_gradio_3(session: Session, tmp_path: Path) -> None:
    call = Call("textbox", "/textbox", [TEXT])

    outcomes = official_clients.call_all(CLIENTS["node"]["6"], session.url, [call], tmp_path)

    with pytest.raises(ClientError, match="legacy version of Gradio"):
        _ = outcomes["textbox"].outputs


@pytest.mark.parametrize("difference", DIFFERENCES, ids=lambda difference: difference.reason)
def test_every_difference_applies_to_a_comparison(difference: Difference) -> None:
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
    applicable = [known for known in DIFFERENCES if known.applies(check, client, era, label)]
    assert len(applicable) <= 1, "two differences for one comparison"
    return applicable[0] if applicable else None


def check_agreement(
    difference: Difference | None, by_client: Callable[[], Any], by_encoders: Callable[[], Any]
) -> None:
    """Check that two values are equal, or differ only by the known difference."""
    expected = by_encoders()
    if difference is None:
        assert_same_json(by_client(), expected)
    elif difference.error:
        with pytest.raises((ClientError, EncodersError), match=difference.error):
            by_client()
    else:
        actual = by_client()
        assert actual != expected, f"no longer: {difference.reason}"
        if reduce := difference.without_difference:
            assert_same_json(reduce(actual), reduce(expected))


def assert_same_json(actual: Any, expected: Any) -> None:
    """Check equality, including the order of keys, and true against 1."""
    assert actual == expected
    assert json.dumps(actual) == json.dumps(expected)


def decode_inputs(
    inputs: list[Any], uploads: Mapping[str, Upload], components: list[Component]
) -> Any:
    """Decode the inputs of a request, with the files that were uploaded before it."""
    body = {"data": json.loads(json.dumps(inputs))}
    references = encoders.response(body, components).references
    files = {known: File(uploads[known.path].data, known.name) for known in references}
    return [comparable(value) for value in encoders.response(body, components, files=files).data]


def comparable(value: Any) -> Any:
    """Return a value as JSON, with hashes for long content."""
    if isinstance(value, Image.Image):
        return {"mode": value.mode, "size": list(value.size), "sha256": sha256(value.tobytes())}
    if isinstance(value, Video):
        return {"sha256": sha256(value.data)}
    if isinstance(value, File):
        return {"name": value.name, "sha256": sha256(value.data)}
    if isinstance(value, Table):
        return {"columns": value.headers, "rows": integers_where_whole(value.rows)}
    if hasattr(value, "dtype"):
        return array_report(value)
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [comparable(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else integers_where_whole(value)


def hash_files(value: Any) -> Any:
    """Return the JSON with hashes of content in place of marked files and data URLs."""
    if isinstance(value, dict):
        if set(value) == {"$file"}:
            return {"sha256": sha256(Path(value["$file"]).read_bytes())}
        return {key: hash_files(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hash_files(item) for item in value]
    if isinstance(value, str) and value.startswith("data:"):
        return {"sha256": sha256(encoders.data_url.parse(value).data)}
    return integers_where_whole(value)


def integers_where_whole(value: Any) -> Any:
    """Return the JSON with whole numbers as integers: JavaScript has one number for 1.0 and 1."""
    if isinstance(value, dict):
        return {key: integers_where_whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [integers_where_whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
