"""Run files of TREC, ``query Q0 document rank score tag``: what another system found, in and out."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np
from numpy.typing import NDArray

from evenband.digests import digest_of
from evenband.errors import InputError
from evenband.probes.retrieval.dataset_rows import read_plain, refuse, remark
from evenband.probes.retrieval.datasets import Dataset
from evenband.probes.retrieval.retrievers import Found
from evenband.types import NO_ROW, ModelSpec, Ranking

RUN_SCHEME = "run"
"""Scheme of a reference to a run file."""

MOST_RANK_DIGITS = 12
"""Digits of a rank."""

RUN_PIPELINE = "run"
"""Name of the pipeline of a run file, of which nothing is known."""


@dataclass(frozen=True)
class RunFile:
    """A run file as the retriever of a dataset.

    Attributes:
        path: of the file.
        dataset: whose queries it answers.
    """

    path: Path
    dataset: Dataset

    @cached_property
    def spec(self) -> ModelSpec:
        """The file's name behind ``run-``, so that it is no model's, and the digest of what it holds."""
        content = [[query, list(found.items())] for query, found in self._found[0].items()]
        return ModelSpec(
            ref=f"{RUN_SCHEME}:{self.path}",
            name=run_name(self.path),
            source="trec run",
            revision=digest_of(content)[:16],
            dtype="float32",
            dim=1,
            notes=("run file: found by another system, of which nothing is known",),
        )

    @property
    def remarks(self) -> tuple[str, ...]:
        """Queries without an answer, and lines that name what the dataset does not have."""
        found, unknown = self._found
        silent = [repr(id_) for id_ in self.dataset.query_ids if id_ not in found]
        return (
            *remark("unanswered", silent, "queries are not in the run file: they count as finding nothing"),
            *remark(
                "unknown",
                unknown,
                "lines name a document that the corpus lacks and are left out; those behind them move up, "
                "which can only raise the figures",
            ),
        )

    def names(self, indexes: Sequence[str]) -> tuple[str, ...]:
        """One pipeline, called ``run``."""
        del indexes
        return (RUN_PIPELINE,)

    def search(self, reference: str, k: int) -> Found:
        """Return the first k documents of each query by their scores; equal ones by rank."""
        del reference
        k = min(k, len(self.dataset.ids))
        rows = np.full((len(self.dataset.query_ids), k), NO_ROW, dtype=np.int64)
        scores = np.full(rows.shape, -np.inf, dtype=np.float32)
        for query, id_ in enumerate(self.dataset.query_ids):
            found = list(self._found[0].get(id_, {}).items())[:k]
            rows[query, : len(found)] = [self.dataset.rows[document] for document, _ in found]
            scores[query, : len(found)] = _falling([score for _, score in found])
        return Found(Ranking(rows, scores))

    @cached_property
    def _found(self) -> tuple[Mapping[str, Mapping[str, float]], list[str]]:
        """Return the scores by query and document, best first, and places of unknown documents."""
        known = set(self.dataset.query_ids)
        answers: dict[str, dict[str, tuple[float, int]]] = {}
        unknown: list[str] = []
        faults: list[str] = []
        for number, cells in _lines(self.path):
            place = f"line {number}"
            if len(cells) != 6 or not _is_rank(cells[3]) or not _is_finite(cells[4]):
                faults.append(f"{place} is {' '.join(cells)[:60]!r}")
                continue
            query, document = _known_id(cells[0], known), _known_id(cells[2], self.dataset.rows)
            if document in answers.get(query, {}):
                faults.append(f"{place} has the document {document!r} of query {query!r} again")
            elif document not in self.dataset.rows:
                unknown.append(f"{document!r} in {place}")
            elif query in known:
                answers.setdefault(query, {})[document] = float(cells[4]), int(cells[3])
        refuse(
            str(self.path),
            faults,
            "query, Q0, document, rank, score and tag in each line, each document once",
        )
        if not answers:
            data = self.dataset
            what = f"no document of {data.name} ({unknown[0]})" if unknown else f"no query of {data.name}"
            raise InputError(
                f"{self.path} names {what}, expected ids such as query {data.query_ids[0]!r} and document "
                f"{data.ids[0]!r}"
            )
        ordered = {
            query: sorted(found.items(), key=lambda item: (-item[1][0], item[1][1]))
            for query, found in answers.items()
        }
        return {query: {doc: score for doc, (score, _) in found} for query, found in ordered.items()}, unknown


def run_name(path: Path) -> str:
    """Return the name that a run file has in tables and files: ``run-bm25`` of ``bm25.txt``."""
    stem = path.name.removesuffix(".trec").removesuffix(".txt").removesuffix(".run")
    return f"{RUN_SCHEME}-{stem}" if stem else RUN_SCHEME


def format_run(query_ids: Sequence[str], ids: Sequence[str], ranking: Ranking, tag: str) -> str:
    """Return a run file's content, a line for each document that was found."""
    lines: list[str] = []
    for query, rows, scores in zip(query_ids, ranking.rows.tolist(), ranking.scores.tolist(), strict=True):
        for place, (row, score) in enumerate(zip(rows, scores, strict=True), start=1):
            if row != NO_ROW:
                lines.append(f"{_plain(query)} Q0 {_plain(ids[row])} {place} {score:.9g} {_plain(tag)}")
    return "\n".join(lines) + "\n"


def _plain(name: str) -> str:
    """Return a name with its white space written as in a URL: a run file has nothing to quote it with."""
    return "".join(quote(sign) if sign.isspace() or sign == "%" else sign for sign in name)


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(read_plain(path, "run file"), start=1):
        if line.strip():
            yield number, line.split()


def _known_id(cell: str, known: Container[str]) -> str:
    """Return the id that a cell stands for: as it is, or with its white space written as in a URL."""
    return cell if cell in known else unquote(cell)


def _is_rank(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MOST_RANK_DIGITS


def _is_finite(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _falling(scores: Sequence[float]) -> NDArray[np.float32]:
    """Return scores that fall strictly, so that equal ones keep their order. Shape: (m,)."""
    falling = np.asarray(scores, dtype=np.float32)
    for place in range(1, len(falling)):
        if falling[place] >= falling[place - 1]:
            falling[place] = np.nextafter(falling[place - 1], np.float32(-np.inf))
    return falling
