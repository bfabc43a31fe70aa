"""Our engines against sentence-transformers' own encode, in turn, in one process.

    python benchmarks/encode.py --model minilm --texts 4000 --threads 1 --rounds 5
    python benchmarks/encode.py --model causal --instruction
    python benchmarks/encode.py --model causal --texts 20306 --threads 2
    python benchmarks/encode.py --corpus unrelated --texts 300
    python benchmarks/encode.py --model causal-0.6b --dtype bfloat16 --device cuda --batch-size 1024

Prints medians, the ratio of CPU time and of wall time (read CPU time where other work runs), the
share of the matrix-product rate that is measured in each round, real tokens against unique
beginnings, and the largest difference of a unit vector's component. The texts are those of the
comma probe. A share counts the linear layers' work for the tokens that must be computed: all of them,
or for the trie engine one per unique beginning, as if its last layer were computed for each, too.
On a GPU wall time takes the place of CPU time in the shares. --batch-size is sentence-transformers'.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import small_models
from evenband import encoders, slots
from evenband.encoders import minilm
from evenband.encoders.deferred import DeferredEncoder

SIZES: dict[str, dict[str, Any]] = {
    "causal": {"hidden_size": 512, "intermediate_size": 1536, "num_hidden_layers": 8},
    "causal-0.6b": {"hidden_size": 1024, "intermediate_size": 3072, "num_hidden_layers": 28},
}
HEADS: dict[str, dict[str, Any]] = {
    "causal": {"num_attention_heads": 8, "num_key_value_heads": 4, "head_dim": 64},
    "causal-0.6b": {"num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128},
}
INSTRUCTION = (
    "Instruct: Given a sentence about people and what they do, retrieve the sentences that mean the same, "
    "whatever their punctuation may be\nQuery: "
)


def main() -> None:
    """Run it."""
    arguments = read_arguments()
    import torch

    torch.set_num_threads(arguments.threads)
    texts = comma_texts(arguments.texts) if arguments.corpus == "comma" else unrelated_texts(arguments.texts)
    with tempfile.TemporaryDirectory() as folder:
        reference = make_model(arguments, Path(folder))
        ours, theirs = (load(reference, engine, arguments) for engine in (arguments.engine, "plain"))
        result = compare(arguments, texts, ours, theirs)
    print(json.dumps(result, indent=2))


def read_arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", default="minilm", help="minilm, causal, causal-0.6b or any reference")
    parser.add_argument("--texts", type=int, default=4000)
    parser.add_argument("--corpus", choices=["comma", "unrelated"], default="comma")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--engine", choices=encoders.ENGINES, default="auto")
    parser.add_argument(
        "--device", help="such as cpu or cuda; what sentence-transformers chooses if not given"
    )
    parser.add_argument("--dtype", choices=["float32", "bfloat16", "float16"], default="float32")
    parser.add_argument("--batch-size", type=int, default=32, help="of sentence-transformers, 32 by default")
    parser.add_argument("--instruction", action="store_true", help="put a long prompt before every text")
    arguments = parser.parse_args()
    if arguments.instruction and arguments.model not in SIZES:
        parser.error("--instruction is for the models that are made here")
    return arguments


def comma_texts(count: int) -> list[str]:
    """The article's pairs, noun after noun."""
    nouns = slots.load("wordnet:person.n.01").values
    chosen = np.random.default_rng(0).permutation(len(nouns))[: (count + 1) // 2]
    pairs = [(f"let's eat, {nouns[row]}", f"let's eat {nouns[row]}") for row in chosen]
    return [text for pair in pairs for text in pair][:count]


def unrelated_texts(count: int) -> list[str]:
    """Word salads of 5 to 60 words that share no beginning."""
    generator = np.random.default_rng(0)
    nouns = np.array(slots.load("wordnet:person.n.01").values, dtype=object)
    return [" ".join(generator.choice(nouns, generator.integers(5, 60))) for _ in range(count)]


def make_model(arguments: argparse.Namespace, folder: Path) -> str:
    """A reference; a causal model of the Qwen3 type gets random weights."""
    if arguments.model not in SIZES:
        return str(arguments.model)
    made = small_models.save(
        folder,
        "qwen3",
        pooling="lasttoken",
        max_tokens=256,
        prompts={"query": INSTRUCTION} if arguments.instruction else None,
        words=word_pieces(),
        **SIZES[arguments.model],
        **HEADS[arguments.model],
    )
    return str(made) + ("?prompt=query" if arguments.instruction else "")


def word_pieces() -> Any:
    """MiniLM's tokenizer, padding on the left as causal models want it."""
    from transformers import AutoTokenizer

    load: Any = AutoTokenizer.from_pretrained
    return load(str(minilm.find_folder()), padding_side="left")


def load(reference: str, engine: str, arguments: argparse.Namespace) -> Any:
    """The encoder, with its model in memory."""
    encoder = encoders.load(reference, engine=engine, device=arguments.device, dtype=arguments.dtype)
    return encoder.inner if isinstance(encoder, DeferredEncoder) else encoder


def compare(arguments: argparse.Namespace, texts: list[str], ours: Any, theirs: Any) -> dict[str, Any]:
    """Alternating rounds, after one short round to warm up."""
    encode = peer(theirs, arguments.batch_size)
    ways: dict[str, Callable[[], Any]] = {"ours": lambda: ours.encode(texts), "theirs": lambda: encode(texts)}
    ours.encode(texts[:64])
    encode(texts[:64])
    cpu: dict[str, list[float]] = {name: [] for name in ways}
    wall: dict[str, list[float]] = {name: [] for name in ways}
    found: dict[str, Any] = {}
    rates = []
    for _ in range(arguments.rounds):
        rates.append(matrix_rate(theirs._model))
        for name, way in ways.items():
            began, began_wall = time.process_time(), time.perf_counter()
            found[name] = way()
            cpu[name].append(time.process_time() - began)
            wall[name].append(time.perf_counter() - began_wall)
    tokens, unique = count_tokens(ours, texts)
    computed = {"ours": unique if ours.spec.options["engine"] == "trie" else tokens, "theirs": tokens}
    return {
        "model": arguments.model,
        "device": ours.spec.options["device"],
        "dtype": arguments.dtype,
        "engine": ours.spec.options["engine"],
        "texts": len(texts),
        "threads": arguments.threads,
        "rounds": arguments.rounds,
        "batch size of sentence-transformers": arguments.batch_size,
        "tokens": tokens,
        "unique beginnings": unique,
        "median CPU s": {name: round(statistics.median(times), 3) for name, times in cpu.items()},
        "median wall s": {name: round(statistics.median(times), 3) for name, times in wall.items()},
        "ratio CPU": median_ratio(cpu),
        "ratio wall": median_ratio(wall),
        "ratios CPU": [round(b / a, 2) for a, b in zip(cpu["ours"], cpu["theirs"], strict=True)],
        "product rate, GFLOP per second": round(statistics.median(rates) / 1e9),
        "share of the product rate": {
            name: median_share(matrix_work(theirs, computed[name]), times, rates)
            for name, times in (cpu if ours.spec.options["device"] == "cpu" else wall).items()
        },
        "largest difference": float(np.abs(unit(found["ours"]) - unit(found["theirs"])).max()),
    }


def peer(encoder: Any, batch_size: int) -> Callable[[list[str]], Any]:
    """The library's own encode of that model."""
    options = {"truncate_dim": encoder.spec.dim, "batch_size": batch_size, "show_progress_bar": False}
    prompt = encoder.spec.prompts.get("none", "")
    return lambda texts: encoder._model.encode(texts, prompt=prompt, **options)


def median_ratio(seconds: dict[str, list[float]]) -> float:
    """Theirs over ours, round by round."""
    ratios = [theirs / ours for ours, theirs in zip(seconds["ours"], seconds["theirs"], strict=True)]
    return round(statistics.median(ratios), 2)


def median_share(work: float, seconds: list[float], rates: list[float]) -> float:
    """Of the time that the work would take at the product's own rate, round by round."""
    shares = [work / time / rate for time, rate in zip(seconds, rates, strict=True)]
    return round(statistics.median(shares), 2)


def count_tokens(encoder: Any, texts: list[str]) -> tuple[int, int]:
    """Tokens of the texts, prompt included; and of them those that stand after a beginning of their own."""
    from evenband.encoders.local.engines import trie
    from evenband.encoders.local.engines.features import tokenize

    batches = tokenize(encoder._model, texts, encoder.spec.prompts.get("none", ""), None)
    sequences = sorted(tuple(row) for batch in batches for row in batch.tokens["input_ids"].tolist())
    lengths = np.array([len(sequence) for sequence in sequences])
    return int(lengths.sum()), trie.count_nodes(lengths, trie.shared_lengths(sequences))


def unit(vectors: Any) -> Any:
    """Scaled to length one."""
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def matrix_rate(model: Any) -> float:
    """FLOP per second of the better of two products, at a size that a batch has: a median of seven."""
    import torch
    from torch import nn

    from evenband.encoders.local.engines.linear import PackedLinear

    on_cpu = model.device.type == "cpu"
    rows, clock = (2048, time.process_time) if on_cpu else (32_768, time.perf_counter)
    layer = nn.Linear(1024, 1024, device=model.device, dtype=model.dtype)
    inputs = torch.randn(rows, 1024, device=model.device, dtype=model.dtype)
    medians = []
    with torch.inference_mode():
        for product in (layer, PackedLinear(layer)) if on_cpu else (layer,):
            times = []
            for _ in range(7):
                began = clock()
                product(inputs)
                if not on_cpu:
                    getattr(torch, model.device.type).synchronize()
                times.append(clock() - began)
            medians.append(statistics.median(times))
    return 2 * rows * 1024 * 1024 / min(medians)


def matrix_work(encoder: Any, tokens: int) -> float:
    """FLOP of the linear layers for that many tokens, each computed once."""
    from torch import nn

    weights = sum(
        layer.weight.numel() for layer in encoder._model[0].modules() if isinstance(layer, nn.Linear)
    )
    return 2.0 * weights * tokens


if __name__ == "__main__":
    main()
