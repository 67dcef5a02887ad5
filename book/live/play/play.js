// The live board: draws three boards into every element of class `live-board` and lets a reader
// play, edit and silence. What computes is in rules.js and network.js; the tables of neurons and heads
// are in parts.js.
"use strict";

(() => {
  const { SQUARES, PLAYABLE, nameOf, tokenOf, turned, legal, mover } = Othello;
  const CLASSES = ["theirs", "empty", "mine"], MOST = 31;
  const ONE_AT_A_TIME = "Moves have been played on a written board: undo the edits first.";
  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
  const percent = (p) => (p >= 0.0995 ? `${Math.round(100 * p)}` : p >= 0.005 ? `${(100 * p).toFixed(1)}` : "");

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "on") Object.entries(value).forEach(([e, act]) => made.addEventListener(e, act));
      else if (value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }

  // A state in the address: only what matches is read, and none of it reaches the page as markup.
  function fromAddress(hash, { n_layer, n_embd }, layers) {
    const given = new URLSearchParams(hash.replace(/^#/, "")), state = {};
    const whole = (name, low, high) => {
      const text = given.get(name);
      return text !== null && /^\d{1,2}$/.test(text) ? clamp(+text, low, high) : undefined;
    };
    if (!given.has("moves")) return null;
    state.moves = Othello.parse(given.get("moves").slice(0, 200)).slice(0, 32);
    state.ply = whole("ply", 0, state.moves.length) ?? state.moves.length;
    state.layer = whole("layer", 0, layers - 1);
    const dose = given.get("dose");
    if (dose && /^\d(\.\d+)?$/.test(dose)) state.dose = clamp(+dose, 0, 3);
    state.other = given.get("start") === "other";
    state.wild = given.get("illegal") === "yes";
    const part = given.get("part") || "";
    state.look = /^[0-7]\.([0-7]|mlp)$/.test(part) ? part : "";
    state.silent = state.look && given.get("silent") === "yes" ? [state.look] : [];
    state.frozen = given.get("frozen") === "yes";
    state.neurons = [...(given.get("neurons") || "").slice(0, 400).matchAll(/L(\d{1,2})N(\d{1,4})/g)]
      .filter(([, layer, neuron]) => layer < n_layer && neuron < 4 * n_embd)
      .map(([, layer, neuron]) => `L${+layer}N${+neuron}`);
    state.neurons = [...new Set(state.neurons)];
    state.edits = {};
    state.at = whole("at", 1, MOST) ?? state.ply;
    for (const [, square, to] of (given.get("edit") || "").matchAll(/([A-F][1-6])(mine|theirs|empty)/g)) {
      state.edits[Othello.parse(square)[0]] = CLASSES.indexOf(to);
    }
    return state;
  }

  class LiveBoard {
    constructor(root) {
      this.root = root;
      this.folder = root.dataset.folder || "play";
      this.small = "small" in root.dataset; // three boards, and no state in the address
      this.begin().catch((error) => this.say(error.message));
    }

    async begin() {
      const answer = await fetch(`${this.folder}/network.json`);
      if (!answer.ok) throw new Error("The sample game could not be loaded; load the page again.");
      this.about = await answer.json();
      const { sample, edit, probes } = this.about;
      this.state = { moves: sample.moves, ply: 14, layer: probes.length - 2, dose: edit.dose,
        other: false, wild: false, look: "", silent: [], neurons: [], frozen: false, edits: {}, at: 14 };
      let problem = "";
      try {
        const given = this.small ? null : fromAddress(location.hash, this.about.config, probes.length);
        Object.entries(given || {}).forEach(([name, value]) => {
          if (value !== undefined) this.state[name] = value;
        });
        this.truth();
      } catch (error) {
        problem = `The address holds no game: ${error.message}.`;
        Object.assign(this.state, { moves: sample.moves, ply: 14, edits: {}, other: false });
      }
      this.build();
      this.draw();
      if (problem) this.say(problem);
      if (!this.known()) this.wake();
      for (const touch of ["pointerdown", "keydown"]) {
        this.root.addEventListener(touch, () => this.wake(), { once: true });
      }
    }

    // Loads the weights, once; until then the sample game is there to be stepped through.
    wake() {
      const tell = (text) => { this.progress.textContent = text; };
      this.loading ??= OthelloGPT.load(this.folder, (share) => {
        tell(`Loading the network: ${Math.round(100 * share)}%`);
      }).then((network) => {
        this.network = network;
        tell("The network is here: it answers to every move and every click.");
        this.draw();
      }, (error) => {
        this.loading = undefined;
        tell(`${error.message}. The sample game can still be stepped through.`);
      });
      return this.loading;
    }

    // --- what is true, and what the network says ---

    editing(ply) { return ply === this.state.at && Object.keys(this.state.edits).length > 0; }

    // Boards after each move; a written board counts as true from its position on.
    truth() {
      const { moves, edits, other, wild } = this.state, boards = [Othello.start(other)];
      moves.forEach((square, ply) => {
        let board = boards[ply];
        if (this.editing(ply)) board = this.written(board, edits, ply);
        const ok = turned(board, square, mover(ply)).length > 0;
        if (!ok && !(wild && PLAYABLE.includes(square))) {
          throw new Error(`move ${ply + 1}, ${nameOf(square)}, is illegal here; legal are ` +
            (legal(board, mover(ply)).map(nameOf).join(", ") || "none"));
        }
        boards.push(Othello.played(board, square, mover(ply)));
      });
      return boards;
    }

    written(board, edits, ply) {
      const after = board.slice();
      for (const [square, to] of Object.entries(edits)) after[square] = (to - 1) * mover(ply);
      return after;
    }

    known() {
      const { moves, ply, edits, silent, neurons, frozen, look } = this.state, { sample } = this.about;
      return ply <= MOST && !look && !frozen && !Object.keys(edits).length &&
        !silent.length && !neurons.length &&
        moves.slice(0, ply).every((square, i) => square === sample.moves[i]);
    }

    ask(edits = this.state.edits) {
      const { moves, ply, layer, neurons, frozen, at, dose } = this.state, { sample, probes, edit } = this.about;
      if (ply < 1 || ply > MOST) return null;
      if (!this.network) {
        if (!this.known()) return null;
        return { chances: sample.chances[ply - 1].map((p) => p / 1000),
          board: Array.from(sample.boards[layer][ply - 1], Number) };
      }
      const changes = {};
      if (at <= ply && Object.keys(edits).length) {
        changes[at - 1] = { key: `${dose} ${JSON.stringify(edits)}`, apply: (site, x) => {
          if (edit.sites.includes(site)) this.network.project(site, x, edits, dose);
        } };
      }
      const silent = [...this.state.silent, ...neurons];
      const seen = this.network.run(moves.slice(0, ply).map(tokenOf), { changes, silent, frozen });
      return { chances: OthelloGPT.softmax(seen.logits), patterns: seen.patterns, outputs: seen.outputs,
        board: this.network.board(probes[layer], seen.stream[probes[layer]]) };
    }

    // By square, how much of the chosen head's attention goes to the move that was played there;
    // from the last move, or from the one that is hovered.
    looks(seen) {
      const [layer, head] = this.state.look.split("."), looks = {};
      if (seen && seen.patterns && head !== undefined && head !== "mlp") {
        const { patterns } = this.network.seen[this.from ?? this.state.ply - 1];
        patterns[layer][head].forEach((share, s) => { looks[this.state.moves[s]] = share; });
      }
      return looks;
    }

    // How many of the n squares that a board allows are among the network's n first choices.
    allowed(chances, board, ply) {
      const may = legal(board, mover(ply));
      const best = PLAYABLE.slice().sort((a, b) => chances[tokenOf(b)] - chances[tokenOf(a)]);
      return { n: may.length, hits: best.slice(0, may.length).filter((s) => may.includes(s)).length };
    }

    // --- acting ---

    // A move of the game is hovered or focused: show where heads look from there.
    hover(square) {
      const from = this.state.moves.slice(0, this.state.ply).indexOf(square), seen = this.ask();
      if (from < 0 || from === this.from || !seen || !seen.patterns) return;
      this.from = from;
      this.drawGame(seen);
      this.parts?.drawHeads(seen);
    }

    change(part) {
      const before = this.state;
      this.state = { ...before, ...part };
      try {
        this.truth();
      } catch (error) {
        this.state = before;
        this.say(error.message);
        return;
      }
      this.say("");
      this.draw();
      if (!this.network && !this.known()) this.wake();
    }

    play(square) {
      const { moves, ply } = this.state;
      if (ply >= 32) return this.say("The board is full.");
      const keep = this.state.at <= ply ? {} : { edits: {} };
      this.change({ moves: [...moves.slice(0, ply), square], ply: ply + 1, ...keep });
    }

    go(ply) { this.change({ ply: clamp(ply, 0, this.state.moves.length) }); }

    edit(square) {
      const { ply, at, edits, moves } = this.state;
      if (ply < 1 || ply > MOST) return this.say("Play a move first: the network has seen nothing yet.");
      if (at < ply && Object.keys(edits).length) return this.say(ONE_AT_A_TIME);
      const now = at === ply ? { ...edits } : {}, board = this.truth()[ply];
      const is = board[square] * mover(ply) + 1, current = now[square] ?? is;
      const order = PLAYABLE.includes(square) ? [2, 0, 1] : [2, 0]; // the centre is never empty
      const next = order[(order.indexOf(current) + 1) % order.length];
      if (next === is) delete now[square];
      else now[square] = next;
      this.change({ edits: now, at: ply, moves: moves.slice(0, ply) });
    }

    undo() {
      const { moves, at, ply, edits } = this.state;
      if (!Object.keys(edits).length) return this.say("Nothing has been written.");
      this.change({ edits: {}, moves: moves.slice(0, at), ply: Math.min(ply, at) });
    }

    async random(best) {
      if (best) await this.wake();
      const { ply } = this.state, board = this.current(), may = legal(board, mover(ply));
      if (!may.length) return this.say("Nobody can move here, and this network has never seen a pass.");
      const seen = best && this.ask();
      if (best && !seen) return this.say("The network chooses from the second move on.");
      this.play(seen ? PLAYABLE.reduce((a, b) =>
        seen.chances[tokenOf(b)] > seen.chances[tokenOf(a)] ? b : a)
        : may[Math.floor(Math.random() * may.length)]);
    }

    // The board that counts now: as written, if it was written on.
    current() {
      const { ply, edits } = this.state, board = this.truth()[ply];
      return this.editing(ply) ? this.written(board, edits, ply) : board;
    }

    // Tries to turn each disc, and shows one whose turning the network follows, or doesn't.
    async surprise(works) {
      await this.wake();
      const { ply, moves, at, edits: now } = this.state;
      if (at < ply && Object.keys(now).length) return this.say(ONE_AT_A_TIME);
      if (!this.network || ply < 4 || ply > MOST) return this.say("Go to a move from 4 to 31 first.");
      this.state = { ...this.state, edits: {}, at: ply };
      const board = this.truth()[ply], before = legal(board, mover(ply)).join(), found = [];
      for (let square = 0; square < SQUARES; square++) {
        if (!board[square]) continue;
        const edits = { [square]: 1 - board[square] * mover(ply) };
        const after = this.written(board, edits, ply);
        if (legal(after, mover(ply)).join() === before || !legal(after, mover(ply)).length) continue;
        const { n, hits } = this.allowed(this.ask(edits).chances, after, ply);
        if ((n === hits) === works) found.push(edits);
      }
      if (!found.length) {
        this.draw();
        return this.say(works ? "No single disc here can be turned in its mind without a mistake."
          : "It follows every disc that can be turned here: try another move of the game.");
      }
      const edits = found[Math.floor(Math.random() * found.length)];
      this.change({ edits, at: ply, moves: moves.slice(0, ply) });
    }

    // --- drawing ---

    build() {
      const { probes } = this.about;
      const button = (text, act, more = {}) =>
        element("button", { type: "button", on: { click: act }, ...more }, text);
      const slider = (text, name, low, high, step, show) => {
        const value = element("output", {}), input = element("input", {
          type: "range", min: low, max: high, step, "aria-label": text,
          on: { input: () => this[name === "ply" ? "go" : "set"](+input.value, name) } });
        this[`${name}Slider`] = { input, value, show };
        return element("label", { class: `live-${name}` }, `${text} `, input, value);
      };
      this.set = (value, name) => this.change({ [name]: value });
      const board = (title, about, act, hover = () => {}) => {
        const cells = Array.from({ length: SQUARES }, (_, square) => element("button", {
          type: "button", class: "live-cell", tabindex: square ? -1 : 0, on: {
            click: () => act(square), pointerenter: () => hover(square),
            focus: () => hover(square), keydown: (event) => this.arrow(event, square, cells) } }));
        const caption = element("figcaption", {}, element("strong", {}, title), about);
        return { cells, caption, figure: element("figure", { class: "live-figure" }, caption,
          element("div", { class: "live-grid", role: "group", "aria-label": title }, ...cells)) };
      };
      this.game = board("The game", " Click a dot to play there.", (square) => this.play(square),
        (square) => this.hover(square));
      this.mind = board("The board inside", " Click a disc to turn it in the network's mind.",
        (square) => this.edit(square));
      this.next = board("Its next move", " Chances in percent.", (square) => this.play(square));
      this.mind.figure.classList.add("live-mind");
      const silent = element("select", { "aria-label": "A part of the network", on: {
        change: () => this.change({ look: silent.value, silent: [] }) } });
      silent.append(element("option", { value: "" }, "none"));
      this.muteBox = element("input", { type: "checkbox", on: { change: () => {
        if (!this.state.look) this.say("Choose a head or an MLP first.");
        this.change({ silent: this.muteBox.checked && this.state.look ? [this.state.look] : [] });
      } } });
      for (let l = 0; l < this.about.config.n_layer; l++) {
        silent.append(element("option", { value: `${l}.mlp` }, `MLP of layer ${l}`));
        for (let h = 0; h < this.about.config.n_head; h++) {
          silent.append(element("option", { value: `${l}.${h}` }, `head ${h} of layer ${l}`));
        }
      }
      this.silent = silent;
      this.card = element("a", { hidden: true }, "its card"); // the book's: elsewhere there is none
      const check = (text, name) => {
        const box = element("input", { type: "checkbox", on: { change: () => {
          const fresh = name === "other" ? { moves: [], ply: 0, edits: {} } : {};
          this.change({ [name]: box.checked, ...fresh });
        } } });
        this[`${name}Box`] = box;
        return element("label", {}, box, ` ${text}`);
      };
      this.list = element("input", { type: "text", spellcheck: "false", "aria-label": "Moves",
        on: { change: () => this.paste(this.list.value) } });
      this.progress = element("p", { class: "live-progress", role: "status" });
      this.message = element("p", { class: "live-message", role: "status" });
      this.verdict = element("p", { class: "live-verdict" });
      this.tour = element("div", { class: "live-tour" });
      const row = (...parts) => element("div", { class: "live-row" }, ...parts);
      if (this.small) {
        for (const name of ["layer", "dose"]) slider(name, name, 0, probes.length - 1, 0.25, (v) => `${v}`);
        for (const name of ["other", "wild", "frozen"]) check(name, name);
        this.root.replaceChildren(
          element("div", { class: "live-boards" }, this.game.figure, this.mind.figure, this.next.figure),
          this.verdict, row(slider("Move", "ply", 0, 32, 1, (v) => `${v}`),
            button("An edit that works", () => this.surprise(true), { class: "live-surprise" }),
            button("Undo edits", () => this.undo())),
          this.message, this.progress);
        return;
      }
      if (typeof LiveParts !== "undefined") this.parts = new LiveParts(this, element);
      this.root.replaceChildren(
        this.tour,
        element("div", { class: "live-boards" }, this.game.figure, this.mind.figure, this.next.figure),
        this.verdict,
        row(slider("Move", "ply", 0, 32, 1, (v) => `${v}`),
          slider("Read after the attention of layer", "layer", 0, probes.length - 1, 1, (v) => `${v}`),
          slider("Dose of an edit", "dose", 0, 3, 0.25, (v) => v.toFixed(2))),
        row(button("New game", () => this.change({ moves: [], ply: 0, edits: {} })),
          button("Random move", () => this.random(false)),
          button("Its own move", () => this.random(true)),
          button("An edit that works", () => this.surprise(true), { class: "live-surprise" }),
          button("One that doesn't", () => this.surprise(false)),
          button("Undo edits", () => this.undo()),
          button("Tour", () => this.step(0))),
        row(element("label", { class: "live-silence" }, "Part ", silent), this.card,
          element("label", {}, this.muteBox, " silence it"),
          check("freeze all attention at its averages", "frozen"),
          check("begin on the other diagonal", "other"), check("let me make illegal moves", "wild")),
        element("label", { class: "live-list" }, "Moves ", this.list),
        this.message, this.progress, ...(this.parts ? [this.parts.neurons, this.parts.heads] : []));
    }

    arrow(event, square, cells) {
      const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -6, ArrowDown: 6 }[event.key];
      if (!by || !cells[square + by]) return;
      event.preventDefault();
      cells[square].tabIndex = -1;
      cells[square + by].tabIndex = 0;
      cells[square + by].focus();
    }

    paste(text) {
      try {
        const moves = Othello.parse(text).slice(0, 32);
        this.change({ moves, ply: moves.length, edits: {} });
      } catch (error) {
        this.say(error.message);
      }
    }

    say(text) { (this.message || this.root).textContent = text; }

    draw() {
      const { state, mind, next } = this, { ply, moves, edits } = state;
      const boards = this.truth(), board = boards[ply], now = this.current(), side = mover(ply);
      const seen = this.ask(), may = legal(now, side), before = legal(board, side);
      const wrote = this.editing(ply), disc = this.disc;
      this.from = undefined;
      for (let s = 0; s < SQUARES; s++) {
        const p = seen ? seen.chances[tokenOf(s)] || 0 : 0;
        const read = seen ? disc((seen.board[s] - 1) * side) : "";
        const wrong = seen && read !== disc(now[s]), edited = wrote && s in edits;
        const change = wrote && may.includes(s) !== before.includes(s) ? (may.includes(s) ? "+" : "×") : "";
        this.cell(mind.cells[s], s, read, [wrong && "wrong", edited && "edited"]);
        this.cell(next.cells[s], s, disc(now[s]), [change && "changed", may.includes(s) && "ringed"],
          change + (now[s] ? "" : PLAYABLE.includes(s) ? percent(p) : ""), p);
      }
      this.drawGame(seen);
      for (const [name, value] of [["ply", ply], ["layer", state.layer], ["dose", state.dose]]) {
        const { input, value: output, show } = this[`${name}Slider`];
        if (name === "ply") input.max = moves.length;
        input.value = value;
        output.textContent = show(value);
      }
      this.list.value = moves.map(nameOf).join(" ");
      this.silent.value = state.look;
      const [layer, number] = state.look.split(".").map(Number), cards = window.cardNames;
      this.card.hidden = !(cards && number >= 0);
      if (!this.card.hidden) this.card.href = cards.address({ kind: "head", layer, number });
      this.muteBox.checked = state.silent.length > 0;
      this.otherBox.checked = state.other;
      this.wildBox.checked = state.wild;
      this.frozenBox.checked = state.frozen;
      this.verdict.textContent = this.judge(seen, now, board, wrote);
      this.parts?.draw(seen);
      this.remember();
    }

    drawGame(seen) {
      const { ply, moves } = this.state, board = this.truth()[ply], looks = this.looks(seen);
      const may = legal(board, mover(ply));
      for (let s = 0; s < SQUARES; s++) {
        const last = ply > 0 && moves[ply - 1] === s;
        this.cell(this.game.cells[s], s, this.disc(board[s]), [may.includes(s) && "legal", last && "last",
          this.from !== undefined && moves[this.from] === s && "asked"],
        looks[s] >= 0.005 ? percent(looks[s]) : "", looks[s] || 0);
      }
    }

    disc(value) { return value > 0 ? "black" : value < 0 ? "white" : ""; }

    judge(seen, now, board, wrote) {
      const { ply, at, edits } = this.state;
      const who = mover(ply) > 0 ? "Black" : "White";
      if (ply === 0) return `${who} to move. The network has seen nothing yet: play a move.`;
      if (ply > MOST) return "The game is over.";
      if (!seen) return "The weights are on their way.";
      const { n, hits } = this.allowed(seen.chances, now, ply);
      const reads = seen.board.filter((c, s) => (c - 1) * mover(ply) === now[s]).length;
      const words = [`${who} to move.`, `A linear probe reads ${reads} of 36 squares rightly.`];
      if (wrote) {
        const old = this.allowed(seen.chances, board, ply);
        words.push(`Of the ${n} moves that the written board allows, ${hits} are its first ${n} choices`,
          `(for the board as played: ${old.hits} of ${old.n}).`);
      } else words.push(`Of the ${n} legal moves, ${hits} are its first ${n} choices.`);
      const { look, silent } = this.state, [layer, head] = look.split(".");
      if (silent.length) words.push(head === "mlp" ? `The MLP of layer ${layer} is silent.`
        : `Head ${head} of layer ${layer} is silent.`);
      const { neurons, frozen } = this.state, names = neurons.map((name) => name.replace("N", " N"));
      if (neurons.length) words.push(`Silent: ${names.join(", ")}.`);
      if (frozen) words.push("All heads look where they look on average at their move's number.");
      if (look && head !== "mlp") words.push("The left board shows where this head looks, in percent.");
      if (ply > at && Object.keys(edits).length) {
        const held = Object.keys(edits).filter((s) => (seen.board[s] - 1) * mover(ply) === now[s]).length;
        words.push(`Of the squares written at move ${at}, ${held} of ${Object.keys(edits).length}`,
          held < Object.keys(edits).length ? "still read as written and played on: the edit fades."
            : "still read as written and played on.");
      }
      return words.join(" ");
    }

    cell(cell, square, disc, flags, text = "", chance = 0) {
      cell.className = ["live-cell", disc, ...flags.filter(Boolean)].join(" ");
      cell.textContent = text;
      cell.style.setProperty("--chance", chance.toFixed(3));
      cell.setAttribute("aria-label", [nameOf(square), disc || "empty", ...flags.filter(Boolean), text &&
        text.replace("+", "now legal ").replace("×", "no longer legal ")].filter(Boolean).join(", "));
    }

    remember() {
      if (this.small) return;
      const { moves, ply, layer, dose, other, wild, look, silent, neurons, frozen, edits, at } = this.state;
      const given = new URLSearchParams({ moves: moves.map(nameOf).join(""), ply, layer });
      if (Object.keys(edits).length) {
        given.set("edit", Object.entries(edits).map(([s, to]) => nameOf(+s) + CLASSES[to]).join(""));
        given.set("at", at);
        given.set("dose", dose);
      }
      if (other) given.set("start", "other");
      if (wild) given.set("illegal", "yes");
      if (look) given.set("part", look);
      if (silent.length) given.set("silent", "yes");
      if (neurons.length) given.set("neurons", neurons.join(""));
      if (frozen) given.set("frozen", "yes");
      if (this.drawn) history.replaceState(null, "", `#${given}`);
      this.drawn = true; // an address without a state stays as it is until something is touched
    }

    // --- the tour ---

    step(i) {
      const steps = [
        ["This is a game as it was played. Dots are legal moves. Drag the slider to step through it.", this.game.figure],
        ["The network has been given the moves and nothing else. This is the board that a linear map reads inside it.", this.mind.figure],
        ["Squares ringed in red are read wrongly. Read an earlier layer: the board isn't there yet.", this.layerSlider.input],
        ["These are its chances for the next move. Ringed squares are legal.", this.next.figure],
        ["Click a disc of the board inside. That turns the disc in its mind, not in the game.", this.mind.figure],
        ["Its next move follows the written board: + became legal, × no longer is. Try an edit that doesn't work, too.", this.next.figure],
        ["Play on from here and see whether the edit lasts. Choose a head to see where it looks, silence it, or begin on the other diagonal, which it never saw.", this.silent],
        ["These neurons are the most active here, each with what it goes with. Silence one and see which chances change.", this.parts?.neurons ?? this.silent],
      ];
      this.root.querySelectorAll(".lit").forEach((lit) => lit.classList.remove("lit"));
      if (i >= steps.length || i < 0) return this.tour.replaceChildren();
      const [text, lit] = steps[i];
      lit.classList.add("lit");
      const go = (to, words) => element("button", { type: "button", on: { click: () => this.step(to) } }, words);
      this.tour.replaceChildren(element("p", { role: "status" }, `${i + 1} of ${steps.length}: ${text}`),
        go(i + 1, i + 1 < steps.length ? "Next" : "Done"), go(-1, "Leave"));
      this.tour.querySelector("button").focus({ preventScroll: true });
    }
  }

  const start = () => document.querySelectorAll(".live-board").forEach((root) => {
    root.board = new LiveBoard(root);
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
