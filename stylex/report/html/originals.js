// The photographs and paintings that the runs were made from, beside the results.

const originals = embedded("originals");

const KINDS = { content: "photograph", style: "painting" };

const originalsOf = (run) => run.originals.map((index) => originals[index]);

/** As a stage shows it: the file where the browser can, else the thumbnail. */
const originalSource = (original) => ({
  small: original.thumbnail && `data:image/jpeg;base64,${original.thumbnail}`,
  full: original.url,
  alt: `${KINDS[original.kind]} ${original.name}`,
  title: original.name,
});

function originalPicture(original) {
  const { small, alt } = originalSource(original);
  if (small) return make("img", { src: small, alt, draggable: false, decoding: "async" });
  return make("span.missing", original.name);
}

/** Photograph and painting of a run, each a button where `open(original)` shows it in full. */
function originalsRow(run, open) {
  const found = originalsOf(run).filter(({ thumbnail }) => thumbnail);
  return (
    found.length > 0 &&
    make(
      "div.originals",
      ...found.map((original) => {
        const inside = [originalPicture(original), make("span", original.name)];
        if (!open) return make("figure", ...inside);
        const title = `compare with the ${KINDS[original.kind]}`;
        return make("button", { type: "button", title, onclick: () => open(original) }, ...inside);
      }),
    )
  );
}

/** Their place in the gallery, before the runs that were made from them. */
const originalsTile = (run, open) => make("article.source", originalsRow(run, open));

/** The runs with {originals: run} before the first of each pair: those of which the page has any. */
function withOriginals(some) {
  const pairs = new Set(some.map((run) => run.originals.join(" ")).filter(Boolean));
  if (pairs.size > 1 && state.sort !== "pair") return some;
  const seen = new Set();
  return some.flatMap((run) => {
    const key = run.originals.join(" ");
    if (seen.has(key) || !originalsOf(run).some(({ thumbnail }) => thumbnail)) return [run];
    seen.add(key);
    return [{ originals: run }, run];
  });
}
