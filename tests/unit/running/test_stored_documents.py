"""A dataset's documents take their vectors from a store that has them, and figures stay what they were."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from conftest import Finished
from evenband import api, encoders
from evenband.analysis import OverlapAudit, RetrievalAudit
from evenband.errors import InputError
from evenband.running.stored_documents import KnownTexts, StoredDocuments, missing_of
from evenband.types import ModelSpec, Role, Vectors

pytest.importorskip("lance")

TEXTS = {"d1": "green tea", "d2": "roasted coffee", "d3": "hot cocoa", "d4": "cold milk", "d5": "red wine"}
QUERIES = {"q1": "tea", "q2": "coffee", "q3": "cocoa and milk"}


class Noting:
    """The toy model, which notes what it embeds in which role."""

    def __init__(self, ref: str = "toy:words") -> None:
        self._inner = encoders.load(ref)
        self.spec: ModelSpec = self._inner.spec
        self.embedded: dict[Role, list[str]] = {role: [] for role in Role}

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        self.embedded[role] += texts
        return self._inner.encode(texts, role)


@pytest.fixture(scope="module")
def drinks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of five documents, and a store of three of them in another order and a further one."""
    folder = tmp_path_factory.mktemp("sets") / "drinks"
    (folder / "qrels").mkdir(parents=True)
    for name, texts in (("corpus", TEXTS), ("queries", QUERIES)):
        lines = (json.dumps({"_id": id_, "text": text}) + "\n" for id_, text in texts.items())
        (folder / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    judged = "".join(f"q{n}\td{n}\t1\n" for n in (1, 2, 3))
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judged}", encoding="utf-8")
    stored = {"a": "hot cocoa", "b": "green tea", "c": "apple juice", "d": "red wine"}
    rows = (json.dumps({"_id": id_, "text": text}) for id_, text in stored.items())
    (folder.parent / "part.jsonl").write_text("\n".join(rows), encoding="utf-8")
    api.embed(folder.parent / "part.jsonl", "toy:words", folder.parent / "part")
    return folder


def found(folder: Path, models: object, **options: object) -> tuple[RetrievalAudit, OverlapAudit]:
    first, second = api.retrieve(folder, models, k=[1, 3], suite="quick", **options)  # type: ignore[arg-type]
    assert isinstance(first, RetrievalAudit)
    assert isinstance(second, OverlapAudit)
    return first, second


def test_only_documents_that_the_store_lacks_are_embedded(drinks: Path) -> None:
    """Figures and rankings equal those without a store; a note says how many vectors are from it."""
    plain, noting = found(drinks, Noting()), Noting()
    stored = found(drinks, noting, store=drinks.parent / "part")
    assert set(noting.embedded[Role.DOCUMENT]) == {"roasted coffee", "cold milk"}
    for one, other in zip(plain, stored, strict=True):
        assert np.array_equal(one.measurement.scores, other.measurement.scores)
        assert one.measurement.probe == other.measurement.probe
    assert np.array_equal(plain[0].measurement.details.first, stored[0].measurement.details.first)
    place = drinks.parent / "part"
    assert f"store: vectors of 5 documents, 3 from {place}, 2 embedded now" in stored[0].notes
    assert not [note for note in plain[0].notes if note.startswith("store")]


def test_queries_are_never_taken_from_a_store(drinks: Path) -> None:
    """A text in another role may have another vector; rows of the store come in the order asked for."""
    noting = Noting()
    wrapped = StoredDocuments(noting, KnownTexts(drinks.parent / "part"))
    texts = ["red wine", "new", "green tea", "red wine"]
    vectors = wrapped.encode(texts, Role.DOCUMENT)
    assert np.array_equal(vectors, encoders.load("toy:words").encode(texts, Role.DOCUMENT))
    wrapped.encode(["red wine"], Role.QUERY)
    assert (noting.embedded[Role.DOCUMENT], noting.embedded[Role.QUERY]) == (["new"], ["red wine"])
    assert wrapped.encode([], Role.DOCUMENT).shape == (0, noting.spec.dim)
    assert missing_of([KnownTexts(drinks.parent / "part")], texts) == ("new",)
    assert missing_of([], texts) == tuple(texts)


def test_the_model_of_a_store_is_taken_if_none_is_named(drinks: Path) -> None:
    """BM25 beside it needs no store."""
    audits = api.retrieve(drinks, ["bm25"], k=[1], store=[drinks.parent / "part"])
    assert [one.measurement.subject.name for one in audits] == ["toy-words", "bm25"]


def test_a_store_that_does_not_fit_is_refused(drinks: Path, tmp_path: Path) -> None:
    """Another model by the field that differs; another corpus; a store as dataset; a folder that is none."""
    part = drinks.parent / "part"
    with pytest.raises(InputError, match=r"part has vectors of 'toy:words' with \w+ = .* 'toy:chars' has"):
        found(drinks, "toy:chars", store=part)
    (tmp_path / "other.jsonl").write_text('{"_id": "x", "text": "nothing of it"}', encoding="utf-8")
    api.embed(tmp_path / "other.jsonl", "toy:words", tmp_path / "other")
    with pytest.raises(InputError, match=r"holds none of the 5 documents of .*drinks, by their texts"):
        found(drinks, "toy:words", store=tmp_path / "other")
    (tmp_path / "q.txt").write_text("tea", encoding="utf-8")
    with pytest.raises(InputError, match="is a store, whose own vectors are searched; leave --store out"):
        api.retrieve(part, [], queries=tmp_path / "q.txt", store=part)
    with pytest.raises(InputError, match="is no store; make one with"):
        found(drinks, "toy:words", store=tmp_path)


def test_an_option_of_python_adds_bm25(drinks: Path) -> None:
    """``bm25=True`` is what ``--bm25`` is."""
    audits = api.retrieve(drinks, "toy:words", k=[1], bm25=True)
    assert [one.measurement.subject.name for one in audits] == ["toy-words", "bm25"]


def test_the_command_takes_a_store(drinks: Path, evenband: Callable[..., Finished]) -> None:
    """Of the note, the terminal has the number of documents."""
    done = evenband("retrieve", drinks, "--store", drinks.parent / "part", "-k", "1")
    assert done.code == 0, done.err
    assert "store: vectors of 5 documents, 3 from" in done.out.replace("\n", " ")
