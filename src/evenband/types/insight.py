"""Results of looking inside a model, as plain frozen values without torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Method = Literal["pooled states", "hidden tokens"]


@dataclass(frozen=True)
class Tokens:
    """A text as its model reads it, special tokens and truncation included.

    Attributes:
        text: the final text, prompt included.
        ids: the token ids.
        pieces: the vocabulary entry of each id.
    """

    text: str
    ids: tuple[int, ...]
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Layer:
    """Distance of two texts after one layer, whose states are pooled as the last layer's are.

    Attributes:
        index: number of the layer; 0 is the embeddings, before any layer.
        distance: 1 - cosine, in [0, 2].
        share: what the layer adds to the distance, over the final distance. Negative where the layer brings
            the texts together; all shares sum to 1. ``None`` where the final distance is 0.
    """

    index: int
    distance: float
    share: float | None


@dataclass(frozen=True)
class TokenPart:
    """Contribution of one token, with its partner in the other text, to the distance.

    Attributes:
        piece: the vocabulary entry, or several of a group such as the prompt.
        a: positions in text a; empty for a token that only text b has.
        b: positions in text b.
        contribution: in units of the distance; positive where it pushes the texts apart.
        moved: part of the contribution that comes from a different state of the token in the other text;
            the rest comes from the weight that pooling gives it. ``None`` for a token without a partner,
            and where the method does not separate the two.
    """

    piece: str
    a: tuple[int, ...]
    b: tuple[int, ...]
    contribution: float
    moved: float | None = None


@dataclass(frozen=True)
class Attribution:
    """Contributions of all tokens to a distance.

    Attributes:
        method: ``pooled states`` splits the pooled vectors' difference exactly, token by token;
            ``hidden tokens`` is the Shapley value of letting the model read a token.
        total: sum of the contributions: the final distance or, where a non-linear layer follows the
            pooling, the distance of the pooled states.
        parts: in the order of the texts.
    """

    method: Method
    total: float
    parts: tuple[TokenPart, ...]


@dataclass(frozen=True)
class Inspection:
    """Two texts followed through the layers of one model.

    Attributes:
        a: the first text as its model reads it.
        b: the second.
        common: positions (in a, in b) of the tokens that both texts have, increasing.
        layers: from the embeddings to the last layer.
        attribution: contributions of the tokens to the distance.
        pooling_share: 1 - d'/d. Here d' is the distance when the tokens that only one text has are
            computed and attended to but not pooled. ``None`` where pooling takes a single token, and
            where the texts share no token or do not differ.
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
        """Return plain data, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Inspection:
        """Return the inspection that :meth:`to_dict` came from, also after a round trip through JSON."""
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
    """Comparison of an odd pair with ordinary ones, layer by layer from the embeddings on.

    Attributes:
        typical: median distance of the ordinary pairs, in [0, 2].
        ratios: the odd pair's distance over that median; ``None`` where the median is 0.
        shares: what each layer adds to the final excess over the median, as a share; they sum to 1.
            ``None`` if the odd pair ends no farther apart than the median.
        split: the first layer from which on the pair stays farther apart than 95% of the ordinary ones, by
            at least a tenth of the final excess; ``None`` if it does not end so.
    """

    typical: tuple[float, ...]
    ratios: tuple[float | None, ...]
    shares: tuple[float, ...] | None
    split: int | None


@dataclass(frozen=True)
class Insight:
    """Inspection of an odd pair in a local model, and its comparison with ordinary pairs."""

    inspection: Inspection
    divergence: Divergence | None
