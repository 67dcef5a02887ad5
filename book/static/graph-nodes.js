// Graphs whose dots are neurons and heads (a trace has their names as ids): a click opens a card, and
// each has an address: ?node=L5N126. Whoever uses keys finds them in a list below the graph. In graphs
// of networks that have no cards a click marks a dot, and says below the graph what it is.
//
// Nothing of an address becomes markup.
"use strict";

{
  const { parse, nameOf, address, make } = window.cardNames;

  const nodesOf = (graph) => graph.data
    .filter(({ visible, ids }) => ids && visible !== false)
    .flatMap(({ ids, x, y, customdata: says }) =>
      ids.map((id, k) => ({ id, x: x[k], y: y[k], one: parse(id), says: says[k] })))
    .sort((a, b) => a.one.layer - b.one.layer || a.one.kind.localeCompare(b.one.kind) ||
      a.one.number - b.one.number);

  // What a dot says when it is touched, as text.
  const plain = (says) => says.split("<br>").slice(1).join("; ").replace(/<[^>]*>/g, "");

  const wanted = () => new URLSearchParams(location.search).get("node");

  function remember(id, figure) {
    const query = new URLSearchParams(location.search);
    if (id) query.set("node", id);
    else query.delete("node");
    const hash = id && figure ? `#${figure}` : location.hash;
    history.replaceState(null, "", `${location.pathname}${String(query) && `?${query}`}${hash}`);
  }

  function addNodes(element, graph) {
    const own = graph.layout.annotations ?? [];
    const hasCards = element.dataset.nodes !== "without cards";
    const figure = element.closest("figure[id]")?.id;
    const select = make("select");
    const said = make("span", { aria: { role: "status" } });
    graph.after(make("div", { className: "figure-menu" }, make("label", {}, "Find a part: ", select), " ", said));
    const colour = () => getComputedStyle(element).color;

    function fill() {
      const names = nodesOf(graph).map(({ id, one }) => new Option(nameOf(one), id));
      select.replaceChildren(new Option("none", ""), ...names);
    }

    // Marks a node in the graph, and says below it what it is; without one, unmarks.
    function mark(id) {
      const node = nodesOf(graph).find((one) => one.id === id);
      const known = node ?? (id && parse(id));
      select.value = node?.id ?? "";
      said.replaceChildren();
      if (node) said.append(plain(node.says));
      if (node && hasCards) said.append("; ", make("a", { href: address(node.one) }, "its card"));
      if (known && !node) said.append(`${nameOf(known)} isn't in this graph`);
      const label = node && {
        x: node.x, y: node.y, text: nameOf(node.one), ax: 0, ay: -34, arrowwidth: 2, borderpad: 3,
        bgcolor: "#ffffff", bordercolor: "#22272e", arrowcolor: colour(), font: { color: "#22272e" },
      };
      return Plotly.relayout(graph, { annotations: label ? [...own, label] : own });
    }

    select.addEventListener("input", (event) => {
      event.stopPropagation();
      remember(select.value, figure);
      mark(select.value);
    });
    // The figure's own menu: another graph has other nodes.
    element.addEventListener("input", () => remember(""));
    graph.on("plotly_update", () => {
      fill();
      mark("");
    });

    graph.on("plotly_click", ({ points: [point], event }) => {
      if (!point?.id) return;
      const first = matchMedia("(hover: none)").matches && wanted() !== point.id;
      remember(point.id, figure); // whoever comes back finds it marked
      mark(point.id);
      if (first || !hasCards) return; // a finger can't hover: it touches twice
      if (event.ctrlKey || event.metaKey) open(address(parse(point.id)));
      else location.href = address(parse(point.id));
    });
    const cursor = (kind) => {
      graph.querySelector(".nsewdrag").style.cursor = kind;
    };
    graph.on("plotly_hover", ({ points: [point] }) => cursor(point?.id ? "pointer" : ""));
    graph.on("plotly_unhover", () => cursor(""));

    fill();
    return wanted() && mark(wanted());
  }

  document.addEventListener("drawn", ({ target, detail }) => {
    if ("nodes" in target.dataset) addNodes(target, detail.graph);
  });
}
