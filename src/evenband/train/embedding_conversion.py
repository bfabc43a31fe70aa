"""From a language model to an embedding model: no prediction head, but pooling and normalisation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from evenband import stages
from evenband.encoders.local.failures import one_line
from evenband.encoders.local.loading import quiet
from evenband.errors import InputError, ModelError, RunError
from evenband.storage import scratch_folder
from evenband.train import causal_models
from evenband.train.training_libraries import LANGUAGE_LIBRARIES, check_libraries

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedTokenizerBase

PoolingWay: TypeAlias = Literal["last", "mean"]

_MODES = {"last": "lasttoken", "mean": "mean"}
"""sentence-transformers' names of the two."""

MOST_TOKENS = 512
"""Tokens of a text that are read, unless said otherwise or the base reads fewer."""

_LAYOUTS = ("ForCausalLM", "LMHeadModel")
"""Endings of the classes of models that read from left to right."""


@dataclass(frozen=True)
class ConvertedModel:
    """An embedding model made of a language model.

    Attributes:
        folder: of the model, in the format of sentence-transformers.
        pooling: ``last`` or ``mean``.
        width: dimension of the base's states.
        dimension: of the vectors.
        max_tokens: of a text that are read.
        end_token: that every text is given at its end; ``None`` if pooling needs none.
    """

    folder: Path
    pooling: PoolingWay
    width: int
    dimension: int
    max_tokens: int
    end_token: str | None


def to_embedding_model(
    base: Path | str,
    folder: Path | str,
    pooling: PoolingWay | None = None,
    dim: int | None = None,
    max_tokens: int | None = None,
    seed: int = 0,
) -> ConvertedModel:
    """Make an embedding model of a language model and save it.

    The vector of a text is the state of its last token (``last``), for which every text is given an end
    token, or the mean of the states (``mean``), divided by its length. With ``dim`` the vector is projected
    first, by a matrix with orthonormal rows at random, which fine-tuning trains.

    Args:
        base: folder or Hugging Face id of a transformers model.
        folder: where the model goes.
        pooling: ``last`` for a model that reads from left to right, ``mean`` for others, if not given.
        dim: dimension of the vectors, at most that of the base; the base's own if not given.
        max_tokens: of a text that are read; 512, or what the base can read.
        seed: of the projection.

    Raises:
        InputError: for a dimension or length that the base does not have.
        ModelError: if the base cannot be loaded.
        RunError: if the folder is not empty.
        MissingExtraError: if the libraries are not installed.
    """
    check_libraries(LANGUAGE_LIBRARIES)
    folder = Path(folder).expanduser()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RunError(f"{folder} is not empty; choose another with -o")
    stages.enter(f"loading {base}")
    with quiet():
        found = causal_models.find_base(str(base))
        config = _config_of(found)
        way = pooling or ("last" if _reads_left_to_right(config) else "mean")
        tokenizer = causal_models.load_tokenizer(found)
        end = _give_end_token(tokenizer, str(base)) if way == "last" else None
        length = _length(config, max_tokens)
        tokenizer.model_max_length = length
        width = _width(config, dim, str(base))
        with scratch_folder(folder.parent) as scratch:
            _save(found, tokenizer, (way, width, dim, seed), scratch / "model")
            if end is not None:
                _check_end(scratch / "model", end, str(base))
            if folder.exists():
                folder.rmdir()
            (scratch / "model").rename(folder)
    return ConvertedModel(folder, way, width, dim or width, length, end)


def _config_of(folder: Path) -> PretrainedConfig:
    from transformers import AutoConfig

    with one_line(str(folder), "while its configuration was read"):
        config: PretrainedConfig = AutoConfig.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    return config


def _reads_left_to_right(config: PretrainedConfig) -> bool:
    return any(name.endswith(_LAYOUTS) for name in config.architectures or ())


def _length(config: PretrainedConfig, given: int | None) -> int:
    """Return how many tokens are read.

    Raises:
        InputError: for more than the base has positions for.
    """
    most = int(config.to_dict().get("max_position_embeddings") or MOST_TOKENS)
    if given is not None and not 2 <= given <= most:
        raise InputError(f"--max-tokens: got {given}, expected 2 to {most}")
    return given or min(MOST_TOKENS, most)


