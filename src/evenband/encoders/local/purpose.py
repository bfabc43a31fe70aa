"""What a saved model is for: embedding models are audited, other kinds are named and refused.

sentence-transformers loads nearly every folder: where no module says how token states become one vector, it
puts a pooling on top. Of a reranker, a classifier, a sparse or a late-interaction model such vectors mean
nothing. A bare checkpoint may have been trained for it, so that it is audited with a note.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from evenband.encoders.local.folder_references import read_object
from evenband.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

RERANKER = "a reranker ({}), which scores pairs of texts"
CLASSIFIER = "a classifier ({}), which gives labels"
SPARSE = "a sparse encoder ({}), which weighs the words of a vocabulary"
LATE = "a late-interaction model ({}), which gives a vector for each token"
REWARD = "a reward model ({}), which scores texts"
LATE_IMAGES = "a late-interaction model whose documents are images ({})"
HALF = "one of DPR's two encoders ({}), whose partner is another model"
UNREADING = "a model that reads no text ({})"

PAIR_SCORERS = (RERANKER, LATE)
"""Kinds that score pairs of texts: measured by orderings."""

MODEL_TYPES = {"CrossEncoder": RERANKER, "SparseEncoder": SPARSE, "MultiVectorEncoder": LATE, "ColBERT": LATE}
"""What classes of sentence-transformers and PyLate save as; the names are also those of the classes."""

MODULE_KINDS = {
    "LogitScore": RERANKER,
    "MLMTransformer": SPARSE,
    "SpladePooling": SPARSE,
    "SparseAutoEncoder": SPARSE,
    "SparseStaticEmbedding": SPARSE,
    "MultiVectorMask": LATE,
}
"""Modules that no dense embedding model has."""

TASKS = {
    "sequence-classification": RERANKER,
    "text-generation": RERANKER,
    "any-to-any": RERANKER,
    "fill-mask": SPARSE,
    "retrieval": LATE_IMAGES,
}
"""Tasks of the module ``Transformer`` other than giving features."""

NETWORK_HEADS = {
    "ForSequenceClassification": CLASSIFIER,
    "ForTokenClassification": CLASSIFIER,
    "ForQuestionAnswering": CLASSIFIER,
    "ForMultipleChoice": CLASSIFIER,
    "ForNextSentencePrediction": CLASSIFIER,
    "ForRanking": RERANKER,
    "ForReranking": RERANKER,
    "ForRetrieval": LATE_IMAGES,
    "ColBERT": LATE,
    "ColBert": LATE,
    "RewardModel": REWARD,
    "DPRQuestionEncoder": HALF,
    "DPRContextEncoder": HALF,
    "DPRReader": CLASSIFIER,
    "Classification": CLASSIFIER,
    "Regression": CLASSIFIER,
    "QuestionAnswering": CLASSIFIER,
}
"""Ends of the names of architectures, transformers' own first, then what others' end in; the first counts."""

CLASSIFYING = ("SEQ_CLS", "TOKEN_CLS", "QUESTION_ANS")
"""Tasks of a classifier's adapter, as PEFT names them."""

CARD_LABELS = {
    "text-ranking": RERANKER,
    "cross-encoder": RERANKER,
    "splade": SPARSE,
    "sparse-encoder": SPARSE,
    "pylate": LATE,
    "colbert": LATE,
}
"""Words in the head of a model card (``pipeline_tag``, ``tags``) that name another kind of model."""

TOKENIZERS = ("tokenizer*", "vocab*", "spiece.model", "*.bpe.model", "*tokenizer*.py")
"""Patterns of a tokenizer's files."""


class Purpose(NamedTuple):
    """What a saved model is for, if not for embedding texts.

    Attributes:
        kind: one of :data:`RERANKER` and so on.
        evidence: why it is believed to be that.
    """

    kind: str
    evidence: str

    @property
    def scores_pairs(self) -> bool:
        """Whether it scores pairs of texts, and so is measured by orderings."""
        return self.kind in PAIR_SCORERS

    def __str__(self) -> str:
        return self.kind.format(self.evidence)


class PairScorerError(ModelError):
    """A reranker where a model with vectors is needed."""


