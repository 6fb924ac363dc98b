"""How far a call is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from encoders.errors.reprs import ShortRepr

State = Literal["waiting", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True, repr=False)
class Progress(ShortRepr):
    """One bar of a function's ``gr.Progress``.

    Attributes:
        index: how many of ``length`` are done, if the function counts.
        length: how many there are, if that is known.
        unit: what is counted.
        fraction: how much is done, 0 to 1, if the function says it so.
        text: what the function says of it.
    """

    index: float | None = None
    length: float | None = None
    unit: str = "steps"
    fraction: float | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Status(ShortRepr):
    """How far a call is, as the server said last.

    Attributes:
        state: "waiting" until the function starts, "running", and then "done", "failed" or
            "cancelled".
        place: its place in the server's queue while it waits, 1 for the next; None where the
            server does not say.
        size: how many calls wait in the queue.
        eta: seconds that the server expects it to wait, or to run.
        progress: the function's progress bars while it runs, the outermost first.
    """

    state: State = "waiting"
    place: int | None = None
    size: int | None = None
    eta: float | None = None
    progress: tuple[Progress, ...] = ()

    @property
    def is_final(self) -> bool:
        """Whether the call has ended."""
        return self.state in ("done", "failed", "cancelled")
