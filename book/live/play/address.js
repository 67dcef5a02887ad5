// A state of the live board in the page's address, so that it can be shared: game, move, layer,
// edit, and all that is silent or frozen. Only what matches is read, and none of it reaches the
// page as markup.
import "./rules.js";
import { clamp } from "./dom.js";

const { parse, nameOf } = Othello;
const CLASSES = ["theirs", "empty", "mine"];
export const MOST = 31; // the network reads so many moves; 32 end the game

// The part of a state that an address holds; null if it holds none. Throws a sentence at moves
// that are no squares.
export function fromAddress(hash, { n_layer, n_head, n_embd }, layers) {
  const given = new URLSearchParams(hash.replace(/^#/, "")), state = {};
  const whole = (name, low, high) => {
    const text = given.get(name);
    return text !== null && /^\d{1,2}$/.test(text) ? clamp(+text, low, high) : undefined;
  };
  if (!given.has("moves")) return null;
  state.moves = parse(given.get("moves").slice(0, 200)).slice(0, MOST + 1);
  state.ply = whole("ply", 0, state.moves.length) ?? state.moves.length;
  state.layer = whole("layer", 0, layers - 1);
  const dose = given.get("dose");
  if (dose && /^\d(\.\d+)?$/.test(dose)) state.dose = clamp(+dose, 0, 3);
  state.other = given.get("start") === "other";
  state.wild = given.get("illegal") === "yes";
  const [, layer, part] = /^(\d)\.(\d|mlp)$/.exec(given.get("part") || "") || [];
  state.look = layer < n_layer && (part === "mlp" || part < n_head) ? `${layer}.${part}` : "";
  state.silent = state.look && given.get("silent") === "yes" ? [state.look] : [];
  state.frozen = given.get("frozen") === "yes";
  state.neurons = [...new Set(
    [...(given.get("neurons") || "").slice(0, 400).matchAll(/L(\d{1,2})N(\d{1,4})/g)]
      .filter(([, l, neuron]) => l < n_layer && neuron < 4 * n_embd)
      .map(([, l, neuron]) => `L${+l}N${+neuron}`))];
  state.edits = {};
  state.at = whole("at", 1, MOST) ?? state.ply;
  for (const [, square, to] of (given.get("edit") || "").matchAll(/([A-F][1-6])(mine|theirs|empty)/g)) {
    state.edits[parse(square)[0]] = CLASSES.indexOf(to);
  }
  return state;
}

export function toAddress(state) {
  const { moves, ply, layer, dose, other, wild, look, silent, neurons, frozen, edits, at } = state;
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
  return `#${given}`;
}
