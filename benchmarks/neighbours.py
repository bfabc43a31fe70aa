"""Slot-swap distances, R@1 and AUC of all labels, as a share of the machine's matrix-product rate.

    python benchmarks/neighbours.py --labels 10153 --dim 384 --rounds 5

The two products are 2 x 2 n^2 d floating-point operations, and that is what a share counts, although a
good part of the product of a with itself is not multiplied but mirrored: "multiplied" is the part of the
2 x 2 n^2 d that numpy's product was really given, so that share x multiplied is how fast it multiplies.
The rate is that of numpy's own float32 product of 2,048 x 2,048 numbers. CPU seconds on one thread, in
turn, medians; the vectors are random sums of 24 directions, shifted, with a partner each nearby, so that
no row has anything nearer than its partner. R@1 and AUC of the first rows are compared with float64.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from typing import Any
from unittest import mock

import numpy as np
from numpy.typing import NDArray

from evenband.stats.neighbours import Neighbours, compare_neighbours
from evenband.stats.threads import single_threaded

Single = NDArray[np.float32]
CHECKED = 200


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--labels", type=int, default=10_153)
    parser.add_argument("--dim", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(json.dumps(measure(arguments.labels, arguments.dim, arguments.rounds), indent=2))


@single_threaded
def measure(n: int, dim: int, rounds: int) -> dict[str, Any]:
    """Shares of the rate, round by round."""
    a, b = make_pairs(n, dim)
    shares, seconds = [], []
    for _ in range(rounds):
        rate = product_rate()
        began = time.process_time()
        found = compare_neighbours(a, b)
        seconds.append(time.process_time() - began)
        shares.append(4.0 * n * n * dim / seconds[-1] / rate)
    return {
        "labels": n,
        "dim": dim,
        "rounds": rounds,
        "median CPU s": round(statistics.median(seconds), 2),
        "share of the product rate": round(statistics.median(shares), 3),
        "multiplied": round(multiplied(a, b) / (4.0 * n * n * dim), 3),
        "shares": [round(share, 3) for share in shares],
        "largest difference from float64": difference(found, a, b),
    }


def make_pairs(n: int, dim: int) -> tuple[Single, Single]:
    """Shape: (n, dim) each."""
    rng = np.random.default_rng(0)
    directions = rng.standard_normal((24, dim))
    a = rng.standard_normal((n, 24)) @ directions + 0.5 * rng.standard_normal((n, dim)) + 1
    return a.astype(np.float32), (a + 0.3 * rng.standard_normal((n, dim))).astype(np.float32)


def product_rate() -> float:
    """FLOP per CPU second, the best of a few."""
    square = np.random.default_rng(0).standard_normal((2048, 2048)).astype(np.float32)
    rates = []
    for _ in range(4):
        began = time.process_time()
        np.matmul(square, square)
        rates.append(2 * 2048**3 / (time.process_time() - began))
    return max(rates)


def multiplied(a: Single, b: Single) -> float:
    """Floating-point operations of all products that numpy is given."""
    done: list[float] = []

    def count(left: Single, right: Single, **options: Any) -> Any:
        done.append(2.0 * left.shape[0] * left.shape[1] * right.shape[1])
        return product(left, right, **options)

    product = np.matmul
    with mock.patch.object(np, "matmul", count):
        compare_neighbours(a, b)
    return sum(done)


def difference(found: Neighbours, a: Single, b: Single) -> dict[str, float]:
    """From all distances of some rows in float64."""
    left, right = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a.astype(float), b.astype(float)))
    errors: dict[str, list[float]] = {"swap": [], "hit": [], "auc": []}
    for row in range(min(CHECKED, len(left))):
        others = np.arange(len(left)) != row
        own = 0.5 * np.sum((left[row] - right[row]) ** 2)
        to_b = 0.5 * np.sum((right[others] - left[row]) ** 2, axis=1)
        to_a = 0.5 * np.sum((left[others] - left[row]) ** 2, axis=1)
        exact = {"swap": np.median(to_a), "hit": float((to_b > own).all()), "auc": np.mean(to_b > own)}
        for name, value in exact.items():
            errors[name].append(abs(float(getattr(found, name)[row] - value)))
    return {name: max(values) for name, values in errors.items()}


if __name__ == "__main__":
    main()
