"""What a static model's folder decides: its libraries' versions, whose modules they are, which end is cut."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models
from evenband import encoders
from evenband.encoders import CachedEncoder, Versioned
from evenband.encoders.local.static import is_static, static_encoder, static_folder
from evenband.errors import ModelError

pytest.importorskip("tokenizers")
pytest.importorskip("safetensors")
transformers = pytest.importorskip("sentence_transformers")

LONG = "the king and the queen, please help grandma"


def saved(folder: Path, direction: str | None = None) -> Path:
    from sentence_transformers.sentence_transformer import modules as parts

    words = small_models.tokenizer(False, 48).backend_tokenizer
    size = words.get_vocab_size()
    static: Any = parts.StaticEmbedding
    chain = [
        static(words, embedding_weights=np.random.default_rng(0).normal(size=(size, 12))),
        parts.Normalize(),
    ]
    transformers.SentenceTransformer(modules=chain, device="cpu").save(str(folder), create_model_card=False)
    if direction is not None:
        [path] = folder.rglob("tokenizer.json")
        tokens = json.loads(path.read_text(encoding="utf-8"))
        cut = {"max_length": 3, "strategy": "LongestFirst", "stride": 0, "direction": direction}
        path.write_text(json.dumps({**tokens, "truncation": cut}), encoding="utf-8")
    return folder


@pytest.mark.parametrize("direction", ["Left", "Right"])
def test_texts_are_cut_at_the_end_that_the_tokenizer_names(tmp_path: Path, direction: str) -> None:
    """sentence-transformers on the same folder is the oracle; the rest is the other end."""
    folder = saved(tmp_path / "m", direction)
    oracle = transformers.SentenceTransformer(str(folder), device="cpu")
    encoder: Any = encoders.load(str(folder))
    np.testing.assert_allclose(encoder.encode([LONG, "king"]), oracle.encode([LONG, "king"]), atol=1e-5)
    kept = ("please", "help", "grandma") if direction == "Left" else ("the", "king", "a")
    assert encoder.tokens(LONG).pieces == kept
    same_end = LONG.replace("king", "queen") if direction == "Left" else LONG.replace("help", "stop")
    read = encoder.read([LONG, same_end, "king"])
    assert read.keys[0] == read.keys[1]
    assert read.whole[0] != read.whole[1]
    assert read.is_cut.tolist() == [True, True, False]


def test_another_version_of_the_tokenizer_is_another_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may split texts in another way, so that cached vectors are not those of today."""
    folder = saved(tmp_path / "m")
    encoder = encoders.load(str(folder))
    assert isinstance(encoder, Versioned)
    cached = CachedEncoder(encoder)
    cached.encode([LONG])
    assert all(cached.is_stored([LONG]))
    monkeypatch.setattr(static_encoder, "version", lambda _name: "99.0")
    assert not any(CachedEncoder(encoders.load(str(folder))).is_stored([LONG]))


@pytest.mark.parametrize("place", [0, 1])
def test_a_module_of_the_same_name_from_elsewhere_is_not_the_librarys(tmp_path: Path, place: int) -> None:
    """It may compute anything, so that the folder is not read as a table."""
    folder = saved(tmp_path / "m")
    assert is_static(folder)
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    modules[place]["type"] = "anycode." + modules[place]["type"].rpartition(".")[2]
    (folder / "modules.json").write_text(json.dumps(modules), encoding="utf-8")
    assert not is_static(folder)


def test_a_table_that_changes_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its digest would pin other vectors than were read."""
    folder = saved(tmp_path / "m")
    own = static_folder.read_static

    def read(place: Path, ref: str) -> Any:
        content = own(place, ref)
        (place / "late.txt").write_text("new", encoding="utf-8")
        return content

    monkeypatch.setattr(static_encoder, "read_static", read)
    with pytest.raises(ModelError, match=r"changed while it was read \('late.txt'\)"):
        encoders.load(str(folder))


def of_model2vec(folder: Path, **settings: object) -> Path:
    """A folder as model2vec's first versions saved it, without a list of modules."""
    from safetensors.numpy import save_file

    folder.mkdir()
    words = small_models.tokenizer(False, 48).backend_tokenizer
    words.save(str(folder / "tokenizer.json"))
    table = np.random.default_rng(0).normal(size=(words.get_vocab_size(), 12)).astype(np.float32)
    save_file({"embeddings": table}, str(folder / "model.safetensors"))
    content = json.dumps({"model_type": "model2vec", "normalize": True, **settings})
    (folder / "config.json").write_text(content, encoding="utf-8")
    return folder


SETTINGS: dict[str, str] = {
    "{": "config_sentence_transformers.json is damaged",
    "[]": r"holds \[\], expected settings",
    '{"prompts": ["query: "]}': r"has the prompts \['query: '\], expected texts by their names",
    '{"prompts": {"query": 5}}': "expected texts by their names",
    '{"prompts": {"query": "q: "}, "default_prompt_name": "search"}': "default prompt 'search', expected one",
}


@pytest.mark.parametrize("settings", SETTINGS)
def test_settings_that_cannot_be_followed_are_refused(tmp_path: Path, settings: str) -> None:
    """A model without its prompts or its similarity would be another model, without a word."""
    folder = saved(tmp_path / "m")
    (folder / "config_sentence_transformers.json").write_text(settings, encoding="utf-8")
    with pytest.raises(ModelError, match=SETTINGS[settings]):
        encoders.load(str(folder))


@pytest.mark.parametrize("name", ["jaccard", "relevance", ["dot"]])
def test_a_similarity_that_is_not_known_has_a_note(tmp_path: Path, name: object) -> None:
    """As for a model with a network; a reranker's relevance is none of vectors."""
    folder = saved(tmp_path / "m")
    path = folder / "config_sentence_transformers.json"
    path.write_text(json.dumps({"similarity_fn_name": name}), encoding="utf-8")
    spec = encoders.load(str(folder)).spec
    assert spec.similarity == "cosine"
    [note] = spec.notes
    assert note.startswith(f"similarity: the model's configuration names {name!r}")


@pytest.mark.parametrize("limit", [-1, 0, 2.5, "512", [3]])
def test_a_limit_that_is_no_length_is_refused(tmp_path: Path, limit: object) -> None:
    """-1 would leave out the last token of each text."""
    folder = of_model2vec(tmp_path / "m", max_length=limit)
    with pytest.raises(ModelError, match=r"max_length .*, expected null or a whole number from 1 on"):
        encoders.load(str(folder))


def test_a_token_beyond_the_table_is_one_line(tmp_path: Path) -> None:
    """A vocabulary may have gaps, so that its size does not tell."""
    folder = of_model2vec(tmp_path / "m")
    path = folder / "tokenizer.json"
    tokens = json.loads(path.read_text(encoding="utf-8"))
    tokens["model"]["vocab"]["king"] = 5_000
    path.write_text(json.dumps(tokens), encoding="utf-8")
    encoder = encoders.load(str(folder))
    with pytest.raises(ModelError, match=r"model '.*' failed while its tokens were looked up: .*5000"):
        encoder.encode(["the king"])
