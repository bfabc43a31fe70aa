"""Rerankers: the library's own scores, whatever the format they are saved in, and refusals in one line."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models
from evenband import encoders
from evenband.encoders import CachedReranker, SkippingReranker, VectorStore
from evenband.encoders.rerank import cross_encoder, rerankers
from evenband.encoders.rerank.score_cache import score_model_key
from evenband.errors import InputError, ModelError
from evenband.types import ModelSpec, Reranker, Scores

sentence_transformers = pytest.importorskip("sentence_transformers")

PAIRS = [
    ("let's eat, grandma", "let's eat grandma"),
    ("please help the king", "stop hitting, queen"),
    ("a", ""),
    ("", "the king and the queen"),
    ("let's eat, grandma", "the queen " * 60),
    ("let's eat, grandma", "let's eat grandma"),
]
KINDS = ("cross-encoder", "cross-encoder of old", "late interaction")


def by_library(kind: str, folder: Path, pairs: list[tuple[str, str]]) -> Any:
    """What sentence-transformers itself makes of the pairs."""
    if kind != "late interaction":
        return sentence_transformers.CrossEncoder(str(folder), device="cpu").predict(pairs)
    model = sentence_transformers.MultiVectorEncoder(str(folder), device="cpu")
    queries, documents = zip(*pairs, strict=True)
    return model.similarity_pairwise(
        model.encode_query(list(queries)), model.encode_document(list(documents))
    ).numpy()


@pytest.mark.parametrize("kind", KINDS)
def test_scores_are_the_librarys_in_float64_and_input_order(
    kind: str, reranker_folder: Callable[[str], Path]
) -> None:
    """To 1e-6, for cut, empty and repeated texts too; no pairs have no scores."""
    folder = reranker_folder(kind)
    reranker = encoders.load_reranker(str(folder), device="cpu")
    assert isinstance(reranker, Reranker)
    scores = reranker.score(PAIRS)
    assert scores.dtype == np.float64
    assert scores.shape == (len(PAIRS),)
    expected = by_library(kind, folder, PAIRS)
    np.testing.assert_allclose(scores, expected, atol=1e-6 * np.abs(expected).max())
    assert np.ptp(expected) > 0.01
    assert reranker.score([]).shape == (0,)
    spec = reranker.spec
    assert (spec.dim, spec.similarity, len(spec.revision)) == (1, "relevance", 32)


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_is_recognised_and_loaded_as_what_it_is(
    kind: str, reranker_folder: Callable[[str], Path]
) -> None:
    """By the one call that an audit makes; what needs vectors says that it has none."""
    ref = f"mine={reranker_folder(kind)}"
    model = encoders.load_model(ref)
    assert isinstance(model, Reranker)
    assert model.spec.name == "mine"
    assert isinstance(encoders.load_model("toy:words"), encoders.load("toy:words").__class__)
    with pytest.raises(ModelError, match=r"it has no vectors, so that only `evenband audit` measures it"):
        encoders.load(ref)
    assert encoders.content_of(ref) == model.spec.revision


def test_what_makes_the_score_of_a_live_model_is_part_of_its_identity(
    reranker_folder: Callable[[str], Path],
) -> None:
    """Neither an activation nor MaxSim is among the weights; another one is another model."""
    import torch

    model = sentence_transformers.CrossEncoder(str(reranker_folder("cross-encoder")), device="cpu")
    live = encoders.wrap_reranker(model, "mine")
    digests = []
    for activation in (torch.nn.Identity(), torch.nn.Softplus(2), torch.nn.Softplus(3)):
        model.activation_fn = activation
        digests.append(live.spec.digest)
    assert len(set(digests)) == 3
    np.testing.assert_allclose(live.score(PAIRS), model.predict(PAIRS), atol=1e-6)
    late = sentence_transformers.MultiVectorEncoder(str(reranker_folder("late interaction")), device="cpu")
    live = encoders.wrap_reranker(late, "late")
    before, scores = live.spec, live.score(PAIRS)
    late.similarity_fn_name = "meanmaxsim"
    assert live.spec.digest != before.digest
    assert live.spec.options["score"] == "meanmaxsim"
    assert np.abs(live.score(PAIRS) - scores).max() > 1e-3


def test_what_is_no_reranker_is_refused_in_one_line(tmp_path: Path) -> None:
    """Embedding models, schemes, classifiers, and a checkpoint whose projection would be random."""
    embedding = small_models.save(tmp_path / "e")
    with pytest.raises(ModelError, match="is not a reranker but an embedding model"):
        encoders.load_reranker(str(embedding))
    with pytest.raises(InputError, match="'toy:words' is no reranker"):
        encoders.load_reranker("toy:words")
    classifier = small_models.save_cross_encoder(tmp_path / "c", labels=3)
    with pytest.raises(ModelError, match="gives 3 numbers for each pair, as a classifier does"):
        encoders.load_reranker(str(classifier))
    bare = small_models.save_late(tmp_path / "l").parent / "base"
    (bare / "artifact.metadata").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match=r"without its projection \(BertModel\)"):
        encoders.load_reranker(str(bare))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("?dim=8", r"has no option 'dim' \(the options are: dtype, max_tokens\)"),
        ("?quantize=int8", "has no option 'quantize'"),
        ("?max_tokens=999", "expected 48 or less"),
        ("?max_tokens=4", "expected 5 or more"),
        ("?dtype=int3", "got dtype='int3'"),
    ],
)
def test_options_that_a_reranker_does_not_take_are_refused(
    options: str, words: str, reranker_folder: Callable[[str], Path]
) -> None:
    """Each by its name, before anything is scored."""
    with pytest.raises(InputError, match=words):
        encoders.load_model(f"{reranker_folder('cross-encoder')}{options}")


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_model_reads_of_a_pair_is_told(kind: str, reranker_folder: Callable[[str], Path]) -> None:
    """Cut pairs, pairs that are the same to it, and pairs that differ behind the cut only."""
    reranker: Any = encoders.load_reranker(str(reranker_folder(kind)), device="cpu")
    far = "the queen " * 60
    readings = reranker.read_pairs(
        [("a", "king"), ("A", "King"), ("king", "a"), ("a", far + "king"), ("a", far + "grandma")]
    )
    assert readings.is_cut.tolist() == [False, False, False, True, True]
    keys, whole = readings.keys.tolist(), readings.whole.tolist()
    assert keys[0] == keys[1] != keys[2]
    assert keys[3] == keys[4]
    assert whole[3] != whole[4]
    scores = reranker.score([("a", far + "king"), ("a", far + "grandma")])
    assert scores[0] == pytest.approx(scores[1], abs=1e-6)


def test_a_query_of_colbert_is_cut_at_its_own_length(tmp_path: Path) -> None:
    """Queries are filled up to eight tokens, and cut there; documents are not."""
    folder = small_models.save_late(tmp_path, expanded=8)
    reranker: Any = encoders.load_reranker(str(folder), device="cpu")
    long = "the king and the queen please help the king"
    readings = reranker.read_pairs([("the king", "a"), (long, "a"), (long + " stop", "a"), ("a", long)])
    assert readings.is_cut.tolist() == [False, True, True, False]
    assert readings.keys[1] == readings.keys[2]
    pairs = [("the king", "a"), (long, "a"), (long + " stop", "a")]
    scores = reranker.score(pairs)
    np.testing.assert_allclose(scores, by_library("late interaction", folder, pairs), atol=1e-5)
    assert scores[1] == pytest.approx(scores[2], abs=1e-6)


def test_pairs_are_read_a_batch_at_a_time(
    reranker_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the tokens of many pairs are never in memory together; only long ones are read twice."""
    reranker: Any = encoders.load_reranker(str(reranker_folder("cross-encoder")), device="cpu")
    whole = reranker.read_pairs(PAIRS)
    sizes: list[tuple[int, bool]] = []
    tokens = reranker._tokens

    def counted(pairs: Any, *, cut: bool) -> Any:
        sizes.append((len(pairs), cut))
        return tokens(pairs, cut=cut)

    monkeypatch.setattr(reranker, "_tokens", counted)
    monkeypatch.setattr(cross_encoder, "PAIRS_PER_READING", 2)
    parts = reranker.read_pairs(PAIRS)
    assert sizes == [(2, False), (2, False), (2, False), (1, True)]
    for name in ("keys", "whole", "counts", "is_cut"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))
    assert whole.is_cut.tolist() == [False] * 4 + [True, False]
    assert len(reranker.read_pairs([]).keys) == 0


