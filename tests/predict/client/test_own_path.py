"""Nothing of a call goes to another path of the server's host."""

from __future__ import annotations

import pytest

from encoders import EncodersError, Interface, PredictError
from encoders.predict.address import below, has_steps_upwards, is_own_url
from tests.predict.client.calls import call, referring, refusal
from tests.predict.http_server import gradio, http_server, say
from tests.predict.ways import predict, ways

STEPS = ("/../tenantB", "/a/../../tenantB", "/%2e%2e/tenantB", "/..", "/./x", "/%252e%252e/b")


@pytest.mark.parametrize("prefix", [*STEPS, "/..\\tenantB", "//other.example", "/a?b", "/a#b"])
def test_a_prefix_that_leads_elsewhere_is_refused(prefix: str) -> None:
    with http_server(gradio("6", api_prefix=prefix)) as server:
        refusal(server.url, token="secret")
        assert [path for path in server.paths if not path.startswith("/config")] == []


@pytest.mark.parametrize("name", ["../../tenantB/run", "..", "a/../../../x", "%2e%2e/x", "..\\x"])
@pytest.mark.parametrize("era", ["3", "4"])
def test_a_name_of_an_endpoint_leads_nowhere_else(era: str, name: str) -> None:
    with (
        http_server(gradio(era)) as server,
        Interface(server.url, token="secret") as app,
        pytest.raises(EncodersError),
    ):
        app.predict("hi", api_name=f"/{name}")
    assert not any("tenantB" in path for path in server.paths)


@ways
@pytest.mark.parametrize(
    "path",
    ["/tenantA/../tenantB/file=a.png", "/tenantB/file=a.png", "/tenantA/%2e%2e/tenantB/a",
     "/tenantAB/file=a", "/tenantA/..;/tenantB/a", "/tenantA\\..\\tenantB"],
)  # fmt: skip
def test_a_file_elsewhere_on_the_host_is_not_fetched(path: str, way: str) -> None:
    with http_server({}) as server:
        for known, play in referring("6", f"{server.url}{path}").items():
            server.plays[f"/tenantA{known}"] = play
        with (
            Interface(f"{server.url}/tenantA", token="secret") as app,
            pytest.raises(PredictError, match=r"another path than|steps upwards"),
        ):
            predict(way, app, "hi", fetch=True)
    assert all(path.startswith("/tenantA/") for path in server.paths)


def test_a_redirection_to_another_tenant_gets_no_token() -> None:
    with http_server({}) as server:
        move = say("", 307, Location="/tenantB/config")
        server.plays["/tenantA/config"] = move
        for known, play in gradio("6").items():
            server.plays[f"/tenantB{known}"] = play
        error = refusal(f"{server.url}/tenantA", token="secret")
        assert "make an Interface of that URL" in str(error)
        assert call(f"{server.url}/tenantA") == "hi"
    assert not any("Authorization" in seen.headers for seen in server.seen if "B" in seen.path)


def test_the_server_itself_is_reached_below_its_path() -> None:
    with http_server({}) as server:
        for known, play in gradio("6").items():
            server.plays[f"/tenantA{known}"] = play
        assert call(f"{server.url}/tenantA", token="secret") == "hi"


@pytest.mark.parametrize(
    "path", [*STEPS, "/a/..", "..", "/a/..;x", "/a\\..\\b", "/a/%2E%2E%2fb", "/a;x/../b"]
)
def test_steps_upwards_are_seen_in_every_spelling(path: str) -> None:
    assert has_steps_upwards(path)
    assert not is_own_url("http://h/a", f"http://h/a{path}")
    with pytest.raises(PredictError, match="steps upwards"):
        below("http://h/a", path)


@pytest.mark.parametrize("path", ["", "/a.b", "/..a/b", "/a..", "/.hidden/x", "/a/b...c"])
def test_dots_in_names_are_no_steps(path: str) -> None:
    assert not has_steps_upwards(path)
    assert is_own_url("http://h/a", f"http://h/a{path}") == (path[:1] in ("", "/"))


def test_only_urls_below_the_path_belong_to_the_server() -> None:
    assert is_own_url("http://h:80/a", "http://h/a/b")
    assert is_own_url("http://h", "http://h/b")
    for other in ("http://h/ab", "http://h", "https://h/a", "http://i/a", "http://h:81/a", "x"):
        assert not is_own_url("http://h/a", other)
