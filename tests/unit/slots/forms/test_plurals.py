"""Plurals."""

from __future__ import annotations

import pytest

from evenband.slots.forms.plurals import pluralise

PAIRS = """
apple:apples|box:boxes|bus:buses|church:churches|dish:dishes|boss:bosses|waltz:waltzes|lens:lenses|virus:viruses
baby:babies|city:cities|day:days|monkey:monkeys|soliloquy:soliloquies|berry:berries|guy:guys
child:children|grandchild:grandchildren|foot:feet|tooth:teeth|goose:geese|mongoose:mongooses|mouse:mice
dormouse:dormice|louse:lice|blouse:blouses|ox:oxen|fox:foxes|die:dice|foodie:foodies|man:men|woman:women
policeman:policemen|saleswoman:saleswomen|human:humans|German:Germans|shaman:shamans|talisman:talismans
person:people|salesperson:salespeople|chairperson:chairpersons|passerby:passersby|passer-by:passers-by
runner-up:runners-up|hanger-on:hangers-on|mother-in-law:mothers-in-law|son-in-law:sons-in-law
editor in chief:editors in chief|commander-in-chief:commanders-in-chief|lady-in-waiting:ladies-in-waiting
glass of milk:glasses of milk|loaf of bread:loaves of bread|attorney general:attorneys general
brigadier general:brigadier generals|poet laureate:poets laureate|notary public:notaries public
court-martial:courts-martial|court martial:courts martial|president-elect:presidents-elect
knife:knives|life:lives|wife:wives|housewife:housewives|leaf:leaves|loaf:loaves|thief:thieves|half:halves
shelf:shelves|bookshelf:bookshelves|wolf:wolves|werewolf:werewolves|scarf:scarves|elf:elves|hoof:hooves
roof:roofs|chief:chiefs|chef:chefs|belief:beliefs|giraffe:giraffes|cliff:cliffs|proof:proofs|dwarf:dwarfs
potato:potatoes|sweet potato:sweet potatoes|tomato:tomatoes|hero:heroes|superhero:superheroes|echo:echoes
photo:photos|piano:pianos|avocado:avocados|burrito:burritos|studio:studios|radio:radios|kangaroo:kangaroos
crisis:crises|diagnosis:diagnoses|analysis:analyses|oasis:oases|iris:irises|pelvis:pelvises|axis:axes
cactus:cacti|fungus:fungi|octopus:octopuses|hippopotamus:hippopotamuses|campus:campuses|alumnus:alumni
bacterium:bacteria|museum:museums|aquarium:aquariums|criterion:criteria|phenomenon:phenomena|lion:lions
larva:larvae|pizza:pizzas|vertebra:vertebrae|appendix:appendices|index:indexes|complex:complexes
stomach:stomachs|monarch:monarchs|patriarch:patriarchs|epoch:epochs|coach:coaches|sandwich:sandwiches
quiz:quizzes|bureau:bureaus|chateau:chateaux|MRI:MRIs|CEO:CEOs|X-ray:X-rays|ice cream:ice creams
stay-at-home mother:stay-at-home mothers|walk-in closet:walk-in closets|merry-go-round:merry-go-rounds
Child:Children|Policewoman:Policewomen|Berry:Berries|credit card:credit cards|heir apparent:heirs apparent
Crohn's disease:Crohn's diseases|gas:gases|atlas:atlases|albatross:albatrosses|rhinoceros:rhinoceroses
"""

NONE = """
sheep|deer|fish|goldfish|aircraft|series|species|salmon|scissors|trousers|measles|diabetes|physics|mathematics
people|children|noodles|Chinese|Portuguese|headquarters|1000|Crohn's||AB-12
"""


def split(text: str) -> list[str]:
    return text.strip().replace("\n", "|").split("|")


def test_the_plural_is_the_one_written_by_hand() -> None:
    """More than a hundred, none twice."""
    pairs = dict(pair.split(":") for pair in split(PAIRS))
    assert len(pairs) == len(split(PAIRS)) > 100
    assert {word: pluralise(word) for word in pairs} == pairs


@pytest.mark.parametrize("word", split(NONE))
def test_what_has_no_other_plural_stays(word: str) -> None:
    """Invariant words, plurals and what is no word at all."""
    assert pluralise(word) == word
