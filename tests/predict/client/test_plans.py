"""`Interface.check` says what a call would send, and sends nothing."""

from __future__ import annotations

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encoders import Interface, PayloadError
from encoders.errors import UnknownEndpointError
from encoders.predict import File
from tests.paths import FIXTURES
from tests.predict.client.calls import CALL, JOIN, eras
from tests.predict.http_server import config, gradio, http_server

PNG = FIXTURES / "image" / "small.png"
PDF = FIXTURES / "file" / "report.pdf"
INPUTS = [("textbox", {"label": "What"}), ("file", {"label": "Which"}), ("state", {})]


def app(era: str = "6", inputs: Any = INPUTS) -> Interface:
    return Interface(config(era, inputs, ["textbox"]))


@eras
def test_only_the_description_is_asked_for(era: str) -> None:
    with http_server(gradio(era, inputs=INPUTS)) as server, Interface(server.url) as interface:
        interface.check("hi", PDF)
        interface.check("hi", PDF)

        assert {seen.method for seen in server.seen} == {"GET"}
        assert [path.rpartition("/")[2] for path in server.paths] == ["config", "info"][
            : 1 + (era != "2")
        ]


@eras
@pytest.mark.parametrize("upload", [None, True, False])
def test_the_payload_is_the_one_that_a_call_sends(era: str, upload: bool | None) -> None:
    if upload and era == "2":
        return  # it takes none
    plays = gradio(era, lambda *_: ["done"], inputs=INPUTS)
    with http_server(plays) as server, Interface(server.url) as interface:
        plan = interface.check("hi", PDF, upload=upload)
        interface.predict("hi", PDF, upload=upload)
        sent = next(s for s in server.seen if s.path in (CALL.get(era), JOIN.get(era))).json

        assert any("upload" in path for path in server.paths) == bool(plan.uploads)
    file, planned = sent["data"][1], plan.payload["data"][1]
    gaps = {key for key in file if file[key] != planned[key]}
    assert len(gaps) == len(plan.uploads)
    assert all(planned[key] is None for key in gaps)
    assert [sent["data"][0], sent["data"][2]] == [plan.payload["data"][0], plan.payload["data"][2]]
    assert plan.payload.components == ("textbox", "file", "state")


def test_uploads_have_their_names_types_and_sizes() -> None:
    drawn = np.zeros((4, 4, 3), np.uint8)
    inputs = [("file", {"file_count": "multiple"}), ("image", {}), ("file", {})]
    with app("6", inputs) as interface:
        stream = io.BytesIO(b"some text")
        plan = interface.check([PDF, b"GIF87a"], drawn, stream)

        assert stream.tell() == 0
    assert [(one.name, one.media_type, one.index) for one in plan.uploads] == [
        ("report.pdf", "application/pdf", 0),
        ("image.gif", "image/gif", 0),
        ("image.png", "image/png", 1),
        ("text.txt", "text/plain", 2),
    ]
    sizes = [one.size for one in plan.uploads]
    assert (sizes[0], sizes[1], sizes[3]) == (PDF.stat().st_size, 6, 9)
    assert plan.upload_bytes == sum(sizes)


@eras
def test_payload_bytes_are_those_of_its_json(era: str) -> None:
    with app(era) as interface:
        plan = interface.check("Grüße", PDF)

    assert plan.payload_bytes == len(json.dumps(plan.payload))


def test_a_plan_reads_well() -> None:
    with app() as interface:
        plan = interface.check("a street", PDF)

    assert repr(plan) == "<Plan /predict: 154 bytes of JSON, 1 file of 598 bytes to upload>"
    assert str(plan).splitlines() == [
        "/predict: 154 bytes of JSON, 1 file of 598 bytes to upload",
        "data[0] (textbox 'What')  \"a street\"",
        "data[1] (file 'Which')  "
        '{"path": null, "orig_name": "report.pdf", "size": 598, "mime_type": "application/pdf", '
        '"meta": {"_type": "gradio.FileData"}}',
        "    report.pdf  application/pdf  598 bytes, uploaded first",
        "data[2] (state)  null",
    ]


@eras
def test_a_plan_is_short_whatever_is_in_it(era: str) -> None:
    hostile = "\x1b[2J\u202e\n" * 1000
    with app(era, [("json", {"label": hostile}), ("file", {"label": hostile})]) as interface:
        value = {hostile: [hostile] * 1000, **{str(n): [[n]] for n in range(1000)}}
        plan = interface.check(value, File(PNG.read_bytes() * 100, hostile))

    assert len(str(plan)) < 1500 and len(repr(plan)) < 200
    assert str(plan).replace("\n", "").isprintable()


def test_a_big_file_that_would_be_uploaded_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    with path.open("wb") as file:
        file.truncate(2**30)
    with app() as interface:
        tracemalloc.start()
        plan = interface.check("hi", path)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()

    assert plan.upload_bytes == 2**30
    assert peak < 2**24


def test_inputs_that_a_call_refuses_are_refused() -> None:
    with app() as interface:
        with pytest.raises(PayloadError, match="found 1 inputs, none for 'Which'"):
            interface.check("hi")
        with pytest.raises(PayloadError, match=r"data\[0\] \(textbox 'What'\): expected text"):
            interface.check([1], PDF)
        with pytest.raises(UnknownEndpointError):
            interface.check("hi", PDF, api_name="/other")
