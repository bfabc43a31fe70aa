"""Token states after every layer of a loaded sentence-transformers model.

States of inner layers are treated like those of the last layer: they go through the network's final norm, if
it has one, the pooling and all later modules. For decoders this is known as the "logit lens"; without the
norm a few huge components would dominate every distance.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evenband.encoders.local.engines.features import UnsupportedError, tokenize
from evenband.encoders.local.pooled_states import pooled_layer
from evenband.similarity import Float, paired_distance

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

POSITIONAL_MODES = ("cls", "lasttoken")
"""Pooling modes that take the state of a single token."""


@dataclass(frozen=True)
class TextStates:
    """The states of one text inside the model, without padding.

    Attributes:
        features: inputs of the transformer, each tensor (1, n) for n tokens.
        states: token states after the embeddings and after each layer, each (1, n, width).
    """

    features: dict[str, Any]
    states: tuple[torch.Tensor, ...]

    @property
    def prompt_length(self) -> int:
        """Number of prompt tokens at the beginning that the pooling may have to exclude."""
        return int(self.features.get("prompt_length") or 0)


class ModelParts:
    """A model's transformer, its pooling and the modules after them, which can be run one by one."""

    def __init__(self, model: SentenceTransformer, dim: int) -> None:
        """Take the model apart; vectors are truncated to ``dim``.

        Raises:
            UnsupportedError: if its first two modules are not a transformer and a pooling.
        """
        modules = list(model)
        names = [type(module).__name__ for module in modules]
        if names[:2] != ["Transformer", "Pooling"]:
            raise UnsupportedError(f"it begins with {' and '.join(names[:2])}, not Transformer and Pooling")
        if any((getattr(model, "module_kwargs", None) or {}).values()):
            raise UnsupportedError("its modules take extra arguments")
        self.model = model
        self.dim = dim
        self.transformer: Any = modules[0]
        self.pooling: Any = modules[1]
        self.later_modules: list[Any] = modules[2:]
        self.only_normalises = all(name == "Normalize" for name in names[2:])
        self.modes = _modes(self.pooling)

    @property
    def is_positional(self) -> bool:
        """Whether each pooling mode takes the state of a single token."""
        return all(mode in POSITIONAL_MODES for mode in self.modes)

    def read(self, text: str, prompt: str, task: str | None) -> TextStates:
        """Run a text through the transformer and keep the states of all layers.

        Raises:
            UnsupportedError: if the text is not one sequence of tokens, or the network returns no states.
        """
        (batch,) = tokenize(self.model, [text], prompt, task)
        device = self.model.device
        features: dict[str, Any] = {key: value.to(device) for key, value in batch.tokens.items()}
        features["attention_mask"] = features["input_ids"].new_ones(features["input_ids"].shape)
        features.update(batch.constants)
        return TextStates(features, self._states(features))

    def _states(self, features: dict[str, Any]) -> tuple[torch.Tensor, ...]:
        """Return the states after the embeddings and each layer, with the final norm applied to all."""
        network = self.transformer.auto_model
        with _output_hidden_states(network), _recorded_outputs(network) as outputs:
            features = self.transformer(dict(features))
        last, states = features["token_embeddings"], features.get("all_layer_embeddings")
        if not states or any(state.shape != last.shape for state in states):
            raise UnsupportedError("its network does not return the states of its layers")
        if (layer := pooled_layer(self.model)) is not None:
            return (*states[:layer], last)
        norm = next((module for module, output in outputs if output is last), None)
        inner = states[:-1] if norm is None else [norm(state) for state in states[:-1]]
        return (*inner, last)

    def pool(self, states: torch.Tensor, prompt_length: int) -> torch.Tensor:
        """Run the pooling alone. Shape: (b, n, width) -> (b, modes x width)."""
        features = {
            "token_embeddings": states,
            "attention_mask": states.new_ones(states.shape[:2]).long(),
            "prompt_length": prompt_length,
        }
        pooled: torch.Tensor = self.pooling(features)["sentence_embedding"]
        return pooled

    def finish(self, pooled: torch.Tensor) -> Float:
        """Run the modules after the pooling. Shape: (b, modes x width) -> (b, dim)."""
        features: dict[str, Any] = {"sentence_embedding": pooled}
        for module in self.later_modules:
            features = module(features)
        return to_float64(features["sentence_embedding"])[:, : self.dim]

    def distances(self, a: TextStates, b: TextStates) -> list[float]:
        """Return 1 - cosine of the two texts after the embeddings and after each layer; in [0, 2]."""
        vectors = [self.finish(self.pool(_stack(text.states), text.prompt_length)) for text in (a, b)]
        return [float(distance) for distance in paired_distance(*vectors)]


def to_float64(tensor: torch.Tensor) -> Float:
    """Return the tensor as a float64 array."""
    array: Float = tensor.detach().double().cpu().numpy()
    return array


def select_states(text: TextStates, positions: Sequence[int]) -> tuple[torch.Tensor, int]:
    """Return the last layer's states at some positions, and how many of them belong to the prompt.

    Shape: n positions -> (1, n, width).
    """
    selected = np.asarray(positions, dtype=np.intp)
    return text.states[-1][:, selected.tolist()], int((selected < text.prompt_length).sum())


def _modes(pooling: Any) -> tuple[str, ...]:
    """Return the pooling modes whose outputs the module concatenates."""
    mode = getattr(pooling, "pooling_mode", None) or pooling.get_pooling_mode_str()
    return tuple(mode.split("+")) if isinstance(mode, str) else tuple(mode)


def _stack(states: Sequence[torch.Tensor]) -> torch.Tensor:
    """Make one batch of the states of all layers. Shape: each (1, n, width) -> (layers, n, width)."""
    import torch

    return torch.cat(list(states))


@contextlib.contextmanager
def _output_hidden_states(network: Any) -> Iterator[None]:
    """Context manager: the network returns the states of all layers."""
    before = network.config.output_hidden_states
    network.config.output_hidden_states = True
    try:
        yield
    finally:
        network.config.output_hidden_states = before


@contextlib.contextmanager
def _recorded_outputs(network: Any) -> Iterator[list[tuple[Any, Any]]]:
    """Context manager: record each direct submodule of the network that runs, with its output."""
    outputs: list[tuple[Any, Any]] = []

    def record(module: Any, _: Any, output: Any) -> None:
        outputs.append((module, output))

    handles = [module.register_forward_hook(record) for module in network.children()]
    try:
        yield outputs
    finally:
        for handle in handles:
            handle.remove()
