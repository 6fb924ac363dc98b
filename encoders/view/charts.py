"""Simple charts as SVG: what Gradio's own plots, Plotly and Vega-Lite draw of plain lists."""

from __future__ import annotations

import math
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from encoders.errors import bounded
from encoders.predict.components.plot import Plot
from encoders.predict.values import Json

_MOST_SERIES, _MOST_POINTS = 16, 5000
_KINDS = {"line": "line", "bar": "bar", "scatter": "point", "point": "point", "circle": "point"}
_TYPES = ("f8", "f4", "i8", "i4", "i2", "i1", "u4", "u2", "u1")  # of Plotly's binary arrays

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 640, 300, 60, 12, 10, 44
_COLOURS, _MOST_WORDS, _TICKS = 8, 12, 4

Points = list[tuple[Any, float]]


@dataclass
class Chart:
    """Points with numbers as ``y``; ``x`` is a number or a word."""

    kind: str
    x_title: str = ""
    y_title: str = ""
    series: dict[str, Points] = field(default_factory=dict)

    def add(self, name: Any, x: Any, y: Any) -> None:
        """Add a point, if it can be drawn."""
        key = "" if name is None else bounded(str(name), 60)
        if key not in self.series and len(self.series) >= _MOST_SERIES:
            return
        points = self.series.setdefault(key, [])
        if len(points) < _MOST_POINTS and _is_number(y) and (_is_number(x) or isinstance(x, str)):
            points.append((x if _is_number(x) else bounded(x, 40), y))


def of_native(json: Json, options: Mapping[str, Any]) -> Chart | None:
    """Return the chart of a plot of Gradio's own (4.x and later)."""
    columns, rows = json.get("columns"), json.get("data")
    kind = _KINDS.get(str(json.get("mark")))
    if not kind or not isinstance(columns, list) or not isinstance(rows, list):
        return None
    names = [options.get(key) for key in ("x", "y", "color")]
    x, y, colour = (columns.index(name) if name in columns else None for name in names)
    x, y = 0 if x is None else x, 1 if y is None else y
    if max(x, y) >= len(columns):
        return None
    chart = Chart(kind, bounded(str(columns[x]), 60), bounded(str(columns[y]), 60))
    for row in rows:
        if isinstance(row, list) and max(x, y, colour or 0) < len(row):
            chart.add(None if colour is None else row[colour], row[x], row[y])
    return _if_drawn(chart)


def of_figure(plot: Plot) -> Chart | None:
    """Return the chart of a Plotly or Vega-Lite figure of plain lists; None for any other."""
    readers = {"plotly": _of_plotly, "altair": _of_vega_lite}
    reader = readers.get(plot.type)
    if reader is None or not isinstance(plot.figure, dict):
        return None
    chart = reader(plot.figure)
    return _if_drawn(chart) if chart else None


def _of_plotly(figure: Mapping[str, Any]) -> Chart | None:
    traces = figure.get("data")
    chart = None
    for number, trace in enumerate(traces if isinstance(traces, list) else ()):
        if not isinstance(trace, dict):
            return None
        kind = trace.get("type", "scatter")
        if kind == "scatter":
            kind = "scatter" if trace.get("mode") == "markers" else "line"
        y = _plotly_array(trace.get("y"))
        x = _plotly_array(trace.get("x")) or list(range(len(y)))
        if kind not in _KINDS or not y or trace.get("orientation") == "h":
            return None
        chart = chart or Chart(_KINDS[kind])
        name = trace.get("name", number + 1 if len(traces or ()) > 1 else None)
        for one, other in zip(x, y, strict=False):
            chart.add(name, one, other)
    return chart


def _plotly_array(value: Any) -> list[Any]:
    """Return a list as it is, or the numbers that Plotly 6 has in base64."""
    if isinstance(value, dict) and value.get("dtype") in _TYPES and "shape" not in value:
        import numpy as np

        try:
            data = b64decode(str(value.get("bdata")), validate=True)
            return list(np.frombuffer(data, f"<{value['dtype']}")[:_MOST_POINTS].tolist())
        except ValueError:
            return []
    return value if isinstance(value, list) else []


def _of_vega_lite(figure: Mapping[str, Any]) -> Chart | None:
    mark, encoding, data = figure.get("mark"), figure.get("encoding"), figure.get("data")
    kind = mark.get("type") if isinstance(mark, dict) else mark
    if not isinstance(encoding, dict) or not isinstance(data, dict) or kind not in _KINDS:
        return None
    fields = [_field(encoding.get(channel)) for channel in ("x", "y", "color")]
    sets = figure.get("datasets")
    rows = data.get("values")
    if rows is None and isinstance(sets, dict):
        rows = sets.get(str(data.get("name")))
    if not isinstance(rows, list) or not fields[0] or not fields[1]:
        return None
    chart = Chart(_KINDS[kind], fields[0], fields[1])
    for row in rows:
        if isinstance(row, dict):
            chart.add(
                row.get(fields[2]) if fields[2] else None, row.get(fields[0]), row.get(fields[1])
            )
    return chart


