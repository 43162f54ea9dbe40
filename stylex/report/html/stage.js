// One picture, or two beside or upon each other, that are zoomed and moved together.

const CLOSEST = 16; // times
const GRASP = 28; // px from the divider at which a pointer takes it

/** Shared by all that is shown, so that the next run is looked at in the same place. */
const eye = { scale: 1, x: 0, y: 0, at: 50, slide: true }; // x, y, at: in % of a picture's place

const resetEye = () => Object.assign(eye, { scale: 1, x: 0, y: 0, at: 50 });

/** sources: one or two {small, full, alt, title}; slide: whether the two are upon each other. */
function stage(sources, slide = eye.slide) {
  const upon = sources.length > 1 && slide;
  const frames = sources.map((source) => make("div.layer", layer(source)));
  frames.forEach((frame, at) => {
    if (sources.length > 1) frame.append(make("span.caption", sources[at].title));
  });
  const host = make(`div.stage${upon ? ".upon" : ""}`, ...frames);
  if (upon) {
    const range = make("input", {
      type: "range",
      min: 0,
      max: 100,
      step: 0.5,
      value: eye.at,
      "aria-label": "divider between the two",
      oninput: () => {
        eye.at = Number(range.value);
        look(host);
      },
    });
    host.append(make("div.divider"), range);
  }
  watchStage(host, upon);
  look(host);
  return host;
}

/** The thumbnail, until the picture in full has loaded. */
function layer({ small, full, alt, gone }) {
  const attributes = { alt, draggable: false, decoding: "async" };
  const first = small ? make("img", { ...attributes, src: small }) : make("span.missing", alt);
  if (!full) return first;
  const image = make("img", { ...attributes, src: full });
  image.decode().then(
    () => first.replaceWith(image),
    () => gone && first.after(make("span.gone", gone)),
  );
  return first;
}

function look(host) {
  const least = 100 - 100 * eye.scale;
  eye.x = Math.min(0, Math.max(least, eye.x));
  eye.y = Math.min(0, Math.max(least, eye.y));
  for (const [name, unit] of [["scale", ""], ["x", "%"], ["y", "%"], ["at", "%"]])
    host.style.setProperty(`--${name}`, `${eye[name]}${unit}`);
  host.classList.toggle("zoomed", eye.scale > 1);
  const range = host.querySelector("input");
  if (range) range.value = eye.at;
}

/** Zooms by a factor around a point of the place, in %. */
function zoom(host, factor, across = 50, down = 50) {
  const scale = Math.min(CLOSEST, Math.max(1, eye.scale * factor));
  const ratio = scale / eye.scale;
  eye.x = across - (across - eye.x) * ratio;
  eye.y = down - (down - eye.y) * ratio;
  eye.scale = scale;
  look(host);
}

function watchStage(host, upon) {
  const fingers = new Map(); // pointer -> where it is
  let grasped = false;
  const placeOf = (event) => {
    const box = (event.target.closest?.(".layer") ?? host.firstElementChild).getBoundingClientRect();
    return {
      across: (100 * (event.clientX - box.left)) / box.width,
      down: (100 * (event.clientY - box.top)) / box.height,
      box,
    };
  };
  host.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const { across, down } = placeOf(event);
      zoom(host, Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), across, down);
    },
    { passive: false },
  );
  host.ondblclick = (event) => {
    if (event.target.closest("input")) return;
    const { across, down } = placeOf(event);
    zoom(host, eye.scale > 1 ? 1 / eye.scale : 3, across, down);
  };
  host.onpointerdown = (event) => {
    if (event.button || event.target.closest("input")) return;
    const { across, box } = placeOf(event);
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    const near = Math.abs(across - eye.at) * box.width < 100 * GRASP;
    if (fingers.size === 1) grasped = upon && (eye.scale === 1 || near);
    host.setPointerCapture(event.pointerId);
    if (grasped) move(event);
  };
  const move = (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const box = host.firstElementChild.getBoundingClientRect();
    const now = { x: event.clientX, y: event.clientY };
    fingers.set(event.pointerId, now);
    if (fingers.size > 1) {
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const apart = (at) => Math.hypot(at.x - other.x, at.y - other.y) || 1;
      const across = ((now.x + other.x) / 2 - box.left) / box.width;
      const down = ((now.y + other.y) / 2 - box.top) / box.height;
      zoom(host, apart(now) / apart(before), 100 * across, 100 * down);
      return;
    }
    if (grasped) eye.at = Math.min(100, Math.max(0, (100 * (now.x - box.left)) / box.width));
    else {
      eye.x += (100 * (now.x - before.x)) / box.width;
      eye.y += (100 * (now.y - before.y)) / box.height;
    }
    look(host);
  };
  host.onpointermove = move;
  host.onpointerup = host.onpointercancel = ({ pointerId }) => fingers.delete(pointerId);
}

/** `+`, `-` and `0` zoom; whether the key was one of them. */
function zoomByKey(key) {
  const host = document.querySelector("dialog[open] .stage") ?? document.querySelector(".ask .stage");
  const factor = { "+": 1.5, "=": 1.5, "-": 1 / 1.5, 0: 1 / eye.scale }[key];
  if (!host || !factor) return false;
  zoom(host, factor);
  return true;
}
