"""An unreachable server, or a broken connection, is a `PredictError` that names the server."""

from __future__ import annotations

import pytest

from encoders import (
    PredictError,
)
from tests.predict.client.calls import (
    CHUNKED,
    HEAD,
    PLACES,
    Place,
    call,
    places,
    refusal,
)
from tests.predict.http_server import (
    Play,
    gradio,
    http_server,
    raw,
    say,
)
from tests.predict.ways import ways


@ways
@pytest.mark.parametrize("url", ["", "ftp://host/", "file:///etc/passwd", "//host", "a cat"])
def test_text_that_is_not_a_servers_url_is_refused_at_once(url: str, way: str) -> None:
    assert repr(url) in str(refusal(url, way=way))


@ways
@pytest.mark.parametrize("hosts", ["127.0.0.1", "example.com, 127.0.0.1", "*", "127.0.0.1:{port}"])
def test_a_host_in_no_proxy_is_called_directly(
    hosts: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", "http://127.0.0.1:9")
    with http_server(gradio("3")) as server:
        monkeypatch.setenv("no_proxy", hosts.format(port=server.server_port))
        assert call(server.url, way=way) == "hi"


@ways
@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///x",
        "http://127.0.0.1:9",
        "https://127.0.0.1:9",
        "http://nowhere.invalid",
        "http://127.0.0.1:port",
        "http://[::1]:9",
        "http://127.0.0.1:9/a b",
    ],
)
def test_a_server_that_is_not_there_is_a_predict_error(url: str, way: str) -> None:
    error = refusal(url, way=way)

    assert isinstance(error, PredictError)
    assert url.removeprefix("http://").replace(" ", "%20") in str(error)


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "http://xn--/",
        "http://a..b",
        "http://.",
        "http://" + "a" * 80 + ".com",
    ],
)
def test_a_url_that_can_be_of_no_server_is_a_predict_error(url: str) -> None:
    assert isinstance(refusal(url), PredictError)


def test_a_port_beyond_65535_is_a_predict_error_async_too() -> None:
    assert isinstance(refusal("http://127.0.0.1:99999", way="async"), PredictError)


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_proxy_of_the_environment_is_used(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plays = {f"http://gradio.invalid{path}": play for path, play in gradio("3").items()}
    with http_server(plays) as server:
        monkeypatch.setenv("http_proxy", server.url)
        assert call("http://gradio.invalid", way=way) == "hi"

        assert server.paths[0] == "http://gradio.invalid/config"


@ways
def test_a_socks_proxy_that_cannot_be_used_is_a_predict_error(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", "socks5://127.0.0.1:9")

    assert isinstance(refusal("http://gradio.invalid", way=way), PredictError)


def test_a_user_that_is_not_unicode_is_a_predict_error() -> None:
    assert isinstance(refusal("http://\ud800:x@127.0.0.1:9"), PredictError)


def test_port_0_is_no_other_port() -> None:
    assert "127.0.0.1:0" in str(refusal("http://127.0.0.1:0"))


@ways
def test_https_to_a_plain_http_server_is_a_predict_error(way: str) -> None:
    with http_server(gradio("3")) as server:
        url = server.url.replace("http:", "https:")
        error = refusal(url, way=way)

    assert isinstance(error, PredictError)
    assert url in str(error)


BROKEN: dict[str, Play] = {
    "closed at once": raw(),
    "closed in the head": raw(b"HTTP/1.1 200 OK\r\nContent-"),
    "closed in the body": raw(HEAD, b'{"data": ["'),
    "closed in a chunk": raw(CHUNKED, b"100\r\n{"),
    "closed between chunks": raw(CHUNKED, b"2\r\n{}\r\n"),
    "not HTTP": raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "a bad chunk": raw(CHUNKED, b"zzz\r\n{}\r\n0\r\n\r\n"),
    "a header of 200 kB": raw(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000 + b"\r\n\r\n"),
    "bad gzip": say(b'{"data": []}', Content_Encoding="gzip"),
}


@ways
@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.parametrize("name", ["call-3", "data"])
def test_a_connection_that_breaks_is_a_predict_error(name: str, fault: str, way: str) -> None:
    place = PLACES[name]
    with http_server(place.plays(BROKEN[fault])) as server:
        error = place.refusal(server.url, way)

    assert isinstance(error, PredictError)
    assert "broke" in str(error)


@pytest.mark.parametrize("fault", ["closed at once", "closed in the body"])
@places
def test_a_connection_may_break_anywhere(place: Place, fault: str) -> None:
    with http_server(place.plays(BROKEN[fault])) as server:
        error = place.refusal(server.url)

    assert isinstance(error, PredictError)
    assert "broke" in str(error)


@ways
def test_error_for_a_refused_upload_has_the_reason(way: str) -> None:
    with http_server({**gradio("6", inputs=["file"])}) as server:
        server.plays["/gradio_api/upload"] = say({"detail": "too big"}, 413, Connection="close")
        server.unread.add("/gradio_api/upload")
        error = refusal(server.url, bytes(8_000_000), way=way)

    assert "/upload" in str(error)
