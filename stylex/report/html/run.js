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
  if (!next) return;
  shown.run = next;
  drawRun();
}

function drawRun() {
  const { run, beside, order } = shown;
  const place = order.indexOf(run);
  const next = order[place + 1] ?? order[place - 1];
  const bar = make(
    "header",
    {},
    button("←", "previous (left arrow)", () => step(-1), place <= 0),
    button("→", "next (right arrow)", () => step(1), place + 1 >= order.length),
    make("span", { className: "stretch" }, place >= 0 && `${place + 1} of ${order.length}`),
    beside
      ? button("End comparison", "", () => openRun(run, order))
      : button(
          "Compare",
          "this one with others, through which the arrows lead",
          () => openRun(next, order, run),
          !next,
        ),
    button("×", "close (Escape)", () => byId("run").close()),
  );
  byId("run").replaceChildren(
    bar,
    beside
      ? make("div", { className: "two" }, full(beside), full(run), comparison(beside, run))
      : thumbnailOf(run) || run.picture
        ? make("div", { className: "one" }, full(run), details(run))
        : make("div", { className: "bare" }, details(run)),
  );
}

function watchRun() {
  const dialog = byId("run");
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside it
  });
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

function button(text, title, onclick, disabled = false) {
  return make("button", { type: "button", title, onclick, disabled }, text);
}

/** The picture in full; until it is there, and where it is not, the thumbnail. */
function full(run) {
  const figure = make("figure", { className: "full" }, picture(run));
  if (run.picture) {
    const image = make("img", { src: link(run, "result.png"), alt: label(run) });
    image.decode().then(
      () =>
        figure.firstElementChild.replaceWith(
          make("a", { href: image.src, target: "_blank" }, image),
        ),
      () => figure.append(make("figcaption", {}, "result.png is not beside this page any more")),
    );
  }
  return figure;
}

function details(run) {
  const others = Object.keys(run.figures).filter((key) => !page.figures.includes(key));
  const all = settings(run);
  return make(
    "section",
    {},
    make("h2", {}, shortLabel(run)),
    make(
      "p",
      { className: "state" },
      make("span", { className: `status ${run.status}` }, run.status),
      rank(run) && ` · #${rank(run)} by ${page.by}`,
      run.started && ` · ${run.started.slice(0, 16).replace("T", " ")}`,
      run.reason && make("span", { className: "reason" }, run.reason),
    ),
    make(
      "div",
      { className: "three" },
      ...page.figures
        .filter((key) => key in run.figures)
        .map((key) => make("div", {}, make("b", {}, figure(run, key)), make("span", {}, key))),
    ),
    make(
      "dl",
      {},
      ...Object.entries(run.pictures).flatMap(([kind, path]) => [
        make("dt", {}, kind),
        make("dd", { title: path }, baseName(path)),
      ]),
    ),
    run.command && command(run),
    run.status !== "pending" &&
      make(
        "p",
        { className: "links" },
        run.picture
          ? make("a", { href: link(run, "result.png"), target: "_blank" }, "result.png")
          : "",
        make("a", { href: link(run, "config.yaml"), target: "_blank" }, "config.yaml"),
        make("a", { href: link(run, ""), target: "_blank" }, folder(run)),
      ),
    table(
      [...all.filter(([, , differs]) => differs), ...all.filter(([, , differs]) => !differs)].map(
        ([key, text, differs]) =>
          make(
            "tr",
            { className: differs ? "differs" : "" },
            make("th", {}, key),
            make("td", {}, text),
          ),
      ),
    ),
    table(
      others.map((key) => make("tr", {}, make("th", {}, key), make("td", {}, figure(run, key)))),
    ),
  );
}

const table = (rows) => (rows.length ? make("table", {}, make("tbody", {}, ...rows)) : "");

function command(run) {
  const code = make("code", {}, run.command);
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
  return make("div", { className: "command" }, code, copy);
}

/** What differs between two runs, and their figures. */
function comparison(one, other) {
  const [left, right] = [one, other].map(
    (run) => new Map(settings(run).map(([key, text]) => [key, text])),
  );
  const keys = page.settings.map(([key]) => key).filter((key) => left.get(key) !== right.get(key));
  const row = (key, a, b, better) =>
    make(
      "tr",
      {},
      make("th", {}, key),
      make("td", { className: better < 0 ? "better" : "" }, a ?? ""),
      make("td", { className: better > 0 ? "better" : "" }, b ?? ""),
    );
  return make(
    "section",
    {},
    make(
      "table",
      {},
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          make("th"),
          ...[one, other].map((run) =>
            make(
              "th",
              {},
              button(shortLabel(run), "this one alone", () => openRun(run, shown.order)),
            ),
          ),
        ),
      ),
      make(
        "tbody",
        {},
        row("status", one.status, other.status, 0),
        ...page.figures.map((key) =>
          row(key, figure(one, key), figure(other, key), one.figures[key] - other.figures[key]),
        ),
        ...keys.map((key) => row(key, left.get(key), right.get(key), 0)),
      ),
    ),
  );
}
