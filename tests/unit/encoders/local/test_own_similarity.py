"""A folder's own similarity is found in its configuration and in the length of its vectors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import small_models

sentence_transformers = pytest.importorskip("sentence_transformers")

ROWS = [
    {"query": f"words of {k}", "relevant": f"a text on {k} that is long", "irrelevant": f"{k} of words"}
    for k in (
        "bread",
        "rain",
        "snow",
        "tea",
        "light",
        "sand",
        "wine",
        "salt",
        "glass",
        "wood",
        "iron",
        "silk",
    )
]


def _folder(where: Path, similarity: str | None, *, normalize: bool) -> Path:
    folder = small_models.save(where, normalize=normalize)
    file = folder / "config_sentence_transformers.json"
    file.write_text(
        json.dumps({**json.loads(file.read_text(encoding="utf-8")), "similarity_fn_name": similarity}),
        encoding="utf-8",
    )
    return folder


@pytest.mark.parametrize(
    ("declared", "normalize", "options", "expected"),
    [
        ("dot", False, "", "dot"),
        ("dot", True, "", "cosine"),
        ("dot", True, "?dim=8", "dot"),
        ("euclidean", False, "", "euclidean"),
        ("manhattan", True, "", "manhattan"),
        ("cosine", False, "", "cosine"),
        (None, False, "", "cosine"),
    ],
)
def test_the_configuration_counts_where_the_length_does(
    tmp_path: Path, declared: str | None, normalize: bool, options: str, expected: str
) -> None:
    """Unit vectors rank alike by cosine, dot and euclidean distance; cut ones are not of length one."""
    folder = _folder(tmp_path, declared, normalize=normalize)
    spec = evenband.load(f"{folder}{options}").spec
    again = evenband.load(f"{folder}{options}").spec
    assert (spec.similarity, again.similarity) == (expected, expected), "loaded, and from its record"
    model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    before = dict(vars(model))
    if not options:
        assert evenband.wrap(model).spec.similarity == expected
        assert vars(model)["_similarity_fn_name"] == before["_similarity_fn_name"]


@pytest.mark.parametrize("similarity", ["dot", "euclidean", "manhattan"])
def test_the_pass_rate_is_that_of_the_models_own_similarity(tmp_path: Path, similarity: str) -> None:
    """The oracle is ``similarity_pairwise`` of sentence-transformers on the same folder."""
    folder = _folder(tmp_path, similarity, normalize=False)
    file = tmp_path / "pairs.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in ROWS), encoding="utf-8")
    [audit] = evenband.audit(str(folder), str(file))
    model: Any = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    query, *documents = (model.encode([row[key] for row in ROWS]) for key in ROWS[0])
    near, far = (model.similarity_pairwise(query, one).numpy() for one in documents)
    assert audit.summary.pass_rate.value == pytest.approx(np.mean(near > far))
    assert audit.measurement.details.own[0][:, 0] == pytest.approx(near, rel=1e-4)
    assert audit.notes[0].startswith(f"similarity: this model is made for {similarity}")


def test_a_live_model_that_changes_its_similarity_is_another_subject(tmp_path: Path) -> None:
    """The same weights by another similarity: noticed at the next use."""
    folder = _folder(tmp_path, None, normalize=False)
    model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    encoder = evenband.wrap(model)
    before = encoder.spec
    model.similarity_fn_name = "dot"
    assert (before.similarity, encoder.spec.similarity) == ("cosine", "dot")
    assert encoder.spec.vector_digest == before.digest


def test_a_similarity_that_is_not_known_is_noted(tmp_path: Path) -> None:
    """Compared by cosine, and said so, with the name in the configuration."""
    spec = evenband.load(_folder(tmp_path, "max_sim", normalize=False)).spec
    assert spec.similarity == "cosine"
    assert any("'max_sim'" in note and "compared by cosine" in note for note in spec.notes)
