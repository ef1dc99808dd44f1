"use strict";
(() => {
  const tip = document.getElementById("tip");
  const cells = (row) => [...row.cells];
  const short = (text) => {
    if (!/^-?\d+\.\d+(e[+-]\d+)?$|^-?\d+e[+-]\d+$/.test(text)) return text;
    const cut = Number(text).toPrecision(4);
    return String(Number(cut)).length <= text.length ? String(Number(cut)) : text;
  };
  for (const section of document.querySelectorAll("main > section")) {
    const table = section.querySelector("table.sorted");
    if (!table) continue;
    const heads = cells(table.tHead.rows[0]);
    const rows = new Map();
    for (const row of table.tBodies[0].rows) {
      rows.set(row.dataset.trial, row);
      for (const cell of cells(row)) {
        const text = cell.textContent.trim();
        cell.dataset.all = text;
        if (short(text) !== text) { cell.title = text; cell.textContent = short(text); }
      }
    }
    heads.forEach((head, at) => {
      const button = document.createElement("button");
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => row.cells[at].dataset.all;
        const order = [...rows.values()].sort((one, other) => {
          const a = key(one), b = key(other);
          if (a === "" || b === "") return (a === "") - (b === "");
          const numbers = !Number.isNaN(Number(a)) && !Number.isNaN(Number(b));
          return (numbers ? a - b : a.localeCompare(b)) * (down ? -1 : 1);
        });
        table.tBodies[0].append(...order);
      });
    });
    const marks = new Map();
    for (const mark of section.querySelectorAll("[data-trial]")) {
      if (!marks.has(mark.dataset.trial)) marks.set(mark.dataset.trial, []);
      marks.get(mark.dataset.trial).push(mark);
    }
    let lit = null;
    const light = (trial) => {
      if (trial === lit) return;
      for (const mark of marks.get(lit) ?? []) mark.classList.remove("lit");
      for (const mark of marks.get(trial) ?? []) mark.classList.add("lit");
      lit = trial;
    };
    section.addEventListener("pointerover", (event) => {
      const mark = event.target.closest("[data-trial]");
      light(mark ? mark.dataset.trial : null);
      const row = mark && mark.ownerSVGElement && rows.get(mark.dataset.trial);
      tip.hidden = !row;
      if (row) {
        tip.textContent = cells(row).map((cell, at) => [heads[at].textContent, cell.dataset.all])
          .filter(([, text]) => text).map((pair) => pair.join("  ")).join("\n");
      }
    });
    section.addEventListener("pointermove", (event) => {
      if (tip.hidden) return;
      tip.style.left = `${Math.max(4, Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8))}px`;
      tip.style.top = `${Math.max(4, Math.min(event.clientY + 14, innerHeight - tip.offsetHeight - 8))}px`;
    });
    section.addEventListener("pointerleave", () => { light(null); tip.hidden = true; });
    section.addEventListener("click", (event) => {
      const mark = event.target.closest("svg [data-trial]");
      if (mark) rows.get(mark.dataset.trial)?.scrollIntoView({ block: "nearest" });
    });
  }
})();
