"""Code that calls an endpoint with example values: Python, JavaScript and cURL, ready to run.

The code is made from the templates ``snippet.*.jinja``. Python calls this package. JavaScript and
cURL speak the era's own protocol: 2.x and 3.x answer at once; from 4.0 on, most files are uploaded
first and sent by reference; from 4.20 on, a call (``/call/…``) returns an event id, and the last of
the server-sent events under that id has the answer.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from encoders.predict.endpoints import Description, Endpoint
from encoders.predict.eras import server_version
from encoders.predict.pages import environment
from encoders.predict.pages.call import Call, Variable, VariableNames, example_call
from encoders.predict.pages.examples import example, example_output
from encoders.predict.pages.quoting import (
    VARIABLE_NAME,
    Quote,
    javascript_text,
    one_line_json,
    python_text,
    python_value,
    shell_json_text,
    shell_reference,
    shell_text,
)
from encoders.predict.values import Reference
from encoders.predict.wire.file_shapes import file_object, find_files

if TYPE_CHECKING:
    import jinja2

LANGUAGES = {"python": "Python", "javascript": "JavaScript", "curl": "cURL"}  # with their titles

_LONGEST_PYTHON_CALL = 78  # characters


def snippets(
    description: Description,
    endpoint: Endpoint,
    url: str,
    *,
    token: bool = False,
    login: bool = False,
    space: str | None = None,
) -> dict[str, str]:
    """Return code that calls an endpoint, by language: those of `LANGUAGES`.

    Python needs this package, JavaScript Node 18 and no package, cURL a POSIX shell. Each prints
    the answer, and exits with another status than 0 if the call fails. With ``token`` the code
    sends the token in its environment variable ENCODERS_TOKEN, and with ``login`` it logs in first,
    with its environment variables USER and PASSWORD. A ``space`` is called by its name where this
    package calls it, and gets the token in the header that its own code does not see.
    """
    call = example_call(description, endpoint, url)
    values = {"call": call, "token": token, "login": login, "is_space": space is not None}
    values |= _python_parts(description, endpoint, space or call.server, token, login)
    templates = code_environment()
    return {
        language: templates.get_template(f"snippet.{language}.jinja").render(values)
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
    }
    templates.filters |= {name: as_code(quote) for name, quote in quotes.items()}
    return templates


def _python_parts(
    description: Description, endpoint: Endpoint, server: str, token: bool, login: bool
) -> dict[str, Any]:
    version = server_version(description.version)
    files = VariableNames()
    arguments = [
        python_value(example(one), lambda file: files.of(str(file.data_url)).name)
        if one.component.exists_in(version)
        else "None"
        for one in endpoint.visible_inputs
    ]
    access = ['token=os.environ["ENCODERS_TOKEN"]'] if token else []
    access += ['auth=(os.environ["USER"], os.environ["PASSWORD"])'] if login else []
    return {
        "variables": files.variables,
        "interface": _python_call("Interface", [python_text(server), *access]),
        "answer": _python_call(
            "interface.predict", [*arguments, *_python_options(description, endpoint)]
        ),
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
