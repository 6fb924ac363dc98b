"""`batch.Mapper`, the callable for Ray Data: on one batch, and on a cluster."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from encoders import Limits, batch
from tests.paths import FIXTURES, ROOT

from .ray_job import RECIPE, WORKERS

pyarrow = pytest.importorskip("pyarrow", exc_type=ImportError)

SMALL = FIXTURES / "image" / "small.png"
MISSING = str(FIXTURES / "nothing.png")
BROKEN = FIXTURES / "hostile" / "truncated.gif"

_FOLDERS = 2  # each with the same files
_MAX_BYTES = 30_000


def map_rows(columns: dict[str, Any], mapper: batch.Mapper | None = None) -> list[dict[str, Any]]:
    """Return the rows of a batch."""
    tables = (mapper or batch.Mapper())(pyarrow.table(columns))
    return [row for table in tables for row in table.to_pylist()]


def encode_locally(paths: list[str], **options: Any) -> list[dict[str, Any]]:
    return [row._asdict() for row in batch.encode(paths, workers=1, **options)]


def test_rows_are_the_same_as_from_encode() -> None:
    paths = [str(SMALL), MISSING, str(BROKEN), str(FIXTURES)]
    assert map_rows({"path": paths}, batch.Mapper(**RECIPE)) == encode_locally(paths, **RECIPE)


def test_urls_are_opened_by_fsspec_in_order() -> None:
    paths = [path.as_uri() for path in sorted(FIXTURES.joinpath("file").iterdir())]
    paths.insert(5, FIXTURES.joinpath("nothing").as_uri())
    assert map_rows({"path": paths * 3}) == encode_locally(paths) * 3


def test_bytes_are_encoded_instead_of_the_file_at_the_path() -> None:
    (row,) = map_rows({"path": [MISSING], "bytes": [SMALL.read_bytes()]})
    assert row == encode_locally([str(SMALL)])[0] | {"path": MISSING}


def test_missing_bytes_are_an_error_although_the_path_exists() -> None:
    (row,) = map_rows({"path": [str(SMALL)], "bytes": pyarrow.array([None], pyarrow.binary())})
    assert (row["data_url"], row["error"]) == (None, "no bytes")


def test_missing_path_is_an_error() -> None:
    rows = map_rows({"path": [None, str(SMALL)]})
    assert [row["error"] for row in rows] == ["No such file or directory", None]


def test_other_columns_are_kept() -> None:
    rows = map_rows({"id": [7, 8], "path": [MISSING, str(SMALL)], "label": [["a"], None]})
    assert [(row["id"], row["label"]) for row in rows] == [(7, ["a"]), (8, None)]


def test_numpy_batch_gives_the_same_rows() -> None:
    columns = {"path": np.array([MISSING, str(SMALL)]), "id": np.array([1, 2])}
    (table,) = batch.Mapper()(columns)
    assert table.to_pylist() == map_rows({"path": [MISSING, str(SMALL)], "id": [1, 2]})


@pytest.mark.parametrize("paths", [[MISSING], [str(SMALL)], [MISSING, str(SMALL)]])
def test_schema_is_the_same_with_and_without_errors(paths: list[str]) -> None:
    (table,) = batch.Mapper()(pyarrow.table({"path": paths}))
    text = pyarrow.string()
    assert dict(zip(table.schema.names, table.schema.types, strict=True)) == {
        "path": text,
        "media_type": text,
        "size": pyarrow.int64(),
        "data_url": pyarrow.large_string(),
        "error": text,
    }


def test_large_rows_are_split_into_several_tables(tmp_path: Path) -> None:
    large = tmp_path / "large.bin"
    large.write_bytes(bytes(10 << 20))
    tables = batch.Mapper()(pyarrow.table({"path": [str(large)] * 5, "id": range(5)}))
    assert [table.column("id").to_pylist() for table in tables] == [[0, 1], [2, 3], [4]]


def test_limits_apply() -> None:
    (row,) = map_rows({"path": [str(SMALL)]}, batch.Mapper(limits=Limits(max_bytes=10)))
    assert "max_bytes=10" in row["error"]


def test_pickled_mapper_gives_the_same_rows() -> None:
    mapper = batch.Mapper(**RECIPE, limits=Limits(max_pixels=None))
    copy = pickle.loads(pickle.dumps(mapper))
    paths = {"path": [str(SMALL), str(FIXTURES / "hostile" / "bomb.gif")]}
    assert map_rows(paths, copy) == map_rows(paths, mapper)


@pytest.mark.parametrize("options", [{"quality": 9, "colour": "red"}, {"fps": 25}])
def test_unknown_option_is_an_error_at_creation(options: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="is no option of any codec"):
        batch.Mapper(**options)


def test_batch_without_paths_is_an_error_that_names_its_columns() -> None:
    with pytest.raises(ValueError, match="expected a column 'path', found 'url', 'id'"):
        map_rows({"url": ["a"], "id": [1]})


@dataclass(frozen=True)
class Cluster:
    """The report of a run on a cluster, and the rows of a local run on the same files."""

    report: dict[str, Any]
    local_rows: list[dict[str, Any]]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    for name, extra in (("ray", "ray"), ("s3fs", "test"), ("moto", "test"), ("flask_cors", "test")):
        if find_spec(name) is None:
            pytest.skip(f"needs {name}: pip install 'predict-encoders[{extra}]'")
    if not Path("/proc/self/task").is_dir():
        pytest.skip("finds the workers of the cluster in Linux's /proc")
    folder = tmp_path_factory.mktemp("cluster")
    copy_fixtures(folder / "in")
    script, report = ROOT / "tests" / "batch" / "ray_job.py", folder / "report.json"
    command = [sys.executable, str(script), str(folder / "in"), str(report)]
    # In a process of its own, because Ray starts threads and gives various warnings.
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stderr[-5000:]
    rows = batch.encode(batch.find(folder / "in"), **RECIPE)
    as_url = [row._replace(path=f"s3://bucket{row.path[len(str(folder)) :]}") for row in rows]
    return Cluster(json.loads(report.read_text()), [row._asdict() for row in as_url])


def copy_fixtures(target: Path) -> None:
    """Create folders with pictures of all formats, other files, and broken files."""
    for number in range(_FOLDERS):
        inner = target / str(number)
        inner.mkdir(parents=True)
        for path in small_fixtures():
            shutil.copy(path, inner / f"{path.parent.name} {path.name}")


def small_fixtures() -> Iterator[Path]:
    for kind in ("file", "hostile", "image"):
        for path in (FIXTURES / kind).iterdir():
            if path.stat().st_size <= _MAX_BYTES:
                yield path


@pytest.mark.long
def test_cluster_gives_the_same_rows_as_a_local_run_although_a_worker_is_killed(
    cluster: Cluster,
) -> None:
    assert cluster.report["killed"]
    assert cluster.report["rows"] == cluster.local_rows


@pytest.mark.long
def test_cluster_has_error_rows_for_the_bad_files(cluster: Cluster) -> None:
    failed = [row["path"].partition(" ")[2] for row in cluster.report["rows"] if row["error"]]
    assert failed.count("truncated.gif") == _FOLDERS
    assert 0 < len(failed) < len(cluster.report["rows"])


@pytest.mark.long
def test_cluster_repeats_the_task_of_the_killed_worker(cluster: Cluster) -> None:
    assert cluster.report["files fetched twice"] > 0


@pytest.mark.long
def test_cluster_uses_several_workers_at_a_time(cluster: Cluster) -> None:
    assert cluster.report["workers"] >= WORKERS


@pytest.mark.long
def test_cluster_writes_files_with_one_schema(cluster: Cluster) -> None:
    assert len(cluster.report["schemas"]) == 1


@pytest.mark.long
def test_cluster_gives_the_same_rows_for_bytes_read_by_ray(cluster: Cluster) -> None:
    rows = [row | {"path": f"s3://{row['path']}"} for row in cluster.report["rows of bytes"]]
    first = [row for row in cluster.local_rows if row["path"].startswith("s3://bucket/in/0/")]
    assert list(filter(is_read_unchanged, rows)) == list(filter(is_read_unchanged, first))


def is_read_unchanged(row: dict[str, Any]) -> bool:
    """Tell whether Ray reads a file unchanged; it decompresses some, by their names."""
    return not row["path"].endswith((".gz", ".bz2"))
