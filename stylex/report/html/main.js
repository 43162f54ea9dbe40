// The toolbar, the filters, and what is drawn anew whenever the state changes.

const CHIPS = 12; // values of an axis that get a button each

const picked = []; // at most two runs to compare
let current = { chosen: [], fronts: [], front: new Set() };

const actions = {
  open: (run, original = null) => openRun(run, current.chosen, null, original),
  isPicked: (run) => picked.includes(run),
  pick(run, on) {
    if (on) picked.push(run);
    else picked.splice(picked.indexOf(run), 1);
    if (picked.length > 2) picked.shift();
    drawPicked();
  },
  sort(name) {
    state.descending = state.sort === name ? !state.descending : fallsFirst(name);
    state.sort = name;
    draw();
  },
  /** The gallery, most chosen first. */
  order() {
    Object.assign(state, { view: "gallery", sort: CHOICES, descending: true });
    draw();
  },
};

function draw() {
  current = filtered();
  drawPlot(current);
  drawList(current, actions);
  const { length } = current.chosen;
  byId("count").value = length === runs.length ? "" : `${length} of ${runs.length}`;
  byId("clear").hidden = !filtering();
  drawSort();
  byId("order").textContent = state.descending ? "↓" : "↑";
  byId("order").title = state.descending ? "descending" : "ascending";
  for (const choice of byId("view").children) {
    choice.setAttribute("aria-pressed", String(choice.value === state.view));
  }
  document.body.style.setProperty("--toolbar", `${byId("toolbar").offsetHeight}px`);
  byId("sort").hidden = byId("order").hidden = state.view === "choose";
  // What was far down is elsewhere now: start from the top of the list.
  const top = byId("list").getBoundingClientRect().top - byId("toolbar").offsetHeight;
  if (top < 0) scrollBy(0, top);
  byId("list").scrollTop = 0;
}

/** The menu; choices are in it as soon as there are any. */
function drawSort() {
  const keys = [BEST, ...page.figures, ...axes.map((axis) => axis.key), "status", "folder"];
  if (anyChosen()) keys.splice(1, 0, CHOICES);
  const select = byId("sort").querySelector("select");
  const options = [...new Set(keys)].map((key) => make("option", { value: key }, key));
  if (select.options.length !== options.length) select.replaceChildren(...options);
  select.value = state.sort;
}

function drawPicked() {
  const bar = byId("compared");
  bar.hidden = picked.length === 0;
  const [one, other] = picked;
  const none = () => {
    picked.length = 0;
    drawPicked();
  };
  bar.replaceChildren(
    ...picked.map((run) => make("span.frame", { title: label(run) }, picture(run))),
    other
      ? button("Compare", "", () => openRun(other, current.chosen, one))
      : "Choose another one to compare with",
    button("×", "compare nothing", none),
  );
  for (const box of document.querySelectorAll(".pick input")) box.checked = picked.includes(box.run);
}

/** A row of controls for the status and one for each axis; all runs pass until they are used. */
function drawFilters() {
  state.statuses.clear();
  state.values.clear();
  state.front = state.best = false;
  const counts = [...grouped(runs, (run) => run.status)].map(([status, { length }]) =>
    chip(`${status} ${length}`, toggle(state.statuses, status)),
  );
  const onFront = chip("best compromises", (on) => (state.front = on));
  const best = page.several && chip(bestName(), (on) => (state.best = on));
  byId("filters")
    .querySelector("form")
    .replaceChildren(
      fields("status", ...(counts.length > 1 ? counts : []), onFront, best),
      ...axes.map((axis) => fields(axis.name, ...controls(axis))),
    );
}

/** `best of each photograph` where there is one painting. */
function bestName() {
  const varied = ["content", "style"].filter((kind) => axes.some(({ key }) => key === kind));
  return `best of each ${varied.map((kind) => KINDS[kind]).join(" and ") || "pair"}`;
}

const fields = (title, ...children) => make("fieldset", make("legend", title), ...children);
const toggle = (set, item) => (on) => (on ? set.add(item) : set.delete(item));

function controls(axis) {
  if (axis.values.length <= CHIPS) {
    const chosen = new Set();
    state.values.set(axis, chosen);
    return axis.values.map((text, index) => chip(text || "none", toggle(chosen, index)));
  }
  return axis.numeric ? limits(axis) : [oneOf(axis)];
}

/** A button that stays pressed. */
function chip(text, set) {
  const chip = make("button.chip", { type: "button", "aria-pressed": "false" }, text);
  chip.onclick = () => {
    const on = chip.getAttribute("aria-pressed") === "false";
    chip.setAttribute("aria-pressed", String(on));
    set(on);
    draw();
  };
  return chip;
}

function limits(axis) {
  const numbers = axis.values.filter(isNumber).map(Number);
  const changed = () => {
    const [least, most] = inputs.map((one) => one.valueAsNumber); // NaN: empty
    if (isNaN(least) && isNaN(most)) state.values.delete(axis);
    else
      state.values.set(axis, [isNaN(least) ? -Infinity : least, isNaN(most) ? Infinity : most]);
    draw();
  };
  const inputs = [numbers[0], numbers.at(-1)].map((bound, index) =>
    make("input", {
      type: "number",
      step: "any",
      placeholder: String(bound),
      "aria-label": `${axis.key} ${index ? "to" : "from"}`,
      oninput: changed,
    }),
  );
  return [inputs[0], "to", inputs[1]];
}

function oneOf(axis) {
  const options = axis.values.map((text, index) =>
    make("option", { value: String(index) }, text || "none"),
  );
  const select = make("select", { "aria-label": axis.key }, make("option", { value: "" }, "any"));
  select.append(...options);
  select.onchange = () => {
    if (select.value === "") state.values.delete(axis);
    else state.values.set(axis, new Set([Number(select.value)]));
    draw();
  };
  return select;
}

function start() {
  byId("summary").append(page.summary);
  byId("verdict").append(page.verdict);
  byId("same").hidden = !page.several;
  byId("filters").querySelector("form").onsubmit = (event) => event.preventDefault();
  byId("toolbar").hidden = byId("filters").hidden = false; // which without a script do nothing
  byId("filters").open = innerWidth > 900;
  loadAnswers();
  drawFilters();

  const select = byId("sort").querySelector("select");
  select.onchange = () => {
    Object.assign(state, { sort: select.value, descending: fallsFirst(select.value) });
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
  const search = byId("search");
  const axis = axes.find(({ values }) => /^[\w.-]+$/.test(values.at(-1)));
  if (axis) search.placeholder = `Filter: ${axis.key}=${axis.values.at(-1)}`;
  search.oninput = () => {
    state.text = search.value;
    draw();
  };
  byId("clear").onclick = () => {
    search.value = state.text = "";
    drawFilters();
    draw();
  };
  state.colour = colourful[0] ?? null;
  drawColours(draw);
  drawPlane(draw);
  drawMeans(actions.open);
  watchPlot((run, equals) => openRun(run, equals.length > 1 ? equals : current.chosen));
  watchRun();
  addEventListener("scroll", fill, { passive: true, capture: true }); // also inside the table
  let width = innerWidth;
  addEventListener("resize", () => {
    // A phone's address bar comes and goes: only the height changes.
    if (innerWidth === width) fill();
    else draw();
    width = innerWidth;
  });
  draw();
}

start();
