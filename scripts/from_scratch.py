"""The whole path on a laptop: a language model from random weights, an embedding model of it, and its audit.

    python -m scripts.from_scratch FOLDER

Texts come from Debian packages, which are read where they are installed and fetched by apt otherwise; nothing
of them is in the repository:

* ``wordnet-base``, 117,000 definitions (licence of WordNet 3.0, free for any use);
* ``manpages``, the manual pages of Linux (GPL and other free licences, see its copyright file).

It pretrains a small model to predict the next token, drops its prediction head, tunes it contrastively on
definitions of sister terms (nouns with one hypernym), and audits data and models. How well it works is
measured on definitions that are in no pair: how often is the nearest one of the same of WordNet's 26
categories of nouns?
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scripts.known_items import manual_item

import evenband
from evenband.train import (
    ModelShape,
    PretrainingOptions,
    audit_data,
    pretrain,
    to_embedding_model,
    tune,
    verdicts_of,
)
from evenband.unshown_words import text_may_be_shown

PACKAGES = ("wordnet-base", "manpages")
PARTS = ("noun", "verb", "adj", "adv")
HELD_OUT = 2_000
"""Definitions that are in no pair."""

SHAPE = ModelShape(layers=2, width=128, heads=4, vocabulary=4_000)
CONTEXT, BATCH, PRETRAINING_STEPS = 64, 32, 400
PAIRS_OF_STEP, LEARNING_RATE, TUNING_STEPS = 64, 1e-3, 300
ASKED = (
    "a large dog",
    "a person who plays the violin",
    "a sweet fruit",
    "a ship with sails",
    "an illness",
)
SHOWN = 3


class Synset(NamedTuple):
    """A meaning of WordNet.

    Attributes:
        id: its place in the file of its part of speech.
        words: that have the meaning.
        definition: of it.
        category: number of its lexicographer's file: animals, food, persons, ...
        above: places of its hypernyms.
    """

    id: str
    words: tuple[str, ...]
    definition: str
    category: str
    above: tuple[str, ...]

    @property
    def text(self) -> str:
        """Words and definition: ``dog, domestic dog: a member of the genus Canis ...``."""
        return f"{', '.join(self.words)}: {self.definition}"


def synsets(lines: Iterable[str]) -> Iterator[Synset]:
    """Yield the meanings of a WordNet data file."""
    for line in lines:
        if line.startswith("  "):
            continue
        head, _, gloss = line.partition(" | ")
        fields = head.split()
        count = int(fields[3], 16)
        words = tuple(fields[4 + 2 * number].replace("_", " ") for number in range(count))
        pointers = fields[4 + 2 * count :]
        above = tuple(pointers[k + 1] for k in range(1, len(pointers) - 3, 4) if pointers[k] == "@")
        definition = gloss.partition('; "')[0].strip()
        yield Synset(fields[0], words, definition, fields[1], above)


def sister_pairs(meanings: Sequence[Synset], rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return the texts of each meaning and of a sister term, drawn at random."""
    below: dict[str, list[int]] = {}
    for row, one in enumerate(meanings):
        for place in one.above:
            below.setdefault(place, []).append(row)
    pairs = []
    for row, one in enumerate(meanings):
        sisters = [other for place in one.above for other in below[place] if other != row]
        if sisters:
            pairs.append((one.text, meanings[sisters[rng.integers(len(sisters))]].text))
    return pairs


def package_root(package: str, scratch: Path) -> Path:
    """Return the folder below which a package's files lie: the system's, or one that it is unpacked into."""
    listing = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True, check=False)
    if listing.returncode == 0:
        return Path("/")
    subprocess.run(["apt-get", "download", package], cwd=scratch, check=True)
    [archive] = scratch.glob(f"{package}_*.deb")
    subprocess.run(["dpkg-deb", "-x", str(archive), str(scratch / package)], check=True)
    return scratch / package


def read_manuals(root: Path) -> Iterator[str]:
    """Yield the descriptions of the manual pages that the package manpages has."""
    for path in sorted(root.glob("usr/share/man/man[457]/*.gz")):
        name, _, section = path.name.removesuffix(".gz").rpartition(".")
        source = gzip.decompress(path.read_bytes()).decode("utf-8", "replace")
        item = manual_item(name, section, source)
        if item is not None:
            yield f"{item.query}. {item.text}"


def read_packages() -> tuple[list[Synset], list[str]]:
    """Return the nouns, and all texts to learn the language from."""
    with tempfile.TemporaryDirectory() as scratch:
        wordnet, manuals = (package_root(package, Path(scratch)) for package in PACKAGES)
        meanings = {}
        for part in PARTS:
            path = wordnet / f"usr/share/wordnet/data.{part}"
            with path.open(encoding="utf-8", errors="replace") as lines:
                meanings[part] = list(synsets(lines))
        texts = [one.text for part in PARTS for one in meanings[part]]
        return meanings["noun"], [*texts, *read_manuals(manuals)]


