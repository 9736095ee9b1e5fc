"""The Simplified and Traditional Chinese catalogues are complete and compiled, and pages use them."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import opencc
import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.contrib.auth.models import User
from django.utils import translation
from django.utils.functional import Promise

from tests.catalogs import LOCALES, compiled, marked, read_mo, read_po, sources
from tests.factories import make_article, make_comments
from threads.models import Author

if TYPE_CHECKING:
    from django.test import Client

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|%\.\df|\{\w*\}|</?[a-z][^>]*>")
LATIN = re.compile(r"[A-Za-z]{2,}")
VOCABULARY = {
    "zh_Hans": "搜寻 连结 汇入 汇出 档案 资料夹 网路 预设 程式 讯息 萤幕 回覆 留言",
    "zh_Hant": "搜索 鏈接 導入 導出 文件 文件夾 網絡 默認 軟件 信息 屏幕 回復 評論",
}
"""Terms of the other region, which a catalogue must not contain."""

everywhere = pytest.mark.parametrize("locale", LOCALES)


@everywhere
def test_the_catalogue_contains_exactly_the_marked_texts(locale: str) -> None:
    existing, needed = {entry.key for entry in read_po(locale)}, marked()
    missing = [f"{file}: {key[1]}" for key, file in needed.items() if key not in existing]
    assert not missing, "run `make messages`, then translate the new entries"
    assert not existing - needed.keys(), "run `make messages`, which removes unused entries"


@everywhere
def test_every_text_is_translated(locale: str) -> None:
    entries = read_po(locale)
    assert [entry.key[1] for entry in entries if not all(entry.translations)] == []
    assert [entry.key[1] for entry in entries if entry.fuzzy] == [], "check each, then remove its `fuzzy` flag"
    assert len(entries) == len({entry.key for entry in entries}) > 400


@everywhere
def test_translations_keep_placeholders_and_markup(locale: str) -> None:
    for entry in read_po(locale):
        for text in entry.translations:
            expected = entry.key[2] or entry.key[1]
            assert Counter(PLACEHOLDER.findall(text)) == Counter(PLACEHOLDER.findall(expected)), text
            assert text == text.strip() or expected != expected.strip(), text


@everywhere
def test_chinese_has_one_plural_form(locale: str) -> None:
    header, _ = read_mo(locale)
    assert "nplurals=1; plural=0;" in header
    assert "charset=UTF-8" in header
    assert {len(entry.translations) for entry in read_po(locale)} == {1}
    assert any(entry.key[2] for entry in read_po(locale))


@everywhere
def test_the_compiled_catalogue_equals_its_source(locale: str) -> None:
    _, entries = read_mo(locale)
    assert entries == compiled(read_po(locale)), "run `make messages`"


@everywhere
def test_each_catalogue_uses_the_script_and_the_terms_of_its_region(locale: str) -> None:
    texts = [text for entry in read_po(locale) for text in entry.translations]
    convert = opencc.OpenCC({"zh_Hans": "t2s", "zh_Hant": "s2tw"}[locale]).convert
    # Taiwan writes both 臺 and 台.
    assert [text for text in texts if convert(text).replace("臺", "台") != text] == []
    assert [text for text in texts for word in VOCABULARY[locale].split() if word in text] == []


@everywhere
def test_terms_of_the_glossary_have_the_translations_of_the_glossary(locale: str) -> None:
    guide = (settings.BASE_DIR / "CONTRIBUTING.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([a-z ]+) \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", guide, re.MULTILINE)
    glossary = {term: (simplified, traditional)[LOCALES.index(locale)] for term, simplified, traditional in rows}
    entries = {entry.key[1].lower(): entry.translations for entry in read_po(locale) if not entry.key[0]}
    assert len(glossary) > 40
    assert [term for term in glossary if entries.get(term, (glossary[term],)) != (glossary[term],)] == []


def test_translation_functions_are_imported_under_names_that_xgettext_knows() -> None:
    aliases = [
        f"{path.name}: {line}"
        for path, text in sources()
        for line in re.findall(r"^from django\.utils\.translation import .*", text, re.MULTILINE)
        if " as " in line and not line.endswith(" as _")
    ]
    assert aliases == []


def test_every_text_of_a_template_is_marked_for_translation() -> None:
    unmarked = [
        f"{path.name}: {word}"
        for path, text in sources()
        # Error pages of a failing server cannot select a language, so they contain all three.
        if path.suffix == ".html" and path.name not in {"500.html", "503.html"}
        for word in LATIN.findall(text_outside_tags(text))
    ]
    assert set(unmarked) <= {"citation.html: BibTeX"}


def text_outside_tags(template: str) -> str:
    """Return the literal text of a template: text nodes and displayed attributes."""
    text = re.sub(
        r"{%\s*blocktranslate.*?endblocktranslate\s*%}|{#.*?#}|{%.*?%}|{{.*?}}", " ", template, flags=re.DOTALL
    )
    text = re.sub(r"<(code|kbd|script|style)\b.*?</\1>", " ", text, flags=re.DOTALL)
    shown = re.findall(r'\b(?:title|alt|placeholder|aria-label)="([^"]*)"', text)
    return " ".join([re.sub(r"<[^>]*>", " ", text, flags=re.DOTALL), *shown])


class PageText(HTMLParser):
    """Collect the text of a page in its own language, without code and elements of another language."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[bool] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag not in {"meta", "link", "input", "br", "rect", "path", "circle"}:
            self.open.append(tag in {"code", "kbd", "script", "style"} or ("lang" in named and tag != "html"))
        self.text += [named[name] or "" for name in ("title", "placeholder", "aria-label") if name in named]

    def handle_endtag(self, tag: str) -> None:
        if self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not any(self.open):
            self.text.append(data)