def _field(channel: Any) -> str:
    name = channel.get("field") if isinstance(channel, dict) else None
    return bounded(name, 60) if isinstance(name, str) else ""


def _if_drawn(chart: Chart) -> Chart | None:
    chart.series = {name: points for name, points in chart.series.items() if points}
    return chart if chart.series else None


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and abs(value) < 1e300 and math.isfinite(value)


@dataclass(frozen=True)
class Mark:
    """What is drawn of one series: a line, dots, or bars as (x, y, width, height)."""

    name: str
    colour: str
    line: str = ""
    dots: tuple[tuple[float, float], ...] = ()
    bars: tuple[tuple[float, float, float, float], ...] = ()


@dataclass(frozen=True)
class Drawing:
    """A chart in the units of its SVG; a tick is a position and its text."""

    x_title: str
    y_title: str
    marks: list[Mark]
    x_ticks: list[tuple[float, str]]
    y_ticks: list[tuple[float, str]]
    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    right: int = _WIDTH - _RIGHT
    bottom: int = _HEIGHT - _BOTTOM


def draw(chart: Chart) -> Drawing:
    """Return a chart with all positions worked out."""
    points = [point for series in chart.series.values() for point in series]
    words = list(dict.fromkeys(str(x) for x, _ in points)) if _has_words(chart) else []
    places = {word: index for index, word in enumerate(words)}
    xs = [0.0, max(len(words) - 1.0, 0.0)] if words else [x for x, _ in points]
    ys = [y for _, y in points] + ([0.0] if chart.kind == "bar" else [])
    padding = 0.5 if words else 0.0
    to_x = _scale(min(xs) - padding, max(xs) + padding, _LEFT, _WIDTH - _RIGHT)
    low, high, step = _rounded(min(ys), max(ys))
    to_y = _scale(low, high, _HEIGHT - _BOTTOM, _TOP)
    marks = []
    for number, (name, series) in enumerate(chart.series.items()):
        placed = [(to_x(places[str(x)] if words else x), to_y(y)) for x, y in series]
        marks.append(_mark(chart, name, number, placed, to_y(0.0), len(words)))
    y_ticks = [
        (to_y(low + step * k), _number(low + step * k)) for k in range(_steps(low, high, step))
    ]
    return Drawing(chart.x_title, chart.y_title, marks, _x_ticks(words, xs, to_x), y_ticks)


def _has_words(chart: Chart) -> bool:
    if chart.kind == "bar":
        return True
    return any(isinstance(x, str) for series in chart.series.values() for x, _ in series)


def _mark(chart: Chart, name: str, number: int, placed: Points, zero: float, words: int) -> Mark:
    colour = f"c{number % _COLOURS}"
    if chart.kind == "line" and len(placed) > 1:
        return Mark(name, colour, line=" ".join(f"{x:.1f},{y:.1f}" for x, y in placed))
    if chart.kind != "bar":
        return Mark(name, colour, dots=tuple((round(x, 1), round(y, 1)) for x, y in placed))
    room = (_WIDTH - _LEFT - _RIGHT) / max(words, 1) * 0.8
    width = room / len(chart.series)
    start = width * number - room / 2
    bars = ((x + start, min(y, zero), width, abs(zero - y)) for x, y in placed)
    return Mark(name, colour, bars=tuple(tuple(round(part, 1) for part in bar) for bar in bars))  # type: ignore[misc]


def _x_ticks(
    words: list[str], xs: list[float], to_x: Callable[[float], float]
) -> list[tuple[float, str]]:
    if words:
        every = -(-len(words) // _MOST_WORDS)
        return [(to_x(at), bounded(words[at], 14)) for at in range(0, len(words), every)]
    low, high, step = _rounded(min(xs), max(xs))
    found = [low + step * k for k in range(_steps(low, high, step))]
    return [(to_x(x), _number(x)) for x in found if min(xs) <= x <= max(xs)]


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    span = high - low or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def _rounded(low: float, high: float) -> tuple[float, float, float]:
    """Return bounds around a range, and the step between its ticks: 1, 2 or 5 times a power."""
    span = high - low or abs(high) or 1.0
    power = 10.0 ** math.floor(math.log10(span / _TICKS))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor * _TICKS >= span)
    return math.floor(low / step) * step, math.ceil(high / step) * step or step, step


def _steps(low: float, high: float, step: float) -> int:
    return min(round((high - low) / step) + 1, 4 * _TICKS)


def _number(value: float) -> str:
    return f"{value:.6g}"
