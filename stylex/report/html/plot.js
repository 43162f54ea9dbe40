// style_error against content_error of the runs shown, with their front.

const MARGIN = { left: 46, right: 12, top: 10, bottom: 36 };

const plot = { points: [] };

function svg(tag, attributes = {}, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.textContent = text;
  return element;
}

function drawPlot(chosen, front) {
  const shown = chosen.filter(measured);
  byId("plot").hidden = shown.length === 0;
  if (!shown.length) return;
  const canvas = byId("plot").querySelector("svg");
  const { clientWidth: width, clientHeight: height } = canvas;
  const across = scale(
    shown.map((run) => run.figures.style_error),
    MARGIN.left,
    width - MARGIN.right,
  );
  const up = scale(
    shown.map((run) => run.figures.content_error),
    height - MARGIN.bottom,
    MARGIN.top,
  );
  plot.points = shown.map((run) => ({
    run,
    x: across.at(run.figures.style_error),
    y: up.at(run.figures.content_error),
  }));

  canvas.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const floor = height - MARGIN.bottom;
  const parts = [];
  for (const tick of across.ticks) {
    parts.push(
      svg("line", {
        class: "grid",
        x1: across.at(tick),
        x2: across.at(tick),
        y1: MARGIN.top,
        y2: floor,
      }),
    );
    parts.push(
      svg(
        "text",
        { class: "tick", x: across.at(tick), y: floor + 15, "text-anchor": "middle" },
        said(tick),
      ),
    );
  }
  for (const tick of up.ticks) {
    parts.push(
      svg("line", {
        class: "grid",
        x1: MARGIN.left,
        x2: width - MARGIN.right,
        y1: up.at(tick),
        y2: up.at(tick),
      }),
    );
    parts.push(
      svg(
        "text",
        { class: "tick", x: MARGIN.left - 6, y: up.at(tick) + 4, "text-anchor": "end" },
        said(tick),
      ),
    );
  }
  parts.push(
    svg(
      "text",
      { class: "axis", x: width - MARGIN.right, y: height - 4, "text-anchor": "end" },
      "style_error →",
    ),
  );
  parts.push(
    svg(
      "text",
      {
        class: "axis",
        transform: `translate(11 ${MARGIN.top}) rotate(-90)`,
        "text-anchor": "end",
      },
      "content_error →",
    ),
  );

  const corners = plot.points
    .filter((point) => front.has(point.run))
    .sort((a, b) => a.x - b.x || b.y - a.y);
  const size = Math.max(3, Math.min(8, 80 / Math.sqrt(shown.length)));
  parts.push(svg("path", { class: "front-line", d: steps(corners) }));
  parts.push(
    ...coloured(
      plot.points.filter((point) => !front.has(point.run)),
      { "stroke-width": size },
    ),
  );
  parts.push(
    svg("path", { class: "dots halo", "stroke-width": Math.max(size, 5) + 4, d: dots(corners) }),
  );
  parts.push(...coloured(corners, { "stroke-width": Math.max(size, 5) }));
  parts.push(svg("circle", { class: "ring", r: 8, visibility: "hidden" }));
  canvas.replaceChildren(...parts);
}

/** A path of dots for each colour. */
function coloured(points, attributes) {
  const { shades, of } = groups(state.colour);
  const at = axes.indexOf(state.colour);
  const sorted = shades.map(() => []);
  for (const point of points) sorted[at < 0 ? 0 : of(point.run.at[at])].push(point);
  return shades.map(({ colour }, group) =>
    svg("path", { class: "dots", stroke: colour, d: dots(sorted[group]), ...attributes }),
  );
}

// One path for many: thousands of elements would make the pointer stutter.
const dots = (points) => points.map(({ x, y }) => `M${x.toFixed(1)} ${y.toFixed(1)}h.01`).join("");

/** Between two runs on the front nothing is known to be better than the worse figure of each. */
const steps = (points) =>
  points.map(({ x, y }, index) => (index ? `H${x}V${y}` : `M${x} ${y}`)).join("");

/** From figures to px, logarithmic where they differ by far; and where to draw lines. */
function scale(numbers, from, to) {
  let least = Infinity;
  let most = -Infinity;
  for (const number of numbers) {
    least = Math.min(least, number);
    most = Math.max(most, number);
  }
  const logarithmic = least > 0 && most / least > 10;
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
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough);
  const ticks = [];
  for (let index = Math.ceil(start / step); index * step <= end; index++) ticks.push(index * step);
  return ticks;
}

function decades(least, most) {
  const ticks = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.log10(most) + 1; power++) {
    for (const factor of most / least > 1000 ? [1] : most / least > 100 ? [1, 3] : [1, 2, 5])
      ticks.push(factor * 10 ** power);
  }
  return ticks;
}

const said = (tick) => String(+tick.toPrecision(3));