def neighbours(vectors: NDArray[np.float32], queries: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the rows nearest to each query, nearest first. Shape: (n, d), (q, d) -> (q, n)."""
    unit = [side / np.linalg.norm(side, axis=1, keepdims=True) for side in (vectors, queries)]
    return np.argsort(-(unit[1] @ unit[0].T), axis=1, kind="stable")


def same_category(model: str, held: Sequence[Synset]) -> float:
    """Return how often the nearest other definition is of the same category, in [0, 1]."""
    vectors = evenband.load(model).encode([one.definition for one in held])
    nearest = neighbours(vectors, vectors)
    others = [next(row for row in rows if row != number) for number, rows in enumerate(nearest)]
    hits = [held[row].category == held[number].category for number, row in enumerate(others)]
    return float(np.mean(hits))


def show_neighbours(model: str, held: Sequence[Synset]) -> None:
    """Print the nearest definitions of a few phrases."""
    encoder = evenband.load(model)
    vectors = encoder.encode([one.definition for one in held])
    for phrase, rows in zip(ASKED, neighbours(vectors, encoder.encode(list(ASKED))), strict=True):
        print(f"  {phrase}")
        for row in [row for row in rows if text_may_be_shown("wordnet:entity.n.01", held[row].text)][:SHOWN]:
            print(f"    {held[row].words[0]}: {held[row].definition[:66]}")


def write_rows(path: Path, rows: Iterable[dict[str, str]]) -> Path:
    """Write JSON lines."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def run(folder: Path, steps: int, tuning_steps: int) -> None:
    """Go the whole path; what is finished is not done again."""
    folder.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    nouns, texts = read_packages()
    rng = np.random.default_rng(0)
    order = rng.permutation(len(nouns))
    held = [nouns[row] for row in order[:HELD_OUT]]
    pairs = sister_pairs([nouns[row] for row in order[HELD_OUT:]], rng)
    corpus = write_rows(folder / "texts.jsonl", ({"text": text} for text in texts))
    data = write_rows(folder / "pairs.jsonl", ({"anchor": a, "positive": b} for a, b in pairs))
    clock.tell(f"{len(texts):,} texts, {len(pairs):,} pairs of sister terms")
    options = PretrainingOptions(SHAPE, context=CONTEXT, batch=BATCH, steps=steps)
    language = pretrain(corpus, folder / "language-model", options)
    clock.tell(
        f"pretrained {language.parameters:,} weights, {language.steps:,} steps: held-out loss "
        f"{language.first_loss:.2f} to {language.held_loss:.2f}, {language.bits_per_byte:.2f} bits a byte "
        f"(frequencies alone {language.unigram_loss:.2f})"
    )
    untrained, tuned = folder / "untuned", folder / "tuned"
    if not untrained.exists():
        to_embedding_model(language.folder, untrained, "mean", max_tokens=64)
    for question, verdict in verdicts_of(audit_data(data)).items():
        print(f"  {question}: {verdict}")
    clock.tell("audited the pairs")
    result = tune(
        str(untrained), data, out=tuned, steps=tuning_steps, batch=PAIRS_OF_STEP, learning_rate=LEARNING_RATE
    )
    clock.tell(f"tuned: loss {result.losses[0][1]:.2f} to {result.losses[-1][1]:.2f}")
    names = {"words": "toy:words", "untuned": str(untrained), "tuned": str(tuned)}
    shares = ", ".join(f"{name} {same_category(model, held):.3f}" for name, model in names.items())
    chance = sum(n * (n - 1) for n in counts_of(held)) / (len(held) * (len(held) - 1))
    print(
        f"nearest of {len(held):,} unseen definitions is of the same category: {shares}, chance {chance:.3f}"
    )
    show_neighbours(str(tuned), held)
    clock.tell("compared")
    audits = evenband.audit(
        {"untuned": str(untrained), "tuned": str(tuned)}, suite="quick", out=folder / "audit"
    )
    for card in evenband.score(audits):
        passed = [line.pass_rate.value for line in card.lines if line.pass_rate.value is not None]
        print(f"  {card.model}: mean pass rate of {len(passed)} families {np.mean(passed):.3f}")
    clock.tell(f"audited; report: {folder / 'audit' / 'report.html'}")


def counts_of(held: Sequence[Synset]) -> list[int]:
    """Return how many meanings each category has."""
    return list(np.unique([one.category for one in held], return_counts=True)[1])


class Clock:
    """Prints what was done, after how many seconds of time and of processor."""

    def __init__(self) -> None:
        self._started = time.monotonic()

    def tell(self, what: str) -> None:
        """Print a line."""
        passed = time.monotonic() - self._started
        print(f"[{passed:.0f} s, CPU {time.process_time():.0f} s] {what}", flush=True)


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(description="An embedding model from random weights, and its audit.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--steps", type=int, default=PRETRAINING_STEPS, help="of pretraining")
    parser.add_argument("--tuning-steps", type=int, default=TUNING_STEPS)
    arguments = parser.parse_args()
    run(arguments.folder, arguments.steps, arguments.tuning_steps)


if __name__ == "__main__":
    main()
