"""Code that calls an endpoint with example values: Python, JavaScript and cURL, to run as it is.

JavaScript and cURL speak the era's own protocol. 2.x and 3.x answer at once; 4.0 and later take
most files by reference, so these go up first; from 4.20 on a call is announced (``/call/…``), and
its answer is in the last of the server-sent events that its id leads to.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from encoders.errors.text import quoted, visible
from encoders.predict.address import ascii_url
from encoders.predict.endpoints import Description, Endpoint, Parameter
from encoders.predict.eras import Version, era_of, server_version
from encoders.predict.pages.examples import example, example_output, with_names
from encoders.predict.payloads import batch_of_one, prepare
from encoders.predict.samples import sample
from encoders.predict.values import File, Json, Raw, Reference
from encoders.predict.wire.file_shapes import file_object, find_files

# Variables of the environment that the code reads.
TOKEN, USER, PASSWORD = "ENCODERS_TOKEN", "USER", "PASSWORD"

_WIDTH = 88  # characters
_LONG = 64  # characters; a file in a longer text gets a name


@dataclass(frozen=True, slots=True)
class Variable:
    """A file in a body, which code gives a name.

    Attributes:
        name: such as "image".
        url: its data URL, where it travels as one.
        file: what has to be on the server first; the variable holds its path there.
    """

    name: str
    url: str = ""
    file: File | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What goes over the wire when an endpoint is called with its examples.

    Attributes:
        server: the server's URL.
        root: that of its API, with the prefix.
        path: of the endpoint, below ``root``.
        body: JSON, with a `Variable` for each file in it.
        variables: these, each once.
        by_events: the answer to the body is the id of events, and they end with the answer.
    """

    server: str
    root: str
    path: str
    body: dict[str, Json]
    variables: list[Variable] = field(default_factory=list)
    by_events: bool = False

    @property
    def uploads(self) -> bool:
        """Whether a file has to go up first."""
        return any(variable.file for variable in self.variables)


def snippets(
    description: Description,
    endpoint: Endpoint,
    url: str,
    *,
    token: bool = False,
    login: bool = False,
) -> dict[str, str]:
    """Return code that calls an endpoint, under "python", "javascript" and "curl".

    Python needs this package, JavaScript Node 18 and no package, cURL a POSIX shell. Each prints
    the answer, and ends with another status than 0 if the server fails.

    Args:
        description: of the server.
        endpoint: one of its endpoints.
        url: of the server.
        token: the code sends what the variable ENCODERS_TOKEN of its environment holds.
        login: the code logs in first, with what the variables USER and PASSWORD hold.
    """
    call = example_call(description, endpoint, url)
    return {
        "python": _python(description, endpoint, call.server, token, login),
        "javascript": _javascript(call, token, login),
        "curl": _curl(call, token, login),
    }


def example_call(description: Description, endpoint: Endpoint, url: str) -> Call:
    """Return what calls an endpoint with its examples."""
    wanted = server_version(description.version)
    values = [_value(parameter, wanted) for parameter in endpoint.visible_inputs]
    given = endpoint.arguments(values, {})
    components = [parameter.component for parameter in endpoint.inputs]
    prepared = prepare(given, components, description.version, by_upload=False)
    variables = _Variables()
    for upload in prepared.uploads:
        with upload.open() as file:
            upload.place[upload.key] = variables.of(
                File(file.read(), upload.name, upload.media_type)
            )
    era = era_of(wanted)
    by_events = bool(era.event_path) and endpoint.name is not None
    data = variables.put_into(prepared.payload["data"])
    body: dict[str, Json] = {"data": data}
    if endpoint.batched and not by_events:
        body = batch_of_one(data)
    if endpoint.name is None:
        body["fn_index"] = endpoint.index
    path = era.event_path if by_events else era.call_path
    name = quote((endpoint.name or "/predict").lstrip("/"), errors="surrogatepass")
    server = ascii_url(url.rstrip("/"))
    root = server + quote(description.prefix, errors="surrogatepass")
    return Call(server, root, path.format(name=name), body, variables.all, by_events)


