"""Many settings at once: the command for them, and the sheet as it fills."""

from collections import Counter
from pathlib import Path

import streamlit as st

from stylex.config import pictures
from stylex.errors import UserError
from stylex.runs.lock import is_held
from stylex.runs.record import to_command
from stylex.runs.sweep_record import collect
from stylex.studio.folders import title
from stylex.studio.knobs import KNOBS, PRESETS, several
from stylex.studio.show import EVERY, begin, children, offer, outputs, picture

MOST_VARIED = 3
EXAMPLES = {"whole": "128, 256", "number": "1, 5, 25", "truth": "true, false", "steps": "20, 50"}


def page() -> None:
    """The form, and below it the sweep that was started last or is chosen."""
    left, right = st.columns([2, 3], gap="large")
    with left:
        try:
            name, words = _form()
            _offer(outputs().sweep(name), words)
        except UserError as error:
            st.error(str(error), icon=":material/error:")
    with right:
        _watched()


def _offer(folder: Path, words: list[str]) -> None:
    label = "Run the sweep"
    asked = st.button(label, type="primary", icon=":material/apps:", width="stretch")
    if asked and begin(words, folder):
        st.session_state["sweeping"] = st.session_state["shown sweep"] = folder
    st.caption("The same from a terminal; the same command again runs only what is missing")
    st.code(to_command(words), "bash", wrap_lines=True)


def _form() -> tuple[str, list[str]]:
    """The sweep's name and its words. Raises UserError."""
    words = ["--multirun"]
    for group, label, usual in (("content", "Pictures", "jesse"), ("style", "Styles", "kahlo")):
        words.append(f"{group}={','.join(_chosen(group, label, usual))}")
    preset = st.selectbox(
        "Preset",
        PRESETS,
        PRESETS.index("fast"),
        format_func=lambda name: name or "the default",
        key="sweep preset",
        persist_state="session",
    )
    words += [f"experiment={preset}"] if preset else []
    words += _varied()
    name = st.text_input("Name of the sweep", "mine", key="sweep name", persist_state="session")
    return name, [*words, f"sweep={name}"]


def _chosen(group: str, label: str, usual: str) -> list[str]:
    """Options and uploaded files, as words say them. Raises UserError for none."""
    labels = {name: name for name in pictures.options(group)}
    start = [usual] if usual in labels else [*labels][:1]
    for path in sorted(outputs().uploads.glob("[0-9a-f]*/*")):
        labels[str(path)] = f"{path.stem} ({path.parent.name[:4]})"  # of the same name, too
    chosen = st.multiselect(
        label,
        [*labels],
        start,
        format_func=lambda name: labels.get(name, name),
        key=f"sweep {group}",
        persist_state="session",
    )
    chosen = [name for name in chosen if name in labels]
    if not chosen:
        raise UserError(f"choose at least one of the {label.lower()}")
    return chosen


def _varied() -> list[str]:
    """Words for what varies besides the pictures. Raises UserError."""
    words = []
    count = int(
        st.number_input(
            "How many settings vary", 0, MOST_VARIED, 1, persist_state="session", key="n"
        )
    )
    for index in range(count):
        left, right = st.columns(2)
        keys = [*KNOBS]
        key = left.selectbox(
            "Setting",
            keys,
            keys.index(("style_weight", "tv_weight", "steps")[index]),
            format_func=lambda key: KNOBS[key].label,
            key=f"varied {index}",
            persist_state="session",
        )
        knob = KNOBS[key]
        text = right.text_input(
            "Values",
            EXAMPLES.get(knob.kind, ", ".join(knob.options[:2])),
            help=f"{knob.help}. Separated by commas, or logspace(0,2,5), linspace(0,50,6)"
            + (f"; there are {', '.join(knob.options)}" if knob.options else ""),
            key=f"values {index} {key}",
            persist_state="session",
        )
        words.append(f"{key}={','.join(several(knob, text))}")
    keys = [word.partition("=")[0] for word in words]
    if len({*keys}) < len(keys):
        raise UserError("a setting can vary only once")
    return words


def _watched() -> None:
    there = outputs().sweeps()
    started: Path | None = st.session_state.get("sweeping")
    names = list(dict.fromkeys([*([started] if started else []), *there]))
    if not names:
        st.markdown(
            "#### A hundred settings, one sheet\n\n"
            "Choose pictures and styles and say what is to vary: every combination becomes "
            "a run, and all of them are laid side by side."
        )
        return
    if st.session_state.get("shown sweep") not in names:
        st.session_state["shown sweep"] = names[0]
    folder = st.selectbox("Sweep", names, format_func=lambda path: path.name, key="shown sweep")
    if children().starting(folder) or is_held(folder):
        _live(folder)
    else:
        if complaint := children().complaint(folder):
            st.error(complaint, icon=":material/error:")
        _sheet(folder)
        _further(folder)


@st.fragment(run_every=2 * EVERY)
def _live(folder: Path) -> None:
    if not (children().starting(folder) or is_held(folder)):
        st.rerun()
    if st.button("Stop", icon=":material/stop:", key=f"stop {folder}"):
        children().stop(folder)
        st.toast("It ends with the step that it is at; the same command goes on from there.")
    _sheet(folder)


def _sheet(folder: Path) -> None:
    """How many are done, the sheet, and the jobs."""
    records = collect([folder]) if folder.is_dir() else []
    counts = Counter(record.status for record in records)
    if records:
        said = ", ".join(f"{count} {status}" for status, count in counts.most_common())
        st.progress(counts["done"] / len(records), said)
    for name in ("sheet.png", "tradeoff.png"):
        if (folder / name).is_file():
            picture(folder / name)


def _further(folder: Path) -> None:
    """What there is besides when nothing goes on: the runs, and the sheet to keep."""
    done = [record for record in collect([folder]) if record.result.is_file()]
    if done:
        with st.expander("The runs"):
            for record in done:
                link = outputs().name(record.folder)
                if st.button(
                    f"{title(record)}: {record.folder.name}", key=f"open {link}", type="tertiary"
                ):
                    st.switch_page(st.session_state["pages"]["run"], query_params={"run": link})
    sheet = folder / "sheet.png"
    if sheet.is_file():
        offer("Download the sheet", sheet, f"{folder.name}.png")
