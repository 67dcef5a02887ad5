// What all parts of the live board make their pages of.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "on") Object.entries(value).forEach(([e, act]) => made.addEventListener(e, act));
    else if (value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children);
  return made;
}

export const button = (text, act, more = {}) =>
  element("button", { type: "button", on: { click: act }, ...more }, text);

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// A share in percent, as short as a square of a phone's board: nothing below half a percent.
export const percent = (p) =>
  (p >= 0.0995 ? `${Math.round(100 * p)}` : p >= 0.005 ? `${(100 * p).toFixed(1)}` : "");

// The same without a decimal, where a sign stands before it.
export const whole = (p) => (p >= 0.005 ? `${Math.round(100 * p)}` : "");

// Speaks in place of what was said; saying the same again isn't announced again.
export function tell(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

// Scrolls no more than it takes to see a part, and at once for who wants nothing to move.
export function show(part) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  part.scrollIntoView({ block: "nearest", behavior: still ? "auto" : "smooth" });
}

// A grid of buttons of which the Tab key reaches one; arrow keys, Home and End go to the others.
export function roving(cells, columns) {
  cells.forEach((cell, i) => {
    const column = i % columns, last = columns - 1;
    cell.tabIndex = i ? -1 : 0;
    cell.addEventListener("focus", () => {
      cells.forEach((one) => { one.tabIndex = one === cell ? 0 : -1; });
    });
    cell.addEventListener("keydown", (event) => {
      const to = { ArrowLeft: column > 0 && i - 1, ArrowRight: column < last && i + 1,
        ArrowUp: i - columns, ArrowDown: i + columns, Home: i - column, End: i - column + last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      if (to !== false) cells[to]?.focus();
    });
  });
}
