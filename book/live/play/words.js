// What the live board says in words: the verdict on a position, and the story of an edit.
import { MOST } from "./address.js";
import { boardNow, boardsOf, choices, discOf, written, writtenHere } from "./mind.js";

const { legal, mover, nameOf, tokenOf, PLAYABLE, turned } = Othello;
const whole = (p) => (p < 0.005 ? "0" : p < 0.0995 ? (100 * p).toFixed(1) : `${Math.round(100 * p)}`);
const LITTLE = 0.01; // a change of a chance that isn't worth a sentence
const DISCS = { 1: "black", 0: "empty", "-1": "white" };

const partOf = (look) => {
  const [layer, part] = look.split(".");
  return part === "mlp" ? `the MLP of layer ${layer}` : `head ${part} of layer ${layer}`;
};

function chosen(move, which, n, hits) {
  if (n === 1) return `The one ${move}${which} ${hits ? "is" : "isn't"} its first choice`;
  return `Of the ${n} ${move}s${which}, ${hits} ${hits === 1 ? "is" : "are"} among its first ${n} choices`;
}

// One position in sentences: how much is read rightly, whether the next moves are legal ones, and
// what the switches changed.
export function verdict(mind, state, seen) {
  const { ply } = state, who = mover(ply) > 0 ? "Black" : "White";
  if (ply === 0) return `${who} to move. The network has seen nothing yet: play a move.`;
  if (ply > MOST) return "The game is over.";
  if (!seen) return "The network's answer comes as soon as its weights are here.";
  const now = boardNow(state), { n, hits } = choices(seen.chances, now, ply);
  const reads = seen.board.filter((of, s) => discOf(of, ply) === now[s]).length;
  const board = writtenHere(state) ? " of the written board" : "";
  const words = [`${who} to move. A linear probe reads ${reads} of 36 squares${board} rightly.`];
  if (writtenHere(state)) {
    const old = choices(seen.chances, boardsOf(state)[ply], ply);
    words.push(chosen("move", " that the written board allows", n, hits),
      `(for the board as played: ${old.hits} of ${old.n}).`);
  } else words.push(`${chosen("legal move", "", n, hits)}.`);
  return [...words, ...switches(mind, state, seen, now), ...fading(state, seen, now),
    ...neverSeen(state)].join(" ");
}

// What is switched off, and what that costs beside the same network with all of it on.
function switches(mind, state, seen, now) {
  const { ply, look, silent, neurons, frozen } = state, words = [];
  const off = [...silent.map(partOf), ...neurons.map((name) => name.replace("N", " N"))];
  if (off.length) words.push(`Silent: ${off.join(", ")}.`);
  if (frozen) words.push("All heads look where they look on average at their move's number.");
  const intact = (off.length || frozen) && mind.wonder(state, { silent: [], neurons: [], frozen: false });
  if (intact) {
    const { n, hits } = choices(intact.chances, now, ply);
    const reads = intact.board.filter((of, s) => discOf(of, ply) === now[s]).length;
    const gap = (square) => Math.abs(seen.chances[tokenOf(square)] - intact.chances[tokenOf(square)]);
    const most = PLAYABLE.reduce((a, b) => (gap(b) > gap(a) ? b : a)), token = tokenOf(most);
    words.push(`Without this change: ${hits} of ${n}, ${reads} squares read rightly;`,
      gap(most) < LITTLE ? "no chance changes by a percent." : `most changes ${nameOf(most)}, from ` +
        `${whole(intact.chances[token])}% to ${whole(seen.chances[token])}%.`);
  }
  if (look && !look.endsWith("mlp") && !silent.length) {
    words.push("The left board shows where this head looks, in percent.");
  }
  return words;
}

function fading(state, seen, now) {
  const { ply, at, edits } = state, squares = Object.keys(edits);
  if (!squares.length || ply <= at) return [];
  const held = squares.filter((s) => discOf(seen.board[s], ply) === now[s]).length;
  if (squares.length === 1) {
    return [`The square written after move ${at} ${held ? "is still" : "is no longer"} read as written and`,
      held ? "played on." : "played on: the edit fades."];
  }
  return [`Of the squares written after move ${at}, ${held} of ${squares.length}`,
    held < squares.length ? "still read as written and played on: the edit fades."
      : "still read as written and played on."];
}

function neverSeen(state) {
  const { other, moves, ply } = state, boards = boardsOf(state), words = [];
  if (other) words.push("It has never seen a game from this diagonal.");
  const illegal = moves.slice(0, ply).flatMap((square, i) => {
    const here = state.at === i && written(state) ? boardNow({ ...state, ply: i }) : boards[i];
    return turned(here, square, mover(i)).length ? [] : [`${nameOf(square)} (move ${i + 1})`];
  });
  if (illegal.length) {
    words.push(`Never seen, as illegal: ${illegal.join(", ")}. The rules say nothing of the board after`,
      "it: the left one has the new disc and turns none.");
  }
  return words;
}

// What an edit did to the next move, beside the same position without it.
export function story(mind, state, seen) {
  const { ply, edits, at } = state;
  if (!written(state) || ply !== at) return "";
  const said = Object.entries(edits).map(([s, to]) => `${nameOf(+s)} is ${DISCS[discOf(to, ply)]}`);
  const does = `In its mind, ${said.join(", ")} now; the game is as it was.`;
  const plain = mind.wonder(state, { edits: {} });
  if (!seen || !plain) return does;
  const before = legal(boardsOf(state)[ply], mover(ply)), after = legal(boardNow(state), mover(ply));
  const change = (squares) => squares.slice(0, 2).map((s) => `${nameOf(s)} from ` +
    `${whole(plain.chances[tokenOf(s)])}% to ${whole(seen.chances[tokenOf(s)])}%`).join(", ");
  const became = change(after.filter((s) => !before.includes(s)));
  const no = change(before.filter((s) => !after.includes(s)));
  if (!became && !no) return `${does} That makes no other move legal: little should change.`;
  return [does, became && `Now legal: ${became}.`, no && `No longer legal: ${no}.`]
    .filter(Boolean).join(" ");
}
