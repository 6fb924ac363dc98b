"""A call ends at its timeout, for all that a server can do."""

from __future__ import annotations

import pytest

from encoders import (
    Interface,
)
from tests.predict.client.calls import (
    CALL,
    DATA,
    HEAD,
    PLACES,
    Place,
    call,
    lasting,
    places,
    refusal,
)
from tests.predict.http_server import (
    Exchange,
    Play,
    endless,
    gradio,
    http_server,
    raw,
    say,
    silent,
)
from tests.predict.ways import predict, ways


def slowly(text: bytes, pause: float, most: float) -> Play:
    """Write so much of a text, byte by byte, as takes a server some seconds at most."""
    pieces = [text[i : i + 1] for i in range(min(len(text), int(most / pause)))]
    return raw(*pieces, pause=pause)


LATE: dict[str, Play] = {
    "silence": silent,
    "silence after the head": raw(HEAD, b"", pause=60),
    "a body that drips": raw(HEAD, *[b" "] * 100, pause=0.05),
}


@ways
@pytest.mark.parametrize("fault", LATE)
@pytest.mark.parametrize("name", ["call-3", "data"])
def test_no_call_takes_longer_than_its_timeout(name: str, fault: str, way: str) -> None:
    place = PLACES[name]
    with http_server(place.plays(LATE[fault])) as server:
        error, seconds = lasting(lambda: place.refusal(server.url, way, timeout=0.1))

    assert "in 0.1 s; pass a higher timeout" in str(error)
    assert seconds < 1


@places
def test_silence_anywhere_ends_with_the_timeout(place: Place) -> None:
    with http_server(place.plays(silent)) as server:
        error, seconds = lasting(lambda: place.refusal(server.url, timeout=0.1))

    assert "in 0.1 s; pass a higher timeout" in str(error)
    assert seconds < 1


@ways
def test_an_upload_that_the_server_does_not_read_ends_with_the_timeout(way: str) -> None:
    with http_server({**gradio("6", inputs=["file"]), "/gradio_api/upload": silent}) as server:
        server.unread.add("/gradio_api/upload")
        error, seconds = lasting(
            lambda: refusal(server.url, bytes(30_000_000), way=way, timeout=0.3)
        )

    assert "in 0.3 s" in str(error)
    assert seconds < 1


@ways
@pytest.mark.parametrize("play", [endless(b": ping\n\n", 0.02), endless(b"data: {}\n\n", 0)])
def test_heartbeats_do_not_delay_a_call_beyond_its_timeout(play: Play, way: str) -> None:
    with http_server({**gradio("6"), DATA["6"]: play}) as server:
        error, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.1))

    assert "in 0.1 s" in str(error)
    assert seconds < 1


@ways
def test_endless_generator_does_not_delay_a_call_beyond_its_timeout(way: str) -> None:
    play = say({"data": ["x"], "is_generating": True})
    with http_server({**gradio("3"), CALL["3"]: play}) as server:
        error, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.1))

    assert "in 0.1 s" in str(error)
    assert seconds < 1


@ways
def test_slow_header_does_not_delay_a_call_beyond_its_timeout(way: str) -> None:
    with http_server({**gradio("3"), CALL["3"]: slowly(HEAD, 0.05, 1)}) as server:
        _, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.1))

    assert seconds < 0.6


@ways
def test_pause_in_a_body_does_not_delay_a_call_beyond_its_timeout(way: str) -> None:
    play = raw(HEAD, b" ", b" ", pause=0.5)
    with http_server({**gradio("3"), CALL["3"]: play}) as server:
        _, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.6))

    assert seconds < 0.85


@ways
def test_a_timeout_covers_all_the_requests_of_a_call(way: str) -> None:
    def late(play: Play) -> Play:
        def played(exchange: Exchange) -> None:
            exchange.wait(0.1)
            play(exchange)

        return played

    plays = {path: late(play) for path, play in gradio("6").items()}
    with http_server(plays) as server:
        error, seconds = lasting(lambda: refusal(server.url, way=way, timeout=0.25))

    assert "in 0.25 s" in str(error)
    assert seconds < 1


@ways
def test_a_timeout_of_a_call_may_not_be_0(way: str) -> None:
    with (
        http_server(gradio("3")) as server,
        Interface(server.url) as app,
        pytest.raises(ValueError, match="timeout=0"),
    ):
        predict(way, app, "hi", timeout=0)


@pytest.mark.parametrize("timeout", [float("inf"), 1e12])
def test_a_timeout_may_be_very_long(timeout: float) -> None:
    with http_server(gradio("3")) as server:
        assert call(server.url, timeout=timeout) == "hi"
