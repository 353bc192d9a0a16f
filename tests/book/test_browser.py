"""The built book in headless Chromium: every page, both ways of opening it, both widths.

``make book && make book-test``. Chromium is Debian's: ``apt-get install chromium``.
"""

from __future__ import annotations

import functools
import math
import shutil
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HTML = ROOT / "build/book/_build/html"
SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
PAGES = sorted(str(p.relative_to(HTML)) for p in HTML.rglob("*.html") if "_static" not in p.parts)

pytestmark = [pytest.mark.book, pytest.mark.timeout(240)]

WIDER = """() => [...document.querySelectorAll('.bd-article *')].filter((node) => {
  const box = node.getBoundingClientRect();
  if (box.right <= document.documentElement.clientWidth + 1 || box.width === 0) return false;
  for (let up = node.parentElement; up; up = up.parentElement) {
    if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(up).overflowX)) return false;
  }
  return true;
}).map((node) => node.outerHTML.slice(0, 120))"""
SCROLLING = """() => [...document.querySelectorAll('mjx-container')].filter((node) =>
  node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX === 'auto' &&
  node.firstElementChild.getBoundingClientRect().width <= node.clientWidth + 1).length"""
SETTLED = "() => window.MathJax && window.MathJax.startup && window.MathJax.startup.promise"
UNRENDERED = """() => [...document.querySelectorAll('.math')]
  .filter((node) => !node.querySelector('mjx-container')).length"""
BAD = "() => document.querySelectorAll('mjx-merror, mjx-mtext[style*=red]').length"


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    assert PAGES, "there is no book: run make book first"
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "there is no Chromium: apt-get install chromium"
    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

        def do_GET(self) -> None:
            # The browser asks for this by itself, now and then; no page does.
            if self.path == "/favicon.ico":
                self.send_response(204)
                self.end_headers()
            else:
                super().do_GET()

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(HTML)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Visit:
    """One page with all that it asked for and all that it complained about."""

    def __init__(self, browser, size: str, scheme: str = "light") -> None:
        self.context = browser.new_context(viewport=SIZES[size], color_scheme=scheme)
        self.page = self.context.new_page()
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("requestfailed", lambda request: self.errors.append(f"lost {request.url}"))

    def _console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)

    def open(self, address: str):
        self.errors.clear()
        self.requests.clear()
        self.page.goto(address)
        self.page.evaluate(SETTLED)
        return self.page


def faults(visit: Visit, address: str, home: str) -> list[str]:
    """Everything that is wrong with one page, at both widths."""
    page = visit.open(address)
    found = [f"console: {text}" for text in visit.errors]
    found += [f"leaves the book: {u}" for u in visit.requests if not u.startswith((home, "data:"))]
    left, bad = page.evaluate(UNRENDERED), page.evaluate(BAD)
    found += [f"{left} formulas are not rendered"] * bool(left)
    found += [f"{bad} formulas have errors"] * bool(bad)
    for name, size in SIZES.items():
        page.set_viewport_size(size)
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        found += [f"{name}: {wide} px wider than the window"] * (wide > 0)
        found += [f"{name}: sticks out: {node}" for node in page.evaluate(WIDER)[:3]]
        short = page.evaluate(SCROLLING)
        found += [f"{name}: {short} formulas scroll although they fit"] * bool(short)
    return found


@pytest.mark.parametrize("way", ["file", "http"])
def test_every_page(browser, site: str, way: str) -> None:
    home = site if way == "http" else HTML.as_uri()
    visit = Visit(browser, "desktop")
    found = {name: faults(visit, f"{home}/{name}", home) for name in PAGES}
    visit.context.close()
    assert not {name: lines for name, lines in found.items() if lines}


def test_the_dark_theme_has_contrast(browser) -> None:
    visit = Visit(browser, "desktop", "dark")
    page = visit.open(f"{HTML.as_uri()}/separation.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    colours = page.evaluate(
        """() => [document.querySelector('.bd-article p'), document.body].map((node, k) =>
        getComputedStyle(node)[k ? 'backgroundColor' : 'color'].match(/[0-9.]+/g).map(Number))"""
    )
    text, ground = (
        sum(c * w for c, w in zip(rgb[:3], (0.21, 0.72, 0.07), strict=True)) for rgb in colours
    )
    visit.context.close()
    assert text - ground > 120


@pytest.mark.parametrize("way", ["file", "http"])
def test_search_finds_a_theorem(browser, site: str, way: str) -> None:
    home = site if way == "http" else HTML.as_uri()
    visit = Visit(browser, "desktop")
    page = visit.open(f"{home}/search.html?q=Signum")
    page.wait_for_selector("#search-results li a", timeout=20_000)
    targets = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
    visit.context.close()
    assert any("theorems/T1m.html" in target for target in targets)


@pytest.mark.parametrize("size", SIZES)
def test_the_chart_reacts(browser, size: str) -> None:
    visit = Visit(browser, size)
    page = visit.open(f"{HTML.as_uri()}/separation.html")
    seen = {}
    for key in ("Home", "End"):
        page.focus("#separation-m")
        page.keyboard.press(key)
        data = page.evaluate("({...document.getElementById('separation-chart').dataset})")
        curve = page.get_attribute("#separation-plot .here", "cx")
        seen[key] = (int(data["d"]), int(data["m"]), float(data["r"]), curve)
    said = page.inner_text("#separation-said")
    visit.context.close()
    (d, one, high, left), (_, every, low, right) = seen["Home"], seen["End"]
    assert (one, every) == (1, d)
    assert left != right
    assert high == pytest.approx((d - 1) / (2 * math.pi))
    assert low == pytest.approx((d - d // 2) * (d // 2) / (2 * math.pi * d**2))
    assert "promises sign updates nothing" in said


def test_the_chart_agrees_with_the_library(browser) -> None:
    from signcheck.density import density_of

    visit = Visit(browser, "desktop")
    page = visit.open(f"{HTML.as_uri()}/separation.html")
    for position in ("10", "35", "60", "90"):
        page.fill("#separation-d", "40")
        page.fill("#separation-m", position)
        data = page.evaluate("({...document.getElementById('separation-chart').dataset})")
        d, m = int(data["d"]), int(data["m"])
        expected = density_of([1.0] * m + [0.0] * (d - m)).separation
        assert float(data["r"]) == pytest.approx(expected)
    visit.context.close()
