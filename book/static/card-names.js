// Names of neurons and heads: "L7 N35", "L3 H5". Where a table names one it is linked to its card
// (tables.js), and the search page finds it: nothing but the card, and at once.
//
// Files of cards are added as classic scripts, which work over file:// too.
"use strict";

{
  const here = document.currentScript.src;
  const LETTERS = { neuron: "N", head: "H" };

  const loading = {};
  function load(name) {
    loading[name] ??= new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(`../tables/${name}.js`, here);
      script.onload = () => resolve(window.boardTables[name]);
      script.onerror = () => reject(new Error("The cards could not be loaded; load the page again."));
      document.head.append(script);
    });
    return loading[name];
  }

  // An element; words in it stay words.
  function make(tag, properties = {}, ...children) {
    const { aria = {}, ...rest } = properties;
    const element = Object.assign(document.createElement(tag), rest);
    for (const [key, value] of Object.entries(aria)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  }

  // --- names and addresses ---

  function parse(text) {
    const found = text.trim().match(/^(?:neuron|head)?\s*L\s*(\d+)[\s,.]*([NH])\s*(\d+)$/i);
    const dotted = text.trim().match(/^head\s+(\d+)\.(\d+)$/i);
    if (!found && !dotted) return null;
    const [layer, number] = found ? [found[1], found[3]] : dotted.slice(1);
    const kind = found?.[2].toUpperCase() === "N" ? "neuron" : "head";
    return { kind, layer: Number(layer), number: Number(number) };
  }

  const hashOf = ({ kind, layer, number }) => `#L${layer}${LETTERS[kind]}${number}`;
  const nameOf = ({ kind, layer, number }) => `L${layer} ${LETTERS[kind]}${number}`;
  const address = (one) => new URL(`../book/${one.kind}.html${hashOf(one)}`, here).href;
  const exists = ({ layer, number }, { cards }) => Boolean(cards[layer]?.[number]);

  // The address of the card that a text names, if it names one and nothing else.
  const linked = (text) => {
    const one = parse(String(text));
    return one && address(one);
  };

  window.cardNames = { parse, hashOf, nameOf, address, exists, linked, load, make };

  // --- the search page ---

  // A name is looked up, everything else is left to Sphinx.
  function search(usual) {
    return async (query) => {
      const one = parse(query);
      const index = one && (await load(`${one.kind}-index`).catch(() => null));
      if (!index || !exists(one, index)) return usual(query);
      const link = make("a", { href: address(one) }, `The card of ${one.kind} ${nameOf(one)}`);
      document.getElementById("search-results").replaceChildren(
        make("h2", {}, "Search Results"),
        make("p", { className: "search-summary", aria: { role: "status" } }, "Found its card."),
        make("ul", { className: "search" }, make("li", {}, link)),
      );
    };
  }

  if (typeof Search !== "undefined") Search.performSearch = search(Search.performSearch);
}
