// A switch in the page's top bar that opens all folded code, and remembers it.
//
// Code that holds what a link or a search has led to opens too, and all of it when printed.
"use strict";

{
  const KEY = "othello-gpt-show-code";
  const folded = [...document.querySelectorAll("div.cell details.above-input")];

  // Where a browser blocks storage the switch works, and forgets.
  function remembered() {
    try {
      return localStorage.getItem(KEY) === "yes";
    } catch {
      return false;
    }
  }
  function remember(all) {
    try {
      localStorage.setItem(KEY, all ? "yes" : "no");
    } catch {}
  }

  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "show-code", textContent: "Show all code" });
  function show(all) {
    button.setAttribute("aria-pressed", String(all));
    for (const one of folded) one.open = all;
  }
  button.addEventListener("click", () => {
    const all = button.getAttribute("aria-pressed") !== "true";
    remember(all);
    show(all);
  });
  show(remembered());
  const bar = document.querySelector(".article-header-buttons");
  (bar ?? document.querySelector("article") ?? document.body).prepend(button);

  function reveal() {
    const wanted = [...document.querySelectorAll("span.highlighted")];
    if (location.hash.length > 1) {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target) wanted.push(target);
    }
    for (const one of folded) if (wanted.some((node) => one.contains(node))) one.open = true;
  }
  addEventListener("load", reveal);
  addEventListener("hashchange", reveal);

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = folded.filter((one) => !one.open);
    for (const one of closed) one.open = true;
  });
  addEventListener("afterprint", () => {
    for (const one of closed) one.open = false;
  });
}
