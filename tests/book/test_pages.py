"""Generated pages: every theorem gets one, marks are filled or refused, absent results say so."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from tools import (
    book,
    book_execute,
    book_instances,
    book_pages,
    book_reference,
    book_results,
    book_status,
)
from tools.book_theorems import Facts, facts, short_title

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lemma() -> Facts:
    return facts("L1-pointwise")


def test_the_page_of_a_theorem_states_and_proves_it(lemma: Facts) -> None:
    assert lemma.status == "proved"
    assert "{prf:theorem} L1-pointwise" in lemma.page
    assert "(thm-l1-pointwise)=" in lemma.page
    assert f"{lemma.steps} kernel steps" in lemma.page
    assert lemma.agreed == lemma.leaves > 0
    assert lemma.refuted + lemma.unproved > 0 == lemma.survived
    assert lemma.page.count("{code-cell}") >= 1
    assert "Certificate: the difference is a sum of" in lemma.page


def test_every_step_that_is_cited_exists(lemma: Facts) -> None:
    made = set(re.findall(r"^\((thm-[a-z0-9-]+)\)=$", lemma.page, re.MULTILINE))
    cited = set(re.findall(r"<(thm-l1-pointwise-step-\d+)>", lemma.page))
    assert cited <= made


def test_a_theorem_that_does_not_load_gets_a_page_that_says_so() -> None:
    found = facts("no such theorem")
    assert found.status == "failed"
    assert "no such theorem" in found.page


def test_titles_for_the_navigation() -> None:
    assert short_title("T1", "SignSGD: avg <= x") == "T1 (SignSGD)"
    assert short_title("L1", "|a| - a E sign(Y) <= s  if E Y = a") == "L1"


def test_marks_are_filled_or_refused() -> None:
    assert book.fill("a {{ x }} b", {"x": "1"}, "p") == "a 1 b"
    assert book.fill(r"\frac{{1}}{2}", {}, "p") == r"\frac{{1}}{2}"
    with pytest.raises(KeyError, match="page asks for 'y'"):
        book.fill("{{ y }}", {"x": "1"}, "page")


def test_every_page_is_in_the_table_of_contents_and_the_other_way_round() -> None:
    toc = (ROOT / "book/_toc.yml").read_text()
    listed = set(re.findall(r"(?:file|root): (\S+)", toc))
    typed = {
        str(p.relative_to(ROOT / "book").with_suffix("")) for p in (ROOT / "book").rglob("*.md")
    }
    copied = {name.removesuffix(".md") for name in book_pages.howto()}
    assert typed | copied == listed


def test_the_pages_of_docs_become_cells() -> None:
    pages = book_pages.howto()
    assert pages
    for text in pages.values():
        assert "```{code-cell} ipython3" in text
        assert "```python" not in text


def test_an_absent_result_is_a_sentence(tmp_path: Path) -> None:
    text = book_results.embed(tmp_path, "x", tmp_path / "nothing", "README.md")
    assert "No result is committed yet" in text


def test_a_report_becomes_a_part_of_a_page(tmp_path: Path) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "p.png").write_bytes(b"x")
    (folder / "README.md").write_text("# Title\n\n## Part\n\n![what](p.png)\n\n*A caption.*\n")
    text = book_results.embed(tmp_path, "mine", folder, "README.md")
    assert "# Title" not in text
    assert "{figure} /pictures/mine/p.png\n:alt: what\n\nA caption." in text
    assert (tmp_path / "pictures/mine/p.png").read_bytes() == b"x"


def test_every_family_has_parameters_that_make_it() -> None:
    import hardinstances

    for family in hardinstances.CATALOGUE.values():
        if "rotation" not in family.keys:
            hardinstances.make(family.id, **book_instances.example(family))


def test_docstrings_become_lists() -> None:
    text = "Say it.\n\nParameters\n----------\na\n    What ``a`` is, see :func:`x.y`."
    lines = list(book_reference._docstring(text))
    assert "*Parameters*" in lines
    assert "- `a`" in lines
    assert "  What `a` is, see `y`." in lines


def test_links_say_what_is_not_proved() -> None:
    one = Facts("T2-finite", "t", "lower", "s", "proved", "")
    links = book_status.links([one])
    assert links["thm_t2"] == "{ref}`T2-finite <thm-t2-finite>`"
    assert "not proved here yet" in links["thm_t4"]
    assert "**T4**" in book_status.missing([one])
    assert "**T2**" not in book_status.missing([one])


def test_an_id_is_taken_as_it_is_before_one_that_refines_it() -> None:
    known = ["T2-walk", "T2", "T2b", "T6-x"]
    assert [book_status.nearest(name, known) for name in ("T2", "T6", "T2b", "T")] == [
        "T2", "T6-x", "T2b", None,
    ]  # fmt: skip


def test_the_table_marks_what_is_not_consistent(lemma: Facts) -> None:
    judged = SimpleNamespace(
        bound=1.0, measured=0.5, ratio=0.5, verdict=SimpleNamespace(value="refuted")
    )
    run = SimpleNamespace(name="r", judgement=judged)
    assert "**refuted**" in book_status.verdicts([lemma], {lemma.id: [run]})


def test_no_page_has_cells_that_the_executor_would_miss() -> None:
    for path in (ROOT / "book").rglob("*.md"):
        text = path.read_text()
        assert text.count("```{code-cell} ipython3") == text.count("{code-cell}"), path
    assert book_execute.SECONDS > 0


def test_generated_cells_compile(lemma: Facts) -> None:
    """On the oldest Python that is supported, too: it is the one that runs this test in CI."""
    cells = re.findall(r"```{code-cell} ipython3\n(.*?)```", lemma.page, re.DOTALL)
    assert cells
    for cell in cells:
        compile(re.sub(r"\A---\n.*?---\n", "", cell, flags=re.DOTALL), "cell", "exec")
