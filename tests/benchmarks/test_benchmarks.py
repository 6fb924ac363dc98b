"""The benchmarks run, their sides do the same work, and the plot shows its figures."""

from __future__ import annotations

import base64
import io
import json
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from encoders import audio
from tests.benchmarks import (
    imports,
    measure,
    media_types,
    memory,
    pages,
    payloads,
    pictures,
    plot,
    sounds,
    urls,
)
from tests.benchmarks.__main__ import GROUPS, cells
from tests.benchmarks.measure import COLUMNS, OURS, Call, Row, Sides
from tests.pace import at_most
from tests.paths import ROOT

pytestmark = pytest.mark.long
SMALL = 1 << 10
PART = 100  # of what servers answer, one
COPY = COLUMNS[-1]
SVG = "{http://www.w3.org/2000/svg}"


def each(sides: Sides, *but: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", [name for name in sides if name not in but])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return urls.with_url(measure.random_file(tmp_path, SMALL))


@each(urls.ENCODE, COPY)
def test_whoever_encodes_makes_a_data_url_of_the_file(name: str, path: Path) -> None:
    url = urls.ENCODE[name](path)()
    assert isinstance(url, str)
    assert url.startswith("data:")
    assert base64.b64decode(url.partition(",")[2], validate=True) == path.read_bytes()


@each(urls.DECODE)
def test_whoever_decodes_gives_the_bytes(name: str, path: Path) -> None:
    assert urls.DECODE[name](path)() == path.read_bytes()


@each(urls.STREAM)
def test_whoever_encodes_into_a_file_writes_a_data_url(name: str, path: Path) -> None:
    target = urls.STREAM[name](path)()
    assert isinstance(target, Path)
    header, _, body = target.read_text("ascii").partition(",")
    assert header.startswith("data:")
    assert base64.b64decode(body, validate=True) == path.read_bytes()


@each(urls.SAVE)
def test_whoever_decodes_into_a_file_writes_the_bytes(name: str, path: Path) -> None:
    target = urls.SAVE[name](path)()
    assert isinstance(target, Path)
    assert target.read_bytes() == path.read_bytes()


@each(pictures.PNG)
def test_whoever_writes_a_png_keeps_the_pixels(name: str) -> None:
    picture = pictures.PICTURES["flat art"]
    url = pictures.PNG[name](picture)()
    with Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2]))) as png:
        assert png.format == "PNG"
        assert np.array_equal(np.asarray(png), pictures.pixels(picture))


@each(sounds.ENCODE, COPY)
def test_whoever_writes_a_wav_keeps_the_samples(name: str, tmp_path: Path) -> None:
    path = sounds.noise(tmp_path / "noise.npy", 1)
    url = sounds.ENCODE[name](path)()
    assert isinstance(url, str)
    rate, samples = audio.decode(url)
    assert rate == sounds.RATE
    assert np.array_equal(samples, np.load(path))


@each(sounds.DECODE, COPY)
def test_whoever_reads_a_wav_gives_the_samples(name: str, tmp_path: Path) -> None:
    path = sounds.noise(tmp_path / "noise.npy", 1)
    sound: Any = sounds.DECODE[name](path)()
    rate, samples = sound
    assert rate == sounds.RATE
    assert samples.dtype == np.int16
    assert np.array_equal(samples, np.load(path))


@pytest.mark.parametrize("what", payloads.PAYLOADS)
def test_payloads_contain_the_output_of_the_codec(what: str, tmp_path: Path) -> None:
    payloads.pictures(tmp_path)
    made: dict[str, Any] = {
        name: side(tmp_path)() for name, side in payloads.PAYLOADS[what].items()
    }
    assert made[OURS]["data"] == made["image.encode"]


