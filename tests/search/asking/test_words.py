import pytest

from services.search.asking.words import InvalidKeyword, Keyword, fold


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("ﾏｼﾝ", "マシン"),
        ("ましん", "マシン"),
        ("ＡＢＣ", "abc"),
        ("Abc", "ABC"),
        ("ｶﾞｰﾀﾞｰ", "ガーダー"),
        ("か\u3099", "ガ"),  # decomposed, as macOS writes it
        ("①", "1"),
        ("か゛ーと", "ガート"),
        ("〜", "～"),
        ("ｍｍ", "㎜"),
    ],
)
def test_what_means_the_same_is_the_same(typed, written):
    assert fold(typed) == fold(written)


def test_signs_are_the_signs_they_are():
    assert fold("(") != fold("（") and fold("%") != fold("_")


def test_words_are_wanted_or_unwanted():
    found = Keyword.of("金型　部品 -プレス －鉄 -")
    assert found == Keyword(("金型", "部品", "-"), ("プレス", "鉄"))


@pytest.mark.parametrize("everything", ["", "   ", "　", "all"])
def test_nothing_and_all_are_everything(everything):
    assert Keyword.of(everything) == Keyword()


@pytest.mark.parametrize("long", ["x" * 1001, "x " * 33])
def test_a_keyword_that_is_too_long_is_refused(long):
    with pytest.raises(InvalidKeyword):
        Keyword.of(long)
