// The live board: draws three boards into every element of class `live-board` and lets a reader
// play, edit and silence. One tag puts it on a page:
//
//   <link rel="stylesheet" href="play/play.css">
//   <div class="live-board" data-folder="play"></div>
//   <script type="module" src="play/play.js"></script>
//
// What it knows is in mind.js, what computes in network.js and rules.js; what is seen, in boards.js,
// words.js, controls.js, neurons.js, heads.js and tour.js. Here is what happens when.
import { MOST, fromAddress, toAddress } from "./address.js";
import { Boards } from "./boards.js";
import { Controls } from "./controls.js";
import { clamp, element, show, tell } from "./dom.js";
import { Heads } from "./heads.js";
import { Mind, boardNow, boardsOf, isLegal, suggested, written } from "./mind.js";
import { Neurons } from "./neurons.js";
import { surprise, why } from "./surprise.js";
import { Tour } from "./tour.js";
import { story, verdict } from "./words.js";

const { PLAYABLE, nameOf, tokenOf, legal, mover, parse } = Othello;
const ONE_AT_A_TIME = "Moves have been played on a written board: undo the edits first.";

export class LiveBoard {
  constructor(root) {
    this.root = root;
    this.folder = root.dataset.folder || "play";
    this.small = "small" in root.dataset; // three boards, and no state in the address
    this.begin().catch((error) => {
      root.append(element("p", { class: "live-message", role: "status" }, error.message));
    });
  }

  get network() { return this.mind?.network; }

  async begin() {
    const answer = await fetch(`${this.folder}/network.json`).catch(() => ({ ok: false }));
    if (!answer.ok) throw new Error("The sample game could not be loaded; load the page again.");
    this.about = await answer.json();
    this.mind = new Mind(this.about);
    const { sample, edit, probes, config } = this.about;
    const first = { moves: sample.moves, ply: sample.at, at: sample.at, layer: sample.layer,
      dose: edit.dose, other: false, wild: false, look: "", silent: [], neurons: [], frozen: false,
      edits: {} };
    this.state = first;
    this.note = ""; // what is said in place of the edit's story
    this.typed = ""; // a game with a mistake, to be mended
    try {
      const given = this.small ? null : fromAddress(location.hash, config, probes.length);
      for (const [name, value] of Object.entries(given ?? {})) {
        if (value !== undefined) this.state = { ...this.state, [name]: value };
      }
      this.untouched = !given; // nothing was touched yet: a disc to click is shown
      boardsOf(this.state);
    } catch (error) {
      this.state = first;
      this.note = `The address holds no game: ${error.message}`;
      this.untouched = true;
    }
    this.build();
    this.draw();
    if (!this.mind.known(this.state)) this.wake();
    for (const touch of ["pointerdown", "keydown"]) {
      this.root.addEventListener(touch, () => this.wake(), { once: true });
    }
    addEventListener("hashchange", () => this.follow());
  }

