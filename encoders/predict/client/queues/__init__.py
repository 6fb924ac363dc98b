"""Gradio's queues, and calls without one."""
