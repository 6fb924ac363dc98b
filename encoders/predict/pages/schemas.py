"""The endpoints of a server as JSON, with the JSON Schemas of what each takes and gives."""

from __future__ import annotations

from encoders.errors import bounded
from encoders.predict.endpoints import LONGEST_LABEL, Description, schemas_of
from encoders.predict.values import Json
from encoders.predict.wire.schemas import Room


def describe_schemas(
    description: Description, url: str, api_name: str | int | None = None
) -> dict[str, Json]:
    """Return the endpoints that a server documents, or the one that is named, as JSON can hold it.

    Raises:
        UnknownEndpointError: there is no such endpoint.
    """
    room = Room()
    endpoints = [
        {
            "name": endpoint.name and bounded(endpoint.name, LONGEST_LABEL),
            "index": endpoint.index,
            "description": endpoint.description,
            "queued": endpoint.queued,
            "batched": endpoint.batched,
            "keeps_state": endpoint.keeps_state,
            **schemas_of(endpoint, room),
        }
        for endpoint in description.shown(api_name)
    ]
    return {
        "title": bounded(description.title, LONGEST_LABEL),
        "version": description.version,
        "url": url.rstrip("/"),
        "endpoints": endpoints,
    }
