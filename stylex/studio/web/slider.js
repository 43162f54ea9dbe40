// One picture over another as far as a line that is dragged. data: {before, after, left, right}.
const LARGEST = 4; // times the pixels of the larger picture, which while a run goes on stays the same

export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector(name);
  const slider = find(".slider"), range = find("input");
  const under = find(".under"), over = find(".over");
  under.onload = over.onload = () => {
    slider.style.setProperty("--shape", under.naturalWidth / under.naturalHeight);
    const wide = Math.max(under.naturalWidth, over.naturalWidth);
    slider.style.setProperty("--most", `${LARGEST * wide}px`);
  };
  under.src = data.after;
  over.src = data.before;
  find(".left").textContent = data.left;
  find(".right").textContent = data.right;
  range.setAttribute("aria-label", `boundary between ${data.left} and ${data.right}`);
  range.oninput = () => slider.style.setProperty("--at", `${range.value}%`);
}
