// The table of the most active neurons: each with its output, what it goes with, its card and a
// switch. It acts on a LiveBoard (play.js).
import { element, tell } from "./dom.js";

const SHOWN = 6; // neurons in the table
const head = (text) => element("th", { scope: "col" }, text);

export class Neurons {
  constructor(live) {
    this.live = live;
    this.touched = new Set(); // neurons that were switched: they stay in the table
    this.rows = element("tbody");
    this.layer = element("strong");
    this.note = element("p", { class: "live-note" });
    this.other = element("input", { type: "text", size: 8, spellcheck: "false", placeholder: "L7 N35",
      on: { change: () => this.named(this.other.value) } });
    this.place = element("details", { class: "live-part live-neurons", open: true,
      on: { toggle: () => this.place.open && this.draw(live.ask()) } },
    element("summary", {}, "The most active neurons here"),
    element("p", {}, "The MLP of ", this.layer, " reads the board inside. Its most active neurons:"),
    this.note,
    element("div", { class: "live-scroll", tabindex: 0, role: "region", "aria-label": "Neurons" },
      element("table", {}, element("thead", {}, element("tr", {},
        ...["silence", "neuron", "output", "what it goes with"].map(head))), this.rows)),
    element("p", {}, element("label", {}, "Silence another one: ", this.other)));
  }

  named(text) {
    const { n_layer, n_embd } = this.live.about.config;
    const [, layer, neuron] = /^\s*L\s*(\d+)[\s,.]*N\s*(\d+)\s*$/i.exec(text) || [];
    if (!(layer < n_layer && neuron < 4 * n_embd)) {
      this.live.say(`Neurons are called L0 N0 to L${n_layer - 1} N${4 * n_embd - 1}.`);
      return;
    }
    this.other.value = "";
    this.silence(`L${+layer}N${+neuron}`, true);
  }

  silence(name, off) {
    const others = this.live.state.neurons.filter((one) => one !== name);
    this.live.change({ neurons: off ? [...others, name] : others });
  }

  draw(seen) {
    const { layer, neurons, ply } = this.live.state;
    this.layer.textContent = `layer ${layer}`;
    if (!this.place.open) return;
    const focused = this.rows.contains(document.activeElement) && document.activeElement.name;
    const most = this.live.mind.mostActive(seen, layer, SHOWN);
    tell(this.note, most ? "" : this.live.unknown(ply));
    const active = (most ?? []).map(({ neuron, output }) => ({ name: `L${layer}N${neuron}`, output }));
    neurons.forEach((name) => this.touched.add(name));
    for (const name of this.touched) {
      if (active.some((one) => one.name === name)) continue;
      const [l, n] = name.slice(1).split("N");
      active.push({ name, output: seen?.outputs?.[l][n] });
    }
    this.rows.replaceChildren(...active.map(({ name, output }) => this.row(name, output)));
    if (focused) this.rows.querySelector(`[name="${focused}"]`)?.focus();
  }

  row(name, output) {
    const [layer, neuron] = name.slice(1).split("N").map(Number), title = `L${layer} N${neuron}`;
    const box = element("input", { type: "checkbox", name, "aria-label": `silence ${title}`,
      on: { change: () => this.silence(name, box.checked) } });
    box.checked = this.live.state.neurons.includes(name);
    const says = element("td"), cards = window.cardNames; // the book's: elsewhere there are no cards
    cards?.load(`neuron-${layer}`).then(({ cards: all }) => {
      const { rule, says: tree } = all[neuron];
      says.textContent = rule || (tree ? `most active when ${tree}` : "nothing simple");
    }, () => { says.textContent = "see its card"; });
    return element("tr", {}, element("td", {}, box), element("th", { scope: "row" }, cards
      ? element("a", { href: cards.address({ kind: "neuron", layer, number: neuron }) }, title) : title),
    element("td", {}, output === undefined ? "" : output.toFixed(1).replace("-", "−")), says);
  }
}
