"""The package can be installed with old versions of Gradio, numpy and Pillow."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NAME = re.compile(r"[\w.-]+")
# What stands beside the package, and the start of the versions that have to come of it: the newest
# that the other one takes.
BESIDE: dict[str, dict[str, str]] = {
    "gradio==3.50.2": {"numpy": "1.26.4", "pillow": "10.4."},
    "gradio==4.44.1": {"numpy": "2.", "pillow": "10.4."},
    "gradio==5.0.2": {"numpy": "2.", "pillow": "10.4."},
    "gradio==5.49.1": {"numpy": "2.", "pillow": "11.3."},
    "gradio==6.31.0": {"numpy": "2.", "pillow": "12."},
    "numpy==1.26.4": {"numpy": "1.26.4"},
    "numpy==2.0.2 pillow==11.3": {"numpy": "2.0.2", "pillow": "11.3."},
}


def uv() -> Path:
    """Return the path of uv."""
    path = Path(sys.executable).with_name("uv")
    if not path.exists():
        pytest.skip("uv is not installed")
    return path


def resolved(*arguments: str, beside: str = "") -> dict[str, str]:
    """Return the versions that uv chooses for CPython 3.11, by name."""
    command = [str(uv()), "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    done = subprocess.run(
        [*command, "--python-version", "3.11", *arguments, "pyproject.toml", "-"],
        input="\n".join(beside.split()),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    check_done(done)
    return dict(re.findall(r"^([\w.-]+)==(\S+)", done.stdout, re.MULTILINE))


def check_done(done: subprocess.CompletedProcess[str]) -> None:
    if "Failed to fetch" in done.stderr or "Request failed" in done.stderr:
        pytest.skip(f"the package index cannot be reached: {done.stderr[-200:]}")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("beside", BESIDE)
def test_package_can_be_installed_with(beside: str) -> None:
    versions = resolved(beside=beside)

    for name, start in BESIDE[beside].items():
        assert versions[name].startswith(start)
    for requirement in PROJECT["dependencies"]:
        assert NAME.match(requirement)[0] in versions  # type: ignore[index]


def test_readme_states_the_lowest_versions() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    lowest = resolved("--resolution", "lowest-direct")

    assert (
        f"are Pillow {lowest['pillow'].removesuffix('.0')} and numpy {lowest['numpy']}," in readme
    )


def test_wheel_has_every_file_of_the_package(tmp_path: Path) -> None:
    command = [str(uv()), "build", "--wheel", "--out-dir", str(tmp_path)]
    check_done(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False))
    (wheel,) = tmp_path.glob("*.whl")
    files = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "encoders").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    with ZipFile(wheel) as archive:
        packed = set(archive.namelist())

    assert {"encoders/py.typed", "encoders/predict/samples/example.png"} <= files
    assert files <= packed
