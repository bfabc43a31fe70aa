"""Static models: model2vec and sentence-transformers are the oracles."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband as library
import small_models
from capable_encoders import capabilities_of
from conftest import Finished
from evenband import encoders
from evenband.errors import InputError, MissingExtraError, ModelError
from evenband.types import Role, Vectors

pytest.importorskip("tokenizers")
pytest.importorskip("safetensors")

WIDTH = 12
TEXTS = (
    *("let's eat, grandma", "please help the king", "the king help please", "grandma 漢 eat", "a"),
    "the king and the queen, who had listened, said that nothing would change",
    "let eat grandma " * 300,
)
UNKNOWN = ("漢字", "", "  ")


def backend() -> Any:
    words = small_models.tokenizer(causal=False, max_tokens=16)._tokenizer
    words.no_truncation()
    words.no_padding()
    return words


def table(rows: int, seed: int = 0) -> Vectors:
    return np.random.default_rng(seed).normal(size=(rows, WIDTH)).astype(np.float32)


KINDS: dict[str, Callable[[int], dict[str, Any]]] = {
    "plain": lambda size: {"vectors": table(size)},
    "normalized": lambda size: {"vectors": table(size), "normalize": True},
    "int8": lambda size: {"vectors": (table(size) * 30).astype(np.int8)},
    "float16": lambda size: {"vectors": table(size).astype(np.float16), "normalize": True},
    "clustered": lambda size: {
        "vectors": table(9),
        "token_mapping": np.arange(size) % 9,
        "weights": np.linspace(0.1, 2, size),
    },
    "short": lambda size: {"vectors": table(size), "max_length": 3},
    "endless": lambda size: {"vectors": table(size), "max_length": None},
}
"""Arguments of model2vec's StaticModel over a vocabulary of so many tokens."""


def saved(folder: Path, kind: str = "plain", **changes: Any) -> Path:
    model2vec = pytest.importorskip("model2vec")
    words = backend()
    made = {**KINDS[kind](words.get_vocab_size()), **changes}
    model2vec.StaticModel(tokenizer=words, **made).save_pretrained(str(folder))
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_are_model2vecs(tmp_path: Path, kind: str) -> None:
    """In every format that it saves, unknown tokens left out and long texts cut as it cuts them."""
    folder = saved(tmp_path / "m", kind)
    oracle = pytest.importorskip("model2vec").StaticModel.from_pretrained(str(folder))
    encoder = encoders.load(str(folder))
    expected = np.asarray(oracle.encode(list(TEXTS)), dtype=np.float32)
    atol = 2e-3 if kind == "float16" else 5e-6  # they add up in float32
    np.testing.assert_allclose(encoder.encode(TEXTS), expected, atol=atol * np.abs(expected).max())
    assert (encoder.spec.dim, encoder.spec.pooling, encoder.spec.source) == (WIDTH, "mean", "static")


@pytest.mark.parametrize("normalize", [True, False])
@pytest.mark.parametrize("prompts", [{}, {"query": "query: ", "document": ""}])
def test_vectors_are_those_of_sentence_transformers(
    tmp_path: Path, normalize: bool, prompts: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Of a folder with a StaticEmbedding, prompts of roles included, and without a word about engines."""
    folder = librarys(tmp_path, normalize, prompts)
    transformers = pytest.importorskip("sentence_transformers")
    oracle = transformers.SentenceTransformer(str(folder), device="cpu")
    encoder = encoders.load(str(folder))
    np.testing.assert_allclose(encoder.encode(TEXTS), oracle.encode(list(TEXTS)), atol=1e-5)
    np.testing.assert_allclose(encoder.encode(TEXTS, Role.QUERY), oracle.encode_query(list(TEXTS)), atol=1e-5)
    assert not caplog.text


def librarys(folder: Path, normalize: bool = True, prompts: dict[str, str] | None = None) -> Path:
    transformers = pytest.importorskip("sentence_transformers")
    from sentence_transformers.sentence_transformer import modules as parts

    words = backend()
    static: Any = parts.StaticEmbedding
    chain = [static(words, embedding_weights=table(words.get_vocab_size()))]
    chain += [parts.Normalize()] if normalize else []
    model = transformers.SentenceTransformer(modules=chain, device="cpu", prompts=prompts)
    model.save(str(folder / "library"), create_model_card=False)
    return folder / "library"


@pytest.mark.parametrize("make", [saved, librarys])
def test_texts_without_a_known_token_are_missing(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    """They have no vector: neither zero nor that of the unknown token; others do not depend on them."""
    encoder: Any = encoders.load(str(make(tmp_path)))
    assert encoder.covers([*TEXTS, *UNKNOWN]).tolist() == [True] * len(TEXTS) + [False] * len(UNKNOWN)
    for text in UNKNOWN:
        with pytest.raises(ModelError, match=r"has no vector for .*no known token"):
            encoder.encode([TEXTS[0], text])


def test_a_sum_of_zero_is_missing(tmp_path: Path) -> None:
    """Tokens whose vectors are zero give no vector either."""
    words = backend()
    vectors = table(words.get_vocab_size())
    vectors[words.token_to_id("king")] = 0
    encoder: Any = encoders.load(str(saved(tmp_path, vectors=vectors, normalize=True)))
    assert encoder.covers(["king", "king king", "the king"]).tolist() == [False, False, True]


def test_tokens_are_those_that_are_averaged(tmp_path: Path) -> None:
    """Counts, pieces, equal readings whatever the order, and what the limit cuts off."""
    plain: Any = encoders.load(str(saved(tmp_path / "plain")))
    assert plain.tokens("eat 漢 grandma").pieces == ("eat", "grandma")
    encoder: Any = encoders.load(str(saved(tmp_path, "short", max_length=4)))
    assert encoder.count_tokens(["漢!a", "a!!!?"]) == [2, 4]
    texts = ["a!", "!a", "a!!!?", "a!!!", "漢!a"]
    read = encoder.read(texts)
    assert read.keys[0] == read.keys[1]
    assert read.keys[2] == read.keys[3]
    assert read.whole[2] != read.whole[3]
    assert read.is_cut.tolist() == [False, False, True, False, False]
    assert encoder.spec.max_tokens == 4
    two = encoders.load(f"{tmp_path}?max_tokens=2")
    np.testing.assert_array_equal(two.encode(["a!?"]), encoder.encode(["a!"]))


def test_words_in_another_order_have_the_same_vector_to_the_last_bit(tmp_path: Path) -> None:
    """So that a bag of tokens is seen to be blind to order."""
    encoder = encoders.load(str(saved(tmp_path, normalize=True)))
    one, other = encoder.encode(["the king help grandma and a queen", "a queen and grandma help the king"])
    np.testing.assert_array_equal(one, other)


def test_a_folder_without_a_list_of_modules_is_read(tmp_path: Path) -> None:
    """As model2vec's first versions saved it."""
    folder = saved(tmp_path)
    before = encoders.load(str(folder)).encode(TEXTS)
    (folder / "modules.json").unlink()
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "model2vec"}), encoding="utf-8")
    np.testing.assert_array_equal(encoders.load(str(folder)).encode(TEXTS), before)


