"""Every python block of the pages under docs/ runs as it is printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = sorted(Path(__file__).parent.parent.glob("docs/*.md"))


def test_there_are_pages() -> None:
    assert {page.stem for page in PAGES} >= {"own-optimizer", "own-density"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page_runs(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    assert blocks, f"{page.name} shows no code"
    for block in blocks:
        exec(compile(block, page.name, "exec"), {"__name__": "page"})
    assert capsys.readouterr().out.strip()
