"""A live sentence-transformers model, such as one in training, as an encoder that leaves it as it is.

Only the library's own ``encode`` computes its vectors: nothing is packed, replaced or moved. Its
identity is a digest of its weights. Training may go on between two calls, so every use of the spec
compares a checksum of the weights with that of the last digest, and takes a new digest if it differs.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from evenband.digests import digest_of
from evenband.encoders.contract import (
    checked_texts,
    checked_vectors,
    is_sentence_transformer,
    no_vectors,
    type_of,
)
from evenband.encoders.local import loading
from evenband.encoders.local.description import Facts, describe, dimension, max_tokens, network_config
from evenband.encoders.local.engines import task_of
from evenband.encoders.local.engines.parallel import processors
from evenband.encoders.local.engines.plain import PlainEngine
from evenband.encoders.local.prompts import resolve_prompts
from evenband.encoders.local.sentences import SentenceEncoder
from evenband.encoders.references import LIVE_SCHEME, Reference
from evenband.errors import InputError
from evenband.types import ModelSpec, Role, Tokens, Vectors

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

Fingerprint: TypeAlias = tuple[Any, ...]


def wrap(model: SentenceTransformer, name: str | None = None) -> LiveEncoder:
    """Make an encoder of a live model: see :func:`evenband.encoders.wrap`.

    Raises:
        InputError: if it is no ``SentenceTransformer``, or the name cannot be a file name.
    """
    if not is_sentence_transformer(model):
        raise InputError(
            f"got {type_of(model)}, expected a SentenceTransformer of the library sentence_transformers"
        )
    return LiveEncoder(model, name or _name_of(model))


class LiveEncoder:
    """The vectors that ``SentenceTransformer.encode`` gives at the time of the call.

    It cannot be inspected: to show its layers, transformers would leave hooks in the network.
    """

    def __init__(self, model: SentenceTransformer, name: str) -> None:
        """See :func:`wrap`."""
        self._model = model
        self._reference = Reference(f"{LIVE_SCHEME}:{name}", LIVE_SCHEME, name, label=name)
        self._fingerprint = _fingerprint(model)
        self._encoder = self._read()
        self.libraries = self._encoder.libraries
        self.slice_size = self._encoder.slice_size

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector, as of now: weights that changed give another revision."""
        return self._current().spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts, in input order.

        Shape: n texts -> (n, d).

        Raises:
            ModelError: if the model fails or answers with something other than finite vectors.
        """
        with untouched(self._model):
            return self._current().encode(texts, role)

    def recompute(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors one text at a time, so that nothing is padded. Shape: n texts -> (n, d)."""
        texts, spec = checked_texts(texts), self._current().spec
        if not texts:
            return no_vectors(spec)
        task = task_of(role)
        extra: dict[str, Any] = {"task": task} if task else {}
        with untouched(self._model):
            vectors = self._model.encode(
                texts,
                prompt=spec.prompts.get(Role(role).value, ""),
                batch_size=1,
                truncate_dim=spec.dim,
                show_progress_bar=False,
                **extra,
            )
        return checked_vectors(vectors, texts, spec)

    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        """Count the tokens of each text, prompt and special tokens included."""
        with untouched(self._model):
            return self._current().count_tokens(texts, role)

    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        """Return the exact final text and token ids of one text."""
        with untouched(self._model):
            return self._current().tokens(text, role)

    def _current(self) -> SentenceEncoder:
        """Return the encoder of the weights and settings that the model has now."""
        fingerprint = _fingerprint(self._model)
        if fingerprint != self._fingerprint:
            self._encoder = self._read()
            self._fingerprint = fingerprint
        return self._encoder

    def _read(self) -> SentenceEncoder:
        """Make an encoder of the model as it is now."""
        model = self._model
        facts = Facts(
            digest_weights(model),
            trust_remote_code=_brings_code(model),
            prompts=resolve_prompts(model, self._reference),
            options={"structure": digest_of(_structure(model))},
        )
        size = sum(parameter.numel() for parameter in model.parameters())
        return SentenceEncoder(
            model,
            PlainEngine(model, dimension(model, self._reference)),
            describe(model, self._reference, facts, PlainEngine.name),
            loading.libraries(),
            loading.slice_size(size, model.device.type, processors()),
        )


