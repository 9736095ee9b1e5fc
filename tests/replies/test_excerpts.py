from threads.pages.snippets import make_snippet
from threads.rendering import render

PICTURE = "![{}](https://pictures.example/{}.jpg)"


def test_a_line_is_the_first_words_without_their_markup() -> None:
    assert make_snippet(render("**Green** tea\n\nand <milk>").html) == "Green tea and <milk>"
    assert make_snippet(render("tea " * 60).html, 12) == "tea tea tea…"


def test_a_line_separates_the_cells_of_a_table() -> None:
    assert make_snippet(render("| tea | milk |\n|---|---|\n| 3 | 4 |").html) == "tea milk 3 4"


def test_a_line_leaves_out_pictures_where_there_are_words() -> None:
    stored = render(f"{PICTURE.format('', 1)}\n\n泡好的茶 {PICTURE.format('茶壺', 2)} 很香").html
    assert stored.count('class="picture"') == 2
    assert make_snippet(stored) == "泡好的茶 很香"


def test_a_line_of_nothing_but_pictures_names_the_first() -> None:
    stored = render(f"{PICTURE.format('a kettle', 1)} {PICTURE.format('a cup', 2)}").html
    assert make_snippet(stored) == "pictures.example a kettle"


def test_a_picture_that_the_part_read_cuts_is_left_out_as_well() -> None:
    stored = render(f"Tea {PICTURE.format('a kettle', 1)}").html
    for end in range(stored.index("<a"), len(stored)):
        assert make_snippet(stored[:end]) == "Tea"
