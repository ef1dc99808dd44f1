// One trial is the same trial in every chart and in the table: pointing at it lights it up everywhere, a click selects
// it, a drag along an axis filters. What is selected and filtered stands in the address.

import { refresh } from "./live.js";

const NEAR = 14; // units of a drawing within which a mark is meant

let scene = null; // what the charts of this page are, found anew after each change
let hot = null;
let touched = ""; // the axis that [ and ] move
let drag = null;
const hint = document.createElement("div");
hint.className = "hint";
hint.hidden = true;
hint.setAttribute("role", "tooltip");

const query = () => new URLSearchParams(location.search);
const selected = () => new Set((query().get("sel") ?? "").split(",").filter(Boolean));

export const link = () => {
  const root = document.querySelector("[data-linked]");
  if (!root) return;
  const data = JSON.parse(document.querySelector("#columns").textContent);
  scene = { root, data, index: new Map(data.numbers.map((number, index) => [String(number), index])), charts: [] };
  for (const svg of root.querySelectorAll("svg.hs")) {
    const marks = [...svg.querySelectorAll("[data-trial]")];
    for (const mark of marks) mark.querySelector("title")?.remove(); // the hint says the same, of all charts alike
    const lines = svg.matches(".parallel, .curves");
    scene.charts.push({ svg, lines, marks: marks.map((mark) => ({ trial: mark.dataset.trial, points: points(mark) })) });
  }
  if (!hint.isConnected) begin(root);
  paint();
};

