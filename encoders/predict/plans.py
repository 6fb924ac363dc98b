"""What a call would send, for a look at it before the call."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from encoders.data_url.notebook import ShownInNotebook
from encoders.errors.reprs import ShortRepr, brief
from encoders.errors.text import one_line
from encoders.predict.endpoints import Endpoint
from encoders.predict.payloads import Payload, Prepared, pieces
from encoders.predict.wire.context import EncodeContext

_LONGEST_VALUE, _LONGEST_NAME = 200, 100  # characters
_as_json = partial(json.dumps, ensure_ascii=False)


@dataclass(frozen=True, slots=True, repr=False)
class PlannedUpload(ShortRepr):
    """A file that a call would upload before it sends the payload.

    Attributes:
        name: its name on the server.
        media_type: what the content is.
        size: in bytes.
        index: of the input that it belongs to.
    """

    name: str
    media_type: str
    size: int
    index: int

    def __str__(self) -> str:
        return f"{self.name}  {self.media_type}  {self.size:,} bytes, uploaded first"


@dataclass(frozen=True, slots=True, repr=False)
class Plan(ShownInNotebook):
    """What a call would send; as text, a line for each input and each upload.

    Attributes:
        endpoint: which would be called.
        payload: with null in place of the path of each file that would be uploaded.
        payload_bytes: the size of the payload's JSON.
        uploads: the files that would be uploaded before.
    """

    endpoint: Endpoint
    payload: Payload
    payload_bytes: int
    uploads: tuple[PlannedUpload, ...]

    @property
    def upload_bytes(self) -> int:
        """The size of all uploads."""
        return sum(upload.size for upload in self.uploads)

    def __repr__(self) -> str:
        return f"<Plan {next(self._lines())}>"

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        size = f"{self.payload_bytes:,} bytes of JSON"
        if count := len(self.uploads):
            files = f"{count} file{'s'[: count != 1]} of {self.upload_bytes:,} bytes"
            size = f"{size}, {files} to upload"
        yield f"{one_line(self.endpoint.label, _LONGEST_NAME)}: {size}"
        values = zip(self.endpoint.inputs, self.payload["data"], strict=True)
        for index, (parameter, value) in enumerate(values):
            given = parameter.component
            place = EncodeContext(index, given.name, given.options).label
            yield f"{place}  {brief(value, _LONGEST_VALUE, _as_json)}"
            yield from (f"    {upload}" for upload in self.uploads if upload.index == index)


def plan(endpoint: Endpoint, prepared: Prepared) -> Plan:
    """Return what a call would send, of which nothing is sent."""
    uploads = (
        PlannedUpload(one.name, one.media_type, one.place["size"], one.index)
        for one in prepared.uploads
    )
    size = sum(map(len, pieces(prepared.payload)))
    return Plan(endpoint, prepared.payload, size, tuple(uploads))
