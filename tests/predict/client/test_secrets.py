"""Tokens and passwords are sent only to their server, and appear in no message."""

from __future__ import annotations

import traceback
from contextlib import suppress
from typing import Any

import pytest

from encoders import (
    EncodersError,
    Interface,
    PredictError,
)
from encoders.predict.address import check_redirection
from tests.predict.client.calls import (
    DATA,
    OUT,
    PLACES,
    SECRET,
    call,
    eras,
    referring,
    refusal,
    sent,
)
from tests.predict.http_server import (
    gradio,
    http_server,
    raw,
    redirect,
    say,
    silent,
)
from tests.predict.ways import predict, ways


@ways
def test_token_is_sent_to_every_path_of_the_server(way: str) -> None:
    place = PLACES["data"]
    plays = place.plays(silent)
    plays[DATA["6"]] = gradio("6")[DATA["6"]]
    with http_server(referring("6", OUT)) as server:
        call(server.url, way=way, fetch=True, token=SECRET, headers={"X-Key": "more"})

        assert len(server.seen) == 5
        assert set(sent(server, "Authorization")) == {f"Bearer {SECRET}"}
        assert set(sent(server, "X-Key")) == {"more"}


@ways
@pytest.mark.parametrize("header", ["Authorization", "X-Key"])
def test_token_is_not_sent_to_other_servers(header: str, way: str) -> None:
    with (
        http_server(gradio("6")) as there,
        http_server({"/config": redirect(f"{there.url}/config")}) as here,
    ):
        with suppress(EncodersError):
            call(here.url, way=way, token=SECRET, headers={"X-Key": SECRET})

        assert set(sent(there, header)) <= {None}


@pytest.mark.parametrize(
    ("here", "there", "goes"),
    [
        ("http://host", "http://host/a/config", True),
        ("http://host", "http://HOST:80/config", True),
        ("http://host", "https://host/config", True),
        ("http://host:80", "https://host:443/config", True),
        ("https://host", "http://host/config", False),
        ("http://host", "https://host:444/config", False),
        ("http://host", "http://host:81/config", False),
        ("http://host", "http://host@evil.example/config", False),
        ("http://host", "http://host.evil.example/config", False),
        (
            "http://host:8080",
            "https://host:44380/config",
            False,
        ),
    ],
)
def test_redirects_send_secrets_only_to_the_same_server(here: str, there: str, goes: bool) -> None:
    if goes:
        check_redirection(here, there, True)
    else:
        with pytest.raises(PredictError):
            check_redirection(here, there, True)
    check_redirection(here, there, False)


SESSION: dict[str, Any] = {"Set_Cookie": "access-token=session; Path=/; HttpOnly"}


@eras
@ways
def test_a_session_that_a_login_begins_is_kept(era: str, way: str) -> None:
    plays = {**gradio(era), "/login": say({"success": True}, **SESSION)}
    with http_server(plays) as server:
        assert call(server.url, way=way, auth=("me", SECRET)) == "hi"

        assert server.seen[0].body == f"username=me&password={SECRET}".encode()
        assert set(sent(server, "Cookie")[1:]) == {"access-token=session"}
        assert all(SECRET.encode() not in seen.body for seen in server.seen[1:])


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("sync", "sync"),
        ("async", "async"),
        ("async", "sync"),
        ("sync", "async"),
        ("sync", "close"),
    ],
)
def test_a_session_is_kept_from_call_to_call(first: str, then: str) -> None:
    plays = {**gradio("6"), "/login": say({"success": True}, **SESSION)}
    with http_server(plays) as server, Interface(server.url, auth=("me", SECRET)) as app:
        predict(first, app, "hi")
        if then == "close":
            app.close()
        predict("async" if then == "async" else "sync", app, "hi")

        assert sent(server, "Cookie")[-1] == "access-token=session"


def test_a_login_is_not_sent_to_another_server() -> None:
    login = say({"success": True}, **SESSION)
    with http_server(gradio("6")) as there, http_server({"/login": login}) as here:
        url = there.url.replace("127.0.0.1", "localhost")
        here.plays["/config"] = redirect(f"{url}/config")
        assert "make an Interface of that URL" in str(refusal(here.url, auth=("me", SECRET)))

        assert there.seen == []


def test_a_server_may_set_a_cookie_for_several_paths() -> None:
    twice = b"Set-Cookie: a=1; Path=/\r\nSet-Cookie: a=2; Path=/run\r\n"
    login = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n", twice, b"\r\n{}")
    with http_server({**gradio("3"), "/login": login}) as server:
        assert call(server.url, way="async", auth=("me", SECRET)) == "hi"


@pytest.mark.parametrize("status", [400, 401, 403])
def test_wrong_password_is_reported_as_the_cause(status: int) -> None:
    plays = {**gradio("6"), "/login": say({"detail": "Incorrect credentials."}, status)}
    with http_server(plays) as server:
        error = refusal(server.url, auth=("me", SECRET))

    assert "does not accept this user and password" in str(error)


def test_missing_login_is_reported_as_the_cause() -> None:
    with http_server({"/config": say({"detail": "Not authenticated"}, 401)}) as server:
        assert "pass auth=(user, password) or pass token=" in str(refusal(server.url))


TOKENS = [
    SECRET + "\n",
    SECRET + "\r\nX-More: yes",
    "ü" + SECRET,
    SECRET + "\x00",
    "\ud800" + SECRET,
]


@pytest.mark.parametrize("token", TOKENS)
@ways
def test_a_token_that_cannot_be_sent_is_in_no_message(token: str, way: str) -> None:
    with http_server(gradio("3")) as server:
        error = refusal(server.url, way=way, token=token)

    assert SECRET not in "".join(traceback.format_exception(error))


def test_a_password_in_a_url_is_in_no_message() -> None:
    error = refusal(f"http://me:{SECRET}@127.0.0.1:9")

    assert SECRET not in str(error)


def test_an_interface_does_not_show_its_secrets() -> None:
    app = Interface("http://127.0.0.1:9", auth=("me", SECRET), token=SECRET, headers={"X": SECRET})

    assert SECRET not in repr(app)
