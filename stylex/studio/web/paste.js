// A pasted picture goes where a dropped one would: into the uploader of the pictures that were
// used last. data: [key of a container with an uploader, …], the first by default.
export default function ({ data }) {
  const places = data.map((key) => `.st-key-${key}`);
  let last = places[0];
  const use = ({ target }) => {
    const place = places.find((name) => target.closest?.(name));
    if (place) last = place;
  };
  const paste = (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    const file = files.find(({ type }) => type.startsWith("image/"));
    const input = document.querySelector(`${last} [data-testid=stFileUploaderDropzoneInput]`);
    if (!file || !input) return;
    event.preventDefault();
    const carrier = new DataTransfer();
    carrier.items.add(file);
    input.files = carrier.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const heard = { focusin: use, pointerdown: use, paste };
  for (const [event, hear] of Object.entries(heard)) document.addEventListener(event, hear);
  return () => {
    for (const [event, hear] of Object.entries(heard)) document.removeEventListener(event, hear);
  };
}