  // Another state in the address of the page that is open, such as by a link or by hand.
  follow() {
    if (this.small || location.hash === this.written) return;
    try {
      const given = fromAddress(location.hash, this.about.config, this.about.probes.length);
      if (given) {
        this.change(Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)));
      }
    } catch (error) {
      this.say(`The address holds no game: ${error.message}`);
    }
  }

  build() {
    const { figures } = this.boards = new Boards({ play: (square) => this.play(square),
      edit: (square) => this.edit(square), hover: (square) => this.hover(square) });
    this.message = element("p", { class: "live-message", role: "status" });
    this.verdict = element("p", { class: "live-verdict" });
    this.progress = element("p", { class: "live-progress", role: "status" });
    this.bar = element("progress", { max: 1, value: 0, "aria-label": "Loading the network", hidden: true });
    this.controls = new Controls(this);
    if (!this.small) {
      this.tour = new Tour(this);
      this.parts = [new Neurons(this), new Heads(this)];
    }
    const key = (flags, text) => element("li", {},
      element("span", { class: `live-cell ${flags}`, "aria-hidden": "true" }), text);
    const legend = element("ul", { class: "live-legend", "aria-label": "Marks" },
      key("legal", "legal move"), key("last black", "last move"), key("wrong", "read wrongly"),
      key("edited", "written in"), element("li", {}, element("b", {}, "+"), " now legal "),
      element("li", {}, element("b", {}, "×"), " no longer"));
    const told = element("div", { class: "live-told" }, this.message, this.verdict, this.bar,
      this.progress);
    if (this.tour) this.controls.surprises.prepend(this.tour.begin);
    this.grid = element("div", { class: "live-boards" }, ...figures, legend, told);
    this.root.replaceChildren(this.controls.surprises, ...(this.tour ? [this.tour.place] : []),
      this.grid, this.controls.play, ...this.controls.rows, ...(this.parts ?? []).map((part) => part.place));
  }

  // Loads the weights, once; until then the sample game is there to be stepped through.
  wake() {
    this.loading ??= (async () => {
      try {
        this.bar.hidden = false;
        tell(this.progress, `Loading the network (${(this.about.bytes / 1e6).toFixed(1)} MB) …`);
        const network = await OthelloGPT.load(this.folder, (share) => { this.bar.value = share; });
        this.mind.wake(network);
        tell(this.progress, "The network is here: it answers to every move and every click.");
        this.draw();
      } catch (error) {
        this.loading = undefined;
        this.failed = true; // from now on it is tried again only where it is needed
        tell(this.progress, `${error.message}. The sample game can still be stepped through.`);
      }
      this.bar.hidden = true;
    })();
    return this.loading;
  }

  // Why something isn't shown.
  unknown(ply) {
    if (ply < 1) return "Nothing yet: play a move.";
    if (ply > MOST) return "The game is over.";
    return this.network ? "" : "Known here as soon as the network is loaded: click anywhere on a board.";
  }

  ask() { return this.mind.ask(this.state); }

  looks(seen) { return this.boards.looks(this.mind, this.state, seen); }

  say(text) {
    this.note = text;
    tell(this.message, text);
  }

  draw() {
    const { mind, state } = this, seen = this.ask();
    this.boards.draw(mind, state, seen, this.untouched);
    this.controls.draw(state);
    tell(this.verdict, verdict(mind, state, seen));
    tell(this.message, this.note || story(mind, state, seen) || (this.untouched ? this.invitation() : ""));
    this.parts?.forEach((part) => part.draw(seen));
    this.remember();
  }

  invitation() {
    return `Try it: click ${nameOf(suggested(this.state))}, in the dashed ring on the board inside. The ` +
      "disc turns in the network's mind only, and its next move changes.";
  }

  remember() {
    if (this.small) return;
    this.written = toAddress(this.state);
    // An address without a state stays as it is until something is touched.
    if (this.drawn) history.replaceState(null, "", this.written);
    this.drawn = true;
  }

  // --- acting ---

  // Goes to a state, unless it is an illegal one, and says what is to be said of it.
  change(part, note = "") {
    const next = { ...this.state, ...part };
    try {
      boardsOf(next);
    } catch (error) {
      this.say(error.message);
      this.controls.draw(this.state); // switches go back
      return;
    }
    this.state = next;
    this.note = note;
    this.typed = "";
    if (written(next)) this.untouched = false;
    this.draw();
    if (!this.failed || !this.mind.known(next)) this.wake();
  }

  // A move of the game is pointed at or focused: show where heads look from there.
  hover(square) {
    const from = this.state.moves.slice(0, this.state.ply).indexOf(square), seen = this.ask();
    if (from < 0 || from === this.boards.from || !this.mind.patterns(this.state, seen, from)) return;
    this.boards.from = from;
    this.boards.drawGame(this.mind, this.state, seen);
    this.parts?.forEach((part) => part instanceof Heads && part.draw(seen));
  }

  play(square) {
    const { moves, ply, at } = this.state;
    if (ply > MOST) return this.say("The board is full.");
    const keep = at <= ply ? {} : { edits: {} };
    this.change({ moves: [...moves.slice(0, ply), square], ply: ply + 1, ...keep });
  }

  go(ply) { this.change({ ply: clamp(ply, 0, this.state.moves.length) }); }

  fresh(more = {}) {
    this.change({ moves: [], ply: 0, edits: {}, ...more }, "A new game: click a dot on the left board.");
  }

  // Lets illegal moves pass, or takes the game back to before the first one.
  allow(wild) {
    const { moves, ply } = this.state, strict = { ...this.state, wild: false };
    let legal = moves.length;
    while (!wild && !isLegal({ ...strict, moves: moves.slice(0, legal) })) legal -= 1;
    this.change({ wild, moves: moves.slice(0, legal), ply: Math.min(ply, legal) });
  }

  // Turns a disc in the network's mind; again erases it, and once more leaves it as it was.
  edit(square) {
    const { ply, at, edits, moves } = this.state;
    if (ply < 1 || ply > MOST) return this.say("Play a move first: the network has seen nothing yet.");
    if (at < ply && written(this.state)) return this.say(ONE_AT_A_TIME);
    const now = at === ply ? { ...edits } : {};
    const is = boardsOf({ ...this.state, edits: {}, moves: moves.slice(0, ply) })[ply][square] * mover(ply) + 1;
    const order = { 0: [0, 2, 1], 1: [1, 2, 0], 2: [2, 0, 1] }[is] // the other colour comes first
      .filter((of) => of !== 1 || PLAYABLE.includes(square)); // the centre is never empty
    const next = order[(order.indexOf(now[square] ?? is) + 1) % order.length];
    if (next === is) delete now[square];
    else now[square] = next;
    this.write({ edits: now, at: ply, moves: moves.slice(0, ply) });
  }

  // What follows the written position is kept for when the edits are undone.
  write(part, note) {
    if (!written(this.state)) this.whole = this.state.moves;
    this.change(part, note);
  }

  undo() {
    const { moves, at, ply } = this.state;
    if (!written(this.state)) return this.say("Nothing has been written.");
    const short = moves.slice(0, at), whole = this.whole ?? short;
    const same = short.every((square, i) => square === whole[i]);
    this.change({ edits: {}, moves: same ? whole : short, ply: Math.min(ply, at) });
  }

  async random(best) {
    if (best) await this.wake();
    const { ply } = this.state, board = boardNow(this.state), may = legal(board, mover(ply));
    if (ply > MOST) return this.say("The board is full.");
    if (!may.length) return this.say("Nobody can move here, and this network has never seen a pass.");
    const seen = best && this.ask();
    if (best && !seen) {
      return this.say(this.network ? "The network chooses from the second move on." : "The network isn't here.");
    }
    const chance = (square) => seen.chances[tokenOf(square)];
    this.play(seen ? PLAYABLE.reduce((a, b) => (chance(b) > chance(a) ? b : a))
      : may[Math.floor(Math.random() * may.length)]);
  }

  async surprise(works) {
    const { state } = this, { at, ply, moves } = state;
    if (at < ply && written(state)) return this.say(ONE_AT_A_TIME);
    if (moves.length < 4) return this.say("Play four moves first: there are few discs to turn yet.");
    this.say("Looking for a disc …");
    await this.wake();
    if (!this.network) return this.say("");
    const found = await surprise(this.mind, { ...state, silent: [], neurons: [], frozen: false }, works);
    if (this.state !== state) return; // something else was done meanwhile
    if (!found) {
      return this.say(works ? "No single disc of this game can be turned in its mind without a mistake."
        : "It follows every disc that can be turned in this game: try another game.");
    }
    const shown = { ...found, silent: [], neurons: [], frozen: false };
    const [square] = Object.keys(found.edits), after = `after move ${found.ply}`;
    show(this.grid);
    this.write(shown, works ? "" : `Turning ${nameOf(+square)} ${after} fails. ` +
      why(this.mind, { ...state, ...shown }));
  }

  paste(text) {
    this.typed = text;
    try {
      const moves = parse(text).slice(0, MOST + 1);
      this.change({ moves, ply: moves.length, edits: {} });
    } catch (error) {
      this.say(error.message);
    }
  }
}

const start = () => document.querySelectorAll(".live-board").forEach((root) => {
  root.board ??= new LiveBoard(root);
});
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
