// What both components draw with. Every text goes in through textContent, never as markup.

const ICONS = {
  green: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.7 14.6-4.2-4.2 1.6-1.6 2.6 2.6 6-6 1.6 1.6-7.6 7.6Z",
  yellow: "M12 2.6 1.2 21.2h21.6L12 2.6Zm1.2 15.4h-2.4v-2.3h2.4V18Zm0-4.2h-2.4V8.9h2.4v4.9Z",
  red: "M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9L7.9 2Zm5.3 15.3v-2.4h-2.4v2.4h2.4Zm0-4.4V6.7h-2.4v6.2h2.4Z",
  grey: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm1.2 16.2h-2.4v-2.3h2.4v2.3Zm1.9-6.4c-.9 1-1.9 1.4-1.9 2.7h-2.4c0-2.4 1.5-2.9 2.4-3.9.4-.4.6-.8.6-1.3a1.8 1.8 0 0 0-3.6 0H7.8a4.2 4.2 0 1 1 8.4 0c0 1-.4 1.8-1.1 2.5Z",
};

function el(tag, className, ...inside) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const part of inside) if (part !== null && part !== undefined && part !== "") node.append(part);
  return node;
}

function vector(tag, attributes, ...inside) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...inside);
  return node;
}

function icon(light) {
  return vector("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: "icon" },
    vector("path", { d: ICONS[light], fill: "currentColor" }));
}

function hint(key, label, text) {
  if (!text) return null;
  const button = el("button", "", "?");
  button.type = "button";
  button.dataset.key = key;
  button.setAttribute("aria-label", label);
  button.setAttribute("aria-describedby", `tip-${key}`);
  const tip = el("span", "", text);
  tip.id = `tip-${key}`;
  tip.setAttribute("role", "tooltip");
  return el("span", "hint", button, tip);
}

// A link of ours: opened by Streamlit within the session, or as a page of its own with the middle button.
function anchor(text, target, key) {
  const link = el("a", "", text);
  link.href = target.replace(/^health(?=$|[?])/, "./");  // the health board has no name in the address
  link.dataset.go = target;
  link.dataset.key = key;
  return link;
}

function follow(root, setTriggerValue) {
  root.onclick = (event) => {
    const link = event.target.closest("a[data-go]");
    if (!link || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    setTriggerValue("go", link.dataset.go);
  };
}

// Draws anew and gives back what the viewer had: the focus, and how far each box was scrolled.
function redraw(root, draw) {
  const focused = root.getRootNode().activeElement?.dataset?.key;
  const scrolled = [...root.querySelectorAll("[data-scroll]")].map((box) => [box.dataset.scroll, box.scrollTop, box.scrollLeft]);
  const opened = [...root.querySelectorAll("details[open]")].map((box) => box.dataset.key);
  draw();
  for (const key of opened) root.querySelector(`details[data-key="${CSS.escape(key)}"]`)?.setAttribute("open", "");
  for (const [key, top, left] of scrolled) {
    const box = root.querySelector(`[data-scroll="${CSS.escape(key)}"]`);
    if (box) [box.scrollTop, box.scrollLeft] = [top, left];
  }
  if (focused) root.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
}

// How long ago, in the page's language.
function length(seconds, words) {
  const s = Math.floor(seconds), two = (n) => String(n).padStart(2, "0");
  const fill = (text, values) => text.replace(/\{(\w)\}/g, (_, key) => values[key]);
  const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
  if (d) return fill(words.age_d, { d, h });
  if (h) return fill(words.age_h, { h, m: two(m) });
  return m ? fill(words.age_m, { m, s: two(s % 60) }) : fill(words.age_s, { s });
}

const arrivals = new Map(); // server time of a picture -> browser time at which it first came

// The data age of a picture now: it grows here, even if the server dies and can say no more.
function ageNow(seconds, stamp) {
  if (!arrivals.has(stamp)) arrivals.set(stamp, Date.now());
  while (arrivals.size > 50) arrivals.delete(arrivals.keys().next().value);
  return seconds + (Date.now() - arrivals.get(stamp)) / 1000;
}

function ageText(age, words) {
  return `${words.age_label} ${words.age_now.replace("{age}", length(age, words))}`;
}

function levelOf(age, limits) {
  return age > limits.stale_s ? "stale" : age > limits.ageing_s ? "ageing" : "fresh";
}

// What the server packed: JSON as bytes.
function unpacked(data) {
  return JSON.parse(new TextDecoder().decode(data));
}
