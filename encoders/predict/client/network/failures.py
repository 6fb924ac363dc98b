"""What goes wrong on the way to a server and back, as our own errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from encoders.errors import EncodersError, PredictError, Remedy, bounded
from encoders.predict.address import brief
from encoders.predict.client.network.options import PROXY
from encoders.predict.client.steps import Request

LONGER = Remedy("raise", "timeout")
_UNKNOWN_AUTHORITY = (18, 19, 20, 21)  # X509_V_ERR_… of OpenSSL
_AUTHORITY = (Remedy("pass", "verify", '"ca.pem"'),)
_NOT_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE")  # what OpenSSL makes of plain HTTP
_PLAIN = (Remedy("do", value="write http:// for https://"),)
_CLIENT = (Remedy("pass", "cert", '("client.pem", "client.key")'),)
_SOCKS_ERRORS = "socksio.exceptions"
_SOCKS = ("through a SOCKS proxy", "socks")  # what for, and the extra of httpcore


@contextmanager
def as_our_errors(request: Request, timeout: float) -> Iterator[None]:
    """Turn whatever httpx and httpcore raise into our own errors, and say where each arose."""
    try:
        try:
            yield
        except EncodersError:
            raise
        except Exception as error:
            _raise_ours(error, request, timeout)
            raise
    except EncodersError as error:
        if isinstance(error, PredictError):
            error.endpoint = error.endpoint or request.endpoint
        error.source = error.source or request.endpoint or urlsplit(request.url).path
        raise


def _raise_ours(error: Exception, request: Request, timeout: float) -> None:
    """Raise our error for one of httpx, httpcore or the system, and nothing for any other.

    An error that may quote a header, and so a secret, is not shown as the cause.
    """
    import httpcore
    import httpx

    where, text = brief(request.url), bounded(str(error)) or type(error).__name__
    if isinstance(error, ImportError):
        way, extra = ("by HTTP/2", "http2") if error.name == "h2" else _SOCKS
        raise PredictError(
            f"no server can be reached at {where} {way}: {text}",
            remedy=(Remedy("do", value=f"pip install 'httpcore[{extra}]'"),),
        ) from error
    if isinstance(error, httpcore.TimeoutException | TimeoutError):
        message = f"no complete answer from {where} in {timeout:g} s"
        raise PredictError(message, remedy=(LONGER,)) from error
    if isinstance(error, httpcore.LocalProtocolError):
        raise PredictError(f"nothing can be sent to {where}") from None
    _check_certificates(error, where)
    if isinstance(error, httpcore.ProxyError) or type(error).__module__ == _SOCKS_ERRORS:
        remedy = PROXY if text.startswith("407") else ()
        message = f"the proxy makes no connection to {where}: {text}"
        raise PredictError(message, remedy=remedy) from error
    if isinstance(error, httpcore.ConnectError | httpcore.UnsupportedProtocol | httpx.InvalidURL):
        raise PredictError(f"no server can be reached at {where}: {text}") from error
    if isinstance(error, httpcore.NetworkError | httpcore.ProtocolError):
        raise PredictError(f"the connection to {where} broke: {text}", broke=True) from error
    if isinstance(error, RuntimeError):
        raise PredictError(f"the connections to {where} were closed: {text}") from error
    if isinstance(error, OSError) and error.filename is not None:
        return  # a file of the caller's
    if isinstance(error, ValueError | OverflowError | OSError | ExceptionGroup):
        message = f"no server can be reached at {where}: {type(error).__name__}"
        raise PredictError(message) from None


def _check_certificates(error: BaseException | None, where: str) -> None:
    """Raise our error for one about certificates, which may be the cause of another."""
    import ssl

    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            raise PredictError(
                f"the certificate of {where} cannot be trusted: {bounded(error.verify_message)}",
                remedy=_AUTHORITY if error.verify_code in _UNKNOWN_AUTHORITY else (),
            ) from error
        if isinstance(error, ssl.SSLError) and error.reason in _NOT_TLS:
            raise PredictError(
                f"the server at {where} does not speak TLS", remedy=_PLAIN
            ) from error
        if isinstance(error, ssl.SSLError) and "CERTIFICATE_REQUIRED" in str(error):
            message = f"the server at {where} wants a client's certificate"
            raise PredictError(message, remedy=_CLIENT) from error
        error = error.__cause__ or error.__context__
