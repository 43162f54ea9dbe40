// Says once that the page has been taken away, and its timers with it.
export default function ({ data, setTriggerValue }) {
  const done = (window.stylexLeft ??= new Set());
  if (done.has(data.event)) return;
  done.add(data.event);
  setTriggerValue("gone", true);
}
