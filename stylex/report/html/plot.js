// Two figures of the runs shown against each other, with the front of each pair.

const MARGIN = { left: 54, right: 12, top: 10, bottom: 36 };
const NEAR = 24; // px from the pointer to a dot
const FAR = 1e9; // runs with a larger error, which have diverged, are left out
const WORDS =
  "#0072b2 #d55e00 #009e73 #cc79a7 #e69f00 #56b4e9 #8c6d46 #999999".split(" ");
const NUMBERS =
  "#5a4fcf #3f72c9 #2b8fb3 #1fa187 #4caf50 #8fb43a #c9a92b #e58b1e".split(" ");

let dots = []; // {x, y, runs}: those that are printed alike share one

/** What eight colours can tell: axes of few values, or of numbers, many of which share one. */
const colourful = axes.filter(
  (axis) => axis.values.length > 1 && (axis.numeric || axis.values.length <= WORDS.length),
);
const pairAxes = axes.filter(({ key }) => key === "content" || key === "style");
const pairOf = (run) => pairAxes.map((axis) => value(run, axis)).join(", ");
const pairs = [...new Set(runs.map(pairOf))];
if (pairAxes.length === 2 && pairs.length <= WORDS.length)
  colourful.unshift({
    key: "content, style",
    values: pairs,
    of: (run) => pairs.indexOf(pairOf(run)),
  });

/** {colour, name} of each group of values, and the group of each run. */
function groups(axis) {
  if (!axis) return { shades: [{ colour: "var(--dot)", name: "" }], of: () => 0 };
  const count = axis.values.length;
  const few = Math.min(count, WORDS.length);
  const group = (index) => Math.floor((index * few) / count);
  const shades = Array.from({ length: few }, (_, at) => {
    const values = axis.values.filter((_, index) => group(index) === at).map((v) => v || "none");
    return {
      colour: axis.numeric ? NUMBERS[Math.round((at * (NUMBERS.length - 1)) / (few - 1))] : WORDS[at],
      name: values.length > 1 ? `${values[0]} … ${values.at(-1)}` : values[0],
    };
  });
  return { shades, of: (run) => group(axis.of(run)) };
}

/** The menu of axes. */
function drawColours(changed) {
  const select = byId("colour").querySelector("select");
  const options = colourful.map(({ key }) => make("option", { value: key }, key));
  select.replaceChildren(make("option", { value: "" }, "nothing"), ...options);
  byId("colour").hidden = colourful.length === 0;
  select.value = state.colour?.key ?? "";
  select.onchange = () => {
    state.colour = colourful.find((axis) => axis.key === select.value) ?? null;
    changed();
  };
}

/** The menus of the figures across and up; each of them is one of the two only. */
function drawPlane(changed) {
  const selects = [...byId("plane").querySelectorAll("select")];
  byId("plane").hidden = page.figures.length < 2;
  selects.forEach((select, at) => {
    select.replaceChildren(...page.figures.map((key) => make("option", { value: key }, key)));
    select.value = state.plane[at];
    select.onchange = () => {
      const before = state.plane[at];
      state.plane = state.plane.map((key) => (key === select.value ? before : key));
      state.plane[at] = select.value;
      selects.forEach((one, index) => (one.value = state.plane[index]));
      changed();
    };
  });
}

function drawLegend({ shades }) {
  const entries = shades.filter(({ name }) => name);
  byId("legend").replaceChildren(
    ...entries.map(({ colour, name }) => {
      const swatch = make("i");
      swatch.style.background = colour;
      return make("span", swatch, name);
    }),
  );
}

