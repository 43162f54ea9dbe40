// The gallery, and the list that it, the table or the question fills. Only what is near the window
// is in the document, however many runs.

const GAP = 12; // px between tiles
const TEXT = 29; // px of a tile below its picture, without the lines of its label

const list = { items: [], elements: new Map(), view: null }; // items: runs, and their originals

/** Shows what is chosen in the view that the state asks for. */
function drawList({ chosen, front }, actions) {
  const host = byId("list");
  host.className = state.view;
  const draw = state.view === "table" ? drawTable : drawGallery;
  Object.assign(list, { items: chosen, elements: new Map(), view: null });
  Object.assign(question, { left: null, right: null });
  if (!chosen.length) host.replaceChildren(make("p.nothing", "No run matches."));
  else if (state.view === "choose") drawAsk(host, chosen);
  else list.view = draw(host, front, actions);
  fill();
}

/** Keeps of the elements of all runs those near the window; two spaces stand for the others. */
function fill() {
  if (!list.view) return;
  const { before, rows, after, columns, height, element } = list.view;
  const lines = Math.ceil(list.items.length / columns);
  const line = (y) => Math.max(0, Math.min(lines, y / height));
  const above = -before.getBoundingClientRect().top;
  const first = Math.floor(line(above - innerHeight)); // a window's height more on either side
  const last = Math.ceil(line(above + 2 * innerHeight));
  before.style.height = `${first * height}px`;
  after.style.height = `${(lines - last) * height}px`;
  const near = list.items.slice(first * columns, last * columns);
  const known = list.elements;
  const elementOf = (item) => known.get(item) ?? watched(element(item), item);
  list.elements = new Map(near.map((item) => [item, elementOf(item)]));
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
  list.items = withOriginals(list.items);
  const labelOf = (run) => (keys ? shortText(run) : shortLabel(run).map(([, text]) => text).join(" · "));
  const lines = keys && 7 * longest(runs.map(labelOf)) > width ? 2 : 1;
  const byEye = state.sort === CHOICES || page.by === CHOICES;
  const narrow = width < 200;
  const figures = (run) => {
    const known = state.plane.some((key) => key in run.figures);
    const both = known && state.plane.map((key) => figure(run, key) || "–").join(" · ");
    const parts = [byEye && strengthText(run), !(byEye && narrow) && both].filter(Boolean);
    if (run.status === "done" && parts.length) return parts.join(" · ");
    return run.status + (run.reason && `: ${run.reason}`);
  };
  const sources = (run) => originalsTile(run, (original) => actions.open(run, original));
  const element = (item) =>
    Array.isArray(item.originals) ? tile(item) : sources(item.originals);
  const tile = (run) =>
    make(
      front.has(run) ? "article.tile.front" : "article.tile",
      make(
        "button.open",
        { type: "button", title: label(run), onclick: () => actions.open(run) },
        make("span.frame", picture(run)),
        make("span.values", labelOf(run)),
        make("span.figures", figures(run)),
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

const longest = (texts) => texts.reduce((most, text) => Math.max(most, text.length), 0);
