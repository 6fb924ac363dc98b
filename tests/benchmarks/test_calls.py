"""Both clients make the same calls, and get the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks import calls
from tests.benchmarks.measure import random_file
from tests.interop.servers import serve

pytestmark = [pytest.mark.long, pytest.mark.interop]
ECHOES = [what for what in calls.WAYS if "call" in what]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("calls")
    with serve("6", "live") as server:
        (folder / "server.url").write_text(server.url)
        yield random_file(folder, 1 << 10)


@pytest.mark.filterwarnings("ignore")  # of the official client
def test_both_clients_do_the_same_work(path: Path) -> None:
    for what in ECHOES:
        assert [side(path)() for side in calls.WAYS[what].values()] == ["hi", "hi"]
    for side in calls.WAYS["10 MiB up"].values():
        assert Path(str(side(path)())).name == path.name
    for side in calls.WAYS["10 MiB down"].values():
        found = side(path)()
        assert isinstance(found, Path)
        assert found.stat().st_size == calls.SIZE
    for outputs in calls.OUTPUTS.values():
        assert len(calls.delays_of_one(outputs, path)) == 20
