// Draws the page's plotly figures and keeps their text and grid in step with the theme's mode.
//
// A figure may bring its own changes for a mode: layout.meta = {alt, light: {...}, dark: {...}}, each
// an update for Plotly.relayout. A figure that names its width and height never gets wider than that;
// where there is less room, its plotting area keeps its shape.
"use strict";

{
  const root = document.documentElement;
  const colour = (name) => getComputedStyle(root).getPropertyValue(`--pst-color-${name}`).trim();

  const isObject = (x) => x && typeof x === "object" && !Array.isArray(x);
  function merge(a, b) {
    const sum = { ...a };
    for (const [key, value] of Object.entries(b))
      sum[key] = isObject(value) && isObject(sum[key]) ? merge(sum[key], value) : value;
    return sum;
  }

  // A template holds defaults: whatever a figure sets by itself stays.
  function template(layout) {
    const text = colour("text-base");
    const line = colour("border");
    const axis = { gridcolor: line, linecolor: line, zerolinecolor: line };
    return merge(layout.template ?? {}, {
      layout: {
        font: { color: text, family: getComputedStyle(document.body).fontFamily },
        paper_bgcolor: "rgba(0,0,0,0)",
        plot_bgcolor: "rgba(0,0,0,0)",
        xaxis: axis,
        yaxis: axis,
      },
    });
  }

  function size(element, { width, height = 450, margin: { l = 80, r = 80, t = 100, b = 80 } = {} }) {
    const room = element.clientWidth; // 0 where the page hides the figure
    if (!width) return { width: room || 700, height };
    if (!room || width <= room) return { width, height };
    return { width: room, height: t + b + ((height - t - b) / (width - l - r)) * (room - l - r) };
  }

  // Boards stand in fewer columns where there is little room (layout.meta = {wide, narrow}). A chart
  // that takes the page's width keeps its height when its legend needs more than one row.
  async function fit(element, graph, layout) {
    const { wide, narrow } = layout.meta ?? {};
    const rows = wide && element.clientWidth && element.clientWidth < NARROW ? narrow : wide;
    await Plotly.relayout(graph, { ...rows, ...size(element, { ...layout, ...rows }) });
    const titles = await broken(graph, layout);
    const legend = graph.querySelector(".legend .scrollbox")?.getBoundingClientRect().height ?? 0;
    if (layout.width || (legend <= ROW && !titles)) return;
    const more = Math.max(0, legend - ROW) + titles * LINE;
    await Plotly.relayout(graph, { height: size(element, layout).height + more });
  }

  // The title of a horizontal axis stands below the middle of it: one that is too long for the page
  // is broken into lines. Returns how many lines that takes more.
  async function broken(graph, layout) {
    const changes = {};
    let more = 0;
    for (const axis of Object.keys(layout).filter((key) => /^xaxis\d*$/.test(key))) {
      const text = layout[axis].title?.text;
      if (!text || text.includes("<")) continue;
      await Plotly.relayout(graph, { [`${axis}.title.text`]: text });
      const title = graph.querySelector(`.${axis.replace("axis", "")}title`);
      if (!title) continue;
      const svg = graph.querySelector(".main-svg").getBoundingClientRect();
      const box = title.getBoundingClientRect();
      const middle = (box.left + box.right) / 2;
      const room = 2 * Math.min(middle - svg.left, svg.right - middle);
      if (box.width <= room) continue;
      const most = Math.floor((text.length * room) / box.width);
      const lines = [""];
      for (const word of text.split(" ")) {
        const longer = `${lines.at(-1)} ${word}`.trim();
        if (longer.length <= most) lines[lines.length - 1] = longer;
        else lines.push(word);
      }
      changes[`${axis}.title.text`] = lines.filter(Boolean).join("<br>");
      more = Math.max(more, lines.filter(Boolean).length - 1);
    }
    if (more) await Plotly.relayout(graph, changes);
    return more;
  }
  const NARROW = 560; // pixels; a phone
  const ROW = 24; // pixels that a legend of one row takes
  const LINE = 17; // pixels that another line of a title takes

  // A figure's sliders and menus become the page's own, which keys, fingers and screen readers know.
  // What they are at is in the address, under the figure's name: ?fig-name=3.1
  const SLIDER = 60; // pixels that plotly's own slider takes under a figure
  const MENU = 46; // pixels that plotly's own menu takes above it

  function withoutControls(layout) {
    const { sliders = [], updatemenus = [], meta = {}, ...rest } = layout;
    const bottom = SLIDER * sliders.length;
    const top = MENU * updatemenus.length;
    const shorter = (part) => {
      if (!part) return part;
      const height = part.height && part.height - top - bottom;
      return height ? { ...part, height } : part;
    };
    const kept = (part) =>
      part && Object.fromEntries(Object.entries(part).filter(([key]) => !/^(sliders|updatemenus)/.test(key)));
    const { t = 100, b = 80 } = rest.margin ?? {};
    return {
      ...shorter(rest),
      margin: { ...rest.margin, t: t - top, b: b - bottom },
      meta: {
        ...meta,
        wide: shorter(meta.wide),
        narrow: shorter(meta.narrow),
        light: kept(meta.light),
        dark: kept(meta.dark),
      },
    };
  }

  function slider({ steps, active = 0 }, label) {
    const text = document.createElement("output");
    const input = document.createElement("input");
    const box = document.createElement("label");
    Object.assign(input, { type: "range", min: 0, max: steps.length - 1, step: 1, value: active });
    input.setAttribute("aria-label", label);
    box.className = "figure-slider";
    box.append(text, input);
    const tell = () => {
      text.textContent = steps[input.value].label;
      input.setAttribute("aria-valuetext", steps[input.value].label);
    };
    tell();
    return { box, input, tell, steps, initial: active };
  }

  function menu({ buttons, active = 0 }) {
    const input = document.createElement("select");
    const box = document.createElement("div");
    input.setAttribute("aria-label", "What the figure shows");
    box.className = "figure-menu";
    input.append(...buttons.map(({ label }, i) => new Option(label, i, i === active, i === active)));
    box.append(input);
    return { box, input, tell() {}, steps: buttons, initial: active };
  }

  async function addControls(element, graph, { sliders = [], updatemenus = [] }) {
    const menus = updatemenus.map(menu);
    const below = sliders.map((one, i) => slider(one, i ? "second slider" : "step through the figure"));
    const all = [...menus, ...below];
    const name = element.closest("figure[id]")?.id;
    const apply = ({ steps, input }) => {
      const { method = "restyle", args } = steps[input.value];
      return Plotly[method](graph, ...args);
    };
    for (const one of all)
      one.input.addEventListener("input", async () => {
        one.tell();
        await apply(one);
        if (!name) return;
        const query = new URLSearchParams(location.search);
        query.set(name, all.map(({ input }) => input.value).join("."));
        history.replaceState(null, "", `?${query}${location.hash}`);
      });
    graph.before(...menus.map(({ box }) => box));
    graph.after(...below.map(({ box }) => box));
    const wanted = new URLSearchParams(location.search).get(name)?.split(".") ?? [];
    for (const [i, one] of all.entries()) {
      if (!one.steps[wanted[i]] || Number(wanted[i]) === one.initial) continue;
      one.input.value = wanted[i];
      one.tell();
      await apply(one);
    }
  }

  async function draw(element) {
    const { data, layout: given, frames } = JSON.parse(element.querySelector("script").textContent);
    const layout = withoutControls(given);
    const graph = element.appendChild(document.createElement("div"));
    let width = element.clientWidth;
    const inMode = () => ({ template: template(layout), ...layout.meta?.[root.dataset.theme] });

    await Plotly.newPlot(graph, {
      data,
      layout: { ...layout, ...size(element, layout), template: template(layout) },
      frames,
      config: { displayModeBar: false },
    });
    await Plotly.relayout(graph, inMode());
    await addControls(element, graph, given);
    await fit(element, graph, layout);
    element.dispatchEvent(new CustomEvent("drawn", { bubbles: true, detail: { graph } })); // graph-nodes.js
    element.removeAttribute("aria-busy");

    new MutationObserver(() => Plotly.relayout(graph, inMode())).observe(root, {
      attributeFilter: ["data-theme"],
    });
    new ResizeObserver(() => {
      if (!element.clientWidth || element.clientWidth === width) return;
      width = element.clientWidth;
      fit(element, graph, layout);
    }).observe(element);
  }

  // What is folded away is drawn when it is opened, or printed.
  const waiting = new Set(document.querySelectorAll(".plotly-figure"));
  function drawSeen(all) {
    for (const figure of waiting) {
      if (all !== true && figure.closest("details:not([open])")) continue;
      waiting.delete(figure);
      draw(figure);
    }
  }
  document.addEventListener("toggle", drawSeen, true); // it doesn't bubble
  addEventListener("beforeprint", () => drawSeen(true));
  drawSeen();
}
