"""Descriptions of servers for the tests of the page: recorded, small and hostile ones."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from encoders.predict.components import Component
from encoders.predict.configuration import describe
from encoders.predict.endpoints import Description, Endpoint, Parameter
from tests.paths import FIXTURES

RECORDED = FIXTURES / "interface"

ERAS = ("2", "3", "4", "5", "6")

URL = "http://127.0.0.1:7860"

ENDPOINTS = dict.fromkeys(ERAS, "/predict") | {"6": "/classify"}

CALL_PATHS = {
    "2": "/api/predict/",
    "3": "/run/predict",
    "4": "/call/predict",
    "5": "/gradio_api/call/predict",
    "6": "/gradio_api/call/classify",
}

HOSTILE_TEXT = (
    "</script><script>alert(1)</script><img src=x onerror=alert(1)> it's \"quoted\" 'twice' "
    "`$(id)` $HOME ${x} \\ %s \u202e日本語\x1b[2J\x00 \u2028 \ud800 <!-- ]]> & &amp;"
)


HOSTILE_TEXTS = (
    HOSTILE_TEXT,
    HOSTILE_TEXT.replace("'", "").replace('"', ""),
    "it's\\ \n" + HOSTILE_TEXT.replace('"', ""),
    HOSTILE_TEXT.replace("'", ""),
    "data:" + "x" * 99,
    "data:image/png;base64," + "A" * 99 + '","' + "'$(id)",
    "\\'",
    '\\"',
    "",
)

SHOWN_TEXT = (
    HOSTILE_TEXT.replace("\u202e", r"\u202e").replace("\x1b", r"\x1b").replace("\x00", r"\x00")
)
SHOWN_TEXT = SHOWN_TEXT.replace(" \u2028 ", " ").replace("\ud800", r"\ud800")


def recorded(era: str) -> Description:
    config = json.loads((RECORDED / f"era{era}-config.json").read_text("utf-8"))
    info = RECORDED / f"era{era}-info.json"
    return describe(config, json.loads(info.read_text("utf-8")) if info.exists() else None)


def endpoint_of(name: str, **options: Any) -> Endpoint:
    """Return an endpoint that takes one component and gives it back."""
    parameter = Parameter(Component(name, options), str(options.get("label", name)))
    return Endpoint("/predict", 0, (parameter,), (parameter,))


def hostile_server(era: str, choice: str = HOSTILE_TEXT) -> Description:
    """Return a server whose texts are all hostile."""
    server = recorded(era)
    endpoint = server.endpoint(None)
    options = {"choices": [[HOSTILE_TEXT, choice]]}
    inputs = (Parameter(Component("Radio", options), HOSTILE_TEXT, HOSTILE_TEXT, choice),)
    outputs = (Parameter(Component(HOSTILE_TEXT), HOSTILE_TEXT, HOSTILE_TEXT),)
    name = f"/{HOSTILE_TEXT}" if era != "2" else endpoint.name
    hostile = replace(endpoint, name=name, inputs=inputs, outputs=outputs, description=HOSTILE_TEXT)
    return replace(server, title=HOSTILE_TEXT, prefix=HOSTILE_TEXT, endpoints=(hostile,))
