// The one stream of a browser: a shared worker that tells every tab where the log ends by now.

const tabs = new Set();
let stream = null;
let newest = 0;

const tell = (message) => {
  for (const tab of tabs) tab.postMessage(message);
};

const open = (after) => {
  newest = after;
  stream = new EventSource(`/api/events?after=${after}`);
  stream.onmessage = ({ data, lastEventId }) => {
    newest = Number(lastEventId);
    tell({ number: newest, run: JSON.parse(data).run, state: "live" });
  };
  stream.addEventListener("beat", ({ lastEventId }) => {
    newest = Math.max(newest, Number(lastEventId));
    tell({ number: newest, run: "", state: "live" });
  });
  stream.onerror = () => tell({ number: 0, run: "", state: "lost" });
};

onconnect = ({ ports: [tab] }) => {
  tab.onmessage = ({ data }) => {
    if (data === "leave") {
      tabs.delete(tab);
      if (!tabs.size && stream) {
        stream.close();
        stream = null;
      }
      return;
    }
    tabs.add(tab);
    if (!stream) open(data.after);
    else tab.postMessage({ number: newest, run: "", state: stream.readyState === 1 ? "live" : "lost" });
  };
};
