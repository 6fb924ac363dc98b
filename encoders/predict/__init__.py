"""Gradio's predict endpoints: payloads, responses, interfaces, in every era."""
