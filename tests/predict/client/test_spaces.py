"""A Space is called by its name: the hub says where it is, and whether it runs.

The hub is a stand-in on this machine, which HF_ENDPOINT names.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from encoders import EncodersError, Interface, PredictError
from encoders.limits import DEFAULT
from encoders.predict.body import Parsed
from encoders.predict.client import spaces
from encoders.predict.client.spaces import find_space, saved_token, space_name
from tests.predict.client.calls import SECRET, call, refusal, sent
from tests.predict.http_server import (
    Exchange,
    HTTPServer,
    Json,
    Play,
    gradio,
    http_server,
    redirect,
    say,
    silent,
)
from tests.predict.ways import predict, ways

HOST, RUNTIME = "/api/spaces/owner/space/host", "/api/spaces/owner/space/runtime"
FAILED = [
    "PAUSED",
    "STOPPED",
    "BUILD_ERROR",
    "CONFIG_ERROR",
    "RUNTIME_ERROR",
    "NO_APP_FILE",
    "DELETING",
]
VARIABLES = [
    "HF_ENDPOINT",
    "HF_HOME",
    "HF_HUB_DISABLE_IMPLICIT_TOKEN",
    "HF_TOKEN",
    "HF_TOKEN_PATH",
    "HUGGING_FACE_HUB_TOKEN",
    "XDG_CACHE_HOME",
]


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return an empty home folder, in which no token is saved."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(autouse=True)
def quick_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask for the stage of a Space again after a short pause."""
    monkeypatch.setattr(spaces, "_FIRST_PAUSE", 0.02)


@dataclass
class Stage:
    """The stage of a Space, as the hub says it."""

    runtime: Json

    def play(self, exchange: Exchange) -> None:
        say(self.runtime)(exchange)


@dataclass
class Hub:
    """A stand-in hub and the Space that it knows, which is a server of Gradio 6."""

    server: HTTPServer
    space: HTTPServer
    stage: Stage


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    stage = Stage({"stage": "RUNNING"})
    with http_server(gradio("6")) as space:
        host = say({"subdomain": "owner-space", "host": space.url})
        with http_server({HOST: host, RUNTIME: stage.play}) as server:
            monkeypatch.setenv("HF_ENDPOINT", server.url)
            yield Hub(server, space, stage)


def after(count: int, stage: Stage, then: str) -> Play:
    """Count the questions for a stage, and have it change after some."""
    asked = 0

    def play(exchange: Exchange) -> None:
        nonlocal asked
        asked += 1
        if asked > count:
            stage.runtime = {"stage": then}
        stage.play(exchange)

    return play


