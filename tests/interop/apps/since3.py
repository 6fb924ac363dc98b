"""A server of any Gradio release with Blocks, which `servers.py` runs with that release's Python.

`python since3.py PORT [APP]` serves one of `APPS` until its standard input is closed.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any

import behaviours
import gradio as gr
import uvicorn
from endpoints import VERSION, Endpoints, annotated_image, components
from gradio import networking

CREDENTIALS = ("user", "pass word")
PATH = "/sub/app"


def blocks() -> gr.Blocks:
    """All the endpoints."""
    # Before 4.0 a call that waits in the queue cannot be made without it.
    event = {"queue": False} if VERSION < (4, 0) else {}
    with gr.Blocks() as blocks:
        components(Endpoints(**event))
    return blocks.queue() if (3, 1) <= VERSION < (4, 0) else blocks


def annotated() -> gr.Blocks:
    """The endpoint that some releases have no `/info` for."""
    with gr.Blocks() as blocks:
        annotated_image(Endpoints())
    return blocks


APPS: dict[str, tuple[Callable[[], gr.Blocks], dict[str, Any]]] = {
    "blocks": (blocks, {"show_error": True}),
    "annotated": (annotated, {"show_error": True}),
    "interface": (behaviours.interface, {"show_error": False}),
    "auth": (behaviours.interface, {"show_error": False, "auth": CREDENTIALS}),
    "queued": (behaviours.queued, {"show_error": True}),
    "closed": (behaviours.closed, {"show_error": True}),
    "chat": (behaviours.chat, {"show_error": True}),
    "chat_files": (behaviours.chat_files, {"show_error": True}),
    "chat_many_files": (behaviours.chat_many_files, {"show_error": True}),
}


def launch(port: int, name: str) -> None:
    """Let Gradio serve one of `APPS`."""
    # On a busy machine its own page takes longer than the 3 s after which Gradio gives up.
    networking.url_ok = lambda url: True
    make, options = APPS[name]
    make().launch(
        server_name="127.0.0.1",
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        **options,
    )


def mount(port: int, **options: Any) -> None:
    """Serve the app of one endpoint below a path of an app that is not Gradio's."""
    from fastapi import FastAPI

    app = gr.mount_gradio_app(FastAPI(), behaviours.queued(), PATH, **options)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port))
    threading.Thread(target=server.run, daemon=True).start()


def main(port: int, name: str = "blocks") -> None:
    """Serve until standard input is closed."""
    if name == "mounted":
        mount(port)
    elif name == "mounted_root":
        mount(port, root_path=PATH)
    else:
        launch(port, name)
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
