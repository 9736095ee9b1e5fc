from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opencc import OpenCC

from threads.text import (
    WORD_SPELLINGS,
    author_slug,
    clean_name,
    detect_script,
    find_folded,
    fold,
    fold_name,
    fold_spellings,
    fold_with_positions,
    is_blank,
    is_regular,
    isolate,
    letters,
    tag_slug,
)

HAN = st.characters(min_codepoint=0x3400, max_codepoint=0x323AF, categories=["Lo"])
MIXED = st.text(
    st.one_of(HAN, st.characters(), st.sampled_from("ＡＢａ１　ßİﬁ臺裏著羣㈱ｶﾞガか\u3099éñ\u0301\u0323ᄒ\u1161한ㅏ…№"))
)

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
            ("ﾃｨｰ ｶﾞｰﾃﾞﾝ ㌔", "ティー ガーデン キロ"),
            ("e\u0301clair \u110e\u1161", "éclair 차"),
            ("ﬁne ﬂour, Ｎｏ. № 5 ㎏ H₂O x²", "fine flour, no. no 5 kg h2o x2"),
            ("㈱茶屋 ⽊ ①", "(株)茶屋 木 1"),
            ("Tea™, wait… ´‼", "tea™, wait… ´‼"),
        ],
    )
    def test_spellings_of_the_same_text_fold_to_the_same_text(self, written: str, folded: str) -> None:
        assert fold(written) == folded

    @pytest.mark.parametrize(("left", "right"), [("茶", "荼"), ("象", "像"), ("画", "划"), ("坐", "座"), ("e", "é")])
    def test_different_characters_stay_different(self, left: str, right: str) -> None:
        assert fold(left) != fold(right)

    @given(MIXED)
    def test_folding_is_idempotent(self, text: str) -> None:
        assert fold(fold(text)) == fold(text)

    @given(MIXED)
    def test_composed_and_decomposed_text_fold_to_the_same_text(self, text: str) -> None:
        forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD")]
        assert [*map(fold, forms)] == [fold(text)] * 2
        assert [*map(letters, forms)] == [letters(text)] * 2

    @given(MIXED, MIXED)
    def test_each_line_is_folded_independently(self, left: str, right: str) -> None:
        assert fold(f"{left}\n{right}") == f"{fold(left)}\n{fold(right)}"

    @given(MIXED)
    def test_each_folded_character_has_its_place_in_the_text(self, text: str) -> None:
        folded = fold_with_positions(text)
        assert folded.text == fold(text)
        places = [*zip(folded.starts, folded.ends, strict=True)]
        assert len(places) == len(folded.text)
        assert places == sorted(places)
        parts = [*dict.fromkeys(places)]
        assert "".join(text[start:end] for start, end in parts) == text
        assert "".join(fold(text[start:end]) for start, end in parts) == folded.text

    @given(MIXED, MIXED, MIXED)
    def test_a_part_of_a_text_is_found_where_it_is(self, before: str, part: str, after: str) -> None:
        text = f"{before}\n{part}\n{after}"
        pattern = re.compile(f"\n(?:{re.escape(fold(part))}|{re.escape(part)})\n")
        spans = [*find_folded(pattern, text)]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
        assert any(fold(text[start:end]) == f"\n{fold(part)}\n" for start, end in spans)

    @given(MIXED)
    def test_each_character_of_a_regular_text_is_folded_independently(self, text: str) -> None:
        if is_regular(text):
            assert [*map(fold, text)] == [*fold(text)]

    @pytest.mark.parametrize(("text", "regular"), [("綠茶，ＴＥＡ é…", True), ("ﬁ", False), ("e\u0301", False)])
    def test_texts_whose_characters_join_or_split_are_not_regular(self, text: str, regular: bool) -> None:
        assert is_regular(text) is regular

    def test_a_character_is_found_once_with_all_that_it_folds_to(self) -> None:
        assert [*find_folded(re.compile("[a-z]"), "aﬁ e\u0301 x\u0323")] == [(0, 1), (1, 2), (6, 8)]

    def test_a_folded_name_fits_its_column(self) -> None:
        assert len(fold_name("㌔" * 255)) == 255

    @pytest.mark.parametrize(("spelling", "other"), WORD_SPELLINGS)
    def test_spellings_of_a_word_are_one_in_comparisons_only(self, spelling: str, other: str) -> None:
        assert fold(spelling) != fold(other)
        assert fold_spellings(spelling) == fold_spellings(other) == fold_spellings(fold_spellings(other))

    def test_each_spelling_of_a_word_is_listed_once(self) -> None:
        words = [word for pair in WORD_SPELLINGS for word in pair]
        assert len({*words}) == len(words)

    def test_every_traditional_character_folds_like_its_simplified_form(self) -> None:
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
            ("\u061ca\u2067b\u2069\u200f", "ab"),
            ("half\udce4", "half\ufffd"),
            ("tea\ufffe lover\uffff", "tea lover"),
            ("\u200b", ""),
            ("\u3164", ""),
            ("\u2800 \u2800", ""),
            ("\u115f\u1160\uffa0", ""),
            ("\u200d\ufe0f\u200c", ""),
            ("茶\u3164", "茶\u3164"),
            ("x" * 300, "x" * 255),
            ("x" * 254 + " y", "x" * 254),
            ("👩\u200d🌾", "👩\u200d🌾"),
        ],
    )
    def test_a_name_is_normalized(self, written: str, clean: str) -> None:
        assert clean_name(written) == clean

    @given(st.text())
    def test_a_clean_name_is_storable_and_cleaning_is_idempotent(self, name: str) -> None:
        clean = clean_name(name)
        assert clean_name(clean) == clean
        assert len(clean) <= 255
        assert clean == "" or not is_blank(clean)
        assert not any(unicodedata.category(char) in {"Cc", "Cs"} for char in clean)


