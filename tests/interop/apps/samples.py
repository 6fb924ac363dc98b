"""Values that the apps return, the same in every call."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

SUBTITLES = "WEBVTT\n\n00:00.000 --> 00:01.000\nDie Tür öffnet sich.\n"
XS = [1, 2, 3]
YS = [1.0, 4.0, 9.0]


def plot_data() -> pd.DataFrame:
    """A table to plot."""
    return pd.DataFrame({"x": XS, "y": YS})


def matplotlib_figure() -> Any:
    """A line, drawn by Matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1), dpi=50)
    figure.subplots().plot(XS, YS)
    return figure


def plotly_figure() -> Any:
    """A line, as Plotly describes it."""
    import plotly.graph_objects as go

    return go.Figure(go.Scatter(x=XS, y=YS))


def bokeh_figure() -> Any:
    """A line, as Bokeh describes it."""
    from bokeh.plotting import figure

    plot = figure(width=200, height=100)
    plot.line(XS, YS)
    return plot


def bokeh_json() -> dict[str, Any]:
    """The Bokeh line as JSON for embedding, which Gradio before 3.20 leaves to the app."""
    from bokeh.embed import json_item

    return json.loads(json.dumps(json_item(bokeh_figure())))


def altair_chart() -> Any:
    """A line, as Altair describes it."""
    import altair

    return altair.Chart(plot_data()).mark_line().encode(x="x", y="y")


def left_half(image: Any) -> Any:
    """A mask over the left half of `image`, an array."""
    mask = np.zeros(image.shape[:2])
    mask[:, : image.shape[1] // 2] = 1
    return mask


def subtitles() -> str:
    """The path of a new file of subtitles."""
    return new_file(SUBTITLES.encode(), "untertitel.vtt")


def new_file(data: bytes, name: str) -> str:
    """The path of a new file with this name and content."""
    path = Path(tempfile.mkdtemp()) / name
    path.write_bytes(data)
    return str(path)


def noise(size: int) -> bytes:
    """Random bytes that are always the same for one size."""
    return np.random.default_rng(size).bytes(size)


def new_folder() -> str:
    """The path of a new folder with three files, one of them in a subfolder."""
    root = Path(tempfile.mkdtemp())
    for name in ("a.txt", "b b.txt", "inner/ü.txt"):
        path = root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name, "utf-8")
    return str(root)
