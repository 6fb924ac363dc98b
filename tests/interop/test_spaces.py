"""A real server is called as a Space, by its name at a stand-in hub."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from encoders import Interface
from encoders.errors import QuotaError
from tests.paths import FIXTURES
from tests.predict.http_server import Exchange, http_server, say
from tests.predict.ways import predict, ways

from .servers import serve

pytestmark = pytest.mark.interop

TESTED = ("3", "4", "5", "6") if os.environ.get("ENCODERS_ALL_ERAS") == "1" else ("6",)
PHOTO = FIXTURES / "image" / "photo.jpg"


@pytest.fixture(scope="module", params=TESTED)
def space_url(request: pytest.FixtureRequest) -> Iterator[str]:
    with serve(request.param, "interface") as space:
        yield space.url


@ways
def test_space_that_is_built_is_waited_for_and_called(
    way: str, space_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stages = ["BUILDING", "APP_STARTING", "RUNNING"]

    def runtime(exchange: Exchange) -> None:
        say({"stage": stages.pop(0)})(exchange)

    host, api = {"subdomain": "owner-space", "host": space_url}, "/api/spaces/owner/space"
    with http_server({f"{api}/host": say(host), f"{api}/runtime": runtime}) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        with Interface("owner/space", token="hf_token") as app:
            answer = predict(way, app, PHOTO, "a cat", fetch=True)

    assert answer[0].size == (1536, 1152)
    assert "a cat" in str(answer[1])
    assert not stages


@ways
def test_used_up_quota_is_an_error_with_its_numbers(way: str, space_url: str) -> None:
    with Interface(space_url) as app, pytest.raises(QuotaError) as caught:
        predict(way, app, PHOTO, "quota")

    error = caught.value
    assert (error.seconds, error.requested, error.left) == (85876, 120, 12)
