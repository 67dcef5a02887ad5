// What is true of a state of the live board, and what the network says about it. No page is
// touched here. A state is {moves, ply, layer, dose, other, wild, look, silent, neurons, frozen,
// edits: {square: class}, at: the number of moves after which they were written}; classes are 0
// theirs, 1 empty, 2 mine, for the side that is about to move there.
import "./rules.js";
import "./network.js";
import { MOST } from "./address.js";

const { PLAYABLE, start, turned, legal, played, mover, nameOf, tokenOf } = Othello;

export const written = (state) => Object.keys(state.edits).length > 0;
export const writtenHere = (state) => written(state) && state.at === state.ply;
// The disc, +1 the first player's, that a class means after so many moves.
export const discOf = (of, ply) => (of - 1) * mover(ply);

export function withEdits(board, edits, ply) {
  const after = board.slice();
  for (const [square, to] of Object.entries(edits)) after[square] = discOf(to, ply);
  return after;
}

// Boards after each move; a written board counts as true from its position on. Throws a sentence
// at an illegal move, unless the state allows for it.
export function boardsOf(state) {
  const { moves, edits, other, wild, at } = state, boards = [start(other)];
  moves.forEach((square, ply) => {
    const board = ply === at ? withEdits(boards[ply], edits, ply) : boards[ply];
    if (!turned(board, square, mover(ply)).length && !(wild && PLAYABLE.includes(square))) {
      const may = legal(board, mover(ply)).map(nameOf).join(", ") || "none";
      throw new Error(`Move ${ply + 1}, ${nameOf(square)}, is illegal here; legal ${may.length > 2 ? "are" : "is"} ${may}.`);
    }
    boards.push(played(board, square, mover(ply)));
  });
  return boards;
}

export function isLegal(state) {
  try {
    return Boolean(boardsOf(state));
  } catch {
    return false;
  }
}

// The board that counts now: as written, if it was written on.
export function boardNow(state) {
  const board = boardsOf(state)[state.ply];
  return writtenHere(state) ? withEdits(board, state.edits, state.ply) : board;
}

// The network's n first choices, where n is how many squares a board allows: how many of them it
// allows, which it misses and which are chosen in their place.
export function choices(chances, board, ply) {
  const may = legal(board, mover(ply)), chance = (square) => chances[tokenOf(square)];
  const best = PLAYABLE.slice().sort((a, b) => chance(b) - chance(a)).slice(0, may.length);
  return { n: may.length, hits: best.filter((square) => may.includes(square)).length,
    missed: may.filter((square) => !best.includes(square)),
    instead: best.filter((square) => !may.includes(square)) };
}

// The disc whose turning would make and unmake most moves: what a reader is shown to click.
export function suggested(state) {
  const { ply } = state, board = boardNow(state), before = legal(board, mover(ply));
  let best, most = 0;
  board.forEach((disc, square) => {
    if (!disc) return;
    const after = legal(withEdits(board, { [square]: 1 - disc * mover(ply) }, ply), mover(ply));
    const differ = after.length && after.filter((s) => !before.includes(s)).length +
      before.filter((s) => !after.includes(s)).length;
    if (differ > most) [best, most] = [square, differ];
  });
  return best;
}

export class Mind {
  constructor(about) {
    this.about = about;
    this.network = null; // until the weights are here, the sample game's answers do
  }

  wake(network) {
    this.network = network;
    // A second one, with keys and values of its own: for questions beside the one on the page.
    this.beside = new OthelloGPT.Network(network.about, network.tensors);
    this.beside.grams = network.grams = {};
  }

  // Whether the answer is known without the weights.
  known(state) {
    const { moves, ply, silent, neurons, frozen, other } = state;
    return ply <= MOST && !other && !frozen && !written(state) && !silent.length && !neurons.length &&
      moves.slice(0, ply).every((square, i) => square === this.about.sample.moves[i]);
  }

  // What the network says after `state.ply` moves: {chances, board: class by square; patterns,
  // outputs}. Null where it can't say: before the first move, after the last, before it is here.
  ask(state, network = this.network) {
    const { moves, ply, layer, silent, neurons, frozen } = state, { sample, probes } = this.about;
    if (ply < 1 || ply > MOST || (!network && !this.known(state))) return null;
    if (!network) {
      const told = ply === sample.at ? {
        patterns: sample.patterns.map((heads) => heads.map((row) => row.map((share) => share / 1000))),
        most: sample.neurons } : {};
      return { chances: sample.chances[ply - 1].map((p) => p / 1000),
        board: Array.from(sample.boards[layer][ply - 1], Number), ...told };
    }
    const seen = network.run(moves.slice(0, ply).map(tokenOf), {
      changes: this.changes(state, network), silent: [...silent, ...neurons], frozen });
    return { ...seen, chances: OthelloGPT.softmax(seen.logits), board: this.read(seen, layer) };
  }

  // The same with other edits, nothing silent, and so on.
  wonder(state, other) { return this.network && this.ask({ ...state, ...other }, this.beside); }

  read(seen, layer) {
    const site = this.about.probes[layer];
    return this.network.board(site, seen.stream[site]);
  }

  changes(state, network) {
    const { edits, at, ply, dose } = state, { sites } = this.about.edit;
    if (!written(state) || at > ply) return {};
    const apply = (site, x) => sites.includes(site) && network.project(site, x, edits, dose);
    return { [at - 1]: { key: `${dose} ${JSON.stringify(edits)}`, apply } };
  }

  // Where each head looks from a move, by layer, head and move; undefined while it isn't known.
  patterns(state, seen, from = state.ply - 1) {
    if (!seen || from < 0) return undefined;
    return this.network ? this.network.seen[from].patterns
      : from === state.ply - 1 ? seen.patterns : undefined;
  }

  // The n most active neurons of a layer; undefined while they aren't known.
  mostActive(seen, layer, n) {
    return seen?.outputs ? this.network.mostActive(seen, layer, n) : seen?.most?.[layer].slice(0, n);
  }
}
