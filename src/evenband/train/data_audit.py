"""Audit of training data before a training: shortcuts, duplicates, leakage, coverage, famous pairs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from evenband import stages
from evenband.errors import InputError
from evenband.randomness import named_stream
from evenband.train.coverage_checks import MOST_DOCUMENTS, MOST_TEXTS, find_coverage
from evenband.train.data_findings import Coverage, DataAudit, Tally
from evenband.train.duplicate_checks import find_duplicates
from evenband.train.example_files import read_examples
from evenband.train.famous_pairs import find_famous
from evenband.train.leakage_checks import dataset_references, find_answers, find_leaks, probe_references
from evenband.train.shortcut_checks import MOST_CONTRASTED, find_shortcuts
from evenband.train.training_examples import Examples
from evenband.wording import counted

MOST_FOR_COPIES = 200_000
"""Examples among which duplicates and leaks are looked for; of more, that many at random."""


def audit_data(
    data: Path | str | Examples,
    probes: Sequence[str] = (),
    against: Sequence[str] = (),
    corpus: Path | str | None = None,
    model: str | None = None,
    seed: int = 0,
) -> DataAudit:
    """Audit training examples.

    Args:
        data: examples, or a file of them.
        probes: whose texts must not be among them; those of the suite standard if none is named.
        against: retrieval sets whose queries and documents must not be among them.
        corpus: that the trained model will search.
        model: whose similarity tells how near the corpus is; tf-idf without one.
        seed: of samples, folds and shuffles.

    Raises:
        EvenbandError: if something cannot be read.
    """
    started = time.monotonic()
    check_comparison(model, corpus)
    stages.enter("reading the examples")
    examples = data if isinstance(data, Examples) else read_examples(data)
    place = None if corpus is None else Path(corpus)
    audit = _found(examples, (probes, against), (place, model), seed)
    return replace(audit, seconds=time.monotonic() - started)


def check_comparison(model: str | None, corpus: Path | str | None) -> None:
    """Refuse a model that has no corpus to compare with.

    Raises:
        InputError: if there is one.
    """
    if model is not None and corpus is None:
        raise InputError("got -m and no --corpus, expected both: the model compares the two")


def _found(
    examples: Examples,
    sources: tuple[Sequence[str], Sequence[str]],
    comparison: tuple[Path | None, str | None],
    seed: int,
) -> DataAudit:
    """Return what is found in examples, given names of probes and datasets, and a corpus with its model."""
    remarks = list(examples.remarks)
    kept = _sampled(examples, seed, remarks)
    stages.enter("looking for shortcuts")
    shortcuts = find_shortcuts(examples, named_stream("shortcuts", str(seed)))
    stages.enter("looking for duplicates")
    duplicates, leaks = find_duplicates(kept), _leaks(kept, *sources)
    stages.enter("looking for famous pairs")
    famous, texts = find_famous(examples), examples.all_texts()
    corpus, model = comparison
    coverage = None if corpus is None else _coverage(texts, corpus, model, seed, remarks)
    return DataAudit(
        source=examples.source,
        kind=examples.kind,
        rows=len(examples),
        texts=len(texts),
        shortcuts=shortcuts,
        duplicates=duplicates,
        leaks=leaks,
        coverage=coverage,
        famous=famous,
        remarks=tuple(remarks),
    )


def _coverage(
    texts: Sequence[str], corpus: Path, model: str | None, seed: int, remarks: list[str]
) -> Coverage:
    """Return how well texts cover a corpus; say in the remarks what was sampled."""
    if len(texts) > MOST_TEXTS:
        remarks.append(
            f"coverage: the nearest of {MOST_TEXTS:,} training texts, drawn at random, for "
            f"{MOST_DOCUMENTS:,} documents at most"
        )
    return find_coverage(texts, corpus.expanduser(), model, named_stream("coverage", str(seed)))


def _sampled(examples: Examples, seed: int, remarks: list[str]) -> Examples:
    """Return the examples among which copies are looked for; say in the remarks what was sampled."""
    n = len(examples)
    if n > MOST_CONTRASTED:
        remarks.append(f"shortcuts: {MOST_CONTRASTED:,} of {n:,} rows, drawn at random")
    if n <= MOST_FOR_COPIES:
        return examples
    rng = named_stream("copies", str(seed))
    remarks.append(f"duplicates and leaks: {MOST_FOR_COPIES:,} of {n:,} rows, drawn at random")
    return examples.take(np.sort(rng.choice(n, MOST_FOR_COPIES, replace=False)).tolist())


def _leaks(examples: Examples, probes: Sequence[str], against: Sequence[str]) -> tuple[Tally, ...]:
    references = probe_references(probes)
    for pair in dataset_references(against):
        references += pair
    stages.enter(f"looking for texts of {counted(len(references), 'source')}")
    found = find_leaks(examples, references)
    answers = (find_answers(examples, reference) for reference in against)
    return (*found, *(tally for tally in answers if tally.count))
