// One picture of several, chosen by a slider. data: [{step, picture}], in order.
const PACE = 120; // ms for each when played

export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector(name);
  const image = find("img"), slider = find("input"), said = find("output"), play = find("button");
  const last = data.length - 1;
  const show = () => {
    const { step, picture } = data[slider.value];
    image.src = picture;
    image.alt = said.textContent = `step ${step} of ${data[last].step}`;
    slider.setAttribute("aria-valuetext", said.textContent);
  };
  const stop = () => {
    clearInterval(slider.playing);
    slider.playing = null;
    play.textContent = "Play";
  };
  stop();
  slider.max = last;
  if (!slider.seen) slider.value = last;
  slider.seen = true;
  slider.oninput = () => { stop(); show(); };
  play.onclick = () => {
    if (slider.playing) return stop();
    if (Number(slider.value) === last) slider.value = 0;
    play.textContent = "Pause";
    show();
    slider.playing = setInterval(() => {
      slider.value = Number(slider.value) + 1;
      show();
      if (Number(slider.value) === last) stop();
    }, PACE);
  };
  show();
  return stop;
}
