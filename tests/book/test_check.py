"""The checker complains about every kind of fault, and about nothing in a good book."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools import book_check, book_html

GOOD = """<html><body><article><a href="other.html#here">x</a>
<figure><img src="p.png" alt="a picture"><figcaption>c</figcaption></figure>
</article></body></html>"""
OTHER = '<html><body><p id="here"><a href="index.html">back</a></p></body></html>'


@pytest.fixture
def book(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(GOOD)
    (tmp_path / "other.html").write_text(OTHER)
    (tmp_path / "p.png").write_bytes(b"")
    return tmp_path


def test_a_good_book_has_no_complaint(book: Path) -> None:
    assert book_check.check(book) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("other.html#here", "other.html#gone", "anchor"),
        ("other.html#here", "gone.html", "leads nowhere"),
        ('alt="a picture"', 'alt=""', "alternative text"),
        ("<figcaption>c</figcaption>", "", "captions"),
        ("<article>", '<article><script src="https://x.org/a.js"></script>', "outside"),
        ("<article>", '<link rel="stylesheet" href="//x.org/a.css"><article>', "outside"),
        ("<article>", '<article><img src="q.png" alt="b">', "leads nowhere"),
        ('<a href="other.html#here">x</a>', "", "cannot be reached"),
    ],
)
def test_a_fault_is_found(book: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    (book / "index.html").write_text(GOOD.replace(old, new, 1))
    complaints = book_check.check(book)
    assert any(said in line for line in complaints), complaints


def test_an_empty_folder_is_no_book(tmp_path: Path) -> None:
    assert "build the book" in book_check.check(tmp_path)[0]


def test_formulas_are_found_with_and_without_a_number(tmp_path: Path) -> None:
    page = tmp_path / "a.html"
    page.write_text(
        r'<p><span class="math notranslate nohighlight">\(a &lt; b\)</span></p>'
        r'<div class="math notranslate nohighlight"><span class="eqno">(1)<a href="#q">#</a></span>'
        r"\[\begin{split}x\end{split}\]</div>"
    )
    assert book_check.read(page).math == [("a < b", False), (r"\begin{split}x\end{split}", True)]


def test_a_book_with_formulas_needs_its_own_mathjax(book: Path) -> None:
    (book / "index.html").write_text(
        GOOD.replace("<article>", r'<article><span class="math notranslate">\(x\)</span>')
    )
    assert any("MathJax" in line or "Node" in line for line in book_check.check(book))


def test_what_the_theme_adds_is_taken_out() -> None:
    text = (
        '<link rel="preload" as="font" crossorigin href="a.woff2" /><p>kept</p>'
        '<script>const THEBE_JS_URL = "https://x.org/thebe.js"; const a = 1</script>'
        '<script async="async" src="_static/sphinx-thebe.js?v=1"></script>'
        '<script type="text/x-thebe-config">{"a": 1}</script><body data-default-mode="">'
    )
    assert book_html.clean(text) == '<p>kept</p><body data-default-mode="auto">'
