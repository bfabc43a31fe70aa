"""The grammatical columns of the German, Spanish and French tables."""

import unicodedata

from evenband import slots

ACCUSATIVE = {"der": "den", "die": "die", "das": "das"}


def columns(name: str) -> list[tuple[str, ...]]:
    """The rows of a table, the value first."""
    slot = slots.load(f"table:{name}")
    return list(zip(slot.values, *slot.columns.values(), strict=True))


def test_german_persons_have_both_cases_and_only_masculines_change() -> None:
    for person, der, den in columns("de-person"):
        article, noun = der.split(" ", 1)
        object_article, inflected = den.split(" ", 1)
        assert noun == person
        assert object_article == ACCUSATIVE[article]
        assert inflected in ({person, f"{person}n", f"{person}en"} if article == "der" else {person})


def test_german_nouns_in_e_and_ist_are_weak() -> None:
    for person, der, den in columns("de-person"):
        if der.startswith("der ") and person.endswith(("e", "ist", "loge", "graf", "nom", "ekt")):
            assert den == f"den {person}{'n' if person.endswith('e') else 'en'}"


def test_german_illnesses_are_denied_with_an_inflected_kein() -> None:
    for disease, kein in columns("de-disease"):
        assert kein in {f"{article} {disease}" for article in ("kein", "keine", "keinen")}
        if disease.endswith(("itis", "ung", "keit", "ose", "ie", "enz", "pe")):
            assert kein.startswith("keine ")
        if disease.endswith(("krebs", "mangel", "husten", "schwund", "ismus")):
            assert kein.startswith("keinen ")


def test_spanish_persons_have_the_article_of_their_ending() -> None:
    for person, el in columns("es-person"):
        article, noun = el.split(" ", 1)
        assert noun == person
        if person.endswith(("o", "or", "ero", "ín", "és")):
            assert article == "el"
        if person.endswith(("era", "ora", "triz", "esa")):
            assert article == "la"


def test_french_articles_are_elided_before_vowels_and_the_mute_h() -> None:
    aspirated = ("héros", "hernie")
    for value, le, *_ in [*columns("fr-person"), *columns("fr-disease")]:
        first = unicodedata.normalize("NFD", value.replace("œ", "oe"))[0].lower()
        elided = first in "aeiou" or (first == "h" and not value.startswith(aspirated))
        assert le in ({f"l'{value}"} if elided else {f"le {value}", f"la {value}"})


def test_french_illnesses_follow_souffre_with_an_article_only_where_they_bear_a_name() -> None:
    for value, le, de in columns("fr-disease"):
        if value.startswith(("maladie ", "syndrome ")):
            assert de in {f"de la {value}", f"du {value}"}
        else:
            assert de == (f"d'{value}" if le.startswith("l'") else f"de {value}")