@pytest.mark.parametrize("what", payloads.bodies())
def test_responses_contain_the_output_of_the_parser(what: str, tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(json.dumps(payloads.bodies(PART)[what]))
    read: dict[str, Any] = {name: side(path)() for name, side in payloads.RESPONSES.items()}
    assert list(read[OURS].data) == read["standard library"]["data"]


@each(pages.PAGES, COPY)
def test_whoever_makes_a_page_shows_each_picture(name: str, tmp_path: Path) -> None:
    path = pages.answer(tmp_path, 3)
    page = pages.PAGES[name](path)()
    assert isinstance(page, str)
    assert re.findall(r'src="([^"]*)"', page) == json.loads(path.read_text())["data"]


def test_page_of_100_pictures_takes_2_seconds_and_half_as_much_again_at_most(
    tmp_path: Path,
) -> None:
    path = pages.answer(tmp_path, pages.PICTURES)
    page = pages.PAGES[OURS](path)
    page()
    with at_most(2):
        made = page()
    assert isinstance(made, str)
    assert len(made.encode()) <= 1.5 * path.stat().st_size


@each(memory.RESPONSE)
def test_whoever_reads_a_response_with_a_file_gives_its_bytes(name: str, path: Path) -> None:
    assert memory.RESPONSE[name](memory.answer(path))() == [path.read_bytes()]


@pytest.mark.parametrize("what", ["a line of JSON", "noise"])
def test_every_detector_names_each_file_head(what: str, tmp_path: Path) -> None:
    heads = media_types.samples(tmp_path)[what]
    detected = {name: side(heads)() for name, side in media_types.DETECT.items()}
    right = {"a line of JSON": "application/json", "noise": "application/octet-stream"}[what]
    assert detected == {name: [right] for name in media_types.DETECT}


ROWS: dict[str, Callable[[], Iterator[Row]]] = {
    "urls": lambda: urls.rows([SMALL], turns=1),
    "memory": lambda: memory.rows(SMALL, SMALL),
    "pictures": lambda: pictures.rows(turns=1),
    "sounds": lambda: sounds.rows(turns=1, seconds=1),
    "payloads": lambda: payloads.rows(turns=1, part=PART),
    "pages": lambda: pages.rows(turns=1, part=PART),
    "media_types": lambda: media_types.rows(turns=1),
    "imports": lambda: imports.rows(turns=1),
}


def in_this_process(measure: Callable[..., Any], *arguments: Any) -> Any:
    """Return what a function returns here; it has to be one that another process finds as well."""
    found, given = pickle.loads(pickle.dumps((measure, arguments)))
    return found(*given)


@pytest.fixture
def starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measure times in this process, where each turn has another; the memory's have one still."""
    monkeypatch.setattr(measure, "apart", in_this_process)


@pytest.mark.usefixtures("starts_no_process")
@pytest.mark.parametrize("group", ROWS)
def test_every_group_gives_rows_with_a_figure_for_each_side(group: str) -> None:
    rows = list(ROWS[group]())
    assert rows
    for row in rows:
        assert all((row.what, row.ours, *row.peers.values())), row


def test_every_selectable_group_has_rows() -> None:
    for group in GROUPS:
        assert callable(import_module(f"tests.benchmarks.{group}").rows)


def test_an_unknown_group_is_named_in_the_error() -> None:
    command = [sys.executable, "-m", "tests.benchmarks", "sounds", "smells"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert ended.returncode == 2
    assert "no such group: smells" in ended.stderr


def test_peer_without_a_column_is_named_in_the_last_one() -> None:
    row = measure.compared("sum", {OURS: 2e-3, "numpy": 1e-3, "standard library": 0.5, "bc": 1.0})
    others = "numpy 1.00 ms (0.50 ×), bc 1.00 s (500 ×)"
    assert cells(row) == ("sum", "2.00 ms", "", "500 ms (250 ×)", "", others)


def test_each_turn_has_a_process_of_its_own() -> None:
    assert len({os.getpid(), measure.apart(os.getpid), measure.apart(os.getpid)}) == 3


def test_peak_is_the_memory_that_the_call_adds(tmp_path: Path) -> None:
    mebi = 1 << 20
    small, large = (measure.random_file(tmp_path, size) for size in (SMALL, 16 * mebi))
    added = measure.apart(measure.peak, read_and_free, large, small)
    assert added == pytest.approx(16 * mebi, abs=mebi)  # the kernel counts a bit behind
    assert measure.apart(measure.peak, read_beforehand, large, small) < mebi


def read_and_free(path: Path) -> Call:
    return lambda: len(path.read_bytes())


def read_beforehand(path: Path) -> Call:
    data = path.read_bytes()
    return lambda: len(data)


def test_a_call_that_writes_a_file_leaves_none(path: Path) -> None:
    before = set(path.parent.iterdir())
    assert measure.seconds(urls.save, path) > 0
    assert set(path.parent.iterdir()) == before


def test_a_random_file_has_its_size_and_always_the_same_bytes(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    one, two = (measure.random_file(each, (5 << 19) + 7) for each in (tmp_path, tmp_path / "again"))
    assert one.stat().st_size == (5 << 19) + 7
    assert one.read_bytes() == two.read_bytes()


def test_the_plot_has_a_figure_for_each_side_and_size() -> None:
    wanted = [
        (way, side, size)
        for size in plot.SIZES
        for way, sides in plot.WAYS.items()
        for side in sides
    ]
    points = plot.read(plot.DATA)
    assert [point[:3] for point in points] == wanted
    assert all((point.peak is None) == (point.size < plot.PEAKS_FROM) for point in points)


@pytest.mark.usefixtures("starts_no_process")
def test_plot_points_are_measured_written_and_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plot, "PEAKS_FROM", 1)
    points = list(plot.measured([SMALL], turns=1))
    asked = [(way, side, SMALL) for way, sides in plot.WAYS.items() for side in sides]
    assert [point[:3] for point in points] == asked
    assert all(point.seconds > 0 and point.peak is not None for point in points)
    plot.write(points, tmp_path / "points.csv")
    read = plot.read(tmp_path / "points.csv")
    assert [point.seconds for point in read] == pytest.approx([p.seconds for p in points], rel=1e-3)
    assert [point.peak for point in read] == [point.peak for point in points]


def test_the_plot_in_the_repository_is_drawn_from_its_figures() -> None:
    committed, drawn = plot.PLOT.read_text("utf-8"), plot.draw(plot.read(plot.DATA))
    if creator(committed) == creator(drawn):
        assert committed == drawn
    assert texts(committed) == texts(drawn)
    found, wanted = lines(committed), lines(drawn)
    assert found.keys() == wanted.keys()
    assert len(found) == 2 * sum(map(len, plot.WAYS.values()))
    for name, points in wanted.items():
        assert found[name] == pytest.approx(points, abs=0.01), name


def test_the_plot_is_the_same_each_time_it_is_drawn() -> None:
    points = plot.read(plot.DATA)
    assert plot.draw(points) == plot.draw(points)


def test_higher_speeds_stand_higher_in_the_plot() -> None:
    points = [point for point in plot.read(plot.DATA) if point.way == "encode"]
    at_1_mib = {point.side: 1 / point.seconds for point in points if point.size == 1 << 20}
    place = plot.SIZES.index(1 << 20)
    drawn = lines(plot.PLOT.read_text("utf-8"))
    depths = {
        side: drawn[plot.line_id("encode", "speed", side)][2 * place + 1] for side in at_1_mib
    }
    assert sorted(depths, key=lambda side: -depths[side]) == sorted(
        at_1_mib, key=lambda side: at_1_mib[side]
    )


def test_the_readme_shows_the_plot() -> None:
    shown = re.findall(r"!\[[^]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text("utf-8"))
    assert plot.PLOT in [ROOT / each for each in shown]


def creator(svg: str) -> str | None:
    """Return which version of matplotlib has drawn a plot."""
    found = re.search(r"Matplotlib v[^,]+", svg)
    return found and found[0]


def texts(svg: str) -> list[str | None]:
    return [found.text for found in ElementTree.fromstring(svg).iter(f"{SVG}text")]


def lines(svg: str) -> dict[str, list[float]]:
    """Return the coordinates, x and y in turn, of each line's corners by the line's id."""
    names = {
        plot.line_id(way, shown, side)
        for way, sides in plot.WAYS.items()
        for shown in ("speed", "peak")
        for side in sides
    }
    groups = {found.get("id"): found for found in ElementTree.fromstring(svg).iter(f"{SVG}g")}
    return {name: corners(groups[name]) for name in names}


def corners(group: ElementTree.Element) -> list[float]:
    path = group.find(f"{SVG}path")
    assert path is not None
    return [float(number) for number in re.findall(r"-?[\d.]+", path.attrib["d"])]
