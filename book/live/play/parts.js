// Two tables below the live board: the most active neurons, each with its rule, its card and a
// switch; and where each head looks from the move that is hovered or focused. Of play.js's board
// it uses `state`, `network`, `change` and `say`.
"use strict";

class LiveParts {
  static CELL = 7; // pixels of a square of a head's small board
  static SHOWN = 6; // neurons in the table

  constructor(board, element) {
    const { n_layer, n_head } = board.about.config, size = 6 * LiveParts.CELL;
    this.board = board;
    this.element = element;
    this.touched = new Set(); // neurons that were switched: they stay in the table
    this.rows = element("tbody");
    this.layer = element("strong");
    this.other = element("input", { type: "text", size: 8, spellcheck: "false", placeholder: "L7 N35",
      on: { change: () => this.named(this.other.value) } });
    const head = (text) => element("th", { scope: "col" }, text);
    this.neurons = element("details", { class: "live-part live-neurons", open: true },
      element("summary", {}, "The most active neurons here"),
      element("p", {}, "The MLP of ", this.layer, " reads the board inside. Its most active neurons:"),
      element("div", { class: "live-scroll", tabindex: 0, role: "region", "aria-label": "Neurons" },
        element("table", {}, element("thead", {}, element("tr", {},
          ...["silence", "neuron", "output", "what it goes with"].map(head))), this.rows)),
      element("p", {}, element("label", {}, "Silence another one: ", this.other)));

    this.from = element("strong");
    this.looks = Array.from({ length: n_layer }, (_, l) => Array.from({ length: n_head }, (_, h) =>
      element("canvas", { width: size, height: size, role: "img",
        on: { click: () => board.change({ look: `${l}.${h}`, silent: [] }) } })));
    const numbers = Array.from({ length: n_head }, (_, h) => head(h));
    const table = element("table", {},
      element("thead", {}, element("tr", {}, head("layer \\ head"), ...numbers)),
      element("tbody", {}, ...this.looks.map((some, l) => element("tr", {},
        element("th", { scope: "row" }, l), ...some.map((canvas) => element("td", {}, canvas))))));
    this.heads = element("details", { class: "live-part live-heads", open: true },
      element("summary", {}, "Where each head looks"),
      element("p", {}, "From ", this.from, ", which is framed. Hover or focus another move of the " +
        "game to ask from there; click a small board to see it large."),
      element("div", { class: "live-scroll", tabindex: 0, role: "region", "aria-label": "Heads" }, table));
    for (const part of [this.neurons, this.heads]) {
      part.addEventListener("toggle", () => part.open && this.draw(board.ask()));
    }
    const recolour = new MutationObserver(() => this.drawHeads(board.ask()));
    recolour.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  draw(seen) {
    this.drawNeurons(seen);
    this.drawHeads(seen);
  }

  // --- neurons ---

  named(text) {
    const { n_layer, n_embd } = this.board.about.config;
    const [, layer, neuron] = /^\s*L\s*(\d+)[\s,.]*N\s*(\d+)\s*$/i.exec(text) || [];
    if (!(layer < n_layer && neuron < 4 * n_embd)) {
      this.board.say(`Neurons are called L0 N0 to L${n_layer - 1} N${4 * n_embd - 1}.`);
      return;
    }
    this.other.value = "";
    this.silence(`L${+layer}N${+neuron}`, true);
  }

  silence(name, off) {
    const others = this.board.state.neurons.filter((one) => one !== name);
    this.board.change({ neurons: off ? [...others, name] : others });
  }

  drawNeurons(seen) {
    const { layer, neurons } = this.board.state;
    this.layer.textContent = `layer ${layer}`;
    if (!this.neurons.open) return;
    const focused = this.rows.contains(document.activeElement) && document.activeElement.name;
    if (!seen || !seen.outputs) {
      this.rows.replaceChildren();
      return;
    }
    const active = this.board.network.mostActive(seen, layer, LiveParts.SHOWN)
      .map(({ neuron, output }) => ({ name: `L${layer}N${neuron}`, output }));
    neurons.forEach((name) => this.touched.add(name));
    for (const name of this.touched) {
      if (active.some((one) => one.name === name)) continue;
      const [l, n] = name.slice(1).split("N");
      active.push({ name, output: seen.outputs[l][n] });
    }
    this.rows.replaceChildren(...active.map(({ name, output }) => this.row(name, output)));
    if (focused) this.rows.querySelector(`[name="${focused}"]`)?.focus();
  }

  row(name, output) {
    const { element } = this, [layer, neuron] = name.slice(1).split("N").map(Number);
    const box = element("input", { type: "checkbox", name, "aria-label": `silence L${layer} N${neuron}`,
      on: { change: () => this.silence(name, box.checked) } });
    box.checked = this.board.state.neurons.includes(name);
    const says = element("td"), cards = window.cardNames; // the book's: elsewhere there are no cards
    const title = `L${layer} N${neuron}`;
    cards?.load(`neuron-${layer}`).then(({ cards: all }) => {
      const { rule, says: tree } = all[neuron];
      says.textContent = rule || (tree ? `most active when ${tree}` : "nothing simple");
    }, () => { says.textContent = "see its card"; });
    return element("tr", {}, element("td", {}, box), element("th", { scope: "row" }, cards
      ? element("a", { href: cards.address({ kind: "neuron", layer, number: neuron }) }, title) : title),
    element("td", {}, output.toFixed(1).replace("-", "−")), says);
  }

  // --- heads ---

  drawHeads(seen) {
    const { board, looks, heads } = this, { CELL } = LiveParts, { moves, look } = board.state;
    const from = board.from ?? board.state.ply - 1;
    this.from.textContent = from < 0 ? "no move yet" : `move ${from + 1}, ${Othello.nameOf(moves[from])}`;
    if (!heads.open) return;
    const ink = `rgb(${getComputedStyle(board.root).getPropertyValue("--chance-rgb")})`;
    const place = (square) => [CELL * (square % 6), CELL * Math.floor(square / 6), CELL, CELL];
    const patterns = seen && seen.patterns && board.network.seen[from].patterns;
    looks.forEach((some, l) => some.forEach((canvas, h) => {
      const pen = canvas.getContext("2d"), shares = patterns ? Array.from(patterns[l][h]) : [];
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = pen.strokeStyle = ink;
      shares.forEach((share, s) => {
        pen.globalAlpha = Math.min(1, 1.5 * share); // two thirds of all attention are full colour
        pen.fillRect(...place(moves[s]));
      });
      pen.globalAlpha = 1;
      if (patterns) pen.strokeRect(...place(moves[from]));
      const order = [...shares.keys()].sort((a, b) => shares[b] - shares[a]).slice(0, 3);
      const most = order.map((s) => `${Othello.nameOf(moves[s])} ${Math.round(100 * shares[s])}%`);
      canvas.title = `head ${h} of layer ${l}: ${most.join(", ") || "not known yet"}`;
      canvas.setAttribute("aria-label", canvas.title);
      canvas.classList.toggle("chosen", look === `${l}.${h}`);
    }));
  }
}
