// The gallery and the table. Only what is near the window is in the document, however many runs.

const GAP = 12; // px between tiles
const TEXT = 29; // px of a tile below its picture, without the lines of its label
const ROW = 57; // px, the height of a table's row

const list = { runs: [], elements: new Map(), view: null };

/** Shows what is chosen in the view that the state asks for. */
function drawList({ chosen, front }, actions) {
  const host = byId("list");
  host.className = state.view;
  const draw = state.view === "table" ? drawTable : drawGallery;
  Object.assign(list, { runs: chosen, elements: new Map(), view: null });
  if (chosen.length) list.view = draw(host, front, actions);
  else host.replaceChildren(make("p.nothing", "No run matches."));
  fill();
}

/** Keeps of the elements of all runs those near the window; two spaces stand for the others. */
function fill() {
  if (!list.view) return;
  const { before, rows, after, columns, height, element } = list.view;
  const lines = Math.ceil(list.runs.length / columns);
  const line = (y) => Math.max(0, Math.min(lines, y / height));
  const above = -before.getBoundingClientRect().top;
  const first = Math.floor(line(above - innerHeight)); // a window's height more on either side
  const last = Math.ceil(line(above + 2 * innerHeight));
  before.style.height = `${first * height}px`;
  after.style.height = `${(lines - last) * height}px`;
  const near = list.runs.slice(first * columns, last * columns);
  const known = list.elements;
  list.elements = new Map(near.map((run) => [run, known.get(run) ?? watched(element(run), run)]));
  // Those that stay are not moved, so that they keep the focus.
  const kept = new Set(list.elements.values());
  for (const child of [...rows.children]) if (!kept.has(child)) child.remove();
  [...kept].forEach((child, at) => {
    if (rows.children[at] !== child) rows.insertBefore(child, rows.children[at] ?? null);
  });
}

function watched(element, run) {
  element.onpointerenter = () => ring(run);
  element.onpointerleave = () => ring(null);
  return element;
}

function drawGallery(host, front, actions) {
  const wide = host.clientWidth;
  const least = Math.min(Math.max(112, Math.min(240, thumbnail.side * 0.8)), (wide - GAP) / 2);
  const columns = Math.max(1, Math.floor((wide + GAP) / (least + GAP)));
  const width = (wide - (columns - 1) * GAP) / columns;
  const shape = Math.max(0.7, Math.min(1.8, thumbnail.shape));
  const keys = width > 160; // beside a smaller picture there is no room for them
  const labelOf = (run) => (keys ? shortText(run) : shortLabel(run).map(([, text]) => text).join(" · "));
  const lines = keys && 7 * longest(list.runs.map(labelOf)) > width ? 2 : 1;
  const element = (run) =>
    make(
      front.has(run) ? "article.tile.front" : "article.tile",
      make(
        "button.open",
        { type: "button", title: label(run), onclick: () => actions.open(run) },
        make("span.frame", picture(run)),
        make("span.values", labelOf(run)),
        make(
          "span.figures",
          run.status === "done" && state.plane.some((key) => key in run.figures)
            ? state.plane.map((key) => figure(run, key) || "–").join(" · ")
            : run.status + (run.reason && `: ${run.reason}`),
        ),
      ),
      pick(run, actions),
    );
  const height = Math.round(width / shape) + TEXT + 18 * lines;
  const [before, rows, after] = [make("div"), make("div.tiles"), make("div")];
  rows.classList.toggle("short", lines === 1);
  rows.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
  rows.style.gridAutoRows = `${height}px`;
  rows.style.setProperty("--lines", lines);
  host.replaceChildren(before, rows, after);
  return { before, rows, after, columns, height: height + GAP, element };
}

/** The box that takes a run into the comparison. */
function pick(run, actions) {
  const box = make("input", {
    type: "checkbox",
    checked: actions.isPicked(run),
    "aria-label": `compare ${label(run)}`,
    onchange: () => actions.pick(run, box.checked),
  });
  box.run = run;
  return make("label.pick", { title: "compare" }, box);
}

function drawTable(host, front, actions) {
  const opener = (run) =>
    make("button.open", { type: "button", "aria-label": label(run) }, picture(run));
  const status = (run) =>
    make(
      "span",
      make("span", { className: `status ${run.status}` }, run.status),
      front.has(run) && make("span.front", { title: "on the front" }, " ◆"),
      run.reason && make("span.reason", { title: run.reason }, ` ${run.reason}`),
    );
  const columns = [
    { width: 34, cell: (run) => pick(run, actions) },
    { width: 76, cell: opener },
    { head: "#", width: 48, number: true, sort: BEST, cell: (run) => String(run.rank ?? "") },
    ...axes.map((axis) => ({
      head: axis.name,
      title: axis.key,
      number: axis.numeric,
      sort: axis.key,
      width: 30 + 8.2 * Math.max(axis.name.length + 1, Math.min(24, longest(axis.values))),
      cell: (run) => value(run, axis),
    })),
    ...[...new Set([...state.plane, ...page.figures])].map((key) => ({
      head: key,
      number: true,
      sort: key,
      width: 30 + 8.2 * (key.length + 1),
      cell: (run) => figure(run, key),
    })),
    { head: "status", sort: "status", width: 150, cell: status },
  ];
  const element = (run) =>
    make(
      "tr",
      { onclick: ({ target }) => target.closest("label") || actions.open(run) },
      ...columns.map(({ number, cell }) => make(number ? "td.number" : "td", cell(run))),
    );
  const space = () => make("td", { colSpan: columns.length });
  const [before, rows, after] = [space(), make("tbody.rows"), space()];
  const total = columns.reduce((sum, { width }) => sum + width, 0);
  const table = make(
    "table",
    make("colgroup", ...columns.map(({ width }) => make("col", { width }))),
    make("thead", make("tr", ...columns.map((column) => heading(column, actions)))),
    make("tbody.space", make("tr", before)),
    rows,
    make("tbody.space", make("tr", after)),
  );
  table.style.width = `max(100%, ${total}px)`;
  host.classList.toggle("wide", total > host.clientWidth); // scrolls sideways by itself
  host.replaceChildren(table);
  return { before, rows, after, columns: 1, height: ROW, element };
}

function heading({ head, title = "", number, sort }, actions) {
  if (!sort) return make("th");
  const current = state.sort === sort && head !== "#";
  const direction = current ? (state.descending ? "descending" : "ascending") : "none";
  const arrow = current && (state.descending ? " ↓" : " ↑");
  const click = () => actions.sort(sort);
  return make(
    number ? "th.number" : "th",
    { "aria-sort": direction },
    make("button", { type: "button", title, onclick: click }, head, arrow),
  );
}

const longest = (texts) => texts.reduce((most, text) => Math.max(most, text.length), 0);
