"""A loaded sentence-transformers model, taken apart: token states after every layer.

States in the middle are looked at as those of the last layer are: through the network's final
norm, where it has one, the pooling and whatever follows it. For decoders that is what the
"logit lens" does; without the norm a few huge components would hide everything else.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evenband.encoders.local.engines.features import UnsupportedError, tokenize
from evenband.similarity import Float, paired_distance

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

POSITIONAL = ("cls", "lasttoken")
"""Poolings that take one token's state."""


@dataclass(frozen=True)
class Text:
    """One text inside the model, without padding.

    Attributes:
        features: what the transformer was given, each tensor (1, n) for n tokens.
        states: token states after the embeddings and each layer, each (1, n, width).
    """

    features: dict[str, Any]
    states: tuple[torch.Tensor, ...]

    @property
    def prompt_length(self) -> int:
        """Tokens at the beginning that the pooling may have to leave out."""
        return int(self.features.get("prompt_length") or 0)


class Body:
    """Transformer, pooling and what follows, each the model's own module."""

    def __init__(self, model: SentenceTransformer, dim: int) -> None:
        """Vectors are cut to ``dim``.

        Raises:
            UnsupportedError: if the model is built of other modules.
        """
        modules = list(model)
        names = [type(module).__name__ for module in modules]
        if names[:2] != ["Transformer", "Pooling"]:
            raise UnsupportedError(f"it begins with {' and '.join(names[:2])}, not Transformer and Pooling")
        if any((getattr(model, "module_kwargs", None) or {}).values()):
            raise UnsupportedError("its modules take arguments of their own")
        self.model = model
        self.dim = dim
        self.transformer: Any = modules[0]
        self.pooling: Any = modules[1]
        self.rest: list[Any] = modules[2:]
        self.linear = all(name == "Normalize" for name in names[2:])
        self.modes = _modes(self.pooling)

    @property
    def positional(self) -> bool:
        """Whether pooling only picks tokens."""
        return all(mode in POSITIONAL for mode in self.modes)

    def read(self, text: str, prompt: str, task: str | None) -> Text:
        """One text, through every layer.

        Raises:
            UnsupportedError: if the text is no sequence of tokens, or the network shows no states.
        """
        (batch,) = tokenize(self.model, [text], prompt, task)
        device = self.model.device
        features: dict[str, Any] = {key: value.to(device) for key, value in batch.tokens.items()}
        features["attention_mask"] = features["input_ids"].new_ones(features["input_ids"].shape)
        features.update(batch.constants)
        return Text(features, self._layers(features))

    def _layers(self, features: dict[str, Any]) -> tuple[torch.Tensor, ...]:
        network = self.transformer.auto_model
        with _showing_layers(network), _watching(network) as seen:
            found = self.transformer(dict(features))
        last, states = found["token_embeddings"], found.get("all_layer_embeddings")
        if not states or any(state.shape != last.shape for state in states):
            raise UnsupportedError("its network does not show the states of its layers")
        norm = next((module for module, output in seen if output is last), None)
        middle = states[:-1] if norm is None else [norm(state) for state in states[:-1]]
        return (*middle, last)

    def pool(self, states: torch.Tensor, prompt_length: int) -> torch.Tensor:
        """The pooling alone. Shape: (b, n, width) -> (b, modes x width)."""
        features = {
            "token_embeddings": states,
            "attention_mask": states.new_ones(states.shape[:2]).long(),
            "prompt_length": prompt_length,
        }
        pooled: torch.Tensor = self.pooling(features)["sentence_embedding"]
        return pooled

    def finish(self, pooled: torch.Tensor) -> Float:
        """What follows the pooling. Shape: (b, modes x width) -> (b, dim)."""
        features: dict[str, Any] = {"sentence_embedding": pooled}
        for module in self.rest:
            features = module(features)
        return widened(features["sentence_embedding"])[:, : self.dim]

    def distances(self, a: Text, b: Text) -> list[float]:
        """1 - cosine of the two texts after the embeddings and each layer."""
        ends = [self.finish(self.pool(_stack(text.states), text.prompt_length)) for text in (a, b)]
        return [float(distance) for distance in paired_distance(*ends)]


def widened(tensor: torch.Tensor) -> Float:
    """The numbers in float64."""
    wide: Float = tensor.detach().double().cpu().numpy()
    return wide


def keep(text: Text, positions: Sequence[int]) -> tuple[torch.Tensor, int]:
    """Last states of some tokens, and how many of them are the prompt's. Shape: (1, kept, width)."""
    kept = np.asarray(positions, dtype=np.intp)
    return text.states[-1][:, kept.tolist()], int((kept < text.prompt_length).sum())


def _modes(pooling: Any) -> tuple[str, ...]:
    mode = getattr(pooling, "pooling_mode", None) or pooling.get_pooling_mode_str()
    return tuple(mode.split("+")) if isinstance(mode, str) else tuple(mode)


def _stack(states: Sequence[torch.Tensor]) -> torch.Tensor:
    import torch

    return torch.cat(list(states))


@contextlib.contextmanager
def _showing_layers(network: Any) -> Iterator[None]:
    """Let the transformer module hand over the states of all layers; as before afterwards."""
    before = network.config.output_hidden_states
    network.config.output_hidden_states = True
    try:
        yield
    finally:
        network.config.output_hidden_states = before


@contextlib.contextmanager
def _watching(network: Any) -> Iterator[list[tuple[Any, Any]]]:
    """Every direct part of the network that ran, with what it answered."""
    seen: list[tuple[Any, Any]] = []

    def note(module: Any, _: Any, output: Any) -> None:
        seen.append((module, output))

    handles = [module.register_forward_hook(note) for module in network.children()]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()
