"""Models without countable tokens: words looked up in tables, with all modules that may follow."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband as library
import small_models
from capable_encoders import capabilities_of
from conftest import Finished
from evenband import encoders
from evenband.encoders.local.engines.samples import normalised
from evenband.types import Vectors

torch = pytest.importorskip("torch")
sentence_transformers = pytest.importorskip("sentence_transformers")

WIDTH = 12
VOCABULARY = sorted(
    {*small_models.WORDS, "and", "of", "had", "that", "nothing", "would", "change", "listened"}
)
TEXTS = (
    *("let eat grandma", "please help the king and the queen", "the queen had listened", "stop"),
    *(
        "the king and the queen had listened and nothing would change",
        "stop hitting grandpa",
        "let eat grandma",
    ),
)


def words() -> Any:
    """A table of word vectors with the library's tokenizer of words."""
    from sentence_transformers.sentence_transformer import modules as parts
    from sentence_transformers.sentence_transformer.modules.tokenizer import WhitespaceTokenizer

    torch.manual_seed(0)
    table = torch.randn(len(VOCABULARY) + 1, WIDTH)
    return parts.WordEmbeddings(WhitespaceTokenizer(["[PAD]", *VOCABULARY], stop_words=[]), table)


def static() -> Any:
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    make: Any = StaticEmbedding
    torch.manual_seed(0)
    return make(small_models.tokenizer(causal=False, max_tokens=16)._tokenizer, embedding_dim=WIDTH)


def stack(name: str) -> list[Any]:
    from sentence_transformers.sentence_transformer import modules as parts

    torch.manual_seed(1)
    first = words()
    weights = {word: float(index % 3 + 1) for index, word in enumerate(VOCABULARY)}
    made: dict[str, Callable[[], list[Any]]] = {
        "words": lambda: [first, parts.Pooling(WIDTH)],
        "weights": lambda: [first, parts.WordWeights(["[PAD]", *VOCABULARY], weights), parts.Pooling(WIDTH)],
        "lstm": lambda: [first, parts.LSTM(WIDTH, 8), parts.Pooling(16, pooling_mode="max")],
        "cnn": lambda: [first, parts.CNN(WIDTH, 4), parts.Pooling(12)],
        "dense": lambda: [
            first,
            parts.Pooling(WIDTH),
            parts.Dense(WIDTH, 6),
            parts.LayerNorm(6),
            parts.Dropout(0.5),
        ],
        "bag": lambda: [
            parts.BoW(VOCABULARY, dict.fromkeys(VOCABULARY, 1.0)),
            parts.Dense(len(VOCABULARY), 6),
        ],
        "static": lambda: [static(), parts.Dense(WIDTH, 6), parts.Normalize()],
    }
    return made[name]()


STACKS = ("words", "weights", "lstm", "cnn", "dense", "bag", "static")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    saved: dict[str, Path] = {}

    def save(name: str) -> Path:
        if name not in saved:
            saved[name] = tmp_path_factory.mktemp(name) / name
            model = sentence_transformers.SentenceTransformer(modules=stack(name), device="cpu")
            model.save(str(saved[name]), create_model_card=False)
        return saved[name]

    return save


def alone(model: Any, texts: Sequence[str]) -> Vectors:
    return normalised(np.array([model.encode([text])[0] for text in texts]))


@pytest.mark.parametrize("name", STACKS)
def test_vectors_are_the_librarys_of_each_text_by_itself(folder: Callable[[str], Path], name: str) -> None:
    """Together, in parts and again; no token is counted, but a table tells what it reads."""
    encoder: Any = encoders.load(str(folder(name)))
    expected = alone(sentence_transformers.SentenceTransformer(str(folder(name)), device="cpu"), TEXTS)
    for texts, rows in ((TEXTS, slice(None)), (TEXTS[1:3], slice(1, 3))):
        np.testing.assert_allclose(normalised(encoder.encode(texts)), expected[rows], atol=5e-6)
        np.testing.assert_allclose(normalised(encoder.recompute(texts)), expected[rows], atol=5e-6)
    own = {"Batching", "Comparing", "Recomputing", "SelfChecking", "Versioned"}
    assert capabilities_of(encoder) == own | ({"Reading"} if name != "bag" else set())
    assert capabilities_of(encoders.load(str(folder(name)))) == capabilities_of(encoder)  # loaded later


