// Draws a page's blocks: tables that can be sorted, facts, bars, charts and time lines.

function cell(view, tag, key) {
  const text = view.text ?? "";
  const inside = view.link ? anchor(text, view.link, key) : el("span", view.code ? "code" : "", text);
  const box = el(tag, view.light ? `lit ${view.light}` : "", view.light ? icon(view.light) : null, inside,
    view.note ? el("small", "", view.note) : null);
  return box;
}

function sorted(rows, sort) {
  if (!sort) return rows;
  const value = (row) => row[sort.column].sort ?? row[sort.column].text ?? "";
  const empty = (one) => one === null || one === "" || one === "–";
  return [...rows].sort((left, right) => {
    const [a, b] = [value(left), value(right)];
    if (empty(a) || empty(b)) return empty(a) - empty(b);
    const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
    return sort.down ? -order : order;
  });
}

function header(view, column, index, root, again) {
  const sort = root.sorts[view.key];
  const button = el("button", "sort", column.label);
  button.type = "button";
  button.dataset.key = `${view.key}-sort-${index}`;
  button.onclick = () => {
    const now = root.sorts[view.key];
    root.sorts[view.key] = { column: index, down: now?.column === index && !now.down };
    again();
  };
  const head = el("th", column.is_number ? "number" : "", button, hint(`${view.key}-col-${index}`, column.label, column.hint));
  head.scope = "col";
  head.setAttribute("aria-sort", sort?.column === index ? (sort.down ? "descending" : "ascending") : "none");
  return head;
}

function table(view, root, again) {
  if (!view.rows.length) return view.empty ? el("p", "empty", view.empty) : null;
  const head = el("tr", "", ...view.columns.map((column, index) => header(view, column, index, root, again)));
  const body = sorted(view.rows, root.sorts[view.key]).map((row, at) => el("tr", "", ...row.map((one, index) => {
    const box = cell(one, "td", `${view.key}-${row[0].text}-${index}`);
    if (view.columns[index].is_number) box.classList.add("number");
    box.dataset.label = view.columns[index].label;
    return box;
  })));
  const grid = el("table", "", el("caption", "unseen", view.title), el("thead", "", head), el("tbody", "", ...body));
  const box = el("div", view.tall ? "scroll tall" : "scroll", grid);
  box.dataset.scroll = view.key;
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.setAttribute("aria-label", view.title);
  return box;
}

function facts(view) {
  const pairs = view.pairs.flatMap(([name, value], index) => [el("dt", "", name), cell(value, "dd", `${view.key}-${index}`)]);
  return el("dl", "", ...pairs);
}

function bars(view) {
  if (!view.bars.length) return el("p", "empty", view.empty);
  const rows = view.bars.map((one, index) => {
    const fill = el("span", "");
    fill.style.width = `${Math.min(1, Math.max(0, one.fill)) * 100}%`;
    const name = el("div", "name", one.light ? icon(one.light) : null, one.link ? anchor(one.label, one.link, `${view.key}-${index}`) : one.label);
    const track = el("div", "track", fill);
    track.setAttribute("aria-hidden", "true");
    return el("li", one.light ? `lit ${one.light}` : "", name, el("div", "figure", one.value), track, one.note ? el("small", "", one.note) : null);
  });
  return el("ul", "bars", ...rows);
}

const [WIDE, HIGH, LEFT, BELOW, ABOVE] = [440, 210, 40, 24, 10];

function path(values, x, y) {
  let drawing = "", pen = "M";
  values.forEach((value, index) => {
    if (value === null) { pen = "M"; return; }
    drawing += `${pen}${x(index).toFixed(1)} ${y(value).toFixed(1)} `;
    pen = "L";
  });
  return drawing;
}

