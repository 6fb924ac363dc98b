"""Plots: a picture, or a drawing library's own JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from encoders import image, mime
from encoders.data_url.notebook import ShownInNotebook
from encoders.errors.reprs import ShortRepr
from encoders.predict.body import check_depth
from encoders.predict.components.shared.component_type import MEDIA, ComponentType
from encoders.predict.components.shared.forms import file_field
from encoders.predict.components.shared.json_values import plain, with_text
from encoders.predict.components.table import decode_table
from encoders.predict.samples import sample
from encoders.predict.values import Json, summary
from encoders.predict.wire.context import DecodeContext, EncodeContext
from encoders.predict.wire.file_shapes import is_url
from encoders.predict.wire.schemas import Schema, SchemaContext
from encoders.source import open_source

_TYPES = ("matplotlib", "plotly", "bokeh", "altair")
_WITH_JSON = ("plotly", "altair")  # libraries whose figures have to_json()


@dataclass(frozen=True, slots=True, repr=False)
class Plot(ShortRepr, ShownInNotebook):
    """A figure that a library draws from JSON.

    Attributes:
        type: "plotly", "bokeh" or "altair".
        figure: what that library reads: ``plotly.io.from_json``, ``bokeh.embed``, Vega-Lite.
        chart: "bar", "line" or "scatter", for an altair chart of Gradio's own.
    """

    type: str
    figure: Any
    chart: str | None = None


def encode_plot(value: Any, context: EncodeContext) -> Json:
    """Encode a `Plot`, a Plotly, Altair or matplotlib figure, or a picture."""
    if isinstance(value, Plot):
        text = value.figure if isinstance(value.figure, str) else json.dumps(value.figure)
        plot: dict[str, Json] = {"type": value.type, "plot": text}
        return plot | ({"chart": value.chart} if value.chart else {})
    if hasattr(value, "savefig"):
        drawn = io.BytesIO()
        value.savefig(drawn, format="png")
        return {"type": "matplotlib", "plot": image.encode(drawn.getvalue())}
    if _library(value) in _WITH_JSON:
        return {"type": _library(value), "plot": value.to_json()}
    if isinstance(value, Mapping):
        return plain(value, context)
    picture, _ = context.unpacked(value)
    if not image.accepts(picture):
        with open_source(picture) as opened:
            if left := context.left(picture, mime.detect(opened)):
                return {"type": "matplotlib", "plot": left}
    return {"type": "matplotlib", "plot": image.encode(picture, limits=context.limits)}


def decode_plot(value: Json, context: DecodeContext) -> Any:
    """Return a PIL image for a picture, else a `Plot`; a chart's table for Gradio's own charts."""
    context.expect(isinstance(value, dict), "a plot", value)
    if "columns" in value and "mark" in value:
        return decode_table(value, context)
    plot: Json = value.get("plot")
    if is_url(plot):
        with context.within("plot"):
            return context.decode_content(
                plot, lambda url, _: image.decode(url, limits=context.limits)
            )
    is_drawn = value.get("type") in _TYPES and plot is not None
    context.expect(is_drawn, f"a plot of {', '.join(_TYPES)}", value)
    if isinstance(plot, str):
        try:
            plot = json.loads(plot)
        except (ValueError, RecursionError):
            context.fail(f"the {value['type']} plot is not JSON: found {summary(plot)}")
        check_depth(plot, context.limits)
    return Plot(value["type"], with_text(plot, context), value.get("chart"))


def _library(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def _is_figure(value: Any) -> bool:
    return isinstance(value, Plot) or hasattr(value, "savefig") or _library(value) in _WITH_JSON


def _schema(context: SchemaContext) -> Schema:
    drawn = {"description": "a picture as a data URL, or JSON as text or as it is"}
    return context.object("Plot", {"type": {"enum": list(_TYPES)}, "plot": drawn})


_CHART = {
    "columns": ["x", "y"],
    "data": [[0, 1], [1, 3]],
    "datatypes": {"x": "quantitative", "y": "quantitative"},
    "mark": "line",
}
COMPONENTS = {
    "plot": ComponentType(
        encode=encode_plot,
        decode=decode_plot,
        takes="matplotlib, Plotly or Altair figure, Plot, picture",
        gives="PIL image or Plot",
        since=(2, 9),
        infers=_is_figure,
        schema=_schema,
        reader=MEDIA,
        example=lambda *_: sample("example.png").data,
        answer=Plot("plotly", {"data": [{"type": "scatter", "x": [0, 1], "y": [1, 3]}]}),
        asked=lambda options: file_field(options, "picture", "image/*"),
        shown="plot",
    ),
    "nativeplot": ComponentType(
        encode=plain,
        decode=decode_plot,
        takes="what JSON can hold",
        gives="Table",
        aliases=("lineplot", "barplot", "scatterplot"),
        since=(3, 13),
        example=_CHART,
        shown="plot",
    ),
}
