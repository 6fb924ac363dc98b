"""Draw the README's plot: speed and peak memory by size, beside the peers.

    python -m tests.benchmarks.plot              # draw plot.svg from the figures in plot.csv
    python -m tests.benchmarks.plot --measure    # measure them anew first, in four minutes or so

The same figures give the same file, with the same matplotlib.
"""

from __future__ import annotations

import argparse
import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tests.benchmarks import urls
from tests.benchmarks.measure import (
    COLUMNS,
    OURS,
    Sides,
    in_turns,
    machine,
    random_file,
    size_name,
    temporary_folder,
)
from tests.benchmarks.memory import peaks

DATA = Path(__file__).with_name("plot.csv")
PLOT = Path(__file__).with_name("plot.svg")
SIZES = tuple(1 << power for power in range(10, 31, 2))
PEAKS_FROM = 1 << 20  # bytes: the peaks of less drown in what a process allocates anyhow

_TURNS = 3
_GRADIO, _STANDARD, _COPY = COLUMNS
_INTO_A_FILE = f"{OURS}, into a file"
WAYS: Mapping[str, Sides] = {
    "encode": {**urls.ENCODE, _INTO_A_FILE: urls.stream},
    "decode": {**urls.DECODE, _INTO_A_FILE: urls.save},
}

_SPEED, _PEAK = "speed", "peak"
_TITLES = {
    ("encode", _SPEED): "file → data URL: GB of content a second",
    ("decode", _SPEED): "data URL → bytes: GB of content a second",
    ("encode", _PEAK): "file → data URL: peak memory, as a multiple of the content",
    ("decode", _PEAK): "data URL → bytes: peak memory, as a multiple of the content",
}
# Colours that the colour-blind tell apart, dark enough for text on white; markers besides.
_STYLES: Mapping[str, dict[str, Any]] = {
    OURS: {"color": "#0072B2", "marker": "o", "linewidth": 2.5},
    _INTO_A_FILE: {"color": "#0072B2", "marker": "o", "linestyle": "--", "fillstyle": "none"},
    _GRADIO: {"color": "#D55E00", "marker": "s"},
    _STANDARD: {"color": "#882255", "marker": "^"},
    "pybase64": {"color": "#117733", "marker": "D"},
    _COPY: {"color": "#666666", "linestyle": ":"},
}
_SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "encoders",  # or names in the file would be different each time
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
_LABEL_GAP = 0.062  # of a panel's height


class Point(NamedTuple):
    """A figure of the plot.

    Attributes:
        way: "encode" or "decode".
        side: whose.
        size: of the content, in bytes.
        seconds: that a call takes.
        peak: bytes that it adds to the process's memory, or None where that was not measured.
    """

    way: str
    side: str
    size: int
    seconds: float
    peak: float | None


def measured(sizes: Sequence[int] = SIZES, turns: int = _TURNS) -> Iterator[Point]:
    """Yield the figures of files of these sizes, in bytes."""
    for size in sizes:
        with temporary_folder() as folder:
            path, small = (urls.with_url(random_file(folder, each)) for each in (size, 1 << 8))
            for way, sides in WAYS.items():
                taken = in_turns(sides, path, turns)
                used = peaks(sides, path, small) if size >= PEAKS_FROM else {}
                for side in sides:
                    yield Point(way, side, size, taken[side], used.get(side))


def write(points: Iterable[Point], path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Point._fields)
        for point in points:
            peak = "" if point.peak is None else f"{point.peak:.0f}"
            writer.writerow((*point[:3], f"{point.seconds:.4g}", peak))


def read(path: Path) -> list[Point]:
    with path.open(newline="") as file:
        return [
            Point(
                row["way"],
                row["side"],
                int(row["size"]),
                float(row["seconds"]),
                float(row["peak"]) if row["peak"] else None,
            )
            for row in csv.DictReader(file)
        ]