def english_on(html: str) -> set[str]:
    """Return the Latin words in the text of a page."""
    page = PageText()
    page.feed(html)
    return set(LATIN.findall(" ".join(page.text)))


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_no_page_in_chinese_contains_english_text(client: Client, language: str) -> None:
    article = make_article("种番茄", author="夜航船", tags=["园艺"], body_html="<p>三盆</p>", source_url="")
    comments = make_comments(article, [None, 0, 0, 2])
    article.comments.update(body="好", body_html="<p>好</p>", author=article.author, addressee="夜航船")
    Author.objects.exclude(name="夜航船").update(comment_count=0)
    addresses = [
        "/", "/authors/", "/tags/", "/dates/", "/dates/2020/", "/dates/2020/09/", "/dates/2020/09/30/", "/about/",
        "/search/", "/search/?q=%E5%A5%BD", "/search/?q=%E9%BE%99", "/nowhere/", article.get_absolute_url(),
        f"{article.get_absolute_url()}?view=flat", f"/report/?c={comments[0].key}",
    ]  # fmt: skip
    if article.author:
        addresses.append(article.author.get_absolute_url())
    for address in addresses:
        response = client.get(address, headers={"accept-language": language})
        html = response.content.decode()
        assert f'<html lang="{language}"' in html
        assert english_on(html) <= {"BibTeX", "Latin", "IP", "garden"}, address


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9", "zh-hans"),
        ("zh-SG", "zh-hans"),
        ("zh", "zh-hans"),
        ("zh-TW,zh;q=0.9", "zh-hant"),
        ("zh-HK", "zh-hant"),
        ("zh-Hant-HK", "zh-hant"),
        ("en-GB,en;q=0.9", "en"),
        ("fr", "en"),
        ("", "en"),
    ],
)
def test_the_language_follows_the_accept_language_header(client: Client, accepted: str, language: str) -> None:
    response = client.get("/about/", headers={"accept-language": accepted})
    assert f'<html lang="{language}"' in response.content.decode()
    assert response["Content-Language"] == language
    assert "accept-language" in response["Vary"].lower()


@pytest.mark.django_db
def test_the_menu_overrides_the_header_and_names_each_language_in_that_language(client: Client) -> None:
    client.post("/preferences/", {"language": "zh-hant"})
    html = client.get("/about/", headers={"accept-language": "zh-CN"}).content.decode()
    assert '<html lang="zh-hant"' in html
    for name in ("English", "简体中文", "繁體中文"):
        assert name in html


@pytest.mark.django_db
def test_an_archive_without_a_name_has_a_default_name_in_every_language(client: Client) -> None:
    if not isinstance(settings.SITE_NAME, Promise):
        pytest.skip("SITE_NAME is set in this environment")
    for language, name in (("en", "Discussion Archive"), ("zh-hans", "讨论存档"), ("zh-hant", "討論典藏")):
        html = client.get("/about/", headers={"accept-language": language}).content.decode()
        assert name in html


@pytest.mark.django_db
def test_numbers_and_months_use_the_format_of_the_language(client: Client) -> None:
    article = make_article("Bread")
    article.comment_count = 12345
    article.save()
    for language, month in (("en", "September 2020"), ("zh-hans", "2020年9月"), ("zh-hant", "2020年9月")):
        client.post("/preferences/", {"language": language})
        assert "12,345" in client.get(article.get_absolute_url()).content.decode()
        assert month in client.get("/dates/2020/09/").content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_every_column_and_field_of_admin_is_translated(language: str) -> None:
    with translation.override(language):
        for model, table in admin.site._registry.items():
            if model._meta.app_label != "threads":
                continue
            grouped = [name for _, group in table.fieldsets or () for name in group["fields"]]
            names = {*table.list_display, *(table.fields or ()), *grouped}
            labels = {str(label_for_field(name, model, table)) for name in names}
            labels |= {str(model._meta.verbose_name), str(model._meta.verbose_name_plural)}
            assert {label for label in labels if label.isascii()} <= {"SHA-256"}, model


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_admin_pages_are_translated(client: Client, language: str) -> None:
    article = make_article("种番茄", author="夜航船")
    comment = make_comments(article, [None, 0])[0]
    article.comments.update(body="好", author=article.author)
    client.force_login(User.objects.create_superuser("主管"))
    for address in ("/admin/", "/admin/threads/comment/", f"/admin/threads/comment/{comment.pk}/decide/hide/"):
        html = client.get(address, headers={"accept-language": language}).content.decode()
        assert f'lang="{language}"' in html
        assert not english_on(html) & {"Hide", "Moderation", "What", "will", "the", "comment", "comments", "Import"}
