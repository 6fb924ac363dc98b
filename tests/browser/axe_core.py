"""axe-core, which finds what makes a page hard to use for some people.

npm fetches the package into the user's cache folder.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
import tempfile
from base64 import b64decode
from functools import cache
from hashlib import sha512
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Page

from tests.interop.environments import cache_folder, install_once, last_lines

VERSION = "4.14.1"
SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
DOWNLOAD_SECONDS = 120
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# Frames are left out: those of the pages hold what a server sends, and run no scripts.
RUN = "axe.run(document, { resultTypes: ['violations'], iframes: false })"


def axe(page: Page) -> list[str]:
    """Return the serious and critical findings on the page as it is now, light and dark."""
    page.evaluate(_source())
    return [finding for scheme in SCHEMES for finding in _findings(page, scheme)]


def _findings(page: Page, scheme: Literal["light", "dark"]) -> list[str]:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    violations = page.evaluate(RUN)["violations"]
    return [
        f"{scheme}: {found['id']}: {found['help']}: {[node['target'] for node in found['nodes']]}"
        for found in violations
        if found["impact"] in ("serious", "critical")
    ]


@cache
def _source() -> str:
    """Return the script, fetched on first use; skip the test where it cannot be had."""
    if shutil.which("npm") is None:
        pytest.skip(f"needs npm, for axe-core {VERSION}")
    folder = cache_folder() / f"axe-core-{VERSION}"
    install_once(folder, _download)
    return (folder / "package" / "axe.min.js").read_text("utf-8")


def _download(folder: Path, lock: int) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            "npm",
            "pack",
            "--loglevel=error",
            f"axe-core@{VERSION}",
            "--pack-destination",
            scratch,
        ]
        done = subprocess.run(
            command,
            cwd=scratch,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DOWNLOAD_SECONDS,
            pass_fds=(lock,),
            check=False,
        )
        if done.returncode:
            pytest.skip(f"needs axe-core {VERSION} from npm: {last_lines(done.stderr)}")
        package = Path(scratch, f"axe-core-{VERSION}.tgz")
        if sha512(package.read_bytes()).digest() != b64decode(SHA512):
            raise RuntimeError(f"this is not axe-core {VERSION}: its hash differs")
        with tarfile.open(package) as archive:
            archive.extract("package/axe.min.js", folder, filter="data")
