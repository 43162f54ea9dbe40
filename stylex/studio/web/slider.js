export default function ({ parentElement, data }) {
  const find = (name) => parentElement.querySelector(name);
  const slider = find(".slider"), range = find("input");
  find(".under").src = data.after;
  find(".over").src = data.before;
  find(".left").textContent = data.left;
  find(".right").textContent = data.right;
  range.setAttribute("aria-label", `boundary between ${data.left} and ${data.right}`);
  range.oninput = () => slider.style.setProperty("--at", `${range.value}%`);
}
