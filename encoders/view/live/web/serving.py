"""The web server of the live page: on this machine alone, until Ctrl-C."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from encoders.errors import MissingDependencyError
from encoders.predict.client.interface import Interface

_HOST = "127.0.0.1"
_LONGEST_WAIT = 1.0  # seconds; Windows looks for Ctrl-C only between waits
_LONGEST_END = 5.0
_TOKEN_BYTES = 24
_LAST_PORT = 65535
_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP


def demo(interface: Interface | None, *, port: int | None, browser: bool) -> None:
    """Serve the live page of a server, or the converter, until Ctrl-C.

    The page's URL is printed. Nobody can open the page without it.

    Args:
        interface: the server; None for the converter alone.
        port: by default one that is free.
        browser: whether the page is opened in the user's browser.

    Raises:
        MissingDependencyError: Starlette or uvicorn is not installed.
        EncodersError: the server cannot be asked what it is.
        OSError: the port is taken.
        ValueError: there is no such port.
    """
    with serving(interface, port) as (url, ended):
        print(url, flush=True)
        if browser:
            threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
        with suppress(KeyboardInterrupt), _interrupted_by_signals():
            while not ended.wait(_LONGEST_WAIT):
                pass


@contextmanager
def serving(
    interface: Interface | None, port: int | None = None
) -> Iterator[tuple[str, threading.Event]]:
    """Serve the live page in a thread; give its URL, and an event that is set when that ends.

    The arguments and errors are those of `demo`.
    """
    try:
        from encoders.view.live.app import LiveApp
        from encoders.view.live.web.web_server import WebServer
    except ImportError as error:
        raise MissingDependencyError("the live page", "demo") from error
    if interface:
        _ = interface.description  # before anybody waits for the page
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with closing(_listening(port or 0)) as listening:
        port = listening.getsockname()[1]
        with closing(LiveApp(interface, token, port)) as app:
            server, ended = WebServer(app.asgi), threading.Event()

            def serve() -> None:
                try:
                    server.run([listening])
                finally:
                    ended.set()

            thread = threading.Thread(target=serve, name="encoders demo", daemon=True)
            thread.start()
            try:
                yield f"http://{_HOST}:{port}/{token}/", ended
            finally:
                server.should_exit = True
                thread.join(_LONGEST_END)


def _listening(port: int) -> socket.socket:
    """Return a socket that listens, so that no request is refused from now on."""
    if not 0 <= port <= _LAST_PORT:
        raise ValueError(f"port={port}: expected 0 to {_LAST_PORT}")
    try:
        made = socket.create_server((_HOST, port), backlog=128)
    except OSError as error:
        number = error.errno or 0
        raise OSError(number, os.strerror(number), f"{_HOST}:{port}") from error
    # asyncio sends small answers at once (TCP_NODELAY) only through a socket that says it is TCP.
    return socket.socket(made.family, made.type, socket.IPPROTO_TCP, made.detach())


@contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """Raise `KeyboardInterrupt` on each signal that asks the process to end, unless it is ignored.

    An event loop, such as that of a notebook, may have a handler for Ctrl-C that waits for it.
    """
    if threading.current_thread() is not threading.main_thread():  # Python handles signals there
        yield
        return
    known = [getattr(signal, name) for name in _SIGNALS if hasattr(signal, name)]
    before = {each: signal.getsignal(each) for each in known}
    before = {each: old for each, old in before.items() if old not in (None, signal.SIG_IGN)}
    for each in before:
        signal.signal(each, signal.default_int_handler)
    try:
        yield
    finally:
        for each, old in before.items():
            signal.signal(each, old)
