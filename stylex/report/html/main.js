// Puts the parts together: whatever changes the state has them drawn anew.

const picked = []; // at most two runs to compare
let current = { chosen: [], front: new Set() };

const actions = {
  open: (run) => openRun(run, current.chosen),
  isPicked: (run) => picked.includes(run),
  pick(run, on) {
    if (on) picked.push(run);
    else picked.splice(picked.indexOf(run), 1);
    if (picked.length > 2) picked.shift();
    drawPicked();
  },
  sort(name) {
    state.descending = state.sort === name && !state.descending;
    state.sort = name;
    draw();
  },
};

function draw() {
  const { chosen, front } = (current = choose());
  drawPlot(chosen, front);
  drawList(chosen, front, actions);
  byId("count").value = chosen.length === runs.length ? "" : `${chosen.length} of ${runs.length}`;
  byId("clear").hidden = !filtering();
  byId("sort").querySelector("select").value = state.sort;
  byId("order").textContent = state.descending ? "↓" : "↑";
  byId("order").title = state.descending ? "descending" : "ascending";
  for (const choice of byId("view").children) {
    choice.setAttribute("aria-pressed", String(choice.value === state.view));
  }
  document.body.style.setProperty("--toolbar", `${byId("toolbar").offsetHeight}px`);
  // What was far down is elsewhere now: start from the top of the list.
  const top = byId("list").getBoundingClientRect().top - byId("toolbar").offsetHeight;
  if (top < 0) scrollBy(0, top);
  byId("list").scrollTop = 0;
}

function drawPicked() {
  const bar = byId("compared");
  bar.hidden = picked.length === 0;
  const [one, other] = picked;
  bar.replaceChildren(
    ...picked.map((run) => make("span", { className: "frame", title: label(run) }, picture(run))),
    other
      ? button("Compare", "", () => openRun(other, current.chosen, one))
      : "Choose another one to compare with",
    button("×", "compare nothing", () => {
      picked.length = 0;
      drawPicked();
    }),
  );
  for (const [run, element] of list.elements) {
    element.querySelector(".pick input").checked = picked.includes(run);
  }
}

function summary() {
  const counts = new Map();
  for (const run of runs) counts.set(run.status, (counts.get(run.status) ?? 0) + 1);
  const states = [...counts].map(([status, count]) => `${count} ${status}`).join(", ");
  return `${runs.length} ${runs.length === 1 ? "run" : "runs"}: ${states}`;
}

function start() {
  byId("summary").textContent = summary();
  const form = byId("filters").querySelector("form");
  form.onsubmit = (event) => event.preventDefault();
  drawFilters(form, draw);
  byId("filters").open = innerWidth > 900;

  const sorts = [...page.figures, ...axes.map((axis) => axis.key), "status", "folder"];
  const select = byId("sort").querySelector("select");
  select.replaceChildren(...sorts.map((key) => make("option", { value: key }, key)));
  const axis = axes.find(({ values }) => /^[\w.-]+$/.test(values.at(-1)));
  if (axis) byId("search").placeholder = `Filter: ${axis.key}=${axis.values.at(-1)}`;
  select.onchange = () => {
    Object.assign(state, { sort: select.value, descending: false });
    draw();
  };
  byId("order").onclick = () => {
    state.descending = !state.descending;
    draw();
  };
  byId("view").onclick = ({ target }) => {
    state.view = target.value || state.view;
    draw();
  };
  byId("search").oninput = ({ target }) => {
    state.text = target.value;
    draw();
  };
  byId("clear").onclick = () => {
    clearFilters(form, draw);
    byId("search").value = "";
    draw();
  };
  state.colour = colourful[0] ?? null;
  drawColours(draw);
  watchPlot(actions.open);
  watchRun();

  let scrolled = 0;
  const onScroll = () => {
    cancelAnimationFrame(scrolled);
    scrolled = requestAnimationFrame(() => list.draw());
  };
  addEventListener("scroll", onScroll, { passive: true, capture: true }); // also inside the table
  let width = innerWidth;
  addEventListener("resize", () => {
    // A phone's address bar comes and goes: only the height changes.
    if (innerWidth === width) list.draw();
    else draw();
    width = innerWidth;
  });
  draw();
}

start();
