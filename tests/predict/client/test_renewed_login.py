"""A login that ran out is renewed once, and what was refused for it is sent again."""

from __future__ import annotations

import asyncio
import io
import itertools
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from encoders import Interface, PredictError
from encoders.predict import File
from tests.predict.client.calls import CALL, OUT, PLACES, SECRET, Place
from tests.predict.client.websocket_server import echo, gradio_3
from tests.predict.http_server import Exchange, Play, config, gradio, http_server, say
from tests.predict.ways import predict, ways

LOGIN = ("me", SECRET)


class Guard:
    """Refuses what comes without a cookie that is valid, as Gradio does.

    Attributes:
        logins: how often somebody has logged in.
    """

    def __init__(self, plays: Mapping[str, Play], status: int = 401) -> None:
        self.logins = 0
        self.valid = ""
        self._numbers = itertools.count()
        self._status = status
        self.plays = {path: self._guarded(play) for path, play in plays.items()}
        self.plays["/login"] = self._log_in

    def forget(self) -> None:
        """Let nobody be logged in, as a server does that was started again."""
        self.valid = ""

    def _log_in(self, exchange: Exchange) -> None:
        self.logins += 1
        self.valid = self.valid or f"token{next(self._numbers)}"
        say({"success": True}, Set_Cookie=f"access-token={self.valid}; Path=/")(exchange)

    def _guarded(self, play: Play) -> Play:
        def played(exchange: Exchange) -> None:
            if self.valid and self.valid in exchange.seen.headers.get("Cookie", ""):
                play(exchange)
            else:
                exchange.answer(b'{"detail": "Not authenticated"}', self._status)

        return played


@ways
@pytest.mark.parametrize("name", ["upload", "join", "data", "file", "upload-3", "call-3", "call-2"])
def test_a_login_that_ran_out_anywhere_is_renewed(name: str, way: str) -> None:
    place = PLACES[name]
    plays = place.plays()
    guard = Guard(plays)
    guarded = guard.plays[place.path]
    asked: list[str] = []

    def play(exchange: Exchange) -> None:
        if not asked:
            guard.forget()
        asked.append(exchange.path)
        guarded(exchange)

    with http_server({**guard.plays, place.path: play}) as server:
        assert place.call(server.url, way) in ("hi", place_content(place))
    assert guard.logins == 2
    assert len(asked) == 2


def place_content(place: Place) -> object:
    return None if place.era == "2" else File(b"its content", OUT.rpartition("/")[2])


@ways
def test_each_call_after_a_restart_is_answered(way: str) -> None:
    guard = Guard(gradio("6"))
    with http_server(guard.plays) as server, Interface(server.url, auth=LOGIN) as app:
        for number in range(3):
            assert predict(way, app, str(number))[0] == str(number)
            guard.forget()

    assert guard.logins == 3


@pytest.mark.parametrize("era", ["3", "6"])
def test_many_threads_share_one_new_login(era: str) -> None:
    guard = Guard(gradio(era))
    with http_server(guard.plays) as server, Interface(server.url, auth=LOGIN) as app:
        assert app.endpoints
        guard.forget()
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda n: app.predict(str(n))[0], range(64)))

    assert answers == [str(number) for number in range(64)]
    assert guard.logins == 2


@pytest.mark.parametrize("way", ["predict_async", "submit"])
def test_many_tasks_share_one_new_login(way: str) -> None:
    async def many(app: Interface) -> list[object]:
        async def answer(number: int) -> object:
            return (await getattr(app, way)(str(number)))[0]

        return await asyncio.gather(*map(answer, range(32)))

    guard = Guard(gradio("6"))
    with http_server(guard.plays) as server, Interface(server.url, auth=LOGIN) as app:
        assert app.endpoints
        guard.forget()
        assert asyncio.run(many(app)) == [str(number) for number in range(32)]

    assert guard.logins == 2


@ways
def test_a_server_that_refuses_for_ever_is_asked_twice(way: str) -> None:
    plays = {**gradio("3"), CALL["3"]: say({"detail": "Not authenticated"}, 401)}
    with http_server(plays) as server, Interface(server.url, auth=LOGIN) as app:
        with pytest.raises(PredictError, match="401"):
            predict(way, app, "hi")

        assert server.paths.count(CALL["3"]) == 2
        assert server.paths.count("/login") == 2


@ways
def test_a_password_that_was_changed_is_said_to_be_wrong(way: str) -> None:
    guard = Guard(gradio("6"))
    with http_server(guard.plays) as server, Interface(server.url, auth=LOGIN) as app:
        assert app.endpoints
        guard.forget()
        server.plays["/login"] = say({"detail": "Incorrect credentials."}, 400)
        with pytest.raises(PredictError, match="does not accept this user and password"):
            predict(way, app, "hi")


@ways
def test_a_function_that_can_be_queued_only_is_queued_with_a_login_too(way: str) -> None:
    guard = Guard(gradio_3(echo, 401))
    with http_server(guard.plays) as server, Interface(server.url, auth=LOGIN) as app:
        assert predict(way, app, "a")[0] == "a"
        assert predict(way, app, "b")[0] == "b"

        assert server.paths.count("/queue/join") == 2
        assert server.paths.count(CALL["3"]) == 2  # the first call alone, again after a login


@ways
def test_a_login_that_ran_out_before_a_websocket_is_renewed(way: str) -> None:
    """3.x answers 403 where it opens no WebSocket."""
    guard = Guard(gradio_3(echo, 401), 403)
    with http_server(guard.plays) as server, Interface(server.url, auth=LOGIN) as app:
        server.plays["/run/predict"] = say({}, 404)
        assert predict(way, app, "a")[0] == "a"
        guard.forget()
        assert predict(way, app, "b")[0] == "b"

    assert guard.logins == 2


def test_an_interface_of_a_configuration_logs_in_when_it_is_asked_to() -> None:
    guard = Guard(gradio("3"))
    given = config("3", ["textbox"], ["textbox"])
    with (
        http_server(guard.plays) as server,
        Interface(given, url=server.url, auth=LOGIN) as app,
    ):
        assert app.predict("hi")[0] == "hi"

    assert guard.logins == 1


def test_without_a_login_nothing_is_repeated() -> None:
    guard = Guard(gradio("3"))
    with http_server(guard.plays) as server, Interface(server.url) as app:
        with pytest.raises(PredictError, match="wants a login"):
            app.predict("hi")

        assert server.paths == ["/config"]


@pytest.mark.parametrize("auth", ["me:secret", ("me",), ("me", 5)])
def test_what_is_no_login_is_refused_at_once(auth: Any) -> None:
    with pytest.raises(TypeError, match=r"auth: expected \(user, password\)"):
        Interface("http://127.0.0.1:9", auth=auth)


def test_a_file_that_cannot_be_read_again_is_not_sent_again_without_its_start() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    guard = Guard(gradio("6"))
    with http_server(guard.plays) as server, Interface(server.url, auth=LOGIN) as app:
        assert app.endpoints
        guard.forget()
        with pytest.raises(PredictError, match="wants a login"):
            app.upload("a.bin", Pipe(b"some bytes"))

        assert server.paths.count("/gradio_api/upload") == 1
