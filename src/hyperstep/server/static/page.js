// What every page does once its HTML is there. Without it everything can still be read, and forms submit.

import { follow } from "./live.js";
import { link } from "./linked.js";
import { watchLogs } from "./log.js";

const all = (what, within = document) => [...within.querySelectorAll(what)];

// Buttons that copy, and buttons that ask first.
export const enliven = (within) => {
  for (const button of all("[data-copy]", within)) button.hidden = false;
};

document.addEventListener("click", async (event) => {
  const copy = event.target.closest?.("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    say("Copied.");
    copy.title = "Copied";
    return;
  }
  const close = event.target.closest?.("[data-close]");
  if (close) close.closest("dialog").close();
  const opener = event.target.closest?.("a[data-drawer]");
  if (opener && !event.metaKey && !event.ctrlKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    openDrawer(opener);
  }
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("submit", (event) => {
  const ask = event.submitter?.dataset.ask;
  if (ask && !confirm(ask)) event.preventDefault();
});
document.addEventListener("keydown", (event) => {
  const writing = event.target.closest?.("input, textarea, select");
  if (event.key === "/" && !writing) {
    event.preventDefault();
    document.querySelector(".find input")?.focus();
  }
  if (event.key === "Escape") for (const menu of all("details.menu[open]")) menu.open = false;
});

export const say = (words) => {
  document.querySelector("[data-spoken]").textContent = words;
};

// A page's detail beside the page: the same HTML, fetched.
const openDrawer = async (opener) => {
  const answer = await fetch(opener.href, { headers: { accept: "text/html" } });
  const detail = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-detail]");
  if (!detail) {
    location.href = opener.href;
    return;
  }
  const drawer = document.createElement("dialog");
  drawer.className = "drawer";
  drawer.setAttribute("aria-label", opener.textContent.trim());
  const close = document.createElement("button");
  close.className = "close small";
  close.dataset.close = "";
  close.textContent = "Close";
  const whole = document.createElement("p");
  const there = document.createElement("a");
  there.href = opener.href;
  there.textContent = "Open as a page";
  whole.append(there);
  const heading = detail.querySelector("h1");
  const lower = document.createElement("h2");
  lower.append(...heading.childNodes);
  heading.replaceWith(lower);
  for (const live of all("[data-live]", detail)) live.removeAttribute("data-live");
  drawer.append(close, detail, whole);
  drawer.addEventListener("close", () => drawer.remove());
  drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
  document.body.append(drawer);
  enliven(drawer);
  watchLogs(drawer);
  drawer.showModal();
};

enliven(document);
link();
watchLogs(document);
follow(() => {
  enliven(document);
  link();
});
