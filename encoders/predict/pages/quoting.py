"""Values as code: JSON, Python, JavaScript and POSIX shell, with untrusted text as literals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from encoders.errors.text import json_text, visible
from encoders.predict.pages.variables import Variable
from encoders.predict.values import Json

Quote = Callable[[str], str]
_PLAIN_NAME = re.compile(r"\w[\w.-]*")
VARIABLE_NAME: Callable[[Variable], str] = attrgetter("name")


def python_text(text: str) -> str:
    """Return text as a Python literal.

    >>> print(python_text("it's"), python_text('"twice"'))
    "it's" '"twice"'
    """
    literal = visible(repr(text))
    return literal if '"' in literal else f'"{literal[1:-1]}"'


def javascript_text(text: str) -> str:
    r"""Return text as a JavaScript literal, which may also stand in a page's script element.

    >>> print(javascript_text("</script>"))
    "<\/script>"
    """
    return json_text(text).replace("</", r"<\/").replace("<!--", r"\u003c!--")


def shell_text(text: str) -> str:
    r"""Return text as one word of a POSIX shell.

    >>> print(shell_text("it's $HOME"))
    'it'\''s $HOME'
    """
    return f"'{_shell_inside(text)}'"


def shell_json_text(text: str) -> str:
    """Return text as a JSON string within the single quotes of a shell."""
    return _shell_inside(json_text(text))


def _shell_inside(text: str) -> str:
    return text.replace("'", r"'\''")


def curl_file(name: str, media_type: str) -> str:
    r"""Return a file as the value of curl's option -F.

    >>> print(curl_file('a "b";c.png', "image/png"))
    files=@"a \"b\";c.png";type=image/png
    """
    if not _PLAIN_NAME.fullmatch(name):  # "-" would be the standard input
        path = f"./{name}" if name == "-" else name
        name = '"' + re.sub(r'([\\"])', r"\\\1", path) + '"'
    return f"files=@{name};type={media_type}"


def shell_reference(variable: Variable) -> str:
    """Return the value of a variable as a JSON string within the single quotes of a shell."""
    # A path that no upload has returned ends the script.
    name = f"${{{variable.name}:?}}" if variable.is_uploaded else f"${variable.name}"
    return f'"\'"{name}"\'"'


def one_line_json(
    value: Json, quote: Quote = json_text, refer: Callable[[Variable], str] = VARIABLE_NAME
) -> str:
    """Return JSON in one line.

    Args:
        value: JSON, which may have variables in it.
        quote: makes the literal of a string.
        refer: makes the code that stands for a variable.

    >>> one_line_json({"data": ["Hello", None]})
    '{"data": ["Hello", null]}'
    """
    if isinstance(value, Variable):
        return refer(value)
    if isinstance(value, str):
        return quote(value)
    if isinstance(value, dict):
        items = (
            f"{quote(key)}: {one_line_json(item, quote, refer)}" for key, item in value.items()
        )
        return "{" + ", ".join(items) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(one_line_json(item, quote, refer) for item in value) + "]"
    return json.dumps(value)


def pretty_json(value: Json, width: int, indent: str = "") -> str:
    """Return JSON with a line for what fits in one, and else a line for each item.

    >>> print(pretty_json({"data": ["Hello", "World"]}, 12))
    {
      "data": [
        "Hello",
        "World"
      ]
    }
    """
    line = one_line_json(value)
    if len(indent) + len(line) <= width or not isinstance(value, dict | list) or not value:
        return line
    deeper = indent + "  "
    start, end = "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, dict):
        items = [f"{json_text(key)}: {pretty_json(value[key], width, deeper)}" for key in value]
    else:
        items = [pretty_json(item, width, deeper) for item in value]
    return f"{start}\n{deeper}" + f",\n{deeper}".join(items) + f"\n{indent}{end}"


def python_value(value: Any, file_code: Callable[[Any], str | None] = lambda _: None) -> str:
    """Return a value as Python code.

    Args:
        value: a file, a text, a number, a truth value, None, or a list, tuple or dict of such.
        file_code: returns the code that stands for a file; None for other values.
    """
    if (code := file_code(value)) is not None:
        return code
    if isinstance(value, Mapping):
        pairs = (f"{python_value(key)}: {python_value(value[key], file_code)}" for key in value)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list | tuple):
        items = ", ".join(python_value(item, file_code) for item in value)
        comma = "," if len(value) == 1 else ""
        return f"[{items}]" if isinstance(value, list) else f"({items}{comma})"
    return python_text(value) if isinstance(value, str) else repr(value)
