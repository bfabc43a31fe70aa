"""Small models with random weights, made by the tests and saved as sentence-transformers saves them.

The weights are scaled so that attention is peaked and every layer matters: with the usual
initialisation such a model is almost linear, and an engine's errors would not show.
"""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

WORDS = (
    *("let", "eat", "grandma", "grandpa", "the", "a", "king", "queen", "stop", "hitting"),
    *("please", "help", "instruct", "query", "retrieve", "text", "for"),
)
TEXTS = (
    "let's eat, grandma",
    "let's eat grandma",
    "a",
    "please help the king",
    "let's eat, grandpa",
    "stop hitting, queen",
    "the king and the queen, who had listened, said that nothing would change",
    "let's eat",
    "let's eat, grandma",
    "zxqj 1,000",
    "please help the king and the queen and the grandma of the king and everyone, please",
)
"""Short and long, with shared beginnings, one text twice, one text that begins another."""

BIDIRECTIONAL = {
    "bert": "Bert",
    "xlm-roberta": "XLMRoberta",
    "mpnet": "MPNet",
    "modernbert": "ModernBert",
    "distilbert": "DistilBert",
}
"""transformers' names of the encoders; every other kind is a decoder."""

QUERY_PROMPT = "Instruct: retrieve the text for the query\nQuery: "


def tokenizer(causal: bool, max_tokens: int) -> Any:
    """Word pieces over a vocabulary of letters and a few words; padding as the architecture wants it."""
    from tokenizers import Tokenizer, normalizers, pre_tokenizers
    from tokenizers.models import WordPiece
    from tokenizers.processors import TemplateProcessing
    from transformers import PreTrainedTokenizerFast

    signs = string.ascii_lowercase + string.digits
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *string.punctuation,
        *signs,
        *(f"##{s}" for s in signs),
        *WORDS,
    ]
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    backend = Tokenizer(WordPiece(vocabulary, unk_token="[UNK]"))
    backend.normalizer = normalizers.BertNormalizer(lowercase=True)
    backend.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    template = "$A [SEP]" if causal else "[CLS] $A [SEP]"
    backend.post_processor = TemplateProcessing(
        single=template, special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    )
    make: Any = PreTrainedTokenizerFast
    return make(
        tokenizer_object=backend,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        padding_side="left" if causal else "right",
        model_max_length=max_tokens,
    )


def peak(model: Any, seed: int) -> None:
    """Weights normal(0, 1 / sqrt(inputs)), embeddings normal(0, 1)."""
    import torch
    from torch import nn

    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear):
                module.weight.normal_(0, module.in_features**-0.5, generator=generator)
                if module.bias is not None:
                    module.bias.normal_(0, 0.1, generator=generator)
            elif isinstance(module, nn.Embedding):
                module.weight.normal_(0, 1, generator=generator)


