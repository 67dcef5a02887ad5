// "Surprise me": looks for a disc whose turning the network follows, or doesn't, and says what is
// known of why it doesn't.
import { boardsOf, choices, withEdits } from "./mind.js";

const { SQUARES, legal, mover, nameOf, parse, played, start } = Othello;
const FIRST = 4, LAST = 31, STEP = 0.5, MOST_DOSE = 3;
// A game with a disc that can't be turned, should the reader's have none; if the network has
// changed and follows it, random games are searched.
const FAILS = "D2E4C5B4F5C6A4E3E2A3E5A5", GAMES = 12;
const and = (words) => [words.slice(0, -1).join(", "), words.at(-1)].filter(Boolean).join(" and ");
const list = (squares) => and(squares.map(nameOf));
const were = (squares) => `${list(squares)} ${squares.length > 1 ? "were" : "was"}`;
const pause = () => new Promise((go) => setTimeout(go));

// Turns each disc for once, at this move first, then at the moves beside it, until some are found
// whose turning changes which moves are legal and the network follows (or doesn't). Returns one
// of them as the part of a state that changes, or null.
export async function surprise(mind, state, works) {
  const far = (ply) => Math.abs(ply - state.ply), plies = [];
  for (let ply = FIRST; ply <= Math.min(LAST, state.moves.length); ply++) plies.push(ply);
  const plain = { ...state, edits: {} }, boards = boardsOf(plain);
  for (const ply of plies.sort((a, b) => far(a) - far(b))) {
    const board = boards[ply], before = legal(board, mover(ply)).join(), found = [];
    for (let square = 0; square < SQUARES; square++) {
      if (!board[square]) continue;
      const edits = { [square]: 1 - board[square] * mover(ply) };
      const after = withEdits(board, edits, ply), may = legal(after, mover(ply));
      if (!may.length || may.join() === before) continue;
      const part = { ply, at: ply, edits, moves: state.moves.slice(0, ply) };
      const seen = mind.wonder({ ...state, ...part });
      if ((choices(seen.chances, after, ply).missed.length === 0) === works) found.push(part);
    }
    if (found.length) return found[Math.floor(Math.random() * found.length)];
    await pause(); // the page stays usable
  }
  return null;
}

function randomGame() {
  const moves = [];
  for (let board = start(), ply = 0; ply < LAST; ply++) {
    const may = legal(board, mover(ply)), square = may[Math.floor(Math.random() * may.length)];
    if (!may.length) break;
    board = played(board, square, mover(ply));
    moves.push(square);
  }
  return moves;
}

// The same of another game: a known one first, then some that are made up.
export async function elsewhere(mind, state, works, first = works ? mind.about.sample.moves : parse(FAILS)) {
  for (let game = 0; game < GAMES; game++) {
    const moves = game ? randomGame() : first, ply = Math.min(moves.length, FIRST + 8);
    const other = { moves, ply, at: ply, edits: {}, other: false };
    const found = await surprise(mind, { ...state, ...other }, works);
    if (found) return { ...found, other: false };
  }
  return null;
}

// Why a written board isn't followed, as far as asking again can tell; "" if it is followed.
export function why(mind, state) {
  const { ply, edits, dose } = state, board = boardsOf(state)[ply];
  const after = withEdits(board, edits, ply), seen = mind.wonder(state, {});
  const { missed, instead } = choices(seen.chances, after, ply);
  if (!missed.length) return "";
  const real = legal(board, mover(ply)), { probes } = mind.about;
  const old = instead.filter((square) => real.includes(square));
  const chance = (squares) => and(squares.map((s) => {
    const p = 100 * seen.chances[Othello.tokenOf(s)];
    return `${nameOf(s)} (${p < 0.1 ? "under 0.1" : p.toFixed(p < 10 ? 1 : 0)}%)`;
  }));
  const words = [`It prefers ${chance(instead)}, illegal on the written board, to ${chance(missed)}.`];
  // Did the write arrive, and did it stay?
  const squares = Object.keys(edits), first = probes.indexOf(mind.about.edit.sites[0]);
  const later = probes.map((_, l) => mind.read(seen, l)).slice(first);
  const lost = later.findIndex((read) => squares.some((s) => read[s] !== edits[s]));
  words.push(lost < 0 ? `The write arrived: ${list(squares)} ${squares.length > 1 ? "are" : "is"} read as written from layer ${first} on.`
    : `The write doesn't hold: after layer ${first + lost} it is no longer read as written.`);
  if (old.length) {
    words.push(`${were(old)} legal before the write: earlier positions still hold the game as played.`);
  } else words.push(`${were(instead)} illegal before, too: the write disturbed more than it should.`);
  for (let more = dose + STEP; more <= MOST_DOSE; more += STEP) {
    const again = mind.wonder(state, { dose: more });
    if (choices(again.chances, after, ply).missed.length) continue;
    words.push(`It was too weak: with a dose of ${more} it is followed.`);
    return words.join(" ");
  }
  words.push("A larger dose doesn't help. More isn't known.");
  return words.join(" ");
}