def break_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:200])


def break_tokens(folder: Path) -> None:
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")


def shorten_table(folder: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"embeddings": table(5)}, folder / "model.safetensors")


def rename_table(folder: Path) -> None:
    from safetensors.numpy import save_file

    save_file({"other": table(5)}, folder / "model.safetensors")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (break_weights, "'model.safetensors' is damaged"),
        (break_tokens, "could not be loaded"),
        (shorten_table, "its table only 5 vectors"),
        (rename_table, "holds other; expected a table"),
    ],
)
def test_a_damaged_folder_is_one_line(tmp_path: Path, damage: Callable[[Path], None], words: str) -> None:
    """It names the model and the cause."""
    folder = saved(tmp_path)
    damage(folder)
    with pytest.raises(ModelError, match=words) as caught:
        encoders.load(str(folder))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("?dtype=bfloat16", "dtype=bfloat16 has no effect"),
        ("?max_tokens=1000", "expected 512 or less"),
        ("?pooling=cls", "pooling"),
        ("?layer=1", "layer"),
    ],
)
def test_options_without_an_effect_are_refused(tmp_path: Path, options: str, words: str) -> None:
    """A table has no layers, no pooling to choose and one number format."""
    with pytest.raises(InputError, match=words):
        encoders.load(f"{saved(tmp_path)}{options}")


def test_missing_libraries_name_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line."""
    folder = saved(tmp_path)
    monkeypatch.setitem(__import__("sys").modules, "safetensors.numpy", None)
    with pytest.raises(MissingExtraError, match=r"evenband\[static\]"):
        encoders.load(str(folder))


def test_variants_and_capabilities(tmp_path: Path) -> None:
    """Cut and quantised vectors of it; it shows tokens, readings and what it covers."""
    folder = saved(tmp_path)
    whole = encoders.load(str(folder))
    np.testing.assert_array_equal(
        encoders.load(f"{folder}?dim=4").encode(TEXTS[:3]), whole.encode(TEXTS[:3])[:, :4]
    )
    assert {"Tokenizing", "Reading", "Covering", "Comparing", "Batching"} <= capabilities_of(whole)


def pairs(path: Path, rows: Sequence[tuple[str, str]]) -> Path:
    path.write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b in rows), encoding="utf-8")
    return path


def test_every_command_works_on_a_static_model(
    tmp_path: Path, evenband: Callable[..., Finished], caplog: pytest.LogCaptureFixture
) -> None:
    """Audit with token counts and a missing label, explain, parity with itself."""
    model, run = saved(tmp_path / "static"), tmp_path / "run"
    rows = [("let eat grandma", "let eat grandpa"), ("stop the king", "stop the queen"), ("漢", "字")]
    rows += [(f"the king {word}", f"the queen {word}") for word in small_models.WORDS]
    table_of_pairs = pairs(tmp_path / "pairs.csv", rows)
    finished = evenband("audit", model, "-p", table_of_pairs, "-o", run)
    assert finished.code == 0, finished.err
    [audit] = library.read(run)
    assert "漢" not in " ".join(audit.items)
    assert len(audit.items) == len(rows) - 1
    assert "packed engine" not in caplog.text + finished.err
    explained = evenband("explain", run, audit.items[0])
    assert explained.code == 0, explained.err
    again = evenband("parity", model, model, "-p", table_of_pairs, "--engines", "auto,plain")
    assert again.code == 0, again.err
