"""A live model is audited as it is, stays as it is, and never keeps a stale identity."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import small_models
from capable_encoders import capabilities_of
from evenband import encoders
from evenband.encoders import CachedEncoder, VectorStore
from evenband.encoders.local import live, weights
from evenband.errors import InputError, ModelError
from evenband.probes.pairs.noise import estimate_noise
from evenband.types import Encoder, Role
from small_models import QUERY_PROMPT, TEXTS

torch = pytest.importorskip("torch")
sentence_transformers = pytest.importorskip("sentence_transformers")

KINDS: dict[str, dict[str, Any]] = {
    "bert": {"kind": "bert", "hidden_dropout_prob": 0.5},
    "prompts": {"kind": "bert", "dense": 24, "prompts": {"query": "query: ", "help": "help: "}}
    | {"default_prompt_name": "help", "normalize": False},
    "qwen3": {"kind": "qwen3", "pooling": "lasttoken", "prompts": {"query": QUERY_PROMPT}},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folders = {name: small_models.save(tmp_path_factory.mktemp(name), **KINDS[name]) for name in KINDS}
    return folders.__getitem__


@pytest.fixture
def load(folder: Callable[[str], Path]) -> Callable[..., Any]:
    return lambda name="bert": sentence_transformers.SentenceTransformer(str(folder(name)), device="cpu")


@pytest.fixture(params=list(KINDS))
def model(request: pytest.FixtureRequest, load: Callable[..., Any]) -> Any:
    """In the middle of training: dropout on in some modules and off in others, a gradient at hand."""
    model = load(request.param)
    model.train()
    model[1].eval()
    next(model.modules()).training = True
    first = next(model.parameters())
    first.grad = torch.full_like(first, 0.5)
    return model


def state_of(model: Any) -> dict[str, Any]:
    """Everything that a user would miss."""
    backend = model.tokenizer.backend_tokenizer
    return {
        "bytes": {name: value.numpy().tobytes() for name, value in model.state_dict().items()},
        "addresses": [value.data_ptr() for value in model.parameters()],
        "versions": [value._version for value in model.parameters()],
        "gradients": [None if p.grad is None else p.grad.clone().tolist() for p in model.parameters()],
        "wanted": [value.requires_grad for value in model.parameters()],
        "training": {name: module.training for name, module in model.named_modules()},
        "modules": [(name, id(module), type(module)) for name, module in model.named_modules()],
        "methods": [(id(m), m.__dict__.get("forward")) for m in model.modules()],
        "hooks": [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()],
        "device": str(model.device),
        "dtype": model.dtype,
        "config": model[0].auto_model.config.to_json_string(),
        "settings": (
            dict(model.prompts),
            model.default_prompt_name,
            model.truncate_dim,
            model.max_seq_length,
        ),
        "tokenizer": (backend.padding, backend.truncation, backend.encode_special_tokens),
        "random": torch.get_rng_state().tolist(),
        "grad mode": torch.is_grad_enabled(),
    }


def test_a_model_stays_as_it_is_whatever_is_asked_of_it(model: Any) -> None:
    before = state_of(model)
    encoder: Any = encoders.wrap(model)
    _ = encoder.spec
    for role in Role:
        encoder.encode(TEXTS, role)
        encoder.recompute(TEXTS, role)
        encoder.count_tokens(TEXTS, role)
        encoder.read([*TEXTS, "king " * 100], role)
        encoder.tokens(TEXTS[0], role)
    assert state_of(model) == before


def test_an_audit_leaves_a_model_as_it_is(model: Any) -> None:
    before = state_of(model)
    [audit] = evenband.audit(evenband.wrap(model), "comma", sample=40)
    assert state_of(model) == before
    assert audit.measurement.subject == evenband.wrap(model).spec
    assert audit.summary.n == 40


def test_training_goes_on_after_an_audit(load: Callable[..., Any]) -> None:
    """No tensor of the model became one that cannot be differentiated through."""
    model = load()
    model.train()
    evenband.audit(evenband.wrap(model), "comma", sample=20)
    features = model.preprocess(list(TEXTS))
    model(features)["sentence_embedding"].sum().backward()
    assert all(p.grad is not None for name, p in model.named_parameters() if "encoder.layer" in name)


def test_a_failure_leaves_a_model_as_it_is_too(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = encoders.wrap(model)
    before = state_of(model)

    def fail(*_: Any, **__: Any) -> None:
        model.eval()
        torch.rand(3)
        raise RuntimeError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr(type(model), "encode", fail)
        with pytest.raises(ModelError, match="out of memory"):
            encoder.encode(TEXTS)
    assert state_of(model) == before


def test_the_vectors_are_those_of_the_models_own_encode(model: Any) -> None:
    encoder = encoders.wrap(model)
    ways = {Role.NONE: model.encode, Role.QUERY: model.encode_query, Role.DOCUMENT: model.encode_document}
    for role, encode in ways.items():
        vectors = encoder.encode(TEXTS, role)
        np.testing.assert_array_equal(vectors, encode(list(TEXTS)))
        assert vectors.shape == (len(TEXTS), encoder.spec.dim)
        recomputed = encoder.recompute(TEXTS, role)  # type: ignore[attr-defined]
        np.testing.assert_allclose(recomputed, vectors, atol=1e-5)
    assert encoder.encode([]).shape == encoder.recompute([]).shape == (0, encoder.spec.dim)  # type: ignore[attr-defined]


def test_tokens_are_those_of_the_loaded_model(
    folder: Callable[[str], Path], load: Callable[..., Any]
) -> None:
    wrapped: Any = encoders.wrap(load("qwen3"))
    loaded: Any = encoders.load(str(folder("qwen3")), engine="plain")
    assert wrapped.count_tokens(TEXTS, Role.QUERY) == loaded.count_tokens(TEXTS, Role.QUERY)
    assert wrapped.tokens(TEXTS[0], Role.QUERY) == loaded.tokens(TEXTS[0], Role.QUERY)


def step(model: Any) -> None:
    model.train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    model(model.preprocess(list(TEXTS)))["sentence_embedding"][:, 0].sum().backward()
    optimizer.step()


def shift(model: Any) -> None:
    """As some optimisers write: past the counter of changes."""
    list(model.parameters())[5].data[0] += 0.25


def replace_weights(model: Any) -> None:
    name, value = next(iter(model.state_dict().items()))
    model.load_state_dict({**model.state_dict(), name: value + 1})


def swap_module(model: Any) -> None:
    model[1] = sentence_transformers.sentence_transformer.modules.Pooling(32, pooling_mode="cls")


def cut(model: Any) -> None:
    model.truncate_dim = 8


def shorten(model: Any) -> None:
    model.max_seq_length = 5


def prompt(model: Any) -> None:
    model.prompts = {"query": "find: "}


def halve(model: Any) -> None:
    model.to(torch.bfloat16)


def drop_normalizer(model: Any) -> None:
    model.tokenizer.backend_tokenizer.normalizer = None


@pytest.mark.parametrize("change", [step, shift, replace_weights, swap_module, cut, shorten, prompt, halve])
def test_the_identity_follows_whatever_changes_a_vector(
    change: Callable[[Any], None], load: Callable[..., Any], tmp_path: Path
) -> None:
    model = load()
    encoder = encoders.wrap(model)
    cached = CachedEncoder(encoder, VectorStore(tmp_path))
    before, vectors = encoder.spec, cached.encode(TEXTS, Role.QUERY)
    change(model)
    assert encoder.spec.digest != before.digest
    assert encoder.spec == encoders.wrap(model).spec
    after = cached.encode(TEXTS, Role.QUERY)
    np.testing.assert_array_equal(after, np.asarray(model.encode_query(list(TEXTS)), np.float32))
    assert after.shape != vectors.shape or not np.array_equal(after, vectors)


def test_the_identity_is_that_of_the_weights_wherever_they_lie(
    folder: Callable[[str], Path], load: Callable[..., Any], tmp_path: Path
) -> None:
    copy = shutil.copytree(folder("bert"), tmp_path / "elsewhere" / "model")
    one, two = load(), sentence_transformers.SentenceTransformer(str(copy), device="cpu")
    assert encoders.wrap(one).spec == encoders.wrap(two).spec
    assert encoders.wrap(one).spec.revision == weights.digest_weights(two)
    step(one)
    two.load_state_dict(one.state_dict())
    assert encoders.wrap(one).spec == encoders.wrap(two).spec


def test_another_tokenizer_is_another_identity(load: Callable[..., Any]) -> None:
    model = load()
    before = encoders.wrap(model).spec
    model.encode(list(TEXTS))  # how it pads and truncates is a state of it, not its identity
    assert encoders.wrap(model).spec == before
    drop_normalizer(model)
    assert encoders.wrap(model).spec.digest != before.digest


@pytest.mark.parametrize("size", [0, 1, 7, 8, 1001])
@pytest.mark.parametrize("offset", [0, 1, 8])
def test_a_gpus_checksum_is_that_of_the_cpu(size: int, offset: int) -> None:
    content = torch.randint(0, 255, (size + offset,), dtype=torch.uint8)[offset:]
    assert int(weights.sum_words(content)) == weights._checksum(content)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU is at hand")
def test_a_model_on_a_gpu_stays_there_as_it_is(folder: Callable[[str], Path]) -> None:
    model = sentence_transformers.SentenceTransformer(str(folder("bert")), device="cuda").train()
    random = torch.cuda.get_rng_state(model.device)
    encoder = encoders.wrap(model)
    np.testing.assert_array_equal(encoder.encode(TEXTS), model.train().encode(list(TEXTS)))
    shift(model.train())
    assert encoder.spec == encoders.wrap(model).spec
    assert all(parameter.device.type == "cuda" for parameter in model.parameters())
    assert all(module.training for module in model.modules())
    assert torch.equal(torch.cuda.get_rng_state(model.device), random)


def test_a_digest_is_taken_only_when_something_changed(
    load: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    digests: list[str] = []
    digest = weights.digest_weights

    def count(model: Any) -> str:
        digests.append(digest(model))
        return digests[-1]

    monkeypatch.setattr(live, "digest_weights", count)
    model = load()
    encoder = encoders.wrap(model)
    for _ in range(3):
        encoder.encode(TEXTS)
        _ = encoder.spec
    assert len(digests) == 1
    step(model)
    assert encoder.spec == encoder.spec
    assert len(digests) == 2


def test_the_name_is_the_models_own_unless_one_is_given(load: Callable[..., Any]) -> None:
    model = load()
    assert encoders.wrap(model).spec.name == "model"  # its folder's
    model.model_card_data.model_id = "org/my embedder"
    assert encoders.wrap(model).spec.name == "my-embedder"
    spec = encoders.wrap(model, "step-100").spec
    assert (spec.name, spec.ref) == ("step-100", "live:step-100")
    with pytest.raises(InputError, match="cannot be a file name"):
        encoders.wrap(model, "a/b")
    with pytest.raises(InputError, match=r"was a live model, .* pass evenband.wrap\(model\) instead"):
        encoders.load(spec.ref)


def test_a_live_model_has_the_capabilities_that_leave_no_trace(
    load: Callable[..., Any],
) -> None:
    encoder = encoders.wrap(load())
    assert isinstance(encoder, Encoder)
    assert capabilities_of(encoder) == {"Batching", "Reading", "Recomputing", "Tokenizing", "Versioned"}


def test_the_noise_floor_sees_the_second_way(load: Callable[..., Any]) -> None:
    encoder = encoders.wrap(load("qwen3"))
    texts = [list(TEXTS), list(TEXTS[::-1])]
    noise = estimate_noise(encoder, texts, [encoder.encode(side) for side in texts])
    assert noise is not None
    assert 0 < noise.floor < 1e-6


@pytest.mark.parametrize("value", ["minilm", 3, None, torch.nn.Linear(2, 2), [1]])
def test_what_is_no_live_model_is_refused_by_its_type(value: Any) -> None:
    with pytest.raises(InputError, match=r"got a value of type .*, expected a SentenceTransformer") as caught:
        evenband.wrap(value)
    assert type(value).__name__ in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_audit_takes_a_bare_model(load: Callable[..., Any]) -> None:
    """As if it had been wrapped, alone and beside others."""
    model = load()
    [wrapped] = evenband.audit(evenband.wrap(model), "comma", sample=20)
    for given in (model, [model], ["toy:words", model]):
        audit = evenband.audit(given, "comma", sample=20)[-1]
        np.testing.assert_array_equal(audit.measurement.scores, wrapped.measurement.scores)
    with pytest.raises(InputError, match="got a value of type int, expected a reference such as 'minilm'"):
        evenband.audit(3, "comma")  # type: ignore[arg-type]
