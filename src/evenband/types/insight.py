"""What was seen inside a model: plain frozen values, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Method = Literal["pooled states", "hidden tokens"]


@dataclass(frozen=True)
class Tokens:
    """One text as its model sees it, special tokens and truncation included.

    Attributes:
        text: the final text, prompt included.
        ids: the token ids.
        pieces: the vocabulary's entry for each id.
    """

    text: str
    ids: tuple[int, ...]
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Layer:
    """The two texts after one layer, its states taken to the end as the last layer's are.

    Attributes:
        index: 0 is the embeddings, before any layer.
        distance: 1 - cosine, in [0, 2].
        share: what the layer adds to the distance over the final distance; negative where it brings
            the texts together; they sum to 1. ``None`` where the final distance is 0.
    """

    index: int
    distance: float
    share: float | None


@dataclass(frozen=True)
class TokenPart:
    """What one token, paired with its partner in the other text, has to do with the distance.

    Attributes:
        piece: the vocabulary's entry, or several of a group such as the prompt.
        a: positions in text a, empty for a token that only text b has.
        b: positions in text b.
        contribution: in units of the distance; positive: it pushes the texts apart.
        moved: of the contribution, what comes from the token's own state being another in the
            other text; the rest is the weight that pooling gives it. ``None`` for a token without
            a partner and where the method does not tell.
    """

    piece: str
    a: tuple[int, ...]
    b: tuple[int, ...]
    contribution: float
    moved: float | None = None


@dataclass(frozen=True)
class Attribution:
    """Which tokens carry the distance.

    Attributes:
        method: ``pooled states`` splits the pooled vectors' difference exactly, token by token;
            ``hidden tokens`` is the Shapley value of letting the model see a token.
        total: what the contributions sum to: the final distance or, where a layer that is not
            linear follows the pooling, the pooled states' distance.
        parts: in the order of the texts.
    """

    method: Method
    total: float
    parts: tuple[TokenPart, ...]


@dataclass(frozen=True)
class Inspection:
    """Two texts on their way through one model.

    Attributes:
        a: the first text as its model sees it.
        b: the second.
        common: positions (in a, in b) of the tokens that both have, increasing.
        layers: from the embeddings to the last layer.
        attribution: which tokens carry the distance.
        pooling_share: 1 - d'/d, with d' the distance when the states of the tokens that only one
            text has are computed and attended to but not pooled. ``None`` where pooling takes a
            single token, where the texts share no token or do not differ.
    """

    a: Tokens
    b: Tokens
    common: tuple[tuple[int, int], ...]
    layers: tuple[Layer, ...]
    attribution: Attribution
    pooling_share: float | None

    @property
    def distance(self) -> float:
        """1 - cosine of the two final vectors, in [0, 2]."""
        return self.layers[-1].distance

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Inspection:
        """The inverse of :meth:`to_dict`, from JSON too."""
        attribution = data["attribution"]
        parts = (
            TokenPart(**{**part, "a": tuple(part["a"]), "b": tuple(part["b"])})
            for part in attribution["parts"]
        )
        return cls(
            a=_tokens(data["a"]),
            b=_tokens(data["b"]),
            common=tuple((int(i), int(j)) for i, j in data["common"]),
            layers=tuple(Layer(**layer) for layer in data["layers"]),
            attribution=Attribution(attribution["method"], attribution["total"], tuple(parts)),
            pooling_share=data["pooling_share"],
        )


def _tokens(data: Mapping[str, Any]) -> Tokens:
    return Tokens(data["text"], tuple(data["ids"]), tuple(data["pieces"]))


@dataclass(frozen=True)
class Divergence:
    """An odd pair beside ordinary ones, layer by layer from the embeddings on.

    Attributes:
        typical: median distance of the ordinary pairs.
        ratios: the odd pair's distance over it; ``None`` where that is 0.
        shares: of the final excess over the median, what each layer adds; they sum to 1.
            ``None`` if the odd pair ends no farther apart than the median.
        split: the first layer from which on the pair stays farther apart than 95 % of
            the ordinary ones, by at least a tenth of the final excess; ``None`` if it does
            not end so.
    """

    typical: tuple[float, ...]
    ratios: tuple[float | None, ...]
    shares: tuple[float, ...] | None
    split: int | None


@dataclass(frozen=True)
class Insight:
    """What a look inside a local model shows: the odd pair, and how it differs from ordinary ones."""

    inspection: Inspection
    divergence: Divergence | None
