// Pictures as buttons. data: label; options: [{value, name, picture, title}]; chosen: values;
// several: whether a second press takes one back; strip: one row, to be scrolled.
export default function ({ parentElement, data, setTriggerValue }) {
  const group = parentElement.querySelector(".thumbs");
  group.setAttribute("aria-label", data.label);
  group.classList.toggle("strip", data.strip);
  const buttons = () => [...group.children];
  const press = (chosen) => buttons().forEach((button) =>
    button.setAttribute("aria-pressed", chosen.includes(button.value)));

  const drawn = JSON.stringify(data.options);
  if (group.drawn !== drawn) {
    const focused = parentElement.activeElement?.value;
    group.replaceChildren(...data.options.map(make));
    group.drawn = drawn;
    buttons().find((button) => button.value === focused)?.focus();
  }
  // Shown at once; the answer of the server is what counts.
  group.onclick = ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    const pressed = button.getAttribute("aria-pressed") === "true";
    if (data.several) button.setAttribute("aria-pressed", !pressed);
    else press([button.value]);
    // All of them, for of two clicks the server may see the second alone.
    const now = buttons().filter((button) => button.getAttribute("aria-pressed") === "true");
    if (data.several && !now.length) press([button.value]);  // one is left
    else if (data.several || !pressed) setTriggerValue("pressed", now.map(({ value }) => value));
  };
  press(data.chosen);
  if (data.strip && !group.seen) {
    const button = buttons().find((button) => data.chosen.includes(button.value));
    if (button) group.scrollLeft = button.offsetLeft - group.offsetLeft - 7;
    group.seen = true;
  }
}

function make({ value, name, picture, title }) {
  const button = document.createElement("button");
  const image = document.createElement(picture ? "img" : "span");
  const label = document.createElement("span");
  Object.assign(button, { type: "button", value, title: title || name });
  if (picture) Object.assign(image, { src: picture, alt: "", draggable: false });
  else { image.className = "none"; image.textContent = "?"; image.ariaHidden = "true"; }
  label.className = "name";
  label.textContent = name;
  button.append(image, label);
  return button;
}
