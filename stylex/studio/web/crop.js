// A part of a picture. data: {picture, name, width, height: of the file in px}. "part" is
// [left, top, right, bottom] in fractions of it. A drag draws the part anew, or moves it where it
// begins inside; by keyboard arrows move it, and with Shift they move its lower right corner.
const LEAST = 0.02;

export default function ({ parentElement, data, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(name);
  const image = find("img"), stage = find(".stage"), part = find(".part"), use = find(".use");
  if (image.getAttribute("src") === data.picture) return;  // drawn anew: the part stays
  stage.style.setProperty("--shape", data.width / data.height);
  image.src = data.picture;
  image.draggable = false;
  part.setAttribute("aria-label",
    `the part of ${data.name} to keep: arrow keys move it, with Shift they resize it`);

  let box = [0, 0, 1, 1];
  const within = (value, most = 1) => Math.min(Math.max(value, 0), most);
  function show(next) {
    const [left, top, right, bottom] = (box = next);
    Object.assign(part.style, { left: `${100 * left}%`, top: `${100 * top}%`,
      width: `${100 * (right - left)}%`, height: `${100 * (bottom - top)}%` });
    find(".size").textContent = `${Math.round((right - left) * data.width)} × ` +
      `${Math.round((bottom - top) * data.height)} px`;
    use.disabled = right - left > 0.999 && bottom - top > 0.999
      || right - left < LEAST || bottom - top < LEAST;
  }
  function moved([left, top, right, bottom], x, y) {
    const wide = right - left, high = bottom - top;
    const across = within(left + x, 1 - wide), down = within(top + y, 1 - high);
    return [across, down, across + wide, down + high];
  }
  function place(event) {
    const frame = stage.getBoundingClientRect();
    return [within((event.clientX - frame.left) / frame.width),
            within((event.clientY - frame.top) / frame.height)];
  }
  let from = null, old = box, inside = false;
  stage.onpointerdown = (event) => {
    stage.setPointerCapture(event.pointerId);
    from = place(event);
    old = box;
    inside = event.target === part && !use.disabled;  // the whole picture cannot be moved
  };
  stage.onpointermove = (event) => {
    if (!from || !event.buttons) return;
    const [x, y] = place(event);
    if (inside) show(moved(old, x - from[0], y - from[1]));
    else show([Math.min(x, from[0]), Math.min(y, from[1]),
               Math.max(x, from[0]), Math.max(y, from[1])]);
  };
  stage.onpointerup = () => { from = null; };
  part.onkeydown = (event) => {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const [x, y] = steps[event.key].map((way) => way / 50);
    const [left, top, right, bottom] = box;
    show(event.shiftKey
      ? [left, top, Math.max(within(right + x), left + LEAST),
         Math.max(within(bottom + y), top + LEAST)]
      : moved(box, x, y));
  };
  use.onclick = () => setTriggerValue("part", box);
  show(box);
}
