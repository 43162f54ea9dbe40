// Runs as a sheet lays them out; each picture is a button.
// data: [{title, corner, columns, flow, rows: [{name, cells: [{value, name, picture, state}]}]}];
// a cell is null where there is no run. flow: one after the other, each with its column's name.
const make = (kind, text = "", name = "") => {
  const element = document.createElement(kind);
  if (name) element.className = name;
  element.textContent = text;
  return element;
};

export default function ({ parentElement, data, setTriggerValue }) {
  const place = parentElement.querySelector(".cells");
  const drawn = JSON.stringify(data);
  if (place.drawn !== drawn) {
    const focused = parentElement.activeElement?.value;
    place.replaceChildren(...data.flatMap((table) =>
      [...(table.title ? [make("h4", table.title)] : []), table.flow ? flow(table) : grid(table)]));
    place.drawn = drawn;
    [...place.querySelectorAll("button")].find((each) => each.value === focused)?.focus();
  }
  place.onclick = ({ target }) => {
    const button = target.closest("button");
    if (button) setTriggerValue("pressed", button.value);
  };
}

function flow({ corner, columns, rows }) {
  const place = make("div", "", "flow");
  place.title = corner;
  place.append(...rows[0].cells.map((cell, index) => {
    const found = picture(cell);
    found.append(make("span", columns[index]));
    return found;
  }));
  return place;
}

function grid({ corner, columns, rows }) {
  const table = make("table"), head = make("tr");
  head.append(make("th", corner), ...columns.map((name) => make("th", name)));
  table.append(head, ...rows.map(({ name, cells }) => {
    const row = make("tr");
    row.append(make("th", name), ...cells.map((cell) => {
      const place = make("td");
      if (cell) place.append(picture(cell));
      return place;
    }));
    return row;
  }));
  return table;
}

function picture({ value, name, picture: address, state }) {
  const button = make("button");
  Object.assign(button, { type: "button", value, title: name, ariaLabel: name, disabled: !value });
  const image = address ? new Image() : make("span", state, "none");
  if (address) Object.assign(image, { src: address, alt: "", draggable: false });
  button.append(image);
  return button;
}
