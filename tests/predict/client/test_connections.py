"""A closed connection is not reused; requests that may be repeated are repeated."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from encoders import (
    Interface,
    PredictError,
)
from tests.predict.client.calls import (
    DATA,
    ERAS,
    HEAD,
    PLENTY,
    refusal,
)
from tests.predict.http_server import (
    PREFIXES,
    VERSIONS,
    Exchange,
    Json,
    Play,
    event,
    gradio,
    http_server,
    raw,
    say,
)
from tests.predict.ways import predict, ways


def closing(play: Play) -> Play:
    """Answer, and close the connection a little later without a header that says so."""

    def played(exchange: Exchange) -> None:
        play(exchange)
        exchange.close_connection = True
        exchange.wait(0.002)

    return played


@ways
@pytest.mark.parametrize("era", ["3", "6"])
def test_a_connection_on_which_the_server_failed_is_not_used_again(era: str, way: str) -> None:
    prefix = PREFIXES[era]
    plays = {**gradio(era), f"{prefix}/info": closing(say("Internal Server Error", 500))}
    for _ in range(30):
        with http_server(plays) as server, Interface(server.url) as app:
            assert predict(way, app, "hi").data[0] == "hi"


class Cuts:
    """Closes each connection when a second request comes on it, as a server may at any time."""

    def __init__(self) -> None:
        self.used: set[tuple[str, int]] = set()
        self.count = 0

    def of(self, play: Play) -> Play:
        def played(exchange: Exchange) -> None:
            if exchange.client_address in self.used:
                self.count += 1
                exchange.close_connection = True
                return
            self.used.add(exchange.client_address)
            play(exchange)

        return played


@ways
@pytest.mark.parametrize("era", ERAS)
def test_a_request_that_finds_its_connection_closed_is_sent_again(era: str, way: str) -> None:
    cuts = Cuts()
    plays = {path: cuts.of(play) for path, play in gradio(era).items()}
    with http_server(plays) as server, Interface(server.url) as app:
        for number in range(3):
            assert predict(way, app, str(number)).data[0] == str(number)

    assert cuts.count > 0


def test_a_file_that_is_uploaded_again_is_uploaded_whole() -> None:
    cuts = Cuts()
    plays = {path: cuts.of(play) for path, play in gradio("6").items()}
    data = bytes(range(256)) * 1000
    with http_server(plays) as server, Interface(server.url) as app:
        assert app.description.version == VERSIONS["6"]
        for _ in range(2):
            app.upload("a.bin", io.BytesIO(data))

    bodies = [seen.body for seen in server.seen if seen.path.endswith("/upload")]
    assert [body.count(data) for body in bodies] == [1] * 3
    assert cuts.count == 2


@ways
def test_a_new_connection_that_always_breaks_is_an_error_after_four_tries(way: str) -> None:
    with http_server({"/config": raw()}) as server:
        error = refusal(server.url, way=way)

    assert isinstance(error, PredictError)
    assert error.broke
    assert len(server.paths) == 4


@ways
def test_request_is_not_repeated_after_its_answer_began(way: str) -> None:
    plays = gradio("3")
    plays["/run/predict"] = raw(HEAD, b'{"data": [')
    with http_server(plays) as server:
        refusal(server.url, way=way)

    assert server.paths.count("/run/predict") == 1


@ways
def test_half_a_head_is_an_answer_that_has_begun(way: str) -> None:
    cuts = Cuts()
    plays = gradio("3")
    plays["/config"] = cuts.of(plays["/config"])  # which is what opens the connection

    def half(exchange: Exchange) -> None:
        raw(b"HTTP/1.1 20")(exchange)

    plays["/run/predict"] = half
    with http_server(plays) as server:
        refusal(server.url, way=way)

    assert server.paths.count("/run/predict") == 1


@ways
def test_a_function_that_kills_its_connection_is_called_twice_at_most(way: str) -> None:
    def killed(exchange: Exchange) -> None:
        exchange.close_connection = True

    with http_server(gradio("3")) as server, Interface(server.url) as app:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(app.predict, "abcdefgh"))
        server.plays["/run/predict"] = killed
        before = server.paths.count("/run/predict")
        with pytest.raises(PredictError, match="broke"):
            predict(way, app, "hi")

    assert 1 <= server.paths.count("/run/predict") - before <= 2


def test_a_file_that_cannot_be_read_again_is_not_sent_again() -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

        tell = seek

    cuts = Cuts()
    plays = {path: cuts.of(play) for path, play in gradio("6").items()}
    with http_server(plays) as server, Interface(server.url) as app:
        app.upload("a.bin", io.BytesIO(b"its content"))  # which opens the connection
        with pytest.raises(PredictError, match="broke"):
            app.upload("a.bin", Pipe(b"its content"))


def test_only_the_unread_rest_of_a_file_is_uploaded() -> None:
    file = io.BytesIO(b"its content")
    file.read(4)
    with http_server(gradio("6")) as server, Interface(server.url) as app:
        app.upload("a.bin", file)

    assert b"\r\n\r\ncontent\r\n" in server.seen[-1].body


def test_threads_keep_their_connections_while_others_fail() -> None:
    """Each call is made once, and each good one is answered."""
    made: list[str] = []

    def function(text: str) -> list[Json]:
        made.append(text)
        if text.startswith("bad"):
            raise ValueError
        return [text]

    plays = gradio("3", function)
    answer = plays["/run/predict"]

    def play(exchange: Exchange) -> None:
        try:
            answer(exchange)
        except ValueError:
            exchange.answer(b'{"error": "bad"}', 500)

    plays["/run/predict"] = play
    texts = [f"{('bad', 'good')[number % 2]} {number}" for number in range(400)]

    def result(text: str) -> Any:
        try:
            return app.predict(text, timeout=PLENTY).data[0]
        except PredictError as error:
            return error.status

    with http_server(plays) as server, Interface(server.url) as app, ThreadPoolExecutor(16) as pool:
        found = list(pool.map(result, texts))

    assert found == [500 if text.startswith("bad") else text for text in texts]
    assert sorted(made) == sorted(texts)


@ways
@pytest.mark.parametrize("pause", [0, 0.01])
def test_a_stream_that_ends_after_its_answer_leaves_its_connection(pause: float, way: str) -> None:
    """The end of a chunked body may come in the packet of the last message, or in one behind it."""
    addresses = set()
    plays = gradio("6")

    def answered(exchange: Exchange) -> None:
        addresses.add(exchange.client_address)
        text = event(msg="process_completed", output={"data": ["hi"]}, success=True)
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        exchange.wfile.write(head + f"{len(text):x}\r\n".encode() + text + b"\r\n")
        exchange.wait(pause)
        exchange.wfile.write(b"0\r\n\r\n")

    plays[DATA["6"]] = answered
    with http_server(plays) as server, Interface(server.url) as app:
        for _ in range(5):
            assert predict(way, app, "hi").data[0] == "hi"
    assert len(addresses) == 1
