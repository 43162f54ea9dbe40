"use strict";
// The runs that the page carries, and their texts. These come from files that anybody may have
// written: they become nodes by `make`, never markup.

const byId = (id) => document.getElementById(id);
const embedded = (id) => JSON.parse(byId(id).textContent);
const isNumber = (text) => text.trim() !== "" && Number.isFinite(Number(text));
const baseName = (path) => path.split(/[/\\]/).at(-1);

const page = embedded("page");
const CHOICES = "choices"; // the figure that people make by eye; no run has it of its own
const thumbnail = embedded("thumbnail");
const axes = page.axes.map((axis, index) => ({
  ...axis,
  of: (run) => run.at[index], // the index of its value
  name: axis.key.split(".").at(-1),
  numeric: axis.values.every((value) => value === "" || isNumber(value)),
}));
for (const axis of axes) {
  if (axes.some((other) => other !== axis && other.name === axis.name)) axis.name = axis.key;
}

/** All runs, pair by pair of content and style, best first. */
const runs = embedded("runs").map((run, index) => ({
  ...{ at: [], figures: {}, own: {}, pictures: {}, originals: [] },
  ...{ command: "", reason: "", started: "", status: "", thumbnail: "" },
  ...run,
  index,
}));

/** {key: the items of that key}, in the order in which they come. */
function grouped(items, keyOf) {
  const groups = new Map();
  for (const item of items) {
    const key = keyOf(item);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(item);
  }
  return groups;
}

/** `make("p.note", {title}, "text", node, …)`: an element; what is false or empty is left out. */
function make(tag, ...parts) {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const part of parts.filter(Boolean)) {
    if (part.constructor !== Object) element.append(part);
    else
      for (const [key, value] of Object.entries(part)) {
        if (key.includes("-")) element.setAttribute(key, value);
        else element[key] = value;
      }
  }
  return element;
}

function button(text, title, onclick, disabled = false) {
  return make("button", { type: "button", title, onclick, disabled }, text);
}

/** Draws `host` anew. A button that had the focus leaves it to its like, or to `host`. */
function redraw(host, ...parts) {
  const buttons = () => [...host.querySelectorAll("button, input")];
  const { title } = document.activeElement;
  const place = buttons().indexOf(document.activeElement);
  host.replaceChildren(...parts);
  if (place < 0) return;
  const like = buttons().find((one) => title && one.title === title) ?? buttons()[place];
  host.tabIndex = -1;
  (like && !like.disabled ? like : host).focus({ preventScroll: true });
}

/** As a data URI, or "" if the run has none. */
const thumbnailOf = (run) => run.thumbnail && `data:image/jpeg;base64,${run.thumbnail}`;

/** The thumbnail as an element; without one, the status in its place. */
function picture(run) {
  const src = thumbnailOf(run);
  if (src) return make("img", { src, alt: label(run), draggable: false, decoding: "async" });
  return make("span", { className: `missing ${run.status}` }, run.status || "no picture");
}

const value = (run, axis) => axis.values[axis.of(run)] ?? "";

/** `style_weight=10, style=kahlo`; without axes the folder's name. */
const label = (run) => axes.map((axis) => `${axis.key}=${value(run, axis)}`).join(", ") || name(run);

/** The values as [key or "", value], with keys where values say little: `kahlo`, `seed 10`. */
function shortLabel(run) {
  const known = axes.filter((axis) => value(run, axis) !== "");
  if (!known.length) return [["", name(run)]];
  return known.map((axis) => {
    const text = value(run, axis);
    return [axis.numeric || ["true", "false"].includes(text) ? axis.name : "", text];
  });
}

const shortText = (run) =>
  shortLabel(run)
    .map(([key, text]) => (key ? `${key} ${text}` : text))
    .join(" · ");

function decoded(url) {
  try {
    return decodeURIComponent(url);
  } catch {
    return url; // a name in no known encoding
  }
}

const folder = (run) => decoded(run.url);

const name = (run) => folder(run).split("/").at(-1);
const link = (run, file) => `${run.url}/${file}`;

/** As the table and the sheet print it. */
function figure(run, key) {
  if (key === CHOICES) return strengthText(run);
  const number = run.figures[key];
  if (number === undefined) return "";
  if (!page.figures.includes(key)) return String(+number.toPrecision(6));
  const size = Math.abs(number);
  if (size >= 1e5 || (size > 0 && size < 0.001)) return number.toExponential(1);
  return number.toFixed(size < 10 && key !== "seconds" ? 3 : size < 1000 ? 1 : 0);
}

const varying = new Set(runs.flatMap((run) => Object.keys(run.own)).map(Number));

/** [[key, value, whether runs differ in it]] of all settings that the run has. */
function settings(run) {
  if (!run.settings) return [];
  return page.settings
    .map(([key, common], index) => [
      key,
      index in run.own ? run.own[index] : common,
      varying.has(index),
    ])
    .filter(([, text]) => text !== null);
}
