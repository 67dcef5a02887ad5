// Sliders, buttons and switches below the boards, in groups; they act on a LiveBoard (play.js).
import { MOST } from "./address.js";
import { button, element } from "./dom.js";

const row = (title, ...parts) => element("div", { class: "live-row", role: "group", "aria-label": title },
  element("strong", { "aria-hidden": "true" }, title), element("div", {}, ...parts));

export class Controls {
  constructor(live) {
    this.live = live;
    this.sliders = {};
    this.boxes = {};
    this.surprises = element("div", { class: "live-top" }, element("strong", {}, "Surprise me"),
      button("An edit that works", () => live.surprise(true), { class: "live-surprise" }),
      button("One that doesn't", () => live.surprise(false)), button("Undo edits", () => live.undo()));
    const move = this.slider("Move", "ply", 0, MOST + 1, 1, (value) => live.go(value));
    this.play = live.small ? row("Play", move) : row("Play", move, button("New game", () => live.fresh()),
      button("Random move", () => live.random(false)), button("Its own move", () => live.random(true)));
    this.rows = [];
    if (live.small) return;
    const set = (name) => (value) => live.change({ [name]: value });
    const layers = live.about.probes.length - 1;
    this.parts = row("Silence", this.part(),
      this.box("freeze all attention at its averages", "frozen", (on) => live.change({ frozen: on })));
    this.list = element("input", { type: "text", spellcheck: "false", "aria-label": "Moves",
      on: { change: () => live.paste(this.list.value) } });
    this.rows = [
      row("Read", this.slider("After the attention of layer", "layer", 0, layers, 1, set("layer"))),
      row("Edit", this.slider("Dose", "dose", 0, 3, 0.25, set("dose"), (dose) => dose.toFixed(2)),
        element("span", {}, "A second click on a disc erases it, a third undoes that. A click on an empty square writes a disc.")),
      this.parts,
      row("Never seen",
        this.box("begin on the other diagonal", "other", (on) => live.fresh({ other: on })),
        this.box("let me make illegal moves", "wild", (on) => live.allow(on))),
      element("label", { class: "live-list" }, element("strong", {}, "Moves"), this.list),
    ];
  }

  slider(text, name, low, high, step, act, show = String) {
    const value = element("output", {}), input = element("input", { type: "range", min: low, max: high,
      step, "aria-label": text, on: { input: () => act(+input.value) } });
    this.sliders[name] = { input, value, show };
    return element("label", { class: `live-${name}` }, text, input, value);
  }

  box(text, name, act) {
    const box = element("input", { type: "checkbox", on: { change: () => act(box.checked) } });
    this.boxes[name] = box;
    return element("label", {}, box, ` ${text}`);
  }

  // A menu of heads and MLPs, a switch for the chosen one, and a link to its card.
  part() {
    const { live } = this, { n_layer, n_head } = live.about.config;
    this.menu = element("select", { "aria-label": "A part of the network", on: {
      change: () => live.change({ look: this.menu.value, silent: [] }) } },
    element("option", { value: "" }, "choose a part"));
    for (let l = 0; l < n_layer; l++) {
      this.menu.append(element("option", { value: `${l}.mlp` }, `MLP of layer ${l}`));
      for (let h = 0; h < n_head; h++) {
        this.menu.append(element("option", { value: `${l}.${h}` }, `head ${h} of layer ${l}`));
      }
    }
    this.card = element("a", { hidden: true }, "its card"); // the book's: elsewhere there is none
    const mute = this.box("silence it", "silent", (on) => {
      const { look } = live.state;
      live.change({ silent: on && look ? [look] : [] });
      if (!look) live.say("Choose a head or an MLP first.");
    });
    return element("span", { class: "live-part-of" }, this.menu, mute, this.card);
  }

  draw(state) {
    const { ply, layer, dose, moves, look } = state;
    for (const [name, at] of Object.entries({ ply, layer, dose })) {
      const { input, value, show } = this.sliders[name] ?? {};
      if (!input) continue; // the small board has one slider
      if (name === "ply") input.max = moves.length;
      input.value = at;
      value.textContent = name === "ply" ? `${at} of ${moves.length}` : show(at);
    }
    if (this.live.small) return;
    this.list.value = this.live.typed || moves.map(Othello.nameOf).join(" ");
    this.menu.value = look;
    const [l, number] = look.split(".").map(Number), cards = window.cardNames;
    this.card.hidden = !(cards && number >= 0);
    if (!this.card.hidden) this.card.href = cards.address({ kind: "head", layer: l, number });
    for (const [name, box] of Object.entries(this.boxes)) {
      box.checked = name === "silent" ? state.silent.length > 0 : state[name];
    }
  }
}
