"""What a reader chooses in the menu, and how a reader finds things: with and without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader, Setup

if TYPE_CHECKING:
    from collections.abc import Callable

    Visit = Callable[[Setup], Reader]

BOTH = [Setup(), Setup("phone", scripts=False)]
DARK = "() => Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]) < 60"


def choose(reader: Reader, label: str) -> None:
    """Open the menu, choose, apply."""
    if not reader.page.locator("details.menu[open]").count():
        reader.page.locator("details.menu > summary").click()
    reader.page.get_by_label(label, exact=True).check()
    reader.page.locator("details.menu button[type=submit]").click()
    reader.page.wait_for_load_state()


@pytest.mark.parametrize("setup", BOTH, ids=str)
def test_colours_are_chosen_against_the_device_and_stay(setup: Setup, newcomer: Visit) -> None:
    reader = newcomer(setup)
    reader.open("{hans}")
    assert not reader.ask(DARK)
    choose(reader, "Dark")
    assert reader.page.url == reader.site.at("{hans}")
    assert reader.ask(DARK)
    reader.open("/authors/")
    assert reader.ask(DARK)
    choose(reader, "System default")
    assert not reader.ask(DARK)
    assert reader.complaints == []


@pytest.mark.parametrize("setup", BOTH, ids=str)
def test_language_of_the_interface_is_chosen_and_stays_on_the_same_page(setup: Setup, newcomer: Visit) -> None:
    reader = newcomer(setup)
    reader.open("{long}?page=2")
    english = reader.page.locator("nav").first.inner_text()
    choose(reader, "繁體中文")
    expect(reader.page.locator("html")).to_have_attribute("lang", "zh-hant")
    assert reader.page.url == reader.site.at("{long}?page=2")
    traditional = reader.page.locator("nav").first.inner_text()
    choose(reader, "简体中文")
    expect(reader.page.locator("html")).to_have_attribute("lang", "zh-hans")
    simplified = reader.page.locator("nav").first.inner_text()
    assert len({english, traditional, simplified}) == 3


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_language_is_negotiated_where_none_is_chosen(language: str, newcomer: Visit) -> None:
    reader = newcomer(Setup(languages=language))
    reader.open("/")
    expect(reader.page.locator("html")).to_have_attribute("lang", {"zh-CN": "zh-hans", "zh-TW": "zh-hant"}[language])
    assert reader.overflow() == 0


@pytest.mark.parametrize("setup", BOTH, ids=str)
def test_text_is_read_in_the_other_script_on_request(setup: Setup, newcomer: Visit) -> None:
    reader = newcomer(setup)
    reader.open("{hans}")
    own = reader.page.locator("h1").inner_text()
    addresses = "() => [...document.querySelectorAll('main a')].map((link) => link.getAttribute('href'))"
    links = reader.ask(addresses)
    choose(reader, "Traditional")
    assert reader.page.locator("h1").inner_text() != own
    expect(reader.page.locator("h1")).to_have_attribute("lang", "zh-Hant")
    assert reader.ask(addresses) == links
    choose(reader, "Original")
    assert reader.page.locator("h1").inner_text() == own


@pytest.mark.parametrize("setup", BOTH, ids=str)
def test_search_finds_either_script_and_leads_to_the_comment(setup: Setup, visit: Visit) -> None:
    reader = visit(setup)
    reader.open("/search/")
    reader.page.locator("#q").fill("圖書館")
    reader.page.keyboard.press("Enter")
    reader.page.wait_for_url(re.compile("q="))
    first = reader.page.locator("main mark").first
    expect(first).to_be_visible()
    assert first.inner_text() in {"圖書館", "图书馆"}
    reader.open("/search/?q=tea%20in:comments")
    reader.page.locator("main ol a, main article a").first.click()
    expect(reader.page).to_have_url(re.compile(r"/t/.*#c-"))
    expect(reader.page.locator(".c:target")).to_be_in_viewport()


@pytest.mark.parametrize("setup", BOTH, ids=str)
def test_next_result_is_one_step_away_from_a_result(setup: Setup, visit: Visit) -> None:
    reader = visit(setup)
    reader.open("/search/?q=the%20in:comments&sort=date")
    reader.page.locator("main ol h3 a").first.click()
    for label in ("Next result", "Previous result"):
        way = reader.page.get_by_role("link", name=label)
        expect(way).to_be_in_viewport(ratio=1)
        expect(reader.page.locator(".c:target")).to_be_in_viewport()
        before = reader.page.url
        # On a busy machine a page still moves while it loads, and a click goes beside the link.
        reader.page.wait_for_load_state()
        way.click()
        expect(reader.page).not_to_have_url(before)
        expect(reader.page).to_have_url(re.compile(r"/t/.*#c-"))
    reader.page.get_by_role("link", name="All results").click()
    expect(reader.page.locator("#q")).to_have_value("the in:comments")


def test_fields_become_a_query_that_could_have_been_typed(visit: Visit) -> None:
    reader = visit(Setup("phone", scripts=False))
    reader.open("/search/")
    reader.page.locator("details.more > summary").click()
    reader.page.get_by_label("This exact phrase").fill("night train")
    reader.page.get_by_label("From").fill("2019")
    reader.page.locator("details.more").get_by_role("button").click()
    expect(reader.page.locator("#q")).to_have_value(re.compile('"night train" after:'))


def test_suggestions_come_as_one_types_and_are_chosen_by_keyboard(visit: Visit) -> None:
    reader = visit(Setup())
    reader.open("/search/")
    field = reader.page.locator("#q")
    field.press_sequentially("夜")
    options = reader.page.get_by_role("option")
    expect(options.first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    active = field.get_attribute("aria-activedescendant")
    assert active == options.first.get_attribute("id")
    field.press("Escape")
    expect(options.first).to_be_hidden()
    expect(field).to_have_value("夜")
    field.press_sequentially("车")
    expect(options.first).to_be_visible()
    field.press("ArrowDown")
    field.press("Enter")
    expect(reader.page).to_have_url(re.compile(r"/(t|tags|authors)/"))


def test_report_is_sent_without_scripts_and_thanked_for(newcomer: Visit) -> None:
    reader = newcomer(Setup("phone", scripts=False))
    reader.open("/report/?c={answered}")
    form = reader.page.locator("form.report-form")
    for field in form.locator("select:visible").all():
        field.select_option(index=1)
    form.locator("textarea").first.fill("This names a person who asked not to be named.")
    form.get_by_role("button").click()
    expect(reader.page).to_have_url(re.compile("/report/thanks/"))
    assert reader.complaints == []


def test_what_is_wrong_with_a_report_is_said_beside_the_field(newcomer: Visit) -> None:
    reader = newcomer(Setup(scripts=False))
    reader.open("/report/?c={answered}")
    reader.ask(
        "() => { for (const kind of document.querySelectorAll('.report-form option')) kind.value = 'no such kind'; }"
    )
    reader.page.locator("form.report-form").get_by_role("button").click()
    expect(reader.page.get_by_role("alert").first).to_be_visible()
