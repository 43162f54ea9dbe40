// Which runs are shown, and in which order.

/** The order in which the page carries the runs. */
const BEST = page.several ? "pair" : page.by;

/** Of choices more is better, and comes first. */
const fallsFirst = (name) => name === CHOICES;

const state = {
  view: "gallery",
  sort: BEST, // or a figure, "status", "folder", an axis's key
  descending: fallsFirst(BEST),
  text: "",
  statuses: new Set(), // empty: any
  values: new Map(), // axis -> Set of indices into its values (empty: any), or [least, most]
  front: false, // only the runs on a front
  best: false, // only the best run of each pair of content and style
  colour: null, // the axis that the plot's colours tell
  plane: [...page.plane], // the two figures of the plot, below the pictures and of the fronts
};

const measured = (run) => run.status === "done" && state.plane.every((key) => key in run.figures);

const filtering = () =>
  state.text ||
  state.front ||
  state.best ||
  state.statuses.size ||
  [...state.values.values()].some((chosen) => !(chosen instanceof Set) || chosen.size);

/** The runs that pass the filters, in order, and the fronts among them. */
function filtered() {
  const terms = (state.text.toLowerCase().match(/(?:"[^"]*"?|[^\s"])+/g) ?? []).map((term) =>
    term.replaceAll('"', ""),
  );
  let chosen = runs.filter((run) => passes(run) && terms.every((term) => matches(run, term)));
  const fronts = frontsOf(chosen);
  const front = new Set(fronts.flat());
  if (state.front) chosen = chosen.filter((run) => front.has(run));
  if (state.best) chosen = bestOfEach(chosen);
  return { chosen: sorted(chosen), fronts, front };
}

function passes(run) {
  if (state.statuses.size && !state.statuses.has(run.status)) return false;
  for (const [axis, chosen] of state.values) {
    const index = axis.of(run);
    if (chosen instanceof Set) {
      if (chosen.size && !chosen.has(index)) return false;
    } else {
      const number = Number(axis.values[index] || NaN);
      if (!(number >= chosen[0] && number <= chosen[1])) return false;
    }
  }
  return true;
}

/** `key=value` matches exactly, any other word a part of the run's texts. */
function matches(run, term) {
  run.words ??= [
    ...[label(run), run.status, run.reason, folder(run), run.command],
    ...Object.values(run.pictures),
  ]
    .join("\n")
    .toLowerCase();
  if (!term.includes("=")) return run.words.includes(term);
  const key = term.slice(0, term.indexOf("="));
  const text = term.slice(key.length + 1);
  const axis = axes.find((one) => [one.key, one.name].some((known) => known.toLowerCase() === key));
  if (axis) return value(run, axis).toLowerCase() === text;
  const setting = settings(run).find(([known]) => known.toLowerCase() === key);
  return setting ? setting[1].toLowerCase() === text : run.words.includes(term);
}

/** The Pareto front of each pair of which several runs are chosen. */
function frontsOf(chosen) {
  const pairs = grouped(chosen.filter(measured), (run) => run.pair);
  return [...pairs.values()].filter((runs) => runs.length > 1).map(paretoFront);
}

/** Of each pair the best by `page.by`; of equal ones all. */
function bestOfEach(chosen) {
  const sets = grouped(chosen.filter((run) => run.rank), (run) => run.set);
  return [...sets.values()].flatMap((some) => {
    const least = Math.min(...some.map(({ rank }) => rank));
    return some.filter(({ rank }) => rank === least);
  });
}

/** By the first figure rising, so the second falling; of equal ones all. */
function paretoFront(chosen) {
  const [first, second] = state.plane;
  const front = [];
  let last = { [second]: Infinity };
  const rising = [...chosen].sort(
    ({ figures: a }, { figures: b }) => a[first] - b[first] || a[second] - b[second],
  );
  for (const run of rising) {
    const { figures } = run;
    const equal = figures[first] === last[first] && figures[second] === last[second];
    if (figures[second] < last[second] || equal) {
      front.push(run);
      last = figures;
    }
  }
  return front;
}

function sorted(chosen) {
  const key = sortKey(state.sort);
  const sign = state.descending ? -1 : 1;
  return chosen
    .map((run) => [key(run), run])
    .sort(([a, one], [b, other]) => {
      if (a === undefined || b === undefined)
        return (a === undefined) - (b === undefined) || one.index - other.index;
      return sign * (a < b ? -1 : a > b ? 1 : 0) || one.index - other.index;
    })
    .map(([, run]) => run);
}

/** What to sort by, for each run; undefined comes last in either direction. */
function sortKey(name) {
  if (name === CHOICES) return strength;
  if (name === "pair") {
    if (page.by !== CHOICES) return (run) => (run.rank ? run.index : undefined);
    return (run) => (run.rank ? run.set * runs.length + run.rank : undefined);
  }
  if (page.figures.includes(name))
    return (run) => (run.status === "done" ? run.figures[name] : undefined);
  if (name === "status") return (run) => run.status;
  if (name === "folder") return folder;
  const axis = axes.find((one) => one.key === name);
  return (run) => {
    const text = value(run, axis);
    if (text === "") return undefined;
    return axis.numeric ? Number(text) : text;
  };
}
