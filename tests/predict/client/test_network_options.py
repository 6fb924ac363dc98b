"""A proxy, certificates and options of httpx are used, and what is wrong with them is said."""

from __future__ import annotations

import base64
import gc
import socketserver
import ssl
import threading
from pathlib import Path
from typing import Any

import pytest

from encoders import Interface, PredictError
from encoders.cli.main import main
from tests.predict.client.calls import SECRET, call, refusal
from tests.predict.client.tls import Files, https_server, make_files
from tests.predict.http_server import Exchange, Play, gradio, http_server, raw, say
from tests.predict.ways import ways


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return make_files(tmp_path_factory.mktemp("tls"))


def through_proxy(url: str) -> dict[str, Play]:
    """Return what a proxy does before a server of that URL."""
    return {f"{url}{path}": play for path, play in gradio("3").items()}


@ways
def test_a_server_of_an_own_authority_is_trusted_by_its_file(files: Files, way: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(files.authority)
    for verify in (files.authority, str(files.authority), context, False):
        with https_server(gradio("3"), files) as (_, url):
            assert call(url, way=way, verify=verify) == "hi"


@ways
def test_a_server_of_an_unknown_authority_is_an_error_that_names_the_remedy(
    files: Files, way: str
) -> None:
    with https_server(gradio("3"), files) as (server, url):
        error = refusal(url, way=way)

        assert server.paths == []
    assert isinstance(error, PredictError)
    assert url in str(error)
    assert "certificate" in str(error)
    assert 'verify="ca.pem"' in str(error)
    assert "False" not in str(error)


@ways
def test_a_certificate_for_another_host_is_an_error(files: Files, way: str) -> None:
    with https_server(gradio("3"), files) as (_, url):
        error = refusal(url.replace("127.0.0.1", "localhost"), way=way, verify=files.authority)

    assert "certificate" in str(error)
    assert "localhost" in str(error)
    assert "verify" not in str(error).rpartition(":")[2]


@ways
def test_a_clients_certificate_is_shown(files: Files, way: str) -> None:
    for cert in (files.client, str(files.client), (files.certificate, files.key)):
        with https_server(gradio("3"), files, asks_client=True) as (_, url):
            assert call(url, way=way, verify=files.authority, cert=cert) == "hi"


@ways
def test_a_server_that_wants_a_clients_certificate_is_an_error(files: Files, way: str) -> None:
    with https_server(gradio("3"), files, asks_client=True) as (_, url):
        error = refusal(url, way=way, verify=files.authority)

    assert isinstance(error, PredictError)
    assert "pass cert=" in str(error) or "broke" in str(error)


def test_files_without_certificates_are_refused_at_once(files: Files, tmp_path: Path) -> None:
    (empty := tmp_path / "empty.pem").write_bytes(b"nothing")
    with pytest.raises(FileNotFoundError, match=r"missing\.pem"):
        Interface("https://host", verify=tmp_path / "missing.pem")
    with pytest.raises(ValueError, match=r"empty\.pem holds no certificates"):
        Interface("https://host", verify=empty)
    with pytest.raises(FileNotFoundError, match=r"missing\.pem"):
        Interface("https://host", cert=tmp_path / "missing.pem")
    with pytest.raises(ValueError, match=r"authority\.pem: no certificate with its key"):
        Interface("https://host", cert=files.authority)
    with pytest.raises(TypeError, match="verify is int"):
        Interface("https://host", verify=5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="load_cert_chain"):
        Interface("https://host", verify=ssl.create_default_context(), cert=files.client)


@ways
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_a_proxy_is_used_with_its_login_instead_of_that_of_the_environment(
    scheme: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "*")
    with http_server(through_proxy("http://gradio.invalid")) as server:
        proxy = f"{scheme}me:{SECRET}@127.0.0.1:{server.server_port}"
        assert call("http://gradio.invalid", way=way, proxy=proxy) == "hi"

        expected = "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()
        assert {seen.headers["Proxy-Authorization"] for seen in server.seen} == {expected}


@ways
def test_a_proxy_that_wants_a_login_is_a_clear_error(way: str) -> None:
    with http_server({"*": say(b"", 407)}) as server:
        error = refusal("http://gradio.invalid", way=way, proxy=server.url)

    assert "407" in str(error)
    assert 'proxy="http://user:password@' in str(error)


@ways
def test_a_proxy_that_makes_no_connection_is_a_clear_error(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    monkeypatch.setattr(Exchange, "do_CONNECT", raw(refused), raising=False)
    with http_server({}) as server:
        proxy = server.url.replace("//", f"//me:{SECRET}@")
        error = refusal("https://gradio.invalid", way=way, proxy=proxy)

    assert "407 Proxy Authentication Required" in str(error)
    assert 'proxy="http://user:password@' in str(error)
    assert SECRET not in str(error)


@ways
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_not_there_is_said_to_be_the_reason(scheme: str, way: str) -> None:
    error = refusal(f"{scheme}://gradio.invalid", way=way, proxy="http://127.0.0.1:9")

    assert f"the proxy makes no connection to {scheme}://gradio.invalid" in str(error)


@ways
def test_a_server_without_tls_is_told_from_one_that_is_not_there(way: str) -> None:
    with http_server(gradio("3")) as server:
        error = refusal(server.url.replace("http:", "https:"), way=way)

    assert "does not speak TLS; write http:// for https://" in str(error)


@pytest.mark.parametrize("proxy", ["ftp://host", "http://", "http://host:port", "socks4://h"])
def test_text_that_is_no_proxy_is_refused_at_once(proxy: str) -> None:
    with pytest.raises(ValueError, match=r"proxy: expected http://, https://, socks5://"):
        Interface("http://host", proxy=proxy)


def test_the_password_of_a_proxy_is_never_quoted() -> None:
    with pytest.raises(ValueError, match="proxy") as caught:
        Interface("http://host", proxy=f"ftp://me:{SECRET}@host")
    assert SECRET not in str(caught.value)
    assert SECRET not in repr(Interface("http://host", proxy=f"http://me:{SECRET}@host"))


@ways
def test_without_trust_in_the_environment_its_proxies_are_not_used(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with http_server(gradio("3")) as server:
        assert call(server.url, way=way, httpx_options={"trust_env": False}) == "hi"


@ways
def test_options_of_httpx_are_passed_on(way: str) -> None:
    peers: list[Any] = []
    plays = gradio("3")
    answer = plays["/config"]

    def play(exchange: Exchange) -> None:
        peers.append(exchange.client_address[0])
        answer(exchange)

    options = {"local_address": "127.0.0.2", "http1": True}
    with http_server({**plays, "/config": play}) as server:
        assert call(server.url, way=way, httpx_options=options) == "hi"

    assert peers == ["127.0.0.2"]


def test_an_unknown_option_of_httpx_is_refused_with_a_list() -> None:
    with pytest.raises(TypeError, match="'timeout': expected some of http1, http2, local_address"):
        Interface("http://host", httpx_options={"timeout": 5})


def test_a_missing_socket_of_this_machine_is_a_predict_error(tmp_path: Path) -> None:
    options = {"uds": str(tmp_path / "socket")}
    missing = refusal("http://host", way="async", httpx_options=options)

    assert isinstance(missing, PredictError)
    assert "http://host" in str(missing)


def test_the_shell_takes_a_proxy_and_certificates(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    with https_server(gradio("3"), files) as (_, url):
        assert main(["predict", url, "hi", "--cacert", str(files.authority)]) == 0
        assert main(["predict", url, "hi", "--insecure"]) == 0
        assert main(["api", url, "--cacert", str(files.authority)]) == 0
        assert main(["predict", url, "hi"]) == 2
    assert "pass --cacert ca.pem" in capsys.readouterr().err
    with http_server(through_proxy("http://gradio.invalid")) as server:
        assert main(["predict", "http://gradio.invalid", "hi", "--proxy", server.url]) == 0


@ways
@pytest.mark.parametrize("proxy", ["gopher://h:1", "http://", f"http://me:{SECRET}@h:port"])
def test_a_proxy_of_the_environment_that_is_none_is_an_error(
    proxy: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("all_proxy", proxy)
    error = refusal("http://gradio.invalid", way=way)

    assert "a proxy of the environment" in str(error)
    assert SECRET not in str(error)


@ways
def test_a_socks_proxy_that_is_none_is_an_error(way: str) -> None:
    pytest.importorskip("socksio")
    for answer in (b"\x05", b"HTTP/1.1 400 Bad Request\r\n\r\n", b""):
        assert "the proxy makes no connection" in str(error_by_proxy(answer, way)), answer
    gc.collect()  # warns of a socket that was left open


def error_by_proxy(answer: bytes, way: str) -> Exception:
    """Return the error of a call by a SOCKS proxy that gives an answer."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(10)
            self.request.sendall(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        proxy = f"socks5://127.0.0.1:{server.server_address[1]}"
        error = refusal("http://gradio.invalid", way=way, proxy=proxy)
        thread.join()
    return error
