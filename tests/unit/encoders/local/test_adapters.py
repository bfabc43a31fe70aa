"""Adapters of PEFT: the vectors are PEFT's, and the base model is part of the identity."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evenband
import small_models
from evenband import encoders
from evenband.encoders.local.adapters import revisions_of_bases
from evenband.errors import MissingExtraError, ModelError
from small_models import TEXTS

sentence_transformers = pytest.importorskip("sentence_transformers")


@pytest.fixture(scope="module")
def peft() -> Any:
    """PEFT, where it is installed in a version that transformers works with."""
    library = pytest.importorskip("peft")
    from transformers.integrations import peft as integration
    from transformers.utils.peft_utils import check_peft_version

    try:
        check_peft_version(min_version=integration.MIN_PEFT_VERSION)
    except ValueError as error:
        pytest.skip(str(error))
    return library


def adapter(peft: Any) -> Any:
    targets = {"r": 4, "lora_alpha": 8, "target_modules": ["query", "value"]}
    return peft.LoraConfig(task_type="FEATURE_EXTRACTION", **targets)


def disturb(network: Any) -> None:
    """Give a new adapter weights: they begin as zero, which is no change."""
    import torch

    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if "lora_" in name:
                weight.normal_(0, 0.3, generator=generator)


def hand_written(folder: Path, base: object) -> Path:
    """The files of an adapter, without any weights in them."""
    folder.mkdir()
    config = {"peft_type": "LORA", "task_type": "FEATURE_EXTRACTION", "base_model_name_or_path": str(base)}
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    (folder / "adapter_model.safetensors").write_bytes(b"")
    return folder


def test_an_adapter_without_peft_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is loaded."""
    monkeypatch.setitem(sys.modules, "peft", None)
    folder = hand_written(tmp_path / "adapter", small_models.save(tmp_path))
    with pytest.raises(MissingExtraError, match=r"pip install 'evenband\[peft\]'"):
        encoders.load(str(folder))


def test_the_base_model_decides_the_identity_of_its_adapters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the folder itself or a module's folder; one bit of the base gives another revision."""
    from types import ModuleType, SimpleNamespace

    library = ModuleType("peft")
    library.__spec__ = SimpleNamespace(name="peft")  # type: ignore[assignment]
    monkeypatch.setitem(sys.modules, "peft", library)
    base = small_models.save(tmp_path)
    whole = hand_written(tmp_path / "adapter", base)
    (tmp_path / "model of modules").mkdir()
    hand_written(tmp_path / "model of modules/0_Transformer", base)
    before = revisions_of_bases(whole, "adapter")
    assert list(before) == [str(base)]
    assert revisions_of_bases(tmp_path / "model of modules", "m") == before
    weights = bytearray((base / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (base / "model.safetensors").write_bytes(weights)
    assert revisions_of_bases(whole, "adapter") != before
    assert revisions_of_bases(base, "base") == {}
    gone = hand_written(tmp_path / "gone", "nobody/nothing")
    with pytest.raises(
        ModelError, match=r"model 'gone' is an adapter of 'nobody/nothing': .*no local folder"
    ):
        revisions_of_bases(gone, "gone")


@pytest.mark.parametrize("where", ["folder", "module's folder"])
def test_a_saved_adapter_is_audited_with_the_librarys_vectors(peft: Any, tmp_path: Path, where: str) -> None:
    """As ``add_adapter`` and ``save`` leave it; in a module's folder, if the library reads that at all.

    sentence-transformers 6.2 does not: it looks for a folder of that name in the base model too.
    """
    base = small_models.save(tmp_path)
    model = sentence_transformers.SentenceTransformer(str(base), device="cpu")
    plain = model.encode(list(TEXTS))
    model.add_adapter(adapter(peft))
    disturb(model)
    expected = model.encode(list(TEXTS))
    assert np.abs(expected - plain).max() > 0.01
    saved = tmp_path / "saved"
    model.save(str(saved), create_model_card=False)
    if where != "folder":
        part = saved / "0_Transformer"
        part.mkdir()
        for path in saved.iterdir():
            if path.is_file() and path.name not in ("modules.json", "config_sentence_transformers.json"):
                path.rename(part / path.name)
        listing = json.loads((saved / "modules.json").read_text(encoding="utf-8"))
        listing[0]["path"] = part.name
        (saved / "modules.json").write_text(json.dumps(listing), encoding="utf-8")
    try:
        sentence_transformers.SentenceTransformer(str(saved), device="cpu")
    except OSError:
        assert where != "folder"
        with pytest.raises(ModelError, match="could not be loaded") as caught:
            encoders.load(str(saved), device="cpu")
        assert "\n" not in str(caught.value)
        return
    encoder = encoders.load(str(saved), device="cpu")
    assert np.abs(encoder.encode(TEXTS) - expected).max() < 1e-5
    assert encoder.spec.options["base"] == revisions_of_bases(saved, "saved")[str(base)]
    assert encoder.spec.notes == ()


def test_a_bare_adapter_is_audited_with_pefts_vectors_and_a_note(peft: Any, tmp_path: Path) -> None:
    """Mean pooling over what PEFT's own model gives; the note says that it is assumed."""
    import torch
    import transformers

    small_models.save(tmp_path)
    words = small_models.tokenizer(False, 48)
    network = transformers.AutoModel.from_pretrained(tmp_path / "base")
    network = peft.get_peft_model(network, adapter(peft)).eval()
    disturb(network)
    network.save_pretrained(tmp_path / "adapter")
    words.save_pretrained(tmp_path / "adapter")
    inputs = words(list(TEXTS), padding=True, truncation=True, max_length=48, return_tensors="pt")
    with torch.no_grad():
        states = network(**inputs).last_hidden_state
    mask = inputs["attention_mask"].unsqueeze(-1)
    expected = ((states * mask).sum(dim=1) / mask.sum(dim=1)).numpy()
    encoder = encoders.load(str(tmp_path / "adapter"), device="cpu")
    assert np.abs(encoder.encode(TEXTS) - expected).max() < 1e-4
    [note] = encoder.spec.notes
    assert note.startswith(
        "not saved as an embedding model (a LORA adapter of base): mean pooling is assumed"
    )


def test_a_live_model_whose_adapter_is_switched_off_is_another_one(peft: Any, tmp_path: Path) -> None:
    """The weights are the same; the vectors and the identity are not."""
    model = sentence_transformers.SentenceTransformer(str(small_models.save(tmp_path)), device="cpu")
    model.add_adapter(adapter(peft))
    disturb(model)
    encoder = evenband.wrap(model)
    on = encoder.spec.digest
    model.disable_adapters()
    assert encoder.spec.digest != on
    model.enable_adapters()
    assert encoder.spec.digest == on
