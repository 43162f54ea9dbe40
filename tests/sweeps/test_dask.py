"""`hydra/launcher=dask`: real workers on loopback, some of them killed."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time

import psutil
import pytest
from command_line import TINY, start
from PIL import Image
from test_sweep_stopped import wait_for

from stylex.runs.checkpoint import load

pytest.importorskip("distributed", reason="pip install '.[dask]'")

SWEEP = ("--multirun", *TINY, "tracking=light", "sweep=w", "rank_by=content_error")
DASK = ("hydra/launcher=dask", "hydra.launcher.n_workers=2")


def sweep_of(here):
    return here / "outputs/sweeps/w"


def records(here):
    paths = sweep_of(here).glob("*/run.json")
    return {path.parent.name: json.loads(path.read_text()) for path in paths}


def pixels(here):
    results = sweep_of(here).glob("*/result.png")
    return {path.parent.name: Image.open(path).convert("RGB").tobytes() for path in results}


def workers_of(process):
    """The processes in which its jobs run."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def rows(here):
    return (sweep_of(here) / "summary.csv").read_text().splitlines()[1:]


def test_jobs_on_this_machines_cores(here, command):
    pairs = ("style_weight=1,2,3", "pyramid.levels=1,1,0", "zip=style_weight,pyramid.levels")
    words = (*SWEEP, *pairs, "seed=0,1")
    process = start(*words, *DASK, cwd=here)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (1, "")
    assert "6 jobs, into outputs/sweeps/w" in out and "4 done, 2 failed" in out
    assert "pyramid.levels=0,seed=0: failed: pyramid.levels must be from 1" in out
    found = records(here)
    assert [record["status"] for record in found.values()].count("done") == 4
    assert {path.name for path in sweep_of(here).iterdir()} >= {"sheet.png", "report.html"}
    assert not [*sweep_of(here).glob(".*")]
    by_dask = pixels(here)
    again = command(*words)
    assert (again.status, again.err) == (1, "")
    assert "6 jobs, 4 done before" in again.out
    command(*words, "rerun=true")
    assert pixels(here) == by_dask


@pytest.mark.slow
def test_ctrl_c_stops_all_workers_and_keeps_their_pictures(here):
    words = (*SWEEP, "steps=100000", "size=64", "style_weight=1,2,3")
    process = start(*words, *DASK, cwd=here, start_new_session=True)
    wait_for(lambda: len([*sweep_of(here).glob("*/steps.jsonl")]) == 2, process)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers, too
    _, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 15  # of that five for the steps
    assert process.returncode == 130
    assert err == "stopped; the same command continues from here\n"
    found = records(here)
    assert {record["status"] for record in found.values()} == {"interrupted"}
    assert len(found) == 2
    for job in found:
        assert (sweep_of(here) / job / "result.png").exists()
        assert load(sweep_of(here) / job / "checkpoint.pt").state["number"] > 0


def kill_workers(here, process, deaths, seed):
    """Kills a worker at random moments, after some jobs each, until the process ends."""
    draw, done = random.Random(seed), 0
    print("seed", seed)  # pytest shows it where the test fails
    while process.poll() is None and deaths:
        time.sleep(draw.uniform(0.05, 1))
        finished = [record["status"] for record in records(here).values()].count("done")
        found = workers_of(process)
        if finished > done + 1 and len(found) == 2:
            with contextlib.suppress(psutil.NoSuchProcess):
                # The older one: or the same job might be killed three times, and be given up.
                min(found, key=psutil.Process.create_time).kill()
                done, deaths = finished, deaths - 1


