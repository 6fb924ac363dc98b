"""Code that calls an endpoint: Python, JavaScript and cURL, ready to run.

It has example values, or those of a caller. It is made from the templates ``snippet.*.jinja``.
Python calls this package. JavaScript and cURL speak the era's own protocol: 2.x and 3.x answer at
once; from 4.0 on, most files are uploaded first and sent by reference; from 4.20 on, a call
(``/call/…``) returns an event id, and the last of the server-sent events under that id has the
answer.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from os import PathLike, fsdecode
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any

from encoders import codecs
from encoders.data_url import parse
from encoders.errors import EncodersError
from encoders.limits import DEFAULT, Limits
from encoders.predict.components import Component, encode
from encoders.predict.endpoints import Description, Endpoint
from encoders.predict.eras import Version, server_version
from encoders.predict.pages import environment
from encoders.predict.pages.call import Call, call_with, example_call
from encoders.predict.pages.examples import example, example_output
from encoders.predict.pages.quoting import (
    VARIABLE_NAME,
    Quote,
    curl_file,
    javascript_text,
    one_line_json,
    python_text,
    python_value,
    shell_json_text,
    shell_reference,
    shell_text,
)
from encoders.predict.pages.variables import LocalFiles, Variable, Variables, is_media
from encoders.predict.values import File, Json, Reference
from encoders.predict.wire.context import EncodeContext
from encoders.predict.wire.file_shapes import file_object, find_files

if TYPE_CHECKING:
    import jinja2

LANGUAGES = {"python": "Python", "javascript": "JavaScript", "curl": "cURL"}  # with their titles

_LONGEST_PYTHON_CALL = 78  # characters
_LONGEST_FILE = 64  # bytes of an example that stand in Python code
_LONGEST_ARGUMENT = 100_000  # characters; Linux has 131,072 bytes for one


def snippets(
    description: Description,
    endpoint: Endpoint,
    url: str,
    *,
    values: Sequence[Any] | None = None,
    token: bool = False,
    login: bool = False,
    space: str | None = None,
    limits: Limits = DEFAULT,
) -> dict[str, str]:
    """Return code that calls an endpoint, by language: those of `LANGUAGES`.

    Python needs this package, JavaScript Node 18 and no package, cURL a POSIX shell. Each prints
    the answer, and exits with another status than 0 if the call fails. With ``token`` the code
    sends the token in its environment variable ENCODERS_TOKEN, and with ``login`` it logs in first,
    with its environment variables USER and PASSWORD. A ``space`` is called by its name where this
    package calls it, and gets the token in the header that its own code does not see.

    By default the code has examples. With ``values``, it sends these: those of visible inputs, as
    `Interface.predict` takes them, read within ``limits``. The code reads files by their base
    names. JavaScript and cURL send them unchanged, while this package turns some pictures upright,
    or converts them. Other media, such as bytes, arrays and pictures of Pillow's, have to be saved
    first, as the files that the code names, such as image.png. A data URL given as text stays text.

    Raises:
        EncodersError: one of the ``values`` does not fit its component.
        TypeError: ``values`` is text.
    """
    if isinstance(values, str):
        raise TypeError("the values of a call are a list, found text: put it into a list")
    version = server_version(description.version)
    if values is None:
        call = example_call(description, endpoint, url)
        arguments = _example_arguments(endpoint, version)
    else:
        call = call_with(description, endpoint, url, values, limits)
        arguments = _caller_arguments(endpoint, version, values, call)
    code = {"call": call, "token": token, "login": login, "is_space": space is not None}
    code["is_piped"] = _is_piped(call)
    code |= _python_parts(description, endpoint, space or call.server, arguments, token, login)
    templates = code_environment()
    return {
        language: templates.get_template(f"snippet.{language}.jinja").render(code)
        for language in LANGUAGES
    }


@cache
def code_environment() -> jinja2.Environment:
    """Return the environment of the templates of code.

    A template refuses a text that no filter has quoted for its language.
    """
    from markupsafe import Markup

    def require_quoted(value: object) -> object:
        if isinstance(value, str) and not isinstance(value, Markup):
            raise TypeError(f"a template of code has a text that is not quoted: {value[:40]!r}")
        return value

    def as_code(quote: Callable[[Any], str]) -> Callable[[Any], Markup]:
        return lambda value: Markup(quote(value))

    templates = environment(finalize=require_quoted)
    quotes: dict[str, Callable[[Any], str]] = {
        "code": str,
        "python": python_text,
        "javascript": javascript_text,
        # A line of code is to have about 88 characters, with what the template puts around it.
        "javascript_body": lambda call: _body(call, 64, "    ", javascript_text, VARIABLE_NAME),
        "shell": shell_text,
        "shell_body": lambda call: _body(call, 81, "  ", shell_json_text, shell_reference),
        "base64": lambda data: b64encode(data).decode(),
        "curl_file": lambda file: shell_text(curl_file(file.name, file.media_type)),
    }
    templates.filters |= {name: as_code(quote) for name, quote in quotes.items()}
    return templates


@dataclass(slots=True)
class _Arguments:
    """The arguments of a call in Python.

    Attributes:
        code: of each.
        names: what the code needs from ``encoders.predict``.
        variables: what the code defines before.
        reads_files: whether there is a `Path` among them.
    """

    code: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    variables: list[Variable] = field(default_factory=list)
    reads_files: bool = False


def _example_arguments(endpoint: Endpoint, version: Version) -> _Arguments:
    variables = Variables()
    made = _Arguments(variables=variables.variables)

    def file_code(value: Any) -> str | None:
        if isinstance(value, File) and len(value.data) <= _LONGEST_FILE and value.name:
            made.names.add("File")
            return f"File({value.data!r}, {python_text(value.name)})"
        if isinstance(value, File | bytes):
            file = value if isinstance(value, File) else File(value)
            return variables.of_url(str(file.data_url)).name
        return None

    for one in endpoint.visible_inputs:
        exists = one.component.exists_in(version)
        made.code.append(python_value(example(one), file_code) if exists else "None")
    return made


def _caller_arguments(
    endpoint: Endpoint, version: Version, values: Sequence[Any], call: Call
) -> _Arguments:
    made = _Arguments()
    files = LocalFiles()

    def file_code(value: Any) -> str | None:
        if isinstance(value, PathLike):
            file = files.of(Path(fsdecode(value)))
        elif is_media(value):
            url = codecs.encode(value.data if isinstance(value, File) else value)
            file = files.of(url, parse(url).media_type)
        else:
            return None
        made.reads_files = True
        return f"Path({python_text(file.name)})"

    data = call.body["data"]
    if "batched" in call.body:
        data = [item[0] for item in data]
    sent = [item for one, item in zip(endpoint.inputs, data, strict=True) if not one.hidden]
    for one, value, json in zip(endpoint.visible_inputs, values, sent, strict=False):
        if _has_variables(json):
            made.code.append(python_value(value, file_code))
        elif _is_plain(value):
            made.code.append(python_value(value))
        elif _is_sent_as_it_is(json, one.component, version):
            made.code.append(python_value(json))
        else:
            made.names.add("Raw")
            made.code.append(f"Raw({python_value(json)})")
    return made


def _has_variables(json: Json) -> bool:
    if isinstance(json, dict | list):
        return any(map(_has_variables, json.values() if isinstance(json, dict) else json))
    return isinstance(json, Variable)


def _is_plain(value: Any) -> bool:
    """Tell whether Python's literals can hold a value."""
    if isinstance(value, Mapping):
        return all(map(_is_plain, value)) and all(map(_is_plain, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return type(value) in (str, int, float, bool, NoneType)


def _is_sent_as_it_is(json: Json, component: Component, version: Version) -> bool:
    """Tell whether a component's JSON is a Python value that becomes this JSON."""
    try:
        return bool(encode(json, component, EncodeContext(version=version)) == json)
    except EncodersError:
        return False


def _is_piped(call: Call) -> bool:
    """Tell whether the body may be too long for an argument of a command."""
    if any(variable.is_local and not variable.is_uploaded for variable in call.variables):
        return True
    urls = sum(len(variable.url) for variable in call.variables)
    return len(one_line_json(call.body)) + urls > _LONGEST_ARGUMENT


def _python_parts(
    description: Description,
    endpoint: Endpoint,
    server: str,
    arguments: _Arguments,
    token: bool,
    login: bool,
) -> dict[str, Any]:
    access = ['token=os.environ["ENCODERS_TOKEN"]'] if token else []
    access += ['auth=(os.environ["USER"], os.environ["PASSWORD"])'] if login else []
    options = _python_options(description, endpoint)
    return {
        "variables": arguments.variables,
        "names": ", ".join(sorted(arguments.names)),
        "reads_files": arguments.reads_files,
        "interface": _python_call("Interface", [python_text(server), *access]),
        "answer": _python_call("interface.predict", [*arguments.code, *options]),
    }


def _python_options(description: Description, endpoint: Endpoint) -> Iterator[str]:
    if endpoint != description.endpoint(None):
        name = endpoint.index if endpoint.name is None else python_text(endpoint.name)
        yield f"api_name={name}"
    outputs = (example_output(output, description.version) for output in endpoint.visible_outputs)
    files = (file_object(file) for output in outputs for file in find_files(output))
    if any(isinstance(file, Reference) for file in files):
        yield "fetch=True"


def _python_call(function: str, arguments: list[str]) -> str:
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _LONGEST_PYTHON_CALL:
        return line
    lines = "".join(f"    {argument},\n" for argument in arguments)
    return f"{function}(\n{lines})"


def _body(
    call: Call, width: int, indent: str, quote: Quote, refer: Callable[[Variable], str]
) -> str:
    """Return a body in one line if it fits, or else with a line for each input."""
    line = one_line_json(call.body, quote, refer)
    if len(line) <= width:
        return line
    inputs = [f"{indent}  {one_line_json(item, quote, refer)}" for item in call.body["data"]]
    rest = {key: value for key, value in call.body.items() if key != "data"}
    end = one_line_json(rest, quote, refer)[1:]
    comma = ", " if rest else ""
    return f"{{{quote('data')}: [\n" + ",\n".join(inputs) + f"\n{indent}]{comma}{end}"