function chart(view) {
  if (!view.steps.length) return el("p", "empty", view.empty);
  const [low, high] = [view.low, view.high > view.low ? view.high : view.low + 1];
  const x = (index) => LEFT + (WIDE - LEFT - 12) * (view.steps.length > 1 ? index / (view.steps.length - 1) : 0.5);
  const y = (value) => ABOVE + (HIGH - ABOVE - BELOW) * (1 - (Math.min(high, Math.max(low, value)) - low) / (high - low));
  const parts = [];
  for (const value of [low, (low + high) / 2, high]) {
    parts.push(vector("line", { x1: LEFT, x2: WIDE - 12, y1: y(value), y2: y(value), class: "rule" }));
    parts.push(vector("text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, `${+value.toFixed(1)}${view.unit}`));
  }
  if (view.target !== null) parts.push(vector("line", { x1: LEFT, x2: WIDE - 12, y1: y(view.target), y2: y(view.target), class: "target" }));
  const last = view.steps.length - 1;
  for (const index of [...new Set([0, Math.round(last / 2), last])]) {
    const at = index === 0 ? "start" : index === last ? "end" : "middle";
    parts.push(vector("text", { x: x(index), y: HIGH - 6, "text-anchor": at }, view.steps[index]));
  }
  view.lines.forEach((line, index) => {
    parts.push(vector("path", { d: path(line.values, x, y), class: `line line${index}` }));
    line.values.forEach((value, at) => value !== null && parts.push(vector("circle", { cx: x(at), cy: y(value), r: 2.6, class: `dot line${index}` })));
  });
  const drawing = vector("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, "aria-hidden": "true", class: "chart" }, ...parts);
  const names = view.lines.map((line, index) => el("span", `key line${index}`, el("i", ""), line.name));
  const target = view.target_word ? el("span", "key target", el("i", ""), view.target_word) : null;
  return el("div", "", drawing, el("div", "keys", ...names, target), values(view));
}

// The same figures as a table, for whoever cannot see the lines.
function values(view) {
  const shown = (value) => value === null ? "–" : `${+value.toFixed(1)}${view.unit}`;
  const head = el("tr", "", el("th", "", ""), ...view.lines.map((line) => el("th", "", line.name)));
  const rows = view.steps.map((step, at) => el("tr", "", el("th", "", step), ...view.lines.map((line) => el("td", "", shown(line.values[at])))));
  return el("table", "unseen", el("caption", "", view.title), el("thead", "", head), el("tbody", "", ...rows));
}

function timeline(view) {
  if (!view.entries.length) return el("p", "empty", view.empty);
  return el("ol", "story", ...view.entries.map((one, index) => {
    const head = el("div", "told", el("span", `who ${one.voice}`, one.who), el("b", one.light ? `lit ${one.light}` : "", one.light ? icon(one.light) : null, one.what),
      one.code ? el("span", "code", one.code) : null, one.rule ? el("span", "rulename", one.rule) : null);
    return el("li", `voice-${one.voice}`, el("div", "at", one.at, one.gap ? el("small", "", one.gap) : null,
      one.allowed ? el("small", one.over ? "allowed lit red" : "allowed", one.over ? icon("red") : null, one.allowed) : null),
      el("div", "body", head, one.detail ? el("p", "", one.detail) : null, one.late ? el("small", "late", one.late) : null,
        one.again ? el("small", "again", one.again) : null));
  }));
}

function say(view) {
  const box = el("div", `say lit ${view.light || "plain"}`, view.light ? icon(view.light) : null,
    el("div", "", view.word ? el("b", "", view.word) : null, el("p", "", view.text),
      view.more.length ? el("ul", "", ...view.more.map((line) => el("li", "", line))) : null));
  box.setAttribute("role", "status");
  return box;
}

// What the page is narrowed by: the name of each link says that it takes a filter away.
function chips(view) {
  const links = view.chips.map((one) => {
    const link = anchor("", one.link, `chip-${one.key}`);
    link.className = `chip chip-${one.key}`;
    link.title = one.hint;
    link.setAttribute("aria-label", one.hint);
    const cross = el("span", "cross", "✕");
    cross.setAttribute("aria-hidden", "true");
    link.append(one.text, cross);
    return el("li", "", link);
  });
  const box = el("ul", "chips", ...links);
  box.setAttribute("aria-label", view.title);
  return box;
}

// How old the data is: counted on here, so that it turns red by itself when the server or the pipeline is gone.
const sheets = new Set();

function fresh(view) {
  return el("div", "fresh", el("i", ""), el("b", ""), view.note ? el("span", "", view.note) : null);
}

function tick(root, view) {
  const box = root.querySelector(".fresh"), line = box.querySelector("b");
  const age = view.seconds === null ? null : ageNow(view.seconds, view.drawn_at);
  const level = age === null ? "none" : levelOf(age, view);
  box.className = `fresh ${level}`;
  line.textContent = age === null ? view.words.age_none : ageText(age, view.words);
  const told = root.querySelector(".outdated");
  if (level === "stale" && !told) {
    const said = el("p", "outdated", icon("grey"), view.stale);
    said.setAttribute("role", "status");
    root.append(said);
  } else if (level !== "stale") told?.remove();
  root.dataset.age = level;
  greySheets();
}

function greySheets() {
  const old = [...sheets].some((one) => one.dataset.age === "stale");
  for (const root of sheets) root.classList.toggle("stale-all", old && !root.dataset.age);
}

const DRAW = { table, facts, bars, chart, timeline, say, chips, fresh };

function block(view, root, again) {
  if (["say", "chips", "fresh"].includes(view.kind)) return DRAW[view.kind](view);
  const title = view.title && !view.bare ? el("h2", "", view.title, hint(view.key, view.title, view.hint), view.note ? el("span", "note", view.note) : null) : null;
  const problem = view.problem ? el("p", "problem", icon("grey"), view.problem) : null;
  const box = el("section", `block ${view.kind}${view.problem ? " faded" : ""}`, title, problem, DRAW[view.kind](view, root, again));
  box.dataset.block = view.key;
  return box;
}

export default function (component) {
  const { parentElement, setTriggerValue } = component;
  const data = unpacked(component.data);
  const root = parentElement.querySelector(".sheet");
  root.sorts ??= {};
  const again = () => redraw(root, () => root.replaceChildren(...data.blocks.map((view) => block(view, root, again))));
  root.className = `sheet across${data.across}${data.wall ? " wall" : ""}${data.faded ? " faded-all" : ""}`;
  root.dataset.looks = data.looks;
  again();
  follow(root, setTriggerValue);
  clearInterval(root.timer);
  sheets.add(root);
  delete root.dataset.age;
  const age = data.blocks.find((view) => view.kind === "fresh");
  if (age) {
    tick(root, age);
    root.timer = setInterval(() => tick(root, age), 1000);
  }
  greySheets();
  return () => {
    clearInterval(root.timer);
    sheets.delete(root);
  };
}
