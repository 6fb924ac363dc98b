"""A Gradio 2.9.4 server that answers with what it was sent, and says what that was.

`servers.py` runs it with the Python of the release's own environment: `python era2.py <port>`.
It serves until its standard input is closed.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import numpy as np
from gradio import (  # type: ignore[import-not-found, unused-ignore]
    Interface,
    inputs,
    outputs,
)


def echo(image: Any, audio: tuple[int, Any], video: str, file: Any) -> tuple[Any, ...]:
    """Every value as it came in, then the report on them."""
    sample_rate, samples = audio
    report = {
        "image": array_report(image),
        "audio": {"sample_rate": sample_rate, **array_report(samples)},
        "video": file_report(video),
        "file": file_report(file.name),
    }
    return image, audio, video, file.name, report


def array_report(array: Any) -> dict[str, Any]:
    """What tells one array from another."""
    return {
        "shape": list(np.shape(array)),
        "dtype": str(array.dtype),
        "sha256": hashlib.sha256(array.tobytes()).hexdigest(),
    }


def file_report(path: str) -> dict[str, Any]:
    """What tells the bytes of one file from another's."""
    data = Path(path).read_bytes()
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def main(port: int) -> None:
    """Serve on `port` of this machine only."""
    # A video with a type is converted by ffmpeg; an image or a sound as an array comes back in a
    # lossless format. So every change that a test sees was made by an encoder.
    interface = Interface(
        echo,
        inputs=[
            inputs.Image(type="numpy"),
            inputs.Audio(type="numpy"),
            inputs.Video(type=None),
            inputs.File(type="file"),
        ],
        outputs=[
            outputs.Image(type="numpy"),
            outputs.Audio(type="numpy"),
            outputs.Video(type=None),
            outputs.File(),
            outputs.JSON(),
        ],
        allow_flagging="never",
    )
    interface.launch(server_name="127.0.0.1", server_port=port, prevent_thread_lock=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]))