def purpose_of(folder: Path) -> Purpose | None:
    """Return what a folder's model is for, before its weights are read; ``None`` for an embedding model."""
    kinds = _kinds_of_saved(folder) if (folder / "modules.json").is_file() else _kinds_of_bare(folder)
    return next((Purpose(kind, evidence) for kind, evidence in kinds), None)


def check_purpose(folder: Path, ref: str) -> None:
    """Refuse a folder with something else than an embedding model, before its weights are read.

    Args:
        folder: with the model's files.
        ref: what the user calls it.

    Raises:
        PairScorerError: if it scores pairs of texts.
        ModelError: naming what else it is, and why it is believed to be that.
    """
    purpose = purpose_of(folder)
    if purpose is not None:
        raise refusal(ref, purpose)


def check_can_be_audited(folder: Path, ref: str) -> None:
    """Refuse a folder with a model that neither embeds texts nor scores pairs of them.

    Raises:
        ModelError: as :func:`check_purpose`.
    """
    purpose = purpose_of(folder)
    if purpose is not None and not purpose.scores_pairs:
        raise refusal(ref, purpose)


def refusal(ref: str, purpose: Purpose) -> ModelError:
    """Return the error for a model of another kind where an embedding model is needed."""
    if purpose.scores_pairs:
        return PairScorerError(
            f"model {ref!r} is not an embedding model but {purpose}: it has no vectors, so that only "
            "`evenband audit` measures it, by orderings; expected a model that gives one vector for each text"
        )
    return ModelError(
        f"model {ref!r} is not an embedding model but {purpose}; expected a model that gives "
        "one vector for each text: a sentence-transformers folder with a pooling, or a bare checkpoint"
    )


def refusal_as_reranker(ref: str, purpose: Purpose | None) -> ModelError:
    """Return the error for a model of another kind where a reranker is needed.

    Args:
        ref: what the user calls it.
        purpose: what it is; ``None`` for an embedding model.
    """
    kind = "an embedding model, which gives a vector for each text" if purpose is None else str(purpose)
    return ModelError(
        f"model {ref!r} is not a reranker but {kind}; expected a cross-encoder with one label or a "
        "late-interaction model, as sentence-transformers saves them"
    )


def notes_on_purpose(folder: Path, pooling: str | None, assumed: str | None) -> tuple[str, ...]:
    """Return the note on a bare checkpoint: what sentence-transformers makes of it is an assumption.

    Args:
        folder: with the model's files.
        pooling: on top; ``None`` where the model has an output for the whole text.
        assumed: the same where the library chose it, ``None`` where the reference did.
    """
    if (folder / "modules.json").is_file():
        return ()
    if pooling and not assumed:
        return (
            f"not saved as an embedding model ({architecture_of(folder)}): the reference chose {pooling} "
            "pooling; ask whoever trained it whether that is right",
        )
    made_by = f"{pooling} pooling is assumed" if pooling else "its own output for a whole text is taken"
    return (
        f"not saved as an embedding model ({architecture_of(folder)}): {made_by}, as sentence-transformers "
        "does; ask whoever trained it whether that is right",
    )


def architecture_of(folder: Path) -> str:
    """Return the architecture in a checkpoint's configuration, such as ``BertForMaskedLM``."""
    config = read_object(folder / "config.json")
    adapter = read_object(folder / "adapter_config.json")
    if adapter:
        base = str(adapter.get("base_model_name_or_path")).rstrip("/").rpartition("/")[2]
        return f"a {adapter.get('peft_type', 'PEFT')} adapter of {base}"
    return next(iter(_architectures(config)), str(config.get("model_type") or "no architecture named"))


def check_reads_text(model: SentenceTransformer, ref: str) -> None:
    """Refuse a loaded model that takes images or sounds only.

    Raises:
        ModelError: naming what it takes.
    """
    if "text" not in model.modalities:
        taken = ", ".join(str(modality) for modality in model.modalities) or "nothing that is known"
        raise refusal(ref, Purpose(UNREADING, f"it takes {taken}"))


def kind_of_object(model: object) -> str | None:
    """Return what a live model is if not a dense embedding model, such as :data:`SPARSE`; else ``None``."""
    classes = [cls.__name__ for cls in type(model).__mro__]
    return next((MODEL_TYPES[name] for name in classes if name in MODEL_TYPES), None)


