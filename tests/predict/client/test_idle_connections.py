"""A server or proxy may close a connection that is not used: no call fails or runs twice for it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from encoders import Interface
from tests.predict.http_server import Exchange, Json, Play, gradio, http_server

IDLE = 0.1  # seconds
PAUSES = (0.0, 0.05, 0.095, 0.099, 0.1, 0.1005, 0.101, 0.105, 0.12, 0.2)
THREADS = 4
# Both ways with both kinds of protocol: 2 and 3 answer at once, the others have a queue.
CASES = (("2", "predict"), ("3", "submit"), ("4", "submit"), ("5", "predict"), ("6", "submit"))


def cutting(play: Play) -> Play:
    """Answer, and close the connection once it was idle; a new one waits for its first request."""

    def played(exchange: Exchange) -> None:
        exchange.connection.settimeout(IDLE)
        play(exchange)

    return played


def test_calls_after_any_pause_are_answered_and_run_once() -> None:
    with ThreadPoolExecutor(len(CASES)) as pool:
        for case, run in zip(CASES, pool.map(texts_run, CASES), strict=True):
            assert len(run) == len(set(run)) == THREADS * 3 * len(PAUSES), case


def texts_run(case: tuple[str, str]) -> list[Json]:
    """Make calls after pauses, and return the texts with which the function ran."""
    era, way = case
    run: list[Json] = []

    def function(text: str) -> list[Json]:
        run.append(text)
        return [text]

    def calls(thread: int) -> None:
        for number, pause in enumerate(PAUSES * 3):
            time.sleep(pause)
            text = f"{thread} {number}"
            answer = app.predict(text) if way == "predict" else app.submit(text).result()
            assert answer[0] == text, case

    plays = {path: cutting(play) for path, play in gradio(era, function).items()}
    with (
        http_server(plays) as server,
        Interface(server.url) as app,
        ThreadPoolExecutor(THREADS) as pool,
    ):
        list(pool.map(calls, range(THREADS)))
    return run


def test_a_connection_that_a_proxy_would_cut_after_5_s_is_not_used() -> None:
    """A call that is on its way while the proxy cuts its connection would be lost."""
    from encoders.predict.client.network import pool

    assert pool.KEPT_FOR < 5
