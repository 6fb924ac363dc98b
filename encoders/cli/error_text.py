"""An error in the shell's words: its fault, and those remedies that the command can take."""

from __future__ import annotations

import argparse
import ast
from contextlib import suppress

from encoders.errors import EncodersError, LimitError, Remedies, Remedy
from encoders.errors.text import shortened

_LONGEST, _LONGEST_SOURCE = 4000, 600  # characters


def error_text(
    error: Exception, parser: argparse.ArgumentParser, options: argparse.Namespace
) -> str:
    """Return what is wrong and what can be done about it, with the options of a command.

    A remedy that is about an option is given only if the command has the option: one whose ``dest``
    is the name of the keyword in Python. What can be done in Python alone is left out.
    """
    remedies: Remedies = getattr(error, "remedy", ())
    texts = [text for remedy in remedies if (text := _remedy(remedy, parser, options))]
    notes: list[str] = getattr(error, "__notes__", [])
    return "; ".join([_fault(error, parser), *([" or ".join(texts)] if texts else []), *notes])


def _fault(error: Exception, parser: argparse.ArgumentParser) -> str:
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    if not isinstance(error, EncodersError):
        return shortened(str(error), _LONGEST)
    text = error.message
    if isinstance(error, LimitError):
        option = _option(error.limit, parser)
        name = f"limit {option.option_strings[-1]}" if option else "limit of"
        text = f"{error.found} is over the {name} {error.value:,}"
    return f"{shortened(error.source, _LONGEST_SOURCE)}: {text}" if error.source else text


def _remedy(
    remedy: Remedy, parser: argparse.ArgumentParser, options: argparse.Namespace
) -> str | None:
    if remedy.action == "do":
        return str(remedy)
    if remedy.action == "in Python":
        return remedy.shell
    option = _option(remedy.option, parser, getattr(options, remedy.option, None))
    if option is None:
        return None
    name = option.option_strings[-1]
    if option.nargs == 0:
        return remedy.text(name, name)
    no_limit = "0" if remedy.action == "raise" else None
    value = no_limit or _value(remedy.value) or option.metavar or option.dest.upper()
    return remedy.text(name, f"{name} {value}")


def _option(
    keyword: str, parser: argparse.ArgumentParser, value: object = None
) -> argparse.Action | None:
    """Return the option for a keyword; where several are, the one that gave ``value``."""
    found = [each for each in parser._actions if each.option_strings and each.dest == keyword]
    given = [each for each in found if each.const is not None and each.const == value]
    return next(iter([*given, *found]), None)


def _value(code: str) -> str | None:
    """Return a text that stands in a remedy as Python code."""
    with suppress(ValueError, SyntaxError):
        value = ast.literal_eval(code)
        if isinstance(value, str) and value.strip("."):
            return value
    return None
