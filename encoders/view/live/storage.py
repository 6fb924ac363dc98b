"""The temporary folder of the live page: what was uploaded, and the files of answers."""

from __future__ import annotations

import math
import secrets
import shutil
import tempfile
import threading
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from encoders import mime
from encoders.atomic import BytesLike, safe_name
from encoders.data_url import DataURL
from encoders.limits import Limits

_MOST_FILES = 8  # of the largest size that `Limits` allow


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that the live page has a URL for.

    Attributes:
        id: what the URL names it by; nobody can guess it.
        path: in the temporary folder.
        name: a safe base name.
        media_type: of its content.
        size: in bytes.
        is_frame: whether it is a document for a frame.
    """

    id: str
    path: Path
    name: str
    media_type: str
    size: int
    is_frame: bool = False

    @property
    def url(self) -> str:
        """Its URL, relative to that of the page."""
        return f"files/{self.id}/{quote(self.name)}"


class Storage:
    """Files in a temporary folder, which is deleted by `close`, and at the latest at exit.

    Several threads may use it at a time.

    Args:
        limits: the bounds on uploads: ``max_bytes`` of one, ``max_files`` of them, and eight times
            ``max_bytes`` of all. Where there are more, the oldest ones are deleted.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._folder = tempfile.TemporaryDirectory(prefix="encoders-", ignore_cleanup_errors=True)
        self._stored: dict[str, Stored] = {}
        self._uploads: dict[str, Stored] = {}  # the oldest first
        self._lock = threading.Lock()

    @property
    def most_bytes(self) -> float:
        """The bound on all uploads together, and on the files of all answers."""
        largest = self.limits.max_bytes
        return math.inf if largest is None else _MOST_FILES * largest

    @property
    def folder(self) -> Path:
        """The temporary folder; only its user may look into it."""
        return Path(self._folder.name)

    def new_folder(self) -> Path:
        """Make an empty folder in the temporary one."""
        return Path(tempfile.mkdtemp(dir=self.folder))

    def new_path(self, name: str) -> Path:
        """Return a path with a safe form of ``name``, in a new folder of its own."""
        return self.new_folder() / safe_name(name)

    def add(
        self, path: Path, name: str | None = None, media_type: str = "", *, is_frame: bool = False
    ) -> Stored:
        """Give a file of the temporary folder a URL; by default its media type is detected."""
        name = safe_name(name or path.name)
        found = media_type or mime.detect(path, name)
        id, size = secrets.token_urlsafe(16), path.stat().st_size
        stored = Stored(id, path, name, found, size, is_frame)
        with self._lock:
            self._stored[stored.id] = stored
        return stored

    def add_upload(self, path: Path) -> Stored:
        """As `add`, for an upload; delete the oldest uploads if there are too many."""
        stored = self.add(path)
        with self._lock:
            self._uploads[stored.id] = stored
            old = []
            while self._has_too_many_uploads():
                old.append(next(iter(self._uploads)))
                del self._uploads[old[-1]]
        for id in old:
            self.forget(id)
        return stored

    def find(self, id: str) -> Stored | None:
        """Return the file with an id, unless it was deleted since."""
        return self._stored.get(id)

    def forget(self, id: str) -> None:
        """Delete a file."""
        stored = self._stored.pop(id, None)
        if stored:
            stored.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Delete the folder and all in it."""
        self._stored.clear()
        self._folder.cleanup()
        # What a thread has put there meanwhile.
        shutil.rmtree(self.folder, ignore_errors=True)

    def _has_too_many_uploads(self) -> bool:
        count, most = len(self._uploads), self.limits.max_files
        size = sum(stored.size for stored in self._uploads.values())
        return count > 1 and ((most is not None and count > most) or size > self.most_bytes)


class StoredLinks:
    """Links to the files of a value that is shown, for `encoders.view`.

    Args:
        storage: where the files are, or are put.
        known: a file that has a URL already.

    Attributes:
        folder: where files can be put that are deleted with the links.
    """

    def __init__(self, storage: Storage, known: Stored | None = None) -> None:
        self.folder = storage.new_folder()
        self._storage = storage
        # By their paths, or by the hashes of what is not on the disk.
        self._links: dict[Path | bytes, Stored] = {known.path: known} if known else {}

    @property
    def size(self) -> int:
        """How many bytes the files have."""
        return sum(stored.size for stored in self._links.values())

    def link(self, content: DataURL | Path, media_type: str, name: str) -> str:
        """Return the URL of a file, the same for the same content."""
        key = content if isinstance(content, Path) else sha256(content.data).digest()
        if key not in self._links:
            path = content if isinstance(content, Path) else self._written(content.data, name)
            self._links[key] = self._storage.add(path, name, media_type)
        return self._links[key].url

    def frame(self, document: str) -> str:
        """Return the URL of a document for a frame.

        In the page itself, the page's policy would keep its styles from it.
        """
        path = self._written(document.encode("utf-8", "replace"), "frame.html")
        stored = self._storage.add(path, media_type="text/html", is_frame=True)
        self._links[stored.path] = stored
        return stored.url

    def _written(self, data: BytesLike, name: str) -> Path:
        path = Path(tempfile.mkdtemp(dir=self.folder)) / safe_name(name)
        path.write_bytes(data)
        return path

    def forget(self) -> None:
        """Delete the files."""
        for stored in self._links.values():
            self._storage.forget(stored.id)
        self._links.clear()
        shutil.rmtree(self.folder, ignore_errors=True)
