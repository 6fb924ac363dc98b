"""Tests against real servers: each starts one Gradio release and talks to it over HTTP."""
