"""A "not" for any text that a user types: dropped, set in its place, or not at all where no rule fits."""

from __future__ import annotations

import re

AUXILIARIES = "is|are|was|were|do|does|did|could|would|should|must|has|have|had|can|will|may|might"
"""Words that a "not" follows."""

NOUNS_AS_WELL = frozenset({"can", "will", "may", "might", "must", "do"})
"""Auxiliaries that are nouns or names too: a can opener, a living will, events in May."""

ASKING = "who|whom|whose|what|which|when|where|why|how"
"""Words that open a question."""

SUBJECTS = frozenset({
    "i", "you", "he", "she", "it", "we", "they", "who", "what", "which", "that", "this", "these",
    "those", "there", "someone", "anyone", "people", "one"
})  # fmt: skip
"""Words behind or in front of which such a word is an auxiliary."""

NEVER_BEFORE = frozenset({
    "a", "an", "the", "my", "your", "his", "her", "its", "our", "their", "in", "on", "at", "of", "for",
    "to", "from", "by", "with", "and", "or", "last", "first", "tin", "living"
})  # fmt: skip
"""Words behind which such a word is a noun."""

CONTRACTED = {
    "is": "isn't", "are": "aren't", "was": "wasn't", "were": "weren't", "do": "don't", "does": "doesn't",
    "did": "didn't", "could": "couldn't", "would": "wouldn't", "should": "shouldn't", "must": "mustn't",
    "has": "hasn't", "have": "haven't", "had": "hadn't", "can": "can't", "will": "won't", "might": "mightn't",
}  # fmt: skip
"""What stands in a question, whose subject may be in front or behind: what can't dogs eat."""

CONTRACTIONS = {"can't": "can", "cannot": "can", "won't": "will", "shan't": "shall", "ain't": "is"}
"""Contractions that are more than a word and n't."""

CAUSES = (
    "makes|causes|helps|happens|means|works|comes|goes|kills|affects|determines|requires|triggers|prevents|"
    "contains|includes|counts|qualifies|belongs|matters|hurts|heals|relieves|increases|reduces|attracts"
)
"""Verbs that often follow what or which; most other words with an s are nouns there, such as foods."""

NO_VERBS = frozenset({
    "else", "all", "the", "a", "an", "this", "that", "these", "those", "my", "your", "our", "in", "on",
    "at", "of", "from", "to", "or", "and"
})  # fmt: skip
"""Words behind who that are no verbs."""

_CONTRACTION = re.compile(r"\b(can['’]t|cannot|won['’]t|shan['’]t|ain['’]t)(?!\w)", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|(?<!or )no(?!\.?\s*\d))\b\s*|n['’]t\b", re.IGNORECASE)
_AUXILIARY = re.compile(rf"\b(?:{AUXILIARIES})\b(?!['’-])", re.IGNORECASE)
_HOW_TO = re.compile(r"^(how|when|where|what) to\b", re.IGNORECASE)
_ASKED = re.compile(rf"^(?:{ASKING})\b", re.IGNORECASE)
_CAUSE = re.compile(rf"^(what|which)\s+({CAUSES})\b", re.IGNORECASE)
_WHO = re.compile(r"^(who)\s+(\w+)\b(?!['’])", re.IGNORECASE)


def negate(text: str) -> str:
    """Drop a "not", or set one where English has it; a question that no rule fits stays as it is.

    A text that is no question, such as ``rain jacket``, gets it in front.
    """
    for rule in (_without_not, _beside_auxiliary, _before_verb):
        changed = rule(text)
        if changed != text:
            return changed
    return text if _ASKED.match(text) or text.rstrip().endswith("?") else f"not {text}"


def _without_not(text: str) -> str:
    """Drop the first negation."""
    whole = _CONTRACTION.sub(lambda found: _like(found[0], _contracted_form(found[0])), text, count=1)
    return whole if whole != text else _NOT.sub("", text, count=1).strip()


def _contracted_form(contraction: str) -> str:
    return CONTRACTIONS[contraction.lower().replace("’", "'")]


def _beside_auxiliary(text: str) -> str:
    """Negate the first word that is an auxiliary where it stands."""
    moved = _HOW_TO.sub(r"\1 not to", text)
    if moved != text:
        return moved
    for found in _AUXILIARY.finditer(text):
        before, after = text[: found.start()].split(), text[found.end() :].split()
        if _is_auxiliary(found[0].lower(), before, after, text):
            word = found[0]
            is_question = not before or _ASKED.match(text)
            asked = CONTRACTED.get(word.lower()) if is_question else None
            return (
                text[: found.start()] + (_like(word, asked) if asked else f"{word} not") + text[found.end() :]
            )
    return text


def _is_auxiliary(word: str, before: list[str], after: list[str], text: str) -> bool:
    """Return whether a word stands where an auxiliary can: not at the end, and not where a noun would."""
    if not after or (before and before[-1].lower() in NEVER_BEFORE):
        return False
    if word not in NOUNS_AS_WELL:
        return True
    neighbours = {one.strip(",").lower() for one in (*before[-1:], *after[:1])}
    is_asked = bool(before) and _ASKED.match(text) is not None
    return is_asked or bool(neighbours & SUBJECTS)


def _before_verb(text: str) -> str:
    """Negate a verb that has its question word as subject: who teaches, who wrote, what causes."""
    cause = _CAUSE.sub(lambda found: f"{found[1]} does not {_base(found[2])}", text, count=1)
    if cause != text:
        return cause
    found = _WHO.match(text)
    if found is None or found[2].lower() in NO_VERBS or len(found[2]) < 3:
        return text
    is_present = found[2].endswith("s") and not found[2].endswith("ss")
    verb = f"does not {_base(found[2])}" if is_present else f"never {found[2]}"
    return f"{found[1]} {verb}{text[found.end() :]}"


def _base(verb: str) -> str:
    """Return the infinitive of a verb in the third person: teach of teaches, carry of carries."""
    if re.search(r"[^aeiou]ies$", verb) and len(verb) > 4:
        return f"{verb[:-3]}y"
    return verb[:-2] if re.search(r"(?:ch|sh|ss|x|zz|[^aeiou]o)es$", verb) else verb[:-1]


def _like(word: str, other: str) -> str:
    """Return another word with the capitals of the first."""
    if word.isupper() and len(word) > 1:
        return other.upper()
    return other.capitalize() if word[:1].isupper() else other
