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
import { elsewhere, surprise, why } from "./surprise.js";
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
        this.own = null;
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
    this.bar = element("progress", { max: 1, value: 0, "aria-label": "Loading the network" });
    this.bar.style.visibility = "hidden"; // its place is kept: no button moves while it is pressed
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
        this.bar.style.visibility = "";
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
      this.bar.style.visibility = "hidden";
    })();
    return this.loading;
  }

  // The same for a button that can't act before: says so meanwhile. Whether the network is here.
  async ready() {
    if (!this.network) this.say("Loading the network … This is done as soon as it is here.");
    await this.wake();
    if (!this.network) this.say("The network isn't here: press again to try once more.");
    return Boolean(this.network);
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

  // Goes to a state, unless it is an illegal one, and says what is to be said of it. Returns
  // whether it went.
  change(part, note = "") {
    const next = { ...this.state, ...part };
    try {
      boardsOf(next);
    } catch (error) {
      this.say(error.message);
      this.controls.draw(this.state); // switches go back
      return false;
    }
    this.state = next;
    this.note = note;
    this.typed = "";
    if (written(next)) this.untouched = false;
    else this.own = null;
    this.draw();
    if (!this.failed || !this.mind.known(next)) this.wake();
    return true;
  }

  // A move of the game is pointed at or focused: show where heads look from there.
  hover(square) {
    const from = this.state.moves.slice(0, this.state.ply).indexOf(square), seen = this.ask();
    if (from < 0 || from === this.boards.from || !this.mind.patterns(this.state, seen, from)) return;
    this.boards.from = from;
    this.boards.drawGame(this.mind, this.state, seen);
    this.parts?.forEach((part) => part instanceof Heads && part.draw(seen));
  }

  play(square, note = "") {
    const { moves, ply, at } = this.state;
    if (ply > MOST) return this.say("The board is full.");
    const keep = at <= ply ? {} : { edits: {} }, disc = boardNow(this.state)[square];
    const went = this.change({ moves: [...moves.slice(0, ply), square], ply: ply + 1, ...keep }, note);
    if (!went && disc) this.say(`${this.note} To turn a disc in its mind, click it on the board inside.`);
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
    if (this.own) return this.change({ edits: {}, ...this.own }, "This is your own game again.");
    const short = moves.slice(0, at), whole = this.whole ?? short;
    const same = short.every((square, i) => square === whole[i]);
    this.change({ edits: {}, moves: same ? whole : short, ply: Math.min(ply, at) });
  }

  async random(best) {
    const asked = this.state;
    if (best && (!await this.ready() || this.state !== asked)) return;
    const { ply } = this.state, board = boardNow(this.state), may = legal(board, mover(ply));
    if (ply > MOST) return this.say("The board is full.");
    if (!may.length) return this.say("Nobody can move here, and this network has never seen a pass.");
    const seen = best && this.ask();
    if (best && !seen) return this.say("The network chooses from the second move on.");
    const chance = (square) => seen.chances[tokenOf(square)];
    if (!seen) return this.play(may[Math.floor(Math.random() * may.length)]);
    const move = PLAYABLE.reduce((a, b) => (chance(b) > chance(a) ? b : a));
    this.play(move, `The network's move: ${nameOf(move)}.`);
  }

  // Shows an edit that works, or one that doesn't: of this game, or of another where it has none.
  async surprise(works) {
    const { state } = this, { at, ply, moves, other } = state;
    if (at < ply && written(state)) return this.say(ONE_AT_A_TIME);
    if (!await this.ready() || this.state !== state) return;
    this.say("Looking for a disc …");
    const asked = { ...state, silent: [], neurons: [], frozen: false };
    const here = await surprise(this.mind, asked, works);
    if (this.state !== state) return; // something else was done meanwhile
    const none = works ? "No single disc of this game can be turned in its mind without a mistake"
      : moves.length < 4 ? "There is no game to turn discs of yet"
        : "It follows every disc that can be turned in this game";
    if (!here) this.say(`${none}: looking at other games …`);
    const found = here ?? await elsewhere(this.mind, asked, works);
    if (this.state !== state) return;
    if (!found) return this.say(`${none}, and nor was one found in other games.`);
    const shown = { ...found, silent: [], neurons: [], frozen: false };
    const turning = `Turning ${nameOf(+Object.keys(found.edits)[0])} after move ${found.ply}`;
    const moved = here ? "" : `${none}, so this is another game: "Undo edits" brings yours back. `;
    const own = this.own ?? { moves: this.whole && written(state) ? this.whole : moves, ply, other };
    show(this.grid);
    this.write(shown, works ? moved && `${moved}${turning} is followed.`
      : `${moved}${turning} fails. ${why(this.mind, { ...state, ...shown })}`);
    if (!here) this.own = own;
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