const begin = (root) => {
  document.body.append(hint);
  root.addEventListener("pointermove", move);
  root.addEventListener("pointerleave", () => point(null));
  root.addEventListener("pointerdown", down);
  root.addEventListener("click", click);
  addEventListener("pointerup", up);
  addEventListener("popstate", () => refresh());
  document.addEventListener("keydown", (event) => {
    if (event.target.closest?.("input, textarea, select") || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") change({ sel: "" }, false);
    if ((event.key === "[" || event.key === "]") && touched) shift(touched, event.key === "[" ? "earlier" : "later");
  });
};

const points = (mark) => {
  if (mark.tagName === "circle") return [[Number(mark.getAttribute("cx")), Number(mark.getAttribute("cy"))]];
  const path = mark.getAttribute("d") ?? "";
  return [...path.matchAll(/(-?[\d.]+)[ ,](-?[\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)]);
};

const within = (svg, event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());

// The trial whose mark or line is nearest, if one is near.
const nearest = (chart, at) => {
  let best = null;
  let least = NEAR;
  for (const { trial, points } of chart.marks) {
    const away = chart.lines && points.length > 1 ? toLine(points, at) : Math.hypot(points[0]?.[0] - at.x, points[0]?.[1] - at.y);
    if (away < least) [best, least] = [trial, away];
  }
  return best;
};

const toLine = (points, { x, y }) => {
  for (let index = 1; index < points.length; index++) {
    const [[left, from], [right, to]] = [points[index - 1], points[index]];
    if (x >= left && x <= right) return Math.abs(from + ((to - from) * (x - left)) / (right - left || 1) - y);
  }
  return Infinity;
};

const chartOf = (event) => {
  const svg = event.target.closest?.("svg.hs");
  return svg && scene.charts.find((chart) => chart.svg === svg);
};

const move = (event) => {
  if (drag) return pull(event);
  const chart = chartOf(event);
  const axis = event.target.closest?.("[data-axis], [data-axis-row]");
  if (axis) touched = axis.dataset.axis ?? axis.dataset.axisRow;
  const trial = chart ? nearest(chart, within(chart.svg, event)) : event.target.closest?.("tr[data-trial]")?.dataset.trial;
  point(trial ?? null);
  if (hot && chart) {
    const wide = hint.offsetWidth;
    hint.style.left = `${Math.min(event.clientX + 14, innerWidth - wide - 8)}px`;
    hint.style.top = `${event.clientY + 16}px`;
  } else hint.hidden = true;
};

const point = (trial) => {
  if (trial === hot) return;
  hot = trial;
  for (const one of document.querySelectorAll(".hot")) one.classList.remove("hot");
  for (const { svg } of scene.charts) svg.classList.toggle("some-hot", trial !== null);
  hint.hidden = trial === null;
  if (trial === null) return;
  for (const one of scene.root.querySelectorAll(`[data-trial="${trial}"]`)) one.classList.add("hot");
  hint.textContent = words(trial);
};

const words = (trial) => {
  const { data, index } = scene;
  const at = index.get(trial);
  if (at === undefined) return `trial ${trial}`;
  const score = data.scores[at];
  const values = Object.entries(data.columns).map(([name, column]) => {
    const place = column.places[at];
    return place === null ? "" : `${name} ${column.kind === "category" ? column.categories[place] : place}`;
  });
  const state = data.states.words[data.states.places[at]];
  return [`trial ${trial}, ${state}`, `${data.metric} ${score ?? "none"}`, ...values].filter(Boolean).join("\n");
};

const click = (event) => {
  const anchor = event.target.closest("a");
  if (anchor) return go(event, anchor);
  if (event.target.closest("button, input, select, summary, label")) return;
  const chart = chartOf(event);
  const trial = chart ? nearest(chart, within(chart.svg, event)) : event.target.closest("tr[data-trial]")?.dataset.trial;
  if (!trial || drag?.moved) return;
  const now = selected();
  if (event.shiftKey) now.has(trial) ? now.delete(trial) : now.add(trial);
  else now.size === 1 && now.has(trial) ? now.clear() : (now.clear(), now.add(trial));
  change({ sel: [...now].join(",") }, false);
};

// Links to this page with another query change its parts only.
const go = (event, anchor) => {
  const there = new URL(anchor.href);
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  if (!plain || there.pathname !== location.pathname || anchor.hasAttribute("download")) return;
  event.preventDefault();
  history.pushState(null, "", there.href.replace(/#.*/, ""));
  refresh();
};

const change = (fields, asks = true) => {
  const now = query();
  for (const [name, value] of Object.entries(fields)) value === "" ? now.delete(name) : now.set(name, value);
  if (asks) now.delete("after");
  const text = now.toString();
  history.replaceState(null, "", text ? `?${text}` : location.pathname);
  asks ? refresh() : paint();
};

const paint = () => {
  const now = selected();
  for (const one of scene.root.querySelectorAll("[data-trial]")) one.classList.toggle("selected", now.has(one.dataset.trial));
  const bar = document.querySelector("[data-selection]");
  if (bar) {
    bar.hidden = !now.size;
    bar.replaceChildren();
    if (now.size) {
      const base = location.pathname.replace("/runs/", "");
      bar.append(`${now.size} selected (Esc clears) `);
      if (now.size > 1 && now.size <= 20) {
        const compare = document.createElement("a");
        compare.href = `/compare?${[...now].map((trial) => `id=${base}/${trial}`).join("&")}`;
        compare.textContent = "Compare them";
        bar.append(compare);
      }
    }
  }
  shade();
};

// Axes: what lies outside of a range is drawn faintly at once; the table follows from the server.
const ranges = () => {
  const now = query();
  const found = {};
  const add = (axis, suffix) => {
    const [low, high] = ["min", "max"].map((end) => now.get(end + suffix));
    if (low || high) found[axis] = [low ? Number(low) : -Infinity, high ? Number(high) : Infinity];
  };
  for (const [option, name] of Object.entries(names())) add(option, `.${name}`);
  add(scene.data.metric, "");
  return found;
};

const names = () => JSON.parse(document.querySelector("[data-names]").dataset.names);

const shade = (live = {}) => {
  const limits = Object.entries({ ...ranges(), ...live });
  const { data } = scene;
  const out = new Set();
  for (const [axis, [low, high]] of limits) {
    const places = axis === data.metric ? data.scores : (data.columns[axis]?.places ?? []);
    places.forEach((place, at) => (place === null || place < low || place > high) && out.add(String(data.numbers[at])));
  }
  for (const { svg } of scene.charts) {
    for (const mark of svg.querySelectorAll("[data-trial]")) mark.classList.toggle("out", out.has(mark.dataset.trial));
  }
  for (const axis of scene.root.querySelectorAll("[data-parallel] [data-axis]")) {
    axis.querySelector(".brush")?.remove();
    const limit = { ...ranges(), ...live }[axis.dataset.axis];
    if (limit) band(axis, limit);
  }
};

const scaleOf = (axis) => {
  const { low, high, kind, flipped } = axis.dataset;
  const svg = axis.closest("svg");
  const [top, bottom] = [Number(svg.dataset.top), Number(svg.dataset.bottom)];
  const [from, to] = [Number(low), Number(high)].map(kind === "log" ? Math.log : (value) => value);
  const turn = (share) => (flipped ? 1 - share : share);
  return {
    top,
    bottom,
    value: (y) => {
      const share = turn(Math.min(1, Math.max(0, (bottom - y) / (bottom - top))));
      return kind === "log" ? Math.exp(from + share * (to - from)) : from + share * (to - from);
    },
    y: (value) => {
      const share = ((kind === "log" ? Math.log(Math.max(value, 5e-324)) : value) - from) / (to - from || 1);
      return bottom - turn(Math.min(1, Math.max(0, share))) * (bottom - top);
    },
  };
};

const band = (axis, [low, high]) => {
  const scale = scaleOf(axis);
  const [one, other] = [scale.y(low), scale.y(high)];
  const box = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const size = { x: axis.dataset.x - 8, y: Math.min(one, other), width: 16, height: Math.max(2, Math.abs(one - other)) };
  for (const [name, value] of Object.entries(size)) box.setAttribute(name, value);
  box.setAttribute("class", "brush");
  axis.append(box);
};

const down = (event) => {
  const chart = chartOf(event);
  if (!chart || event.button !== 0 || event.target.closest("a")) return;
  const at = within(chart.svg, event);
  if (chart.svg.matches(".parallel")) {
    const axes = [...chart.svg.querySelectorAll("[data-axis]")];
    const axis = axes.find((one) => Math.abs(one.dataset.x - at.x) < 16);
    if (!axis) return;
    const title = at.y < Number(chart.svg.dataset.top) - 8;
    if (title && axis.dataset.axis === scene.data.metric) return;
    drag = { chart, axis, from: at, what: title ? "title" : "range", moved: false };
  } else if (!chart.lines) drag = { chart, from: at, what: "box", moved: false };
  if (drag) event.preventDefault();
};

const pull = (event) => {
  const at = within(drag.chart.svg, event);
  drag.moved ||= Math.hypot(at.x - drag.from.x, at.y - drag.from.y) > 4;
  drag.to = at;
  if (!drag.moved) return;
  if (drag.what === "range") shade({ [drag.axis.dataset.axis]: rangeOf(drag) });
  if (drag.what === "box") outline();
};

const rangeOf = ({ axis, from, to }) => {
  const scale = scaleOf(axis);
  return [scale.value(from.y), scale.value(to.y)].sort((one, other) => one - other);
};

const outline = () => {
  const box = drag.box ?? document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const { from, to } = drag;
  const size = { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(from.x - to.x), height: Math.abs(from.y - to.y) };
  for (const [name, value] of Object.entries(size)) box.setAttribute(name, value);
  box.setAttribute("class", "brush");
  if (!drag.box) drag.chart.svg.append(box);
  drag.box = box;
};

const up = () => {
  if (!drag) return;
  const { chart, axis, from, to, what, moved, box } = drag;
  const ended = drag;
  setTimeout(() => drag === ended && (drag = null)); // after the click that this makes
  box?.remove();
  if (what === "range") {
    const name = axis.dataset.axis;
    const suffix = name === scene.data.metric ? "" : `.${names()[name]}`;
    const column = scene.data.columns[name];
    if (!moved) change({ [`min${suffix}`]: "", [`max${suffix}`]: "", ...(suffix && { [`is${suffix}`]: "" }) });
    else if (column?.kind === "category") change({ [`is${suffix}`]: column.categories[Math.round(scaleOf(axis).value(to.y))] ?? "" });
    else {
      const [low, high] = rangeOf(ended).map((value) => String(Number(value.toPrecision(6))));
      change({ [`min${suffix}`]: low, [`max${suffix}`]: high });
    }
  } else if (what === "box" && moved) {
    const [left, right] = [from.x, to.x].sort((one, other) => one - other);
    const [top, bottom] = [from.y, to.y].sort((one, other) => one - other);
    const inside = chart.marks.filter(({ points: [[x, y] = []] }) => x >= left && x <= right && y >= top && y <= bottom);
    change({ sel: [...new Set(inside.map(({ trial }) => trial))].slice(0, 200).join(",") }, false);
  } else if (what === "title" && moved) {
    const axes = [...chart.svg.querySelectorAll("[data-axis]")].filter((one) => one.dataset.axis !== scene.data.metric);
    const before = axes.filter((one) => one !== axis && Number(one.dataset.x) < to.x).length;
    const order = axes.filter((one) => one !== axis).map((one) => one.dataset.axis);
    order.splice(before, 0, axis.dataset.axis);
    reorder(order);
  }
};

// The order of the axes, each with the signs that it has in the address.
const reorder = (order) => {
  const known = (query().get("axes") ?? "").split(",").filter(Boolean);
  const nameOf = (text) => decodeURIComponent(text).replace(/^!/, "").split("~")[0];
  const signs = new Map(known.map((text) => [nameOf(text), text]));
  const hidden = known.filter((text) => text.startsWith("!"));
  change({ axes: [...order.map((name) => signs.get(name) ?? encodeURIComponent(name)), ...hidden].join(",") });
};

const shift = (name, where) => {
  const order = [...scene.root.querySelectorAll("[data-parallel] [data-axis]")].map((one) => one.dataset.axis);
  order.pop(); // the metric's
  const at = order.indexOf(name);
  const to = where === "earlier" ? at - 1 : at + 1;
  if (at < 0 || to < 0 || to >= order.length) return;
  [order[at], order[to]] = [order[to], order[at]];
  reorder(order);
};
