"""Folders in the formats of BEIR and MTEB: ``corpus``, ``queries`` and ``qrels``, as lines or Parquet.

``corpus.jsonl`` has ``_id`` (or ``id``), ``title`` and ``text``; ``queries.jsonl`` has ``_id`` and ``text``;
``qrels/test.tsv`` or ``qrels.jsonl`` has ``query-id``, ``corpus-id`` and ``score``. Each can be a folder of
Parquet files. A judgement whose document the corpus lacks counts as a document that nobody finds, as in
trec_eval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evenband.errors import InputError
from evenband.probes.retrieval.dataset_rows import PlacedRow, read_rows, refuse, remark, text_cell
from evenband.probes.retrieval.datasets import Dataset
from evenband.registry import nearest

ID_COLUMNS = ("_id", "id", "doc_id", "query_id")
QUERY_COLUMNS = ("query-id", "query_id", "qid")
DOCUMENT_COLUMNS = ("corpus-id", "corpus_id", "doc_id", "docid", "pid")
GRADE_COLUMNS = ("score", "relevance", "rel")
TEXT_ENDINGS = (".jsonl", ".tsv", ".txt", ".parquet")
JUDGEMENT_FOLDERS = ("qrels", "data", "default")
TEST_SPLIT = "test"

LARGEST_GRADE = 1_000_000
"""Grades beyond it are refused; those of published sets are below 10."""


@dataclass(frozen=True)
class TextRows:
    """Ids and texts of a file; rows without a text are left out.

    Attributes:
        ids: all different.
        texts: none empty.
        empty: places of the rows that were left out, by their ids.
    """

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    empty: Mapping[str, str]


def read_folder(folder: Path, split: str | None = None) -> Dataset:
    """Read a dataset's folder.

    Args:
        folder: in the format of BEIR or MTEB.
        split: which judgements; ``test`` if the folder has several and none is named.

    Raises:
        InputError: if a file is missing, cannot be read, or has rows that cannot be used, by line.
    """
    corpus = read_texts(_files(folder, "corpus"), ("title", "text"))
    queries = read_texts(_files(folder, "queries"), ("text", "query"))
    rows = list(read_rows(_judgement_files(folder, split)))
    return assemble_dataset(folder.resolve().name, str(folder), corpus, queries, rows)


def assemble_dataset(
    name: str, source: str, corpus: TextRows, queries: TextRows, rows: Sequence[PlacedRow]
) -> Dataset:
    """Put together texts and judgements, and say what of them cannot be used.

    Raises:
        InputError: if a judgement cannot be read, or none is left.
    """
    judged, unknown_queries, unknown_documents = _judgements(source, corpus, queries, rows)
    relevant = {
        id_: {document: grade for document, grade in judged.get(id_, {}).items() if grade > 0}
        for id_ in queries.ids
    }
    kept = [row for row, id_ in enumerate(queries.ids) if relevant[id_]]
    known = set(corpus.ids)
    if not any(document in known for row in kept for document in judged[queries.ids[row]]):
        raise InputError(
            f"{source}: no judgement names a query and a document that are there "
            f"({len(rows):,} judgements, {len(queries.ids):,} queries, {len(corpus.ids):,} documents); "
            "expected the ids of corpus and queries"
        )
    unjudged = [id_ for id_ in queries.ids if id_ not in judged]
    without = [id_ for id_ in queries.ids if judged.get(id_) and not relevant[id_]]
    remarks = [
        *remark("empty documents", list(corpus.empty.values()), "have no text and are left out"),
        *remark("empty queries", list(queries.empty.values()), "have no text and are left out"),
        *remark("unknown queries", unknown_queries, "judgements name no query of the file and are left out"),
        *remark(
            "unknown documents",
            unknown_documents,
            "judgements name no document of the corpus; these count as not found, as in trec_eval",
        ),
        *remark("nothing relevant", without, "queries have no relevant document at all and are left out"),
        *remark("unjudged", unjudged, "queries have no judgement in this split and are left out"),
    ]
    return Dataset(
        name=name,
        ids=corpus.ids,
        texts=corpus.texts,
        query_ids=tuple(queries.ids[row] for row in kept),
        queries=tuple(queries.texts[row] for row in kept),
        relevant=tuple(relevant[queries.ids[row]] for row in kept),
        remarks=tuple(remarks),
    )


def read_texts(files: Sequence[Path], columns: Sequence[str]) -> TextRows:
    """Read ids and texts, of which several columns are joined by spaces.

    Raises:
        InputError: naming the rows without an id, with one that is taken, or without a column of text.
    """
    places: dict[str, str] = {}
    texts: dict[str, str] = {}
    empty: dict[str, str] = {}
    faults: list[str] = []
    for row in read_rows(files):
        id_ = text_cell(row, ID_COLUMNS)
        parts = [part.strip() for name in columns if (part := text_cell(row, (name,))) is not None]
        if not id_:
            faults.append(f"{row.place} has no id")
        elif id_ in places:
            faults.append(f"{row.place} has the id {id_!r} of {places[id_]}")
        elif not parts and any(row.cells.get(name) is not None for name in columns):
            faults.append(f"{row.place} ({id_!r}) has a text that is no text")
        elif not parts:
            faults.append(f"{row.place} ({id_!r}) has no {columns[-1]}")
        else:
            text = " ".join(filter(None, parts))
            places[id_] = row.place
            (texts if text else empty)[id_] = text if text else f"{id_!r} in {row.place}"
    where = str(files[0].parent)
    refuse(where, faults, f"in each row an id of its own (_id) and a text ({' and '.join(columns)})")
    return TextRows(tuple(texts), tuple(texts.values()), empty)


def _judgements(
    source: str, corpus: TextRows, queries: TextRows, rows: Sequence[PlacedRow]
) -> tuple[dict[str, dict[str, int]], list[str], list[str]]:
    """Return grades by query and document, and the judgements of unknown queries and unknown documents.

    Raises:
        InputError: naming the rows that are no judgements.
    """
    documents, known = set(corpus.ids) | set(corpus.empty), set(queries.ids) | set(queries.empty)
    judged: dict[str, dict[str, int]] = {}
    faults: list[str] = []
    unknown_queries: list[str] = []
    unknown_documents: list[str] = []
    for row in rows:
        query, document = text_cell(row, QUERY_COLUMNS), text_cell(row, DOCUMENT_COLUMNS)
        grade = _grade(row)
        if not query or not document:
            faults.append(f"{row.place} names no {'document' if query else 'query'}")
        elif grade is None:
            faults.append(f"{row.place} has the grade {_written_grade(row)}")
        elif judged.get(query, {}).get(document, grade) != grade:
            faults.append(f"{row.place} grades {query!r} and {document!r} a second time, otherwise")
        elif query not in known:
            unknown_queries.append(f"{query!r} in {row.place}")
        else:
            if document not in documents:
                unknown_documents.append(f"{document!r} in {row.place}")
            judged.setdefault(query, {})[document] = grade
    refuse(
        source,
        faults,
        "query-id, corpus-id and score (a whole number, 0 for not relevant, to a million) once a pair",
    )
    return judged, unknown_queries, unknown_documents


def _grade(row: PlacedRow) -> int | None:
    """Return the grade of a judgement; ``None`` if it is no whole number or too large; 1 if not given."""
    value = next((row.cells[name] for name in GRADE_COLUMNS if row.cells.get(name) is not None), 1)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return int(number) if abs(number) <= LARGEST_GRADE and number == int(number) else None


def _written_grade(row: PlacedRow) -> str:
    return next((f"{row.cells[name]!r}"[:40] for name in GRADE_COLUMNS if name in row.cells), "none")


def _files(folder: Path, name: str) -> list[Path]:
    """Return the files of the corpus or the queries: ``NAME.jsonl``, or all files of a folder of that name.

    Raises:
        InputError: if there are none.
    """
    single = [folder / f"{name}{ending}" for ending in TEXT_ENDINGS]
    found = [file for file in single if file.is_file()][:1]
    found = found or _inside(folder / name)
    if not found:
        there = ", ".join(sorted(entry.name for entry in folder.iterdir())[:8]) or "nothing"
        raise InputError(
            f"{folder} has no {name}.jsonl and no folder {name} with Parquet files (there is: {there}); "
            "expected a dataset in the format of BEIR or MTEB: corpus, queries and qrels"
        )
    return found


def _inside(folder: Path) -> list[Path]:
    """Return a folder's files of rows, all of the ending that comes first in :data:`TEXT_ENDINGS`."""
    for ending in TEXT_ENDINGS:
        found = sorted(folder.glob(f"*{ending}"))
        if found:
            return found
    return []


def _judgement_files(folder: Path, split: str | None) -> list[Path]:
    """Return the files with the judgements of a split.

    Raises:
        InputError: if there are none, or several splits and none of them is called ``test``.
    """
    single = [folder / f"qrels{ending}" for ending in TEXT_ENDINGS]
    found = [file for file in single if file.is_file()]
    for name in JUDGEMENT_FOLDERS:
        found = found or _inside(folder / name)
    if not found:
        raise InputError(f"{folder} has no qrels: expected qrels/test.tsv or qrels.jsonl, which queries need")
    splits: dict[str, list[Path]] = {}
    for file in found:
        splits.setdefault(file.stem.partition("-0")[0], []).append(file)
    if split is None and len(splits) == 1:
        return found
    wanted = split or TEST_SPLIT
    if wanted not in splits:
        raise InputError(
            f"{folder}: there are judgements of {', '.join(sorted(splits))}, and none of {wanted!r}"
            f"{nearest(wanted, splits)}; name one with --split"
        )
    return splits[wanted]
