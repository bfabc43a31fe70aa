"""The whole audit of minilm against sentence-transformers' own encode of the same texts.

    python benchmarks/audit.py --rounds 5

Ours is the command `evenband audit minilm -p comma` in a new process with an empty cache: imports,
loading, embedding 20,306 texts, noise floor, statistics, report and figures. Theirs is `encode` alone,
with its defaults, after the model has been loaded and warmed up. They run in turn; medians and the
ratio are printed, and the time of the same command a second time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

THEIRS = """
import json, time
from sentence_transformers import SentenceTransformer
from evenband import slots
from evenband.encoders import minilm
values = slots.load("wordnet:person.n.01").values
texts = [f"let's eat, {x}" for x in values] + [f"let's eat {x}" for x in values]
model = SentenceTransformer(str(minilm.find_folder()))
model.encode(texts[:64])
wall, cpu = time.perf_counter(), time.process_time()
model.encode(texts)
print(json.dumps({"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "texts": len(texts)}))
"""

OURS = """
import json, subprocess, sys, time, resource
wall = time.perf_counter()
subprocess.run([sys.executable, "-m", "evenband", *sys.argv[1:]], check=True, stdout=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"wall": time.perf_counter() - wall, "cpu": usage.ru_utime + usage.ru_stime}))
"""


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    theirs, ours, again = [], [], []
    for number in range(rounds):
        theirs.append(measure(THEIRS, [], None))
        with tempfile.TemporaryDirectory() as folder:
            command = ["audit", "minilm", "-p", "comma", "-o", str(Path(folder) / "run")]
            ours.append(measure(OURS, command, Path(folder)))
            again.append(measure(OURS, command, Path(folder)))
        print(f"round {number + 1}: theirs {theirs[-1]}, ours {ours[-1]}, again {again[-1]}", file=sys.stderr)
    print(json.dumps(summarise(theirs, ours, again), indent=1))


def measure(code: str, arguments: list[str], cache: Path | None) -> dict[str, float]:
    """Seconds of one run in a process of its own."""
    environment = {**os.environ, **({} if cache is None else {"EVENBAND_CACHE": str(cache / "cache")})}
    finished = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    result: dict[str, float] = json.loads(finished.stdout.splitlines()[-1])
    return result


def summarise(
    theirs: list[dict[str, float]], ours: list[dict[str, float]], again: list[dict[str, float]]
) -> dict[str, float]:
    """Medians of the rounds, and medians of the rounds' ratios."""

    def median_ratio(left: list[dict[str, float]], right: list[dict[str, float]], key: str) -> float:
        return round(statistics.median(a[key] / b[key] for a, b in zip(left, right, strict=True)), 3)

    def median(runs: list[dict[str, float]], key: str) -> float:
        return round(statistics.median(run[key] for run in runs), 2)

    return {
        "rounds": len(ours),
        "encode_wall_s": median(theirs, "wall"),
        "audit_wall_s": median(ours, "wall"),
        "second_run_wall_s": median(again, "wall"),
        "audit_to_encode_wall": median_ratio(ours, theirs, "wall"),
        "audit_to_encode_cpu": median_ratio(ours, theirs, "cpu"),
        "second_to_first_wall": median_ratio(again, ours, "wall"),
        "second_to_first_cpu": median_ratio(again, ours, "cpu"),
    }


if __name__ == "__main__":
    main()
