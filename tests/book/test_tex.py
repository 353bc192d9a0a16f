"""TeX for pages: breaking lines and taking out words loses nothing; plain text stays plain."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.book_tex import broken, display, escape, prose, width

TERMS = st.lists(
    st.sampled_from(
        [
            r"\frac{a}{b}",
            r"\left(x + y\right)",
            r"\sqrt{L \Delta}",
            "a",
            r"\sum_{0 \le t < T} x_{t}",
        ]
    ),
    min_size=1,
    max_size=30,
)


def content(tex: str) -> str:
    """A formula without what breaking adds."""
    tex = re.sub(r"\\(begin|end)\{aligned\}|\\\\|\\quad|&|\{\}(?=[+-])", "", tex)
    return "".join(tex.split())


@given(TERMS, st.sampled_from(["+", "-"]))
@settings(deadline=None)
def test_breaking_keeps_the_formula(terms: list[str], sign: str) -> None:
    tex = r"y \le " + f" {sign} ".join(terms)
    assert content(broken(tex, 30)) == content(tex)


def test_a_wide_sum_is_broken_and_a_narrow_one_is_not() -> None:
    assert broken("a + b") == "a + b"
    lines = broken(" + ".join(["abcdefghij"] * 20), 40).count("\n& ")
    assert lines >= 5


def test_no_line_is_broken_inside_brackets() -> None:
    inner = " + ".join(["abcdefghij"] * 20)
    assert broken(rf"\left({inner}\right)", 40) == rf"\left({inner}\right)"
    assert broken(rf"\frac{{{inner}}}{{2}}", 40) == rf"\frac{{{inner}}}{{2}}"


def test_a_sign_after_a_relation_stays_with_it() -> None:
    assert "{}- a" not in broken(r"x \le - a" + " + abcdefghijklmnop" * 10, 30)


def test_words_are_taken_out_in_order() -> None:
    parts = prose(r"\text{for all } t < T, \text{ with } \frac{\text{inner}}{2}")
    assert parts == [
        ("text", "for all"),
        ("math", "t < T,"),
        ("text", "with"),
        ("math", r"\frac{\text{inner}}{2}"),
    ]


@given(st.text(alphabet="ab*_`[]<>$#|~^\\{} ", max_size=40))
@settings(deadline=None)
def test_escaped_text_has_no_markup_left(text: str) -> None:
    bare = re.sub(r"\\[^a-zA-Z0-9 ]", "", escape(text))
    assert not re.search(r"[*_`$#|<>\[\]{}^~\\]", bare)


@pytest.mark.parametrize(("narrow", "wide"), [("a", "a + b"), (r"\alpha", r"\alpha\beta")])
def test_width_grows(narrow: str, wide: str) -> None:
    assert width(narrow) < width(wide)


def test_a_fraction_is_as_wide_as_its_wider_part() -> None:
    assert width(r"\frac{abcdef}{a}") == width("abcdef")


def test_display_has_a_label() -> None:
    assert display("x", "eq").endswith("$$ (eq)")
