"""Where requests go: to the server that was named, and to no other.

URLs come from the caller; redirections and paths of files are untrusted input.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urljoin, urlsplit

from pybase64 import b64encode_as_string

from encoders.errors import PredictError, Remedy, bounded, clip

_LONGEST_URL = 200
_IN_A_URL = ":/?#[]@!$&'()*+,;=%"  # RFC 3986, section 2.2, and what escapes begin with
# RFC 9110, sections 5.6.2 and 5.5
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?|")
_SAFE_PORTS = ("443", "8443")
# A host with a port or a dot, or this machine.
_NO_SCHEME = re.compile(
    r"(?:localhost|\[[0-9a-f:.]+\]|[\w-]+(?:\.[\w-]+)+|[\w-]+(?=:))(?::(?P<port>\d+))?(?:/\S*)?",
    re.IGNORECASE,
)


def is_address(text: str) -> bool:
    """Tell whether a text is a URL of a server, or one without its scheme.

    >>> is_address("http://host"), is_address("localhost:7860/app"), is_address("photo of a cat")
    (True, True, False)
    """
    return "://" in text or _NO_SCHEME.fullmatch(text) is not None


def brief(url: str) -> str:
    """Return a URL for a message, of bounded length."""
    return bounded(url, _LONGEST_URL)


def server_address(
    url: str, headers: Mapping[str, str] | None, token: str | None, *, has_login: bool = False
) -> tuple[str, dict[str, str]]:
    """Return a server's URL, without query and fragment, and the headers for its requests.

    Raises:
        PredictError: it is not a URL of a server, or a header cannot be sent.
    """
    shown = clip(url.rpartition("@")[2])
    try:
        given, url = url, _with_scheme(url)
        parts = urlsplit(url)
        port = "" if parts.port is None else f":{parts.port}"
        host = (parts.hostname or "").encode("idna").decode()
    except (ValueError, UnicodeError) as error:
        raise PredictError(f"{shown} is not a URL of a server, such as http://host:7860") from error
    if parts.scheme not in ("http", "https") or not host.strip("."):
        raise PredictError(f"{shown} is not a URL of a server: expected http:// or https://")
    host = f"[{host}]" if ":" in host else host
    found = dict(headers or {})
    is_guessed = parts.scheme == "http" and "://" not in given
    if is_guessed and (token or found or has_login) and not _is_local(given):
        raise PredictError(
            f"{shown} has no scheme, and a token or login could be sent unencrypted",
            remedy=(
                Remedy("do", value="write https:// before it"),
                Remedy("do", value="http:// if that is meant"),
            ),
        )
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        found["Authorization"] = "Basic " + b64encode_as_string(pair.encode("utf-8", "replace"))
    if token:
        found["Authorization"] = f"Bearer {token}"
    for name, value in found.items():
        if not _HEADER_NAME.fullmatch(name) or not _HEADER.fullmatch(value):
            raise PredictError(f"the header {clip(name)} has characters that no header can have")
    return ascii_url(f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"), found


def _with_scheme(url: str) -> str:
    """Return a URL with a scheme: http for a host that is local or has a port, else https."""
    known = _NO_SCHEME.fullmatch(url)
    if "://" in url or not known:
        return url
    port = known["port"]
    is_plain = _is_local(url) if port is None else port not in _SAFE_PORTS
    return f"http{'' if is_plain else 's'}://{url}"


def _is_local(url: str) -> bool:
    """Tell whether a URL without a scheme names this machine, or one in its network."""
    host = urlsplit(f"//{url}").hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def ascii_url(url: str) -> str:
    r"""Return a URL with an escape for each character that RFC 3986 does not allow in one.

    >>> ascii_url("http://host/a b\x1b[2J?ü")
    'http://host/a%20b%1B[2J?%C3%BC'
    """
    return quote(url, safe=_IN_A_URL, errors="replace")


def redirected(url: str, location: str) -> str:
    """Return where a redirection from ``url`` leads, without query and fragment.

    Raises:
        PredictError: it is not a URL.
    """
    try:
        parts = urlsplit(urljoin(url, location))
        parts.port  # noqa: B018 - raises ValueError for what is not a port
        if not re.fullmatch("[!-~]*", parts.netloc):
            raise ValueError("the host is not in printable ASCII")
    except ValueError as error:
        message = f"the server redirects to {clip(location)}, which is not a URL"
        raise PredictError(message) from error
    return ascii_url(parts._replace(query="", fragment="").geturl())


def check_redirection(base: str, target: str, has_secrets: bool) -> None:
    """Refuse a redirection that would send this server's secrets elsewhere."""
    here, there = origin(base) or "", origin(target)
    upgraded = re.sub(r"^http(:.*):80$", r"https\1:443", here)
    is_own = there in (here, upgraded) and _is_below(urlsplit(base).path, urlsplit(target).path)
    if there is None or (has_secrets and not is_own):
        raise PredictError(
            f"the server redirects to {brief(target)}, which would get the login or token",
            endpoint="/config",
            remedy=(Remedy("do", value="make an Interface of that URL if that is meant"),),
        )


def below(base: str, path: str) -> str:
    """Return the URL of a path that a server names, such as one of its endpoints.

    Other servers may be on the same host under other paths: nothing is sent there.

    Raises:
        PredictError: it has steps upwards.
    """
    if has_steps_upwards(path):
        raise PredictError(f"the server names the path {clip(path)}, which has steps upwards in it")
    return f"{base}{path}"


def is_own_url(base: str, url: str) -> bool:
    """Tell whether a URL lies on the server and below the path that the caller gave."""
    return origin(url) == origin(base) and _is_below(urlsplit(base).path, urlsplit(url).path)


def has_steps_upwards(path: str) -> bool:
    """Tell whether a server or a proxy may read a path as one with ``..`` or ``.`` in it."""
    for _ in range(3):  # proxies may decode again
        steps = (re.split("[;?#]", step, maxsplit=1)[0] for step in re.split(r"[/\\]", path))
        if any(step in (".", "..") for step in steps):
            return True
        path = unquote(path)
    return False


def _is_below(base: str, path: str) -> bool:
    return not has_steps_upwards(path) and f"{path}/".startswith(f"{base.rstrip('/')}/")


def quoted(path: str) -> str:
    """Return a file's path, quoted for a URL.

    Raises:
        PredictError: it has steps upwards, which could lead to other paths of the server.
    """
    if ".." in path.replace("\\", "/").split("/"):
        raise PredictError(f"the answer refers to {clip(path)}, a path with steps upwards in it")
    try:
        return quote(path, safe="/")
    except UnicodeEncodeError as error:
        raise PredictError(f"the answer refers to {clip(path)}, which is not text") from error


def origin(url: str) -> str | None:
    """Return a URL's scheme, host and port, or None if it is not a URL."""
    try:
        parts = urlsplit(url)
        default = {"http": 80, "https": 443}.get(parts.scheme)
        port = default if parts.port is None else parts.port
    except ValueError:
        return None
    return f"{parts.scheme}://{parts.hostname}:{port}"
