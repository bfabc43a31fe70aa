"""Outputs of ONNX files: which one is taken, and what of a model's modules it makes superfluous."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from evenband.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

TOKEN_OUTPUTS = ("last_hidden_state", "token_embeddings")
TEXT_OUTPUTS = ("sentence_embedding", "text_embeds", "pooler_output")
"""Names of outputs with a vector for each token, and with one for each text."""

_NO_NEW_VECTORS = ("Pooling", "Normalize")
"""Modules that are taken out, or that change nothing a second time."""

TOKEN_RANK = 3
"""Number of axes of an output with a vector for each token: texts, tokens, numbers."""


class Output(NamedTuple):
    """The output of an ONNX file that is taken.

    Attributes:
        name: of it.
        width: numbers in each vector; ``None`` if the file does not say.
    """

    name: str
    width: int | None


def output_of(session: Any, file: str, ref: str) -> Output:
    """Return the output to take: a vector for each token if there is one, else for each text.

    Raises:
        ModelError: if there is neither.
    """
    shapes = {one.name: list(one.shape or ()) for one in session.get_outputs()}
    outputs = {name: len(shape) for name, shape in shapes.items()}
    by_name = [name for name in (*TOKEN_OUTPUTS, *TEXT_OUTPUTS[:2]) if name in outputs]
    by_shape = [name for name, rank in outputs.items() if rank == TOKEN_RANK and name != "logits"]
    found: Sequence[str] = by_name or by_shape or [name for name in TEXT_OUTPUTS if name in outputs]
    if not found:
        raise ModelError(
            f"model {ref!r}: {file} gives {', '.join(outputs)}, expected {TOKEN_OUTPUTS[0]} (a vector for "
            f"each token) or {TEXT_OUTPUTS[0]}"
        )
    width = shapes[found[0]][-1:]
    return Output(found[0], width[0] if width and isinstance(width[0], int) else None)


def leave_out_computed(model: SentenceTransformer, output: Output, what: str, is_bare: bool) -> None:
    """Take out of a stack what its network has done already when it gives a vector for each text.

    Args:
        model: with the network.
        output: that the network gives.
        what: names model and file in messages.
        is_bare: whether the pooling is not the model's own, but assumed.

    Raises:
        ModelError: if that cannot be told, or the output is another pooling than the model's.
    """
    first: Any = model[0]
    first.module_output_name = "sentence_embedding"
    modules: list[tuple[str, Any]] = list(model.named_children())[1:]
    done = [name for name, module in modules if type(module).__name__ == "Pooling"]
    if done and output.name == "pooler_output" and not is_bare:
        raise ModelError(
            f"{what} gives pooler_output only, which is not the pooling that the model's configuration "
            f"names; expected {TOKEN_OUTPUTS[0]}"
        )
    later = [(name, module) for name, module in modules if type(module).__name__ not in _NO_NEW_VECTORS]
    if later and not _comes_before([module for _, module in later], output.width, what):
        done += [name for name, _ in later]
        first.get_embedding_dimension = lambda: output.width
    for name in done:
        del model._modules[name]


def _comes_before(modules: Sequence[Any], width: int | None, what: str) -> bool:
    """Return whether vectors of a width go into some modules, rather than having come out of them.

    Raises:
        ModelError: if the width does not tell.
    """
    kinds = [type(module).__name__ for module in modules]
    if set(kinds) == {"Dense"} and width is not None:
        fits_in, fits_out = modules[0].in_features == width, modules[-1].out_features == width
        if fits_in != fits_out:
            return bool(fits_in)
    raise ModelError(
        f"{what} gives a vector for each text, and whether it has been through {', '.join(kinds)} already "
        f"cannot be told; expected {TOKEN_OUTPUTS[0]}, a vector for each token"
    )
