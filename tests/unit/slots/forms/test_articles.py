"""a or an."""

from __future__ import annotations

import pytest

from evenband.slots.forms.articles import choose_article

AN = """
apple|egg|ice cream|onion|umbrella|hour|honest mistake|honor|honourable member|heir|heiress|heirloom
hourglass|herb garden|hors d'oeuvre|MRI scan|X-ray|x-ray|FBI agent|HIV test|HTML file|LED lamp|MP
NGO|RSVP|SQL query|SUV|NSAID|SSRI|HVAC system|FMLA leave
e-mail|F-16|h-index|mRNA vaccine|MSc|MRIs|NHS hospital
O'Connor novel|8 km walk|8,000 dollars|80|11 percent rise|18-year-old|11,000|18,500|1842 novel|800
umbrella stand|uncle|undertaker|uninvited guest|unimportant matter|unidentified body|unissued stamp
usher|urban area|urgent call|onerous task|only child|eight-hour day|elephant|ultimatum|utterance|urn
Urdu poem|yttrium compound|OK|"apple"|épée|AIDS patient|RFID tag|interview|orphan|aunt|okra|inch
oasis|Italian|EU law
"""
A = """
banana|dog|house|horse|historian|hotel|university|union|unicorn|uniform|unique case|unit
unilateral step|universe|European|euro|eulogy|ewe|eucalyptus|one-way street|one|once-famous singer
USB port|US senator|UFO|UNESCO site|UNICEF worker|TYPO3 site|SWOT analysis|GERD patient
URL|UK visa|U-turn|T-shirt|PhD|CEO|DNA test|NATO country|RAM chip|SIM card
LAN|user|usual day|useful tool|utensil|uterus|utopia|uranium mine|urologist|Uruguayan|ukulele
Ukrainian|ubiquitous pest|unanimous vote|ufologist|7 km walk|1,000|100|1100000|118 pages|180 pages
1,800 dollars|yam|yellow card|year|herbivore|Herbert|herbicide|homeless person|wife|usurper|B-side
p-value|C-section|"banana"|knight|quiz|zebra|xylophone|hymn|Ugandan|uvula|Utah native|MIDI file
"""


def phrases(text: str) -> list[str]:
    return [phrase for phrase in text.replace("\n", "|").split("|") if phrase]


def test_there_are_more_than_a_hundred() -> None:
    """Over fifty of each, none twice."""
    assert len(phrases(AN)) > 50
    assert len(phrases(A)) > 50
    assert len({*phrases(AN), *phrases(A)}) == len(phrases(AN)) + len(phrases(A))


@pytest.mark.parametrize(("article", "text"), [("an", AN), ("a", A)])
def test_the_sound_decides(article: str, text: str) -> None:
    """As written by hand: hour, MRI and 8 with an; university, one and USB with a."""
    assert [phrase for phrase in phrases(text) if choose_article(phrase) != article] == []
