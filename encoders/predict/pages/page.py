"""The page on a server's API, as data, as text for a terminal, and as one HTML file.

For each endpoint it has seven parts: where the endpoint is, its inputs, its outputs, an example of
what to send and one of what comes back, code in three languages, and what in this package turns a
value into its part of the payload. Names and labels come from strangers: nothing of them reaches a
terminal or a browser but as text.
"""

from __future__ import annotations

import re
import textwrap
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Any

from encoders.errors import bounded
from encoders.errors.text import quoted, visible
from encoders.predict.endpoints import MISSING, Description, Endpoint, Parameter
from encoders.predict.eras import era_of, server_version
from encoders.predict.pages.examples import example_output, starting_value
from encoders.predict.pages.snippets import (
    Call,
    example_call,
    plain_body,
    snippets,
    written,
)
from encoders.predict.payloads import batch_of_one
from encoders.predict.values import Json

LANGUAGES = {"python": "Python", "javascript": "JavaScript", "curl": "cURL"}


@dataclass(frozen=True, slots=True)
class Field:
    """One input or output.

    Attributes:
        label: what the server's page calls it.
        component: its type, such as "image".
        name: of the parameter of the server's function, where the server says it.
        type: the Python types that it takes, or that it gives.
        default: the JSON that the server takes if there is none, or `MISSING`.
        start: the JSON that the server's page starts with, or None; of inputs without a default.
        allowed: what values are allowed, such as choices, a range or file types, in words.
        helper: what in this package makes its JSON; of inputs only.
    """

    label: str
    component: str
    name: str | None
    type: str
    default: Json = MISSING
    start: Json = None
    allowed: tuple[str, ...] = ()
    helper: str | None = None

    def as_json(self) -> dict[str, Json]:
        """Return it as what JSON can hold."""
        said = {"label": self.label, "component": self.component, "type": self.type}
        more = {"name": self.name or MISSING, "default": self.default}
        more["start"] = MISSING if self.start is None else self.start
        more["allowed"] = list(self.allowed) or MISSING
        more["helper"] = self.helper or MISSING
        return said | {key: value for key, value in more.items() if value is not MISSING}


@dataclass(frozen=True, slots=True)
class Section:
    """What there is to say of one endpoint.

    Attributes:
        name: such as "/predict".
        url: where to send the payload, by ``method``.
        method: "POST".
        answer_url: where the answer then comes as server-sent events, if not at once.
        upload_url: where the files go first that the payload refers to, if it does.
        description: the server's words on it.
        inputs, outputs: those that callers see.
        payload: an example.
        response: an example; of events, the data of the last.
        snippets: code that calls it, by language.
    """

    name: str
    url: str
    method: str
    answer_url: str | None
    upload_url: str | None
    description: str
    inputs: tuple[Field, ...]
    outputs: tuple[Field, ...]
    payload: Json
    response: Json
    snippets: dict[str, str]

    @property
    def places(self) -> list[tuple[str, str, str]]:
        """The requests of a call, in order: method, URL, and what for where there is more."""
        ahead = [("POST", self.upload_url, "first, for each file")] if self.upload_url else []
        after = [("GET", self.answer_url, "for the answer")] if self.answer_url else []
        call = (self.method, self.url, "with the payload" if ahead or after else "")
        return [*ahead, call, *after]

    @property
    def payload_note(self) -> str:
        return "each path is what the upload answered" if self.upload_url else ""

    @property
    def response_note(self) -> str:
        return "the data of the last event" if self.answer_url else ""

    def as_json(self) -> dict[str, Json]:
        """Return it as what JSON can hold."""
        return {
            "name": self.name,
            "url": self.url,
            "method": self.method,
            "answer_url": self.answer_url,
            "upload_url": self.upload_url,
            "description": self.description,
            "inputs": [one.as_json() for one in self.inputs],
            "outputs": [one.as_json() for one in self.outputs],
            "payload": self.payload,
            "response": self.response,
            "snippets": dict(self.snippets),
        }


