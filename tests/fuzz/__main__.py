"""Fuzz, guided by coverage: `python -m tests.fuzz [TARGET ...] [--seconds N | --runs N]`.

Each target starts from its seeds in this folder. With ``--seconds`` a run continues from the corpus
of earlier runs, which is kept in the user's cache folder. With ``--runs`` each run has the same
inputs. A finding ends the run with status 1 and names the file that shows it. Add that file to the
seeds: the tests then run it each time.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from tests.fuzz.targets import TARGETS

SEEDS = Path(__file__).parent / "seeds"
CACHE = Path.home() / ".cache" / "predict-encoders" / "fuzz"
ALWAYS = {"timeout": 10, "rss_limit_mb": 1024, "max_len": 64 * 1024, "print_final_stats": 1}
FACTS = {
    "number_of_executed_units": "{} inputs",
    "slowest_unit_time_sec": "the slowest {} s",
    "peak_rss_mb": "{} MB",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the targets.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=600, help="for each target (default: 600)")
    parser.add_argument("--runs", type=int, help="inputs for each target, in place of seconds")
    parser.add_argument("--jobs", type=int, default=2, help="processes at once (default: 2)")
    given = parser.parse_args()
    unknown = set(given.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no target {', '.join(unknown)}: there are {', '.join(TARGETS)}")
    targets = given.targets or [*TARGETS]
    if given.runs:
        with ThreadPoolExecutor(given.jobs) as pool:
            clean = [*pool.map(partial(fuzz_from_seeds, runs=given.runs), targets)]
    else:
        clean = [fuzz_from_corpus(target, given.seconds, given.jobs) for target in targets]
    return 0 if all(clean) else 1


def fuzz_from_seeds(target: str, runs: int) -> bool:
    """Fuzz one target from its seeds alone, with the same inputs in each run."""
    with tempfile.TemporaryDirectory() as corpus:
        return fuzz(target, Path(corpus), {"runs": runs, "seed": 1}, 1)


def fuzz_from_corpus(target: str, seconds: int, jobs: int) -> bool:
    """Fuzz one target in ``jobs`` processes that share a corpus."""
    return fuzz(target, CACHE / target / "corpus", {"max_total_time": seconds, "reload": 1}, jobs)


def fuzz(target: str, corpus: Path, options: dict[str, int], jobs: int) -> bool:
    """Fuzz one target, print a summary, and return whether nothing was found."""
    home = CACHE / target
    for folder in (home, corpus):
        folder.mkdir(parents=True, exist_ok=True)
    given = [f"-{name}={value}" for name, value in (ALWAYS | options).items()]
    given += [f"-artifact_prefix={home}/", str(corpus), str(SEEDS / target)]
    logs = [home / f"log-{job}.txt" for job in range(jobs)]
    with ExitStack() as stack:
        processes = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.fuzz.run", target, *given],
                stdout=stack.enter_context(log.open("w")),
                stderr=subprocess.STDOUT,
            )
            for log in logs
        ]
        statuses = [process.wait() for process in processes]
    for status, log in zip(statuses, logs, strict=True):
        lines = log.read_text("utf-8", "replace").splitlines()
        print(f"{target}: {summary(lines) if not status else f'a finding, see {log}'}", flush=True)
        if status:
            print("\n".join(lines[-30:]))
    return not any(statuses)


def summary(log: list[str]) -> str:
    stats = dict(line[6:].split(":", 1) for line in log if line.startswith("stat::"))
    return ", ".join(label.format(stats.get(name, "?").strip()) for name, label in FACTS.items())


if __name__ == "__main__":
    sys.exit(main())
