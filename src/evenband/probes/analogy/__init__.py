"""Word arithmetic: which word is nearest to ``king - man + woman``, and where the expected one ranks."""

from evenband.probes.analogy.analogies import Analogies
from evenband.probes.analogy.arithmetic import CONVENTIONS, Convention, Nearest, nearest_words
from evenband.probes.analogy.expression import Expression
from evenband.probes.analogy.question_files import Question, read_questions
from evenband.probes.analogy.word_space import WordSpace

__all__ = [
    "CONVENTIONS",
    "Analogies",
    "Convention",
    "Expression",
    "Nearest",
    "Question",
    "WordSpace",
    "nearest_words",
    "read_questions",
]
