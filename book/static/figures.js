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
    const legend = graph.querySelector(".legend .scrollbox")?.getBoundingClientRect().height ?? 0;
    if (layout.width || legend <= ROW) return;
    const more = { height: size(element, layout).height + legend - ROW };
    layout.updatemenus?.forEach(({ pad }, i) => {
      more[`updatemenus[${i}].pad.b`] = pad.b + legend - ROW; // a menu stands above the legend
    });
    await Plotly.relayout(graph, more);
  }
  const NARROW = 560; // pixels; a phone
  const ROW = 24; // pixels that a legend of one row takes

  // The arrow keys move the first slider (left, right) and the second one (down, up).
  const KEYS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [1, -1], ArrowUp: [1, 1] };

  async function slide(event, graph) {
    const [index, by] = KEYS[event.key] ?? [];
    const slider = graph.layout.sliders[index];
    if (!slider) return;
    event.preventDefault();
    const active = Math.max(0, Math.min(slider.steps.length - 1, (slider.active ?? 0) + by));
    const { method = "restyle", args } = slider.steps[active];
    await Plotly.relayout(graph, `sliders[${index}].active`, active);
    await Plotly[method](graph, ...args);
  }

  async function draw(element) {
    const { data, layout, frames } = JSON.parse(element.querySelector("script").textContent);
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
    await fit(element, graph, layout);
    element.removeAttribute("aria-busy");

    if (layout.sliders) {
      element.tabIndex = 0;
      element.addEventListener("keydown", (event) => slide(event, graph));
    }
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