@pytest.mark.slow
@pytest.mark.parametrize(("jobs", "deaths"), [(8, 2), (60, 12)])
def test_killed_workers_lose_no_job(here, command, jobs, deaths):
    words = (*SWEEP, "steps=20", f"seed=range(0,{jobs})", "init=noise", "checkpoint_every=0")
    process = start(*words, *DASK, cwd=here)
    wait_for(lambda: records(here), process)
    kill_workers(here, process, deaths, seed=int(time.time()))
    out, err = process.communicate(timeout=600)
    assert (process.returncode, err) == (0, ""), out
    assert [out.count(f"] seed={seed}:") for seed in range(jobs)] == [1] * jobs
    assert len(rows(here)) == jobs
    assert {record["status"] for record in records(here).values()} == {"done"}
    assert not [*sweep_of(here).glob(".*")]
    by_dask = pixels(here)
    assert command(*words, "rerun=true").status == 0
    assert pixels(here) == by_dask


KILLER = """
import os
from stylex.transfer.losses.moments import MomentLoss

class Killer(MomentLoss):
    def __init__(self):
        os.kill(os.getpid(), 9)
"""


@pytest.mark.slow
def test_a_job_that_kills_its_workers_is_given_up(here):
    (here / "killer.py").write_text(KILLER)
    loss = "loss.style.moments._target_=stylex.transfer.losses.moments.MomentLoss,killer.Killer"
    process = start(*SWEEP, loss, *DASK, cwd=here)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (1, ""), out
    assert "2 runs: 1 done, 1 failed" in out
    (failed,) = (record for record in records(here).values() if record["status"] == "failed")
    assert failed["reason"] == "3 workers died while running it"
    assert "killer.Killer" in failed["command"]


@pytest.mark.slow
def test_a_killed_parent_loses_nothing(here, command):
    words = (*SWEEP, "steps=40", "seed=range(0,6)", "init=noise", "checkpoint_every=0")
    process = start(*words, *DASK, cwd=here)
    wait_for(lambda: [*sweep_of(here).glob("*/result.png")], process)
    workers = workers_of(process)
    assert len(workers) == 2
    process.kill()
    process.communicate()
    psutil.wait_procs(workers, timeout=10)
    assert not any(worker.is_running() for worker in workers)
    done = {job for job, record in records(here).items() if record["status"] == "done"}
    again = start(*words, *DASK, cwd=here)
    out, err = again.communicate(timeout=120)
    assert (again.returncode, err) == (0, "")
    assert f"6 jobs, {len(done)} done before" in out
    assert {record["status"] for record in records(here).values()} == {"done"}
    assert not any(f"] {job}:" in out for job in done)


# What a machine without this one's disk sees: nothing below the folder that the command stands in.
NO_SHARED_DISK = """
import os, sys

def refuse(event, arguments):
    if event in ("open", "os.listdir", "os.scandir", "os.mkdir", "os.rename", "os.remove"):
        for path in arguments:
            if isinstance(path, (str, bytes, os.PathLike)) and {here!r} in os.fsdecode(path):
                raise PermissionError(13, "no such disk", path)

def dask_setup(worker):
    sys.addaudithook(refuse)
"""


@pytest.fixture
def cluster(tmp_path_factory):
    """Starts a scheduler and workers, each with that module preloaded; gives the address."""
    processes, folder = [], tmp_path_factory.mktemp("machines")

    def launch(*words):
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", f"distributed.cli.{words[0]}", *words[1:]]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        processes.append(subprocess.Popen(command, cwd=folder, env=environment, **quiet))
        return processes[-1]

    def run(count, preload):
        (folder / "preload.py").write_text(preload)
        file = folder / "scheduler.json"
        launch("dask_scheduler", "--host=127.0.0.1", "--no-dashboard", f"--scheduler-file={file}")
        wait_for(file.exists, processes[0])
        address = json.loads(file.read_text())["address"]
        for number in range(count):
            launch(
                *("dask_worker", address, "--host=127.0.0.1", "--nthreads=1", "--no-dashboard"),
                *("--no-nanny", f"--local-directory={folder}/{number}", "--preload=preload.py"),
            )
        return address, processes[:], launch

    yield run
    for process in reversed(processes):
        process.kill()
        process.wait()


