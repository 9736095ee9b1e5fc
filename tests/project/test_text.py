from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from threads.text import author_slug, clean_name, fold, script_of, tag_slug

HAN = st.characters(min_codepoint=0x3400, max_codepoint=0x323AF, categories=["Lo"])
MIXED = st.text(st.one_of(HAN, st.characters(), st.sampled_from("ＡＢａ１　ßİﬁ臺裏著羣")))

SIMPLIFIED = OpenCC("t2s")


class TestFold:
    @pytest.mark.parametrize(
        ("written", "folded"),
        [
            ("Green Tea", "green tea"),
            ("ＧＲＥＥＮ　茶１２", "green 茶12"),
            ("綠茶與臺灣烏龍", "绿茶与台湾乌龙"),
            ("裏 裡 里", "里 里 里"),
            ("著 着 羣 群 衞 衛 卫", "着 着 群 群 卫 卫 卫"),
            ("瞭解憑藉反覆", "了解凭借反复"),
            ("ＳtＲaße", "straße"),
            ("non\u00a0breaking", "non breaking"),
            ("ﾃｨｰ", "ティー"),
        ],
    )
    def test_spellings_of_one_text_become_one(self, written: str, folded: str) -> None:
        assert fold(written) == folded

    @pytest.mark.parametrize(("one", "other"), [("茶", "荼"), ("象", "像"), ("画", "划"), ("坐", "座"), ("e", "é")])
    def test_different_characters_stay_different(self, one: str, other: str) -> None:
        assert fold(one) != fold(other)

    @given(MIXED)
    def test_length_is_kept(self, text: str) -> None:
        assert len(fold(text)) == len(text)

    @given(MIXED)
    def test_folding_twice_changes_nothing_more(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)

    @given(st.text(), st.text())
    def test_each_character_is_folded_by_itself(self, one: str, other: str) -> None:
        assert fold(one + other) == fold(one) + fold(other)

    def test_a_traditional_character_is_its_simplified_one_throughout(self) -> None:
        differing = [
            char
            for char in map(chr, range(0x3400, 0x323B0))
            if unicodedata.category(char) == "Lo" and fold(char) != fold(SIMPLIFIED.convert(char))
        ]
        assert differing == []


class TestCleanName:
    @pytest.mark.parametrize(
        ("written", "clean"),
        [
            ("  tea\t\t\nlover ", "tea lover"),
            ("茶　友", "茶 友"),
            ("e\u0301clair", "éclair"),
            ("a\u200bb\u202ec\x07", "abc"),
            ("a \u200b b", "a b"),
            ("half\udce4", "half\ufffd"),
            ("tea\ufffe lover\uffff", "tea lover"),
            ("\u200b", ""),
            ("x" * 300, "x" * 255),
            ("x" * 254 + " y", "x" * 254),
            ("👩\u200d🌾", "👩\u200d🌾"),
        ],
    )
    def test_a_name_is_written_one_way(self, written: str, clean: str) -> None:
        assert clean_name(written) == clean

    @given(st.text())
    def test_a_clean_name_is_storable_and_stays_as_it_is(self, name: str) -> None:
        clean = clean_name(name)
        assert clean_name(clean) == clean
        assert len(clean) <= 255
        assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in clean)


AWKWARD = st.text(st.sampled_from("ab~./\\?#% \n-_0茶\ud800"), max_size=6)


class TestAuthorSlug:
    @pytest.mark.parametrize("name", ["茶友", "tea lover", "a.b", "[gone]", "x~y", "~", "J-1_2"])
    def test_an_ordinary_name_is_its_own_address(self, name: str) -> None:
        assert author_slug(name) == name

    @pytest.mark.parametrize(
        ("name", "start"),
        [
            ("tea/cake", "tea-cake~"),
            ("C#", "C~"),
            ("..", "~"),
            ("", "~"),
            (" x ", "x~"),
            ("x~0123456789", "x~0123456789~"),
        ],
    )
    def test_any_other_name_keeps_what_can_be_read_and_gets_a_hash(self, name: str, start: str) -> None:
        slug = author_slug(name)
        assert slug.startswith(start)
        assert len(slug) == len(start) + 10

    @given(st.one_of(AWKWARD, st.text()))
    def test_it_can_stand_in_a_path(self, name: str) -> None:
        slug = author_slug(name)
        assert slug.encode()
        assert slug not in {"", ".", ".."}
        assert slug == slug.strip()
        assert not set(slug) & set("/\\?#%\n")
        assert len(slug) <= 255

    @given(st.lists(AWKWARD, unique=True))
    def test_no_two_names_share_one(self, names: list[str]) -> None:
        # The addresses themselves are names too: someone may have taken one as a name.
        known = {*names, *map(author_slug, names)}
        assert len({author_slug(name) for name in known}) == len(known)


class TestTagSlug:
    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Tea", "tea"),
            ("綠茶", "绿茶"),
            ("Green  Tea", "green_tea"),
            ("green-tea", "green-tea"),
            ("茶2020", "茶2020"),
        ],
    )
    def test_an_ordinary_tag_is_read_from_its_address(self, name: str, slug: str) -> None:
        assert tag_slug(name) == slug

    @pytest.mark.parametrize(
        ("name", "start"),
        [("C++", "c_"), ("a_b", "a_b_"), ("...", "_"), ("x" * 120, "x" * 89 + "_"), ("c 0123456789", "c-0123456789_")],
    )
    def test_any_other_tag_gets_a_hash(self, name: str, start: str) -> None:
        slug = tag_slug(name)
        assert slug.startswith(start)
        assert len(slug) == len(start) + 10

    @given(st.lists(st.text(st.sampled_from("ab_- +.0茶綠"), max_size=6)))
    def test_two_tags_share_one_only_if_they_fold_to_one(self, names: list[str]) -> None:
        known = [*names, *map(tag_slug, names)]
        folded = {" ".join(fold(name).split()) for name in known}
        assert len({tag_slug(name) for name in known}) == len(folded)

    @given(st.text())
    def test_it_fits_the_column(self, name: str) -> None:
        assert 0 < len(tag_slug(name)) <= 100


class TestScriptOf:
    @pytest.mark.parametrize(
        ("text", "script"),
        [
            ("茶叶要用开水冲泡", "zh-Hans"),
            ("茶葉要用開水沖泡", "zh-Hant"),
            ("Water the roses in the evening.", "en"),
            ("Don’t prune “now”", "en"),
            ("看這裡 https://example.org/a-long-address/that-says-nothing", "zh-Hant"),
            ("A sentence about 茶葉 stays English where nearly all of it is", "en"),
            ("Das Gemüse wächst schön", ""),
            ("pH 值要低", ""),
            ("用 Python 寫的園藝日記", "zh-Hant"),
            ("好", ""),
            ("葉叶", ""),
            ("", ""),
            ("+1", ""),
            ("12:30 — 14:00", ""),
            ("\ud800茶葉", "zh-Hant"),
        ],
    )
    def test_the_script_is_told_where_it_can_be(self, text: str, script: str) -> None:
        assert script_of(text) == script

    def test_the_beginning_decides(self) -> None:
        assert script_of("茶葉" * 1_000 + "叶" * 5_000) == "zh-Hant"

    def test_most_of_the_characters_decide(self) -> None:
        assert script_of("這裡的茶葉很香，他说叶") == "zh-Hant"
