// One run in full; or two, or one and the picture it was made from, to be compared.

const shown = { run: null, beside: null, original: null, order: [] };

/**
 * Opens `run` among `order`, the runs that the arrow keys lead through; to be compared with the run
 * `beside` or with an `original`, if any.
 */
function openRun(run, order, beside = null, original = null) {
  Object.assign(shown, { run, order, beside, original });
  drawRun();
  if (!byId("run").open) byId("run").showModal();
}

/** The runs that the arrow keys lead through: one is not compared with itself. */
const through = () => shown.order.filter((one) => one !== shown.beside);

function step(by) {
  const { run, order, beside, original } = shown;
  const next = through()[through().indexOf(run) + by];
  // Of another run the photograph may be another one.
  if (next) openRun(next, order, beside, original && originalLike(next, original));
}

const originalLike = (run, { kind }) => originalsOf(run).find((one) => one.kind === kind) ?? null;

/** As a stage shows it. */
const sourceOf = (run) => ({
  small: thumbnailOf(run),
  full: run.picture && link(run, "result.png"),
  alt: label(run),
  title: shortText(run),
  gone: "result.png is not beside this page any more",
});

/** Of each of the two what the other has not; the folders where they differ in nothing known. */
function differences(...pair) {
  const differ = axes.filter((axis) => value(pair[0], axis) !== value(pair[1], axis));
  if (!differ.length) return pair.map(name);
  const said = (run) => differ.map((axis) => `${axis.name} ${value(run, axis) || "unset"}`);
  return pair.map((run) => said(run).join(" · "));
}

function drawRun() {
  const { run, beside, original, order } = shown;
  const some = through();
  const place = some.indexOf(run);
  const next = some[place + 1] ?? some[place - 1];
  const compare = () => openRun(next, order, run);
  const about = "this one with others, through which the arrows lead";
  const alone = () => openRun(run, order);
  const two = beside || original;
  const bar = make(
    "header",
    button("←", "previous (left arrow)", () => step(-1), place <= 0),
    button("→", "next (right arrow)", () => step(1), place + 1 >= some.length),
    make("span.stretch", place >= 0 && `${place + 1} of ${some.length}`),
    two && button(eye.slide ? "Side by side" : "Slider", "or the other way (s)", turn),
    two ? button("End", "end the comparison", alone) : button("Compare", about, compare, !next),
    button("×", "close (Escape)", () => byId("run").close()),
  );
  const source = sourceOf(run);
  let body;
  if (beside) {
    const pair = [sourceOf(beside), source];
    differences(beside, run).forEach((title, at) => (pair[at].title = title));
    body = make("div.two", stage(pair), comparison(beside, run));
  } else if (original)
    body = make(
      "div.one",
      stage([originalSource(original), { ...source, title: "result" }]),
      details(run),
    );
  else if (source.small || source.full) body = make("div.one", stage([source]), details(run));
  else body = make("div.bare", details(run));
  redraw(byId("run"), bar, body);
}

/** From the slider to two pictures side by side, or back. */
function turn() {
  eye.slide = !eye.slide;
  drawRun();
}

function watchRun() {
  const dialog = byId("run");
  dialog.onclick = ({ target }) => target === dialog && dialog.close(); // beside it
  dialog.onclose = () => {
    resetEye();
    document.querySelectorAll(".ask .stage").forEach(look);
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key, target } = event;
    if (target.closest?.("input, select")) return;
    const open = dialog.open;
    let done = true;
    if (open && key === "ArrowLeft") step(-1);
    else if (open && key === "ArrowRight") step(1);
    else if (open && key === "s" && (shown.beside || shown.original)) turn();
    else if (!open && key === "/") byId("search").focus();
    else if (!open && state.view === "choose" && askByKey(event)) done = true;
    else done = zoomByKey(key);
    if (done) event.preventDefault();
  });
}

const linked = (href, ...inside) => make("a", { href, target: "_blank" }, ...inside);

function details(run) {
  const others = Object.keys(run.figures).filter((key) => !page.figures.includes(key));
  const all = settings(run).sort(([, , a], [, , b]) => b - a); // those that differ first
  const known = page.figures.filter((key) => key in run.figures);
  if (anyChosen() && strengthText(run)) known.unshift(CHOICES);
  const measured = (key) =>
    make("div", make("b", { className: key }, figure(run, key)), make("span", key));
  const compare = (original) => openRun(run, shown.order, null, original);
  return make(
    "section",
    originalsRow(run, compare),
    make("h2", shortText(run)),
    make(
      "p.state",
      make("span", { className: `status ${run.status}` }, run.status),
      run.rank && ` · #${run.rank} by ${page.by}${page.several ? " of its content and style" : ""}`,
      run.started && ` · ${run.started.slice(0, 16).replace("T", " ")}`,
      run.reason && make("span.reason", run.reason),
    ),
    make("div.three", ...known.map(measured)),
    make(
      "dl",
      ...Object.entries(run.pictures).flatMap(([kind, path]) => [
        make("dt", kind),
        make("dd", { title: path }, baseName(path)),
      ]),
    ),
    run.command && command(run),
    run.status !== "pending" &&
      make(
        "p.links",
        run.picture && linked(link(run, "result.png"), "result.png"),
        linked(link(run, "config.yaml"), "config.yaml"),
        linked(link(run, ""), folder(run)),
      ),
    table(all.map(([key, text, differs]) => row(differs && "differs", key, make("td", text)))),
    table(others.map((key) => row("", key, make("td", figure(run, key))))),
  );
}

const table = (rows) => rows.length > 0 && make("table", make("tbody", ...rows));
const row = (className, key, ...cells) =>
  make("tr", { className: className || "" }, make("th", key), ...cells);

function command(run) {
  const code = make("code", run.command);
  const copy = button("Copy", "copy the command", async () => {
    try {
      await navigator.clipboard.writeText(run.command);
    } catch {
      // some browsers let no page from a file do that
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    copy.textContent = "Copied";
  });
  return make("div.command", code, copy);
}

/** What differs between two runs, and their figures; the better one is marked in the same pair. */
function comparison(...pair) {
  const [left, right] = pair.map((run) => new Map(settings(run)));
  const keys = page.settings.map(([key]) => key).filter((key) => left.get(key) !== right.get(key));
  const alike = pair[0].pair === pair[1].pair;
  const keysOf = anyChosen() ? [CHOICES, ...page.figures] : page.figures;
  const figures = keysOf.map((key) => {
    const [a, b] = pair.map((run) => (key === CHOICES ? -strength(run) : run.figures[key]));
    const better = (less) => (less && (alike || key === "seconds") ? "td.better" : "td");
    const [one, other] = pair.map((run) => figure(run, key));
    return row("", key, make(better(a < b), one), make(better(b < a), other));
  });
  const alone = (run) => button(shortText(run), "this one alone", () => openRun(run, shown.order));
  return make(
    "section",
    make(
      "table",
      make("thead", make("tr", make("th"), ...pair.map((run) => make("th", alone(run))))),
      make(
        "tbody",
        row("", "status", ...pair.map((run) => make("td", run.status))),
        ...figures,
        ...keys.map((key) => row("", key, make("td", left.get(key)), make("td", right.get(key)))),
      ),
    ),
  );
}