@pytest.mark.slow
def test_workers_without_a_shared_disk(here, command, paint, cluster):
    content = paint(here / "me.png", 40, 32)
    paint(here / "mask.png", 40, 32, seed=3)
    style = paint(here / "their.png", 36, 36, seed=1)
    address, *_ = cluster(2, NO_SHARED_DISK.format(here=str(here)))
    pictures = (f"content={content}", f"style={style},kahlo", "mask=mask.png")
    words = (*SWEEP, *pictures, "pyramid.levels=1,0", "seed=0,1")
    outcome = command(*words, "hydra/launcher=dask", f"hydra.launcher.address={address}")
    assert outcome.status == 1 and "4 done, 4 failed" in outcome.out, outcome
    found = records(here)
    done = [record for record in found.values() if record["status"] == "done"]
    assert {record["pictures"]["content"]["path"] for record in done} == {str(content)}
    assert all("pyramid.levels" in r["reason"] for r in found.values() if r["status"] == "failed")
    for folder in sweep_of(here).glob("*levels=1*"):
        assert {path.name for path in folder.iterdir()} >= {"thumbnail.jpg", "stylex.log"}
    by_dask = pixels(here)
    again = command(*words)
    assert "8 jobs, 4 done before" in again.out
    command(*words, "rerun=true")
    assert pixels(here) == by_dask

    apart = ("hydra/launcher=dask", f"hydra.launcher.address={address}", "sweep=v")
    outcome = command(*SWEEP, "seed=0,1", "output=auto", *apart)
    assert outcome.status == 1
    assert outcome.out.count("failed: output needs a disk that all workers share") >= 2


@pytest.mark.slow
def test_a_worker_that_joins_takes_over_from_one_that_died(here, cluster):
    address, (_, worker), launch = cluster(1, NO_SHARED_DISK.format(here=str(here)))
    words = (*SWEEP, "steps=60", "size=64", "seed=0,1", "init=noise")
    process = start(*words, "hydra/launcher=dask", f"hydra.launcher.address={address}", cwd=here)
    time.sleep(4)
    worker.kill()
    launch("dask_worker", address, "--host=127.0.0.1", "--no-nanny", "--no-dashboard")
    out, err = process.communicate(timeout=120)
    assert (process.returncode, err) == (0, "")
    assert "2 runs, all done" in out


@pytest.mark.slow
def test_a_killed_scheduler_is_told_and_the_same_command_goes_on(here, command, cluster):
    address, (scheduler, worker), _ = cluster(1, "")
    words = (*SWEEP, "steps=300", "size=64", "seed=0,1", "init=noise", "checkpoint_every=0")
    process = start(*words, "hydra/launcher=dask", f"hydra.launcher.address={address}", cwd=here)
    wait_for(lambda: [*sweep_of(here).glob("*/checkpoint.pt")], process)
    scheduler.kill()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1 and "2 runs" in out
    assert err == "stylex: the scheduler is gone; the same command continues from here\n"
    worker.kill()
    worker.wait()
    again = command(*words)
    assert (again.status, again.err) == (0, "")
    assert {record["status"] for record in records(here).values()} == {"done"}
    assert max(record.get("resumed", 0) for record in records(here).values()) == 1


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("hydra.launcher.n_workers=0", "hydra.launcher.n_workers must be 1 or more, not 0"),
        ("hydra.launcher.address=tcp://127.0.0.1:9", "no scheduler answers at tcp://127.0.0.1:9"),
        ("hydra.launcher.address=here", "hydra.launcher.address must be as tcp://host:8786"),
        ("hydra.launcher.address=udp://a:8786", "must be as tcp://host:8786, not 'udp://a:8786'"),
    ],
)
def test_what_cannot_be(here, command, monkeypatch, word, said):
    monkeypatch.setattr("stylex.cluster.launcher.ANSWERED_WITHIN", 0.5)
    outcome = command(*SWEEP, "seed=0,1", "hydra/launcher=dask", word)
    assert outcome.status == 2 and said in outcome.err and outcome.err.count("\n") == 1
    assert outcome.err.startswith(("stylex: hydra.launcher.address", "stylex: hydra.launcher.n_w"))
    assert not records(here)
