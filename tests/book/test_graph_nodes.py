"""The built pages in a browser: dots of the attribution graphs, their cards and addresses."""

import re

import pytest

from tests.book.common import OPEN, visit

GRAPHS = {"graphs": "fig-graphs-five", "mechanism": "fig-mechanism-graph"}
LISTED = "[data-nodes] label select"
READY = f"document.querySelector('{LISTED}') && !document.querySelector('[data-nodes][aria-busy]')"
# Where on the screen the dot of a name is.
PLACE = """([figure, id]) => {
  const graph = document.querySelector(`#${figure} .js-plotly-plot`);
  graph.scrollIntoView({block: "center", behavior: "instant"});
  const {xaxis, yaxis} = graph._fullLayout, {left, top} = graph.getBoundingClientRect();
  const trace = graph.data.find(one => one.visible !== false && one.ids?.includes(id));
  const k = trace.ids.indexOf(id);
  const [x, y] = [xaxis.d2p(trace.x[k]), yaxis.d2p(trace.y[k])];
  return [left + xaxis._offset + x, top + yaxis._offset + y];
}"""


def opened(contexts, address, name, view="desktop"):
    visited = visit(contexts[view], address, f"book/{name}")
    visited.page.wait_for_function(READY)
    return visited


def said(page):
    return page.locator("[data-nodes] [role=status]")


def names(page):
    """The dots in the list below a graph, as their addresses have them."""
    options = page.locator("[data-nodes] label option")
    return [one.get_attribute("value") for one in options.all()][1:]


@pytest.mark.parametrize("chapter", GRAPHS)
@pytest.mark.parametrize("letter", ["N", "H"])
def test_a_click_on_a_dot_opens_its_card_and_back_shows_the_dot(contexts, address, chapter, letter):
    visited = opened(contexts, address, f"{chapter}.html")
    page = visited.page
    id = next(name for name in names(page) if letter in name)
    page.mouse.click(*page.evaluate(PLACE, [GRAPHS[chapter], id]))
    page.locator(".card-body h2").wait_for()
    kind = {"N": "neuron", "H": "head"}[letter]
    assert page.url == f"{address}/book/{kind}.html#{id}"
    page.wait_for_load_state("networkidle")
    page.go_back()
    page.wait_for_function(f"document.querySelector('{LISTED}')?.value === '{id}'")
    assert f"node={id}" in page.url
    assert not visited.problems
    page.close()


def test_an_address_marks_a_dot_in_the_graph_that_it_names(contexts, address):
    page = opened(contexts, address, "graphs.html").page
    page.locator("#fig-graphs-five .figure-menu > select").select_option("3")
    page.wait_for_function("location.search.includes('fig-graphs-five=3')")
    listed = page.locator(LISTED)
    id = names(page)[5]
    listed.focus()
    listed.select_option(id)
    url, words = page.url, said(page).inner_text()
    assert f"fig-graphs-five=3&node={id}" in url
    assert "effect" in words
    again = opened(contexts, address, url.partition("/book/")[2]).page
    assert said(again).inner_text() == words
    name = re.sub(r"(?=[NH])", " ", id)
    assert again.locator("#fig-graphs-five .annotation-text").text_content() == name
    assert again.locator("#fig-graphs-five .figure-menu > select").input_value() == "3"
    link = said(again).get_by_role("link", name="its card")
    assert link.evaluate("a => a.href").endswith(f".html#{id}")
    # Another graph, and nothing is marked any more.
    again.locator("#fig-graphs-five .figure-menu > select").select_option("0")
    again.locator("#fig-graphs-five .annotation-text").wait_for(state="detached")
    assert "node=" not in again.url
    assert said(again).inner_text() == ""
    page.close()
    again.close()


@pytest.mark.parametrize("letter", ["N", "H"])
def test_without_cards_a_click_marks_a_dot_and_its_address_leads_back(contexts, address, letter):
    visited = visit(contexts["desktop"], address, "book/plain.html")
    page = visited.page
    page.evaluate(OPEN)
    page.wait_for_function(READY)
    id = next(name for name in names(page) if letter in name)
    page.mouse.click(*page.evaluate(PLACE, ["fig-plain-graphs", id]))
    page.locator("#fig-plain-graphs .annotation-text").wait_for()
    assert page.url == f"{address}/book/plain.html?node={id}#fig-plain-graphs"
    words = said(page).inner_text()
    assert "effect" in words
    assert said(page).get_by_role("link").count() == 0
    again = opened(contexts, address, page.url.partition("/book/")[2]).page
    assert said(again).inner_text() == words
    assert said(again).is_visible()  # its details are opened for it
    assert not visited.problems
    page.close()
    again.close()


@pytest.mark.parametrize(
    "node", ["L9N1", "%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", "constructor"]
)
def test_an_unknown_dot_marks_nothing_and_stays_text(contexts, address, node):
    visited = opened(contexts, address, f"graphs.html?node={node}")
    page = visited.page
    assert said(page).inner_text() == ("L9 N1 isn't in this graph" if node == "L9N1" else "")
    assert page.locator("[data-nodes] .annotation-text").count() == 0
    assert page.locator("[data-nodes] img").count() == 0
    assert not visited.problems
    page.close()
