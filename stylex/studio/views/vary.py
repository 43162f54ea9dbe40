"""Four neighbours of a run side by side, as drafts; one is chosen to go on from."""

from pathlib import Path

import streamlit as st

from stylex.errors import UserError
from stylex.runs.record import RECORD, RESULT, Record, read
from stylex.runs.sweep_record import read_plan
from stylex.studio import watch
from stylex.studio.controls import CONTROLS
from stylex.studio.folders import own_file
from stylex.studio.sweeps import at_work
from stylex.studio.text import plain
from stylex.studio.variations import Drafts, as_of, drafts
from stylex.studio.views.common import (
    EVERY,
    LOAD,
    error,
    outputs,
    picture,
    processes,
    scroll_if_started,
    start,
    stop_button,
)
from stylex.studio.views.leaving import go
from stylex.studio.views.pick import name_of


def drafts_of(record: Record) -> Drafts | None:
    """The sweep of the run's neighbours; None where a picture of the run is missing."""
    content = [name_of("content", file) for file in record.files("content")[:1]]
    styles = [name_of("style", file) for file in record.files("style")]
    try:
        return drafts(record, "".join(content), styles)
    except UserError:
        return None


def vary_button(found: Drafts) -> None:
    """Starts the drafts, or those that are missing."""
    folder = outputs().sweep(found.sweep)
    jobs = _jobs(folder)
    if processes().alive(folder) or (jobs and all(read(job).done for job in jobs)):
        return
    clicked = st.button(
        "Vary this" if not jobs else "Finish the variations",
        icon=":material/auto_awesome_mosaic:",
        key=f"vary {folder}",
        help=f"As small drafts: {', '.join(v.word for v in found.variations)}",
    )
    if clicked and start(found.overrides, folder):
        st.rerun()


def vary(record: Record, found: Drafts) -> None:
    """The drafts as far as there are any, each with a button to go on from it."""
    folder = outputs().sweep(found.sweep)
    alive = processes().alive(folder)
    failure = processes().error(folder)
    if not (folder.is_dir() or alive or failure):
        return
    with st.container():
        st.markdown("**Variations**, as small drafts")
        if alive:
            _live(record, found, folder)
        else:
            if failure:
                error(failure)
            _drafts(record, found, folder)
        if found.left_out:
            st.caption(plain(f"Without {' '.join(found.left_out)}, which only a command line sets"))
        scroll_if_started(folder)


@st.fragment(run_every=EVERY)
def _live(record: Record, found: Drafts, folder: Path) -> None:
    alive = processes().alive(folder)
    _drafts(record, found, folder)  # with its buttons, one of which may just have been pressed
    if not alive:
        st.rerun()
    stop_button(folder)


def _drafts(record: Record, found: Drafts, folder: Path) -> None:
    """One beside the other; the pictures of those that are not done as they develop."""
    jobs, alive = _jobs(folder), processes().alive(folder)
    with st.container(key="drafts", horizontal=True):
        for number, variation in enumerate(found.variations):
            with st.container(key=f"draft-{number}"):
                job = jobs[number] if number < len(jobs) else None
                draft = read(job) if job and (job / RECORD).is_file() else None
                draft = at_work(draft) if draft and alive else draft
                latest = watch.latest_picture(job) if job else None
                if job and latest:
                    picture(job, latest, variation.word)
                else:
                    st.html('<div class="waits"></div>')
                changed = f"{CONTROLS[variation.key].label} {variation.settings[variation.key]}"
                st.markdown(f"**{variation.word.capitalize()}**  \n{plain(changed)}")
                if draft and draft.done and job and own_file(job, RESULT):
                    _offer(record, draft, variation.word)
                else:
                    st.caption(plain(_state(job, draft)))


def _offer(record: Record, draft: Record, word: str) -> None:
    clicked = st.button(
        "Go on from this",
        key=f"from {draft.folder}",
        width="stretch",
        help="Its settings go to the form, at the size and steps of the run",
    )
    if clicked:
        st.session_state[LOAD] = as_of(draft, record)
        go("paint")


def _state(job: Path | None, draft: Record | None) -> str:
    if draft is None or job is None:
        return "waits"
    if draft.status == "running" and (progress := watch.progress(job)):
        return str(progress)
    return draft.reason or draft.status


def _jobs(folder: Path) -> list[Path]:
    """The folders of the drafts, in order; none before the sweep has begun."""
    plan = read_plan(folder)
    return [folder / job.name for job in plan.jobs] if plan else []