def notes_on_inputs(model: SentenceTransformer, max_tokens: int | None) -> tuple[str, ...]:
    """Return the note on a model that takes images or sounds as well: a table of pairs may name pictures."""
    others = [str(modality) for modality in model.modalities if modality not in ("text", "message")]
    if not others:
        return ()
    cut = f", and cuts texts at {max_tokens} tokens" if max_tokens else ""
    return (
        f"this model also takes {', '.join(others)}: audited only where a table of pairs names pictures{cut}",
    )


def notes_on_origin(config: Any, pooling: str | None) -> tuple[str, ...]:
    """Return the note on a live model whose network was read from a reranker's or classifier's checkpoint.

    Args:
        config: of its transformers network; ``None`` without one.
        pooling: of its vectors.
    """
    names = [str(name) for name in getattr(config, "architectures", None) or ()]
    heads = [name for name in names if name.endswith(tuple(NETWORK_HEADS))]
    if not heads:
        return ()
    return (
        f"not saved as an embedding model ({heads[0]}): the live model's network comes from such a "
        f"checkpoint, and {pooling or 'no'} pooling was put on top of it",
    )


def _kinds_of_saved(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield signs that a folder with a list of modules is of another kind, each with its evidence."""
    saved_as = read_object(folder / "config_sentence_transformers.json").get(
        "model_type", "SentenceTransformer"
    )
    if saved_as in MODEL_TYPES:
        yield MODEL_TYPES[saved_as], f"saved as a {saved_as}"
    for reference in _module_classes(folder):
        package, _, name = reference.rpartition(".")
        if name in MODULE_KINDS:
            yield MODULE_KINDS[name], f"it has a module {name}"
        if package.partition(".")[0] == "pylate":
            yield LATE, f"it has a module {reference}"
    for path in [*folder.glob("sentence_*_config.json"), *folder.glob("*/sentence_*_config.json")]:
        task = read_object(path).get("transformer_task")
        if task in TASKS:
            yield TASKS[task], f"its task is {task}"


def _module_classes(folder: Path) -> Iterator[str]:
    """Yield the classes of a model's modules, those inside a router included."""
    try:
        listing = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # said elsewhere, when the folder is checked
        return
    yield from (str(module.get("type", "")) for module in listing if isinstance(module, dict))
    for path in [*folder.glob("router_config.json"), *folder.glob("*/router_config.json")]:
        types = read_object(path).get("types")
        yield from map(str, types.values() if isinstance(types, dict) else ())


def _kinds_of_bare(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield signs that a checkpoint without a list of modules is of another kind, each with its evidence."""
    config, adapter = read_object(folder / "config.json"), read_object(folder / "adapter_config.json")
    if (folder / "artifact.metadata").is_file():
        yield LATE, "it has ColBERT's artifact.metadata"
    for name in _architectures(config):
        for end, kind in NETWORK_HEADS.items():
            if name.endswith(end):
                yield RERANKER if kind is CLASSIFIER and _is_scorer(config, end) else kind, name
    if (task := adapter.get("task_type")) in CLASSIFYING:
        yield CLASSIFIER, f"an adapter for {task}"
    for word in _card_words(folder):
        if word in CARD_LABELS:
            yield CARD_LABELS[word], f"its card says {word}"
    reads_other_things = (folder / "preprocessor_config.json").is_file()
    if reads_other_things and not any(any(folder.glob(pattern)) for pattern in TOKENIZERS):
        yield UNREADING, f"{architecture_of(folder)} without a tokenizer"


def _architectures(config: dict[str, Any]) -> list[str]:
    """Return the architectures that a configuration names: a list, or one by itself."""
    named = config.get("architectures") or ()
    return [named] if isinstance(named, str) else [str(name) for name in named if name]


def _is_scorer(config: dict[str, Any], head: str) -> bool:
    """Return whether a classifier of sequences has one label only: a score."""
    labels = config.get("id2label")
    return head == "ForSequenceClassification" and (
        "sentence_transformers" in config or (isinstance(labels, dict) and len(labels) == 1)
    )


def _card_words(folder: Path) -> list[str]:
    """Return the values in the head of a model card, in lower case; none without a card."""
    try:
        text = (folder / "README.md").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    if not text.startswith("---"):
        return []
    head = text.split("\n---", 1)[0]
    return [
        word.lower() for word in re.findall(r"^(?:pipeline_tag:|\s*-)\s*([\w.-]+)\s*$", head, re.MULTILINE)
    ]
