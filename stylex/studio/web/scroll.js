export default function ({ parentElement, data }) {
  const done = (window.stylexScrolledTo ??= new Set());
  if (done.has(data.event)) return;
  done.add(data.event);
  const block = parentElement.closest("[data-testid=stVerticalBlock]");
  const top = block.getBoundingClientRect().top;
  if (top < 0 || top > window.innerHeight / 3) block.scrollIntoView({ behavior: "smooth" });
}
