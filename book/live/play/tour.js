// A guided tour in seven steps for who has never seen this: lights up the parts in turn, and can be
// left at any time (Escape).
import { button, element, show } from "./dom.js";
import { suggested, written } from "./mind.js";

const EARLY = 0; // a layer after whose attention the board isn't there yet

// [what is said, the part that is lit, what is done to show it]
const stepsOf = (live) => [
  ["This is a game as it was played. Dots are legal moves, the red square is the last one. Drag the " +
    "slider to step through it.", live.boards.game.figure],
  ["The network was given the moves and nothing else. Yet a weighted sum of its numbers tells what is " +
    "on each square: this board is read inside it.", live.boards.inside.figure],
  [`After the attention of layer ${EARLY} the board isn't there yet: squares framed in red are read ` +
    "wrongly. Drag the slider \"After the attention of layer\" and watch it come.", live.boards.inside.figure,
  () => live.change({ layer: EARLY })],
  ["These are its chances for the next move, in percent. Frames are round what is legal.",
    live.boards.next.figure, () => live.change({ layer: live.about.sample.layer })],
  ["Now click a disc of the board inside, such as the one in the dashed ring. It turns in the " +
    "network's mind, not in the game, and the next moves change.", live.boards.inside.figure],
  ["Its next move follows the written board: + became legal, × no longer is. Play on, and the edit " +
    "fades. Not each edit works: \"one that doesn't\" finds one and says what is known of why.", live.boards.next.figure,
  async () => {
    await live.wake();
    const square = written(live.state) ? undefined : suggested(live.state);
    if (square !== undefined) live.edit(square);
  }],
  ["Look at its parts: where each head looks, which neurons are most active. Silence one and see what " +
    "is lost. Or begin on the other diagonal, which it never saw.", live.parts[0].place],
];

export class Tour {
  constructor(live) {
    this.live = live;
    this.place = element("div", { class: "live-tour", role: "group", "aria-label": "Tour", hidden: true,
      on: { keydown: (event) => event.key === "Escape" && this.leave() } });
    this.text = element("p", { role: "status" });
    this.buttons = element("div");
    this.place.append(this.text, this.buttons);
    this.begin = button("Take the tour", () => this.start(), { class: "live-begin" });
    this.showing = -1;
  }

  // It shows a disc to click, so that what was written before is taken back.
  start() {
    if (Object.keys(this.live.state.edits).length) this.live.undo();
    this.step(0);
  }

  step(i) {
    const steps = stepsOf(this.live);
    if (i >= steps.length) return this.leave();
    const [text, lit, act] = steps[i];
    this.unlight();
    this.showing = i;
    this.begin.hidden = true;
    this.place.hidden = false;
    act?.();
    lit.classList.add("lit");
    const on = button(i + 1 < steps.length ? "Next" : "Done", () => this.step(i + 1));
    this.text.textContent = `${i + 1} of ${steps.length}: ${text}`;
    this.buttons.replaceChildren(on, ...(i ? [button("Back", () => this.step(i - 1))] : []),
      button("Leave", () => this.leave()));
    on.focus({ preventScroll: true });
    show(lit);
  }

  unlight() {
    this.live.root.querySelectorAll(".lit").forEach((lit) => lit.classList.remove("lit"));
  }

  leave() {
    this.unlight();
    this.showing = -1;
    this.text.textContent = "";
    this.buttons.replaceChildren();
    this.place.hidden = true;
    this.begin.hidden = false;
    this.begin.focus({ preventScroll: true });
  }
}
