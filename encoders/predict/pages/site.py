"""A server as its descriptions are about it: pages, JSON Schemas and an OpenAPI document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from encoders.limits import Limits
from encoders.predict.endpoints import Description
from encoders.predict.pages.openapi import describe_openapi
from encoders.predict.pages.page import Page, describe_page
from encoders.predict.pages.rendering import render_html, render_text
from encoders.predict.pages.schemas import describe_schemas
from encoders.predict.pages.snippets import snippets
from encoders.predict.values import Json


@dataclass(frozen=True, slots=True)
class Site:
    """A server, and how callers get access to it.

    Attributes:
        description: what it says of itself.
        url: where it is.
        token, login: whether calls need one.
        space: its name on the hub, if it has one.
    """

    description: Description
    url: str
    token: bool = False
    login: bool = False
    space: str | None = None

    def text(self, api_name: str | int | None) -> str:
        return render_text(self.page(api_name))

    def html(self, api_name: str | int | None) -> str:
        return render_html(self.page(api_name))

    def snippets(
        self, api_name: str | int | None, values: Sequence[Any] | None, limits: Limits
    ) -> dict[str, str]:
        return snippets(
            self.description,
            self.description.endpoint(api_name),
            self.url,
            values=values,
            token=self.token,
            login=self.login,
            space=self.space,
            limits=limits,
        )

    def schema(self, api_name: str | int | None) -> dict[str, Json]:
        return describe_schemas(self.description, self.url, api_name)

    def openapi(self) -> dict[str, Json]:
        return describe_openapi(self.description, self.url, token=self.token, login=self.login)

    def page(self, api_name: str | int | None) -> Page:
        return describe_page(
            self.description,
            self.url,
            api_name=api_name,
            token=self.token,
            login=self.login,
            space=self.space,
        )
