"""Loading a local model: what is recorded, and what is refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import small_models
from evenband import encoders
from evenband.encoders.local import loading as local
from evenband.encoders.local.engines import linear
from evenband.errors import InputError, ModelError


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_models.save(tmp_path_factory.mktemp("bert"), prompts={"query": "q: ", "document": "p: "})


def test_the_spec_records_prompts_pooling_length_and_device(folder: Path) -> None:
    spec = encoders.load(f"{folder}?max_tokens=20", device="cpu").spec
    assert spec.prompts == {"query": "q: ", "document": "p: "}
    assert (spec.pooling, spec.normalize, spec.max_tokens) == ("mean", True, 20)
    assert spec.options["device"] == "cpu"
    assert spec.name == "model-max_tokens-20"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("dim=33", "got dim=33, expected 32 or less"),
        ("max_tokens=49", "got max_tokens=49, expected 48 or less"),
        ("dtype=int8", "got dtype='int8'.*expected one of float32, bfloat16, float16"),
        ("poling=cls", r"no option 'poling'; did you mean 'pooling'\? \(the options are: dim, "),
        ("max_tokens=2", "got max_tokens=2, expected 3 or more, since 2 tokens are"),
    ],
)
def test_an_option_the_model_does_not_allow_is_refused(folder: Path, options: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        encoders.load(f"{folder}?{options}")


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        ("static", "max_tokens=5", "max_tokens=5 has no effect, since this model has no limit"),
        ("static", "dtype=bfloat16", "dtype=bfloat16 has no effect.*weights stay in float32"),
        ("words", "max_tokens=5", "max_tokens=5 has no effect, since this model has no limit"),
        ("words", "dtype=float16", "dtype=float16 has no effect, since this model has no weights"),
    ],
)
def test_an_option_without_an_effect_is_refused(
    tmp_path: Path, kind: str, options: str, message: str
) -> None:
    """Of modules that cut no text, and of weights that keep their own number format."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    words = small_models.tokenizer(False, 48)
    part = modules.BoW(["a"]) if kind == "words" else modules.StaticEmbedding(words, embedding_dim=8)
    SentenceTransformer(modules=[part], device="cpu").save(str(tmp_path / "m"), create_model_card=False)
    with pytest.raises(InputError, match=message):
        encoders.load(f"{tmp_path / 'm'}?{options}", device="cpu")


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_a_short_number_format_is_asked_for_and_recorded(folder: Path, dtype: str) -> None:
    exact, coarse = encoders.load(str(folder)), encoders.load(f"{folder}?dtype={dtype}")
    assert coarse.spec.dtype == dtype
    gap = abs(exact.encode(small_models.TEXTS) - coarse.encode(small_models.TEXTS)).max()
    assert 1e-6 < gap < 0.05


def test_code_that_comes_with_a_model_is_not_run_unless_asked_for(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "m"
    copy.mkdir()
    for path in folder.iterdir():
        if path.is_file():
            (copy / path.name).write_bytes(path.read_bytes())
    (copy / "evil.py").write_text("raise SystemExit('the code was run')", encoding="utf-8")
    listing = [{"idx": 0, "name": "0", "path": "", "type": "evil.Evil"}]
    (copy / "modules.json").write_text(json.dumps(listing), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        encoders.load(str(copy))
    assert "\n" not in str(caught.value)


def test_a_broken_model_is_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "nothing-we-know"}', encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match="could not be loaded") as caught:
        encoders.load(str(tmp_path))
    assert "\n" not in str(caught.value)


def test_the_libraries_chatter_is_off_while_loading_and_on_again_afterwards() -> None:
    import huggingface_hub.utils
    from transformers.utils import logging

    hub: Any = huggingface_hub.utils

    def state() -> tuple[bool, bool, int]:
        return hub.are_progress_bars_disabled(), logging.is_progress_bar_enabled(), logging.get_verbosity()

    before = state()
    with local.quiet():
        assert hub.are_progress_bars_disabled()
        assert not logging.is_progress_bar_enabled()
    assert state() == before


def test_nothing_is_printed_while_loading(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    encoders.load(str(folder)).encode(["a"])
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("parameters", "device", "threads", "expected"),
    [
        (1, "cpu", 2, 2048),
        (50_000_000, "cpu", 2, 1000),
        (600_000_000, "cpu", 2, 256),
        (600_000_000, "cpu", 16, 666),
        (600_000_000, "mps", 16, 256),
        (25_000_000, "cuda", 2, 16_384),
        (600_000_000, "cuda", 2, 8333),
        (8_000_000_000, "cuda", 2, 2048),
    ],
)
def test_a_larger_model_takes_fewer_texts_at_a_time(
    parameters: int, device: str, threads: int, expected: int
) -> None:
    """More threads, or a GPU, compute more of them in the same time."""
    assert local.slice_size(parameters, device, threads) == expected


def test_a_slice_follows_the_processors_even_where_the_model_was_loaded_before(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is remembered of a model holds for as many threads only."""
    sizes = []
    for threads in ("1", "2", "1"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        monkeypatch.setattr(local, "slice_size", lambda _parameters, _device, count: count)
        found: Any = encoders.load(str(folder), device="cpu")
        sizes.append(found.slice_size)
    assert sizes == [1, 2, 1]


@pytest.mark.parametrize(("dtype", "operator"), [("bfloat16", "bf16"), ("float16", "fp16")])
@pytest.mark.parametrize(
    ("supported", "gain", "why"),
    [
        (True, 1.9, None),
        (True, 1.0, "multiplies {} 1.0 times as fast as float32"),
        (True, 0.8, "multiplies {} 0.8 times as fast as float32"),
        (False, 1.9, "has no {} instructions"),
    ],
)
def test_a_short_format_that_is_no_faster_is_said_to_be_so(
    folder: Path,
    dtype: str,
    operator: str,
    supported: bool,
    gain: float,
    why: str | None,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    import torch

    # A PyTorch without oneDNN, as on an Apple processor, has no such operator.
    name = f"_is_mkldnn_{operator}_supported"
    monkeypatch.setattr(torch.ops.mkldnn, name, lambda: supported, raising=False)
    monkeypatch.setattr(linear, "gain", lambda _: gain)
    encoders.load(str(folder), device="cpu", dtype=dtype)
    said = [record.getMessage() for record in caplog.records if "this processor" in record.getMessage()]
    assert len(said) == (why is not None)
    assert all(f"{(why or '').format(dtype)}; float32 is exact and no slower" in line for line in said)