@dataclass(frozen=True, slots=True)
class Page:
    """The page on a server's API.

    Attributes:
        title: of the server's own page.
        version: of Gradio.
        url: of the server.
        sections: one for each endpoint.
    """

    title: str
    version: str
    url: str
    sections: tuple[Section, ...]

    def as_json(self) -> dict[str, Json]:
        """Return it as what JSON can hold."""
        sections = [section.as_json() for section in self.sections]
        head = {"title": self.title, "version": self.version, "url": self.url}
        return {**head, "endpoints": sections}


def page(
    description: Description,
    url: str,
    *,
    api_name: str | int | None = None,
    token: bool = False,
    login: bool = False,
) -> Page:
    """Return the page on the endpoints that a server documents, or on the one that is named.

    Args:
        description: of the server.
        url: of the server.
        api_name: such as "/predict", or an endpoint's index.
        token: the code sends a token, as in `snippets`.
        login: the code logs in, as in `snippets`.

    Raises:
        PayloadError: there is no such endpoint.
    """
    if api_name is None:
        endpoints = tuple(one for one in description.endpoints if one.documented)
    else:
        endpoints = (description.endpoint(api_name),)
    sections = tuple(_section(description, one, url, token, login) for one in endpoints)
    return Page(description.title, description.version, url.rstrip("/"), sections)


def _section(
    description: Description, endpoint: Endpoint, url: str, token: bool, login: bool
) -> Section:
    call = example_call(description, endpoint, url)
    return Section(
        endpoint.label,
        call.root + call.path,
        "POST",
        f"{call.root}{call.path}/{{event_id}}" if call.by_events else None,
        f"{call.root}/upload" if call.uploads else None,
        endpoint.description,
        tuple(_input(parameter) for parameter in endpoint.visible_inputs),
        tuple(_output(parameter) for parameter in endpoint.visible_outputs),
        plain_body(call.body),
        _response(description, endpoint, call),
        snippets(description, endpoint, url, token=token, login=login),
    )


def _input(parameter: Parameter) -> Field:
    return Field(
        parameter.label,
        parameter.component.name,
        parameter.name,
        parameter.takes,
        parameter.default,
        starting_value(parameter) if parameter.default is MISSING else None,
        parameter.component.constraints,
        parameter.helper,
    )


def _output(parameter: Parameter) -> Field:
    return Field(parameter.label, parameter.component.name, parameter.name, parameter.gives)


def _response(description: Description, endpoint: Endpoint, call: Call) -> Json:
    era = description.version
    data = [example_output(output, era, url=call.root) for output in endpoint.outputs]
    if call.by_events:
        return data
    if endpoint.batched:
        data = batch_of_one(data)["data"]
    return {"data": data, **era_of(server_version(era)).example_times}


def text(page: Page, *, width: int = 88) -> str:
    """Return a page for a terminal.

    Payloads and code stand there whole, to be copied and run; only the example of a response has an
    ellipsis in place of most of each long data URL.
    """
    count = f"{len(page.sections)} endpoint{'s'[: len(page.sections) != 1]}"
    head = (
        f"{_shown(page.title or 'API')}\n{_shown(page.url)}  Gradio {_shown(page.version)}  {count}"
    )
    return "\n\n\n".join((head, *(_section_text(one, width) for one in page.sections)))


def _section_text(section: Section, width: int) -> str:
    name = _shown(section.name)
    places = section.places
    lines = [f"{way:4} {_shown(url)}{when and f'  ({when})'}" for way, url, when in places]
    parts = [
        f"{name}\n{'=' * len(name)}",
        _filled(section.description, width, ""),
        "\n".join(lines),
        _fields_text("Inputs", section.inputs, width),
        _fields_text("Outputs", section.outputs, width),
        _block("Example payload", section.payload_note, _pretty(section.payload, width - 2)),
        _block(
            "Example response",
            section.response_note,
            _elided(_pretty(section.response, width - 2)),
        ),
        *(_code_block(title, section.snippets[key]) for key, title in LANGUAGES.items()),
        _helpers_text(section.inputs),
    ]
    return "\n\n".join(part for part in parts if part)


