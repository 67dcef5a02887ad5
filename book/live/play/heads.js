// Where each head looks: a table of small boards, from the last move or the one that is pointed at.
// It acts on a LiveBoard (play.js).
import { element, roving, tell } from "./dom.js";

const CELL = 7; // pixels of a square of a head's small board
const FULL = 2 / 3; // the share of all attention that is painted in full colour

export class Heads {
  constructor(live) {
    const { n_layer, n_head } = live.about.config, size = 6 * CELL;
    const head = (text) => element("th", { scope: "col" }, text);
    this.live = live;
    this.from = element("strong");
    this.note = element("p", { class: "live-note" });
    this.looks = Array.from({ length: n_layer }, (_, l) => Array.from({ length: n_head }, (_, h) => {
      const canvas = element("canvas", { width: size, height: size });
      const chosen = element("button", { type: "button", class: "live-look", "aria-pressed": "false",
        on: { click: () => live.change({ look: live.state.look === `${l}.${h}` ? "" : `${l}.${h}`,
          silent: [] }) } }, canvas);
      return { canvas, button: chosen };
    }));
    roving(this.looks.flat().map((one) => one.button), n_head);
    const numbers = Array.from({ length: n_head }, (_, h) => head(h));
    const table = element("table", {},
      element("thead", {}, element("tr", {}, head("layer \\ head"), ...numbers)),
      element("tbody", {}, ...this.looks.map((some, l) => element("tr", {},
        element("th", { scope: "row" }, l), ...some.map((one) => element("td", {}, one.button))))));
    this.place = element("details", { class: "live-part live-heads", open: true,
      on: { toggle: () => this.place.open && this.draw(live.ask()) } },
    element("summary", {}, "Where each head looks"),
    element("p", {}, "From ", this.from, ", which is framed. Point at another move of the game, or focus " +
      "it, to ask from there; a click on a small board shows it on the game."),
    this.note,
    element("div", { class: "live-scroll", tabindex: 0, role: "region", "aria-label": "Heads" }, table));
    const recolour = new MutationObserver(() => this.draw(live.ask()));
    recolour.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  draw(seen) {
    const { mind, state, boards, root } = this.live, { moves, ply, look } = state;
    const from = boards.from ?? ply - 1;
    this.from.textContent = from < 0 ? "no move yet" : `move ${from + 1}, ${Othello.nameOf(moves[from])}`;
    if (!this.place.open) return;
    const ink = `rgb(${getComputedStyle(root).getPropertyValue("--chance-rgb")})`;
    const patterns = mind.patterns(state, seen, from);
    tell(this.note, patterns ? "" : this.live.unknown(ply));
    const place = (square) => [CELL * (square % 6), CELL * Math.floor(square / 6), CELL, CELL];
    this.looks.forEach((some, l) => some.forEach(({ canvas, button }, h) => {
      const pen = canvas.getContext("2d"), shares = patterns ? Array.from(patterns[l][h]) : [];
      pen.clearRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = pen.strokeStyle = ink;
      shares.forEach((share, s) => {
        pen.globalAlpha = Math.min(1, share / FULL);
        pen.fillRect(...place(moves[s]));
      });
      pen.globalAlpha = 1;
      if (patterns) pen.strokeRect(...place(moves[from]));
      const order = [...shares.keys()].sort((a, b) => shares[b] - shares[a]).slice(0, 3);
      const most = order.map((s) => `${Othello.nameOf(moves[s])} ${Math.round(100 * shares[s])}%`);
      button.title = `head ${h} of layer ${l}: ${most.join(", ") || "not known yet"}`;
      button.setAttribute("aria-label", button.title);
      button.setAttribute("aria-pressed", look === `${l}.${h}`);
    }));
  }
}
