"""Nouns of WordNet that are measured but are no examples, for tests that must not spell them."""

from evenband import slots
from evenband.unshown_words import may_be_shown

PERSONS = slots.load("wordnet:person.n.01")
PASSED_OVER = [word for word in PERSONS.values if not may_be_shown(PERSONS.name, word)]
