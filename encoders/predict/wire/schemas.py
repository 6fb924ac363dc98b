"""JSON Schemas of files in each era, and what the schema of a component is made from.

The dialect is 2020-12, which OpenAPI 3.1 uses too. Texts and values of a server are data in it, and
nothing else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from encoders.predict.eras import Version, at
from encoders.predict.values import Json
from encoders.predict.wire.file_shapes import FILE_DATA_META

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
WHOLE_NUMBER: Schema = {"type": "integer"}
YES_OR_NO: Schema = {"type": "boolean"}
NOTHING: Schema = {"type": "null"}
# Some readers of schemas open what a reference names wherever there is one, even within a default.
_REFERENCE = re.compile(r'"\$(?:ref|dynamicRef|id)"')
_MOST_VARIANTS = 9  # parts of one name
_SAYS_WHAT_FITS = frozenset(("type", "enum", "const", "$ref", "anyOf", "oneOf"))


def any_of(*schemas: Schema) -> Schema:
    """Return the schema of what fits at least one of ``schemas``.

    >>> any_of({"type": "string", "maxLength": 3}, {"type": "null"})
    {'type': ['string', 'null'], 'maxLength': 3}
    """
    flat: list[Schema] = []
    for schema in schemas:
        for part in schema["anyOf"] if {*schema} == {"anyOf"} else [schema]:
            if _SAYS_WHAT_FITS.isdisjoint(part):  # anything does
                return part
            if part not in flat:
                flat.append(part)
    types = [part.get("type") for part in flat]
    is_merged = all({*part} == {"type"} for part in flat)
    if is_merged or (len(flat) == 2 and flat[1] == NOTHING and types[0] and "enum" not in flat[0]):
        names = [name for each in types for name in (each if isinstance(each, list) else [each])]
        return {**flat[0], "type": list(dict.fromkeys(names))}
    return flat[0] if len(flat) == 1 else {"anyOf": flat}


def list_of(items: Schema, **more: Any) -> Schema:
    return {"type": "array", "items": items, **more}


def tuple_of(*items: Schema) -> Schema:
    """Return the schema of a list with these items, neither fewer nor more."""
    # ``items`` could be False in place of the bounds, but not all generators of clients read that.
    what: Schema = {"prefixItems": list(items)} if items else {"items": {}}
    return {"type": "array", **what, "minItems": len(items), "maxItems": len(items)}


def object_of(required: Mapping[str, Schema], **optional: Schema) -> Schema:
    """Return the schema of an object, which may have other keys too."""
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
    }


OPTIONAL_TEXT = any_of(TEXT, NOTHING)


def unshared(document: dict[str, Json]) -> dict[str, Json]:
    """Return a document that its owner may change: it shares no part with others or itself."""
    copied: dict[str, Json] = json.loads(json.dumps(document))
    return copied


@dataclass
class Room:
    """What is left of the room for a server's choices, defaults and examples in one document.

    Attributes:
        left: characters.
    """

    left: int = 1_000_000

    def fits(self, value: Json) -> bool:
        """Tell whether a value of the server's may be in the document, and count it.

        It may not if it is too long, is not JSON, or contains what looks like a reference.
        """
        try:
            text = json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError):
            return False
        if len(text) > self.left or _REFERENCE.search(text):
            return False
        self.left -= len(text)
        return True


@dataclass
class SchemaContext:
    """What a component's schema depends on, and the named parts that it refers to.

    Attributes:
        version: of the Gradio that reads or writes the JSON.
        is_output: whether the JSON is part of an answer.
        options: of the component.
        root: what references to named parts begin with.
        parts: the named parts, which the document has to contain.
        room: for values of the server's configuration.
    """

    version: Version
    is_output: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    root: str = "#/$defs/"
    parts: dict[str, Schema] = field(default_factory=dict)
    room: Room = field(default_factory=Room)

    def file(self, *types: str) -> Schema:
        """Return the schema of one file.

        Args:
            types: which files are wanted, as Gradio's ``file_types``.
        """
        return self.file_of(types, at(_OUTPUTS if self.is_output else _INPUTS, self.version))

    def picture(self) -> Schema:
        """Return the schema of one picture."""
        return self.file_of(("image",), at(_PICTURES, self.version))

    def file_of(self, types: tuple[str, ...], names: tuple[str, ...]) -> Schema:
        """Return the schema of one file in any of the shapes with these names."""
        schema = any_of(*map(self.part, names))
        return {**schema, "x-file-types": list(types)} if types else schema

    def part(self, name: str) -> Schema:
        """Return a reference to the named part for files in one shape, or for an update."""
        if name not in self.parts:
            self.parts[name] = _PARTS[name](self)
        return {"$ref": self.root + name}

    def object(self, name: str, required: Mapping[str, Schema], **optional: Schema) -> Schema:
        """Return a reference to `object_of` as a named part; where names run out, the part itself.

        The name gets a number where other components have another part under it.
        """
        schema = object_of(required, **optional)
        for free in (name, *(f"{name}{number}" for number in range(2, _MOST_VARIANTS + 1))):
            if self.parts.setdefault(free, schema) == schema:
                return {"$ref": self.root + free}
        return schema


def or_nothing(schema: Schema, context: SchemaContext) -> Schema:
    """Return the schema of an answer's value, which may be absent or an update of the component."""
    has_updates = at(_HAS_UPDATES, context.version)
    return any_of(schema, NOTHING, *([context.part("Update")] if has_updates else []))


