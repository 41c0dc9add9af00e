const read = (name) => JSON.parse(document.getElementById(`data-${name}`).textContent);
const minus = (text) => text.replace("-", "−");
const fixed = (digits) => (value) => minus((Number(value.toFixed(digits)) + 0).toFixed(digits));
const signed = (digits) => (value) => (Number(value.toFixed(digits)) > 0 ? "+" : "") + fixed(digits)(value);
const percent = (value) => `${(100 * value).toFixed(0)}%`;

/* Build an element; text is always set as text, never as HTML. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/* ---- charts ---- */
const specs = read("figures");
const options = { renderer: "svg", actions: false, tooltip: { disableDefaultStyle: true } };
const drawn = [...document.querySelectorAll(".chart")].map((chart) =>
  window.vegaEmbed(chart, specs[chart.dataset.figure], options)
);

/* A folded chart has no width until it is unfolded. */
for (const folded of document.querySelectorAll("details")) {
  folded.addEventListener("toggle", () => window.dispatchEvent(new Event("resize")));
}

/* A link into a folded card unfolds it. */
function unfold() {
  const target = document.getElementById(location.hash.slice(1));
  const folded = target?.closest("details");
  if (!folded || folded.open) return;
  folded.open = true;
  target.scrollIntoView();
}
window.addEventListener("hashchange", unfold);
unfold();

/* ---- pictures ---- */
const people = read("examples");

function picture(split, index, text) {
  const place = people.places[split]?.[index];
  if (place === undefined) return "";
  const { tiles, columns } = people.sheets;
  const sheet = Math.floor(place / tiles);
  /* Beside its name a picture has nothing to add for who can't see it. */
  const said = text ? { role: "img", "aria-label": text } : { "aria-hidden": "true" };
  const thumb = make("span", { class: `thumb sheet-${sheet}`, ...said });
  thumb.style.setProperty("--x", place % columns);
  thumb.style.setProperty("--y", Math.floor((place % tiles) / columns));
  return thumb;
}

/* ---- one example, opened ---- */
const dialog = document.getElementById("example");

function influences(algorithm, target) {
  const found = people.influence?.[algorithm.toLowerCase()];
  const side = make("section", { class: "influences" });
  side.append(make("h3", {}, make("b", { class: `arm ${algorithm.toLowerCase()}` }, algorithm)));
  if (!found) {
    side.append(make("p", { class: "quiet" }, "No datamodel was fitted to read."));
    return side;
  }
  const pairs = found.train[target].map((index, i) => [index, found.weights[target][i]]);
  const halves = [
    ["raise its output most", pairs.filter(([, weight]) => weight > 0)],
    ["lower its output most", pairs.filter(([, weight]) => weight < 0).reverse()],
  ];
  for (const [title, half] of halves) {
    side.append(make("h4", {}, `Training examples that ${title}`));
    side.append(half.length ? make("ul", {}, ...half.map(neighbour)) : make("p", { class: "quiet" }, "None."));
  }
  return side;
}

function neighbour([index, weight]) {
  const id = people.train_ids[index];
  const label = people.train_labels[index];
  return make(
    "li",
    {},
    picture("train", index, `${id}, ${label}`),
    make("span", {}, id, make("small", {}, label), make("small", {}, people.train_texts[index] ?? "")),
    make("span", { class: "value" }, signed(3)(weight))
  );
}

function open(target) {
  const facts = make("dl", { class: "facts" });
  for (const column of columns.filter((one) => one.values.length && one.fact !== false)) {
    facts.append(make("div", {}, make("dt", {}, column.name), make("dd", {}, column.show(column.values[target], target))));
  }
  dialog.replaceChildren(
    make("form", { method: "dialog" }, make("button", { class: "close", "aria-label": "Close" }, "×")),
    make(
      "header",
      {},
      picture("targets", target, people.ids[target]),
      make("div", {}, make("h2", { id: "example-title" }, people.ids[target]), facts,
        make("p", { class: "quiet" }, people.texts[target] ?? ""))
    ),
    make("div", { class: "columns" }, influences("A", target), influences("B", target))
  );
  dialog.showModal();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-target]");
  if (button) open(Number(button.dataset.target));
  if (event.target === dialog) dialog.close();
});