def plain_body(value: Json) -> Json:
    """Return a body with data URLs, and with paths such as servers give, for its variables."""
    if isinstance(value, Variable):
        return f"/tmp/gradio/{value.file.name}" if value.file else value.url
    if isinstance(value, dict):
        return {key: plain_body(item) for key, item in value.items()}
    return [plain_body(item) for item in value] if isinstance(value, list) else value


def _value(parameter: Parameter, wanted: Version) -> Any:
    """Return the example of an input; nothing for what this version is not known to have."""
    if not parameter.component.exists_in(wanted):
        return Raw(None)
    value = example(parameter)
    return with_names(value) if era_of(wanted).needs_uploads else value


class _Variables:
    """Names for files, one for each content."""

    def __init__(self) -> None:
        self.all: list[Variable] = []

    def put_into(self, value: Json) -> Json:
        """Return JSON with a variable in place of each long data URL."""
        if isinstance(value, str) and len(value) > _LONG and _DATA_URL.fullmatch(value):
            return self.of(value)
        if isinstance(value, dict):
            return {key: self.put_into(item) for key, item in value.items()}
        return [self.put_into(item) for item in value] if isinstance(value, list) else value

    def of(self, held: str | File) -> Variable:
        """Return the variable for a data URL, or for a file to put on the server."""
        known = (one for one in self.all if held in (one.url, one.file))
        return next(known, None) or self._new(held)

    def _new(self, held: str | File) -> Variable:
        url = held if isinstance(held, str) else str(held.data_url)
        kind = url[len("data:") : url.index("/")]
        word = kind if kind in ("image", "audio", "video") else "file"
        word = "mask" if url == _MASK_URL else word
        count = sum(one.name.partition("_")[0] == word for one in self.all)
        name = f"{word}_{count + 1}" if count else word
        new = Variable(name, held) if isinstance(held, str) else Variable(name, file=held)
        self.all.append(new)
        return new


# Nothing in it needs an escape, in any of the languages.
_DATA_URL = re.compile(r"data:[a-z0-9.+-]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/]+=*")
_MASK_URL = str(sample("mask.png").data_url)


def _python(
    description: Description, endpoint: Endpoint, server: str, token: bool, login: bool
) -> str:
    wanted = server_version(description.version)
    known = _Variables()
    inputs = [
        _literal(example(parameter), known) if parameter.component.exists_in(wanted) else "None"
        for parameter in endpoint.visible_inputs
    ]
    call = _called("interface.predict", [*inputs, *_python_options(description, endpoint)])
    access = [f'token=os.environ["{TOKEN}"]'] if token else []
    access += [f'auth=(os.environ["{USER}"], os.environ["{PASSWORD}"])'] if login else []
    lines = [
        *(["import os", ""] if access else []),
        "from encoders import Interface",
        *(["from encoders.predict import File"] if "File(" in call else []),
        "",
        *([_FILE_NOTE] if known.all else []),
        *(f'{one.name} = "{one.url}"' for one in known.all),
        f"interface = {_called('Interface', [_python_text(server), *access])}",
        f"answer = {call}",
        'print(*answer.data, sep="\\n")',
    ]
    return "\n".join(lines) + "\n"


_FILE_NOTE = '# A file of yours goes in as pathlib.Path("photo.jpg").'


def _python_options(description: Description, endpoint: Endpoint) -> Iterator[str]:
    if endpoint != description.endpoint(None):
        name = endpoint.index if endpoint.name is None else _python_text(endpoint.name)
        yield f"api_name={name}"
    outputs = (example_output(output, description.version) for output in endpoint.visible_outputs)
    files = (file_object(file) for output in outputs for file in find_files(output))
    if any(isinstance(file, Reference) for file in files):
        yield "fetch=True"