def _width(config: PretrainedConfig, dim: int | None, base: str) -> int:
    """Return the dimension of the base's states.

    Raises:
        ModelError: if it does not say.
        InputError: for a projection to more dimensions.
    """
    width = config.to_dict().get("hidden_size")
    if not isinstance(width, int):
        raise ModelError(f"model {base!r}: its config.json has no hidden_size; expected a text model")
    if dim is not None and not 1 <= dim <= width:
        raise InputError(f"--dim: got {dim}, expected 1 to {width}, the width of {base}")
    return width


def _give_end_token(tokenizer: PreTrainedTokenizerBase, base: str) -> str:
    """Make a tokenizer end every text with its end token, unless it does so already; return the token.

    Raises:
        ModelError: if it has no such token, or is not one of the tokenizers library.
    """
    last, number = _last_token(tokenizer), tokenizer.eos_token_id
    end: Any = tokenizer.eos_token
    if last in tokenizer.all_special_ids:
        return str(tokenizer.convert_ids_to_tokens(last))
    if not tokenizer.is_fast or not isinstance(number, int):
        what = "no end token" if end is None else "a tokenizer that is not of the tokenizers library"
        raise ModelError(f"model {base!r} has {what}, so its last token says nothing; use --pooling mean")
    from tokenizers import Tokenizer

    backend: Any = tokenizer.backend_tokenizer
    whole = json.loads(backend.to_str())
    whole["post_processor"] = _ended(whole["post_processor"], str(end), number)
    backend.post_processor = Tokenizer.from_str(json.dumps(whole)).post_processor
    return str(end)


def _check_end(folder: Path, end: str, base: str) -> None:
    """Refuse a tokenizer that loses the end token where it is saved and read.

    Raises:
        ModelError: naming the base.
    """
    kept = causal_models.load_tokenizer(folder)
    if kept.convert_ids_to_tokens(_last_token(kept)) != end:
        raise ModelError(f"model {base!r}: its tokenizer takes no end token; use --pooling mean")


def _last_token(tokenizer: PreTrainedTokenizerBase) -> int:
    """Return the number of the token that a text ends with."""
    ids: Any = tokenizer("a b")["input_ids"]
    return int(ids[-1])


def _ended(processor: dict[str, Any] | None, end: str, number: int) -> dict[str, Any]:
    """Return what the tokenizers library does with a text's tokens, followed by an end token.

    A template that adds a start token is extended, since two templates in a row would split a text.

    Args:
        processor: what is done so far, as the library's JSON has it.
        end: the end token.
        number: of the end token.
    """
    ending = {"SpecialToken": {"id": end, "type_id": 0}}
    token = {end: {"id": end, "ids": [number], "tokens": [end]}}
    texts = [{"Sequence": {"id": name, "type_id": 0}} for name in "AB"]
    template = {
        "type": "TemplateProcessing",
        "single": [texts[0], ending],
        "pair": [texts[0], ending, texts[1], ending],
        "special_tokens": token,
    }
    if processor is None:
        return template
    if processor["type"] == "TemplateProcessing":
        longer = {key: [*processor[key], ending] for key in ("single", "pair")}
        return {**processor, **longer, "special_tokens": {**processor["special_tokens"], **token}}
    parts = processor["processors"] if processor["type"] == "Sequence" else [processor]
    if parts and parts[-1]["type"] == "TemplateProcessing":
        return {**processor, "processors": [*parts[:-1], _ended(parts[-1], end, number)]}
    return {"type": "Sequence", "processors": [*parts, template]}


def _save(
    base: Path, tokenizer: PreTrainedTokenizerBase, plan: tuple[str, int, int | None, int], folder: Path
) -> None:
    """Save the chain of modules: network, pooling, projection if wanted, normalisation."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules
    from transformers import AutoModel

    way, width, dim, seed = plan
    network = causal_models.load_network(AutoModel, base)
    headless = folder.parent / "base"
    network.save_pretrained(headless)
    tokenizer.save_pretrained(str(headless))
    chain: list[Any] = [modules.Transformer(str(headless)), modules.Pooling(width, pooling_mode=_MODES[way])]
    if dim is not None:
        generator = torch.Generator().manual_seed(seed)
        square, _ = torch.linalg.qr(torch.randn(width, width, generator=generator))
        chain.append(
            modules.Dense(width, dim, bias=False, activation_function=None, init_weight=square[:dim].clone())
        )
    chain.append(modules.Normalize())
    model = SentenceTransformer(modules=chain, device="cpu")
    model.save(str(folder))
