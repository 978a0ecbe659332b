"""Matching typed text with a guild's expertise tags."""

from __future__ import annotations

import pytest

from mentorship.mentors.expertise import closest_spellings, match_tags, match_tags_by_name

TAGS = {
    1: "python",
    2: "java",
    3: "javascript",
    4: "code review",
    5: "c++",
    6: "typescript",
    7: "go",
}


@pytest.mark.parametrize(
    ("typed", "groups"),
    [
        ("python", ((1,),)),
        ("  PYTHON ", ((1,),)),
        ("java", ((2,), (3,))),
        ("type", ((6,),)),
        ("Code-Review", ((4,),)),
        ("review", ((4,),)),
        ("c++", ((5,),)),
        ("script", ()),
        ("rust", ()),
        ("", ()),
        ("--", ()),
    ],
)
def test_tags_match_whole_or_by_the_start_of_a_word(
    typed: str, groups: tuple[tuple[int, ...], ...]
) -> None:
    assert match_tags_by_name(typed, TAGS) == groups


@pytest.mark.parametrize(
    ("typed", "groups"),
    [
        # The whole text wins over its words, and words over similarity.
        ("code review", ((4,),)),
        ("python or java", ((1, 2, 3),)),
        ("java and javascript", ((2, 3),)),
        ("learn python", ((1,),)),
        ("pyton", ((1,),)),
        ("pytho", ((1,),)),
        ("reveiw", ((4,),)),
        ("typscr", ((6,),)),
        # Two letters are too few for similarity.
        ("gp", ()),
        ("gardening", ()),
        ("", ()),
    ],
)
def test_tags_match_by_name_then_words_then_similarity(
    typed: str, groups: tuple[tuple[int, ...], ...]
) -> None:
    assert match_tags(typed, TAGS) == groups


def test_a_whole_tag_wins_over_tags_of_its_words() -> None:
    assert match_tags("code review", {1: "code", 2: "code review"}) == ((2,),)


def test_equally_similar_tags_are_one_group() -> None:
    assert match_tags("cats", {8: "bats", 9: "hats", 2: "cows"}) == ((8, 9),)


def test_similarity_needs_three_letters() -> None:
    assert match_tags("jva", {2: "java"}) == ((2,),)


def test_only_spellings_near_the_best_match() -> None:
    # Similarity: python 91, pylon 80.
    assert closest_spellings("pyton", ["python", "pylon", "ruby"]) == ["python"]
    assert closest_spellings("pyton", ["pylon", "ruby"]) == ["pylon"]
    assert closest_spellings("pyton", ["ruby"]) == []
    assert closest_spellings("python", ["monty python's flying circus"]) == []
    assert len(closest_spellings("cat", [f"cat{letter}" for letter in "abcdefghijklm"])) == 10