@pytest.mark.parametrize(
    "text",
    [
        "owner/space",
        "https://huggingface.co/spaces/owner/space",
        "https://huggingface.co/spaces/owner/space/",
        "http://HuggingFace.co/spaces/owner/space/tree/main?a=b#c",
        "huggingface.co/spaces/owner/space?logs=build",
        "https://hf.co/spaces/owner/space#top",
        "https://hub.example:8443/hf/spaces/owner/space/",
    ],
)
def test_name_and_page_are_a_space(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example:8443/hf/")

    assert space_name(text) == "owner/space"


@pytest.mark.parametrize(
    "text",
    [
        "localhost/app",
        "localhost:7860/app",
        "gradio.app/demo",
        "127.0.0.1/app",
        "host:7860/app",
        "https://owner-space.hf.space",
        "https://huggingface.co/spaces",
        "https://huggingface.co/spaces/owner",
        "https://huggingface.co/owner/space",
        "https://huggingface.co.evil.example/spaces/owner/space",
        "https://me@huggingface.co/spaces/owner/space",
        "owner/space/more",
        "/owner/space",
        "./space",
        "owner/..",
        "owner/",
        "owner",
        "öwner/space",
        "owner/a b",
        "owner/space\n",
        f"owner/{'x' * 97}",
    ],
)
def test_other_addresses_are_no_space(text: str) -> None:
    assert space_name(text) is None


def test_nothing_is_sent_before_the_first_question(hub: Hub) -> None:
    with Interface("owner/space") as app:
        assert app.url == f"{hub.server.url}/spaces/owner/space"
        assert not hub.server.seen

        assert app.era
        assert app.url == hub.space.url


@ways
@pytest.mark.parametrize("page", [False, True])
def test_space_is_called_by_its_name(way: str, page: bool, hub: Hub) -> None:
    source = f"{hub.server.url}/spaces/owner/space/tree/main" if page else "owner/space"
    with Interface(source) as app:
        assert [predict(way, app, text).data[0] for text in ("hi", "ho")] == ["hi", "ho"]

    assert hub.server.paths == [RUNTIME, HOST]
    for header in ("Authorization", "X-HF-Authorization"):
        assert {*sent(hub.server, header), *sent(hub.space, header)} == {None}


def test_configuration_can_be_given_beside_a_name(hub: Hub) -> None:
    with Interface("owner/space") as app:
        config = {"version": app.era, "components": [], "dependencies": []}
    with Interface(config, url="owner/space") as app:
        assert app.predict("hi").data[0] == "hi"


def test_threads_ask_the_hub_once(hub: Hub) -> None:
    answers: list[str] = []
    with Interface("owner/space") as app:
        threads = [
            threading.Thread(target=lambda n=n: answers.append(app.predict(str(n)).data[0]))
            for n in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert sorted(answers) == [str(n) for n in range(8)]
    assert hub.server.paths == [RUNTIME, HOST]


@ways
def test_token_goes_to_the_hub_and_unseen_to_the_space(way: str, hub: Hub) -> None:
    call("owner/space", way=way, token=SECRET, headers={"X-Key": "more"})

    assert set(sent(hub.server, "Authorization")) == {f"Bearer {SECRET}"}
    assert set(sent(hub.space, "X-HF-Authorization")) == {f"Bearer {SECRET}"}
    # What is for the Space alone, and what its own code could see.
    assert {*sent(hub.server, "X-Key"), *sent(hub.server, "X-HF-Authorization")} == {None}
    assert set(sent(hub.space, "Authorization")) == {None}
    assert set(sent(hub.space, "X-Key")) == {"more"}


def test_token_is_not_shown() -> None:
    with Interface("owner/space", token=SECRET) as app:
        assert SECRET not in f"{app!r} {find_space('owner/space', SECRET)!r}"


def test_login_goes_to_the_space_alone(hub: Hub) -> None:
    call("owner/space", auth=("me", SECRET))

    assert f"password={SECRET}".encode() in hub.space.seen[0].body
    assert not any(SECRET.encode() in seen.body for seen in hub.server.seen)


@pytest.mark.parametrize(
    ("variable", "value", "place"),
    [
        ("HF_TOKEN", f" {SECRET}\n", None),
        ("HUGGING_FACE_HUB_TOKEN", SECRET, None),
        ("HF_TOKEN_PATH", "~/elsewhere", "elsewhere"),
        ("HF_TOKEN_PATH", "$HOME/elsewhere", "elsewhere"),
        ("HF_HOME", "~/hf", "hf/token"),
        ("XDG_CACHE_HOME", "~/cache", "cache/huggingface/token"),
        ("HF_TOKEN", "", ".cache/huggingface/token"),
    ],
)
def test_saved_token_is_sent(
    variable: str,
    value: str,
    place: str | None,
    home: Path,
    hub: Hub,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if place:
        (home / place).parent.mkdir(parents=True, exist_ok=True)
        (home / place).write_text(f"{SECRET}\n")
    monkeypatch.setenv(variable, value)

    call("owner/space")

    assert set(sent(hub.server, "Authorization")) == {f"Bearer {SECRET}"}
    assert set(sent(hub.space, "X-HF-Authorization")) == {f"Bearer {SECRET}"}


@pytest.mark.parametrize("kind", ["folder", "not UTF-8", "empty", "none"])
def test_token_that_cannot_be_read_is_none(kind: str, home: Path) -> None:
    path = home / ".cache" / "huggingface" / "token"
    path.parent.mkdir(parents=True)
    if kind == "folder":
        path.mkdir()
    elif kind != "none":
        path.write_bytes(b"\xff" if kind == "not UTF-8" else b" \n")

    assert saved_token() is None


def test_given_token_goes_before_a_saved_one(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", SECRET)

    call("owner/space", token="another")

    assert set(sent(hub.server, "Authorization")) == {"Bearer another"}


@pytest.mark.parametrize("way_out", ["empty token", "variable"])
def test_saved_token_can_be_left_out(
    way_out: str, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", SECRET)
    monkeypatch.setenv("HF_HUB_DISABLE_IMPLICIT_TOKEN", "1" if way_out == "variable" else "0")

    call("owner/space", token="" if way_out == "empty token" else None)

    assert {*sent(hub.server, "Authorization"), *sent(hub.space, "X-HF-Authorization")} == {None}


@ways
def test_saved_token_is_not_sent_to_other_servers(
    way: str, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", SECRET)

    call(hub.space.url, way=way)

    assert not any(SECRET in str(seen.headers) for seen in hub.space.seen)


@ways
def test_sleeping_space_is_woken(way: str, hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    hub.stage.runtime = {"stage": "SLEEPING"}

    def wake(exchange: Exchange) -> None:
        hub.stage.runtime = {"stage": "APP_STARTING"}
        hub.server.plays[RUNTIME] = after(1, hub.stage, "RUNNING")
        say("<html>Preparing", 503)(exchange)

    hub.space.plays["/"] = wake

    assert call("owner/space", way=way, token=SECRET) == "hi"
    assert [record.getMessage() for record in caplog.records] == [
        "the Space owner/space is asleep: waiting for it",
        "the Space owner/space is starting: waiting for it",
    ]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}
    assert hub.space.paths[:2] == ["/", "/config"]
    assert hub.space.seen[0].headers["X-HF-Authorization"] == f"Bearer {SECRET}"


def test_space_that_answers_nothing_while_it_wakes_is_called(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spaces, "_LONGEST_PAUSE", 0.2)
    hub.stage.runtime = {"stage": "SLEEPING"}
    hub.server.plays[RUNTIME] = after(1, hub.stage, "RUNNING")
    hub.space.plays["/"] = silent

    assert call("owner/space") == "hi"
    assert hub.space.paths[:2] == ["/", "/config"]


@ways
@pytest.mark.parametrize("stage", ["SLEEPING", "BUILDING", "STARTING", "APP_STARTING"])
def test_wait_ends_with_the_timeout(way: str, stage: str, hub: Hub) -> None:
    hub.stage.runtime = {"stage": stage}

    error = refusal("owner/space", way=way, timeout=1)

    assert isinstance(error, PredictError)
    assert "the Space owner/space is" in error.message
    assert "after 1 s" in error.message
    assert "pass a higher timeout" in str(error)
    assert "/config" not in hub.space.paths


@pytest.mark.parametrize("stage", ["RUNNING", "RUNNING_BUILDING", "RUNNING_APP_STARTING"])
def test_running_space_is_not_waited_for(
    stage: str, hub: Hub, caplog: pytest.LogCaptureFixture
) -> None:
    hub.stage.runtime = {"stage": stage}

    assert call("owner/space") == "hi"
    assert not caplog.records


@ways
@pytest.mark.parametrize("stage", FAILED)
def test_space_that_will_not_run_is_an_error(way: str, stage: str, hub: Hub) -> None:
    hub.stage.runtime = {"stage": stage, "errorMessage": "Exit code: 1\x1b[2J" + "x" * 9999}

    error = refusal("owner/space", way=way)

    assert isinstance(error, PredictError)
    assert f"({stage}): Exit code: 1\\x1b[2J" in error.message
    assert str(error).endswith(f", at {hub.server.url}/spaces/owner/space")
    assert len(str(error)) < 500
    assert not hub.space.seen


@pytest.mark.parametrize(
    "runtime",
    [{"stage": "DANCING\x1b[2J"}, {"stage": "x" * 9999}, {"stage": None}, {"stage": ["RUNNING"]}]
    + [{}, [], '"RUNNING"', None, {"stage": {"SLEEPING": 1}}],
)
def test_unknown_stage_is_an_error(runtime: Json, hub: Hub) -> None:
    hub.stage.runtime = runtime

    error = refusal("owner/space")

    assert isinstance(error, PredictError)
    assert "stage" in str(error) or "expected a JSON object" in str(error)
    assert "\x1b" not in str(error)
    assert len(str(error)) < 300
    assert not hub.space.seen


def test_space_that_runs_again_can_be_called(hub: Hub) -> None:
    hub.stage.runtime = {"stage": "PAUSED"}
    with Interface("owner/space") as app:
        with pytest.raises(PredictError, match="is paused"):
            app.predict("hi")
        hub.stage.runtime = {"stage": "RUNNING"}

        assert app.predict("hi").data[0] == "hi"


@pytest.mark.parametrize("status", [401, 403, 404])
@pytest.mark.parametrize("token", [None, SECRET])
@pytest.mark.parametrize("path", [HOST, RUNTIME])
def test_unknown_or_private_space_is_an_error(
    status: int, token: str | None, path: str, hub: Hub
) -> None:
    hub.server.plays[path] = say({"error": "Repository not found"}, status)

    error = refusal("owner/space", token=token)

    assert isinstance(error, PredictError)
    assert error.status == status
    private = "the hub has no Space owner/space, or it is private and "
    if token is None:
        assert f"{private}no token was sent" in error.message
    elif status == 401:
        assert "the hub does not accept the token" in error.message
        assert 'pass token=""' in str(error)
    else:
        assert f"{private}the token may not see it" in error.message
    assert 'pass token="hf_..."' in str(error)
    assert SECRET not in str(error)


@pytest.mark.parametrize("play", [say("bad gateway", 502), say("no JSON"), say([1])])
@pytest.mark.parametrize("path", [HOST, RUNTIME])
def test_broken_answer_of_the_hub_is_an_error_that_names_it(
    path: str, play: Play, hub: Hub
) -> None:
    hub.server.plays[path] = play

    error = refusal("owner/space")

    assert str(error).startswith(path)
    assert not hub.space.seen


@ways
def test_renamed_space_is_found(way: str, hub: Hub) -> None:
    for path in (HOST, RUNTIME):
        new = path.replace("owner/space", "owner/new")
        hub.server.plays[new] = hub.server.plays[path]
        hub.server.plays[path] = redirect(new)

    assert call("owner/space", way=way, token=SECRET) == "hi"
    assert set(sent(hub.server, "Authorization")) == {f"Bearer {SECRET}"}


@pytest.mark.parametrize("path", [HOST, RUNTIME])
def test_hub_may_not_redirect_elsewhere(path: str, hub: Hub) -> None:
    with http_server({"*": say({"stage": "RUNNING"})}) as there:
        hub.server.plays[path] = redirect(f"{there.url}{path}")

        error = refusal("owner/space", token=SECRET)

        assert "which is another server" in error.message
        assert not there.seen


def test_redirects_without_end_are_an_error(hub: Hub) -> None:
    hub.server.plays[HOST] = redirect(HOST)

    assert "too many redirects" in refusal("owner/space").message


Place = Callable[[HTTPServer], Json]


@pytest.mark.parametrize(
    "place",
    [
        lambda server: server.url.replace("127.0.0.1", "localhost"),
        lambda server: f"{server.url}/api",
        lambda server: f"{server.url}?a=b",
        lambda server: f"http://127.0.0.1@localhost:{server.server_port}",
        lambda server: f"http://localhost:{server.server_port}#.127.0.0.1",
        lambda server: f"http://localhost:{server.server_port}/.hf.space",
        lambda server: f"127.0.0.1:{server.server_port}",
        lambda server: f"ftp://127.0.0.1:{server.server_port}",
        lambda server: f"{server.url}\n",
        lambda server: "http://127.0.0.1:x",
        lambda server: "http://owner-space.hf.space",
        lambda server: "https://evil.example",
        lambda server: "https://owner-space.hf.space.evil.example",
        lambda server: "https://evilhf.space",
        lambda server: "x" * 99999,
        lambda server: "",
        lambda server: None,
        lambda server: [server.url],
    ],
)
def test_hub_cannot_send_the_token_elsewhere(place: Place, hub: Hub) -> None:
    hub.server.plays[HOST] = say({"subdomain": "../../evil", "host": place(hub.space)})

    error = refusal("owner/space", token=SECRET)

    assert "the hub says that the Space owner/space is at" in error.message
    assert "make an Interface of that URL" in str(error)
    assert len(str(error)) < 400
    assert not hub.space.seen


@pytest.mark.parametrize(
    ("hub_url", "host", "is_safe"),
    [
        ("https://huggingface.co", "https://owner-space.hf.space", True),
        ("https://huggingface.co", "https://owner-space.static.hf.space/", True),
        ("https://huggingface.co", "http://owner-space.hf.space", False),
        ("https://huggingface.co", "https://space.example", False),
        ("https://huggingface.co", "http://127.0.0.1:7860", False),
        ("https://mirror.example", "https://owner-space.hf.space", True),
        ("https://mirror.example", "https://owner-space.mirror.example:8443", True),
        ("https://mirror.example", "http://owner-space.mirror.example", False),
        ("https://mirror.example", "https://notmirror.example", False),
        ("http://localhost:8000", "http://LOCALHOST:7860", True),
        ("http://localhost:8000", "http://owner-space.hf.space", False),
    ],
)
def test_space_is_at_the_hub_and_encrypted_as_it_is(
    hub_url: str, host: str, is_safe: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", hub_url)
    space = find_space("owner/space", SECRET)
    assert space
    steps = space.locate(DEFAULT)
    next(steps)
    steps.send(Parsed({"stage": "RUNNING"}, False))

    with pytest.raises(StopIteration if is_safe else PredictError) as caught:
        steps.send(Parsed({"host": host}, False))
    if isinstance(caught.value, StopIteration):
        assert caught.value.value == host.rstrip("/")


@pytest.mark.parametrize("endpoint", ["ftp://hub.example", "http://", "hub.example:8000"])
def test_endpoint_that_cannot_get_a_token_is_an_error(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", endpoint)

    with pytest.raises(EncodersError, match=r"^HF_ENDPOINT: "):
        Interface("owner/space", token=SECRET)


def test_code_calls_the_space_by_its_name(hub: Hub) -> None:
    with Interface("owner/space", token=SECRET) as app:
        code = app.snippets()

    assert 'Interface("owner/space", token=os.environ["ENCODERS_TOKEN"])' in code["python"]
    assert f"url='{hub.space.url}" in code["curl"] or f"url={hub.space.url}" in code["curl"]
    assert '-H "X-HF-Authorization: Bearer $ENCODERS_TOKEN"' in code["curl"]
    assert '{ "X-HF-Authorization": `Bearer ${process.env.ENCODERS_TOKEN}` }' in code["javascript"]
