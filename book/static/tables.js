// Tables to search and sort, whose rows open a card of boards (othello_gpt.boards.table).
//
// A table's rows are a script that is added when the table comes into view, its cards one script for
// each few hundred rows, added when a row is opened: classic scripts work over file://, fetch doesn't.
"use strict";

{
  const folder = new URL("../tables/", document.currentScript.src);
  const PAGE = 20;
  const collator = new Intl.Collator("en", { numeric: true });

  const loading = {};
  function load(name) {
    loading[name] ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(`${name}.js`, folder);
      script.onload = () => resolve(window.boardTables[name]);
      script.onerror = () => reject(new Error(`${name}.js could not be loaded`));
      document.head.append(script);
    });
    return loading[name];
  }

  function make(tag, properties = {}, ...children) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  }

  // The few of Python's formats that tables use: ".2f", ".1%", ".3g", "".
  function show(value, format) {
    if (value === null) return "";
    const [, digits, kind] = format.match(/^\.(\d)([f%g])$/) ?? [];
    if (!kind || typeof value === "string") return String(value);
    if (kind === "%") return `${(100 * value).toFixed(digits)}%`;
    return kind === "f" ? value.toFixed(digits) : String(Number(value.toPrecision(digits)));
  }

  function board(title, size, limit, cells) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const add = (tag, attributes, text = "") => {
      const node = document.createElementNS(svg.namespaceURI, tag);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      node.textContent = text;
      return svg.appendChild(node);
    };
    const name = (square) => "ABCDEFGH"[square % size] + (Math.floor(square / size) + 1);
    const number = (cell) => ((cell / 127) * limit).toPrecision(2);
    const largest = [...cells.keys()].sort((a, b) => Math.abs(cells[b]) - Math.abs(cells[a]));
    const said = largest.slice(0, 3).map((s) => `${name(s)} ${number(cells[s])}`);
    svg.setAttribute("viewBox", `-0.6 -0.6 ${size + 0.7} ${size + 0.7}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", `${title}: ${said.join(", ")}`);
    cells.forEach((cell, square) => {
      const at = { x: square % size, y: Math.floor(square / size), width: 1, height: 1 };
      add("rect", { ...at, class: "cell" });
      const colour = cell < 0 ? "theirs" : "mine";
      const opacity = Math.abs(cell / 127).toFixed(3);
      const value = add("rect", { ...at, class: colour, "fill-opacity": opacity });
      value.appendChild(document.createElementNS(svg.namespaceURI, "title")).textContent =
        `${name(square)} ${number(cell)}`;
    });
    for (let k = 0; k < size; k++) {
      add("text", { x: k + 0.5, y: -0.15 }, "ABCDEFGH"[k]);
      add("text", { x: -0.3, y: k + 0.65 }, k + 1);
    }
    return make("figure", {}, svg, make("figcaption", {}, `${title} (±${limit})`));
  }

  async function card(key, data, row) {
    const cells = data.size ** 2;
    const bytes = atob(await load(`${key}-${Math.floor(row / data.rowsAFile)}`));
    const first = (row % data.rowsAFile) * data.boards.length * cells;
    return data.boards.map(({ title, limit }, k) => {
      const begin = first + k * cells;
      const signed = Int8Array.from(bytes.slice(begin, begin + cells), (c) => c.charCodeAt(0));
      return board(title, data.size, limit, signed);
    });
  }

  async function draw(element) {
    element.setAttribute("aria-busy", "true");
    const key = element.dataset.table;
    const data = await load(key);
    const { columns } = data;
    for (const [mode, [theirs, mine]] of Object.entries(data.palette)) {
      element.style.setProperty(`--theirs-${mode}`, theirs);
      element.style.setProperty(`--mine-${mode}`, mine);
    }
    const rows = columns[0].values.length;
    let by = columns.findIndex((column) => column.name === data.sort);
    let descending = by >= 0;
    let shown = PAGE;

    const search = make("input", { type: "search", placeholder: "Search these rows" });
    search.setAttribute("aria-label", `Search: ${data.alt}`);
    const count = make("span", { role: "status" });
    const body = make("tbody");
    const more = make("button", { type: "button", className: "more" }, "Show more rows");
    const heads = columns.map(({ name }, k) => {
      const button = make("button", { type: "button" }, name);
      button.addEventListener("click", () => {
        descending = by === k ? !descending : typeof columns[k].values[0] !== "string";
        by = k;
        shown = PAGE;
        list();
      });
      return make("th", { scope: "col" }, button);
    });
    const table = make("table", {}, make("thead", {}, make("tr", {}, ...heads)), body);
    table.setAttribute("aria-label", data.alt);

    const texts = Array.from({ length: rows }, (_, row) =>
      columns.map(({ name, format, values }) => `${name} ${show(values[row], format)}`)
        .join(" ").toLowerCase());

    function compare(a, b) {
      const [x, y] = [columns[by].values[a], columns[by].values[b]];
      if (x === y) return a - b;
      if (x === null || x === "") return 1;
      if (y === null || y === "") return -1;
      const order = typeof x === "string" ? collator.compare(x, y) : x - y;
      return descending ? -order : order;
    }

    async function open(button, row, line) {
      const is = button.getAttribute("aria-expanded") === "true";
      button.setAttribute("aria-expanded", String(!is));
      if (is) return line.nextSibling.remove();
      const box = make("div", { className: "card-boards" });
      const cell = make("td", { colSpan: columns.length }, box);
      line.after(make("tr", { className: "card-row" }, cell));
      const name = columns[0].values[row];
      const address = window.cardNames?.linked(name);
      if (address) box.append(make("a", { href: address }, `The card of ${name}`));
      try {
        box.append(...(await card(key, data, row)));
      } catch (error) {
        box.append(error.message);
      }
    }

    function line(row) {
      const cells = columns.map(({ format, values }) => {
        const text = show(values[row], format);
        return make("td", { className: typeof values[row] === "number" ? "number" : "" }, text);
      });
      const tr = make("tr", {}, ...cells);
      if (data.boards.length) {
        const button = make("button", { type: "button" }, cells[0].textContent);
        button.setAttribute("aria-expanded", "false");
        button.title = "Show the boards of this row";
        cells[0].replaceChildren(button);
        tr.addEventListener("click", () => open(button, row, tr));
      }
      return tr;
    }

    function list() {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let found = [...Array(rows).keys()];
      found = found.filter((row) => words.every((word) => texts[row].includes(word)));
      if (by >= 0) found.sort(compare);
      body.replaceChildren(...found.slice(0, shown).map(line));
      count.textContent = `${found.length} of ${rows} rows`;
      more.hidden = found.length <= shown;
      heads.forEach((head, k) => {
        if (k === by) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
        else head.removeAttribute("aria-sort");
      });
    }

    search.addEventListener("input", () => {
      shown = PAGE;
      list();
    });
    more.addEventListener("click", () => {
      shown += 5 * PAGE;
      list();
    });
    const scroll = make("div", { className: "scroll", tabIndex: 0 }, table);
    list();
    element.replaceChildren(make("div", { className: "tools" }, search, count), scroll, more);
    element.removeAttribute("aria-busy");
  }

  const near = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        draw(target);
      }
    },
    { rootMargin: "500px" },
  );
  document.querySelectorAll(".board-table").forEach((element) => near.observe(element));
}
