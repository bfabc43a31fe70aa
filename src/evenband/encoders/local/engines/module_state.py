"""State that a model's modules keep between calls, and what it makes of texts of different lengths.

A forward pass of some modules leaves something behind: a rotary embedding with the scaling ``dynamic`` keeps
the frequencies of the longest text so far, and others a table that grows. The next text, or one that another
thread computes at the same time, then gets another vector than it would by itself. Only putting the state
back before every batch, one batch at a time, gives a text the same vector in every call.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from evenband.encoders.local.description import max_tokens, network_config

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from torch import nn

LENGTH_DEPENDENT = ("dynamic", "longrope")
"""Rotary scalings under which a token's state depends on the length of other texts in the batch."""


class ModuleState:
    """The buffers, tensors and numbers of a model's modules, as they are when this is made.

    Switches and names are no part of it: transformers sets some when it shows the states of layers. Layers
    of PyTorch itself are left out: in evaluation none of them keeps anything.
    """

    def __init__(self, model: SentenceTransformer) -> None:
        """Remember the present state; tensors are copied."""
        self._saved = {
            module: {name: (value, _copied(value)) for name, value in _state_of(module).items()}
            for module in model.modules()
            if not type(module).__module__.startswith(("torch.nn", "sentence_transformers", "evenband"))
        }
        self.lock = threading.RLock()

    def changed(self) -> list[str]:
        """Return the classes of the modules whose state is another than it was, each once."""
        names = (type(module).__name__ for module, saved in self._saved.items() if _differs(module, saved))
        return list(dict.fromkeys(names))

    def restore(self) -> None:
        """Put the state back as it was."""
        import torch

        with torch.no_grad():
            for module, saved in self._saved.items():
                if _differs(module, saved):
                    _put_back(module, saved)


def _state_of(module: nn.Module) -> dict[str, Any]:
    """Return a module's buffers, tensors and numbers by name, and what is ``None``."""
    import torch

    kinds = (torch.Tensor, int, float, type(None))
    own = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, kinds) and not isinstance(value, bool | torch.nn.Parameter)
    }
    return {**own, **module._buffers}


def _copied(value: Any) -> Any:
    """Return a copy of a tensor, and anything else as it is."""
    import torch

    return value.detach().clone() if isinstance(value, torch.Tensor) else value


def _differs(module: nn.Module, saved: Mapping[str, tuple[Any, Any]]) -> bool:
    """Return whether a module's state is another than the saved one; what became an object does not count."""
    now = _state_of(module)
    if any(name not in saved and value is not None for name, value in now.items()):
        return True
    return any(name in now and not _equal(now[name], content) for name, (_, content) in saved.items())


def _equal(one: Any, other: Any) -> bool:
    """Return whether two values are the same, of tensors by their content; NaN is the same as NaN."""
    import torch

    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return one.shape == other.shape and one.dtype == other.dtype and _same_content(one, other)
    return type(one) is type(other) and (one == other or one != one)


def _same_content(one: torch.Tensor, other: torch.Tensor) -> bool:
    import torch

    return bool(torch.equal(one, other)) or bool(((one == other) | ((one != one) & (other != other))).all())


def _put_back(module: nn.Module, saved: Mapping[str, tuple[Any, Any]]) -> None:
    """Give a module its saved state; what it did not have is removed."""
    import torch

    now = _state_of(module)
    for name in now.keys() - saved.keys():
        delattr(module, name)
    for name in now.keys() & saved.keys():
        value, content = saved[name]
        if isinstance(value, torch.Tensor) and not _equal(value, content):
            value.copy_(content)
        target = module._buffers if name in module._buffers else vars(module)
        target[name] = value


def length_limit(model: SentenceTransformer) -> int | None:
    """Return the number of tokens beyond which vectors depend on the longest text of a batch.

    ``None`` if the configuration says nothing of the kind, or no text can be so long.
    """
    config = network_config(model)
    if config is None:
        return None
    fields = config.get_text_config().to_dict()
    scalings = list(_scalings(fields))
    kinds = {str(scaling.get("rope_type", scaling.get("type"))) for scaling in scalings}
    if not any(name in kind for kind in kinds for name in LENGTH_DEPENDENT):
        return None
    lengths = [length for part in (fields, *scalings) for length in _lengths(part)]
    limit, original = max_tokens(model), min(lengths, default=0)
    return None if limit is not None and limit <= original else original


def _scalings(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every description of a rotary scaling in a configuration, of single layers too."""
    if isinstance(value, Mapping):
        if "rope_type" in value or "type" in value:
            yield value
        for part in value.values():
            yield from _scalings(part)


def _lengths(fields: Mapping[str, Any]) -> Iterator[int]:
    """Yield the lengths that a model was first trained for, in tokens."""
    for name in ("original_max_position_embeddings", "max_position_embeddings"):
        if isinstance(fields.get(name), int):
            yield fields[name]
