"""The URL of a server in every spelling."""

from __future__ import annotations

from typing import Any

import pytest

from encoders import (
    Interface,
    PredictError,
)
from tests.predict.client.calls import (
    call,
    refusal,
)
from tests.predict.http_server import (
    Json,
    config,
    gradio,
    http_server,
    redirect,
    say,
)
from tests.predict.ways import ways


@ways
def test_a_server_on_this_machine_needs_no_scheme(way: str) -> None:
    with http_server(gradio("3")) as server:
        assert call(server.url.removeprefix("http://"), way=way) == "hi"


@pytest.mark.parametrize("body", ["<html>", {"a": 1}, [], None, 1])
def test_error_for_a_url_without_a_gradio_server_says_so(body: Json) -> None:
    with http_server({"/config": say(body)}) as server:
        error = refusal(server.url)

    assert server.url in str(error)
    assert "Gradio" in str(error) or "expected" in str(error)


def test_a_server_without_a_configuration_is_no_gradio() -> None:
    with http_server({}) as server:
        error = refusal(server.url)

    assert f"{server.url} is no Gradio server, or the server is at another path: HTTP 404" in str(
        error
    )


@pytest.mark.parametrize("status", [301, 307, 308])
@pytest.mark.parametrize("version", [None, "2.6.4"])
def test_error_names_a_gradio_that_is_too_old(version: str | None, status: int) -> None:
    configuration = {**config("2", ["textbox"], ["textbox"]), "version": version}
    configuration = {key: value for key, value in configuration.items() if value is not None}
    plays = {"/config": redirect("/config/", status), "/config/": say(configuration)}
    with http_server(plays) as server:
        error = refusal(server.url)

    assert "2.7 or newer" in str(error)


@pytest.mark.parametrize("status", [301, 307, 308])
def test_a_proxy_may_add_a_slash(status: int) -> None:
    plays = gradio("3")
    plays["/config/"] = plays["/config"]
    plays["/config"] = redirect("/config/", status)
    with http_server(plays) as server:
        assert call(server.url) == "hi"


def test_a_site_that_adds_slashes_is_no_gradio() -> None:
    with http_server({"/config": redirect("/config/")}) as server:
        assert "is no Gradio server" in str(refusal(server.url))


def test_a_site_that_adds_slashes_without_end_is_left() -> None:
    plays = {"/config": redirect("/config/"), "/config/": redirect("/config")}
    with http_server(plays) as server:
        assert "too many redirects" in str(refusal(server.url))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("localhost", "http://localhost"),
        ("localhost:7860/app/", "http://localhost:7860/app"),
        ("127.0.0.1", "http://127.0.0.1"),
        ("[::1]:7860", "http://[::1]:7860"),
        ("192.168.0.7", "http://192.168.0.7"),
        ("8.8.8.8", "https://8.8.8.8"),
        ("8.8.8.8:7860", "http://8.8.8.8:7860"),
        ("localhost:443", "https://localhost:443"),
        ("host:8443", "https://host:8443"),
        ("box:7860", "http://box:7860"),
        ("demo.example.com", "https://demo.example.com"),
        ("demo.example.com/a", "https://demo.example.com/a"),
    ],
)
def test_a_scheme_is_found_for_an_address(given: str, expected: str) -> None:
    assert Interface(given).url == expected


@pytest.mark.parametrize(
    "access", [{"token": "secret"}, {"auth": ("a", "b")}, {"headers": {"X": "y"}}]
)
def test_secret_is_not_sent_over_a_guessed_scheme(access: dict[str, Any]) -> None:
    with pytest.raises(PredictError, match="write https:// before it") as caught:
        Interface("demo.example.com:7860", **access)

    assert "secret" not in str(caught.value)
    assert Interface("127.0.0.1:7860", **access).url == "http://127.0.0.1:7860"
    assert Interface("demo.example.com", **access).url == "https://demo.example.com"
    assert Interface("http://demo.example.com:7860", **access).url


@pytest.mark.parametrize("url", ["[1.2.3]:80", "[::1", "host:99999999", "a b:80", "localhost:x"])
def test_an_invalid_address_is_an_error(url: str) -> None:
    with pytest.raises(PredictError, match="not a URL of a server"):
        Interface(url)


@pytest.mark.parametrize("version", ["2.2.15", "2.6", "2.0", "1.7.7"])
def test_a_configuration_of_a_version_that_is_too_old_is_an_error(version: str) -> None:
    with http_server({**gradio("2", version=version)}) as server:
        assert "expected Gradio 2.7 or newer" in str(refusal(server.url))
