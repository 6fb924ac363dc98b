"""Nobody but the page itself gets anything from the live page's server."""

from __future__ import annotations

import re
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.predict.http_server import gradio
from tests.view.live.conftest import Browser, Open, form

TOKEN = re.compile(r"/[A-Za-z0-9_-]{32}/")


@pytest.fixture
def page(open_page: Open) -> Browser:
    return open_page(gradio("6"))


def place(page: Browser) -> str:
    return f"{page.base_url.host}:{page.base_url.port}"


def test_each_page_has_a_token_of_its_own(open_page: Open) -> None:
    paths = {open_page(gradio("6")).base_url.path for _ in range(2)}

    assert len(paths) == 2
    assert all(map(TOKEN.fullmatch, paths))


@pytest.mark.parametrize(
    "path", ["/", "/run", "/upload", "/static/live.js", "/{other}/", "/{token}", "/{token}x/"]
)
def test_a_wrong_token_is_not_found(page: Browser, path: str) -> None:
    token = page.base_url.path.strip("/")
    other = token[:-1] + ("b" if token[-1] == "a" else "a")

    answer = page.get(f"http://{place(page)}{path.format(token=token, other=other)}")

    assert (answer.status_code, answer.content) == (404, b"")


@pytest.mark.parametrize(
    "host",
    [
        "other.example",
        "other.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1:{port}.evil",
        "",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_request_for_another_host_is_refused(page: Browser, host: str, method: str) -> None:
    """A page of another site that has its name point to this machine says its name as the host."""
    headers = {"Host": host.format(port=page.base_url.port)}

    answer = page.request(method, "check", headers=headers, json=form("hi"))

    assert (answer.status_code, answer.content) == (403, b"")


def test_localhost_is_this_machine(page: Browser) -> None:
    host = f"localhost:{page.base_url.port}"
    headers = {"Host": host, "Origin": f"http://{host}"}

    assert page.post("check", headers=headers, json=form("hi")).json() == {"errors": []}


def test_a_request_without_a_host_or_with_two_is_refused(page: Browser) -> None:
    for hosts in ("", f"Host: {place(page)}\r\nHost: {place(page)}\r\n"):
        with socket.create_connection((page.base_url.host, page.base_url.port)) as connection:
            path = page.base_url.path
            connection.sendall(f"GET {path} HTTP/1.1\r\n{hosts}\r\n".encode())
            status = connection.recv(12)

        assert status in (b"HTTP/1.1 400", b"HTTP/1.1 403")


@pytest.mark.parametrize("path", ["", "static/live.js"])
@pytest.mark.parametrize(
    "origin", ["http://other.example", "null", "https://{place}", "http://localhost:1", ""]
)
def test_a_request_from_another_origin_is_refused(page: Browser, path: str, origin: str) -> None:
    headers = {"Origin": origin.format(place=place(page))}

    assert page.get(path, headers=headers).status_code == 403
    assert page.post("check", headers=headers, json=form("hi")).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_post_from_another_site_is_refused(page: Browser, site: str) -> None:
    """Other ports of this machine are the same site, but another origin."""
    headers = {"Sec-Fetch-Site": site}

    assert page.post("check", headers=headers, json=form("hi")).status_code == 403
    assert page.get("", headers=headers).status_code == 200  # a link to the page


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["", "check", "run", "upload", "files/a/b"])
def test_no_other_method_is_answered(page: Browser, method: str, path: str) -> None:
    answer = page.request(method, path)

    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "", 200),
        ("GET", "converter", 200),
        ("GET", "static/live.js", 200),
        ("GET", "static/none.js", 404),
        ("GET", "nothing", 404),
        ("GET", "check", 405),
        ("POST", "check", 400),
        ("POST", "run", 400),
        ("POST", "upload?name=a.txt", 200),
        ("POST", "cancel?call=none", 200),
        ("GET", "http://{place}/", 404),
    ],
)
def test_every_answer_has_the_headers_that_protect_it(
    page: Browser, method: str, path: str, status: int
) -> None:
    answer = page.request(method, path.format(place=place(page)), content=b"text")

    assert answer.status_code == status
    headers = answer.headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["permissions-policy"] == "camera=(self), microphone=(self)"
    assert "server" not in headers


def test_a_page_runs_only_its_own_scripts(page: Browser) -> None:
    policy = page.get("").headers["content-security-policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))

    scripts = rules["script-src"].split()
    assert scripts
    for script in scripts:
        assert urlsplit(script).path.startswith(f"{page.base_url.path}static/")
        answer = page.get(script)
        assert (answer.status_code, answer.headers["content-type"]) == (
            200,
            "text/javascript; charset=utf-8",
        )
    assert rules["connect-src"] == rules["style-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["form-action"] == rules["base-uri"] == "'none'"


def test_the_page_loads_nothing_but_its_own_scripts_and_styles(page: Browser) -> None:
    text = page.get("").text

    for url in re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]*)"', text):
        assert url.startswith("static/") or url == "data:,"
        if url.startswith("static/"):
            assert page.get(url).status_code == 200, url


def test_nothing_listens_beside_this_machine(page: Browser) -> None:
    """Other machines reach this one at its other addresses."""
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)}

    for other in others - {"127.0.0.1"}:
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"http://{other}:{page.base_url.port}/", trust_env=False)
