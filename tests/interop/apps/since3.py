"""A server for any Gradio release with Blocks.

`servers.py` runs it with the Python of the release's environment. Lines of its standard input start
and end some of `APPS`, `mounted` or `mounted_root`; `commands.py` says how.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import behaviours
import gradio as gr
import hostile
import live
import poster
import studio
import uvicorn
import wide
from commands import End, serve_apps
from constants import LOGIN, MOUNT_PATH
from endpoints import VERSION, Endpoints, add_all, add_annotated_image
from gradio import networking


def blocks(*components: str) -> gr.Blocks:
    """The app with all endpoints, or those for some components and those for calls."""
    # Before 4.0 a function that uses the queue cannot be called without the queue.
    event = {"queue": False} if VERSION < (4, 0) else {}
    with gr.Blocks() as blocks:
        add_all(Endpoints(*components, **event))
    return blocks.queue() if (3, 1) <= VERSION < (4, 0) else blocks


def calls() -> gr.Blocks:
    """The app with few components, which servers of Gradio 6 answer sooner."""
    return blocks("textbox", "json", "image", "audio", "video", "file")


def annotated() -> gr.Blocks:
    """The app with the one endpoint that makes `/info` fail in some releases."""
    with gr.Blocks() as blocks:
        add_annotated_image(Endpoints())
    return blocks


UPLOADS = {"max_file_size": 100_000} if VERSION >= (4, 31) else {}
APPS: dict[str, tuple[Callable[[], gr.Blocks], dict[str, Any]]] = {
    "blocks": (blocks, {"show_error": True}),
    "calls": (calls, {"show_error": True}),
    "annotated": (annotated, {"show_error": True}),
    "interface": (behaviours.interface, {"show_error": False}),
    "auth": (behaviours.interface, {"show_error": False, "auth": LOGIN}),
    "queued": (behaviours.queued, {"show_error": True}),
    "closed": (behaviours.closed, {"show_error": True}),
    "live": (live.live, {"show_error": True}),
    "bounded": (behaviours.bounded, {"show_error": True, **UPLOADS}),
    "poster": (poster.posters, {"show_error": True}),
    "studio": (studio.studio, {"show_error": True}),
    "hostile": (hostile.hostile, {"show_error": True}),
    "wide": (wide.wide, {"show_error": True}),
    "chat": (behaviours.chat, {"show_error": True}),
    "chat_files": (behaviours.chat_files, {"show_error": True}),
    "chat_many_files": (behaviours.chat_many_files, {"show_error": True}),
}


def launch(port: int, name: str) -> End:
    """Serve one of `APPS` with Gradio's own server."""
    new_app, options = APPS[name]
    app = new_app()
    if VERSION >= (5, 0):
        app._queue.sleep_when_free = 0.01  # not a thousand times a second
    app.launch(
        server_name="127.0.0.1",
        server_port=port,
        prevent_thread_lock=True,
        quiet=True,
        **options,
    )
    return partial(app.close, verbose=False)


def mount(port: int, **options: Any) -> End:
    """Serve the app with a queue below a path of a FastAPI app."""
    from fastapi import FastAPI

    app = gr.mount_gradio_app(FastAPI(), behaviours.queued(), MOUNT_PATH, **options)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port))
    threading.Thread(target=server.run, daemon=True).start()
    return partial(setattr, server, "should_exit", True)


def start(port: int, name: str) -> End:
    """Serve an app of any name; return what ends it."""
    if name == "mounted":
        return mount(port)
    if name == "mounted_root":
        return mount(port, root_path=MOUNT_PATH)
    return launch(port, name)


if __name__ == "__main__":
    # Gradio gives up if its page takes longer than 3 s, which happens on a busy machine.
    networking.url_ok = lambda url: True
    serve_apps(start)
