// Draws what the page's view models say, and lets the data age tick here: it grows even if the server dies.

function verdict(view, words) {
  const word = el("div", "word", view.word, hint("rule", words.rule_title, words.rule),
    words.scope ? el("span", "chip", words.scope) : null);
  const say = el("div", "say", word, el("p", "sentence", view.sentence), view.forecast ? forecast(view.forecast) : null);
  say.setAttribute("role", "status");
  const age = el("div", "age", el("b", ""), el("small", "", words.clock));
  const box = el("section", `verdict ${view.light}`, icon(view.light), say, age);
  box.dataset.light = view.light;
  return box;
}

function forecast(view) {
  const text = view.link ? anchor(view.text, view.link, "forecast-go") : view.text;
  return el("p", `forecast ${view.light}`, icon(view.light), text, hint("forecast", view.label, view.hint));
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
    el("div", "row", el("span", "name", view.link ? anchor(view.name, view.link, `part${index}-go`) : view.name, hint(`part${index}`, view.name, view.hint)),
      el("span", "state", view.word), view.fill === null ? null : el("span", "figure", view.value)),
    bar(view), el("span", "note", view.note), view.then ? el("span", "note then", view.then) : null);
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
    el("div", view.value === noData ? "value empty" : "value", view.link && view.value !== noData ? anchor(view.value, view.link, `${view.key}-go`) : view.value),
    el("div", "note", view.note), view.then ? el("div", "note then", view.then) : null,
    view.fill === null ? null : el("div", "foot", bar(view), el("span", "note", view.foot)));
}

function draw(root, data) {
  const banner = data.banner ? el("div", "banner", data.banner.text, el("small", "", data.banner.ref)) : null;
  if (banner) banner.setAttribute("role", "status");
  const cards = el("div", "cards", csdiCard(data.csdi, data.words, data.csdi.problem),
    ...data.counts.map((view) => countCard(view, data.words.no_data)));
  if (data.faded) cards.classList.add("faded");
  root.replaceChildren(...[banner, verdict(data.verdict, data.words), data.start ? null : cards].filter(Boolean));
  root.classList.toggle("start", data.start);
  root.classList.toggle("wall", data.wall);
  root.dataset.refresh = data.refresh;
}

function tick(root, data) {
  const box = root.querySelector(".age"), line = box.querySelector("b");
  if (data.age.seconds === null) {
    box.className = "age none";
    line.replaceChildren(el("i", ""), data.words.age_none);
    return;
  }
  const age = ageNow(data.age.seconds, data.stamp), level = levelOf(age, data.age);
  box.className = `age ${level}`;
  box.dataset.seconds = Math.floor(age);
  line.replaceChildren(el("i", ""), ageText(age, data.words));
  // Never green on stale data, not even when the server is gone and nobody else can say so.
  if (level === "stale" && root.querySelector(".verdict").dataset.light !== "grey") {
    root.querySelector(".verdict").replaceWith(verdict(data.stale, data.words));
    tick(root, data);
  }
  root.classList.toggle("stale-all", level === "stale");
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = unpacked(component.data);
  const root = parentElement.querySelector(".board");
  redraw(root, () => draw(root, data));
  follow(root, setTriggerValue);
  tick(root, data);
  clearInterval(root.timer);
  root.timer = setInterval(() => tick(root, data), 1000);
  return () => clearInterval(root.timer);
}