def draw(points: Sequence[Point]) -> str:
    """Return the plot as SVG, in which each line is a group with a `line_id`."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(_SETTINGS):
        figure = Figure(figsize=(12, 7.5), facecolor="white")
        panels = figure.subplots(2, 2)
        figure.subplots_adjust(left=0.04, right=0.84, top=0.95, bottom=0.05, wspace=0.63)
        for row, shown in zip(panels, (_SPEED, _PEAK), strict=True):
            for axes, way in zip(row, WAYS, strict=True):
                _draw_panel(axes, way, shown, [point for point in points if point.way == way])
        drawn = io.StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue()


def _draw_panel(axes: Any, way: str, shown: str, points: list[Point]) -> None:
    axes.set_title(_TITLES[way, shown], loc="left")
    lines = {side: _line(points, side, shown) for side in WAYS[way]}
    for side, line in lines.items():
        gid = line_id(way, shown, side)
        axes.plot(line.keys(), line.values(), gid=gid, markersize=5, **_STYLES[side])
    _set_axes(axes, shown, sorted({size for line in lines.values() for size in line}))
    _label(axes, {side: line[max(line)] for side, line in lines.items()})


def line_id(way: str, shown: str, side: str) -> str:
    """Return the name of a line.

    >>> line_id("encode", "peak", "standard library")
    'encode-peak-standard-library'
    """
    return f"{way}-{shown}-{side}".replace(",", "").replace(" ", "-")


def _line(points: list[Point], side: str, shown: str) -> dict[int, float]:
    """Return the figures of a side that are drawn, by size."""
    found = [point for point in points if point.side == side]
    if shown == _SPEED:
        return {point.size: point.size / point.seconds / 1e9 for point in found}
    return {point.size: point.peak / point.size for point in found if point.peak is not None}


def _set_axes(axes: Any, shown: str, sizes: list[int]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes[::2] if len(sizes) > 6 else sizes)
    axes.xaxis.set_major_formatter(lambda size, _: size_name(int(size)))
    if shown == _SPEED:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda speed, _: f"{speed:g}")
    else:
        axes.set_ylim(bottom=0)
    axes.minorticks_off()
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)


def _label(axes: Any, ends: Mapping[str, float]) -> None:
    """Write each line's name beside its end, and move names apart that would overlap."""
    axes.set_ylim(axes.get_ylim())  # which stays as it is from here on
    to_fraction = (axes.transData + axes.transAxes.inverted()).transform
    heights = {side: float(to_fraction((1.0, end))[1]) for side, end in ends.items()}
    for side, height in spread(heights, _LABEL_GAP).items():
        axes.annotate(
            side,
            xy=(1.0, heights[side]),
            xytext=(1.05, height),
            xycoords="axes fraction",
            textcoords="axes fraction",
            color=_STYLES[side]["color"],
            weight="bold" if side == OURS else "normal",
            verticalalignment="center",
            arrowprops={"arrowstyle": "-", "color": _STYLES[side]["color"], "linewidth": 0.6},
        )


def spread(heights: Mapping[str, float], gap: float) -> dict[str, float]:
    """Return heights that differ by ``gap`` at least, in the same order and not far from these.

    Those that are too close form a block, which lies around their mean.

    >>> spread({"a": 1.0, "b": 1.0, "c": 5.0}, 2.0)
    {'a': 0.0, 'b': 2.0, 'c': 5.0}
    """
    blocks: list[tuple[list[str], float]] = []  # names from below, and the height of the middle
    for name in sorted(heights, key=heights.__getitem__):
        names, middle = [name], heights[name]
        while blocks and middle - blocks[-1][1] < gap * (len(names) + len(blocks[-1][0])) / 2:
            names = blocks.pop()[0] + names
            middle = sum(heights[each] for each in names) / len(names)
        blocks.append((names, middle))
    return {
        name: middle + (place - (len(names) - 1) / 2) * gap
        for names, middle in blocks
        for place, name in enumerate(names)
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.plot", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--measure", action="store_true", help=f"write {DATA.name} anew first")
    if parser.parse_args().measure:
        write(list(measured()), DATA)
        print(f"measured on {machine()}")
    PLOT.write_text(draw(read(DATA)), "utf-8")
    print(f"{PLOT} is drawn")


if __name__ == "__main__":
    main()
