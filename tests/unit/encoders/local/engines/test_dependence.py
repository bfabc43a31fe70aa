"""A text's vector is that of the text by itself, whatever else is encoded and in whatever order."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models
from evenband import encoders
from evenband.encoders.local import engines
from evenband.encoders.local.engines.packed import PackedEngine
from evenband.encoders.local.engines.samples import CHECK_TEXTS, normalised, take_samples
from evenband.encoders.local.sentences import SentenceEncoder
from evenband.errors import ModelError
from evenband.probes.pairs.noise import estimate_noise
from evenband.types import Vectors
from small_models import TEXTS

torch = pytest.importorskip("torch")
sentence_transformers = pytest.importorskip("sentence_transformers")

ORIGINAL = 48
LONG = "the king and the queen and the grandma of the king, please help; " * 12
MIXED = (*TEXTS, LONG, LONG[:130], LONG[:190], LONG[:260], LONG[:400], "a", LONG[:150] + "end one", LONG[:60])
"""Texts around the original length and far beyond it, in no order."""

DYNAMIC = {"rope_type": "dynamic", "factor": 4.0, "rope_theta": 1e4}
LONGROPE = {
    **{
        "rope_type": "longrope",
        "rope_theta": 1e4,
        "factor": 4.0,
        "original_max_position_embeddings": ORIGINAL,
    },
    **{"short_factor": [1.0] * 4, "long_factor": [3.0, 4.0, 5.0, 6.0]},
}


def scaled(
    folder: Path, kind: str, scaling: dict[str, Any], max_tokens: int = 128, pooling: str = "mean"
) -> Path:
    positions = 4 * ORIGINAL if scaling["rope_type"] == "longrope" else ORIGINAL
    saved = small_models.save(
        folder,
        kind,
        pooling=pooling,
        max_tokens=max_tokens,
        rope_parameters=scaling,
        max_position_embeddings=positions,
    )
    path = saved / "sentence_bert_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**settings, "max_seq_length": max_tokens}), encoding="utf-8")
    return saved


def alone(folder: Path, texts: Sequence[str]) -> Vectors:
    """Each text by itself, after a short one that puts the rotary embeddings back."""
    model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    rows = []
    for text in texts:
        model.encode(["a"])
        rows.append(model.encode([text])[0])
    return normalised(np.array(rows))


@pytest.fixture
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    """Threads of PyTorch: with two of them batches run in parallel, as on a user's machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize(
    ("kind", "scaling", "engine", "threads"),
    [
        ("llama", DYNAMIC, "auto", 2),
        ("qwen3", DYNAMIC, "auto", 1),
        ("llama", LONGROPE, "auto", 1),
        ("mistral", DYNAMIC, "auto", 1),
        ("llama", DYNAMIC, "plain", 2),
        ("mistral", LONGROPE, "plain", 1),
    ],
    indirect=["threads"],
)
def test_texts_beyond_the_original_length_have_the_vector_that_they_have_by_themselves(
    tmp_path: Path, kind: str, scaling: dict[str, Any], engine: str, threads: int
) -> None:
    """The same in every call, in any order and part; the noise floor is as small as for other models."""
    folder = scaled(tmp_path, kind, scaling)
    encoder: Any = encoders.load(str(folder), engine=engine)
    expected = alone(folder, MIXED)
    assert encoder.spec.options["engine"] == ("unpadded" if engine == "auto" else "single")
    [note] = encoder.spec.notes
    assert note.startswith("batch-dependent: ")
    assert f"more than {ORIGINAL} tokens" in note
    for texts, rows in (
        (MIXED, slice(None)),
        (MIXED[::-1], slice(None, None, -1)),
        (MIXED[3::4], slice(3, None, 4)),
    ):
        for _ in range(2):
            np.testing.assert_allclose(normalised(encoder.encode(texts)), expected[rows], atol=5e-6)
    np.testing.assert_allclose(normalised(encoder.recompute(MIXED)), expected, atol=5e-6)
    noise = estimate_noise(encoder, (MIXED, MIXED), [encoder.encode(MIXED)] * 2)
    assert noise is not None
    assert noise.floor < 1e-5


