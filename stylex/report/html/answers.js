// What was chosen by eye: the answers that the page carries, and those given here, which the
// browser keeps until they are saved into the folder.

const WON = { left: 1, tie: 0.5, right: 0 };
const embeddedChoices = embedded("choices");
const PLACE = `stylex choices ${location.pathname}`;

/** How answers name a run: its folder's path from the folder that choices.jsonl is in. */
const nameOf = (run) => {
  const { root } = embeddedChoices;
  return root && run.url.startsWith(root) ? decoded(run.url.slice(root.length)) : folder(run);
};
const byName = new Map(runs.map((run) => [nameOf(run), run]));

const choices = {
  given: [], // here, and not carried by the page: {left, right, chosen, time}, runs by their names
  kept: true, // whether the browser keeps them
  model: null,
  sets: [],
  setOf: new Map(), // run -> its set
};

const carried = embeddedChoices.answers.map(([left, right, side, time]) => ({
  left: nameOf(runs[left]),
  right: nameOf(runs[right]),
  chosen: side,
  time,
}));

const lineOf = ({ left, right, chosen, time }) => JSON.stringify({ left, right, chosen, time });
const allAnswers = () => [...carried, ...choices.given];

/** The lines that the browser keeps: this tab's answers, and those of others with this page. */
const keptLines = () => (localStorage.getItem(PLACE) ?? "").split("\n").filter(Boolean);

function loadAnswers() {
  let lines = [];
  try {
    lines = keptLines();
  } catch {
    choices.kept = false;
  }
  takeAnswers(lines);
}

function takeAnswers(lines) {
  const known = new Set(carried.map(lineOf));
  const answers = lines.map(readAnswer);
  choices.given = answers.filter((answer) => answer && !known.has(lineOf(answer)));
  weigh();
}

function readAnswer(line) {
  try {
    const answer = JSON.parse(line);
    const [left, right] = [byName.get(answer.left), byName.get(answer.right)];
    return left && right && left !== right && answer.chosen in WON ? answer : null;
  } catch {
    return null;
  }
}

/** Changes the lines that are kept, whatever another tab has made of them since. */
function change(edit) {
  const own = choices.given.map(lineOf);
  let lines;
  try {
    lines = edit(choices.kept ? keptLines() : own);
    localStorage.setItem(PLACE, lines.join("\n"));
    choices.kept = true;
  } catch {
    lines = edit(own);
    choices.kept = false; // some browsers let no page from a file do that
  }
  takeAnswers(lines);
}

function answer(left, right, side) {
  const time = new Date().toISOString();
  const line = lineOf({ left: nameOf(left), right: nameOf(right), chosen: side, time });
  change((lines) => [...lines, line]);
}

function takeBack() {
  const last = lineOf(choices.given.at(-1));
  change((lines) => lines.filter((line, at) => at !== lines.lastIndexOf(last)));
}

/** The sets within which runs are compared: of the same content and style, else any two. */
function comparable(some) {
  const done = some.filter((run) => run.status === "done" && run.pair);
  const pairs = [...grouped(done, (run) => run.pair).values()];
  return pairs.length < done.length ? pairs : [done];
}

/** Strengths of all runs from all answers; with `rank_by=choices` the ranks follow. */
function weigh() {
  const answers = allAnswers().map(({ left, right, chosen: side }) => ({
    left: byName.get(left).index,
    right: byName.get(right).index,
    won: WON[side],
  }));
  choices.model = fit(runs.length, answers, choices.model?.theta);
  choices.sets = comparable(runs).map((some) => ({ runs: some.map(({ index }) => index) }));
  const members = (set) => set.runs.map((index) => [runs[index], set]);
  choices.setOf = new Map(choices.sets.flatMap(members));
  for (const run of runs) run.error = undefined;
  if (page.by !== CHOICES) return;
  for (const { runs: some } of choices.sets) {
    const rising = some.map((index) => strength(runs[index])).sort((a, b) => b - a);
    for (const index of some) runs[index].rank = 1 + rising.indexOf(strength(runs[index]));
  }
}

const anyChosen = () => page.by === CHOICES || choices.model.answers.length > 0;

/** In log-odds, as it is printed; undefined of a run that is not done. */
function strength(run) {
  return choices.setOf.has(run) ? Number(choices.model.theta[run.index].toFixed(2)) : undefined;
}

/** `+1.32 ± 0.41` */
function strengthText(run) {
  const value = strength(run);
  if (value === undefined) return "";
  run.error ??= standardError(choices.model, run.index, choices.setOf.get(run));
  return `${value < 0 ? "" : "+"}${value.toFixed(2)} ± ${run.error.toFixed(2)}`;
}

function saveAnswers() {
  const lines = allAnswers().map((one) => `${lineOf(one)}\n`);
  const href = URL.createObjectURL(new Blob(lines, { type: "application/x-ndjson" }));
  make("a", { href, download: "choices.jsonl" }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
