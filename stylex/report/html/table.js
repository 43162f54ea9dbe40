// The table: on a narrow window its figures stand first, and its settings together in one column.

const ROW = 57; // px, the height of a row
const NARROW = 560; // px

function drawTable(host, front, actions) {
  const opener = (run) =>
    make("button.open", { type: "button", "aria-label": label(run) }, picture(run));
  const status = (run) =>
    make(
      "span",
      make("span", { className: `status ${run.status}` }, run.status),
      front.has(run) && make("span.front", { title: "a best compromise" }, " ◆"),
      run.reason && make("span.reason", { title: run.reason }, ` ${run.reason}`),
    );
  const narrow = host.clientWidth < NARROW;
  const columns = columnsOf(narrow && host.clientWidth, { opener, status, actions });
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
  host.classList.toggle("narrow", narrow);
  host.classList.toggle("wide", total > host.clientWidth); // scrolls sideways by itself
  host.replaceChildren(table);
  return { before, rows, after, columns: 1, height: ROW, element };
}

/** {head, width in px, number, sort, cell} of each column; room: of a narrow table, in px. */
function columnsOf(room, { opener, status, actions }) {
  const short = anyChosen() ? 58 : 68; // with a part of its name, or its error, on a second line
  const widthOf = (letters) => 30 + 8.2 * letters;
  const all = [...new Set([...(anyChosen() ? [CHOICES] : []), ...state.plane, ...page.figures])];
  const figures = all.map((key) => ({
    head: key,
    number: true,
    sort: key,
    width: room ? short : widthOf(key === CHOICES ? 11 : key.length + 1),
    cell: (run) => (room ? make("span.lines", together(figure(run, key))) : figure(run, key)),
  }));
  const picture = (width) => ({ width, cell: opener });
  const picking = { width: 34, cell: (run) => pick(run, actions) };
  const rank = { head: "#", number: true, sort: BEST, cell: (run) => String(run.rank ?? "") };
  const last = { head: "status", sort: "status", width: 150, cell: status };
  if (room) {
    const settings = { head: "settings", cell: (run) => make("span.lines", shortText(run)) };
    const first = state.plane.length + anyChosen();
    settings.width = Math.max(96, room - 60 - 30 - first * short);
    return [picture(60), { ...rank, width: 30 }, settings, ...figures, last, picking];
  }
  const settings = axes.map((axis) => ({
    head: axis.name,
    title: axis.key,
    number: axis.numeric,
    sort: axis.key,
    width: widthOf(Math.max(axis.name.length + 1, Math.min(24, longest(axis.values)))),
    cell: (run) => value(run, axis),
  }));
  return [picking, picture(76), { ...rank, width: 48 }, ...settings, ...figures, last];
}

function heading({ head, title = "", number, sort }, actions) {
  if (!sort) return make("th", head ?? "");
  const current = state.sort === sort && head !== "#";
  const direction = current ? (state.descending ? "descending" : "ascending") : "none";
  const arrow = current && (state.descending ? " ↓" : " ↑");
  const click = () => actions.sort(sort);
  return make(
    number ? "th.number" : "th",
    { "aria-sort": direction },
    make("button", { type: "button", title, onclick: click }, ...breakable(head), arrow),
  );
}

/** A figure that may be broken before its ± only. */
const together = (text) => text.replace("± ", "±\u00a0");

/** A name that may be broken after each `_`. */
const breakable = (name) => name.split(/(?<=_)/).flatMap((part) => [part, make("wbr")]);
