"""Packages and files that tests install once into the user's cache folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

if sys.platform == "win32":
    pytest.skip("the servers need POSIX file locks", allow_module_level=True)

import fcntl

INSTALL_SECONDS = 900


def cache_folder() -> Path:
    """Return the folder of this package's tests in the user's cache folder."""
    # The XDG Base Directory Specification: an empty or relative value means the default.
    configured = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = configured if configured.is_absolute() else Path.home() / ".cache"
    return base / "predict-encoders"


def install_once(folder: Path, install: Callable[[Path, int], None]) -> None:
    """Let ``install`` fill the new folder unless it has been filled before.

    Runs that start at the same time wait for the one that installs. If a run is killed while it
    installs, its folder has no marker, and the next run replaces it.

    Args:
        folder: the folder to create.
        install: gets the folder, which does not exist yet, and the descriptor of the lock. An
            installer that inherits the descriptor holds the lock even if it outlives the run.
    """
    marker = folder / "complete"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_name(f"{folder.name}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not marker.exists():
            shutil.rmtree(folder, ignore_errors=True)
            install(folder, lock.fileno())
            marker.touch()


def install_packages(pins: Sequence[str], folder: Path, lock: int) -> None:
    """Create a virtual environment of CPython 3.11 in ``folder``, and install ``pins`` into it."""
    python, _ = python311()
    for command in (
        [python, "-I", "-m", "venv", str(folder)],
        [*_install_command(str(folder / "bin" / "python")), *pins],
    ):
        run(command, timeout=INSTALL_SECONDS, pass_fds=(lock,))


def _install_command(python: str) -> list[str]:
    """Return the command that installs packages for ``python``: uv's if there is one, as fast."""
    uv = Path(sys.executable).with_name("uv")
    if uv.exists():
        return [str(uv), "pip", "install", "--python", python]
    return [python, "-I", "-m", "pip", "install", "--disable-pip-version-check"]


def python311() -> tuple[str, str]:
    """Return a CPython 3.11 and text that identifies it; skip the test if there is none."""
    script = "import sys; print(sys.implementation.name, *sys.version_info[:3], sys.base_prefix)"
    for python in (sys.executable, shutil.which("python3.11")):
        if python is None:
            continue
        finished = subprocess.run([python, "-I", "-c", script], capture_output=True, text=True)
        if finished.stdout.startswith("cpython 3 11 "):
            return python, finished.stdout.strip()
    pytest.skip("needs CPython 3.11: the tests do not run on it and no python3.11 is on PATH")


def run(command: Sequence[str], *, timeout: float, **options: Any) -> None:
    """Run a command; the ``RuntimeError`` for a failure ends with the last lines of its output."""
    finished = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=timeout,
        **options,
    )
    if finished.returncode:
        raise RuntimeError(f"{' '.join(command)} failed\n{last_lines(finished.stdout)}")


def last_lines(text: str) -> str:
    return "\n".join(text.splitlines()[-30:])