def test_the_models_own_activation_makes_the_scores(
    reranker_folder: Callable[[str], Path], tmp_path: Path
) -> None:
    """A sigmoid of what Identity leaves as it is; both are named, and so are their cached scores apart."""
    scores, keys = {}, set()
    for name, module in (("Sigmoid", "activation"), ("Identity", "linear")):
        shutil.copytree(reranker_folder("cross-encoder"), tmp_path / name)
        settings = tmp_path / name / "config_sentence_transformers.json"
        text = settings.read_text(encoding="utf-8").replace("activation.Sigmoid", f"{module}.{name}")
        settings.write_text(text, encoding="utf-8")
        loaded = encoders.load_reranker(str(tmp_path / name), device="cpu")
        assert loaded.spec.options["activation"] == name
        scores[name] = loaded.score(PAIRS)
        keys.add(score_model_key(loaded))
    np.testing.assert_allclose(scores["Sigmoid"], 1 / (1 + np.exp(-scores["Identity"])), atol=1e-6)
    assert np.abs(scores["Identity"] - scores["Sigmoid"]).max() > 0.1
    assert len(keys) == 2


def test_scores_of_other_options_are_cached_apart(reranker_folder: Callable[[str], Path]) -> None:
    """Another length or number format is another model."""
    folder = reranker_folder("cross-encoder")
    options = ("", "?max_tokens=20", "?dtype=bfloat16")
    loaded = [encoders.load_reranker(f"{folder}{one}", device="cpu") for one in options]
    assert len({score_model_key(one) for one in loaded}) == 3


