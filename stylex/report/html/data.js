"use strict";
// The runs as the page carries them, and how they are said. Texts come from files that anybody may
// have written: they become nodes by `make`, never markup.

const byId = (id) => document.getElementById(id);
const embedded = (id) => JSON.parse(byId(id).textContent);

const page = embedded("page");
const thumbnail = embedded("thumbnail");
const axes = page.axes.map((axis) => ({
  ...axis,
  name: axis.key.split(".").at(-1),
  numeric: axis.values.every((value) => value === "" || isNumber(value)),
}));
for (const axis of axes) {
  if (axes.some((other) => other !== axis && other.name === axis.name)) axis.name = axis.key;
}

/** All runs, best first. */
const runs = embedded("runs").map((run, index) => ({
  at: [],
  figures: {},
  own: {},
  pictures: {},
  command: "",
  reason: "",
  started: "",
  status: "",
  ...run,
  index,
}));

function isNumber(text) {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

/** An element with properties and children: nodes or text. */
function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter(Boolean));
  return element;
}

const blocks = [...document.querySelectorAll("script.thumbnails")].map((script) => ({ script }));

/** The thumbnail as a data URI, or "" if the run has none. */
function thumbnailOf(run) {
  const block = blocks[Math.floor(run.index / page.block)];
  block.lines ??= block.script.textContent.split("\n");
  const data = block.lines[run.index % page.block];
  return data ? `data:image/jpeg;base64,${data}` : "";
}

/** The thumbnail as an element; without one, the status in its place. */
function picture(run) {
  const source = thumbnailOf(run);
  if (source)
    return make("img", { src: source, alt: label(run), draggable: false, decoding: "async" });
  return make("span", { className: `missing ${run.status}` }, run.status || "no picture");
}

const value = (run, axis) => axis.values[run.at[axes.indexOf(axis)]] ?? "";

/** `style_weight=10, style=kahlo`; without axes the folder's name. */
function label(run) {
  return axes.map((axis) => `${axis.key}=${value(run, axis)}`).join(", ") || name(run);
}

/** The values, with their keys where they say little alone: `kahlo · style_weight 10`. */
function shortLabel(run, keys = true) {
  const words = axes
    .filter((axis) => value(run, axis) !== "")
    .map((axis) => {
      const text = value(run, axis);
      return keys && (axis.numeric || ["true", "false"].includes(text))
        ? `${axis.name} ${text}`
        : text;
    });
  return words.join(" · ") || name(run);
}

function folder(run) {
  try {
    return decodeURIComponent(run.url);
  } catch {
    // a name in no known encoding
    return run.url;
  }
}

const name = (run) => folder(run).split("/").at(-1);
const link = (run, file) => `${run.url}/${file}`;

function figure(run, key) {
  const number = run.figures[key];
  if (number === undefined) return "";
  if (key === "seconds") return number.toFixed(1);
  return page.figures.includes(key) ? number.toFixed(3) : String(+number.toPrecision(6));
}

const measured = (run) =>
  run.status === "done" &&
  run.figures.style_error !== undefined &&
  run.figures.content_error !== undefined;

const rank = (run) =>
  run.status === "done" && page.by in run.figures ? String(run.index + 1) : "";

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

const baseName = (path) => path.split(/[/\\]/).at(-1);