/* ---- lists and tables as files ---- */
/* Text that a spreadsheet would run as a formula is kept text by an apostrophe. */
const cell = (value) => {
  const told = String(value).trim();
  const inert = /^[=+@\-]/.test(told) && Number.isNaN(Number(told)) ? `'${told}` : told;
  return /[",\n\r]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
};

function save(name, rows) {
  const text = rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
  const link = make("a", { href: URL.createObjectURL(new Blob([text], { type: "text/csv" })), download: `${name}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const saving = (name, rows) =>
  make("button", { class: "save", type: "button", onclick: () => save(name, rows()) }, "Save as CSV");
const plainly = (text) => (/^−?[\d.,]+$/.test(text) ? text.replace("−", "-").replaceAll(",", "") : text);
const told = (element) => plainly(element.textContent.replace(/\s+/g, " ").trim());
const named_as = (element) => (element.getAttribute("aria-label") ?? "numbers").replace(/[^\w]+/g, "-");

for (const region of document.querySelectorAll(".scroll[role=region]")) {
  const rows = () => [...region.querySelectorAll("tr")].map((row) => [...row.cells].map(told));
  region.after(saving(named_as(region), rows));
}
for (const list of document.querySelectorAll("ul.grid")) {
  const rows = () => [
    ["example", "label", "weight"],
    ...[...list.children].map((one) => [
      one.querySelector("[title]").title, ...[...one.querySelectorAll(".caption, .weight")].map(told),
    ]),
  ];
  list.after(saving("examples", rows));
}

/* ---- the table of everyone ---- */
const points = (value) => fixed(0)(100 * value);
const gain = (value, index) => `${signed(0)(100 * value)} [${points(people.gain.low[index])}, ${points(people.gain.high[index])}]`;
const alone = (side) => (value, index) => `${percent(value)} [${points(people.only_right[side].low[index])}, ${points(people.only_right[side].high[index])}]`;
const text = (value) => value;
const rate = (value) => (value < 0.0005 ? "< 0.001" : fixed(3)(value));
const columns = [
  { name: "label", values: people.labels.every((label) => !label) ? [] : people.labels, show: text, text: true },
  { name: "right under A", values: people.accuracy.a, show: percent },
  { name: "right under B", values: people.accuracy.b, show: percent },
  { name: "only A right", values: people.only_right.a.mean, show: alone("a"), row: false },
  { name: "only B right", values: people.only_right.b.mean, show: alone("b"), row: false },
  { name: "A − B", values: people.gain.mean, show: gain },
  { name: "q of A − B", values: people.gain_q_value, show: rate, row: false },
  { name: "output under A", values: people.output.a, show: fixed(2), row: false },
  { name: "output under B", values: people.output.b, show: fixed(2), row: false },
  { name: "similarity", values: people.similarity, show: fixed(2) },
  { name: "explained differently", values: people.statistic, show: (value) => `${fixed(2)(value)} × noise` },
  { name: "q", values: people.q_value, show: rate },
  ...Object.entries(people.projections).map(([number, values]) => ({
    name: `direction ${number}`, values, show: signed(2), end: number,
  })),
].filter((column) => column.values.length);
/* A direction has a column only while it is chosen: ten of them fit no screen. */
const shown = () => columns.filter(
  (column) => column.row !== false && (!column.end || column.end === state.end.split(" ")[0])
);

const PAGE = 20;
const named = (name) => columns.find((column) => column.name === name);
/* By q, which decides; the multiple of the noise is in units of each target's own. */
const initial = { by: named("q") ?? named("similarity"), down: false };
const state = { ...initial, page: 0, label: "", end: "", search: "", right: "" };
const known = people.accuracy.a.length > 0;
const mostly = (index) => `${people.accuracy.a[index] > 0.5 ? "A" : ""}${people.accuracy.b[index] > 0.5 ? "B" : ""}`;

function chosen() {
  const [number, sign] = state.end.split(" ");
  const projection = people.projections[number];
  const search = state.search.toLowerCase();
  const kept = people.ids.map((_, index) => index).filter(
    (index) =>
      (!state.right || mostly(index) === state.right.replace("none", "")) &&
      (!state.label || people.labels[index] === state.label) &&
      (!projection || projection[index] * Number(sign) > 0) &&
      people.ids[index].toLowerCase().includes(search)
  );
  const { values, text: isText } = state.by;
  const order = isText
    ? (a, b) => values[a].localeCompare(values[b], "en", { numeric: true })
    : (a, b) => values[a] - values[b];
  return kept.sort((a, b) => (state.down ? -1 : 1) * order(a, b) || a - b);
}

function choice(title, entries, change) {
  const select = make("select", { "aria-label": title, onchange: (event) => change(event.target.value) });
  for (const [value, name] of entries) select.append(make("option", { value }, name));
  return make("label", {}, make("span", {}, title), select);
}

function heading(column) {
  const sorted = state.by === column ? (state.down ? "descending" : "ascending") : "none";
  const sort = () => {
    Object.assign(state, { down: state.by === column ? !state.down : !column.text, by: column, page: 0 });
    draw();
    [...table.querySelectorAll("thead button")].find((button) => button.dataset.column === column.name).focus();
  };
  return make(
    "th",
    { scope: "col", "aria-sort": sorted, class: column.text ? "" : "figure-column" },
    make("button", { onclick: sort, "data-column": column.name }, column.name)
  );
}

function row(index) {
  const name = make("button", { class: "open", "data-target": index },
    picture("targets", index, ""), make("span", {}, people.ids[index]));
  const cells = shown().map((column) =>
    make("td", { class: column.text ? "" : "figure-column" }, column.show(column.values[index], index)));
  return make("tr", {}, make("th", { scope: "row" }, name), ...cells);
}

function draw() {
  const found = chosen();
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  state.page = Math.min(Math.max(0, state.page), pages - 1);
  const first = state.page * PAGE;
  const some = found.slice(first, first + PAGE);
  table.replaceChildren(
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "target"), ...shown().map(heading))),
    make("tbody", {}, ...some.map(row))
  );
  const total = found.length.toLocaleString("en");
  count.textContent = found.length ? `${first + 1}–${first + some.length} of ${total}` : "no target fits";
  back.disabled = state.page === 0;
  next.disabled = state.page === pages - 1;
}

const set = (field) => (value) => {
  Object.assign(state, { [field]: value, page: 0 });
  if (field === "end") {
    const [number, sign] = value.split(" ");
    Object.assign(state, number ? { by: named(`direction ${number}`), down: sign === "1" } : initial);
  }
  draw();
};
const turn = (by) => () => { state.page += by; draw(); };
const table = make("table", { class: "people" });
const count = make("span", { "aria-live": "polite" });
const back = make("button", { class: "step", onclick: turn(-1) }, "← previous");
const next = make("button", { class: "step", onclick: turn(1) }, "next →");
const labels = [...new Set(people.labels)].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
const ends = Object.keys(people.projections).flatMap((number) => [
  [`${number} 1`, `direction ${number}, positive end`],
  [`${number} -1`, `direction ${number}, negative end`],
]);
const filters = make("form", { class: "filters", onsubmit: (event) => event.preventDefault() });
if (labels.length > 1 && labels.length <= 1000) {
  filters.append(choice("label", [["", "all"], ...labels.map((label) => [label, label])], set("label")));
}
if (known) {
  filters.append(choice("right in most models", [
    ["", "all"], ["A", "of A, not of B"], ["B", "of B, not of A"], ["AB", "of both"], ["none", "of neither"],
  ], set("right")));
}
if (ends.length) filters.append(choice("direction", [["", "all"], ...ends], set("end")));
filters.append(make("label", {}, make("span", {}, "name contains"),
  make("input", { type: "search", "aria-label": "name contains", oninput: (event) => set("search")(event.target.value) })));
document.getElementById("people").replaceChildren(
  filters,
  make("div", { class: "scroll", role: "region", "aria-label": "targets", tabindex: "0" }, table),
  make("p", { class: "pager" }, back, count, next, saving("targets", () => {
    const all = [{ name: "target", values: people.ids }, ...columns];
    return [all.map((column) => column.name), ...chosen().map((index) => all.map((column) => column.values[index]))];
  }))
);
draw();

Promise.all(drawn).then(() => document.documentElement.setAttribute("data-ready", ""));
