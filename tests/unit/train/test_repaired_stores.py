"""Stores of documents, corrected by a repair's map without embedding anything again."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import evenband
import small_models
from evenband.cli import main
from evenband.corpora.document_store import DocumentStore
from evenband.errors import InputError
from evenband.train.repair_folder import RepairFolder
from evenband.train.repair_models import save_repaired
from evenband.train.repaired_stores import repair_store

pytest.importorskip("lance")

WORDS = ("grandma", "captain", "river", "doctor", "stone", "lawyer", "sailor", "king")
DOCUMENTS = [
    {"_id": f"d{n}", "text": f"the {a} and the {b}", "page": n}
    for n, (a, b) in enumerate((a, b) for a in WORDS for b in WORDS if a < b)
]
QUERIES = ["a doctor by the river", "the king", "sailor and lawyer"]


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return write(tmp_path, DOCUMENTS)


def write(folder: Path, documents: list[dict[str, object]]) -> Path:
    path = folder / "corpus.jsonl"
    path.write_text("".join(json.dumps(one) + "\n" for one in documents), encoding="utf-8")
    return path


def repair_of(ref: str, folder: Path) -> RepairFolder:
    """A repair with a random map, and the model with it where that is a local one."""
    spec = evenband.load(ref).spec
    repair = RepairFolder(folder)
    matrix = repair.write_matrix(np.random.default_rng(0).normal(size=(spec.dim, spec.dim)))
    repair.write_record({"normalize": True, "model": spec.to_dict()})
    save_repaired(ref, matrix, True, repair, False)
    return repair


def found(store: Path) -> list[list[tuple[str, float]]]:
    hits = evenband.open_store(store).search(QUERIES, k=5)
    return [[(one.id, round(one.score, 4)) for one in row] for row in hits]


@pytest.mark.parametrize("ref", ["toy:chars", "network"])
def test_a_mapped_store_is_the_one_that_the_repaired_model_makes(
    ref: str, corpus: Path, tmp_path: Path
) -> None:
    """Documents, vectors, model and search results are those of an embedding by the repaired model."""
    if ref == "network":
        pytest.importorskip("sentence_transformers")
        ref = str(small_models.save(tmp_path / "base"))
    evenband.embed(corpus, ref, tmp_path / "store")
    repair = repair_of(ref, tmp_path / "repair")
    done = repair_store(tmp_path / "store", repair.path, tmp_path / "mapped")
    assert (done.documents, done.new, done.unchanged) == (len(DOCUMENTS), len(DOCUMENTS), 0)
    mapped = DocumentStore(tmp_path / "mapped")
    evenband.embed(corpus, mapped.model.ref, tmp_path / "anew")
    anew = DocumentStore(tmp_path / "anew")
    assert mapped.model.vector_digest == anew.model.vector_digest
    assert (mapped.ids(), mapped.digests()) == (anew.ids(), anew.digests())
    np.testing.assert_allclose(mapped.vectors(), anew.vectors(), atol=1e-5)
    assert found(tmp_path / "mapped") == found(tmp_path / "anew") != found(tmp_path / "store")
    with pytest.raises(InputError, match="use the store's model"):
        evenband.open_store(tmp_path / "mapped", ref).search("the king")


def test_a_second_call_brings_what_has_changed(corpus: Path, tmp_path: Path) -> None:
    """New, changed and deleted documents of the store are so in the mapped one; nothing else is written."""
    evenband.embed(corpus, "toy:chars", tmp_path / "store")
    repair = repair_of("toy:chars", tmp_path / "repair")
    repair_store(tmp_path / "store", repair.path, tmp_path / "mapped")
    changed: list[dict[str, object]] = [
        {**DOCUMENTS[0], "text": "a stone"},
        *DOCUMENTS[2:],
        {"_id": "new", "text": "one more"},
    ]
    evenband.embed(write(tmp_path, changed), None, tmp_path / "store", prune=True)
    done = repair_store(tmp_path / "store", repair.path, tmp_path / "mapped")
    assert (done.new, done.changed, done.deleted, done.documents) == (1, 1, 1, len(DOCUMENTS))
    again = repair_store(tmp_path / "store", repair.path, tmp_path / "mapped")
    assert (again.new, again.changed, again.deleted, again.unchanged) == (0, 0, 0, len(DOCUMENTS))


def test_what_does_not_fit_is_refused(corpus: Path, tmp_path: Path) -> None:
    """Another model's store, a store that is mapped already, and a map that is not this model's any more."""
    evenband.embed(corpus, "toy:chars", tmp_path / "store")
    evenband.embed(corpus, "toy:words", tmp_path / "words")
    repair = repair_of("toy:chars", tmp_path / "repair")
    repair_store(tmp_path / "store", repair.path, tmp_path / "mapped")
    for wrong in ("words", "mapped"):
        with pytest.raises(InputError, match="has vectors of"):
            repair_store(tmp_path / wrong, repair.path, tmp_path / "other")
    pytest.importorskip("sentence_transformers")
    base = str(small_models.save(tmp_path / "base"))
    network = repair_of(base, tmp_path / "second")
    evenband.embed(corpus, base, tmp_path / "third")
    network.write_matrix(np.random.default_rng(1).normal(size=np.load(network.matrix).shape))
    with pytest.raises(InputError, match="its model gives other vectors"):
        repair_store(tmp_path / "third", network.path, tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_the_command_maps_a_store(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """``embed STORE --repair DIR -o NEW`` maps; options of an embedding are refused by their name."""
    evenband.embed(corpus, "toy:chars", tmp_path / "store")
    repair = repair_of("toy:chars", tmp_path / "repair")

    def run(*options: str) -> int:
        arguments = [
            "embed",
            str(tmp_path / "store"),
            "--repair",
            str(repair.path),
            "-o",
            str(tmp_path / "new"),
        ]
        monkeypatch.setattr("sys.argv", ["evenband", *arguments, "-q", *options])
        with pytest.raises(SystemExit) as exit_:
            main()
        return int(exit_.value.code or 0)

    assert run("--text", "title") == 2
    assert "--text goes with an embedding" in capsys.readouterr().err
    assert run() == 0
    assert f"{len(DOCUMENTS)} documents ({len(DOCUMENTS)} new)" in capsys.readouterr().out
    assert len(found(tmp_path / "new")) == len(QUERIES)
