"""Another pooling or layer; sentence-transformers' Pooling and transformers' hidden states as oracles."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models
from evenband import encoders
from evenband.errors import InputError, ModelError
from evenband.types import Vectors
from small_models import TEXTS

torch = pytest.importorskip("torch")
sentence_transformers = pytest.importorskip("sentence_transformers")

KINDS: dict[str, dict[str, Any]] = {
    "bert": {"kind": "bert", "num_hidden_layers": 3},
    "qwen3": {"kind": "qwen3", "num_hidden_layers": 3, "pooling": "lasttoken"},
    "xlm-roberta": {"kind": "xlm-roberta", "pooling": "cls", "normalize": False},
    "modernbert": {"kind": "modernbert", "global_attn_every_n_layers": 2, "local_attention": 64},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    return cache(lambda name: small_models.save(tmp_path_factory.mktemp(name), **KINDS[name]))


@cache
def library_model(folder: Path) -> Any:
    """The model as sentence-transformers loads it, once."""
    return sentence_transformers.SentenceTransformer(str(folder), device="cpu")


def expected(folder: Path, pooling: str | None = None, layer: int | None = None) -> Vectors:
    """Each text by itself: the states of transformers put through sentence-transformers' other modules."""
    from sentence_transformers.sentence_transformer import modules as parts

    model = library_model(folder)
    chain = list(model)
    if pooling:
        chain[1] = parts.Pooling(32, pooling_mode=pooling)
    vectors = []
    with torch.inference_mode():
        for text in TEXTS:
            features = dict(model.preprocess([text]))
            inputs = {key: features[key] for key in ("input_ids", "attention_mask")}
            states = chain[0].auto_model(**inputs, output_hidden_states=True)
            last = states.last_hidden_state if layer is None else states.hidden_states[layer]
            features["token_embeddings"] = last
            for module in chain[1:]:
                features = module(features)
            vectors.append(features["sentence_embedding"][0].numpy())
    return np.array(vectors)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("pooling", ["cls", "mean", "max", "last", "weightedmean"])
def test_another_pooling_of_the_same_states(folder: Callable[[str], Path], name: str, pooling: str) -> None:
    """With the engine that the model has anyway, or a slower one."""
    encoder = encoders.load(f"{folder(name)}?pooling={pooling}")
    vectors = expected(folder(name), "lasttoken" if pooling == "last" else pooling)
    np.testing.assert_allclose(encoder.encode(TEXTS), vectors, atol=1e-5 * np.abs(vectors).max())
    assert encoder.spec.pooling == ("lasttoken" if pooling == "last" else pooling)
    assert encoder.spec.options["engine"] == ("trie" if name == "qwen3" else "packed")


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize("layer", [0, 1, -2])
def test_states_of_another_layer(folder: Callable[[str], Path], name: str, layer: int) -> None:
    """hidden_states of transformers; negative numbers count from the end."""
    encoder: Any = encoders.load(f"{folder(name)}?layer={layer}")
    vectors = expected(folder(name), layer=layer)
    np.testing.assert_allclose(encoder.encode(TEXTS), vectors, atol=2e-5 * np.abs(vectors).max())
    np.testing.assert_allclose(encoder.recompute(TEXTS), vectors, atol=2e-5 * np.abs(vectors).max())
    assert encoder.spec.options["engine"] == ("trie" if name == "qwen3" else "packed")


def test_both_at_once_are_part_of_the_identity(folder: Callable[[str], Path]) -> None:
    """Spec, digest and name; the last layer is the model's own, however it is counted."""
    path = folder("bert")
    own = encoders.load(str(path))
    both = encoders.load(f"{path}?layer=1&pooling=cls")
    np.testing.assert_allclose(both.encode(TEXTS), expected(path, "cls", 1), atol=1e-5)
    assert (both.spec.options["layer"], both.spec.pooling) == ("1", "cls")
    digests = {encoders.load(f"{path}?{one}").spec.digest for one in ("layer=1", "layer=2", "pooling=cls")}
    assert len({*digests, own.spec.digest, both.spec.digest}) == 5
    assert encoders.load(f"{path}?layer=-3").spec.digest == encoders.load(f"{path}?layer=1").spec.digest
    for last in ("layer=3", "layer=-1", "pooling=mean"):
        assert encoders.load(f"{path}?{last}").spec.digest == own.spec.digest
    assert encoders.load(f"{path}?layer=1&dim=8").encode(TEXTS).shape == (len(TEXTS), 8)


def test_a_variant_by_layer_is_looked_into_up_to_that_layer(folder: Callable[[str], Path]) -> None:
    """explain shows the layers that its vectors come through."""
    encoder: Any = encoders.load(f"{folder('bert')}?layer=2")
    inspection = encoder.inspect("let's eat, grandma", "let's eat grandma")
    assert [layer.index for layer in inspection.layers] == [0, 1, 2]
    one, other = encoder.encode(["let's eat, grandma", "let's eat grandma"])
    assert inspection.layers[-1].distance == pytest.approx(1 - float(one @ other), abs=1e-5)


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("pooling=middle", "got pooling='middle', expected one of cls, last, max, mean"),
        ("pooling=lats", "did you mean 'last'"),
        ("layer=4", "got layer=4, expected -4 to 3"),
        ("layer=-5", "got layer=-5, expected -4 to 3"),
        ("layer=x", "got layer='x', expected a whole number"),
        ("layer=1.5", "expected a whole number"),
    ],
)
def test_what_the_model_does_not_have_is_one_line(
    folder: Callable[[str], Path], option: str, words: str
) -> None:
    """It says what there is."""
    with pytest.raises((InputError, ModelError), match=words) as caught:
        encoders.load(f"{folder('bert')}?{option}")
    assert "\n" not in str(caught.value)


def test_stacks_without_one_pooling_are_refused(tmp_path: Path) -> None:
    """A table of words, and several poolings that a dense layer was made for."""
    from sentence_transformers.sentence_transformer import modules as parts

    bag = parts.BoW(["king", "queen"], {"king": 1.0, "queen": 1.0})
    sentence_transformers.SentenceTransformer(modules=[bag, parts.Dense(2, 3)], device="cpu").save(
        str(tmp_path / "bag"), create_model_card=False
    )
    with pytest.raises(
        InputError, match="pooling=max has nothing to replace: the model consists of BoW, Dense"
    ):
        encoders.load(f"{tmp_path / 'bag'}?pooling=max")
    with pytest.raises(InputError, match="layer=1 has nothing to choose from"):
        encoders.load(f"{tmp_path / 'bag'}?layer=1")
    base = small_models.save(tmp_path / "base").parent / "base"
    chain = [parts.Transformer(str(base)), parts.Pooling(32, pooling_mode=("cls", "max")), parts.Dense(64, 8)]
    sentence_transformers.SentenceTransformer(modules=chain, device="cpu").save(
        str(tmp_path / "joined"), create_model_card=False
    )
    with pytest.raises(InputError, match="pooling=max gives 32 numbers, but Dense behind it is made for 64"):
        encoders.load(f"{tmp_path / 'joined'}?pooling=max")
