"""What a reader does in a thread: arrive, follow answers, look ahead, walk, fold, turn pages, come back later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.reader import Reader, Setup

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Route

    Visit = Callable[[Setup], Reader]

STILL = Setup(still=True)
PHONE = Setup("phone", touch=True, still=True)
PLAIN = Setup(scripts=False)
EVERY_WAY = [STILL, Setup("phone", still=True), PLAIN, Setup("phone", scripts=False)]

LANDED = """(id) => {
  const target = document.getElementById(id);
  const box = target.getBoundingClientRect();
  const bar = document.querySelector(".bar").getBoundingClientRect();
  const plain = [...document.querySelectorAll(".c")].find((other) => other !== target);
  return {
    below: box.top >= bar.bottom - 2,
    near: box.top < innerHeight / 2,
    marked: getComputedStyle(target).backgroundColor !== getComputedStyle(plain).backgroundColor,
  };
}"""
ON_SCREEN = {"below": True, "near": True, "marked": True}
APART = """() => {
  const card = document.querySelector(".preview").getBoundingClientRect();
  const link = document.activeElement.getBoundingClientRect();
  return card.bottom <= link.top || card.top >= link.bottom;
}"""


def comment(reader: Reader, name: str) -> Locator:
    """Return the comment that one of the places names."""
    return reader.page.locator(f"#c-{reader.site.places[name]}")


def landing(reader: Reader, target: str) -> dict[str, bool]:
    """Return where a target came to rest, after at most two seconds of scrolling."""
    for _ in range(20):
        found: dict[str, bool] = reader.ask(LANDED, target)
        if found == ON_SCREEN:
            break
        reader.page.wait_for_timeout(100)
    return found


def current(reader: Reader) -> str:
    """Return the id of what has the focus."""
    return str(reader.ask("() => document.activeElement.id"))


@pytest.mark.parametrize("setup", EVERY_WAY, ids=str)
def test_permalink_lands_on_its_comment_below_the_bar_and_marked(setup: Setup, visit: Visit) -> None:
    reader = visit(setup)
    reader.open("/c/{deep}/")
    assert f"page={reader.site.places['deep_page']}#c-" in reader.page.url
    assert landing(reader, f"c-{reader.site.places['deep']}") == ON_SCREEN


@pytest.mark.parametrize("setup", EVERY_WAY, ids=str)
def test_link_to_what_is_answered_leads_to_another_page_and_marks_it(setup: Setup, visit: Visit) -> None:
    reader = visit(setup)
    reader.open("/c/{across}/")
    comment(reader, "across").locator(".re a").first.click()
    target = f"c-{reader.site.places['across_target']}"
    reader.page.wait_for_url(f"**#{target}")
    assert landing(reader, target) == ON_SCREEN


def test_answers_lead_there_and_back(visit: Visit) -> None:
    reader = visit(PLAIN)
    reader.open("/c/{answered}/")
    comment(reader, "answered").locator(".replies a").first.click()
    answer = reader.page.locator(".c:target")
    expect(answer).to_have_count(1)
    answer.locator(".re a").first.click()
    expect(reader.page).to_have_url(re.compile(f"#c-{reader.site.places['answered']}$"))


def test_guess_and_missing_target_are_called_so(visit: Visit) -> None:
    reader = visit(STILL)
    reader.open("{guess_thread}")
    expect(comment(reader, "guess").locator(".re")).to_contain_text("a guess")
    reader.open("{lost_thread}")
    lost = comment(reader, "lost").locator(".re")
    expect(lost).to_contain_text("not in the archive")
    expect(lost.locator("a")).to_have_count(0)


def test_path_of_parents_leads_into_a_later_page(visit: Visit) -> None:
    reader = visit(PLAIN)
    reader.open("{chain}?page=6")
    path = reader.page.locator(".path")
    expect(path).to_be_visible()
    path.get_by_role("link").last.click()
    expect(reader.page.locator(".c:target")).to_be_in_viewport()


def test_hidden_comment_leaves_a_quiet_line_and_no_words(visit: Visit) -> None:
    reader = visit(STILL)
    reader.open("{placeholder_thread}")
    removed = comment(reader, "placeholder")
    expect(removed).to_contain_text("This comment was removed")
    expect(removed.locator(".t")).to_have_count(0)


def test_card_opens_on_hover_and_stays_while_the_pointer_is_in_it(visit: Visit) -> None:
    reader = visit(STILL)
    reader.open("{guess_thread}")
    card = reader.page.locator(".preview")
    reader.page.locator(".re a[data-c]").first.hover()
    expect(card).to_be_visible()
    card.hover()
    reader.page.wait_for_timeout(400)
    expect(card).to_be_visible()
    reader.page.mouse.move(2, 2)
    expect(card).to_be_hidden()


def test_card_opens_on_focus_beside_its_link_and_escape_closes_it(visit: Visit) -> None:
    reader = visit(STILL)
    reader.open("/c/{across}/")
    link = comment(reader, "across").locator(".re a").first
    link.focus()
    reader.page.keyboard.press("Shift+Tab")
    reader.page.keyboard.press("Tab")
    card = reader.page.locator(".preview")
    expect(card).to_be_visible()
    expect(card.locator(".t")).not_to_be_empty()
    expect(reader.page.get_by_role("status").first).to_contain_text(card.locator(".t").inner_text()[:10])
    assert reader.ask(APART)
    reader.page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    expect(reader.page.get_by_role("status").first).to_be_empty()
    expect(link).to_be_focused()


def test_first_tap_opens_the_card_and_the_second_follows_the_link(visit: Visit) -> None:
    reader = visit(PHONE)
    reader.open("/c/{across}/")
    before = reader.page.url
    link = comment(reader, "across").locator(".re a").first
    link.tap()
    card = reader.page.locator(".preview")
    expect(card).to_be_visible()
    box = card.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    assert reader.page.url == before
    link.tap()
    reader.page.wait_for_url(f"**#c-{reader.site.places['across_target']}")


def test_card_of_another_page_is_asked_for_once(visit: Visit) -> None:
    reader = visit(STILL)
    reader.open("/c/{across}/")
    link = comment(reader, "across").locator(".re a").first
    for _ in range(2):
        link.hover()
        expect(reader.page.locator(".preview")).to_be_visible()
        reader.page.keyboard.press("Escape")
        reader.page.mouse.move(2, 2)
    assert len([url for url in reader.asked if url.endswith("/card/")]) == 1


def test_keys_walk_from_comment_to_comment_and_along_answers(visit: Visit) -> None:
    reader = visit(STILL)
    reader.open("{english}")
    ids = reader.page.locator(".discussion .c").evaluate_all("(all) => all.map((one) => one.id)")
    for expected in ids[:3]:
        reader.page.keyboard.press("j")
        assert current(reader) == expected
    reader.page.keyboard.press("k")
    assert current(reader) == ids[1]
    expect(reader.page.locator(f"#{ids[1]}")).to_be_in_viewport()
    reader.open("/c/{answered}/")
    here = f"c-{reader.site.places['answered']}"
    reader.page.keyboard.press("ArrowRight")
    assert current(reader) not in {here, ""}
    reader.page.keyboard.press("ArrowLeft")
    assert current(reader) == here


def test_foot_of_a_page_tells_of_the_keys_where_there_is_a_keyboard_to_press_them(visit: Visit) -> None:
    reader = visit(Setup())
    reader.open("/")
    reader.page.get_by_role("contentinfo").get_by_role("button", name="Keyboard shortcuts").click()
    expect(reader.page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    for setup in (Setup("phone", touch=True), Setup(scripts=False)):
        reader = visit(setup)
        reader.open("/")
        expect(reader.page.locator(".foot .keys")).to_be_hidden()


def test_keys_turn_pages_search_and_explain_themselves(visit: Visit) -> None:
    reader = visit(STILL)
    reader.open("{long}?page=2")
    reader.page.keyboard.press("n")
    expect(reader.page).to_have_url(re.compile(r"page=3"))
    reader.page.keyboard.press("p")
    expect(reader.page).to_have_url(re.compile(r"page=2"))
    reader.page.keyboard.press("?")
    help_of_keys = reader.page.get_by_role("dialog")
    expect(help_of_keys).to_be_visible()
    reader.page.keyboard.press("Escape")
    expect(help_of_keys).to_be_hidden()
    reader.page.keyboard.press("/")
    field = reader.page.get_by_role("combobox").or_(reader.page.get_by_role("searchbox")).first
    expect(field).to_be_focused()
    reader.page.keyboard.type("j?")
    expect(field).to_have_value("j?")
    expect(help_of_keys).to_be_hidden()


def test_single_key_shortcuts_can_be_turned_off_in_the_menu(newcomer: Visit) -> None:
    reader = newcomer(STILL)
    reader.open("{english}")
    reader.page.locator("details.menu > summary").click()
    reader.page.get_by_role("group", name="Keyboard shortcuts").get_by_label("Off").check()
    reader.page.get_by_role("button", name="Apply").click()
    reader.page.wait_for_selector("html[data-keys=off]")
    for key in ("j", "/", "?"):
        reader.page.keyboard.press(key)
        expect(reader.page.locator("body")).to_be_focused()
    expect(reader.page.get_by_role("dialog")).to_be_hidden()


def test_branch_folds_and_unfolds_and_says_so(visit: Visit) -> None:
    reader = visit(STILL)
    reader.open("{english}")
    shown = reader.page.locator(".discussion .c:visible")
    all_of_them = shown.count()
    button = reader.page.locator("button.fold").first
    expect(button).to_have_attribute("aria-expanded", "true")
    button.focus()
    reader.page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(button).to_contain_text(str(all_of_them - shown.count()))
    assert shown.count() < all_of_them
    expect(button).to_be_focused()
    reader.page.keyboard.press("Enter")
    expect(shown).to_have_count(all_of_them)


def test_all_branches_fold_at_once_and_a_link_into_one_opens_it(visit: Visit) -> None:
    reader = visit(STILL)
    reader.open("/c/{guess}/")
    target = comment(reader, "guess")
    fold_all = reader.page.get_by_role("button", name="Fold all")
    fold_all.click()
    expect(target).to_be_hidden()
    reader.ask("(id) => { location.hash = ''; location.hash = id; }", f"c-{reader.site.places['guess']}")
    expect(target).to_be_in_viewport()
    reader.page.get_by_role("button", name="Unfold all").click()
    expect(fold_all).to_be_visible()


def test_place_in_a_long_thread_is_remembered_on_the_device_and_moves_nothing(newcomer: Visit) -> None:
    for setup in (Setup(still=True), Setup("phone", still=True)):
        reader = newcomer(setup)
        reader.open("{long}")
        top = "() => document.querySelector('#comments').getBoundingClientRect().top"
        first_time = reader.ask(top)
        reader.open("{long}?page=2")
        reader.page.locator(".discussion .c").nth(30).scroll_into_view_if_needed()
        reader.open("/about/")
        reader.open("{long}")
        go_on = reader.page.get_by_role("link", name=re.compile("Resume at #"))
        expect(go_on).to_be_in_viewport()
        assert reader.ask(top) == first_time
        go_on.click()
        reader.page.wait_for_url(re.compile(r"page=2.*#c-"))
        expect(reader.page.locator(".c:target")).to_be_in_viewport()


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_scripts_that_come_late_move_nothing(size: str, newcomer: Visit) -> None:
    reader = newcomer(Setup(size))

    def late(route: Route) -> None:
        reader.page.wait_for_timeout(300)
        route.continue_()

    reader.page.route("**/*.js", late)
    for path in ("{chain}", "{english}", "{long}?page={across_page}", "{placeholder_thread}"):
        reader.open(path)
        expect(reader.page.locator("button.fold").first).to_be_visible()
        assert reader.ask("() => window.shifts") == []


@pytest.mark.parametrize("setup", [STILL, Setup("phone", scripts=False)], ids=str)
def test_any_page_and_any_comment_is_one_step_away(setup: Setup, visit: Visit) -> None:
    reader = visit(setup)
    reader.open("{long}")
    reader.page.get_by_label("Comment number").fill(reader.site.places["deep_number"])
    reader.page.get_by_role("button", name="Go to comment").click()
    expect(comment(reader, "deep")).to_be_in_viewport()
    reader.page.get_by_label("Page", exact=True).fill("2")
    reader.page.get_by_role("button", name="Go to page").click()
    expect(reader.page).to_have_url(re.compile(r"page=2"))


@pytest.mark.parametrize("order", ["", "view=flat", "order=newest", "order=oldest"])
def test_every_comment_is_on_one_page_and_on_one_only(order: str, visit: Visit) -> None:
    reader = visit(PLAIN)
    seen: list[str] = []
    reader.open("{long}?" + order)
    for _ in range(int(reader.site.places["long_pages"])):
        seen += reader.page.locator(".discussion .c").evaluate_all("(all) => all.map((one) => one.id)")
        following = reader.page.locator(".bar a[rel=next]")
        if not following.count():
            break
        with reader.page.expect_navigation():
            following.click()
    assert len(seen) == len(set(seen)) == 203


def test_neighbouring_threads_lead_there_and_back(visit: Visit) -> None:
    reader = visit(PLAIN)
    reader.open("{hans}")
    around = reader.page.get_by_role("navigation", name="Other threads")
    around.locator("a[rel=prev]").click()
    around.locator("a[rel=next]").click()
    expect(reader.page).to_have_url(reader.site.at("{hans}"))


def test_deep_chain_stays_readable_on_a_phone(visit: Visit) -> None:
    reader = visit(Setup("phone"))
    reader.open("{chain}?page=6")
    widths = reader.page.locator(".discussion .c .t").evaluate_all("(all) => all.map((one) => one.clientWidth)")
    assert len(widths) == 50
    assert min(widths) > 390 * 0.7
    expect(reader.page.locator(".discussion .c").last.locator(".re")).to_contain_text("rider")


def test_paper_holds_the_words_and_their_addresses_and_no_furniture(visit: Visit) -> None:
    reader = visit(Setup(scheme="dark"))
    reader.open("{outside}")
    reader.page.emulate_media(media="print", color_scheme="dark")
    for part in (".top nav", ".menu", ".bar", ".foot", ".actions"):
        assert reader.page.locator(part).first.is_hidden(), part
    assert reader.page.locator("h1").is_visible()
    assert reader.page.locator(".c .t").first.is_visible()
    colours = reader.ask("() => { const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]; }")
    assert colours == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]
    address = """() => getComputedStyle(document.querySelector('.t a[href^="http"]'), "::after").content"""
    assert "http" in reader.ask(address)
    assert reader.page.pdf().startswith(b"%PDF")


def test_a_permalink_shows_its_comment_without_scrolling_to_it(visit: Visit) -> None:
    reader = visit(Setup())
    reader.open(f"/c/{reader.site.places['deep']}/")
    assert reader.ask("() => getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    assert reader.ask(LANDED, f"c-{reader.site.places['deep']}") == ON_SCREEN
