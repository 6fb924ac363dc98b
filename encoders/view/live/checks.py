"""Values of a form against what the components take, each by itself, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from encoders.predict.client.interface import Interface
from encoders.predict.endpoints import Endpoint, Parameter
from encoders.predict.eras import server_version
from encoders.predict.payloads import files_in, prepare
from encoders.view.live.faults import FAULTS, fault_text
from encoders.view.live.forms import good_values

_MOST_KNOWN = 500


class Checks:
    """Checks forms, and each file only once, since a page asks after each change of a form."""

    def __init__(self, interface: Interface) -> None:
        self._interface = interface
        self._known: dict[tuple[int, int, str], str] = {}  # what is wrong with a value with files

    def faults(self, endpoint: Endpoint, values: Sequence[Any]) -> list[tuple[int, str]]:
        """Return what is wrong with values, each with the number of its field; nothing is sent.

        An error in place of a value is what is wrong with it.
        """
        found = [self._fault(endpoint, number, value) for number, value in enumerate(values)]
        return [(number, fault) for number, fault in enumerate(found) if fault]

    def _fault(self, endpoint: Endpoint, number: int, value: Any) -> str:
        parameter = endpoint.visible_inputs[number]
        if not files_in(value):
            return self._found(parameter, value)
        key = endpoint.index, number, repr(value)
        if key not in self._known:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[key] = self._found(parameter, value)
        return self._known[key]

    def _found(self, parameter: Parameter, value: Any) -> str:
        try:
            prepare(
                good_values([value]),
                [parameter.component],
                server_version(self._interface.era),
                by_upload=None,
                streams=True,
                checks=True,
                max_upload=self._interface.description.max_upload,
                limits=self._interface.limits,
            )
        except FAULTS as error:
            return fault_text(error, has_source=False)
        return ""