function svg(tag, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

function drawPlot({ chosen, fronts, front }) {
  const [first, second] = state.plane;
  const shown = chosen.filter(
    (run) => measured(run) && Math.max(run.figures[first], run.figures[second]) < FAR,
  );
  const canvas = byId("plot").querySelector("svg");
  dots = [];
  // Where other figures would show something, the menus stay.
  byId("plot").hidden = !chosen.some((run) => run.status === "done");
  canvas.toggleAttribute("hidden", !shown.length);
  if (!shown.length) return;
  canvas.setAttribute("aria-label", `${first} against ${second} of the runs shown`);
  const { clientWidth: width, clientHeight: height } = canvas;
  const [right, floor] = [width - MARGIN.right, height - MARGIN.bottom];
  const errors = (key) => shown.map((run) => run.figures[key]);
  const across = scale(errors(first), MARGIN.left, right);
  const up = scale(errors(second), floor, MARGIN.top);
  const placeOf = ({ figures }) => `${figures[first]} ${figures[second]}`;
  const places = grouped(shown, placeOf);
  dots = [...places.values()].map((runs) => {
    const { figures } = runs[0];
    return { runs, x: across.at(figures[first]), y: up.at(figures[second]) };
  });

  const parts = [];
  for (const tick of across.ticks) {
    const x = across.at(tick);
    const text = { class: "tick", x, y: floor + 15, "text-anchor": "middle" };
    parts.push(svg("line", { class: "grid", x1: x, x2: x, y1: MARGIN.top, y2: floor }));
    parts.push(svg("text", text, String(+tick.toPrecision(3))));
  }
  for (const tick of up.ticks) {
    const y = up.at(tick);
    const text = { class: "tick", x: MARGIN.left - 6, y: y + 4, "text-anchor": "end" };
    parts.push(svg("line", { class: "grid", x1: MARGIN.left, x2: right, y1: y, y2: y }));
    parts.push(svg("text", text, String(+tick.toPrecision(3))));
  }
  const end = { class: "axis", "text-anchor": "end" };
  const turned = `translate(11 ${MARGIN.top}) rotate(-90)`;
  parts.push(svg("text", { ...end, x: right, y: height - 4 }, `${first} →`));
  parts.push(svg("text", { ...end, transform: turned }, `${second} →`));

  const colours = groups(state.colour);
  const size = Math.max(3, Math.min(8, 80 / Math.sqrt(shown.length)));
  const large = Math.max(size, 5);
  const ringed = dots.filter(({ runs }) => runs.some((run) => front.has(run)));
  const others = dots.filter(({ runs }) => !runs.some((run) => front.has(run)));
  for (const line of fronts) {
    const shades = new Set(line.map(colours.of));
    const stroke = shades.size > 1 ? "var(--soft)" : colours.shades[colours.of(line[0])].colour;
    parts.push(svg("path", { class: "front-line", stroke, d: steps(line) }));
  }
  parts.push(...drawDots(others, colours, size));
  parts.push(svg("path", { class: "dots halo", "stroke-width": large + 4, d: path(ringed) }));
  parts.push(...drawDots(ringed, colours, large, "var(--ink)"));
  parts.push(svg("circle", { class: "ring", r: 8, visibility: "hidden" }));
  canvas.replaceChildren(...parts);
  drawLegend(colours);
}

/** A path of dots for each colour; where runs coincide, a circle with their number if it fits. */
function drawDots(some, { shades, of }, size, stroke = "var(--soft)") {
  const parts = shades.map(({ colour }, group) => {
    const own = some.filter(({ runs }) => of(runs[0]) === group);
    return svg("path", { class: "dots", stroke: colour, "stroke-width": size, d: path(own) });
  });
  for (const { x, y, runs } of some.filter(({ runs }) => runs.length > 1)) {
    const number = { class: "number", x, y: y + 3.5, "text-anchor": "middle" };
    parts.push(svg("circle", { class: "several", cx: x, cy: y, r: size < 5 ? size : 7, stroke }));
    if (size >= 5) parts.push(svg("text", number, runs.length));
  }
  return parts;
}

// One path for many: thousands of elements would make the pointer stutter.
const path = (dots) => dots.map(({ x, y }) => `M${x.toFixed(1)} ${y.toFixed(1)}h.01`).join("");

const dotOf = (run) => dots.find(({ runs }) => runs.includes(run));

/** Between two runs of a front nothing is known to be better than the worse figure of each. */
const steps = (front) =>
  [...new Set(front.map(dotOf))]
    .filter(Boolean)
    .map(({ x, y }, index) => (index ? `H${x}V${y}` : `M${x} ${y}`))
    .join("");

/** From figures to px, logarithmic where they differ by far; and where to draw lines. */
function scale(numbers, from, to) {
  const least = numbers.reduce((a, b) => Math.min(a, b));
  const most = numbers.reduce((a, b) => Math.max(a, b));
  const logarithmic = least > most / FAR && most > 10 * least;
  const shape = logarithmic ? Math.log : (number) => number;
  const low = shape(least);
  const span = shape(most) - low || Math.abs(low) || 1;
  const [start, end] = [low - span * 0.05, low + span * 1.05];
  const at = (number) => from + ((shape(number) - start) / (end - start)) * (to - from);
  const within = (tick) => shape(tick) >= start && shape(tick) <= end;
  const ticks = logarithmic ? decades(least, most) : even(start, end, Math.abs(to - from) / 36);
  return { at, ticks: ticks.filter(within) };
}

function even(start, end, count) {
  const rough = (end - start) / Math.max(count, 2);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const first = Math.ceil(start / step);
  return Array.from({ length: Math.floor(end / step) - first + 1 }, (_, i) => (first + i) * step);
}

function decades(least, most) {
  const factors = most > 1000 * least ? [1] : most > 100 * least ? [1, 3] : [1, 2, 5];
  const [first, last] = [least, most].map((number) => Math.floor(Math.log10(number)));
  const powers = Array.from({ length: last - first + 2 }, (_, i) => 10 ** (first + i));
  return powers.flatMap((power) => factors.map((factor) => factor * power));
}

/** The ring around a run, if it is in the plot. */
function ring(run) {
  const circle = byId("plot").querySelector(".ring");
  const dot = run && dotOf(run);
  circle?.setAttribute("visibility", dot ? "visible" : "hidden");
  if (!dot || !circle) return;
  circle.setAttribute("cx", dot.x);
  circle.setAttribute("cy", dot.y);
}

/** The runs at the pointer. */
function nearest(event) {
  const box = byId("plot").querySelector("svg").getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  let found = [];
  let best = NEAR ** 2;
  for (const dot of dots) {
    const distance = (dot.x - x) ** 2 + (dot.y - y) ** 2;
    if (distance <= best) [best, found] = [distance, dot.runs];
  }
  return found;
}

/** `open(run, its equals)` is called for the run that is clicked. */
function watchPlot(open) {
  const canvas = byId("plot").querySelector("svg");
  canvas.onpointermove = (event) => {
    if (event.pointerType === "touch") return;
    const found = nearest(event);
    canvas.classList.toggle("aimed", found.length > 0);
    ring(found[0]);
    tip(found, event);
  };
  canvas.onpointerleave = () => {
    ring(null);
    tip([]);
  };
  canvas.onclick = (event) => {
    const found = nearest(event);
    tip([]);
    if (found.length) open(found[0], found);
  };
}

/** The thumbnail and figures beside the pointer. */
function tip([run, ...others], event) {
  const box = byId("tip");
  box.hidden = !run;
  if (!run) {
    box.run = null; // the next one may have other figures
    return;
  }
  if (run !== box.run) {
    const errors = state.plane.map((key) => `${key} ${figure(run, key)}`).join(" · ");
    const more = others.length && make("span", `and ${others.length} more in this place`);
    box.replaceChildren(picture(run), make("b", shortText(run)), make("span", errors));
    if (more) box.append(more);
    box.run = run;
  }
  const { offsetWidth: width, offsetHeight: height } = box;
  const right = event.clientX + 16 + width < innerWidth;
  box.style.left = `${right ? event.clientX + 16 : Math.max(4, event.clientX - 16 - width)}px`;
  box.style.top = `${Math.max(4, Math.min(event.clientY - height / 2, innerHeight - height - 4))}px`;
}
