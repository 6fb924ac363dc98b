"""Calls that the page makes: what is checked before, what comes while they run, how they end."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest

from encoders import DataURL, Interface, Limits
from encoders.predict import Response
from encoders.predict.samples import sample
from encoders.view.live import runs
from tests.pace import wait_until
from tests.paths import FIXTURES
from tests.predict.client.live_servers import PROTOCOLS, Server
from tests.predict.http_server import Json, Part, completed, gradio, http_server, say
from tests.view.live.conftest import Browser, Lines, Open, form

PHOTO = FIXTURES / "image" / "photo.jpg"
PICTURE = sample("example.png").data


def kinds(lines: Lines) -> list[str]:
    """Return what each line is about, without those that say how far the call is."""
    found = [next(iter(line)) for line in lines]
    return [kind for kind in found if kind != "status"]


def source(html: str) -> str:
    """Return the URL of the first file that is shown."""
    return html.partition(' src="')[2].partition('"')[0]


def error(lines: Lines) -> dict[str, Any]:
    found: dict[str, Any] = lines[-1]["error"]
    return found


# Checks.


def test_a_wrong_value_is_told_with_its_field(open_page: Open) -> None:
    page = open_page(
        gradio(
            "6",
            inputs=["textbox", ("slider", {"minimum": 0, "maximum": 10}), "state", "image", "json"],
        )
    )

    assert page.errors("hi", 5, None, {"a": 1}) == {}
    assert page.errors("hi", 11, "x", {"a": 1}) == {
        1: "expected 0 to 10, found 11",
        2: "expected a file, found the text 'x': text is never taken for a path",
    }


def test_a_file_of_another_type_is_told_before_it_is_sent(open_page: Open) -> None:
    page = open_page(gradio("6", inputs=[("file", {"file_types": [".csv"]}), "audio"]))
    id = page.uploaded(PHOTO.read_bytes(), "photo.jpg")["id"]

    found, again = (page.errors({"upload": id}, {"upload": id}) for _ in range(2))

    assert found == again
    assert found[0].startswith("expected a file of type")
    assert "image/jpeg" in found[1]


def test_a_file_that_is_gone_is_told_with_its_field(open_page: Open) -> None:
    page = open_page(gradio("6", inputs=["textbox", "image"]), limits=Limits(max_files=1))
    id = page.uploaded(PHOTO.read_bytes())["id"]
    page.uploaded(b"another")

    assert page.errors("hi", {"upload": id}) == {1: "the file is no longer here: add it again"}
    lines = page.run("hi", {"upload": id})
    assert kinds(lines) == ["call", "error"]
    assert error(lines)["field"] == 1


def test_the_field_of_an_error_is_counted_without_state(open_page: Open) -> None:
    page = open_page(gradio("6", inputs=["state", "textbox", "number"]))

    assert error(page.run("hi", "x"))["field"] == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"endpoint": 0}',
        b'{"endpoint": 99, "values": ["x"]}',
        b'{"endpoint": "x", "values": ["x"]}',
        b'{"endpoint": 0, "values": []}',
        b'{"endpoint": 0, "values": ["x", "y"]}',
        b'{"endpoint": 0, "values": {"a": 1}}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
@pytest.mark.parametrize("path", ["check", "run", "snippets"])
def test_a_body_that_no_form_sends_is_refused(open_page: Open, path: str, body: bytes) -> None:
    answer = open_page(gradio("6")).post(path, content=body)

    assert answer.status_code == 400
    assert answer.json()["error"]


def test_a_body_over_the_limit_is_refused(open_page: Open) -> None:
    page = open_page(gradio("6"), limits=Limits(max_body_bytes=10_000))

    answer = page.post("run", json=form("x" * 10_000))

    assert answer.status_code == 413
    assert "max_body_bytes" in answer.json()["error"]


# Runs.


@pytest.mark.parametrize("era", "23456")
def test_a_picture_goes_and_comes_back(open_page: Open, era: str) -> None:
    parts: list[Part] = ["image", "textbox"]
    answer = [str(DataURL("image/png", PICTURE)), "hi"]
    page = open_page(gradio(era, lambda *_: answer, inputs=parts, outputs=parts))
    id = page.uploaded(PHOTO.read_bytes(), "photo.jpg")["id"]

    lines = page.run({"upload": id}, "hi")

    assert kinds(lines) == ["call", "done"]
    done = lines[-1]["done"]
    assert page.get(source(done["output"])).content == PICTURE
    assert "hi" in done["output"]
    assert done["durations"] == [0.5]
    assert done["seconds"] < 20
    assert "hi" in done["payload"]
    assert "hi" in done["answer"]
    assert "photo.jpg" in done["snippets"]["python"]
    assert set(done["snippets"]) == {"python", "javascript", "curl"}


def test_the_payload_is_that_which_was_sent(open_page: Open) -> None:
    page = open_page(gradio("6", lambda *_: ["hi"], inputs=["file", "state", "textbox"]))
    id = page.uploaded(b"text", "a.txt")["id"]

    payload = page.run({"upload": id}, "hi")[-1]["done"]["payload"]

    assert "/tmp/gradio/up/file.bin" in payload  # where the server says that the upload is
    assert "a.txt" in payload


def test_a_default_of_the_server_is_sent_as_it_is(open_page: Open) -> None:
    given: list[Json] = []

    def function(*values: Json) -> list[Json]:
        given.extend(values)
        return [None]

    default = {"path": "/tmp/gradio/cat.png", "meta": {"_type": "gradio.FileData"}}
    info = {
        "named_endpoints": {
            "/predict": {
                "parameters": [
                    {
                        "label": "picture",
                        "parameter_name": "picture",
                        "parameter_has_default": True,
                        "parameter_default": default,
                    }
                ],
                "returns": [],
            }
        }
    }
    plays = {**gradio("6", function, inputs=["image"]), "/gradio_api/info": say(info)}
    page = open_page(plays)

    assert kinds(page.run({"default": True})) == ["call", "done"]
    assert given == [default]


def test_the_answer_of_the_server_is_no_markup(open_page: Open) -> None:
    text = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    page = open_page(gradio("6", lambda *_: [text], outputs=[("textbox", {"label": text})]))

    done = page.run(text)[-1]["done"]

    for html in (done["output"], done["payload"], done["answer"]):
        assert "<script" not in html
        assert "<img" not in html


@pytest.mark.parametrize(
    ("limits", "runs", "kept"), [(Limits(), 32, 30), (Limits(max_bytes=2 * len(PICTURE)), 20, 16)]
)
def test_files_of_old_runs_are_deleted(
    open_page: Open, limits: Limits, runs: int, kept: int
) -> None:
    answer = [str(DataURL("image/png", PICTURE))]
    page = open_page(gradio("3", lambda *_: answer, outputs=["image"]), limits=limits)

    sources = [source(page.run("hi")[-1]["done"]["output"]) for _ in range(runs)]

    found = [page.get(each).status_code for each in sources]
    assert found == [404] * (runs - kept) + [200] * kept


def test_html_of_an_answer_is_in_a_frame_that_runs_nothing(open_page: Open) -> None:
    html = "<style>b { color: red }</style><b>Hello</b><script>alert(1)</script>"
    page = open_page(gradio("6", lambda *_: [html], outputs=["html"]))

    output = page.run("hi")[-1]["done"]["output"]

    frame = output.partition("<iframe")[2].partition(">")[0]
    assert 'sandbox=""' in frame
    document = page.get(source(frame))
    assert html in document.text
    assert document.headers["content-disposition"].startswith("inline")
    assert document.headers["content-type"] == "text/html; charset=utf-8"
    policy = document.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none';")
    assert "script" not in policy


def test_the_words_of_the_server_say_why_a_call_fails(open_page: Open) -> None:
    output = {"error": "The model is out of <b>memory</b>"}
    failing = {
        **gradio("6"),
        "/gradio_api/queue/data": lambda exchange: exchange.write(
            (
                b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n",
                completed(output, success=False),
            )
        ),
    }
    page = open_page(failing)

    found = error(page.run("hi"))

    assert "The model is out of <b>memory</b>" in found["message"]
    assert (found["field"], found["answer"]) == (None, "")


def test_a_server_that_is_gone_is_an_error(open_page: Open) -> None:
    plays = gradio("6")
    page = open_page({**plays, "/gradio_api/queue/join": say(b"", 502)})

    assert "502" in error(page.run("hi"))["message"]


def test_a_fault_of_the_page_itself_ends_a_run_in_words(
    open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> str:
        raise LookupError("no such template")

    monkeypatch.setattr(runs, "render_outputs", broken)

    found = error(open_page(gradio("6")).run("hi"))

    assert found["message"] == "LookupError('no such template')"


def test_an_answer_whose_file_is_gone_is_shown_with_the_error(open_page: Open) -> None:
    file = {"path": "/tmp/gone.png", "url": None, "meta": {"_type": "gradio.FileData"}}
    page = open_page(gradio("6", lambda *_: [file, "hi"], outputs=["image", "textbox"]))

    found = error(page.run("hi"))

    assert "HTTP 404" in found["message"]
    assert "hi" in found["answer"]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_what_is_known_of_a_call_comes_at_once(open_page: Open, protocol: str) -> None:
    server = Server(protocol)
    page = open_page(server.plays())
    with page.stream("POST", "run", json=form("hi")) as answer:
        lines = map(json.loads, answer.iter_lines())
        assert "call" in next(lines)

        server.begin()
        server.say(msg="estimation", rank=2, queue_size=3, rank_eta=4.5)
        line = next(lines)
        status = {"state": "waiting", "place": 3, "size": 3, "eta": 4.5, "progress": []}
        assert line["status"] == status
        assert line["seconds"] >= 0

        server.say(msg="process_starts")
        assert next(lines)["status"]["state"] == "running"

        bar = {"desc": "half", "index": 1, "length": 2, "unit": "steps"}
        server.say(msg="progress", progress_data=[{**bar, "progress": 0.5}])
        assert next(lines)["status"]["progress"] == [{**bar, "fraction": 0.5}]

        server.generate("first")
        assert "first" in next(lines)["output"]
        server.complete("last")
        done = next(lines)["done"]
        assert "last" in done["output"]
        assert [*lines] == []


def test_an_output_is_left_out_where_a_later_one_is_there() -> None:
    """A page that is slower than a generator shows what is new."""
    server = Server("sse_v3")
    with http_server(server.plays()) as gradio_server, Interface(gradio_server.url) as app:
        call = app.submit("hi")
        begin(server)
        server.generate("first", "second", "third")
        server.complete("third")
        wait_until(call.done)

        output, end = (asyncio.run(call._change(call.status)) for _ in range(2))

    assert isinstance(output, Response)
    assert (output[0], end) == ("third", None)


def begin(server: Server) -> None:
    server.begin()
    server.say(msg="process_starts")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_call_can_be_cancelled(open_page: Open, protocol: str) -> None:
    server = Server(protocol)
    page = open_page(server.plays())
    with page.stream("POST", "run", json=form("hi")) as answer:
        lines = map(json.loads, answer.iter_lines())
        id = next(lines)["call"]
        begin(server)
        assert next(lines)["status"]["state"] == "running"

        assert page.post("cancel", params={"call": id}).json() == {"cancelled": True}

        assert [*lines] == [{"cancelled": True}]
    assert page.post("cancel", params={"call": id}).json() == {"cancelled": False}
    assert page.post("cancel").json() == {"cancelled": False}


@pytest.mark.parametrize("protocol", ["sse", "sse_v3"])
def test_a_call_ends_when_the_browser_goes_away(open_page: Open, protocol: str) -> None:
    server = Server(protocol)
    page = open_page(server.plays())
    with page.stream("POST", "run", json=form("hi")) as answer:
        lines = map(json.loads, answer.iter_lines())
        next(lines)
        begin(server)
        assert next(lines)["status"]["state"] == "running"
        server.say(msg="heartbeat")

    def is_gone() -> bool:
        server.say(msg="heartbeat")  # a server sees that nobody listens when it says something
        return server.gone.is_set()

    wait_until(is_gone)


def test_two_calls_run_at_once(open_page: Open) -> None:
    both = threading.Barrier(2, timeout=10)

    def function(text: str) -> list[str]:
        both.wait()
        return [f"{text} is back"]

    page = open_page(gradio("3", function))
    found: dict[str, Lines] = {}
    threads = [
        threading.Thread(target=lambda text=text: found.update({text: page.run(text)}))
        for text in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for text in ("one", "two"):
        assert f"{text} is back" in found[text][-1]["done"]["output"]


def test_calls_with_a_login_work(open_page: Open) -> None:
    page = open_page(gradio("6"), auth=("me", "secret"))

    lines = page.run("hi")

    assert kinds(lines) == ["call", "done"]
    assert "secret" not in json.dumps(lines)
    assert "secret" not in page.get("").text


def test_code_has_the_values_of_the_form(open_page: Open) -> None:
    page = open_page(gradio("6", inputs=["textbox", "image"]))
    id = page.uploaded(PHOTO.read_bytes(), "photo.jpg")["id"]

    code = page.post("snippets", json=form("as entered", {"upload": id})).json()

    assert set(code) == {"python", "javascript", "curl"}
    assert all("as entered" in text and "photo.jpg" in text for text in code.values())
    assert all("/tmp/encoders" not in text for text in code.values())


def test_code_for_wrong_values_is_refused(open_page: Open) -> None:
    page = open_page(gradio("6", inputs=["number"]))

    answer = page.post("snippets", json=form("x"))

    assert answer.status_code == 400
    assert "expected" in answer.json()["error"]


def test_the_converter_alone_makes_no_calls(converter: Browser) -> None:
    for path in ("check", "run", "cancel", "snippets"):
        assert converter.post(path, json=form("x")).status_code == 404
