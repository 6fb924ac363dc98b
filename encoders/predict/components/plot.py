"""Plots: a picture, or a drawing library's own JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from encoders import image
from encoders.predict.body import check_depth
from encoders.predict.components.table import decode_table
from encoders.predict.components.text import plain, take
from encoders.predict.wire import File, Incoming, Json, Outgoing, is_url, summary

TYPES = ("matplotlib", "plotly", "bokeh", "altair")


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure that a library draws from JSON.

    Attributes:
        type: "plotly", "bokeh" or "altair".
        figure: what that library reads: ``plotly.io.from_json``, ``bokeh.embed``, Vega-Lite.
        chart: "bar", "line" or "scatter", for an altair chart of Gradio's own.
    """

    type: str
    figure: Any
    chart: str | None = None


def encode_plot(value: Any, out: Outgoing) -> Json:
    """A `Plot`, a Plotly, Altair or matplotlib figure, or a picture."""
    if isinstance(value, Plot):
        text = value.figure if isinstance(value.figure, str) else json.dumps(value.figure)
        plot: dict[str, Json] = {"type": value.type, "plot": text}
        return plot | ({"chart": value.chart} if value.chart else {})
    if hasattr(value, "savefig"):
        return {"type": "matplotlib", "plot": _drawn(value)}
    if type(value).__module__.startswith("plotly."):
        return {"type": "plotly", "plot": value.to_json()}
    if type(value).__module__.startswith("altair."):
        return {"type": "altair", "plot": value.to_json()}
    if isinstance(value, Mapping):
        return plain(value, out)
    out.check_text(value)
    picture = value.data if isinstance(value, File) else value
    return {"type": "matplotlib", "plot": image.encode(picture, limits=out.limits)}


def decode_plot(value: Json, got: Incoming) -> Any:
    """Return a PIL image for a picture, else a `Plot`; a chart's table for Gradio's own charts."""
    if not isinstance(value, dict):
        got.fail(f"expected a plot, found {summary(value)}")
    if "columns" in value and "mark" in value:
        return decode_table(value, got)
    plot: Json = value.get("plot")
    if is_url(plot):
        with got.within("plot"):
            return image.decode(plot, limits=got.limits)
    if value.get("type") not in TYPES or plot is None:
        got.fail(f"expected a plot of {', '.join(TYPES)}, found {summary(value)}")
    if isinstance(plot, str):
        try:
            plot = json.loads(plot)
        except (ValueError, RecursionError):
            got.fail(f"the {value['type']} plot is no JSON: found {summary(plot)}")
        check_depth(plot, got.limits)
    return Plot(value["type"], take(plot, got), value.get("chart"))


def _drawn(figure: Any) -> str:
    import io

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return image.encode(buffer.getvalue())
