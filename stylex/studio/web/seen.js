// Keys that are about something only scroll to it while it is out of the window: whoever scrolls by
// them answers nothing. data: place: the key of its container; keys: names.
export default function ({ data }) {
  const hear = (event) => {
    const place = document.querySelector(`.st-key-${data.place}`);
    if (!place || !data.keys.includes(event.key) || event.target.closest?.("input, textarea")) return;
    const { top, bottom, height } = place.getBoundingClientRect();
    const seen = Math.min(bottom, innerHeight) - Math.max(top, 0);
    if (seen >= 0.75 * Math.min(height, innerHeight)) return;
    event.stopImmediatePropagation();
    event.preventDefault();
    place.scrollIntoView({ block: "center" });
  };
  window.addEventListener("keydown", hear, true);
  return () => window.removeEventListener("keydown", hear, true);
}
