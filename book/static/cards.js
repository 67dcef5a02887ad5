// The pages of cards, which show the neuron or head in the address: neuron.html#L7N35.
//
// What they load is made by the chapters (othello_gpt/neurons/cards.py, othello_gpt/attention/cards.py).
// Nothing of an address becomes markup.
"use strict";

{
  const SIZE = 6;
  const SVG = "http://www.w3.org/2000/svg";

  const { parse, hashOf, nameOf, address, exists, load, make } = window.cardNames;

  // --- small parts of a page ---

  function draw(tag, attributes, text = "", ...children) {
    const node = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(text, ...children);
    return node;
  }

  const square = (s) => "ABCDEF"[s % SIZE] + (Math.floor(s / SIZE) + 1);
  const signed = (x) => `${x < 0 ? "−" : "+"}${Math.abs(x).toPrecision(2)}`;
  const fixed = (x, digits) => {
    const text = Math.abs(x).toFixed(digits);
    return x < 0 && Number(text) ? `−${text}` : text;
  };
  const percent = (x, digits = 1) => `${fixed(100 * x, digits)}%`;
  const unpack = (text) => Int8Array.from(atob(text), (c) => c.charCodeAt(0));

  function figure(label, caption, viewBox, nodes, ...more) {
    const svg = draw("svg", { viewBox, role: "img", "aria-label": label }, "", ...nodes);
    return make("figure", {}, svg, make("figcaption", {}, caption, ...more));
  }

  const frame = () => [...Array(SIZE).keys()].flatMap((k) => [
    draw("text", { x: k + 0.5, y: -0.15 }, "ABCDEF"[k]),
    draw("text", { x: -0.3, y: k + 0.65 }, String(k + 1)),
  ]);
  const BOX = `-0.6 -0.6 ${SIZE + 0.7} ${SIZE + 0.7}`;
  const at = (s) => ({ x: s % SIZE, y: Math.floor(s / SIZE), width: 1, height: 1 });

  function board(title, cells, limit) {
    const value = (s) => signed((cells[s] / 127) * limit);
    const largest = [...cells.keys()].sort((a, b) => Math.abs(cells[b]) - Math.abs(cells[a]));
    const said = largest.slice(0, 3).map((s) => `${square(s)} ${value(s)}`).join(", ");
    const nodes = [...cells].flatMap((cell, s) => [
      draw("rect", { ...at(s), class: "cell" }),
      draw("rect", { ...at(s), class: cell < 0 ? "theirs" : "mine",
        "fill-opacity": Math.abs(cell / 127).toFixed(3) }, "", draw("title", {}, `${square(s)} ${value(s)}`)),
    ]);
    return figure(`${title}: ${said}`, `${title} (±${limit})`, BOX, [...nodes, ...frame()]);
  }

  function table(label, heads, rows) {
    const head = make("tr", {}, ...heads.map((text) => make("th", { scope: "col" }, text)));
    const body = rows.map(([first, ...cells]) => make("tr", {}, make("th", { scope: "row" }, first),
      ...cells.map((cell) => make("td", {}, cell))));
    return make("table", { aria: { "aria-label": label } }, make("thead", {}, head),
      make("tbody", {}, ...body));
  }

  const words = (...parts) => make("p", {}, ...parts);
  const heading = (text) => make("h3", {}, text);
  const row = (...figures) => make("div", { className: "card-boards" }, ...figures);

  function live(moves, ply, more = "") {
    const game = moves.map(square).join("");
    return make("a", { href: `play.html#moves=${game}&ply=${ply}${more}` }, "on the live board");
  }

  // --- a neuron ---

  const ROLES = {
    promoters: " It raises the move that its rule calls legal: a promoter.",
    dampers: " It lowers the move that its rule calls legal: a damper.",
    "": "",
  };

  function position(moves, played, output, k) {
    const discs = Othello.replay(moves)[played];
    const mover = Othello.mover(played);
    const last = moves[played - 1];
    const nodes = [...discs].flatMap((disc, s) => [
      draw("rect", { ...at(s), class: "cell" }),
      ...(disc ? [draw("circle", { cx: (s % SIZE) + 0.5, cy: Math.floor(s / SIZE) + 0.5, r: 0.4,
        class: disc === mover ? "mine" : "theirs" })] : []),
    ]);
    nodes.push(draw("rect", { ...at(last), class: "last" }));
    const listed = (side) => [...discs.keys()].filter((s) => discs[s] === side).map(square).join(" ");
    const label = `Position ${k + 1}: mine ${listed(mover)}; theirs ${listed(-mover)}; ` +
      `last move ${square(last)}`;
    return figure(label, `output ${output}, after move ${played}, ${square(last)}; `, BOX,
      [...nodes, ...frame()], live(moves, played));
  }

  // The first questions of a tree: [question, if not, if so], or [output] at an end.
  function branch(features, tree, answer = "") {
    const [asked, no, yes] = tree;
    if (tree.length === 1) return make("li", {}, `${answer}output ${asked}`);
    return make("li", {}, `${answer}${features[asked]}?`, make("ul", {},
      branch(features, no, "no: "), branch(features, yes, "yes: ")));
  }

  function neuron(card, { features, games }) {
    const { rule, role, f1, moves, tree, says, scores, output, limits, boards, top } = card;
    const [reads, effect, mean] = boards.map(unpack);
    const moved = (some, sign) => some.filter(([, x]) => sign * x > 0)
      .map(([s, x]) => `${square(s)} ${signed(x)}`).join(", ") || "none";
    const of = ([number, played, value], k) =>
      position([...games[number]].map((digit) => parseInt(digit, 36)), played, value, k);
    return [
      heading("Rule"),
      rule
        ? words(make("strong", {}, rule), `. F1 ${f1[0].toFixed(3)} on held-out games (95% interval ` +
          `${f1[1].toFixed(3)} to ${f1[2].toFixed(3)}); on other games' boards ${f1[3].toFixed(2)}.`, ROLES[role])
        : words("No legal-move rule goes with it."),
      heading("Boards"),
      row(
        board("reads mine (blue) − theirs", reads.slice(0, 36), limits[0]),
        board("reads empty", reads.slice(36), limits[0]),
        board("adds to a move's logit", effect, limits[1]),
        board("mean of the positions that activate it most", mean, 1),
      ),
      words(`Raises most: ${moved(moves.slice(0, 3), 1)}. Lowers most: ${moved(moves.slice(3), -1)}.`),
      words(`Output ${output[0]} on average (standard deviation ${output[1]}), above zero in ` +
        `${percent(output[2])} of the positions.`),
      heading("Decision tree"),
      words(says ? `Most active when ${says}. ` : "It asks nothing. ",
        `R² ${fixed(scores[0], 2)} on held-out games; on other games' boards ` +
        `${fixed(scores[1], 2)}. F1 of being above zero: ${scores[2].toFixed(2)}.`),
      make("details", {}, make("summary", {}, "Its first questions"),
        make("ul", { className: "card-tree" }, branch(features, tree))),
      heading("Positions that activate it most"),
      row(...top.map(of)),
    ];
  }

  // --- a head ---

  function distances(shares) {
    const most = Math.max(...shares);
    const nodes = shares.map((share, back) => draw("rect", { x: back + 0.1, width: 0.8,
      y: 8 - (8 * share) / most, height: (8 * share) / most, class: back % 2 ? "mine" : "theirs" }, "",
      draw("title", {}, `${back} moves ago: ${percent(share)}`)));
    const marks = [0, 5, 10, 15, 20, 25, 30].map((k) => draw("text", { x: k + 0.5, y: 9.4 }, String(k)));
    const order = [...shares.keys()].sort((a, b) => shares[b] - shares[a]).slice(0, 3);
    const said = order.map((k) => `${k} moves ago ${percent(shares[k])}`).join(", ");
    const made = figure(`Attention by how many moves ago: ${said}`,
      `attention by how many moves ago; most: ${said}. Orange: the side that has just moved`,
      `0 -0.2 ${shares.length} 10`, [...nodes, ...marks]);
    made.className = "card-chart";
    return made;
  }

  function head({ kind, shares, distance, lost, boards }, { game }, { layer, number }) {
    const moves = Othello.parse(game);
    const amount = (name, x) => (name.startsWith("loss") ? fixed(x, 4) : percent(x, 2));
    return [
      words("Looks at: ", make("strong", {}, kind), ". See where in a game ",
        live(moves, 15, `&part=${layer}.${number}`), "."),
      table("Shares of attention", ["looks at", "this head", "all moves alike"],
        shares.map(([name, own, alike]) => [name, percent(own), percent(alike)])),
      distances(distance),
      heading("What is lost without it"),
      table("What is lost without it", ["what, and how it is silenced", "mean", "95% interval"],
        lost.map(([name, ...ends]) => {
          const [mean, low, high] = ends.map((x) => amount(name, x));
          return [name, mean, `${low} to ${high}`];
        })),
      words("Loss in nats a move. Beyond what the whole network does: illegal first choices, and " +
        "cells that a probe misreads."),
      heading("Boards"),
      row(...boards.map(([title, limit, cells]) => board(title, unpack(cells), limit))),
    ];
  }

  // --- the page ---

  const COLUMNS = {
    neuron: {
      heads: ["neuron", "rule F1", "tree R²", "changes most"],
      cells: ([f1, r2, most, effect]) =>
        [f1 === null ? "" : f1.toFixed(3), r2.toFixed(2), `${square(most)} ${signed(effect)}`],
      orders: {
        "rule F1": ([f1]) => f1 ?? -1,
        "tree R²": ([, r2]) => r2,
        "effect on a move": ([, , , effect]) => Math.abs(effect),
        number: null,
      },
      summary: (cards) => `${cards.filter(([f1]) => f1 >= 0.8).length} of ${cards.length} neurons ` +
        "have a rule with F1 above 0.8",
    },
    head: {
      heads: ["head", "looks at", "same parity", "loss without it"],
      cells: ([kind, parity, loss]) => [kind, percent(parity, 0), fixed(loss, 4)],
      orders: { "loss without it": ([, , loss]) => loss, number: null },
      summary: (cards) => `${cards.filter(([kind]) => kind.includes("parity")).length} of ` +
        `${cards.length} heads take sides`,
    },
  };

  function list(kind, { cards }) {
    const { heads, cells, orders, summary } = COLUMNS[kind];
    const order = make("select", {}, ...Object.keys(orders).map((name) => new Option(name)));
    const layers = cards.map((some, layer) => {
      const box = make("div", { className: "card-scroll", tabIndex: 0,
        aria: { role: "region", "aria-label": `Layer ${layer}` } });
      const fill = () => {
        const by = orders[order.value];
        const numbers = [...some.keys()];
        if (by) numbers.sort((a, b) => by(some[b]) - by(some[a]));
        box.replaceChildren(table(`Layer ${layer}`, heads, numbers.map((number) => {
          const one = { kind, layer, number };
          return [make("a", { href: hashOf(one) }, nameOf(one)), ...cells(some[number])];
        })));
      };
      const details = make("details", { open: kind === "head" },
        make("summary", {}, `Layer ${layer}: ${summary(some)}`), box);
      details.addEventListener("toggle", () => details.open && fill());
      order.addEventListener("change", () => details.open && fill());
      if (details.open) fill();
      return details;
    });
    return [make("p", {}, make("label", {}, "Order by ", order)), ...layers];
  }

  async function show(kind, index, parts) {
    const { form, layer, number, before, after, all, status, body } = parts;
    const wanted = location.hash;
    let text = wanted.slice(1);
    try {
      text = decodeURIComponent(text);
    } catch {
      text = "?";
    }
    const one = text ? parse(text) : null;
    const sizes = `layers are 0 to ${index.cards.length - 1}, ${kind}s 0 to ` +
      `${index.cards[0].length - 1}`;
    for (const link of [before, after, all]) link.hidden = true;
    status.classList.remove("unseen");
    if (one && one.kind !== kind) return location.replace(address(one));
    if (!one || !exists(one, index)) {
      all.hidden = !text;
      body.replaceChildren(...(text ? [] : list(kind, index)));
      const example = hashOf({ kind, layer: 1, number: 2 });
      if (!text) status.textContent = "";
      else if (one) status.textContent = `There is no ${kind} ${nameOf(one)}: ${sizes}.`;
      else status.textContent = `The address names no ${kind}: after the page it should say, for ` +
        `example, ${example}; ${sizes}.`;
      return;
    }
    layer.value = one.layer;
    number.value = one.number;
    const width = index.cards[0].length;
    const place = one.layer * width + one.number;
    for (const [link, to] of [[before, place - 1], [after, place + 1]]) {
      link.hidden = to < 0 || to >= index.cards.length * width;
      link.href = hashOf({ kind, layer: Math.floor(to / width), number: to % width });
    }
    all.hidden = false;
    body.setAttribute("aria-busy", "true");
    try {
      const file = await load(`${kind}-${one.layer}`);
      if (location.hash !== wanted) return; // the reader has gone on
      const card = file.cards[one.number];
      const made = kind === "neuron" ? neuron(card, file) : head(card, index, one);
      const title = kind === "neuron" ? `Neuron ${nameOf(one)}` : `Head ${nameOf(one)}`;
      body.replaceChildren(make("h2", {}, title), ...made);
      status.textContent = `${title} is shown.`;
      status.classList.add("unseen"); // the heading says it to those who see
      document.title = title;
    } catch (error) {
      status.textContent = error.message;
    }
    body.removeAttribute("aria-busy");
  }

  async function begin(root) {
    const { kind } = root.dataset;
    const status = make("p", { className: "card-status", aria: { role: "status" } });
    const body = make("div", { className: "card-body" });
    let index, palette;
    try {
      [index, palette] = await Promise.all([load(`${kind}-index`), load(`${kind}-palette`)]);
    } catch (error) {
      root.append(error.message);
      return;
    }
    for (const [mode, [theirs, mine]] of Object.entries(palette)) {
      root.style.setProperty(`--theirs-${mode}`, theirs);
      root.style.setProperty(`--mine-${mode}`, mine);
    }
    const whole = (max) => make("input", { type: "number", min: 0, max, value: 0, required: true });
    const [layer, number] = [whole(index.cards.length - 1), whole(index.cards[0].length - 1)];
    const [before, after] = ["← previous", "next →"].map((text) => make("a", {}, text));
    const all = make("a", { href: "#" }, `all ${kind}s`);
    const form = make("form", { className: "card-form" },
      make("label", {}, "Layer ", layer), make("label", {}, `${kind === "head" ? "Head" : "Neuron"} `,
        number), make("button", {}, "Show"), before, after, all);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      location.hash = hashOf({ kind, layer: Number(layer.value), number: Number(number.value) });
    });
    document.addEventListener("keydown", (event) => {
      const { key, target, altKey, ctrlKey, metaKey, shiftKey } = event;
      const link = { ArrowLeft: before, ArrowRight: after }[key];
      if (!link || link.hidden || altKey || ctrlKey || metaKey || shiftKey) return;
      if (target.closest("input, select, textarea, .card-scroll")) return;
      event.preventDefault();
      link.click();
    });
    root.append(form, status, body);
    const parts = { form, layer, number, before, after, all, status, body };
    addEventListener("hashchange", () => show(kind, index, parts));
    await show(kind, index, parts);
  }

  // The rules of the game are a script further down the page.
  document.addEventListener("DOMContentLoaded", () => {
    for (const root of document.querySelectorAll(".address-cards")) begin(root);
  });
}
