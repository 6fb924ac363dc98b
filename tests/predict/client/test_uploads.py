"""Values and files are sent to the server and returned in every era."""

from __future__ import annotations

import io
import json
from contextlib import suppress

import pytest

from encoders import (
    EncodersError,
    Interface,
    PredictError,
)
from encoders.predict import File, Reference
from tests.predict.client.calls import (
    CALL,
    FILE,
    JOIN,
    PLACES,
    Place,
    call,
    eras,
    refusal,
)
from tests.predict.http_server import (
    PREFIXES,
    Json,
    gradio,
    http_server,
    say,
)
from tests.predict.ways import predict, ways


@ways
@eras
def test_a_call_gives_its_answer_in_every_era(era: str, way: str) -> None:
    with http_server(gradio(era)) as server:
        assert call(server.url, "Grüße", way=way) == "Grüße"


@ways
@pytest.mark.parametrize("era", ["3", "6"])
def test_a_file_is_uploaded_and_another_is_fetched(era: str, way: str) -> None:
    place = Place(era, "/config")
    with http_server(place.plays()) as server:
        assert place.call(server.url, way).data == b"its content"


@ways
@pytest.mark.parametrize(("size", "goes_up"), [(1000, False), (300_000, True)])
def test_a_big_file_is_uploaded_where_the_server_takes_both_ways(
    size: int, goes_up: bool, way: str
) -> None:
    plays = gradio("3", lambda _: ["done"], inputs=["file"])
    with http_server(plays) as server:
        assert call(server.url, bytes(size), way=way) == "done"

    assert ("/upload" in server.paths) == goes_up
    assert server.seen[-1].json["data"][0]["is_file"] == goes_up


@pytest.mark.parametrize("version", ["2.9.4", "3.18.0"])
def test_a_server_that_takes_no_uploads_gets_big_files_in_the_payload(version: str) -> None:
    era = version[0]
    plays = gradio(era, lambda _: ["done"], inputs=["file"], version=version)
    with http_server(plays) as server:
        assert call(server.url, bytes(300_000)) == "done"

    assert "/upload" not in server.paths


@pytest.mark.parametrize("upload", [True, False])
def test_argument_upload_decides_how_files_are_sent(upload: bool) -> None:
    plays = gradio("3", lambda _: ["done"], inputs=["file"])
    with http_server(plays) as server, Interface(server.url) as app:
        for size in (1000, 300_000):
            app.predict(bytes(size), upload=upload)

    assert server.paths.count("/upload") == (2 if upload else 0)


@pytest.mark.parametrize(
    "answer", [None, 5, {}, {"detail": "x"}, [], ["a", "b"]], ids=lambda answer: json.dumps(answer)
)
@pytest.mark.parametrize("era", ["3", "6"])
def test_an_upload_that_gives_no_path_is_a_predict_error(era: str, answer: Json) -> None:
    place = Place(era, f"{PREFIXES[era]}/upload")
    with http_server(place.plays(say(json.dumps(answer)))) as server:
        error = place.error(server.url)

    assert isinstance(error, PredictError)
    assert "answered" in str(error)


@pytest.mark.parametrize("answer", [[None], [5], [{"path": "/tmp/x"}]])
def test_an_upload_that_gives_no_text_is_a_predict_error(answer: Json) -> None:
    place = PLACES["upload"]
    with http_server(place.plays(say(answer))) as server:
        assert isinstance(place.error(server.url), PredictError)
        assert not any("join" in path for path in server.paths)


def test_an_upload_that_gives_too_few_paths_is_a_predict_error() -> None:
    plays = gradio("6", inputs=[("file", {"file_count": "multiple"})])
    with http_server(plays) as server:
        error = refusal(server.url, [b"one", b"two"])

    assert "2 files were uploaded" in str(error)


@ways
@pytest.mark.parametrize("era", ["3", "6"])
def test_files_are_uploaded_with_name_and_bytes_and_referred_to(era: str, way: str) -> None:
    with http_server(gradio(era, inputs=["file"])) as server, Interface(server.url) as app:
        with suppress(EncodersError):
            predict(way, app, File(b"its bytes", "näme.bin"), upload=True)
        up = next(seen for seen in server.seen if seen.path.endswith("/upload"))
        called = next(seen for seen in server.seen if seen.path in (JOIN["6"], CALL["3"]))

    assert b'name="files"' in up.body
    assert "näme.bin".encode() in up.body
    assert b"its bytes" in up.body
    key = "name" if era == "3" else "path"
    assert called.json["data"][0][key] == "/tmp/gradio/up/file.bin"


@ways
def test_nothing_is_uploaded_where_the_era_takes_no_uploads(way: str) -> None:
    with http_server(gradio("2", inputs=["file"])) as server, Interface(server.url) as app:
        with pytest.raises(PredictError, match=r"2\.9\.4 takes no uploads"):
            predict(way, app, b"its bytes", upload=True)

        assert server.paths == ["/config"]


def test_upload_and_fetch_can_be_called_alone() -> None:
    plays = {**gradio("6"), f"{FILE['6']}*": say(b"its content")}
    with http_server(plays) as server, Interface(server.url) as app:
        path = app.upload("a.bin", io.BytesIO(b"its bytes"))
        found = app.fetch(Reference(path, name="a.bin"))

    assert path == "/tmp/gradio/up/file.bin"
    assert found == File(b"its content", "a.bin")