def _called(function: str, arguments: list[str]) -> str:
    line = f"{function}({', '.join(arguments)})"
    return line if len(line) <= _WIDTH - 10 else f"{function}(\n    {_LINE.join(arguments)},\n)"


_LINE = ",\n    "


def _literal(value: Any, known: _Variables) -> str:
    """Return a value as Python code; media get names."""
    if isinstance(value, File) and len(value.data) <= _LONG and value.name:
        return f"File({value.data!r}, {_python_text(value.name)})"
    if isinstance(value, File | bytes):
        file = value if isinstance(value, File) else File(value)
        return known.of(str(file.data_url)).name
    if isinstance(value, dict):
        items = (f"{_literal(key, known)}: {_literal(item, known)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list | tuple):
        inside = ", ".join(_literal(item, known) for item in value)
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    return _python_text(value) if isinstance(value, str) else repr(value)


def _python_text(text: str) -> str:
    literal = visible(repr(text))
    return literal if '"' in literal else f'"{literal[1:-1]}"'


def _javascript(call: Call, token: bool, login: bool) -> str:
    steps = [
        *(["await logIn();"] if login else []),
        *(f"const {one.name} = {_script_value(one)};" for one in call.variables),
        f'const response = await request("{call.path}", {{',
        '  method: "POST",',
        '  headers: { "Content-Type": "application/json" },',
        *_body(call, "  body: JSON.stringify(%s),", _script_text, _name),
        "});",
        *(_SCRIPT_EVENTS % call.path if call.by_events else _SCRIPT_ANSWER).splitlines(),
    ]
    bearer = f" Authorization: `Bearer ${{process.env.{TOKEN}}}` " if token else ""
    sent = "{ ...options, headers: { ...headers, ...options.headers } }"
    parts = [
        f"const url = {_script_text(call.root)};",
        f"const headers = {{{bearer}}};" if token or login else "",
        _SCRIPT_LOGIN % _script_text(call.server + "/login") if login else "",
        _SCRIPT_REQUEST % (sent if token or login else "options"),
        _SCRIPT_UPLOAD if call.uploads else "",
        "\n".join(("async function main() {", *(f"  {step}" for step in steps), "}")),
        "main();",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_SCRIPT_REQUEST = """\
async function request(path, options = {}) {
  const response = await fetch(url + path, %s);
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  return response;
}"""

_SCRIPT_LOGIN = f"""\
async function logIn() {{
  const {{ {USER}: username, {PASSWORD}: password }} = process.env;
  const body = new URLSearchParams({{ username, password }});
  const response = await fetch(%s, {{ method: "POST", body, redirect: "manual" }});
  if (response.status >= 400) throw new Error(`HTTP ${{response.status}}: no login`);
  headers.Cookie = response.headers.get("set-cookie").match(/access-token[^;,]*/g).join("; ");
}}"""

_SCRIPT_UPLOAD = """\
async function upload(name, type, base64) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const body = new FormData();
  body.append("files", new Blob([bytes], { type }), name);
  const response = await request("/upload", { method: "POST", body });
  return (await response.json())[0];
}"""

_SCRIPT_ANSWER = """\
const answer = await response.json();
console.log(JSON.stringify(answer.data));"""

_SCRIPT_EVENTS = """\
const call = await response.json();
const events = await (await request(`%s/${call.event_id}`)).text();
const [, event, data] = events.match(/event: (\\w+)\\ndata: (.*)\\s*$/) ?? [];
if (event !== "complete") throw new Error(events);
console.log(data);"""


def _script_text(text: str) -> str:
    """Return text as a literal that may also stand in the script element of a page."""
    return quoted(text).replace("</", r"<\/").replace("<!--", r"\u003c!--")


def _script_value(variable: Variable) -> str:
    file = variable.file
    if file is None:
        return _script_text(variable.url)
    arguments = (file.name or "", file.media_type, b64encode(file.data).decode())
    return f"await upload({', '.join(map(_script_text, arguments))})"


def _name(variable: Variable) -> str:
    return variable.name


def _curl(call: Call, token: bool, login: bool) -> str:
    access = f' -H "Authorization: Bearer ${TOKEN}"' if token else ""
    access += ' -b "$cookies"' if login else ""
    needs_url = call.by_events or call.uploads
    address = f'"$url{call.path}"' if needs_url else _shell_text(call.root + call.path)
    fails = "-sSf" if call.by_events else "-sS --fail-with-body"
    post = [
        f"curl {fails}{access} {address} \\",
        "  -H 'Content-Type: application/json' \\",
        *_body(call, "  -d '%s'", _shell_json, _shell_reference),
    ]
    if call.by_events:
        post[0], post[-1] = f"event=$({post[0]}", post[-1] + " | cut -d '\"' -f 4)"
        post += ["", f'curl -sSf{access} "$url{call.path}/${{event:?}}" | {_LAST_EVENT}']
    url = [f"url={_shell_text(call.root)}"] if needs_url else []
    parts = [
        _shell_login(call) if login else "",
        "\n".join((*url, *(_shell_variable(one, access) for one in call.variables))),
        "\n".join(post),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


# Print the data of the last event, and end well if that is the answer.
_LAST_EVENT = (
    "awk '\n"
    "  /^event: / { event = $2 }\n"
    "  /^data: / { data = substr($0, 7) }\n"
    '  END { print data; exit event != "complete" }\'\n'
).rstrip("\n")


def _shell_login(call: Call) -> str:
    fields = f'--data-urlencode "username=${USER}" --data-urlencode "password=${PASSWORD}"'
    return (
        "cookies=$(mktemp)\n"
        "trap 'rm -f \"$cookies\"' EXIT\n"
        f'curl -sSf -o /dev/null -c "$cookies" {fields} \\\n'
        f"  {_shell_text(call.server + '/login')}"
    )


def _shell_variable(variable: Variable, access: str) -> str:
    file = variable.file
    if file is None:
        return f"{variable.name}={_shell_text(variable.url)}"
    content, form = b64encode(file.data).decode(), f"files=@{file.name};type={file.media_type}"
    return (
        f"printf %s {_shell_text(content)} | base64 -d > {file.name}\n"
        f'{variable.name}=$(curl -sSf{access} -F {_shell_text(form)} "$url/upload" '
        "| cut -d '\"' -f 2)"
    )


def _shell_json(text: str) -> str:
    return quoted(text).replace("'", r"'\''")


def _shell_reference(variable: Variable) -> str:
    name = f"${{{variable.name}:?}}" if variable.file else f"${variable.name}"
    return f'"\'"{name}"\'"'


def _shell_text(text: str) -> str:
    return "'" + text.replace("'", r"'\''") + "'"


def _body(
    call: Call, frame: str, text: Callable[[str], str], variable: Callable[[Variable], str]
) -> list[str]:
    """Return the lines of a body within ``frame``: one, or one more for each input."""
    alone = frame % written(call.body, text, variable)
    if len(alone) <= _WIDTH:
        return [alone]
    indent = " " * (len(frame) - len(frame.lstrip()))
    inputs = [f"{indent}  {written(item, text, variable)}," for item in call.body["data"]]
    rest = {key: value for key, value in call.body.items() if key != "data"}
    end = written(rest, text, variable)[1:]
    before, _, after = frame.partition("%s")
    return [
        f"{before}{{{text('data')}: [",
        *inputs[:-1],
        inputs[-1][:-1],
        f"{indent}]{', ' if rest else ''}{end}{after}",
    ]


def written(
    value: Json,
    text: Callable[[str], str] = quoted,
    variable: Callable[[Variable], str] = _name,
) -> str:
    """Return JSON in one line: strings as ``text`` has them, variables as ``variable`` does."""
    if isinstance(value, Variable):
        return variable(value)
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict):
        items = (f"{text(key)}: {written(item, text, variable)}" for key, item in value.items())
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(written(item, text, variable) for item in value) + "]"
    return json.dumps(value)
