"""Fuzz, guided by coverage: `python -m tests.fuzz [TARGET ...] [--seconds N] [--jobs N]`.

Each target starts from its seeds in this folder and from what earlier runs found, which is kept in
the user's cache folder. A finding ends the run with status 1 and names the file that shows it; put
that file among the seeds, where the tests try it for good.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from tests.fuzz.targets import TARGETS

SEEDS = Path(__file__).parent / "seeds"
CACHE = Path.home() / ".cache" / "predict-encoders" / "fuzz"
SECONDS_PER_INPUT = 10
MEGABYTES = 1024
LONGEST = 64 * 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the targets.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=600, help="for each target (default: 600)")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default: 2)")
    given = parser.parse_args()
    unknown = set(given.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no target {', '.join(unknown)}: there are {', '.join(TARGETS)}")
    runs = [fuzz(target, given.seconds, given.jobs) for target in given.targets or TARGETS]
    return 0 if all(runs) else 1


def fuzz(target: str, seconds: int, jobs: int) -> bool:
    """Fuzz one target in ``jobs`` processes that share what they find; say how it went."""
    found, log = CACHE / target / "corpus", CACHE / target / "log"
    for folder in (found, log):
        folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tests.fuzz.run", target, str(found), str(SEEDS / target)]
    options = {
        "max_total_time": seconds,
        "timeout": SECONDS_PER_INPUT,
        "rss_limit_mb": MEGABYTES,
        "max_len": LONGEST,
        "artifact_prefix": f"{CACHE / target}/",
        "reload": 1,
    }
    command += [f"-{name}={value}" for name, value in options.items()]
    logs = [log / f"{job}.txt" for job in range(jobs)]
    processes = [
        subprocess.Popen(command, stdout=log.open("w"), stderr=subprocess.STDOUT) for log in logs
    ]
    statuses = [process.wait() for process in processes]
    for status, log in zip(statuses, logs, strict=True):
        said = log.read_text("utf-8", "replace").splitlines()
        runs = [line for line in said if line.startswith("Done ")]
        print(
            f"{target}: {runs[-1] if runs and not status else f'status {status}, see {log}'}",
            flush=True,
        )
        if status:
            print("\n".join(said[-40:]))
    return not any(statuses)


if __name__ == "__main__":
    sys.exit(main())
