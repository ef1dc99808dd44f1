// Logs grow by what was added, read by byte range; the end stays in sight unless somebody scrolled away from it.

const EVERY = 700; // milliseconds
const COLOUR = /\x1b\[[0-9;:]*[A-Za-z]/g;
const UNSEEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const KEPT = 2_000_000; // characters

export const watchLogs = (within) => {
  for (const box of within.querySelectorAll("pre[data-log]")) {
    box.scrollTop = box.scrollHeight;
    watch(box);
  }
};

const watch = async (box) => {
  let size = Number(box.dataset.size);
  const decoder = new TextDecoder();
  const goesOn = () => box.closest("section").querySelector("[data-open]");
  let last = !goesOn(); // then the page has all of it
  while (box.isConnected && !last) {
    last = !goesOn(); // asked before reading, so that what was printed until then is read
    // From the last byte that is known, which there is: a range beyond the end would be an error.
    const known = size ? 1 : 0;
    const headers = size ? { range: `bytes=${size - 1}-` } : {};
    const answer = await fetch(`/api/jobs/${box.dataset.log}/log`, { headers }).catch(() => null);
    const bytes = answer?.ok ? new Uint8Array(await answer.arrayBuffer()).subarray(known) : new Uint8Array();
    size += bytes.length;
    if (bytes.length) append(box, decoder.decode(bytes, { stream: true }));
    else await new Promise((resolve) => setTimeout(resolve, EVERY));
    if (document.hidden) await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
  }
};

// Of a line that is written over, as progress bars are, what was there last.
const append = (box, text) => {
  const follows = box.scrollTop + box.clientHeight >= box.scrollHeight - 4;
  const known = box.textContent;
  const start = known.lastIndexOf("\n") + 1;
  const open = known.slice(start) + text.replace(COLOUR, "").replaceAll("\r\n", "\n");
  const lines = open.split("\n").map((line) => line.replace(/\r+$/, "").replace(/^.*\r/, ""));
  box.textContent = (known.slice(0, start) + lines.join("\n").replace(UNSEEN, "\ufffd")).slice(-KEPT);
  if (follows) box.scrollTop = box.scrollHeight;
};
