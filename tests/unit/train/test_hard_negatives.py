"""Hard negatives from a corpus."""

from __future__ import annotations

from pathlib import Path

import pytest

import small_models
from evenband.errors import InputError
from evenband.train import HardNegatives, read_negatives, tune
from evenband.train.coverage_checks import read_corpus
from evenband.train.training_examples import of_rows

pytest.importorskip("datasets")

CORPUS = ("the king", "the king and queen", "stop hitting", "grandma", "please help", "zq 1 2 3")


def test_negatives_are_near_texts_that_are_clearly_farther_than_the_positive(tmp_path: Path) -> None:
    """The positive itself is none, and each is among the corpus; the record of a training keeps them."""
    base = small_models.save(tmp_path)
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(base), device="cpu")
    pairs = of_rows(
        [("the king", "the king"), ("stop hitting", "stop hitting queen"), ("grandma", "grandpa")]
    )
    negatives = HardNegatives(CORPUS, 2)
    tuned = tune(base, pairs, out=tmp_path / "out", hard_negatives=negatives, loss="triplet", steps=1)
    assert tuned.loss == "triplet"
    assert tuned.examples % 2 == 0
    from evenband.train.tuning_options import TuningOptions

    mined = negatives.mine(model, pairs, TuningOptions(), None)
    assert mined.names == ("anchor", "positive", "negative_1", "negative_2")
    for anchor, positive, *others in zip(*mined.texts, strict=True):
        vectors = model.encode([anchor, positive, *others])
        near, *far = (vectors[1:] @ vectors[0]).tolist()
        assert set(others) <= {*CORPUS, *pairs.texts[1]} - {positive}
        assert max(far) <= near - 0.05 * abs(near) + 1e-6
        assert far == sorted(far, reverse=True)
    again = tune(base, pairs, out=tmp_path / "out", hard_negatives=negatives, loss="triplet", steps=1)
    assert again.was_finished
    with pytest.raises(InputError, match="another hard negatives"):
        tune(
            base,
            pairs,
            out=tmp_path / "out",
            hard_negatives=HardNegatives(CORPUS[:5], 2),
            loss="triplet",
            steps=1,
        )


def test_a_corpus_needs_no_ids_and_enough_texts(tmp_path: Path) -> None:
    """Triplets have negatives already."""
    path = tmp_path / "corpus.csv"
    path.write_text("title,text\nA,one\nB,two\nA,one\n", encoding="utf-8")
    assert read_negatives(path).texts == ("A one", "B two")
    with pytest.raises(InputError, match="got 2 texts for 3 negatives of each pair"):
        read_negatives(path, 3)
    with pytest.raises(InputError, match="hard negatives are mined for pairs; examples has triplets"):
        HardNegatives(CORPUS).placeholder(of_rows([("a", "b", "c")]))


def test_a_corpus_without_a_column_of_texts_is_refused(tmp_path: Path) -> None:
    """In words that name no option, since neither command has one for it."""
    path = tmp_path / "pairs.csv"
    path.write_text("question,answer\nq,a\n", encoding="utf-8")
    for read in (read_negatives, read_corpus):
        with pytest.raises(InputError, match="expected one called text; rename the column") as error:
            read(path)
        assert "--text" not in str(error.value)