def _fields_text(title: str, fields: tuple[Field, ...], width: int) -> str:
    lines = [title]
    for number, one in enumerate(fields, 1):
        lines.append(f"  {number}. {_shown(one.label)}  ({', '.join(_facts(one))})")
        lines.append(_filled(one.type, width, "     "))
        if one.allowed:
            lines.append(_filled("; ".join(one.allowed), width, "     "))
    return "\n".join(lines if fields else [title, "  none"])


def _facts(one: Field) -> list[str]:
    name = [f"parameter {_shown(one.name)}"] if one.name else []
    return [_shown(one.component), *name, *([] if one.helper is None else [_default(one)])]


def _default(one: Field) -> str:
    if one.default is not MISSING:
        return f"default {bounded(written(one.default), 60)}"
    such_as = "" if one.start is None else f", such as {bounded(written(one.start), 60)}"
    return f"required{such_as}"


def _helpers_text(inputs: tuple[Field, ...]) -> str:
    wide = min(max((len(_shown(one.label)) for one in inputs), default=0), 24)
    lines = [f"  {_shown(one.label):{wide}}  {one.helper}" for one in inputs]
    return "\n".join(("What makes each input's JSON", *lines)) if lines else ""


def _filled(said: str, width: int, indent: str) -> str:
    """Return prose in lines of a width; paragraphs stay apart."""
    wrapper = textwrap.TextWrapper(width, indent, indent, break_long_words=False)
    paragraphs = re.split(r"\n\s*\n", said.strip())
    return "\n\n".join(wrapper.fill(_shown(one)) for one in paragraphs)


def _block(title: str, note: str, code: str) -> str:
    head = f"{title} ({note})" if note else title
    return f"{head}\n{textwrap.indent(code.rstrip(), '  ')}"


def _code_block(title: str, code: str) -> str:
    """Return code as it is: Python does not run with spaces before each line."""
    return f"{title}\n{'-' * len(title)}\n{code.rstrip()}"


_ENCODED = re.compile(r"([A-Za-z0-9+/]{24})[A-Za-z0-9+/]{40,}=*")


def _elided(code: str) -> str:
    return _ENCODED.sub(r"\1…", code)


def _shown(said: str) -> str:
    """Return text in one line, with an escape for each character that cannot be seen."""
    return visible(" ".join(said.split()))


def _pretty(value: Json, width: int, indent: str = "") -> str:
    """Return JSON with what fits on a line in one, and the rest an item a line."""
    line = written(value)
    if len(indent) + len(line) <= width or not isinstance(value, dict | list) or not value:
        return line
    deeper = indent + "  "
    if isinstance(value, dict):
        items = [f"{quoted(key)}: {_pretty(item, width, deeper)}" for key, item in value.items()]
        return f"{{\n{deeper}" + f",\n{deeper}".join(items) + f"\n{indent}}}"
    items = [_pretty(item, width, deeper) for item in value]
    return f"[\n{deeper}" + f",\n{deeper}".join(items) + f"\n{indent}]"


def html(page: Page) -> str:
    """Return a page as one HTML file, which needs no other and lets nothing else in."""
    title = _said(page.title or "API")
    nav = _navigation(page.sections) if len(page.sections) > 1 else ""
    sections = "".join(_section_html(one, number) for number, one in enumerate(page.sections, 1))
    count = f"{len(page.sections)} endpoint{'s'[: len(page.sections) != 1]}"
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<header><p class="eyebrow">API</p><h1><bdi>{title}</bdi></h1>'
        f"<p>{_link(page.url)}<span>Gradio {_said(page.version)}</span><span>{count}</span></p>"
        f'</header>\n<div class="columns">{nav}'
        f"<main>{sections or '<p>This server documents no endpoint.</p>'}</main></div>\n"
        f"<script>{_SCRIPT}</script>\n</body>\n</html>\n"
    )


def _navigation(sections: tuple[Section, ...]) -> str:
    entries = "".join(
        f'<li><a href="#e{number}">{_said(one.name)}</a></li>'
        for number, one in enumerate(sections, 1)
    )
    return f'<nav aria-label="Endpoints"><ul>{entries}</ul></nav>\n'


