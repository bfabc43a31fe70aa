"""A live model during one evaluation: its weights stand still, so they are looked at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

import numpy as np

from evenband import stages
from evenband.encoders.wrapping import Profile, Wrapper, profile_of
from evenband.errors import EvenbandError, InputError
from evenband.probes.pairs.minimal_pairs import MinimalPairs
from evenband.types import Encoder, ModelSpec, NoiseFloor, Readings, Role, Vectors

UNUSED = frozenset({"Recomputing", "Inspecting"})
"""Capabilities that an evaluation does without: text by text, a model takes ten times as long."""

REMEMBERED_NUMBERS = 50_000_000
"""Numbers of vectors that are remembered within an evaluation, at most: 200 MB."""

REMEMBERED_TEXTS = 200_000
"""Texts whose tokens are remembered from evaluation to evaluation, at most."""

ReadingsByTexts = dict[tuple[Role, tuple[str, ...]], "Readings | None"]


class Kept:
    """What stays from evaluation to evaluation, as long as all but the weights is the same.

    Attributes:
        read: what the tokenizer makes of texts.
        noises: noise floors of texts. Rounding depends on the network's form and the batches, hardly on its
            weights.
        asked: texts that an evaluation asks for, by role: computed together, they fill their batches, and
            texts of one length stand side by side.
    """

    def __init__(self) -> None:
        self._structure = ""
        self.read: ReadingsByTexts = {}
        self.noises: dict[tuple[str, ...], NoiseFloor] = {}
        self.asked: dict[Role, dict[str, None]] = {}

    def of_structure(self, structure: str) -> Kept:
        """Forget everything where the structure is another, or texts become too many; return what stays."""
        if structure != self._structure or sum(len(texts) for _, texts in self.read) > REMEMBERED_TEXTS:
            self._structure, self.read, self.noises = structure, {}, {}
        return self

    def expect(self, probes: Sequence[MinimalPairs]) -> None:
        """Take note of the texts that probes will ask for, as many as are remembered."""
        for probe in probes:
            for template in probe.templates:
                for side, texts in enumerate(probe.texts(template)):
                    if sum(map(len, self.asked.values())) + len(texts) > REMEMBERED_TEXTS:
                        return
                    self.asked.setdefault(probe.role(side), {}).update(dict.fromkeys(texts))


class HeldEncoder(Wrapper):
    """The encoder of a live model's present weights, under the name of a step."""

    def __init__(self, profile: Profile, encoder: Encoder, name: str, kept: Kept) -> None:
        """Name an encoder; its spec is taken once."""
        del profile
        self._encoder = encoder
        self._spec = replace(encoder.spec, name=name)
        self._kept = kept.of_structure(replace(self._spec, revision="").digest)

    @property
    def inner(self) -> Encoder:
        """The encoder itself."""
        return self._encoder

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector, the present weights' digest among it."""
        return self._spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts, in input order. Shape: n texts -> (n, d)."""
        return self._encoder.encode(texts, role)

    def known_noise(self, texts: Sequence[str]) -> NoiseFloor | None:
        """Return the noise floor of the same texts from an earlier evaluation; ``None`` without one."""
        return self._kept.noises.get(tuple(texts))

    def keep_noise(self, texts: Sequence[str], noise: NoiseFloor) -> None:
        """Keep a noise floor for later evaluations."""
        self._kept.noises[tuple(texts)] = noise


class _RememberedReading:
    inner: Encoder
    _kept: Kept

    def read(self, texts: Sequence[str], role: Role = Role.NONE) -> Readings | None:
        """Return what the model reads of each text, from an earlier evaluation where it was asked then."""
        key = (role, tuple(texts))
        if key not in self._kept.read:
            self._kept.read[key] = self.inner.read(texts, role)  # type: ignore[attr-defined]
        return self._kept.read[key]


HeldEncoder.forwarding = {"Reading": _RememberedReading}


class RememberingEncoder(Wrapper):
    """The vectors of another encoder, each text computed once as long as this object lives."""

    def __init__(self, encoder: Encoder, /, kept: Kept | None = None) -> None:
        """Remember what an encoder answers from now on.

        Args:
            encoder: that computes the vectors.
            kept: knows which texts will be asked for, and learns it; ``None`` to wait for each.
        """
        self._encoder = encoder
        self._asked = {} if kept is None else kept.asked
        self._vectors: dict[tuple[Role, str], Vectors] = {}

    @property
    def inner(self) -> Encoder:
        """The encoder itself."""
        return self._encoder

    @property
    def spec(self) -> ModelSpec:
        """The encoder's own spec."""
        return self._encoder.spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of texts that are new, and return all. Shape: n texts -> (n, d)."""
        new = [text for text in dict.fromkeys(texts) if (role, text) not in self._vectors]
        if new:
            self._compute_expected(role)
            new = [text for text in new if (role, text) not in self._vectors]
        computed = self._encoder.encode(new, role) if new else np.empty((0, self.spec.dim), np.float32)
        fresh = dict(zip(new, computed, strict=True))
        self._remember(fresh, role)
        rows = [fresh[text] if text in fresh else self._vectors[role, text] for text in texts]
        return np.stack(rows) if rows else computed

    def _compute_expected(self, role: Role) -> None:
        """Compute all texts that will be asked for; where one cannot be, each waits for its turn."""
        expected = [text for text in self._asked.get(role, ()) if (role, text) not in self._vectors]
        if expected and self._has_room_for(len(expected)):
            stages.enter(f"computing {len(expected):,} vectors")
            with suppress(EvenbandError):
                vectors = self._encoder.encode(expected, role)
                self._remember(dict(zip(expected, vectors, strict=True)), role)

    def _remember(self, vectors: Mapping[str, Vectors], role: Role) -> None:
        if self._has_room_for(len(vectors)):
            self._vectors.update({(role, text): vector for text, vector in vectors.items()})
            self._asked.setdefault(role, {}).update(dict.fromkeys(vectors))

    def _has_room_for(self, texts: int) -> bool:
        return (len(self._vectors) + texts) * self.spec.dim <= REMEMBERED_NUMBERS


@contextmanager
def held(live: Encoder, name: str, kept: Kept) -> Iterator[Encoder]:
    """Context manager: a live model under a name; its weights must not change inside the block.

    Args:
        live: what :func:`evenband.wrap` made.
        name: for tables and files.
        kept: what stays from earlier evaluations.

    Raises:
        InputError: if it is no live model.
    """
    from evenband.encoders.local.live import LiveEncoder

    if not isinstance(live, LiveEncoder):
        raise InputError(f"got {live.spec.ref}, expected a live SentenceTransformer")
    with live.held() as encoder:
        profile = profile_of(encoder)
        used = tuple(one for one in profile.capabilities if one not in UNUSED)
        yield HeldEncoder(replace(profile, capabilities=used), encoder, name, kept)
