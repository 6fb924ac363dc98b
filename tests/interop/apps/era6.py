"""A Gradio 6.31.0 server with an endpoint for every component; `endpoints.main` says how to run."""

from __future__ import annotations

from typing import Any

import endpoints
import gradio as gr
import samples
from endpoints import Endpoints


def with_subtitles(path: str | None) -> Any:
    """The video; the text for it belongs to the component here."""
    return None if path is None else gr.Video(value=path, subtitles=samples.subtitles())


with gr.Blocks() as blocks:
    app = Endpoints()
    endpoints.common(app)
    endpoints.newer(app)
    endpoints.newest(app)
    endpoints.messages(app)
    app.echo("video_subtitles", gr.Video, with_subtitles, paths=True)

if __name__ == "__main__":
    endpoints.main(blocks)
