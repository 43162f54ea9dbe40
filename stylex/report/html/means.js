// The means of runs that are folded, in a table above the runs.

/** open: what a click on a row does with the group's median run. */
function drawMeans(open) {
  const host = byId("means");
  host.hidden = !page.means;
  if (!page.means) return;
  const { title, columns, rows } = page.means;
  const cells = (tag, texts) =>
    texts.map((text, at) => make(columns[at][1] ? `${tag}.number` : tag, text));
  const row = ([index, front, texts]) => {
    const run = runs[index];
    const about = `the median run: ${label(run)}`;
    return make(
      "tr",
      { onclick: () => open(run), title: about },
      make("td", make("button.open", { type: "button", "aria-label": about }, picture(run))),
      ...cells("td", texts),
      make("td", front && make("span.front", { title: "a best compromise of the means" }, "◆")),
    );
  };
  const names = columns.map(([name]) => name.split(".").at(-1));
  const head = make("tr", make("th"), ...cells("th", names), make("th"));
  host.replaceChildren(
    make("summary", title),
    make("div", make("table", make("thead", head), make("tbody.rows", ...rows.map(row)))),
  );
  host.ontoggle = fill; // the list below has moved
}
