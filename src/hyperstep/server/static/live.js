// Live: the server tells that something has happened; the parts of the page that may have changed are asked for again.
//
// One stream for all tabs of a browser: a shared worker holds it, where there are shared workers. What is told is only
// where the log ends by now, so nothing can be missed: a tab compares it with the number that its page was made at.

const PAUSE = 60; // milliseconds at least between the end of one look and the next
const QUIET = 20_000; // milliseconds without a sign of life, after which the page is asked for every so often
const POLL = 3_000;
const SPEAK = 10_000;

let number = Number(document.body.dataset.number);
let looking = false;
let wanted = false;
let heard = Date.now();
let polling = 0;
let spoken = 0;
let done = () => {};
const was = new Map(); // each part's HTML as the server sent it, before a script touched it
for (const part of document.querySelectorAll("main [data-live]")) was.set(part.dataset.live, part.outerHTML);

const dot = document.querySelector("[data-live-dot]");
const words = { live: "live", still: "as of load", polling: "every 3 s", paused: "paused", lost: "no connection" };
const show = (is) => {
  if (dot.dataset.is === is) return;
  dot.dataset.is = is;
  dot.querySelector("span").textContent = words[is];
};

export const follow = (whenDone) => {
  if (number < 0) return; // a page that nothing changes
  done = whenDone;
  dot.setAttribute("role", "button");
  dot.tabIndex = 0;
  dot.title = "Pause, or go on";
  const toggle = () => (dot.dataset.is === "paused" ? (show("live"), hear(number + 1, "")) : show("paused"));
  dot.addEventListener("click", toggle);
  dot.addEventListener("keydown", (event) => (event.key === "Enter" || event.key === " ") && (event.preventDefault(), toggle()));
  if (globalThis.SharedWorker) {
    const worker = new SharedWorker("/static/stream.js", { name: "hyperstep" });
    worker.port.onmessage = ({ data }) => hear(data.number, data.run, data.state);
    const join = () => worker.port.postMessage({ after: number });
    join();
    addEventListener("pagehide", () => worker.port.postMessage("leave"));
    addEventListener("pageshow", (event) => event.persisted && join());
  } else {
    const stream = new EventSource(`/api/events?after=${number}`);
    stream.onmessage = ({ data, lastEventId }) => hear(Number(lastEventId), JSON.parse(data).run);
    stream.addEventListener("beat", ({ lastEventId }) => hear(Number(lastEventId), ""));
    stream.onerror = () => hear(0, "", "lost");
  }
  setInterval(watch, 1000);
};

// What the stream told: `last` is the number of the newest event, `run` its run, or empty if it is any.
const hear = (last, run, state = "live") => {
  if (state === "live") heard = Date.now();
  if (dot.dataset.is !== "paused" && (state !== "lost" || dot.dataset.is !== "polling")) show(state);
  if (last <= number) return;
  const own = document.body.dataset.run;
  if (own && run && run !== own) return;
  if (own || run || state === "live") look();
};

const watch = () => {
  if (dot.dataset.is === "paused" || document.hidden) return;
  if (Date.now() - heard > QUIET && Date.now() - polling > POLL) {
    polling = Date.now();
    show("polling");
    look();
  }
};

const look = async () => {
  wanted = true;
  if (looking || dot.dataset.is === "paused") return;
  looking = true;
  while (wanted) {
    wanted = false;
    const began = performance.now();
    try {
      await refresh();
    } catch {
      show("lost");
    }
    // As long again as it took, so that a large page never takes more than half of anybody's time.
    await new Promise((resolve) => setTimeout(resolve, Math.max(PAUSE, performance.now() - began)));
    if (document.hidden) await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
  looking = false;
};

// Ask for the page again, and put in the parts that differ.
export const refresh = async (address = location.href) => {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  number = Math.max(number, Number(fresh.body.dataset.number));
  if (fresh.body.dataset.run) document.body.dataset.run = fresh.body.dataset.run;
  else delete document.body.dataset.run;
  let changed = false;
  for (const part of document.querySelectorAll("main [data-live]")) {
    const now = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
    if (!now || was.get(part.dataset.live) === now.outerHTML) continue;
    const active = document.activeElement;
    if (part.contains(active) && active.matches("input, select, textarea")) continue;
    was.set(part.dataset.live, now.outerHTML);
    keep(part, now);
    changed = true;
  }
  const actions = document.querySelector(".actions");
  const nowActions = fresh.querySelector(".actions");
  if (actions && nowActions && !actions.querySelector("[open]") && actions.innerHTML !== nowActions.innerHTML) {
    actions.innerHTML = nowActions.innerHTML;
  }
  if (!changed) return;
  done();
  const sentence = document.querySelector('[data-live="sentence"]');
  if (sentence && Date.now() - spoken > SPEAK) {
    spoken = Date.now();
    document.querySelector("[data-spoken]").textContent = sentence.textContent.trim().replace(/\s+/g, " ");
  }
};

// Replace a part: where it was scrolled to, what was open, and what had the focus in it, stay.
const keep = (part, now) => {
  const [left, top] = [part.scrollLeft, part.scrollTop];
  const boxes = [...part.querySelectorAll(".chart, .scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const place = focused && [...part.querySelectorAll("a, button, summary, [tabindex]")].indexOf(focused);
  const self = focused === part;
  const open = [...part.querySelectorAll("details")].map((one) => one.open);
  const fresh = document.importNode(now, true);
  part.replaceWith(fresh);
  fresh.scrollTo(left, top);
  [...fresh.querySelectorAll(".chart, .scroll")].forEach((box, index) => boxes[index] && box.scrollTo(...boxes[index]));
  [...fresh.querySelectorAll("details")].forEach((one, index) => (one.open = open[index] ?? false));
  if (self) fresh.focus({ preventScroll: true });
  else if (focused) fresh.querySelectorAll("a, button, summary, [tabindex]")[place]?.focus({ preventScroll: true });
};