def _section_html(section: Section, number: int) -> str:
    name = _said(section.name)
    words = (f"<p><bdi>{_said(one)}</bdi></p>" for one in section.description.split("\n\n") if one)
    helpers = [(_label(one), _helper(one)) for one in section.inputs]
    return (
        f'<section id="e{number}"><h2><a href="#e{number}">{name}</a></h2>'
        f'<div class="words">{"".join(words)}</div>'
        f"<h3>Endpoint</h3>{_places(section)}"
        f"<h3>Inputs</h3>{_inputs(section.inputs)}"
        f"<h3>Outputs</h3>{_outputs(section.outputs)}"
        f"{_titled('Example payload', section.payload_note)}{_box(_pretty(section.payload, 76))}"
        f"{_titled('Example response', section.response_note)}{_box(_pretty(section.response, 76))}"
        f"<h3>Code</h3>{_tabs(section.snippets, number)}"
        f"<h3>Helpers</h3>{_rows(('Input', 'Helper'), helpers)}"
        "</section>\n"
    )


def _titled(title: str, note: str) -> str:
    return f"<h3>{title}{f' <small>{note}</small>' if note else ''}</h3>"


def _places(section: Section) -> str:
    lines = (
        f'<li><b class="{method.lower()}">{method}</b><code>{_said(url)}</code><i>{when}</i></li>'
        for method, url, when in section.places
    )
    return f'<ol class="places">{"".join(lines)}</ol>'


def _inputs(fields: tuple[Field, ...]) -> str:
    heads = ("Label", "Parameter", "Component", "Python type", "Allowed", "Default")
    allowed = [_said("; ".join(one.allowed)) for one in fields]
    rows = zip(fields, allowed, strict=True)
    return _rows(heads, [(*_cells(one), words, _default_html(one)) for one, words in rows])


def _outputs(fields: tuple[Field, ...]) -> str:
    return _rows(
        ("Label", "Parameter", "Component", "Python type"), [_cells(one) for one in fields]
    )


def _cells(one: Field) -> tuple[str, ...]:
    name = _code(one.name) if one.name else ""
    return _label(one), name, _code(one.component), _said(one.type)


def _rows(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return a table of those columns that say something.

    Each cell knows its head, which stands beside it on a narrow screen.
    """
    if not rows:
        return '<p class="none">None.</p>'
    columns = [column for column in zip(heads, *rows, strict=True) if any(column[1:])]
    head = "".join(f'<th data-head="{column[0]}">{column[0]}</th>' for column in columns)
    body = "".join(
        f"<tr>{''.join(_cell(column[0], column[number]) for column in columns)}</tr>"
        for number in range(1, len(rows) + 1)
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(head: str, said: str) -> str:
    return f'<td data-head="{head}"><div>{said}</div></td>'


def _label(one: Field) -> str:
    return f"<bdi>{_said(one.label)}</bdi>"


def _helper(one: Field) -> str:
    helper = one.helper or ""
    return _said(helper) if " " in helper else _code(helper)


def _default_html(one: Field) -> str:
    if one.default is MISSING:
        such_as = "" if one.start is None else f", such as {_code(bounded(written(one.start), 60))}"
        return f'<span class="required">required</span>{such_as}'
    return _code(bounded(written(one.default), 200))


def _tabs(code: dict[str, str], number: int) -> str:
    """Return a tab for each language; which one shows is a matter of style alone."""
    buttons = "".join(
        f'<input type="radio" name="l{number}" id="{language}{number}" value="{language}"'
        f'{" checked" if first else ""}><label for="{language}{number}">{title}</label>'
        for first, (language, title) in zip((True, False, False), LANGUAGES.items(), strict=True)
    )
    panels = "".join(
        f'<div class="panel {language}">{_box(code[language].rstrip(), language)}</div>'
        for language in LANGUAGES
    )
    return f'<div class="tabs">{buttons}{panels}</div>'


def _box(code: str, language: str = "json") -> str:
    coloured = _coloured(code, _TOKENS_OF_SHELL if language == "curl" else _TOKENS)
    return f'<div class="box"><pre tabindex="0"><code>{coloured}</code></pre></div>'


_TOKENS = re.compile(
    r"""(?P<key>"(?:[^"\\\n]|\\.)*"(?=:))"""
    r"""|(?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`)"""
    r"""|(?P<word>\b(?:async|await|const|false|for|from|function|if|import|new|null|return|throw"""
    r"""|true|None|True|False)\b)"""
)
_TOKENS_OF_SHELL = re.compile(
    r"""(?P<string>'[^']*'|"(?:[^"\\]|\\.)*")|(?P<word>\b(?:curl|printf|awk|cut|base64|trap)\b)"""
)


