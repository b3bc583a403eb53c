/** The page of `nido map --live`. It is one file; names from outside come in the picture, escaped, or as text. */

/** The page. @param nonce What lets its script run, and no other. */
export const page = (nonce: string): string =>
  `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>nido map</title>
<style>
:root { color-scheme: light dark; --page: #fcfcfd; --card: #fff; --line: #c9ced8; --ink: #1b2130; --warn: #ab231c }
@media (prefers-color-scheme: dark) {
  :root { --page: #12151c; --card: #1a1f29; --line: #3a4354; --ink: #e8ecf4; --warn: #ff9d95 }
}
* { box-sizing: border-box }
body { margin: 0; height: 100vh; display: flex; background: var(--page); color: var(--ink) }
body, pre, button { font: 13px/1.45 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace }
main { flex: 1; min-width: 0; overflow: auto }
#ended { color: var(--warn); padding: 0 20px }
[data-pid], [data-ns] { cursor: pointer }
[data-pid]:hover, [data-ns]:hover, [data-pid]:focus, [data-ns]:focus { text-decoration: underline; outline: none }
aside { width: min(84ch, 50%); overflow: auto; padding: 12px 16px; background: var(--card); border-left: 1px solid var(--line) }
aside pre { margin: 8px 0; white-space: pre-wrap; overflow-wrap: anywhere }
button { background: none; color: inherit; border: 1px solid var(--line); border-radius: 6px; padding: 2px 10px; cursor: pointer }
@media (max-width: 800px) {
  body { flex-direction: column }
  aside pre { white-space: pre }
  aside { width: auto; max-height: 50vh; border-left: 0; border-top: 1px solid var(--line) }
}
</style>
<main><p id="ended" hidden>nido has ended: this is the last map.</p><div id="map"></div></main>
<aside hidden aria-live="polite"><button>Close</button><pre></pre></aside>
<script nonce="${nonce}">
const one = (selector) => document.querySelector(selector);
const [map, ended, aside, text] = ["#map", "#ended", "aside", "pre"].map(one);
let subject, drawing = false, again = false;

async function draw() {
  if (drawing) { again = true; return; }
  drawing = true;
  try {
    const svg = await (await fetch("map")).text();
    const picture = new DOMParser().parseFromString(svg, "image/svg+xml").documentElement;
    map.replaceChildren(document.importNode(picture, true));
    if (subject) await show();
  } catch { /* It has ended: the stream of changes says so. */ }
  drawing = false;
  if (again) { again = false; draw(); }
}

async function show() {
  const asked = subject;
  const answer = await (await fetch(asked)).text();
  if (asked !== subject) return;
  text.textContent = answer;
  aside.hidden = false;
}

function choose({ target }) {
  const { pid, ns } = target.dataset ?? {};
  if (pid || ns) { subject = pid ? "pid/" + pid : "who/" + ns; show(); }
}

map.addEventListener("click", choose);
map.addEventListener("keydown", (event) => { if (event.key === "Enter") choose(event); });
one("button").addEventListener("click", () => { subject = undefined; aside.hidden = true; });
const changes = new EventSource("changes");
changes.onmessage = draw;
changes.onerror = () => { ended.hidden = false; };
changes.onopen = () => { ended.hidden = true; draw(); };
</script>
</html>
`;
