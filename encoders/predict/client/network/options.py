"""How a server is reached: proxy, certificates, and more options of the connections."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from encoders.errors import PredictError, Remedy, bounded, clip_value

if TYPE_CHECKING:
    import ssl

Verify: TypeAlias = "bool | str | PathLike[str] | ssl.SSLContext"
Certificate = str | PathLike[str] | tuple[str | PathLike[str], ...]

PROXY = (Remedy("pass", "proxy", '"http://user:password@proxy:3128"'),)
_PROXY_SCHEMES = ("http", "https", "socks5", "socks5h")
# Those options of httpx.HTTPTransport that are passed on, besides trust_env.
_PASSED_ON = ("http1", "http2", "local_address", "retries", "socket_options", "uds")
_KNOWN = tuple(sorted((*_PASSED_ON, "trust_env")))


class NetworkOptions:
    """How all connections of an `Interface` are made, checked before the first of them.

    Attributes:
        given: options of httpcore's pools.

    Raises:
        FileNotFoundError: a file of certificates is missing.
        TypeError: there is no such option, or one is of the wrong type.
        ValueError: the proxy is not the URL of one, or a file holds no certificate or key.
    """

    def __init__(
        self,
        proxy: str | None = None,
        verify: Verify = True,
        cert: Certificate | None = None,
        httpx_options: Mapping[str, Any] | None = None,
    ) -> None:
        given = dict(httpx_options or {})
        for name in given:
            if name not in _KNOWN:
                raise TypeError(
                    f"httpx_options has {clip_value(name)}: expected some of {', '.join(_KNOWN)}"
                )
        self._proxy = None if proxy is None else _proxy_url(proxy)
        self._trusts_environment = bool(given.pop("trust_env", True))
        self.given = given
        self._context: ssl.SSLContext | None = None
        if verify is not True or cert is not None:
            self._context = _own_context(verify, cert, self._trusts_environment)

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """The certificates that a server needs, and that it is shown."""
        http2 = bool(self.given.get("http2"))
        return self._context or _usual_context(self._trusts_environment, http2)

    def proxies(self) -> dict[str, str | None]:
        """Return the proxy for each scheme of a server; "all" and "" are for any scheme.

        "" is for hosts that the environment excepts too.

        Raises:
            PredictError: a proxy of the environment is not the URL of one.
        """
        if self._proxy or not self._trusts_environment:
            return {"": self._proxy}
        from urllib.request import getproxies

        found = getproxies()
        urls = {scheme: found[scheme] for scheme in ("http", "https", "all") if found.get(scheme)}
        try:
            return {"": None, **{scheme: _proxy_url(url) for scheme, url in urls.items()}}
        except ValueError as error:
            raise PredictError(
                f"a proxy of the environment (HTTP_PROXY, HTTPS_PROXY or ALL_PROXY): {error}",
                remedy=PROXY,
            ) from None


def _with_scheme(proxy: str) -> str:
    return proxy if "://" in proxy else f"http://{proxy}"


def _proxy_url(proxy: str) -> str:
    """Return the URL of a proxy; one without a scheme is http. No error quotes its password."""
    shown = bounded(proxy.rpartition("@")[2])
    try:
        parts = urlsplit(_with_scheme(proxy))
        is_one = parts.scheme in _PROXY_SCHEMES and parts.hostname and parts.port != 0
    except ValueError:
        is_one = False
    if not is_one:
        schemes = ", ".join(f"{scheme}://" for scheme in _PROXY_SCHEMES)
        raise ValueError(f"{shown!r} is not the URL of a proxy: expected {schemes} and a host")
    return _with_scheme(proxy)


@cache
def _usual_context(trusts_environment: bool, http2: bool) -> ssl.SSLContext:
    """Return the context that checks servers as usual: to read the authorities takes some 20 ms.

    httpcore sets the protocols of a context, so that those of HTTP/2 need one of their own.
    """
    import httpx

    return httpx.create_ssl_context(trust_env=trusts_environment)


def _own_context(
    verify: Verify, cert: Certificate | None, trusts_environment: bool
) -> ssl.SSLContext:
    import ssl

    import httpx

    if isinstance(verify, ssl.SSLContext):
        if cert is not None:
            raise TypeError("cert beside an SSLContext: load it into that by load_cert_chain")
        return verify
    if isinstance(verify, bool):
        context = httpx.create_ssl_context(verify=verify, trust_env=trusts_environment)
    elif isinstance(verify, str | PathLike):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _load(context, verify)
    else:
        found = type(verify).__name__
        raise TypeError(f"verify is {found}: expected a bool, a path or an ssl.SSLContext")
    if cert is not None:
        _load_own(context, (cert,) if isinstance(cert, str | PathLike) else cert)
    return context


def _load(context: ssl.SSLContext, path: str | PathLike[str]) -> None:
    """Trust the authorities in a file or folder."""
    import ssl

    if Path(path).is_dir():
        context.load_verify_locations(capath=os.fspath(path))
        return
    Path(path).stat()  # raises an error that names a missing file
    try:
        context.load_verify_locations(cafile=os.fspath(path))
    except ssl.SSLError as error:
        raise ValueError(f"{os.fspath(path)} holds no certificates as PEM") from error


def _load_own(context: ssl.SSLContext, cert: tuple[Any, ...]) -> None:
    """Load a client's certificate and key, of one file or two, the latter with its password."""
    import ssl

    paths = cert[:2]
    for path in paths:
        Path(path).stat()
    try:
        context.load_cert_chain(*cert)
    except ssl.SSLError as error:
        names = " and ".join(os.fspath(path) for path in paths)
        raise ValueError(f"{names}: no certificate with its key, or a wrong password") from error