def digest_weights(model: SentenceTransformer) -> str:
    """Return 32 hexadecimal digits: a hash of the state dict's names, types, shapes and bytes."""
    total = hashlib.blake2b(digest_size=16)
    for name, value in sorted(model.state_dict().items()):
        total.update(f"{name}\0{_kind(value)}\0".encode())
        content: Any = _bytes(value).cpu().numpy() if _is_tensor(value) else repr(value).encode()
        total.update(content)
    return total.hexdigest()


@contextlib.contextmanager
def untouched(model: SentenceTransformer) -> Iterator[None]:
    """Restore training flags, random state and the tokenizer's own state when the block ends."""
    import torch

    flags = [(module, module.training) for module in model.modules()]
    device = model.device if model.device.type == "cuda" else None
    random = torch.get_rng_state(), None if device is None else torch.cuda.get_rng_state(device)
    with _same_tokenizer(model):
        try:
            yield
        finally:
            for module, training in flags:
                module.training = training
            torch.set_rng_state(random[0])
            if device is not None and random[1] is not None:
                torch.cuda.set_rng_state(random[1], device)


@contextlib.contextmanager
def _same_tokenizer(model: SentenceTransformer) -> Iterator[None]:
    """Restore how a fast tokenizer pads and truncates, which every call of the library sets."""
    backend = getattr(getattr(model, "tokenizer", None), "backend_tokenizer", None)
    if backend is None:
        yield
        return
    padding, truncation, specials = backend.padding, backend.truncation, backend.encode_special_tokens
    try:
        yield
    finally:
        backend.encode_special_tokens = specials
        backend.no_padding() if padding is None else backend.enable_padding(**padding)
        backend.no_truncation() if truncation is None else backend.enable_truncation(**truncation)


def _fingerprint(model: SentenceTransformer) -> Fingerprint:
    """Return what differs whenever the weights or settings do; far quicker than their digest.

    A tensor's version counts its changes in place, but not those through ``.data``, hence the
    checksums. They read every weight once, as each call of the model does.
    """
    state = model.state_dict()
    tensors = [(name, value) for name, value in state.items() if _is_tensor(value)]
    sums = [_checksum(value) for _, value in tensors]
    weights = [
        (name, _kind(value), value.data_ptr(), 0 if value.is_inference() else value._version)
        for name, value in tensors
    ]
    others = [(name, repr(value)) for name, value in state.items() if not _is_tensor(value)]
    settings = (max_tokens(model), model.truncate_dim, str(model.device), str(model.dtype))
    return (weights, [int(one) for one in sums], others, settings, _structure(model))


def _checksum(tensor: torch.Tensor) -> int | torch.Tensor:
    """Return the sum of a tensor's bytes, eight at a time as one integer; on a GPU it is not waited for."""
    import torch

    content = _bytes(tensor)
    whole = content.numel() // 8 * 8
    if content.device.type == "cpu":
        array = content.numpy()
        return int(array[:whole].view(np.int64).sum()) + int(array[whole:].sum())
    return content[:whole].view(torch.int64).sum() + content[whole:].sum()


def _structure(model: SentenceTransformer) -> list[Any]:
    """Return what decides the vectors beside weights and prompts, as plain data."""
    tokenizer: Any = getattr(model, "tokenizer", None)
    config = network_config(model)
    return [
        repr(model),
        dict(model.prompts),
        model.default_prompt_name,
        "" if config is None else config.to_json_string(),
        type(tokenizer).__name__,
        len(tokenizer) if hasattr(tokenizer, "__len__") else 0,
    ]


def _bytes(tensor: torch.Tensor) -> torch.Tensor:
    """Return a tensor's bytes. Shape: any of b bytes -> (b,)."""
    import torch

    return tensor.detach().contiguous().reshape(-1).view(torch.uint8)


def _kind(value: Any) -> str:
    return f"{value.dtype} {tuple(value.shape)}" if _is_tensor(value) else type(value).__name__


def _is_tensor(value: Any) -> bool:
    import torch

    return isinstance(value, torch.Tensor)


def _brings_code(model: SentenceTransformer) -> bool:
    """Return whether a module's code came with the model and not from a library."""
    return any(type(module).__module__.startswith("transformers_modules") for module in model.modules())


def _name_of(model: SentenceTransformer) -> str:
    """Return the model's own name as a file name: that of its card, else of the network's origin."""
    card = getattr(model, "model_card_data", None)
    config = network_config(model)
    candidates = [
        getattr(card, "model_id", None),
        getattr(card, "model_name", None),
        getattr(card, "base_model", None),
        getattr(config, "_name_or_path", None),
    ]
    origin = next((str(candidate) for candidate in candidates if candidate), "model")
    return Reference(origin, "", origin).name
