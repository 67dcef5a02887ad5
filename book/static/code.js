// Switches in the page's top bar that open all folded code and all details, and remember it.
//
// What holds the goal of a link or a search opens too, and everything when printed.
"use strict";

{
  const code = [...document.querySelectorAll("div.cell details.above-input")];
  const more = [...document.querySelectorAll("details.more")];
  const folded = [...code, ...more];
  const bar = document.querySelector(".article-header-buttons");

  // Where a browser blocks storage a switch works, and forgets.
  function remembered(key) {
    try {
      return localStorage.getItem(key) === "yes";
    } catch {
      return false;
    }
  }
  function remember(key, all) {
    try {
      localStorage.setItem(key, all ? "yes" : "no");
    } catch {}
  }

  function addSwitch(className, label, key, ones) {
    if (!ones.length) return;
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: `show-all ${className}`, textContent: label });
    function show(all) {
      button.setAttribute("aria-pressed", String(all));
      for (const one of ones) one.open = all;
    }
    button.addEventListener("click", () => {
      const all = button.getAttribute("aria-pressed") !== "true";
      remember(key, all);
      show(all);
    });
    show(remembered(key));
    (bar ?? document.querySelector("article") ?? document.body).prepend(button);
  }
  addSwitch("show-more", "Open all details", "othello-gpt-show-details", more);
  addSwitch("show-code", "Show all code", "othello-gpt-show-code", code);

  function reveal() {
    const wanted = [...document.querySelectorAll("span.highlighted")];
    if (location.hash.length > 1) {
      const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (target) {
        wanted.push(target);
        // A section's own address opens it: its heading is what is folded.
        // Another name for it stands just before its heading.
        const own =
          target.querySelector(":scope > details.more") ??
          (target.nextElementSibling?.matches("details.more") ? target.nextElementSibling : null);
        if (own) own.open = true;
      }
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
