// The gallery and the table. Only what is near the window is in the document, however many runs.

const list = { runs: [], front: new Set(), elements: new Map(), actions: null, draw: null };

/** Shows `chosen` anew in the view that the state asks for. */
function drawList(chosen, front, actions) {
  Object.assign(list, { runs: chosen, front, actions, elements: new Map() });
  const host = byId("list");
  host.className = state.view;
  if (!chosen.length) {
    list.draw = () => {};
    host.replaceChildren(make("p", { className: "nothing" }, "No run matches."));
    return;
  }
  (state.view === "table" ? drawTable : drawGallery)(host);
  list.draw();
}

/** Keeps the children of `rows` those near the window; the spaces stand for all the others. */
function fill(rows, before, after, { columns, height, element }) {
  const lines = Math.ceil(list.runs.length / columns);
  const above = -before.getBoundingClientRect().top;
  const margin = innerHeight; // a window's height more on either side
  const first = Math.max(0, Math.min(lines, Math.floor((above - margin) / height)));
  const last = Math.max(first, Math.min(lines, Math.ceil((above + innerHeight + margin) / height)));
  before.style.height = `${first * height}px`;
  after.style.height = `${(lines - last) * height}px`;
  const wanted = list.runs.slice(first * columns, last * columns);
  const known = list.elements;
  list.elements = new Map(wanted.map((run) => [run, known.get(run) ?? element(run)]));
  // Those that stay are not moved, so that they keep the focus.
  const kept = new Set(list.elements.values());
  for (const child of [...rows.children]) if (!kept.has(child)) child.remove();
  let at = rows.firstElementChild;
  for (const child of kept) {
    if (child === at) at = at.nextElementSibling;
    else rows.insertBefore(child, at);
  }
}

function drawGallery(host) {
  const [before, rows, after] = ["space", "tiles", "space"].map((className) =>
    make("div", { className }),
  );
  host.replaceChildren(before, rows, after);
  const gap = 12;
  const size = Math.min(
    Math.max(112, Math.min(240, thumbnail.side * 0.8)),
    (host.clientWidth - gap) / 2,
  );
  const columns = Math.max(1, Math.floor((host.clientWidth + gap) / (size + gap)));
  const width = (host.clientWidth - (columns - 1) * gap) / columns;
  const shape = Math.max(0.7, Math.min(1.8, thumbnail.shape));
  const keys = width > 160; // beside a smaller picture there is no room for them
  const longLabel = 7 * longest(list.runs.map((run) => shortLabel(run, keys)));
  const lines = keys && longLabel > width ? 2 : 1;
  const height = Math.round(width / shape) + 29 + 18 * lines;
  rows.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
  rows.style.setProperty("--lines", lines);
  rows.classList.toggle("short", lines === 1);
  rows.style.gridAutoRows = `${height}px`;
  list.draw = () =>
    fill(rows, before, after, { columns, height: height + gap, element: (run) => tile(run, keys) });
}

function tile(run, keys) {
  const figures = measured(run)
    ? `${figure(run, "style_error")} · ${figure(run, "content_error")}`
    : run.status + (run.reason && `: ${run.reason}`);
  return watched(
    make(
      "article",
      { className: list.front.has(run) ? "tile front" : "tile" },
      make(
        "button",
        {
          type: "button",
          className: "open",
          title: label(run),
          onclick: () => list.actions.open(run),
        },
        make("span", { className: "frame" }, picture(run)),
        make("span", { className: "values" }, shortLabel(run, keys)),
        make("span", { className: "figures" }, figures),
      ),
      pick(run),
    ),
    run,
  );
}

function watched(element, run) {
  element.addEventListener("pointerenter", () => ring(run));
  element.addEventListener("pointerleave", () => ring(null));
  return element;
}

/** The box that takes a run into the comparison. */
function pick(run) {
  const box = make("input", {
    type: "checkbox",
    checked: list.actions.isPicked(run),
    "aria-label": `compare ${label(run)}`,
    onchange: () => list.actions.pick(run, box.checked),
  });
  return make("label", { className: "pick", title: "compare" }, box);
}

function drawTable(host) {
  const columns = [
    { head: "", width: 34, cell: (run) => [pick(run)] },
    {
      head: "",
      width: 76,
      cell: (run) => [
        make(
          "button",
          { type: "button", className: "open", "aria-label": label(run) },
          picture(run),
        ),
      ],
    },
    { head: "#", width: 48, number: true, sort: page.by, cell: (run) => [rank(run)] },
    ...axes.map((axis) => ({
      head: axis.name,
      title: axis.key,
      number: axis.numeric,
      sort: axis.key,
      width: 26 + 8 * Math.max(axis.name.length + 1, Math.min(24, longest(axis.values))),
      cell: (run) => [value(run, axis)],
    })),
    ...page.figures.map((key) => ({
      head: key,
      number: true,
      sort: key,
      width: 24 + 8 * key.length,
      cell: (run) => [figure(run, key)],
    })),
    {
      head: "status",
      sort: "status",
      width: 150,
      cell: (run) => [
        make("span", { className: `status ${run.status}` }, run.status),
        list.front.has(run)
          ? make("span", { className: "front", title: "on the front" }, " ◆")
          : "",
        run.reason && make("span", { className: "reason", title: run.reason }, ` ${run.reason}`),
      ],
    },
  ];
  const row = (run) =>
    watched(
      make(
        "tr",
        {
          onclick: (event) => {
            if (!event.target.closest("label")) list.actions.open(run);
          },
        },
        ...columns.map(({ number, cell }) =>
          make("td", { className: number ? "number" : "" }, ...cell(run)),
        ),
      ),
      run,
    );
  const space = () =>
    make("tbody", {}, make("tr", { className: "space" }, make("td", { colSpan: columns.length })));
  const [before, rows, after] = [space(), make("tbody", { className: "rows" }), space()];
  const total = columns.reduce((sum, { width }) => sum + width, 0);
  const table = make(
    "table",
    {},
    make("colgroup", {}, ...columns.map(column)),
    make("thead", {}, make("tr", {}, ...columns.map(heading))),
    before,
    rows,
    after,
  );
  table.style.width = `max(100%, ${total}px)`;
  host.classList.toggle("wide", total > host.clientWidth); // scrolls sideways by itself
  host.replaceChildren(table);
  const spaces = [before, after].map((body) => body.querySelector("td"));
  list.draw = () => fill(rows, ...spaces, { columns: 1, height: 57, element: row });
}

function column({ width }) {
  const element = make("col");
  element.style.width = `${width}px`;
  return element;
}

function heading({ head, title, number, sort }) {
  if (!sort) return make("th", {}, head);
  const current = state.sort === sort && head !== "#";
  const direction = state.descending ? "descending" : "ascending";
  return make(
    "th",
    { className: number ? "number" : "", "aria-sort": current ? direction : "none" },
    make(
      "button",
      { type: "button", title: title ?? "", onclick: () => list.actions.sort(sort) },
      head,
      current ? (state.descending ? " ↓" : " ↑") : "",
    ),
  );
}

const longest = (values) => values.reduce((most, text) => Math.max(most, text.length), 0);
