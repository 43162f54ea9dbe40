// One run in full, or two side by side.

const shown = { run: null, beside: null, order: [] };

/** Opens `run` among `order`, the runs that the arrow keys lead through; next to `beside`, if any. */
function openRun(run, order, beside = null) {
  Object.assign(shown, { run, order, beside });
  drawRun();
  if (!byId("run").open) byId("run").showModal();
}

function step(by) {
  const next = shown.order[shown.order.indexOf(shown.run) + by];
  if (next) openRun(next, shown.order, shown.beside);
}

function drawRun() {
  const { run, beside, order } = shown;
  const place = order.indexOf(run);
  const next = order[place + 1] ?? order[place - 1];
  const compare = () => openRun(next, order, run);
  const about = "this one with others, through which the arrows lead";
  const bar = make(
    "header",
    button("←", "previous (left arrow)", () => step(-1), place <= 0),
    button("→", "next (right arrow)", () => step(1), place + 1 >= order.length),
    make("span.stretch", place >= 0 && `${place + 1} of ${order.length}`),
    beside
      ? button("End comparison", "", () => openRun(run, order))
      : button("Compare", about, compare, !next),
    button("×", "close (Escape)", () => byId("run").close()),
  );
  let body;
  if (beside) body = make("div.two", full(beside), full(run), comparison(beside, run));
  else if (thumbnailOf(run) || run.picture) body = make("div.one", full(run), details(run));
  else body = make("div.bare", details(run));
  byId("run").replaceChildren(bar, body);
}

function watchRun() {
  const dialog = byId("run");
  dialog.onclick = ({ target }) => target === dialog && dialog.close(); // beside it
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (dialog.open && event.key === "ArrowLeft") step(-1);
    else if (dialog.open && event.key === "ArrowRight") step(1);
    else if (!dialog.open && event.key === "/" && !event.target.closest("input, select")) {
      event.preventDefault();
      byId("search").focus();
    }
  });
}

const linked = (href, ...inside) => make("a", { href, target: "_blank" }, ...inside);

/** The picture in full; until it has loaded, and where it cannot be, the thumbnail. */
function full(run) {
  const figure = make("figure.full", picture(run));
  if (run.picture) {
    const image = make("img", { src: link(run, "result.png"), alt: label(run) });
    const gone = "result.png is not beside this page any more";
    image.decode().then(
      () => figure.firstElementChild.replaceWith(linked(image.src, image)),
      () => figure.append(make("figcaption", gone)),
    );
  }
  return figure;
}

function details(run) {
  const others = Object.keys(run.figures).filter((key) => !page.figures.includes(key));
  const all = settings(run).sort(([, , a], [, , b]) => b - a); // those that differ first
  const known = page.figures.filter((key) => key in run.figures);
  return make(
    "section",
    make("h2", shortText(run)),
    make(
      "p.state",
      make("span", { className: `status ${run.status}` }, run.status),
      run.rank && ` · #${run.rank} by ${page.by}${page.several ? " of its content and style" : ""}`,
      run.started && ` · ${run.started.slice(0, 16).replace("T", " ")}`,
      run.reason && make("span.reason", run.reason),
    ),
    make("div.three", ...known.map((key) => make("div", make("b", figure(run, key)), make("span", key)))),
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
  const figures = page.figures.map((key) => {
    const [a, b] = pair.map((run) => run.figures[key]);
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
