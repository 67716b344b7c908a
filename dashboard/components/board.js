// Draws what the page's view models say, and lets the data age tick here: it grows even if the server dies.
// Every text goes in through textContent, never as markup.

const ICONS = {
  green: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm-1.7 14.6-4.2-4.2 1.6-1.6 2.6 2.6 6-6 1.6 1.6-7.6 7.6Z",
  yellow: "M12 2.6 1.2 21.2h21.6L12 2.6Zm1.2 15.4h-2.4v-2.3h2.4V18Zm0-4.2h-2.4V8.9h2.4v4.9Z",
  red: "M7.9 2h8.2L22 7.9v8.2L16.1 22H7.9L2 16.1V7.9L7.9 2Zm5.3 15.3v-2.4h-2.4v2.4h2.4Zm0-4.4V6.7h-2.4v6.2h2.4Z",
  grey: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20Zm1.2 16.2h-2.4v-2.3h2.4v2.3Zm1.9-6.4c-.9 1-1.9 1.4-1.9 2.7h-2.4c0-2.4 1.5-2.9 2.4-3.9.4-.4.6-.8.6-1.3a1.8 1.8 0 0 0-3.6 0H7.8a4.2 4.2 0 1 1 8.4 0c0 1-.4 1.8-1.1 2.5Z",
};
const arrivals = new Map(); // server time of a picture -> browser time at which it first came

function el(tag, className, ...inside) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  for (const part of inside) if (part !== null && part !== undefined && part !== "") node.append(part);
  return node;
}

function icon(light) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[light]);
  path.setAttribute("fill", "currentColor");
  svg.append(path);
  return svg;
}

function hint(key, label, text) {
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

function verdict(view, words) {
  const word = el("div", "word", view.word, hint("rule", words.rule_title, words.rule),
    words.scope ? el("span", "chip", words.scope) : null);
  const say = el("div", "say", word, el("p", "sentence", view.sentence));
  say.setAttribute("role", "status");
  const age = el("div", "age", el("b", ""), el("small", "", words.clock));
  const box = el("section", `verdict ${view.light}`, icon(view.light), say, age);
  box.dataset.light = view.light;
  return box;
}

function bar(view) {
  const box = el("div", "bar");
  if (view.fill !== null) {
    const fill = el("span", "");
    fill.style.width = `${view.fill * 100}%`;
    box.append(fill);
  }
  if (view.mark !== null) {
    const mark = el("em", "");
    mark.style.left = `calc(${view.mark * 100}% - 2px)`;
    box.append(mark);
  }
  box.setAttribute("aria-hidden", "true"); // its note says the same in words
  return box;
}

function part(view, index) {
  return el("div", `part ${view.state}`,
    el("div", "row", el("span", "name", view.name, hint(`part${index}`, view.name, view.hint)),
      el("span", "state", view.word), view.fill === null ? null : el("span", "figure", view.value)),
    bar(view), el("span", "note", view.note));
}

function csdiCard(view, words, faded) {
  const empty = view.value === "–";
  const left = el("div", "", el("h2", "", words.csdi, hint("csdi", words.csdi, words.csdi_help)),
    el("div", empty ? "value empty" : "value", empty ? view.note : view.value),
    empty ? null : el("div", "note", view.note), el("div", "note", view.scope),
    view.problem ? el("div", "note", view.problem) : null);
  return el("section", `card index${faded ? " faded" : ""}`, left, el("div", "parts", ...view.parts.map(part)));
}

function countCard(view, noData) {
  const head = el("h2", "", view.label, hint(view.key, view.label, view.hint));
  if (view.scope) head.append(el("span", "chip", view.scope));
  return el("section", `card count ${view.key} ${view.light}`, head,
    el("div", view.value === noData ? "value empty" : "value", view.value), el("div", "note", view.note),
    view.fill === null ? null : el("div", "foot", bar(view), el("span", "note", view.foot)));
}

function draw(root, data) {
  const focused = root.getRootNode().activeElement?.dataset?.key;
  const banner = data.banner ? el("div", "banner", data.banner.text, el("small", "", data.banner.ref)) : null;
  if (banner) banner.setAttribute("role", "status");
  const cards = el("div", "cards", csdiCard(data.csdi, data.words, data.csdi.problem),
    ...data.counts.map((view) => countCard(view, data.words.no_data)));
  if (data.faded) cards.classList.add("faded");
  root.replaceChildren(...[banner, verdict(data.verdict, data.words), data.start ? null : cards].filter(Boolean));
  root.classList.toggle("start", data.start);
  root.dataset.refresh = data.refresh;
  if (focused) root.querySelector(`[data-key="${focused}"]`)?.focus();
}

function length(seconds, words) {
  const s = Math.floor(seconds), two = (n) => String(n).padStart(2, "0");
  const fill = (text, values) => text.replace(/\{(\w)\}/g, (_, key) => values[key]);
  const d = Math.floor(s / 86400), h = Math.floor(s / 3600) % 24, m = Math.floor(s / 60) % 60;
  if (d) return fill(words.age_d, { d, h });
  if (h) return fill(words.age_h, { h, m: two(m) });
  return m ? fill(words.age_m, { m, s: two(s % 60) }) : fill(words.age_s, { s });
}

function tick(root, data) {
  const box = root.querySelector(".age"), line = box.querySelector("b");
  if (data.age.seconds === null) {
    box.className = "age none";
    line.replaceChildren(el("i", ""), data.words.age_none);
    return;
  }
  const age = data.age.seconds + (Date.now() - arrivals.get(data.stamp)) / 1000;
  const level = age > data.age.stale_s ? "stale" : age > data.age.ageing_s ? "ageing" : "fresh";
  box.className = `age ${level}`;
  box.dataset.seconds = Math.floor(age);
  line.replaceChildren(el("i", ""), `${data.words.age_label} ${data.words.age_now.replace("{age}", length(age, data.words))}`);
  // Never green on stale data, not even when the server is gone and nobody else can say so.
  if (level === "stale" && root.querySelector(".verdict").dataset.light !== "grey") {
    root.querySelector(".verdict").replaceWith(verdict(data.stale, data.words));
    tick(root, data);
  }
  root.classList.toggle("stale-all", level === "stale");
}

export default function (component) {
  const { data, parentElement } = component;
  const root = parentElement.querySelector(".board");
  if (!arrivals.has(data.stamp)) arrivals.set(data.stamp, Date.now());
  while (arrivals.size > 50) arrivals.delete(arrivals.keys().next().value);
  draw(root, data);
  tick(root, data);
  clearInterval(root.timer);
  root.timer = setInterval(() => tick(root, data), 1000);
  return () => clearInterval(root.timer);
}
