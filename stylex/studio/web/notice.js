// Says that something is done, in the tab's title and, where that is allowed, by the system.
// data: text; event: of this end, said once; empty while it is awaited, and may be asked for.
export default function ({ parentElement, data }) {
  const button = parentElement.querySelector("button");
  const known = "Notification" in window;
  button.hidden = !!data.event || !known || Notification.permission !== "default";
  button.onclick = async () => {
    await Notification.requestPermission();
    button.hidden = Notification.permission !== "default";
  };
  const said = (window.stylexSaid ??= new Set());
  if (!data.event || said.has(data.event)) return;
  said.add(data.event);
  const before = (window.stylexTitle ??= document.title);  // of two ends in a row, too
  document.title = `✓ ${data.text}`;
  const seen = ["focus", "pointermove", "keydown"];
  const restore = () => {
    document.title = before;
    delete window.stylexTitle;
    seen.forEach((name) => window.removeEventListener(name, restore));
  };
  seen.forEach((name) => window.addEventListener(name, restore));
  if (known && Notification.permission === "granted" && !document.hasFocus()) {
    const notice = new Notification("stylex", { body: data.text, tag: data.event });
    notice.onclick = () => { window.focus(); notice.close(); };
  }
}
