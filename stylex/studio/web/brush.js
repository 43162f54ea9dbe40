// A mask painted over a picture. data: {picture, name}. "mask" is a PNG, white where it was painted
// and black elsewhere, as a data address. By keyboard: arrows move the brush, Space paints.
const PAINT = "#ff2d6f";

export default function ({ parentElement, data, setTriggerValue }) {
  const find = (name) => parentElement.querySelector(name);
  const image = find("img"), canvas = find("canvas"), tip = find(".tip"), size = find("input");
  const erase = find(".erase"), use = find(".use"), paper = canvas.getContext("2d");
  if (image.getAttribute("src") === data.picture) return;  // drawn anew: what is painted stays
  image.onload = () => {
    find(".stage").style.setProperty("--shape", image.naturalWidth / image.naturalHeight);
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    use.disabled = true;
    show({ x: canvas.width / 2, y: canvas.height / 2 });
  };
  image.src = data.picture;
  canvas.setAttribute("aria-label",
    `${data.name}: arrow keys move the brush, Space paints, Shift makes steps small`);

  let at = { x: 0, y: 0 };
  const width = () => size.value / 100 * Math.min(canvas.width, canvas.height);
  function show(point) {
    at = { x: Math.min(Math.max(point.x, 0), canvas.width),
           y: Math.min(Math.max(point.y, 0), canvas.height) };
    tip.style.left = `${100 * at.x / canvas.width}%`;
    tip.style.top = `${100 * at.y / canvas.height}%`;
    tip.style.width = `${100 * width() / canvas.width}%`;
    tip.style.aspectRatio = 1;
  }
  function stroke(to) {
    paper.globalCompositeOperation =
      erase.getAttribute("aria-pressed") === "true" ? "destination-out" : "source-over";
    Object.assign(paper, { strokeStyle: PAINT, lineWidth: width(), lineCap: "round" });
    paper.beginPath();
    paper.moveTo(at.x, at.y);
    paper.lineTo(to.x, to.y);
    paper.stroke();
    use.disabled = false;
  }
  function place(event) {
    const box = canvas.getBoundingClientRect();
    return { x: (event.clientX - box.left) * canvas.width / box.width,
             y: (event.clientY - box.top) * canvas.height / box.height };
  }
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    show(place(event));
    stroke(at);
  };
  canvas.onpointermove = (event) => {
    const to = place(event);
    if (event.buttons) stroke(to);
    show(to);
  };
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  let held = false;
  canvas.onkeydown = (event) => {
    const step = steps[event.key];
    if (event.key === " ") { held = true; stroke(at); }
    else if (step) {
      const far = width() * (event.shiftKey ? 0.1 : 0.5);
      const to = { x: at.x + far * step[0], y: at.y + far * step[1] };
      if (held) stroke(to);
      show(to);
    } else return;
    event.preventDefault();
  };
  canvas.onkeyup = ({ key }) => { if (key === " ") held = false; };
  size.oninput = () => show(at);
  erase.onclick = () =>
    erase.setAttribute("aria-pressed", erase.getAttribute("aria-pressed") !== "true");
  find(".clear").onclick = () => {
    paper.clearRect(0, 0, canvas.width, canvas.height);
    use.disabled = true;
  };
  use.onclick = () => {
    const mask = document.createElement("canvas"), ink = mask.getContext("2d");
    Object.assign(mask, { width: canvas.width, height: canvas.height });
    ink.drawImage(canvas, 0, 0);
    ink.globalCompositeOperation = "source-in";
    Object.assign(ink, { fillStyle: "white" });
    ink.fillRect(0, 0, mask.width, mask.height);
    ink.globalCompositeOperation = "destination-over";
    Object.assign(ink, { fillStyle: "black" });
    ink.fillRect(0, 0, mask.width, mask.height);
    setTriggerValue("mask", mask.toDataURL("image/png"));
  };
}
