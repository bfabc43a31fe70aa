"""Which models there are: a factory for each scheme of a reference, and the published models in packages.

Adapters import their model libraries when they load a model, never before.
"""

from __future__ import annotations

from evenband.encoders.minilm import MINILM
from evenband.encoders.mpnet import MPNET
from evenband.encoders.packages import EmbeddedModel
from evenband.encoders.postprocessing import base_reference
from evenband.encoders.references import LIVE_SCHEME, Reference, parse
from evenband.encoders.wordvectors.glove import GLOVE
from evenband.errors import UnknownReferenceError
from evenband.registry import Registry
from evenband.types import Encoder

REGISTRY: Registry[Encoder] = Registry(
    "model",
    {
        "cohere": "evenband.encoders.remote.factories:cohere",
        "gemini": "evenband.encoders.remote.factories:gemini",
        "glove": "evenband.encoders.wordvectors.glove:load",
        "http": "evenband.encoders.remote.factories:server",
        "https": "evenband.encoders.remote.factories:server",
        "jina": "evenband.encoders.remote.factories:jina",
        "lexical:chars": "evenband.encoders.term_vectors:chars",
        "lexical:words": "evenband.encoders.term_vectors:words",
        "minilm": "evenband.encoders.minilm:load",
        "mpnet": "evenband.encoders.mpnet:load",
        "openai": "evenband.encoders.remote.factories:openai",
        "toy:chars": "evenband.encoders.toy:chars",
        "toy:random": "evenband.encoders.toy:random",
        "toy:words": "evenband.encoders.toy:words",
        "vectors": "evenband.encoders.precomputed.lookup:load",
        "voyage": "evenband.encoders.remote.factories:voyage",
        "word2vec": "evenband.encoders.wordvectors.word_encoder:load",
        "zeroentropy": "evenband.encoders.remote.factories:zeroentropy",
    },
    group="evenband.encoders",
)
"""Factories ``(Reference, Settings) -> Encoder`` by scheme; plug-ins come in through entry points.

A factory names its encoder as the reference does: ``ModelSpec(ref=reference.text, name=reference.name)``.
"""

LOCAL_SCHEMES = ("", "minilm", "mpnet")
"""Schemes of models that sentence-transformers loads; without a scheme, an id or a folder."""

TRUNCATED_SCHEMES = (*LOCAL_SCHEMES, "glove", "word2vec")
"""Schemes of models that ``dim`` truncates; with others it is an option of the adapter's own."""

EMBEDDED: tuple[EmbeddedModel, ...] = (MINILM, MPNET, GLOVE)
"""Published models that come as Python packages."""


def parse_known(ref: str) -> Reference:
    """Read a reference whose scheme, if it has one, must exist."""
    reference = parse(ref, REGISTRY)
    if reference.is_url and reference.scheme not in REGISTRY:
        raise UnknownReferenceError(
            f"model {reference.text!r}: nothing reads {reference.scheme} addresses; expected a Hugging Face "
            f"id, a folder, or one of: {', '.join(REGISTRY)}"
        )
    if reference.scheme.partition(":")[0] == LIVE_SCHEME:
        raise UnknownReferenceError(
            f"model {ref!r} was a live model, which no reference can load; pass evenband.wrap(model) instead"
        )
    if reference.scheme:
        REGISTRY.get(reference.scheme)
    return reference


def base_of_reference(reference: Reference) -> Reference:
    """Return the reference without the options that only change vectors afterwards."""
    return base_reference(reference, reference.scheme in TRUNCATED_SCHEMES)