_URL, _WITH_DATA, _ON_SERVER, _FILE_DATA, _WITH_URL = (
    *("DataURL", "FileWithData", "FileOnServer"),
    *("FileData", "PictureInURL"),
)
_INPUTS: dict[Version, tuple[str, ...]] = {
    (2, 0): (_WITH_DATA,),
    (3, 0): (_WITH_DATA, _ON_SERVER),
    (4, 0): (_FILE_DATA,),
}
_OUTPUTS: dict[Version, tuple[str, ...]] = {
    (2, 0): (_URL, _WITH_DATA),
    (3, 0): (_URL, _WITH_DATA, _ON_SERVER),
    (4, 0): (_FILE_DATA,),
}
_PICTURES: dict[Version, tuple[str, ...]] = {(2, 0): (_URL,), (4, 0): (_FILE_DATA,)}
DATA_URL, PICTURE_IN_URL = (_URL,), (_FILE_DATA, _WITH_URL)
_HAS_UPDATES: dict[Version, bool] = {(2, 0): False, (3, 0): True}


def _data_url(_: SchemaContext) -> Schema:
    return {
        "description": "a file as a data URL: data:image/png;base64,iVBORw0…",
        "type": "string",
        "pattern": "^data:",
    }


def _with_data(context: SchemaContext) -> Schema:
    size = {"size": WHOLE_NUMBER, "orig_name": TEXT, "is_file": YES_OR_NO}
    schema = object_of({"name": OPTIONAL_TEXT, "data": context.part(_URL)}, **size)
    return {"description": "a file that travels in the JSON itself", **schema}


def _on_server(_: SchemaContext) -> Schema:
    name = {"description": "the path that an upload or an answer gives", **TEXT}
    more = {"data": NOTHING, "orig_name": OPTIONAL_TEXT, "size": any_of(WHOLE_NUMBER, NOTHING)}
    schema = object_of({"name": name, "is_file": YES_OR_NO}, **more)
    return {"description": "a file on the server", **schema}


def _file_data(_: SchemaContext) -> Schema:
    schema = object_of(
        {"path": {"description": "the path that an upload or an answer gives", **TEXT}},
        url={"description": "where it can be fetched", **OPTIONAL_TEXT},
        **_FILE_DATA_MORE,
    )
    return {"description": "a file on the server", **schema}


def _with_url(context: SchemaContext) -> Schema:
    schema = object_of({"url": context.part(_URL)}, path=NOTHING, **_FILE_DATA_MORE)
    return {"description": "a picture that travels in the JSON itself", **schema}


def _update(_: SchemaContext) -> Schema:
    schema = object_of({"__type__": {"const": "update"}}, value={})
    return {"description": "a change of the component, if there is a value of it", **schema}


_FILE_DATA_MORE: dict[str, Schema] = {
    "size": any_of(WHOLE_NUMBER, NOTHING),
    "orig_name": OPTIONAL_TEXT,
    "mime_type": OPTIONAL_TEXT,
    "is_stream": YES_OR_NO,
    "meta": {"type": "object", "default": FILE_DATA_META},
}
_PARTS: dict[str, Callable[[SchemaContext], Schema]] = {
    _URL: _data_url,
    _WITH_DATA: _with_data,
    _ON_SERVER: _on_server,
    _FILE_DATA: _file_data,
    _WITH_URL: _with_url,
    "Update": _update,
}
