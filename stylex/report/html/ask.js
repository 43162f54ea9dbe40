// "Which of these two?", asked until every two runs shown were compared.

const question = { left: null, right: null };

function drawAsk(host, some) {
  const sets = comparable(some).map((runs) => runs.map(({ index }) => index));
  const order = (index) => (runs[index].mark ??= mark(nameOf(runs[index])));
  const pair = nextPair(choices.model, sets, order);
  const count = choices.model.answers.length;
  if (!pair) {
    const said = sets.some(({ length }) => length > 1)
      ? "Every two of these runs were compared."
      : "There are no two finished runs here to be compared.";
    host.replaceChildren(make("div.ask", make("p.nothing", said), askBar(count)));
    return;
  }
  const named = pair.map((index) => nameOf(runs[index]));
  [question.left, question.right] = sides(...named, count).map((name) => byName.get(name));
  const both = [question.left, question.right];
  const sources = both.map((run) => ({ ...sourceOf(run), title: "" }));
  const pressed = (side) => () => decide(side);
  host.style.setProperty("--shape", Math.max(0.6, Math.min(2, thumbnail.shape)));
  redraw(
    host,
    make(
      "div.ask",
      make("h2", "Which of these two?"),
      originalsRow(question.left) || "",
      stage(sources, false),
      make(
        "div.choice",
        button(make("span.first", "This one"), "left arrow", pressed("left")),
        button("Equally good", "e", pressed("tie")),
        button(make("span.second", "This one"), "right arrow", pressed("right")),
      ),
      askBar(count),
    ),
  );
}

/** What became of the answers, and what can be done with them. */
function askBar(count) {
  const given = choices.given.length;
  const where = choices.kept
    ? "this browser keeps them"
    : "this browser does not keep them: save them before you leave";
  return make(
    "div.bar",
    make("span", `${count} answer${count === 1 ? "" : "s"}${given ? ` · ${where}` : ""}`),
    button("Undo", "take the last answer back (Backspace)", undo, !given),
    button("Save choices.jsonl", "to be put into the folder of the runs", saveAnswers, !count),
    button("Show the order", "the gallery, most chosen first", () => actions.order(), !count),
    make(
      "p",
      "Put choices.jsonl into the runs' folder, and python -m stylex.report FOLDER --by choices ",
      "makes table and sheet by it. Filters choose which runs are asked about.",
    ),
  );
}

function decide(side) {
  if (!question.left) return;
  answer(question.left, question.right, side);
  draw();
}

function undo() {
  if (!choices.given.length) return;
  takeBack();
  draw();
}

/** What a key does while the question is asked; whether it does anything.
 *
 * Held down, it answers once: the next pair has not been seen. Where the pair is not in the window
 * the key leads to it.
 */
function askByKey({ key, repeat }) {
  const side = { ArrowLeft: "left", ArrowRight: "right", e: "tie" }[key];
  if (!side && key !== "Backspace") return false;
  if (side && repeat) return true;
  const pair = document.querySelector(".ask .stage");
  if (pair && !isSeen(pair)) pair.scrollIntoView({ block: "center" });
  else if (side) decide(side);
  else undo();
  return true;
}

/** Whether three quarters of it are in the window. */
function isSeen(element) {
  const { top, bottom, height } = element.getBoundingClientRect();
  return Math.min(bottom, innerHeight) - Math.max(top, 0) >= 0.75 * Math.min(height, innerHeight);
}
