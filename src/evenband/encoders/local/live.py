"""A live sentence-transformers model, such as one in training, as an encoder that leaves it as it is.

Only the library's own ``encode`` computes its vectors: nothing is packed, replaced or moved. Its
identity is a digest of its weights. Training may go on between two calls, so every use of the spec
compares a checksum of the weights with that of the last digest, and takes a new digest if it differs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from evenband.digests import digest_of
from evenband.encoders.capabilities import Reading, Tokenizing
from evenband.encoders.contract import is_sentence_transformer, type_of
from evenband.encoders.local import loading
from evenband.encoders.local.description import Facts, describe, dimension, network_config
from evenband.encoders.local.engines import choose_library
from evenband.encoders.local.engines.module_state import ModuleState
from evenband.encoders.local.engines.parallel import processors
from evenband.encoders.local.failures import one_line
from evenband.encoders.local.prompts import notes_on_roles, resolve_prompts
from evenband.encoders.local.purpose import (
    Purpose,
    kind_of_object,
    notes_on_inputs,
    notes_on_origin,
    refusal,
)
from evenband.encoders.local.sentences import SentenceEncoder, VectorEncoder
from evenband.encoders.local.weights import digest_tokenizer, digest_weights, fingerprint, structure
from evenband.encoders.local.word_readings import encoder_of
from evenband.encoders.references import LIVE_SCHEME, Reference
from evenband.errors import InputError, ModelError
from evenband.types import ModelSpec, Readings, Role, Tokens, Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def wrap(model: SentenceTransformer, name: str | None = None) -> LiveEncoder:
    """Make an encoder of a live model: see :func:`evenband.encoders.wrap`.

    Raises:
        InputError: if it is no ``SentenceTransformer``, or the name cannot be a file name.
        ModelError: if it is a model of that library that gives no vector for a text, such as a reranker.
    """
    kind = kind_of_object(model)
    if kind is not None:
        evidence = type_of(model).removeprefix("a value of type ")
        raise refusal(name or "live model", Purpose(kind, evidence))
    if not is_sentence_transformer(model):
        raise InputError(
            f"got {type_of(model)}, expected a SentenceTransformer of the library sentence_transformers; "
            "a model's name or folder is loaded with evenband.load(...)"
        )
    live = LiveModel(model, name or name_of_live(model))
    if isinstance(live.current(), Tokenizing):
        return TokenizingLiveEncoder(live)
    return ReadingLiveEncoder(live) if isinstance(live.current(), Reading) else LiveEncoder(live)


class LiveModel:
    """A live model, with the encoder of its weights and settings as they are at the time of the call."""

    def __init__(self, model: SentenceTransformer, name: str) -> None:
        """See :func:`wrap`."""
        self.model = model
        self._reference = Reference(f"{LIVE_SCHEME}:{name}", LIVE_SCHEME, name, label=name)
        self._fingerprint = fingerprint(model)
        self._encoder = self._read()

    def current(self) -> VectorEncoder:
        """Return the encoder of the weights and settings that the model has now."""
        now = fingerprint(self.model)
        if now != self._fingerprint:
            self._encoder = self._read()
            self._fingerprint = now
        return self._encoder

    def _read(self) -> VectorEncoder:
        """Make an encoder of the model as it is now."""
        model, reference = self.model, self._reference
        facts = Facts(
            digest_weights(model),
            trust_remote_code=_brings_code(model),
            prompts=resolve_prompts(model, reference),
            options={"structure": digest_of([structure(model), digest_tokenizer(model)])},
            role_notes=notes_on_roles(model, reference),
        )
        size = sum(parameter.numel() for parameter in model.parameters())
        with untouched(model), one_line(reference.text, "on sample texts"):
            engine = choose_library(model, facts.prompts, dimension(model, reference))
            spec = describe(model, reference, replace(facts, notes=engine.notes), engine.name)
            origins = notes_on_origin(network_config(model), spec.pooling)
            spec = replace(spec, notes=(*origins, *notes_on_inputs(model, spec.max_tokens), *spec.notes))
            slice_size = loading.slice_size(size, model.device.type, processors())
            return encoder_of(model, engine, spec, loading.libraries(), slice_size)


class LiveEncoder:
    """The vectors that ``SentenceTransformer.encode`` gives at the time of the call.

    It cannot be inspected: to show its layers, transformers would leave hooks in the network.
    """

    def __init__(self, live: LiveModel) -> None:
        """See :func:`wrap`."""
        self._live = live
        self.libraries = live.current().libraries
        self.slice_size = live.current().slice_size

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector, as of now: weights that changed give another revision."""
        return self._live.current().spec

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts, in input order.

        Shape: n texts -> (n, d).

        Raises:
            ModelError: if the model fails or answers with something other than finite vectors.
        """
        with untouched(self._live.model):
            return self._live.current().encode(texts, role)

    def recompute(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors one text at a time, so that nothing is padded. Shape: n texts -> (n, d)."""
        with untouched(self._live.model):
            return self._live.current().recompute(texts, role)

    @contextlib.contextmanager
    def held(self) -> Iterator[VectorEncoder]:
        """Context manager: the encoder of the present weights, which must not change inside the block.

        The weights are looked at once, and the model's state is restored once, at the end: a twentieth of
        the cost for many small calls.
        """
        with untouched(self._live.model):
            yield self._live.current()


class ReadingLiveEncoder(LiveEncoder):
    """A live model that tells what it reads of a text."""

    def read(self, texts: Sequence[str], role: Role = Role.NONE) -> Readings | None:
        """Return what the model reads of each text; ``None`` if its inputs are no tokens in a row."""
        with untouched(self._live.model):
            encoder = self._live.current()
            return encoder.read(texts, role) if isinstance(encoder, Reading) else None


class TokenizingLiveEncoder(ReadingLiveEncoder):
    """A live model whose texts become tokens."""

    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        """Count the tokens of each text, prompt and special tokens included."""
        with untouched(self._live.model):
            return self._tokenizing.count_tokens(texts, role)

    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        """Return the exact final text and token ids of one text."""
        with untouched(self._live.model):
            return self._tokenizing.tokens(text, role)

    @property
    def _tokenizing(self) -> SentenceEncoder:
        """The encoder of the present weights.

        Raises:
            ModelError: if its inputs have become something without tokens to count.
        """
        encoder = self._live.current()
        if not isinstance(encoder, SentenceEncoder):
            raise ModelError(f"model {encoder.spec.ref!r} has no tokens to count any more")
        return encoder


@contextlib.contextmanager
def untouched(model: Any) -> Iterator[None]:
    """Restore training flags, random state, and the state of modules and tokenizer when the block ends."""
    import torch

    flags = [(module, module.training) for module in model.modules()]
    state = ModuleState(model)
    device = model.device if model.device.type == "cuda" else None
    random = torch.get_rng_state(), None if device is None else torch.cuda.get_rng_state(device)
    with _same_tokenizer(model):
        try:
            yield
        finally:
            for module, training in flags:
                module.training = training
            state.restore()
            torch.set_rng_state(random[0])
            if device is not None and random[1] is not None:
                torch.cuda.set_rng_state(random[1], device)


@contextlib.contextmanager
def _same_tokenizer(model: Any) -> Iterator[None]:
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


def _brings_code(model: SentenceTransformer) -> bool:
    """Return whether a module's code came with the model and not from a library."""
    return any(type(module).__module__.startswith("transformers_modules") for module in model.modules())


def name_of_live(model: Any) -> str:
    """Return a live model's own name as a file name: that of its card, else of the network's origin."""
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
