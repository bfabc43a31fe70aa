"""Language models to pretrain: a small one of Qwen3's type from random weights, or a base model's folder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenband.encoders.given_names import is_folder
from evenband.encoders.local.failures import one_line
from evenband.encoders.local.folders import check_folder, fetch
from evenband.errors import InputError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

END_TOKEN, PAD_TOKEN = "<|endoftext|>", "<|pad|>"
BYTES = 256
LONGEST_POSITION = 2048
"""Tokens that a model of ours can read, whatever the length that it was trained on."""


@dataclass(frozen=True)
class ModelShape:
    """Shape of a small causal model.

    Attributes:
        layers: number of blocks.
        width: dimension of its states and vectors.
        heads: of attention; two share their keys and values where the number is even.
        vocabulary: number of tokens, the two special ones included.

    Raises:
        InputError: if the numbers do not fit together.
    """

    layers: int = 4
    width: int = 256
    heads: int = 4
    vocabulary: int = 8192

    def __post_init__(self) -> None:
        for name, value in (("layers", self.layers), ("heads", self.heads), ("width", self.width)):
            if value < 1:
                raise InputError(f"--{name}: got {value}, expected 1 or more")
        if self.width % (2 * self.heads):
            raise InputError(
                f"--width: got {self.width} for {self.heads} heads, expected a multiple of {2 * self.heads}"
            )
        if self.vocabulary < BYTES + 2:
            raise InputError(
                f"--vocabulary: got {self.vocabulary}, expected {BYTES + 2} or more: every byte, and two "
                "special tokens"
            )


def train_tokenizer(texts: Iterable[str], size: int, context: int) -> PreTrainedTokenizerBase:
    """Train a byte-level BPE tokenizer, which can write any text; digits stand alone.

    Args:
        texts: to learn from.
        size: number of tokens.
        context: tokens that the model reads at once.
    """
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.normalizer = normalizers.NFC()
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(True), byte_level])
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[END_TOKEN, PAD_TOKEN],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    backend.train_from_iterator(texts, trainer)
    make: Any = PreTrainedTokenizerFast
    tokenizer: PreTrainedTokenizerBase = make(
        tokenizer_object=backend,
        eos_token=END_TOKEN,
        pad_token=PAD_TOKEN,
        padding_side="right",
        model_max_length=context,
    )
    return tokenizer


def build_model(shape: ModelShape, tokenizer: PreTrainedTokenizerBase) -> PreTrainedModel:
    """Return a model of Qwen3's type with random weights, from PyTorch's current random state."""
    from transformers import Qwen3Config, Qwen3ForCausalLM

    make: Any = Qwen3Config
    config = make(
        vocab_size=len(tokenizer),
        hidden_size=shape.width,
        intermediate_size=3 * shape.width,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.heads // 2 if shape.heads % 2 == 0 else shape.heads,
        head_dim=shape.width // shape.heads,
        max_position_embeddings=LONGEST_POSITION,
        tie_word_embeddings=True,
        use_cache=False,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
    )
    model: PreTrainedModel = Qwen3ForCausalLM(config)
    return model


def find_base(base: str) -> Path:
    """Return the folder of a base model: a folder, or a Hugging Face id, which is downloaded if needed.

    Raises:
        ModelError: if there is no such model, or its weights are pickles only.
    """
    if is_folder(base):
        folder = Path(base).expanduser()
    else:
        repository, _, revision = base.partition("@")
        folder, _ = fetch(repository, revision or None)
    check_folder(folder)
    return folder


def load_base(folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a causal model and its tokenizer in float32, from safetensors and without the network.

    Raises:
        ModelError: if it cannot be loaded, or has no head that predicts tokens.
        InputError: if its tokenizer has no end token.
    """
    from transformers import AutoModelForCausalLM

    model: PreTrainedModel = load_network(AutoModelForCausalLM, folder)
    tokenizer = load_tokenizer(folder)
    if tokenizer.eos_token is None:
        raise InputError(f"the tokenizer of {folder} has no end token; expected one, which ends every text")
    return model, tokenizer


def load_network(kind: Any, folder: Path) -> Any:
    """Load a network in float32, from safetensors, with no download and no foreign code.

    Args:
        kind: a class of transformers with ``from_pretrained``, such as ``AutoModel``.
        folder: of the model.

    Raises:
        ModelError: if it cannot be loaded.
    """
    import torch

    with one_line(str(folder), "while it was loaded"):
        return kind.from_pretrained(
            folder,
            dtype=torch.float32,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
        )


def load_tokenizer(folder: Path) -> PreTrainedTokenizerBase:
    """Load a model's tokenizer; one without a padding token pads with its end token.

    Raises:
        ModelError: if it cannot be loaded.
    """
    from transformers import AutoTokenizer

    with one_line(str(folder), "while its tokenizer was loaded"):
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer
