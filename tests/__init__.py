"""The tests; those against real Gradio servers are in `interop`."""
