// Which runs are shown, and in which order.

const state = {
  view: "gallery",
  sort: page.by, // a figure, "status", "folder", or an axis's key
  descending: false,
  text: "",
  statuses: new Set(), // empty: any
  values: new Map(), // axis -> Set of indices into its values (empty: any), or [least, most]
  front: false, // only the runs on the front
  colour: null, // the axis that the plot's colours tell
};

/** The runs chosen, in order, and those among them that no other one beats in both errors. */
function choose() {
  const terms = (state.text.toLowerCase().match(/(?:"[^"]*"?|[^\s"])+/g) ?? []).map((term) =>
    term.replaceAll('"', ""),
  );
  let chosen = runs.filter((run) => passes(run) && terms.every((term) => matches(run, term)));
  const front = paretoFront(chosen);
  if (state.front) chosen = chosen.filter((run) => front.has(run));
  return { chosen: sorted(chosen), front };
}

function passes(run) {
  if (state.statuses.size && !state.statuses.has(run.status)) return false;
  for (const [axis, wanted] of state.values) {
    const index = run.at[axes.indexOf(axis)];
    if (wanted instanceof Set) {
      if (wanted.size && !wanted.has(index)) return false;
    } else {
      const number = Number(axis.values[index] || NaN);
      if (!(number >= wanted[0] && number <= wanted[1])) return false;
    }
  }
  return true;
}

/** `key=value` is meant exactly, any other word as a part of what is said of the run. */
function matches(run, term) {
  run.words ??= [
    label(run),
    run.status,
    run.reason,
    folder(run),
    run.command,
    ...Object.values(run.pictures),
  ]
    .join("\n")
    .toLowerCase();
  if (!term.includes("=")) return run.words.includes(term);
  const key = term.slice(0, term.indexOf("="));
  const wanted = term.slice(key.length + 1);
  const axis = axes.find((one) => [one.key, one.name].some((known) => known.toLowerCase() === key));
  if (axis) return value(run, axis).toLowerCase() === wanted;
  const setting = settings(run).find(([known]) => known.toLowerCase() === key);
  return setting ? setting[1].toLowerCase() === wanted : run.words.includes(term);
}

/** By rising style_error, so falling content_error; of equal ones all. */
function paretoFront(chosen) {
  const front = new Set();
  let last = { content_error: Infinity };
  const rising = chosen
    .filter(measured)
    .sort(
      (a, b) =>
        a.figures.style_error - b.figures.style_error ||
        a.figures.content_error - b.figures.content_error,
    );
  for (const run of rising) {
    const { style_error, content_error } = run.figures;
    const equal = style_error === last.style_error && content_error === last.content_error;
    if (content_error < last.content_error || equal) {
      front.add(run);
      last = run.figures;
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