def transformer(kind: str, vocabulary: int, **changes: Any) -> Any:
    """A transformers model of that type, two layers wide enough to err."""
    import transformers

    sizes = {"vocab_size": vocabulary, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    heads = {
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 8,
        "max_position_embeddings": 256,
    }
    if kind in BIDIRECTIONAL:
        name = BIDIRECTIONAL[kind]
        ends = {"pad_token_id": 0, "cls_token_id": 2, "sep_token_id": 3, "bos_token_id": 2, "eos_token_id": 3}
        whole = {**sizes, **ends, "num_attention_heads": 4, "max_position_embeddings": 128, **changes}
        return getattr(transformers, f"{name}Model")(getattr(transformers, f"{name}Config")(**whole))
    name = {"gemma3_text": "Gemma3Text"}.get(kind, kind.capitalize())
    made = {**sizes, **heads, "pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3, **changes}
    return getattr(transformers, f"{name}Model")(getattr(transformers, f"{name}Config")(**made))


def save(
    folder: Path,
    kind: str = "bert",
    *,
    pooling: str = "mean",
    normalize: bool = True,
    dense: int | None = None,
    prompts: dict[str, str] | None = None,
    default_prompt_name: str | None = None,
    include_prompt: bool = True,
    max_tokens: int = 48,
    seed: int = 0,
    words: Any = None,
    **changes: Any,
) -> Path:
    """Make a model and save it; returns the folder that sentence-transformers loads."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules as parts

    words = words or tokenizer(kind not in BIDIRECTIONAL, max_tokens)
    network = transformer(kind, len(words), **changes)
    peak(network, seed)
    base = folder / "base"
    network.save_pretrained(base)
    words.save_pretrained(base)
    width = network.config.hidden_size
    chain: list[Any] = [
        parts.Transformer(str(base)),
        parts.Pooling(width, pooling_mode=pooling, include_prompt=include_prompt),
    ]
    if dense:
        chain.append(parts.Dense(width, dense))
        peak(chain[-1], seed + 1)
    if normalize:
        chain.append(parts.Normalize())
    whole = SentenceTransformer(
        modules=chain, prompts=prompts, default_prompt_name=default_prompt_name, device="cpu"
    )
    whole.save(str(folder / "model"), create_model_card=False)
    return folder / "model"


def save_cross_encoder(folder: Path, *, old: bool = False, labels: int = 1, seed: int = 0) -> Path:
    """A cross-encoder of random weights; ``old`` is what transformers saves, without a list of modules."""
    import transformers
    from sentence_transformers import CrossEncoder

    words = tokenizer(False, 48)
    words.backend_tokenizer.post_processor = _pairs_of(words)
    sizes: dict[str, Any] = {"vocab_size": len(words), "hidden_size": 32, "intermediate_size": 64}
    sizes |= {"num_hidden_layers": 2, "num_attention_heads": 4, "max_position_embeddings": 128}
    sizes |= {"pad_token_id": 0, "num_labels": labels}
    network: Any = transformers.BertForSequenceClassification(transformers.BertConfig(**sizes))
    peak(network, seed)
    base = folder / "base"
    network.save_pretrained(base)
    words.save_pretrained(base)
    if old:
        return base
    CrossEncoder(str(base), device="cpu").save_pretrained(str(folder / "model"))
    return folder / "model"


def save_late(folder: Path, seed: int = 0, expanded: int | None = None) -> Path:
    """A late-interaction model of random weights, with ColBERT's parts; queries filled up to a length."""
    from sentence_transformers import MultiVectorEncoder

    words = tokenizer(False, 48)
    network = transformer("bert", len(words))
    peak(network, seed)
    base = folder / "base"
    network.save_pretrained(base)
    words.save_pretrained(base)
    model: Any = MultiVectorEncoder(str(base), device="cpu")
    if expanded is not None:
        filled = {"length": expanded, "token": "[UNK]"}
        model[0].query_expansion = {"strategy": "fixed", "attend": False, **filled}
    model.save_pretrained(str(folder / "model"))
    return folder / "model"


def save_clip(folder: Path, max_tokens: int = 20) -> Path:
    """A CLIP model of random weights as transformers saves it, two layers a side, pictures of 16 x 16."""
    import transformers

    words = tokenizer(False, max_tokens)
    side: dict[str, Any] = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2}
    side |= {"num_attention_heads": 4, "projection_dim": 16}
    ends = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
    texts = {"vocab_size": len(words), "max_position_embeddings": max_tokens, **ends, **side}
    images = {"image_size": 16, "patch_size": 8, **side}
    config = transformers.CLIPConfig(text_config=texts, vision_config=images, projection_dim=16)
    network = transformers.CLIPModel(config)
    peak(network, 0)
    network.save_pretrained(folder)
    words.save_pretrained(folder)
    crop = {"height": 16, "width": 16}
    mean = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    processor = {
        "image_processor_type": "CLIPImageProcessor",
        "size": {"shortest_edge": 16},
        "crop_size": crop,
    }
    content = json.dumps({**processor, **mean, "processor_class": "CLIPProcessor"})
    (folder / "preprocessor_config.json").write_text(content, encoding="utf-8")
    return folder


def _pairs_of(words: Any) -> Any:
    """What puts the marks between the two texts of a pair."""
    from tokenizers.processors import TemplateProcessing

    marks = [(name, words.convert_tokens_to_ids(name)) for name in ("[CLS]", "[SEP]")]
    return TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=marks
    )
