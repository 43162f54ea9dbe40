// From a place in the plot to the run that is meant, and back.

const NEAR = 24; // px from the pointer to the run
let aimed = null;

/** The ring around a run, if it is in the plot. */
function ring(run) {
  const circle = byId("plot").querySelector(".ring");
  const point = run && plot.points.find((one) => one.run === run);
  circle?.setAttribute("visibility", point ? "visible" : "hidden");
  if (point && circle) {
    circle.setAttribute("cx", point.x);
    circle.setAttribute("cy", point.y);
  }
}

function nearest(event) {
  const box = byId("plot").querySelector("svg").getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  let found = null;
  let best = NEAR ** 2;
  for (const point of plot.points) {
    const distance = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (distance <= best) [best, found] = [distance, point.run];
  }
  return found;
}

function watchPlot(open) {
  const canvas = byId("plot").querySelector("svg");
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    const run = nearest(event);
    canvas.classList.toggle("aimed", run !== null);
    ring(run);
    tip(run, event);
  });
  canvas.addEventListener("pointerleave", () => {
    ring(null);
    tip(null);
  });
  canvas.addEventListener("click", (event) => {
    const run = nearest(event);
    tip(null);
    if (run) open(run);
  });
}

/** The run's thumbnail and figures beside the pointer. */
function tip(run, event) {
  const box = byId("tip");
  box.hidden = !run;
  if (!run) {
    aimed = null;
    return;
  }
  if (run !== aimed) {
    aimed = run;
    box.replaceChildren(
      picture(run),
      make("b", {}, shortLabel(run)),
      make(
        "span",
        {},
        `style ${figure(run, "style_error")} · content ${figure(run, "content_error")}`,
      ),
    );
  }
  const { offsetWidth: width, offsetHeight: height } = box;
  const right = event.clientX + 16 + width < innerWidth;
  box.style.left = `${right ? event.clientX + 16 : Math.max(4, event.clientX - 16 - width)}px`;
  box.style.top = `${Math.max(4, Math.min(event.clientY - height / 2, innerHeight - height - 4))}px`;
}
