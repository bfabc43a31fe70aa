"""What a run will ask of APIs that cost money, before it asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evenband import encoders
from evenband.encoders import CachedEncoder
from evenband.encoders.redaction import redact
from evenband.encoders.remote.remote_encoder import estimate_tokens
from evenband.errors import InputError
from evenband.probes.agreement import TextSet, texts_of_probe
from evenband.probes.pairs.budget_size import stand_in
from evenband.running import plan as plans
from evenband.running.plan import Plan
from evenband.types import Role

LARGE_RUN = 100_000
"""Tokens, as estimated, from which a run on an API wants the user's consent."""


@dataclass(frozen=True)
class Cost:
    """What one model will be asked.

    Attributes:
        model: its reference, without secrets.
        texts: number of different texts that are not cached; follow-ups and repeats come on top.
        tokens: of these, estimated from their length in bytes.
    """

    model: str
    texts: int
    tokens: int

    @property
    def is_large(self) -> bool:
        """Whether the user is to be asked."""
        return self.tokens >= LARGE_RUN

    def describe(self, price: float | None = None) -> str:
        """Return a sentence.

        Args:
            price: of a million tokens, in the user's currency; ``None`` if not given.
        """
        cost = "" if price is None else f", {price * self.tokens / 1e6:,.2f} at {price:g} per million tokens"
        return (
            f"{self.model}: {self.texts:,} texts are not cached, about {self.tokens:,} tokens{cost} "
            "(estimated at four bytes per token; follow-ups and the noise floor come on top)"
        )


def estimate_plan(plan: Plan) -> list[Cost]:
    """Cost what a plan asks of each of its metered models; most plans have none.

    Raises:
        InputError: if a model or a probe of the plan cannot be read.
    """
    metered = list_metered(plan)
    return (
        estimate_sets([texts_of_probe(stand_in(probe)) for probe in plans.load_probes(plan)], metered)
        if metered
        else []
    )


def list_metered(plan: Plan) -> list[str]:
    """Return the references of a plan that cost money; variants of a model share its texts."""
    models = [*plan.models, *([plan.reference] if plan.reference else [])]
    return list(dict.fromkeys(encoders.base_of(ref) for ref in models if encoders.is_metered(ref)))


def estimate_sets(sets: Sequence[TextSet], models: Iterable[str]) -> list[Cost]:
    """Cost what embedding some texts asks of some models."""
    pairs = {pair for texts in sets for pair in zip(texts.texts, texts.roles, strict=True)}
    return [_estimate(ref, pairs) for ref in models]


def estimate_words(models: Iterable[str], words: Iterable[str]) -> list[Cost]:
    """Cost what embedding some words asks of those models that cost money."""
    pairs = {(word, Role.NONE) for word in words}
    return [_estimate(ref, pairs) for ref in models if encoders.is_metered(ref)]


def estimate_corpus(ref: str, documents: int, tokens: int) -> list[Cost]:
    """Cost what embedding documents asks of a model, if it costs money."""
    if not encoders.is_metered(ref):
        return []
    return [Cost(redact(ref), documents, tokens)]


def _estimate(ref: str, pairs: Iterable[tuple[str, Role]]) -> Cost:
    by_role = {role: [text for text, other in pairs if other == role] for role in Role}
    known, prompts = encoders.known_encoder(ref), encoders.remote_prompts(ref)
    missing: list[str] = []
    for role, texts in by_role.items():
        stored: list[bool] = [False] * len(texts)
        if known is not None:
            stored = CachedEncoder(known).is_stored(texts, role).tolist()
        prompt = prompts.get(role, "")
        missing += [prompt + text for text, has_one in zip(texts, stored, strict=True) if not has_one]
    return Cost(redact(ref), len(missing), sum(map(estimate_tokens, missing)))


def check_price(price: float | None) -> None:
    """Refuse a price that is no amount of money.

    Raises:
        InputError: if it is negative or not finite.
    """
    if price is not None and not 0 <= price < float("inf"):
        raise InputError(f"price: got {price}, expected the price of a million tokens, such as 0.02")