@pytest.mark.parametrize(
    ("words", "isolated"),
    [
        ("tea", "tea"),
        ("茶", "茶"),
        ("תה", "\u2068תה\u2069"),
        ("شاي tea", "\u2068شاي tea\u2069"),
        ("\u202eaet\u2069", "aet"),
        ("\u2069\u061cתה\u2066", "\u2068תה\u2069"),
    ],
)
def test_right_to_left_words_are_isolated_and_direction_signs_left_out(words: str, isolated: str) -> None:
    assert isolate(words) == isolated == isolate(isolated)


AWKWARD = st.text(st.sampled_from("ab~./\\?#% \n-_0茶\ud800"), max_size=6)


class TestAuthorSlug:
    @pytest.mark.parametrize("name", ["茶友", "tea lover", "a.b", "[gone]", "x~y", "~", "J-1_2"])
    def test_an_ordinary_name_is_its_own_slug(self, name: str) -> None:
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
    def test_any_other_name_gets_a_readable_part_and_a_hash(self, name: str, start: str) -> None:
        slug = author_slug(name)
        assert slug.startswith(start)
        assert len(slug) == len(start) + 10

    @given(st.one_of(AWKWARD, st.text()))
    def test_a_slug_is_safe_in_a_path(self, name: str) -> None:
        slug = author_slug(name)
        assert slug.encode()
        assert slug not in {"", ".", ".."}
        assert slug == slug.strip()
        assert not set(slug) & set("/\\?#%\n")
        assert len(slug) <= 255

    @given(st.lists(AWKWARD, unique=True))
    def test_two_names_never_share_a_slug(self, names: list[str]) -> None:
        # An author may have the slug of another author as a name.
        all_names = {*names, *map(author_slug, names)}
        assert len({author_slug(name) for name in all_names}) == len(all_names)


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
    def test_an_ordinary_tag_has_a_readable_slug(self, name: str, slug: str) -> None:
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
    def test_two_tags_share_a_slug_only_if_they_fold_to_the_same_name(self, names: list[str]) -> None:
        all_names = [*names, *map(tag_slug, names)]
        folded = {" ".join(fold(name).split()) for name in all_names}
        assert len({tag_slug(name) for name in all_names}) == len(folded)

    @given(st.text())
    def test_a_slug_fits_the_column(self, name: str) -> None:
        assert 0 < len(tag_slug(name)) <= 100


class TestDetectScript:
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
    def test_the_script_is_detected(self, text: str, script: str) -> None:
        assert detect_script(text) == script

    def test_only_the_beginning_counts(self) -> None:
        assert detect_script("茶葉" * 1_000 + "叶" * 5_000) == "zh-Hant"

    def test_the_majority_of_characters_decides(self) -> None:
        assert detect_script("這裡的茶葉很香，他说叶") == "zh-Hant"
