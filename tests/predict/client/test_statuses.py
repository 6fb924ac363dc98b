"""HTTP errors keep the server's text; only redirects of the configuration are followed."""

from __future__ import annotations

import pytest

from encoders import (
    EncodersError,
    Interface,
    PredictError,
)
from tests.predict.client.calls import (
    DATA,
    JOIN,
    PLACES,
    REDIRECTIONS,
    SECRET,
    Place,
    call,
    places,
    refusal,
    sent,
)
from tests.predict.http_server import (
    gradio,
    http_server,
    redirect,
    say,
)
from tests.predict.ways import predict, ways

STATUSES = (400, 401, 403, 404, 413, 422, 429, 500, 502, 503)


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", ["config", "call-3", "data", "file"])
def test_error_has_the_status_the_endpoint_and_the_text_of_the_server(
    name: str, status: int
) -> None:
    place = PLACES[name]
    with http_server(place.plays(say({"detail": "error text of the server"}, status))) as server:
        error = place.refusal(server.url)

    assert isinstance(error, PredictError)
    assert error.status == status
    assert f"HTTP {status}" in str(error)
    assert "error text of the server" in str(error) or "login" in str(error)


@places
def test_error_status_is_reported_at_every_step(place: Place) -> None:
    with http_server(place.plays(say({"detail": "error text of the server"}, 503))) as server:
        error = place.refusal(server.url)

    assert isinstance(error, PredictError)
    assert error.status == 503
    assert "error text of the server" in str(error)


BODIES: dict[str, tuple[bytes, str]] = {
    "an error": (b'{"error": "boom"}', "the server says: boom"),
    "an error that is null": (b'{"error": null}', "show_error is off"),
    "an error that is an object": (b'{"error": {"a": [1]}}', '{"a": [1]}'),
    "a detail that is a list": (b'{"detail": [{"loc": ["body"]}]}', "body"),
    "another object": (b'{"message": "boom"}', "message"),
    "a list": (b"[1, 2]", "[1, 2]"),
    "truncated JSON": (b'{"error": "bo', "bo"),
    "HTML": (b"<!doctype html>\n<title>Bad Gateway</title>", "<!doctype html>"),
    "plain text": (b"Internal Server Error", "Internal Server Error"),
    "no UTF-8": (b"\xff\xfe\x00", "\ufffd"),
    "nothing": (b"", "HTTP"),
    "10 MB": (b"x" * 10_000_000, "xxx..."),
    "10 MB of JSON": (b'{"error": "' + b"x" * 10_000_000, "xxx"),
    "deep JSON": (b"[" * 60_000, "[["),
    "a long number": (b"1" * 60_000, "111"),
}


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("name", ["call-3", "data"])
def test_the_body_of_a_refusal_is_quoted_in_brief(name: str, body: str) -> None:
    place = PLACES[name]
    sent, expected = BODIES[body]
    with http_server(place.plays(say(sent, 500))) as server:
        error = place.refusal(server.url)

    assert isinstance(error, PredictError)
    assert error.status == 500
    assert expected in str(error)
    assert len(str(error)) < 3000


FOLLOWS_NONE = [name for name in PLACES if name not in ("config", "login")]


@pytest.mark.parametrize(
    ("name", "status"),
    [*((name, 307) for name in FOLLOWS_NONE), *(("call-3", status) for status in REDIRECTIONS)],
)
def test_only_redirections_of_the_configuration_are_followed(name: str, status: int) -> None:
    place = PLACES[name]
    with http_server({"/elsewhere": say({})}) as other:
        there = f"{other.url}/elsewhere"
        with http_server(place.plays(redirect(there, status))) as server:
            error = place.refusal(server.url)
        assert other.seen == []

    assert isinstance(error, PredictError)
    assert error.status == status
    assert there in str(error)


@ways
@pytest.mark.parametrize("status", REDIRECTIONS)
def test_a_configuration_may_be_at_another_host_where_calls_go_then(status: int, way: str) -> None:
    with (
        http_server(gradio("6")) as there,
        http_server({"/config": redirect(f"{there.url}/config", status)}) as here,
    ):
        assert call(here.url, way=way) == "hi"

        assert here.paths == ["/config"]
        assert [path.partition("?")[0] for path in there.paths][-2:] == [JOIN["6"], DATA["6"]]


@ways
@pytest.mark.parametrize(
    "target",
    [
        "/spaces/mine/config",
        "spaces/mine/config?x=1",
        "/spaces/mine/config/",
        "/spaces/mine/config#x",
    ],
)
def test_a_configuration_may_be_elsewhere_on_the_server(target: str, way: str) -> None:
    plays = {f"/spaces/mine{path}": play for path, play in gradio("6").items()}
    plays["/spaces/mine/config/"] = plays["/spaces/mine/config"]
    with http_server({**plays, "/config": redirect(target)}) as server:
        assert call(server.url, way=way, token=SECRET) == "hi"

        assert set(sent(server, "Authorization")) == {f"Bearer {SECRET}"}


@ways
@pytest.mark.parametrize(
    "target",
    [
        "http://[",
        "http://[::1",
        "http://127.0.0.1:99999/config",
        "ftp://127.0.0.1/config",
        "//",
        "",
        "?",
    ],
)
def test_a_redirection_to_no_url_is_a_predict_error(target: str, way: str) -> None:
    with http_server({"/config": redirect(target)}) as server:
        assert isinstance(refusal(server.url, way=way), PredictError)


@ways
def test_a_redirection_to_no_server_is_not_kept(way: str) -> None:
    with http_server({**gradio("3"), "/login-page": say("<html>")}) as server:
        configuration = server.plays["/config"]
        with Interface(server.url) as app:
            server.plays["/config"] = redirect("/login-page")
            with pytest.raises(EncodersError):
                predict(way, app, "hi")
            server.plays["/config"] = configuration
            assert predict(way, app, "hi").data[0] == "hi"


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_location_without_a_redirection_is_ignored(status: int) -> None:
    play = say({"detail": "no"}, status, Location="/elsewhere/config")
    with http_server({"/config": play}) as server:
        error = refusal(server.url)

        assert server.paths == ["/config"]
    assert isinstance(error, PredictError)
    assert error.status == status


@ways
def test_redirections_in_a_circle_are_an_error(way: str) -> None:
    with http_server({"/config": redirect("/config")}) as server:
        assert server.url in str(refusal(server.url, way=way))
