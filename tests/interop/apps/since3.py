"""A server for any Gradio release with Blocks.

`servers.py` runs it with the Python of the release's environment: `python since3.py PORT [APP]`
serves one of `APPS`, `mounted` or `mounted_root` until its standard input is closed.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import behaviours
import gradio as gr
import uvicorn
from constants import LOGIN, MOUNT_PATH
from endpoints import VERSION, Endpoints, add_all, add_annotated_image
from gradio import networking


def blocks() -> gr.Blocks:
    """The app with all endpoints."""
    # Before 4.0 a function that uses the queue cannot be called without the queue.
    event = {"queue": False} if VERSION < (4, 0) else {}
    with gr.Blocks() as blocks:
        add_all(Endpoints(**event))
    return blocks.queue() if (3, 1) <= VERSION < (4, 0) else blocks


def annotated() -> gr.Blocks:
    """The app with the one endpoint that makes `/info` fail in some releases."""
    with gr.Blocks() as blocks:
        add_annotated_image(Endpoints())
    return blocks


APPS: dict[str, tuple[Callable[[], gr.Blocks], dict[str, Any]]] = {
    "blocks": (blocks, {"show_error": True}),
    "annotated": (annotated, {"show_error": True}),
    "interface": (behaviours.interface, {"show_error": False}),
    "auth": (behaviours.interface, {"show_error": False, "auth": LOGIN}),
    "queued": (behaviours.queued, {"show_error": True}),
    "closed": (behaviours.closed, {"show_error": True}),
    "chat": (behaviours.chat, {"show_error": True}),
    "chat_files": (behaviours.chat_files, {"show_error": True}),
    "chat_many_files": (behaviours.chat_many_files, {"show_error": True}),
}


def launch(port: int, name: str) -> None:
    """Serve one of `APPS` with Gradio's own server."""
    # Gradio gives up if its page takes longer than 3 s, which happens on a busy machine.
    networking.url_ok = lambda url: True
    new_app, options = APPS[name]
    new_app().launch(
        server_name="127.0.0.1",
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        **options,
    )


def mount(port: int, **options: Any) -> None:
    """Serve the app with a queue below a path of a FastAPI app."""
    from fastapi import FastAPI

    app = gr.mount_gradio_app(FastAPI(), behaviours.queued(), MOUNT_PATH, **options)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port))
    threading.Thread(target=server.run, daemon=True).start()


def main(port: int, name: str = "blocks") -> None:
    """Serve until standard input is closed."""
    if name == "mounted":
        mount(port)
    elif name == "mounted_root":
        mount(port, root_path=MOUNT_PATH)
    else:
        launch(port, name)
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