def test_what_never_gets_beyond_the_original_length_is_fast_and_has_no_note(tmp_path: Path) -> None:
    """With a limit of 48 tokens a dynamic scaling never begins."""
    encoder = encoders.load(str(scaled(tmp_path, "llama", DYNAMIC, max_tokens=ORIGINAL, pooling="lasttoken")))
    assert encoder.spec.options["engine"] == "trie"
    assert encoder.spec.notes == ()


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """BERT with padding on the left: its absolute positions begin at the padding."""
    words = small_models.tokenizer(causal=False, max_tokens=48)
    words.padding_side = "left"
    return small_models.save(tmp_path_factory.mktemp("left"), pooling="mean", words=words)


@pytest.mark.parametrize("engine", ["auto", "plain"])
def test_left_padding_with_absolute_positions_changes_no_vector(left: Path, engine: str) -> None:
    """The library's own batch does change them: by more than a tenth. The note names the cause."""
    encoder: Any = encoders.load(str(left), engine=engine)
    expected = alone(left, TEXTS)
    library = normalised(
        sentence_transformers.SentenceTransformer(str(left), device="cpu").encode(list(TEXTS))
    )
    assert np.abs(library - expected).max() > 0.1
    assert encoder.spec.options["engine"] == ("unpadded" if engine == "auto" else "single")
    [note] = encoder.spec.notes
    assert "depend on the batch (left padding)" in note
    for texts, rows in ((TEXTS, slice(None)), (TEXTS[:3], slice(3)), (TEXTS[::-1], slice(None, None, -1))):
        np.testing.assert_allclose(normalised(encoder.encode(texts)), expected[rows], atol=5e-6)
        np.testing.assert_allclose(normalised(encoder.recompute(texts)), expected[rows], atol=5e-6)


def test_an_audit_of_a_batch_dependent_model_is_not_called_blind_and_carries_the_note(left: Path) -> None:
    """Its noise floor is rounding, not padding."""
    import evenband

    [audit] = evenband.audit(str(left), "comma", sample=24)
    assert audit.notes[0].startswith("batch-dependent: ")
    assert audit.measurement.noise is not None
    assert audit.measurement.noise.floor < 1e-5
    assert not any(note.startswith("blind") for note in audit.notes)


def test_a_live_model_is_computed_text_by_text_too(left: Path) -> None:
    """wrap() gives the vector of the text by itself, with the same note."""
    model = sentence_transformers.SentenceTransformer(str(left), device="cpu")
    encoder: Any = encoders.wrap(model)
    np.testing.assert_allclose(normalised(encoder.encode(TEXTS)), alone(left, TEXTS), atol=5e-6)
    assert encoder.spec.options["engine"] == "single"
    assert "left padding" in encoder.spec.notes[0]


def live(folder: Path, module: Any) -> Any:
    """The model of a folder, with one more module at its end."""
    model = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    model.append(module)
    return model


class Centre(torch.nn.Module):  # type: ignore[misc, name-defined]
    """Subtracts a part of the batch's mean, as whitening does that was left on."""

    def forward(self, features: dict[str, Any]) -> dict[str, Any]:
        vectors = features["sentence_embedding"]
        return {**features, "sentence_embedding": vectors - 0.5 * vectors.mean(0)}


class Growing(torch.nn.Module):  # type: ignore[misc, name-defined]
    """Keeps the length of the longest text so far, and scales by it."""

    def __init__(self) -> None:
        super().__init__()
        self._longest = 0

    def forward(self, features: dict[str, Any]) -> dict[str, Any]:
        self._longest = max(self._longest, features["attention_mask"].shape[1])
        vectors = features["sentence_embedding"]
        shift = torch.zeros_like(vectors)
        shift[:, 0] = self._longest / 10
        return {**features, "sentence_embedding": vectors + shift}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("plain"))


@pytest.mark.parametrize(("module", "cause"), [(Centre, "its other texts"), (Growing, "Growing")])
def test_a_module_that_looks_at_other_texts_is_found_and_changes_nothing(
    plain: Path, module: Any, cause: str
) -> None:
    """By what it does, not by its name; the model's own state is put back afterwards."""
    model = live(plain, module())
    fresh = normalised(np.array([live(plain, module()).encode([text])[0] for text in TEXTS]))
    encoder: Any = encoders.wrap(model)
    assert any(cause in note for note in encoder.spec.notes)
    for _ in range(2):
        np.testing.assert_allclose(normalised(encoder.encode(TEXTS)), fresh, atol=5e-6)
    if module is Growing:
        assert model[-1]._longest == 0
    folder_engine = engines.choose(live(plain, module()), "auto", {"none": ""}, 32)
    np.testing.assert_allclose(normalised(folder_engine.encode(TEXTS, "", None)), fresh, atol=5e-6)


