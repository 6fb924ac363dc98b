"""A Gradio 5.49.1 server with an endpoint for every component; `endpoints.main` says how to run."""

from __future__ import annotations

import endpoints
import gradio as gr
from endpoints import Endpoints

with gr.Blocks() as blocks:
    app = Endpoints()
    endpoints.common(app)
    endpoints.newer(app)
    endpoints.newest(app)
    endpoints.tuples(app)
    endpoints.messages(app, type="messages")
    endpoints.subtitled_pair(app)

if __name__ == "__main__":
    endpoints.main(blocks)
