"""Values of a form against what the components take, each by itself, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from encoders.predict.client.interface import Interface
from encoders.predict.endpoints import Endpoint, Parameter
from encoders.predict.eras import server_version
from encoders.predict.payloads import prepare
from encoders.view.live.faults import FAULTS, fault_text
from encoders.view.live.forms import good_values

Fault = tuple[int, str]  # the number of a field, and what is wrong with its value


def value_faults(interface: Interface, endpoint: Endpoint, values: Sequence[Any]) -> list[Fault]:
    """Return what is wrong with the values of a form; nothing is sent.

    An error in place of a value is what is wrong with it.
    """
    pairs = zip(endpoint.visible_inputs, values, strict=True)
    faults = (_fault(interface, parameter, value) for parameter, value in pairs)
    return [(number, fault) for number, fault in enumerate(faults) if fault]


def _fault(interface: Interface, parameter: Parameter, value: Any) -> str:
    try:
        prepare(
            good_values([value]),
            [parameter.component],
            server_version(interface.era),
            by_upload=None,
            streams=True,
            checks=True,
            max_upload=interface.description.max_upload,
            limits=interface.limits,
        )
    except FAULTS as error:
        return fault_text(error, has_source=False)
    return ""
