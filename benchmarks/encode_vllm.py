"""Our engines against vLLM's pooling, on the models and texts of `encode.py`.

    python benchmarks/encode_vllm.py --model causal --texts 4000
    python benchmarks/encode_vllm.py --model causal --texts 1000 --instruction
    python benchmarks/encode_vllm.py --model minilm --texts 4000

Needs vLLM in the same environment; where it has no wheel for your machine's accelerator, its CPU build
does. Each of the two has a process of its own, since vLLM binds its threads, and waits while the other
works. The prefix cache of vLLM is on for causal models and emptied before every round. Prints medians of
wall time, after one round that is not counted, the ratio and the largest difference of a unit vector's
component.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import encode

SIDES = ("ours", "vllm")


def main() -> None:
    """Run it, or be one of the two."""
    arguments = read_arguments()
    if arguments.side:
        work(arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        arguments.reference, arguments.folder = encode.make_model(arguments, Path(folder)), folder
        sides: dict[str, subprocess.Popen[str]] = {}
        try:
            for side in SIDES:
                sides[side] = start(side, arguments)
            seconds: dict[str, list[float]] = {side: [] for side in SIDES}
            for _ in range(arguments.rounds + 1):
                for side, process in sides.items():
                    seconds[side].append(ask(process))
        finally:
            for process in sides.values():
                process.kill()
        vectors = [encode.unit(np.load(Path(folder) / f"{side}.npy")) for side in SIDES]
    ratios = [theirs / ours for ours, theirs in zip(seconds["ours"][1:], seconds["vllm"][1:], strict=True)]
    print(
        json.dumps(
            {
                "model": arguments.model,
                "texts": arguments.texts,
                "instruction": arguments.instruction,
                "threads": arguments.threads,
                "dtype": arguments.dtype,
                "rounds": arguments.rounds,
                "median wall s": {side: round(statistics.median(seconds[side][1:]), 3) for side in SIDES},
                "ratio wall": round(statistics.median(ratios), 2),
                "ratios wall": [round(ratio, 2) for ratio in ratios],
                "largest difference": float(np.abs(vectors[0] - vectors[1]).max()),
            },
            indent=2,
        )
    )


def read_arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", choices=["minilm", *encode.SIZES], default="causal")
    parser.add_argument("--texts", type=int, default=4000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--dtype", choices=["float32", "bfloat16", "float16"], default="float32")
    parser.add_argument("--device", default="cpu", help="of our side; vLLM's is what it was built for")
    parser.add_argument("--instruction", action="store_true", help="put a long prompt before every text")
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--reference", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.instruction and arguments.model not in encode.SIZES:
        parser.error("--instruction is for the models that are made here")
    return arguments


def start(side: str, arguments: argparse.Namespace) -> subprocess.Popen[str]:
    """A process that has its model in memory and waits."""
    command = [sys.executable, __file__, "--side", side]
    for name in ("model", "texts", "threads", "dtype", "device", "reference", "folder"):
        command += [f"--{name}", str(getattr(arguments, name))]
    command += ["--instruction"] if arguments.instruction else []
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    read(process)
    return process


def ask(process: subprocess.Popen[str]) -> float:
    """One round: its wall time in seconds."""
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return float(read(process))


def read(process: subprocess.Popen[str]) -> str:
    """The process's next answer; what else it prints is passed on."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("answer "):
            return line.split()[1]
        sys.stderr.write(line)
    raise SystemExit("error: a side ended before its answer; what it printed is above")


def work(arguments: argparse.Namespace) -> None:
    """Be one side: embed all texts for every line that comes, and say how long it took."""
    texts = encode.comma_texts(arguments.texts)
    embed = {"ours": ours, "vllm": vllm}[arguments.side](arguments)
    embed(texts[:64])
    print("answer ready", flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        vectors = embed(texts)
        seconds = time.perf_counter() - began
        np.save(Path(arguments.folder) / f"{arguments.side}.npy", vectors)
        print("answer", seconds, flush=True)


def ours(arguments: argparse.Namespace) -> Callable[[list[str]], Any]:
    """evenband, with the engine that it chooses."""
    import torch

    torch.set_num_threads(arguments.threads)
    encoder = encode.load(arguments.reference, "auto", arguments)
    return lambda texts: encoder.encode(texts)


def vllm(arguments: argparse.Namespace) -> Callable[[list[str]], Any]:
    """The offline engine of vLLM, in this process."""
    os.environ["VLLM_ENABLE_V1_MULTIPROCESSING"] = "0"
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "2")
    os.environ.setdefault("VLLM_CPU_OMP_THREADS_BIND", ",".join(map(str, range(arguments.threads))))
    os.environ.setdefault("VLLM_LOGGING_LEVEL", "ERROR")
    from vllm import LLM

    from evenband.encoders.minilm import find_folder

    folder = find_folder() if arguments.model == "minilm" else arguments.reference.split("?")[0]
    prompt = encode.INSTRUCTION if arguments.instruction else ""
    model: Any = LLM(
        str(folder),
        runner="pooling",
        dtype=arguments.dtype,
        max_model_len=256,
        enable_prefix_caching=arguments.model != "minilm",
    )

    def embed(texts: list[str]) -> Any:
        if arguments.model != "minilm":
            model.reset_prefix_cache()
        found = model.embed([prompt + text for text in texts], use_tqdm=False)
        return np.array([one.outputs.embedding for one in found], dtype=np.float32)

    return embed


if __name__ == "__main__":
    main()
