// The three boards: the game as it was played, the board inside, and the next move. Each is a grid
// of 36 buttons.
import { boardNow, boardsOf, discOf, suggested, writtenHere, written } from "./mind.js";
import { element, percent, roving, whole } from "./dom.js";

const { SIZE, SQUARES, PLAYABLE, nameOf, tokenOf, legal, mover } = Othello;
const colour = (disc) => (disc > 0 ? "black" : disc < 0 ? "white" : "");
// How marks are told to who doesn't see them.
const SAID = { legal: "legal", ringed: "legal", last: "last move", asked: "asked from here",
  wrong: "read wrongly", edited: "written", faded: "written, no longer read", hint: "try this one",
  changed: "" };

function board(title, about, act, hover = () => {}) {
  const cells = Array.from({ length: SQUARES }, (_, square) => element("button", {
    type: "button", class: "live-cell", on: { click: () => act(square),
      pointerenter: () => hover(square), focus: () => hover(square) } }));
  roving(cells, SIZE);
  const caption = element("figcaption", {}, element("strong", {}, title), ` ${about}`);
  const grid = element("div", { class: "live-grid", role: "group", "aria-label": title }, ...cells);
  const names = (along, text) => element("div", { class: along, "aria-hidden": "true" },
    ...Array.from(text, (name) => element("span", {}, name)));
  const frame = element("div", { class: "live-frame" }, names("live-columns", "ABCDEF"),
    names("live-lines", "123456"), grid);
  return { cells, figure: element("figure", { class: "live-figure" }, caption, frame) };
}

function mark(cell, square, disc, flags, text = "", chance = 0) {
  const on = flags.filter(Boolean);
  cell.className = ["live-cell", disc, ...on].join(" ");
  if (cell.textContent !== text) cell.textContent = text;
  cell.style.setProperty("--chance", chance.toFixed(3));
  const number = text.replace(/[+×]/, "");
  cell.setAttribute("aria-label", [nameOf(square), disc || "empty", ...on.map((flag) => SAID[flag]),
    text.includes("+") && "now legal", text.includes("×") && "no longer legal",
    number && `${number} percent`].filter(Boolean).join(", "));
}

export class Boards {
  // `act`: what a click on each board does, and `hover`, when a move of the game is pointed at.
  constructor({ play, edit, hover }) {
    this.game = board("The game", "as it was played. Click a dot to play there.", play, hover);
    this.inside = board("The board inside", "as read off the network. Click a disc to turn it in its " +
      "mind.", edit);
    this.next = board("Its next move", "in percent. What is legal is framed.", play);
    this.inside.figure.classList.add("live-mind");
    this.figures = [this.game.figure, this.inside.figure, this.next.figure];
    this.from = undefined; // the move that is pointed at
  }

  // `hint`: whether to show which disc to click.
  draw(mind, state, seen, hint) {
    const { ply, edits, at } = state, side = mover(ply);
    const played = boardsOf(state)[ply], now = boardNow(state), here = writtenHere(state);
    const may = legal(now, side), before = legal(played, side);
    const wanted = hint && ply > 0 ? suggested(state) : undefined;
    for (let s = 0; s < SQUARES; s++) {
      // While the weights are on their way the board inside shows what was asked for.
      const read = colour(seen ? discOf(seen.board[s], ply) : now[s]);
      const wrong = seen && read !== colour(now[s]), mine = written(state) && s in edits && ply >= at;
      mark(this.inside.cells[s], s, read, [wrong && "wrong", mine && (wrong ? "faded" : "edited"),
        s === wanted && "hint"]);
      const p = seen ? seen.chances[tokenOf(s)] || 0 : 0;
      const change = !here || may.includes(s) === before.includes(s) ? "" : may.includes(s) ? "+" : "×";
      const free = PLAYABLE.includes(s) && !now[s];
      mark(this.next.cells[s], s, colour(now[s]), [change && "changed", may.includes(s) && "ringed"],
        change + (free ? (change ? whole(p) : percent(p)) : ""), free ? p : 0);
    }
    this.inside.figure.classList.toggle("waiting", !seen && ply > 0);
    this.from = undefined;
    this.drawGame(mind, state, seen);
  }

  drawGame(mind, state, seen) {
    const { ply, moves } = state, played = boardsOf(state)[ply], looks = this.looks(mind, state, seen);
    const may = legal(played, mover(ply));
    for (let s = 0; s < SQUARES; s++) {
      mark(this.game.cells[s], s, colour(played[s]), [may.includes(s) && "legal",
        ply > 0 && moves[ply - 1] === s && "last",
        this.from !== undefined && moves[this.from] === s && "asked"],
      looks[s] >= 0.01 ? `${Math.round(100 * looks[s])}` : "", looks[s] || 0); // short: on a disc
    }
  }

  // By square, how much of the chosen head's attention goes to the move that was played there;
  // from the last move, or from the one that is pointed at.
  looks(mind, state, seen) {
    const [layer, head] = state.look.split("."), looks = {};
    if (head === undefined || head === "mlp") return looks;
    const shares = mind.patterns(state, seen, this.from)?.[layer][head] ?? [];
    shares.forEach((share, s) => { looks[state.moves[s]] = share; });
    return looks;
  }
}
