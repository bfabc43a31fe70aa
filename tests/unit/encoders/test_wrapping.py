"""Wrappers have the capabilities of the encoder inside, all of them and no others."""

from __future__ import annotations

from collections.abc import Callable, Collection
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from capable_encoders import PARTS, Plain, capabilities_of, make
from evenband.encoders import CachedEncoder, VectorStore, capabilities, wrapping
from evenband.encoders.deferred import DeferredEncoder, defer
from evenband.encoders.wrapping import Profile, profile_of
from evenband.errors import ModelError
from evenband.types import Encoder, Role

TEXTS = ["let's eat, grandma", "let's eat grandma", "a", "let's eat, grandma"]
CHOICES = [(), *((name,) for name in PARTS), *combinations(PARTS, 2), tuple(PARTS)]


def cached(encoder: Plain, folder: Path) -> Encoder:
    return CachedEncoder(encoder, VectorStore(folder))


def deferred(encoder: Plain, folder: Path) -> Encoder:
    return DeferredEncoder(profile_of(encoder), encoder.spec, lambda: encoder)


def both(encoder: Plain, folder: Path) -> Encoder:
    return CachedEncoder(deferred(encoder, folder), VectorStore(folder))


Wrap = Callable[[Plain, Path], Encoder]
every_wrapper = pytest.mark.parametrize("wrap", [cached, deferred, both])


def test_every_protocol_is_passed_on() -> None:
    """A new capability that nothing forwards would be lost by the first cache."""
    protocols = {
        name
        for name, value in vars(capabilities).items()
        if getattr(value, "_is_protocol", False) and value.__module__ == capabilities.__name__
    }
    assert protocols == set(PARTS) == set(wrapping._FORWARDING) == set(wrapping._CAPABILITIES)


@every_wrapper
@pytest.mark.parametrize("names", CHOICES, ids="+".join)
def test_a_wrapper_has_exactly_the_capabilities_of_what_it_wraps(
    wrap: Wrap, names: Collection[str], tmp_path: Path
) -> None:
    inner = make(names)
    wrapper = wrap(inner, tmp_path)
    assert capabilities_of(inner) == capabilities_of(wrapper) == set(names)
    assert isinstance(wrapper, Encoder)
    assert wrapper.spec == inner.spec
    np.testing.assert_array_equal(wrapper.encode(TEXTS), inner.toy.encode(TEXTS))


@every_wrapper
def test_a_wrapper_answers_as_the_encoder_inside_does(wrap: Wrap, tmp_path: Path) -> None:
    inner: Any = make(PARTS)
    wrapper: Any = wrap(inner, tmp_path)
    assert wrapper.slice_size == 3
    assert wrapper.libraries == {"torch": "9.9"}
    assert wrapper.largest_difference() == 1e-7
    assert wrapper.count_tokens(TEXTS) == inner.count_tokens(TEXTS)
    assert wrapper.tokens("abc", Role.QUERY) == inner.tokens("abc")
    assert (
        wrapper.read(["abc", "ABC", "b" * 50]).keys.tolist()
        == inner.read(["abc", "ABC", "b" * 50]).keys.tolist()
    )
    rng = np.random.default_rng(0)
    assert wrapper.inspect("a", "b", Role.QUERY, passes=3, rng=rng) == (
        *("a", "b", Role.QUERY),
        {"passes": 3, "rng": rng},
    )
    np.testing.assert_array_equal(wrapper.recompute(TEXTS), inner.recompute(TEXTS))
    assert wrapper.vocabulary() is inner.vocabulary()
    np.testing.assert_array_equal(wrapper.covers(["a", "zxqj"]), [True, False])


@pytest.mark.parametrize("names", CHOICES, ids="+".join)
def test_a_deferred_encoder_knows_its_capabilities_without_being_loaded(names: Collection[str]) -> None:
    """From the record of an earlier load, not from the model."""
    loads: list[Plain] = []

    def load() -> Plain:
        loads.append(make(names))
        return loads[-1]

    arguments: Any = ("toy:chars", "toy-chars", {"files": "abc"}, {})
    first = defer(load, *arguments)
    assert first is loads.pop()
    second = CachedEncoder(defer(load, *arguments))
    assert isinstance(second.fresh, DeferredEncoder)
    assert capabilities_of(second) == capabilities_of(second.fresh) == set(names)
    assert loads == []
    np.testing.assert_array_equal(second.encode(TEXTS), first.encode(TEXTS))
    assert len(loads) == 1


def test_an_encoder_that_lost_a_capability_is_not_what_it_was() -> None:
    forgotten: list[bool] = []
    inner = make([])
    wrapper = DeferredEncoder(
        Profile(("Tokenizing",)), inner.spec, lambda: inner, lambda: forgotten.append(True)
    )
    with pytest.raises(ModelError, match="not what it was"):
        wrapper.encode(TEXTS)
    assert forgotten == [True]


def test_a_wrapper_of_one_encoder_says_nothing_of_another() -> None:
    """The classes behind the wrappers are shared, their profiles are not."""
    one, two = CachedEncoder(make(["Batching"])), CachedEncoder(make([]))
    assert (one.profile.slice_size, two.profile.slice_size) == (3, None)
    assert type(one).__name__ == type(two).__name__ == "CachedEncoder"
    assert isinstance(one, CachedEncoder)