def _coloured(code: str, tokens: re.Pattern[str]) -> str:
    """Return code as HTML, with its strings, keys and words marked."""
    parts, end = [], 0
    for found in tokens.finditer(code):
        parts.append(escape(code[end : found.start()]))
        parts.append(f'<span class="{found.lastgroup}">{escape(found[0])}</span>')
        end = found.end()
    return "".join((*parts, escape(code[end:])))


def _link(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        return f"<span>{_said(url)}</span>"
    return f'<a href="{escape(url)}" rel="noreferrer">{_said(url)}</a>'


def _code(said: Any) -> str:
    return f"<code>{_said(str(said))}</code>"


def _said(said: str) -> str:
    return escape(_shown(said))


_STYLE = """
:root { color-scheme: light dark; --page: #f7f7f5; --card: #fff; --ink: #1d2025; --soft: #667079;
  --line: #e3e4e0; --code: #f5f6f4; --accent: #0b6e66; --tint: #e3f1ef; --get: #3b5bb5;
  --string: #8a4b08; --key: #0b6e66; --word: #7a3b9a; }
@media (prefers-color-scheme: dark) { :root { --page: #111315; --card: #191c1f; --ink: #e7e9ea;
  --soft: #9aa4ac; --line: #2c3135; --code: #121518; --accent: #5cc8bb; --tint: #173330;
  --get: #8fa9f5; --string: #e3b071; --key: #76d0c5; --word: #cf9fe6; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
code, pre, h2 { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono",
  "Noto Sans Mono", monospace; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
header, .columns { max-width: 76rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.75rem; }
header .eyebrow { margin: 0; color: var(--accent); font-weight: 600; letter-spacing: .08em;
  font-size: .8rem; }
h1 { margin: .1rem 0 .5rem; font-size: 2rem; line-height: 1.2; overflow-wrap: anywhere; }
header p:last-child { margin: 0 0 2rem; color: var(--soft); overflow-wrap: anywhere; }
header p:last-child > * + *::before { content: "\\b7"; padding: 0 .55em; }
.columns { display: flex; gap: 2.5rem; align-items: flex-start; padding-bottom: 4rem; }
main { flex: 1; min-width: 0; }
nav { flex: 0 0 13rem; position: sticky; top: 1rem; max-height: calc(100vh - 2rem);
  overflow: auto; }
nav ul { list-style: none; margin: 0; padding: 0; }
nav a { display: block; padding: .3rem .7rem; border-radius: .4rem; color: var(--ink);
  font: .85rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  overflow-wrap: anywhere; }
nav a:hover { background: var(--tint); color: var(--accent); text-decoration: none; }
section { background: var(--card); border: 1px solid var(--line); border-radius: .8rem;
  padding: 1.6rem 1.75rem 1.75rem; margin-bottom: 1.75rem; }
h2 { margin: 0; font-size: 1.35rem; overflow-wrap: anywhere; }
h2 a { color: inherit; }
.words p { margin: .4rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
h3 { margin: 1.75rem 0 .6rem; font-size: .95rem; }
h3 small { padding-left: .4rem; color: var(--soft); font-size: .82rem; font-weight: 400; }
.words + h3 { margin-top: 1.25rem; }
.places { list-style: none; margin: 0; padding: 0; display: grid; gap: .45rem; }
.places li { display: flex; flex-wrap: wrap; align-items: baseline; gap: .2rem .7rem; }
.places b { min-width: 3.1rem; padding: .1rem .45rem; border-radius: .35rem; font-size: .72rem;
  text-align: center; letter-spacing: .04em; background: var(--tint); color: var(--accent); }
.places b.get { background: none; color: var(--get); box-shadow: inset 0 0 0 1px var(--line); }
.places code { font-size: .88rem; overflow-wrap: anywhere; }
.places i { color: var(--soft); font-size: .85rem; font-style: normal; }
table { width: 100%; table-layout: fixed; border-collapse: collapse; font-size: .92rem; }
th { padding: 0 1rem .35rem 0; text-align: left; color: var(--soft); font-weight: 500;
  font-size: .82rem; }
td { padding: .5rem 1rem .5rem 0; border-top: 1px solid var(--line); vertical-align: top;
  overflow-wrap: anywhere; }
[data-head=Label], [data-head=Input] { width: 24%; }
[data-head=Parameter] { width: 16%; }
[data-head=Component] { width: 18%; }
[data-head=Allowed] { width: 20%; }
[data-head=Default] { width: 15%; }
td code { padding: .08rem .35rem; border-radius: .3rem; background: var(--code);
  font-size: .84rem; }
.required, .none { color: var(--soft); }
.none { margin: 0; }
.box { position: relative; }
pre { margin: 0; padding: .9rem 1.1rem; max-height: 30rem; overflow: auto; border-radius: .55rem;
  background: var(--code); border: 1px solid var(--line); font-size: .83rem; line-height: 1.6;
  tab-size: 2; }
pre:focus-visible, a:focus-visible, .tabs input:focus-visible + label, button:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px; }
.string { color: var(--string); } .key { color: var(--key); } .word { color: var(--word); }
.box button { position: absolute; top: .5rem; right: .5rem; padding: .2rem .6rem; cursor: pointer;
  border: 1px solid var(--line); border-radius: .35rem; background: var(--card);
  color: var(--soft); font: inherit; font-size: .78rem; }
.box button:hover { color: var(--accent); border-color: var(--accent); }
.tabs { display: flex; flex-wrap: wrap; gap: .3rem; }
.tabs input { position: absolute; opacity: 0; }
.tabs label { padding: .25rem .8rem; border-radius: .4rem; cursor: pointer; color: var(--soft);
  font-size: .88rem; }
.tabs label:hover { color: var(--accent); }
.tabs input:checked + label { background: var(--tint); color: var(--accent); font-weight: 600; }
.panel { display: none; width: 100%; margin-top: .3rem; }
[value=python]:checked ~ .python, [value=javascript]:checked ~ .javascript,
[value=curl]:checked ~ .curl { display: block; }
@media (max-width: 60rem) {
  .columns { display: block; }
  nav { position: static; max-height: 9.5rem; margin-bottom: 1.5rem; padding: .4rem;
    border: 1px solid var(--line); border-radius: .8rem; background: var(--card); }
  nav ul { display: flex; flex-wrap: wrap; }
}
@media (max-width: 40rem) {
  header, .columns { padding-left: .9rem; padding-right: .9rem; }
  header { padding-top: 1.6rem; }
  h1 { font-size: 1.6rem; }
  section { padding: 1.1rem 1rem 1.2rem; }
  thead { display: none; }
  tr { display: block; padding: .5rem 0; border-top: 1px solid var(--line); }
  td[data-head] { display: grid; width: auto; grid-template-columns: 6.5rem minmax(0, 1fr);
    border: 0; padding: .12rem 0; }
  td::before { content: attr(data-head); color: var(--soft); font-size: .82rem; }
}
@media print {
  nav, .tabs label, .box button { display: none; }
  .columns, .panel { display: block; }
  pre { max-height: none; white-space: pre-wrap; overflow-wrap: anywhere; }
}
"""

_SCRIPT = """
for (const box of document.querySelectorAll(".box")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    const code = box.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  box.append(button);
}
document.addEventListener("change", ({ target }) => {
  if (target.type !== "radio") return;
  const before = target.getBoundingClientRect().top;
  for (const other of document.querySelectorAll(`input[value=${target.value}]`)) {
    other.checked = true;
  }
  scrollBy({ top: target.getBoundingClientRect().top - before, behavior: "instant" });
});
"""


def _source_of(inline: str) -> str:
    """Return what permits one inline style or script, and no other."""
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"


_POLICY = (
    f"default-src 'none'; style-src {_source_of(_STYLE)}; script-src {_source_of(_SCRIPT)}; "
    "base-uri 'none'; form-action 'none'"
)
