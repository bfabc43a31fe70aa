"""Variants: changed vectors of one base, which embeds every text once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import capable_encoders
import small_models
from evenband import encoders
from evenband.encoders import VariantEncoder, VectorStore, cached, capabilities
from evenband.encoders.local import loading
from evenband.encoders.postprocessing import PostProcessing
from evenband.encoders.references import Settings, parse
from evenband.errors import InputError, ModelError
from evenband.types import Encoder
from small_models import TEXTS


def variant(base: Encoder, **steps: object) -> VariantEncoder:
    return VariantEncoder(base, PostProcessing(**steps), "x?y=1", "x-y-1")  # type: ignore[arg-type]


def test_all_variants_of_a_model_share_its_embedded_vectors(tmp_path: Path) -> None:
    """Every text is embedded once for all variants; the calibration texts once more."""
    base = capable_encoders.Plain()
    store = VectorStore(tmp_path)
    plain = cached(base, store=store).encode(TEXTS)
    free: Sequence[dict[str, object]] = [{"dim": 8}, {"dim": 64}, {"quantize": "binary"}, {"normalize": True}]
    for one in free:
        assert len(cached(variant(base, **one), store=store).encode(TEXTS)) == len(plain)
    assert len(base.asked) == len(set(TEXTS))
    for quantize in ("int8", "uint8"):
        cached(variant(base, quantize=quantize), store=store).encode(TEXTS)
    assert len(base.asked) == len(set(TEXTS)) + 700
    assert len(set(base.asked)) == len(base.asked)


def test_the_uncached_variant_quantises_as_the_cached_one() -> None:
    """Both use one set of ranges, computed once, so that the noise floor compares like with like."""
    base = capable_encoders.Plain()
    fresh = variant(base, quantize="int8")
    stored = cached(fresh)
    np.testing.assert_array_equal(stored.encode(TEXTS), fresh.encode(TEXTS))
    assert sum(text not in TEXTS for text in base.asked) <= 700


def test_full_length_is_the_model_itself() -> None:
    """dim=full is identity, bit for bit, and its spec has the same digest."""
    base = capable_encoders.Plain()
    full = variant(base, dim=64)
    np.testing.assert_array_equal(full.encode(TEXTS), base.encode(TEXTS))
    assert full.spec.digest == base.spec.digest
    with pytest.raises(InputError, match=r"got dim=65, expected 64 or less"):
        variant(base, dim=65)


def test_specs_of_different_variants_differ() -> None:
    """No two variants can be taken for one another."""
    base = capable_encoders.Plain()
    steps: Sequence[dict[str, object]] = (
        {},
        {"dim": 8},
        {"normalize": True},
        {"quantize": "int8"},
        {"quantize": "uint8"},
        {"quantize": "binary"},
        {"dim": 8, "quantize": "binary"},
    )
    assert len({variant(base, **one).spec.digest for one in steps}) == len(steps)


@pytest.mark.parametrize("name", sorted(capable_encoders.PARTS))
def test_a_variant_has_the_capabilities_of_its_base(name: str) -> None:
    """Whatever the base offers beside its vectors, its variants offer."""
    encoder = variant(capable_encoders.make([name]), dim=8)
    assert capable_encoders.capabilities_of(encoder) == {name}


def test_vectors_that_come_another_way_are_changed_as_well() -> None:
    """Recomputed vectors and vectors that arrive in pieces go through the same steps."""
    encoder = variant(capable_encoders.make(["Recomputing", "Piecewise"]), dim=8)
    assert isinstance(encoder, capabilities.Recomputing)
    assert isinstance(encoder, capabilities.Piecewise)
    expected = encoder.encode(TEXTS)
    np.testing.assert_array_equal(encoder.recompute(TEXTS), expected)
    arrived = np.zeros_like(expected)

    def keep(rows: Sequence[int], part: np.ndarray) -> None:
        arrived[list(rows)] = part

    encoder.encode_pieces(TEXTS, keep)
    np.testing.assert_array_equal(arrived, expected)


def test_layers_are_not_shown_for_vectors_that_they_do_not_make() -> None:
    """A quantised variant names its base to look into."""
    encoder = variant(capable_encoders.make(["Inspecting"]), quantize="binary")
    assert isinstance(encoder, capabilities.Inspecting)
    with pytest.raises(ModelError, match="look into 'toy:chars'"):
        encoder.inspect("a", "b")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ({"dim": 64}, "cosine"),
        ({"dim": 8}, "dot"),
        ({"normalize": True}, "cosine"),
        ({"dim": 8, "normalize": True}, "cosine"),
        ({"quantize": "int8"}, "dot"),
        ({"quantize": "binary"}, "cosine"),
    ],
)
def test_a_model_made_for_the_dot_product(steps: dict[str, object], expected: str) -> None:
    """It is compared by dot product wherever its vectors differ in length, and only there."""
    base = capable_encoders.make(["Comparing"])
    assert variant(base, **steps).spec.similarity == expected


def test_truncation_of_a_local_model_is_what_it_was(tmp_path: Path) -> None:
    """Digest, similarity and vectors of ?dim= equal those of truncation inside the adapter."""
    pytest.importorskip("sentence_transformers")
    folder = small_models.save(tmp_path / "m", kind="bert", pooling="cls", normalize=False)
    (folder / "config_sentence_transformers.json").write_text('{"similarity_fn_name": "dot"}', "utf-8")
    ref = f"{folder}?dim=9"
    before = loading.load(parse(ref, encoders.REGISTRY), Settings())
    now = encoders.load(ref)
    assert (now.spec.digest, now.spec.name) == (before.spec.digest, before.spec.name)
    assert now.spec.similarity == before.spec.similarity == "dot"
    np.testing.assert_array_equal(now.encode(TEXTS), before.encode(TEXTS))


def test_truncated_and_normalised_vectors_are_sentence_transformers_own(tmp_path: Path) -> None:
    """The same as its encode with truncate_dim and normalize_embeddings."""
    library = pytest.importorskip("sentence_transformers")
    folder = small_models.save(tmp_path / "m", kind="bert")
    expected = library.SentenceTransformer(str(folder), truncate_dim=7).encode(
        TEXTS, normalize_embeddings=True
    )
    found = encoders.load(f"{folder}?dim=7&normalize=true").encode(TEXTS)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_word_vectors_have_variants_with_their_list(tmp_path: Path) -> None:
    """dim cuts words as it cuts texts, also where word arithmetic searches them."""
    file = tmp_path / "w.txt"
    file.write_text("king 1 2 3\nqueen 3 -2 1\n", encoding="utf-8")
    encoder = encoders.load(f"word2vec:{file}?dim=2")
    np.testing.assert_array_equal(encoder.encode(["king", "queen"]), [[1, 2], [3, -2]])
    assert isinstance(encoder, capabilities.Listing)
    words = encoder.vocabulary()
    np.testing.assert_array_equal(words.vectors, [[1, 2], [3, -2]])
    np.testing.assert_allclose(words.norms, [5**0.5, 13**0.5], rtol=1e-6)
    assert words.row("queen") == 1
    with pytest.raises(ModelError, match="vectors for 0 of 700 calibration texts"):
        encoders.load(f"word2vec:{file}?quantize=int8").encode(["king"])


def test_the_base_of_a_reference() -> None:
    """Estimates and forecasts look for vectors under the base's reference."""
    assert encoders.base_of("a=minilm?dim=64&quantize=int8") == "minilm"
    assert encoders.base_of("toy:words?dim=8&quantize=int8") == "toy:words?dim=8"
    assert encoders.base_of("http://h/v1#dim=8&quantize=int8") == "http://h/v1#dim=8"
    assert encoders.base_of("minilm?prompt=query") == "minilm?prompt=query"