@pytest.mark.parametrize("limit", [12, 20])
def test_a_small_limit_does_not_make_loading_big(
    limit: int, reranker_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two texts far beyond it, read together, would make gigabytes of cut-off combinations."""
    asked: list[int] = []
    library = sentence_transformers.CrossEncoder.preprocess

    def preprocess(self: Any, inputs: Any, **options: Any) -> Any:
        asked.extend(min(len(query.split()), len(document.split())) for query, document in inputs)
        return library(self, inputs, **options)

    monkeypatch.setattr(sentence_transformers.CrossEncoder, "preprocess", preprocess)
    encoders.load_reranker(f"{reranker_folder('cross-encoder')}?max_tokens={limit}", device="cpu")
    assert max(asked) == limit


class Counting:
    """A reranker that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.spec = ModelSpec("count", "count", "test", "1", "float64", 1, similarity="relevance")

    def score(self, pairs: Any) -> Scores:
        self.asked += pairs
        return np.array([len(a) / 3 + len(b) / 7 for a, b in pairs])


def test_cached_scores_come_back_bit_for_bit_and_are_computed_once(tmp_path: Path) -> None:
    """Also those that float32 cannot hold, and pairs whose texts together are the same."""
    pairs = [("ab", "c"), ("a", "bc"), ("ab", "c"), ("", "abc"), ("abc", "")]
    inner = Counting()
    first = CachedReranker(inner, VectorStore(tmp_path)).score(pairs)
    assert sorted(inner.asked) == sorted(set(pairs))
    again = Counting()
    second = CachedReranker(again, VectorStore(tmp_path)).score(pairs[::-1])
    assert again.asked == []
    np.testing.assert_array_equal(first, second[::-1])
    np.testing.assert_array_equal(first, Counting().score(pairs))


def test_a_score_that_is_no_number_names_the_pair(tmp_path: Path) -> None:
    """Nothing of it is stored."""

    class Broken(Counting):
        def score(self, pairs: Any) -> Scores:
            return np.array([np.nan if a == "bad" else 1.0 for a, _ in pairs])

    cached = CachedReranker(Broken(), VectorStore(tmp_path))
    with pytest.raises(ModelError, match="scored 'bad' with 'x' as NaN"):
        cached.score([("bad", "x")])
    with pytest.raises(InputError, match=r"pair 0 is \('a',\), expected a query and a document"):
        cached.score([("a",)])  # type: ignore[list-item]


def test_a_live_reranker_stays_as_it_is_and_its_spec_follows_its_weights(
    reranker_folder: Callable[[str], Path],
) -> None:
    """Training mode and random state are kept; a step of training gives another revision."""
    import torch

    model = sentence_transformers.CrossEncoder(str(reranker_folder("cross-encoder")), device="cpu")
    reranker = encoders.wrap_reranker(model, "mine")
    model.train()
    before, state = reranker.spec, torch.get_rng_state()
    scores = reranker.score(PAIRS)
    assert model.training
    assert torch.equal(state, torch.get_rng_state())
    model.eval()
    np.testing.assert_allclose(scores, model.predict(PAIRS), atol=1e-6)
    with torch.no_grad():
        next(model.parameters()).add_(1.0)
    assert reranker.spec.revision != before.revision
    with pytest.raises(InputError, match="expected a CrossEncoder or MultiVectorEncoder"):
        encoders.wrap_reranker(torch.nn.Linear(2, 2))


def test_a_reranker_that_was_loaded_before_is_loaded_when_it_must_score(
    reranker_folder: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its spec, and scores in the cache, need no model; a new pair loads it, once, to the same score."""
    monkeypatch.setenv("EVENBAND_CACHE", str(tmp_path))
    ref, opened = str(reranker_folder("cross-encoder")), []
    first = encoders.load_reranker(ref, name="first")
    scores = CachedReranker(first).score(PAIRS)
    real = rerankers._open

    def opening(*given: Any) -> Any:
        opened.append(1)
        return real(*given)

    monkeypatch.setattr(rerankers, "_open", opening)
    again = encoders.load_reranker(ref, name="again")
    assert isinstance(again, Reranker)
    assert (again.spec.digest, again.spec.name) == (first.spec.digest, "again")
    assert CachedReranker(again).score(PAIRS).tolist() == scores.tolist()
    assert opened == []
    new = [("the king", "let's eat grandma"), PAIRS[0]]
    np.testing.assert_allclose(again.score(new), first.score(new), atol=1e-6)
    assert again.score(new[:1]).shape == (1,)
    assert opened == [1]


def test_pairs_that_a_reranker_cannot_score_are_found(caplog: pytest.LogCaptureFixture) -> None:
    """By halving; the others keep their scores. Where an ordinary pair fails, too, the model is to blame."""

    class Picky:
        spec = ModelSpec("test:picky", "picky", "test", "1", "float64", 1, similarity="relevance")
        works = True

        def score(self, pairs: Sequence[tuple[str, str]]) -> Scores:
            if not self.works or any("bad" in text for pair in pairs for text in pair):
                raise ModelError("a token beyond its vocabulary")
            return np.array([float(len(query)) for query, _ in pairs])

    pairs = [("a", "good"), ("bb", "bad"), ("ccc", "good"), ("bad", "good")]
    skipping = SkippingReranker(Picky())
    assert skipping.covers_pairs(pairs).tolist() == [True, False, True, False]
    assert skipping.score([pairs[0], pairs[2]]).tolist() == [1.0, 3.0]
    assert "cannot score 'bb' with 'bad': a token beyond its vocabulary" in caplog.text
    broken = SkippingReranker(Picky())
    broken.inner.works = False  # type: ignore[attr-defined]
    with pytest.raises(ModelError, match="a token beyond its vocabulary"):
        broken.covers_pairs(pairs)