class Remembering(torch.nn.Module):  # type: ignore[misc, name-defined]
    """Keeps the vectors of all texts so far in a list, and adds their mean."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: list[Any] = []

    def forward(self, features: dict[str, Any]) -> dict[str, Any]:
        vectors = features["sentence_embedding"]
        self._seen.append(vectors.detach().mean(0))
        return {**features, "sentence_embedding": vectors + torch.stack(self._seen).mean(0)}


class Recent(torch.nn.Module):  # type: ignore[misc, name-defined]
    """Adds the vector of the last text but two."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: deque[Any] = deque(maxlen=3)

    def forward(self, features: dict[str, Any]) -> dict[str, Any]:
        vectors = features["sentence_embedding"]
        self._seen.append(vectors[-1].detach())
        return {**features, "sentence_embedding": vectors + self._seen[0]}


class Drawing(torch.nn.Module):  # type: ignore[misc, name-defined]
    """Leaves dropout on, as a module does that calls it as a function."""

    def forward(self, features: dict[str, Any]) -> dict[str, Any]:
        vectors = features["sentence_embedding"]
        return {**features, "sentence_embedding": torch.nn.functional.dropout(vectors, 0.3)}


@pytest.mark.parametrize("module", [Remembering, Recent, Drawing])
def test_a_model_that_gives_one_text_two_vectors_is_refused(plain: Path, module: Any) -> None:
    """What code keeps in a list cannot be put back, and what it draws is no vector of the text."""
    with pytest.raises(ModelError, match=r"one text is not the same twice .*draws nothing at random"):
        encoders.wrap(live(plain, module()))
    with pytest.raises(RuntimeError, match="not the same twice"):
        engines.choose(live(plain, module()), "auto", {"none": ""}, 32)


def test_an_engine_that_errs_only_on_long_texts_is_found_out_when_the_first_one_comes(
    plain: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """That text and all later ones are computed one by one; short texts before it were right."""
    encoder: Any = encoders.load(str(plain))
    right = PackedEngine.encode
    long = "please help the king " * 15

    def faulty(self: PackedEngine, texts: Sequence[str], prompt: str, task: str | None) -> Vectors:
        vectors = right(self, texts, prompt, task)
        vectors[[len(text) > 250 for text in texts], 0] += 0.01
        return vectors

    monkeypatch.setattr(PackedEngine, "encode", faulty)
    expected = alone(plain, [*TEXTS, long])
    np.testing.assert_allclose(normalised(encoder.encode(TEXTS)), expected[:-1], atol=5e-6)
    assert caplog.records == []
    for _ in range(2):
        np.testing.assert_allclose(normalised(encoder.encode([*TEXTS, long])), expected, atol=5e-6)
    [line] = [record.getMessage() for record in caplog.records]
    assert "differs by" in line
    assert "one by one" in line


def test_a_text_that_the_library_cannot_encode_is_no_sample(
    plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others serve; if none can be encoded, the library's error is raised."""
    model = sentence_transformers.SentenceTransformer(str(plain), device="cpu")
    right = model.encode

    def fails(texts: list[str], **options: Any) -> Any:
        if "grandma" in texts[0]:
            raise ValueError("no grandmas")
        return right(texts, **options)

    monkeypatch.setattr(model, "encode", fails)
    [sample], _ = take_samples(model, {"none": ""}, 32, None)
    assert sample.texts == tuple(text for text in CHECK_TEXTS if "grandma" not in text)

    def never(texts: list[str], **options: Any) -> Any:
        raise ValueError("no texts at all")

    monkeypatch.setattr(model, "encode", never)
    with pytest.raises(ValueError, match="no texts at all"):
        take_samples(model, {"none": ""}, 32, None)


def test_roles_with_one_prompt_and_no_route_are_sampled_once(plain: Path) -> None:
    """Which keeps loading quick."""
    encoder = encoders.load(str(plain))
    assert isinstance(encoder, SentenceEncoder)
    samples, _ = take_samples(encoder._model, {"none": "", "query": "", "document": "passage: "}, 32, None)
    assert [sample.prompt for sample in samples] == ["", "passage: "]
