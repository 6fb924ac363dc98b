"""Files are downloaded only from the server that was called."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest

from encoders import (
    CorruptMediaError,
    EncodersError,
    LimitError,
    Limits,
    PredictError,
)
from encoders.predict import Reference
from tests.predict.client.calls import (
    CALL,
    FILE,
    OUT,
    REDIRECTIONS,
    RIGHT,
    call,
    reference,
    referring,
    refusal,
)
from tests.predict.http_server import (
    Json,
    gradio,
    http_server,
    redirect,
    say,
)

ELSEWHERE = {
    "another server": "http://127.0.0.1:{other}/x",
    "another name of this one": "http://localhost:{own}/x",
    "another scheme": "https://127.0.0.1:{own}/x",
    "a file of ours": "file:///etc/passwd",
    "a user that looks like a server": "http://127.0.0.1:{own}@127.0.0.1:{other}/x",
    "a backslash": "http://127.0.0.1:{own}\\@127.0.0.1:{other}/x",
    "another port": "http://127.0.0.1:80/x",
    "no host": "http:///x",
    "a script": "javascript://127.0.0.1:{own}/%0aalert(1)",
    "ftp": "ftp://127.0.0.1:{own}/x",
}


@pytest.mark.parametrize(("era", "way"), [("3", "sync"), ("6", "sync"), ("6", "async")])
@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_file_elsewhere_is_not_fetched(name: str, era: str, way: str) -> None:
    with http_server({"/x": say(b"theirs")}) as other, http_server({}) as server:
        path = ELSEWHERE[name].format(own=server.server_port, other=other.server_port)
        server.plays.update({**referring(era, path), "/x": say(b"own")})
        error = refusal(server.url, way=way, fetch=True)

        assert other.seen == []
        assert not any("file=" in path or path == "/x" for path in server.paths)
    assert isinstance(error, PredictError)


NO_URLS = ["http://[::1", "http://127.0.0.1:99999/x", "http://127.0.0.1:port/x"]


@pytest.mark.parametrize("path", NO_URLS)
def test_a_file_with_an_invalid_url_is_a_predict_error(path: str) -> None:
    with http_server(referring("6", path)) as server:
        assert isinstance(refusal(server.url, fetch=True), PredictError)


HERE = {
    "/tmp/out.bin": "/tmp/out.bin",
    "//127.0.0.1:{other}/x": "//127.0.0.1%3A{other}/x",
    "\\\\evil\\x": "%5C%5Cevil%5Cx",
    "a b": "a%20b",
    "100%": "100%25",
    "%41": "%2541",
    "a#b?c=d&e": "a%23b%3Fc%3Dd%26e",
    "Grüße 日本": "Gr%C3%BC%C3%9Fe%20%E6%97%A5%E6%9C%AC",
    "C:\\tmp\\a.png": "C%3A%5Ctmp%5Ca.png",
    "a\x00b\r\nX: y": "a%00b%0D%0AX%3A%20y",
    "\"'<>|*": "%22%27%3C%3E%7C%2A",
    ".hidden": ".hidden",
    "x" * 5000: "x" * 5000,
}


@pytest.mark.parametrize("era", ["3", "6"])
@pytest.mark.parametrize("path", HERE)
def test_any_path_is_one_on_the_server_itself(path: str, era: str) -> None:
    with http_server({}) as other, http_server({}) as server:
        plain, quoted = (text.format(other=other.server_port) for text in (path, HERE[path]))
        server.plays.update(referring(era, plain))
        found = call(server.url, fetch=True)

        assert other.seen == []
        assert server.paths[-1] == FILE[era] + quoted
    assert found.data == b"its content"


@pytest.mark.parametrize("path", ["../../etc/passwd", "/../../../x", "..", "\\..\\..\\x"])
def test_no_path_leaves_the_server(path: str) -> None:
    with http_server(referring("6", path)) as server, suppress(PredictError):
        found = call(server.url, fetch=True)
        assert found.name in ("passwd", "x", "file")


@pytest.mark.parametrize("path", ["../../logout", "/tmp/../../../logout"])
def test_no_path_leaves_the_files_of_the_server(path: str) -> None:
    with http_server(referring("6", path)) as server:
        with suppress(EncodersError):
            call(server.url, fetch=True)
        assert all("/file=" in path for path in server.paths if "logout" in path)


def test_url_of_the_same_server_is_requested_unchanged() -> None:
    with http_server({"/x": say(b"own")}) as server:
        server.plays.update(referring("6", f"{server.url}/x?y=%20z"))
        assert call(server.url, fetch=True).data == b"own"
        assert server.paths[-1] == "/x?y=%20z"


def test_a_path_that_is_not_unicode_is_a_predict_error() -> None:
    with http_server(referring("6", "\ud800")) as server:
        assert isinstance(refusal(server.url, fetch=True), EncodersError)


def test_a_long_path_is_quoted_in_brief() -> None:
    with http_server(referring("6", "x" * 100_000)) as server:
        assert len(str(refusal(server.url, fetch=True))) < 1000


@pytest.mark.parametrize("status", REDIRECTIONS)
@pytest.mark.parametrize("era", ["3", "6"])
def test_a_redirection_of_a_file_is_not_followed(era: str, status: int) -> None:
    with http_server({"/x": say(b"theirs")}) as other:
        plays = {**referring(era, OUT), f"{FILE[era]}*": redirect(f"{other.url}/x", status)}
        with http_server(plays) as server:
            assert f"{other.url}/x" in str(refusal(server.url, fetch=True))
        assert other.seen == []


def test_a_redirection_of_an_endpoint_is_not_followed() -> None:
    with http_server({"/run/predict": say(RIGHT)}) as other:
        plays = {**gradio("3"), CALL["3"]: redirect(f"{other.url}/run/predict")}
        with http_server(plays) as server:
            refusal(server.url)
        assert other.seen == []


@pytest.mark.parametrize("prefix", ["@127.0.0.1:{other}", "@127.0.0.1:{other}/gradio_api"])
def test_a_configuration_cannot_name_another_server(prefix: str) -> None:
    with http_server({"*": say({"event_id": "x"})}) as other:
        plays = gradio("6", api_prefix=prefix.format(other=other.server_port))
        with http_server(plays) as server:
            refusal(server.url)
        assert other.seen == []


@pytest.mark.parametrize("era", ["3", "6"])
@pytest.mark.parametrize("path", [*ELSEWHERE.values(), "/tmp/out.bin", "../x", "\ud800"])
def test_files_are_downloaded_only_on_request(path: str, era: str) -> None:
    with http_server({}) as other, http_server({}) as server:
        path = path.format(own=server.server_port, other=other.server_port)
        server.plays.update(referring(era, path))
        found = call(server.url)

        assert other.seen == []
        assert not any("file=" in path for path in server.paths)
    assert isinstance(found, Reference)
    assert found.path == path


def test_reference_without_a_url_is_returned_unchanged() -> None:
    with http_server(referring("6", "http://[::1")) as server:
        assert call(server.url) == Reference("http://[::1", name="[__1")


@pytest.mark.parametrize("era", ["3", "6"])
def test_no_file_is_larger_than_max_body_bytes(era: str) -> None:
    plays = {**referring(era, OUT), f"{FILE[era]}*": say(bytes(200_000))}
    with http_server(plays) as server:
        error = refusal(server.url, fetch=True, limits=Limits(max_body_bytes=100_000))

    assert isinstance(error, LimitError)
    assert "/file" in str(error)


def test_ten_thousand_files_are_the_most_that_are_fetched() -> None:
    with http_server(referring("6", *[f"/tmp/{number}" for number in range(10_001)])) as server:
        error = refusal(server.url, fetch=True)

        assert not any("file=" in path for path in server.paths)
    assert isinstance(error, LimitError)
    assert error.limit == "max_files"


def test_file_that_is_referenced_twice_is_downloaded_once() -> None:
    with http_server(referring("6", OUT, OUT, OUT)) as server:
        found = call(server.url, fetch=True)

        assert server.paths.count(FILE["6"] + OUT) == 1
    assert [file.data for file in found] == [b"its content"] * 3


@pytest.mark.parametrize("component", ["json", "state", "textbox"])
def test_text_that_looks_like_a_file_is_not_fetched(component: str) -> None:
    value = {"path": "src/main.py", "size": 3}
    given = json.dumps(value) if component == "textbox" else value
    plays = gradio("6", lambda _: [given], outputs=[component])
    if component == "textbox":
        plays = gradio("6", lambda _: [value], outputs=["json"])
    with http_server(plays) as server:
        assert call(server.url, fetch=True) == value


def test_a_broken_picture_is_a_corrupt_media_error() -> None:
    png = b"\x89PNG\r\n\x1a\n" + bytes(100)
    plays = gradio("6", lambda _: [reference("6", OUT)], outputs=["image"])
    with http_server({**plays, f"{FILE['6']}*": say(png)}) as server:
        error = refusal(server.url, fetch=True)

    assert isinstance(error, CorruptMediaError)
    assert "data[0] (image)" in str(error)


def test_deep_json_is_no_recursion_error() -> None:
    deep: Json = "x"
    for _ in range(900):
        deep = {"a": deep}
    with http_server(gradio("6", lambda _: [deep], outputs=["json"])) as server:
        assert isinstance(refusal(server.url, fetch=True), LimitError)
