// What the colours of the plot tell: the values of one axis.

const WORDS = [
  "#0072b2",
  "#d55e00",
  "#009e73",
  "#cc79a7",
  "#e69f00",
  "#56b4e9",
  "#8c6d46",
  "#999999",
];
const NUMBERS = [
  "#5a4fcf",
  "#3f72c9",
  "#2b8fb3",
  "#1fa187",
  "#4caf50",
  "#8fb43a",
  "#c9a92b",
  "#e58b1e",
];

/** The axes that eight colours can tell: of few values, or of numbers, many of which share one. */
const colourful = axes.filter(
  (axis) => axis.values.length > 1 && (axis.numeric || axis.values.length <= WORDS.length),
);

/** {colour, name} for each group of values, and the group of each value. */
function groups(axis) {
  if (!axis) return { shades: [{ colour: "var(--dot)", name: "" }], of: () => 0 };
  const count = axis.values.length;
  const few = Math.min(count, WORDS.length);
  const of = (index) => Math.floor((index * few) / count);
  const shades = Array.from({ length: few }, (_, group) => {
    const values = axis.values
      .filter((_, index) => of(index) === group)
      .map((text) => text || "none");
    return {
      colour: axis.numeric
        ? NUMBERS[Math.round((group * (NUMBERS.length - 1)) / (few - 1))]
        : WORDS[group],
      name: values.length > 1 ? `${values[0]} … ${values.at(-1)}` : values[0],
    };
  });
  return { shades, of };
}

/** The menu of axes, and what each colour means. */
function drawColours(changed) {
  const select = byId("colour").querySelector("select");
  select.replaceChildren(
    make("option", { value: "" }, "nothing"),
    ...colourful.map((axis) => make("option", { value: axis.key }, axis.key)),
  );
  byId("colour").hidden = colourful.length === 0;
  select.value = state.colour?.key ?? "";
  select.onchange = () => {
    state.colour = colourful.find((axis) => axis.key === select.value) ?? null;
    drawLegend();
    changed();
  };
  drawLegend();
}

function drawLegend() {
  byId("legend").replaceChildren(
    ...groups(state.colour)
      .shades.filter(({ name }) => name)
      .map(({ colour, name }) => {
        const swatch = make("i");
        swatch.style.background = colour;
        return make("span", {}, swatch, name);
      }),
  );
}
