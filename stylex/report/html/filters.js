// The controls that say which runs are shown: a row for the status and one for each axis.

const CHIPS = 12; // values of an axis that get a button each

function drawFilters(form, changed) {
  const statuses = [...new Set(runs.map((run) => run.status))];
  const states = statuses.map((status) => {
    const count = runs.filter((run) => run.status === status).length;
    return chip(`${status} ${count}`, inSet(state.statuses, status), changed);
  });
  const onFront = chip(
    "on the front",
    (on) => {
      state.front = on;
    },
    changed,
  );
  form.replaceChildren(
    row("status", ...(states.length > 1 ? states : []), onFront),
    ...axes.map((axis) => row(axis.name, ...controls(axis, changed))),
  );
}

function row(title, ...children) {
  return make("fieldset", {}, make("legend", {}, title), ...children);
}

function controls(axis, changed) {
  if (axis.values.length <= CHIPS) {
    const wanted = new Set();
    state.values.set(axis, wanted);
    return axis.values.map((text, index) => chip(text || "none", inSet(wanted, index), changed));
  }
  return axis.numeric ? limits(axis, changed) : [oneOf(axis, changed)];
}

const inSet = (set, item) => (on) => (on ? set.add(item) : set.delete(item));

/** A button that stays pressed. */
function chip(text, set, changed) {
  const button = make(
    "button",
    { type: "button", className: "chip", "aria-pressed": "false" },
    text,
  );
  button.onclick = () => {
    const on = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(on));
    set(on);
    changed();
  };
  return button;
}

function limits(axis, changed) {
  const numbers = axis.values.filter(isNumber).map(Number);
  const input = (text, bound) =>
    make("input", {
      type: "number",
      step: "any",
      placeholder: String(bound),
      "aria-label": `${axis.key} ${text}`,
      oninput: () => {
        const [least, most] = inputs.map((one) => one.valueAsNumber); // NaN: empty
        if (isNaN(least) && isNaN(most)) state.values.delete(axis);
        else
          state.values.set(axis, [isNaN(least) ? -Infinity : least, isNaN(most) ? Infinity : most]);
        changed();
      },
    });
  const inputs = [input("from", numbers[0]), input("to", numbers.at(-1))];
  return [inputs[0], "to", inputs[1]];
}

function oneOf(axis, changed) {
  const options = axis.values.map((text, index) =>
    make("option", { value: String(index) }, text || "none"),
  );
  const select = make(
    "select",
    {
      "aria-label": axis.key,
      onchange: () => {
        if (select.value === "") state.values.delete(axis);
        else state.values.set(axis, new Set([Number(select.value)]));
        changed();
      },
    },
    make("option", { value: "" }, "any"),
    ...options,
  );
  return select;
}

function clearFilters(form, changed) {
  state.statuses.clear();
  state.values.clear();
  state.text = "";
  state.front = false;
  drawFilters(form, changed);
}

const filtering = () =>
  state.text ||
  state.front ||
  state.statuses.size ||
  [...state.values.values()].some((wanted) => !(wanted instanceof Set) || wanted.size);