def test_weighted_layers_of_a_transformer_are_those_of_the_library(tmp_path: Path) -> None:
    """WeightedLayerPooling between transformer and pooling."""
    from sentence_transformers.sentence_transformer import modules as parts

    base = sentence_transformers.SentenceTransformer(str(small_models.save(tmp_path)), device="cpu")
    base[0].auto_model.config.output_hidden_states = True
    weighted = parts.WeightedLayerPooling(32, num_hidden_layers=2, layer_start=1)
    model = sentence_transformers.SentenceTransformer(
        modules=[base[0], weighted, parts.Pooling(32)], device="cpu"
    )
    model.save(str(tmp_path / "weighted"), create_model_card=False)
    encoder = encoders.load(str(tmp_path / "weighted"))
    expected = alone(
        sentence_transformers.SentenceTransformer(str(tmp_path / "weighted"), device="cpu"), TEXTS
    )
    np.testing.assert_allclose(normalised(encoder.encode(TEXTS)), expected, atol=5e-6)


@pytest.mark.parametrize("name", ["words", "static"])
def test_a_live_model_without_tokens_is_wrapped(folder: Callable[[str], Path], name: str) -> None:
    """Its capabilities are told truly, too."""
    model = sentence_transformers.SentenceTransformer(str(folder(name)), device="cpu")
    encoder: Any = encoders.wrap(model)
    np.testing.assert_allclose(normalised(encoder.encode(TEXTS)), alone(model, TEXTS), atol=5e-6)
    assert capabilities_of(encoder) == {"Batching", "Reading", "Recomputing", "Versioned"}


def cut_at_four(folder: Path, name: str) -> Path:
    """Save a stack whose table reads four words of a text."""
    modules = stack(name)
    if name == "static":
        modules[0].tokenizer.enable_truncation(4)
    else:
        modules[0].max_seq_length = 4
    model = sentence_transformers.SentenceTransformer(modules=modules, device="cpu")
    model.save(str(folder), create_model_card=False)
    return folder


@pytest.mark.parametrize("is_live", [False, True])
@pytest.mark.parametrize("name", ["words", "lstm", "static"])
def test_what_a_table_of_words_cuts_is_counted_and_not_judged(
    tmp_path: Path, name: str, is_live: bool
) -> None:
    """Of six rows two differ behind the cut only: the figures are those of the other four."""
    path = cut_at_four(tmp_path / "model", name)
    model = sentence_transformers.SentenceTransformer(str(path), device="cpu") if is_live else str(path)
    rows = [
        *(
            ("let the king eat grandma", "let the king eat grandpa"),
            ("stop the king a queen", "stop the king a text"),
        ),
        *(("help the king", "help a king"), ("eat grandma", "eat the grandma"), ("stop", "stop please")),
        ("please help the queen for text", "help please for the queen text"),
    ]
    table = tmp_path / "rows.jsonl"
    table.write_text("".join(json.dumps({"a": a, "b": b}) + "\n" for a, b in rows), encoding="utf-8")
    [audit] = library.audit(model, table)
    assert audit.measurement.items == tuple(a for a, _ in rows[2:])
    cut = audit.measurement.details.truncation
    assert cut is not None
    assert (cut.labels, cut.sides, cut.total) == (3, (3, 3), 6)
    assert any(note.startswith("undecidable: 2 of 6 labels have") for note in audit.notes)


@pytest.mark.parametrize("name", ["static", "dense"])
def test_every_command_works_on_a_model_without_tokens(
    folder: Callable[[str], Path],
    name: str,
    tmp_path: Path,
    evenband: Callable[..., Finished],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Audit, explain, compare, report, parity; explain says why it does not look inside."""
    model, run = folder(name), tmp_path / "run"
    rows = tmp_path / "pairs.csv"
    changed = (
        ("let eat grandma", "let eat grandpa"),
        ("stop the king", "stop the queen"),
        *pairwise(TEXTS),
    )
    rows.write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in changed), encoding="utf-8")
    assert evenband("audit", model, "toy:chars", "-p", rows, "-o", run).code == 0
    label = library.read(run)[0].items[0]
    explained = evenband("explain", run, label, "-m", model.name)
    assert explained.code == 0, explained.err
    assert "cannot be looked into: it shows no tokens and no layers" in caplog.text
    assert evenband("compare", run).code == 0
    assert evenband("report", run).code == 0
    finished = evenband("parity", model, model, "-p", rows, "--engines", "auto,plain", "--tolerance", 1e-5)
    assert finished.code == 0, finished.err
