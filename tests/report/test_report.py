"""`python -m stylex.report`: what it writes and says, and what it says of mistakes."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from test_html import Reader, make_run

from stylex.images import thumbnails
from stylex.report import __main__ as report

CHECKOUT = Path(__file__).resolve().parents[2]
FILES = ["report.html", "sheet.png", "summary.csv", "tradeoff.png"]


@pytest.fixture
def command(here, capsys, monkeypatch):
    """`command("folder", "--by", …)`: exit status, and the lines on either stream."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments):
        capsys.readouterr()
        status = report.main(arguments)
        return status, *(text.splitlines() for text in capsys.readouterr())

    return run


@pytest.fixture
def sweep(here):
    """Three runs, two folders below, the second of which is the worse and the faster one."""
    place = here / "outputs" / "sweeps" / "first"
    about = {"style_error": 0.25, "content_error": 0.5, "seconds": 20}
    make_run(place / "a" / "1", "red", settings={"style_weight": 1}, **about)
    about = {"style_error": 0.5, "content_error": 0.75, "seconds": 10}
    make_run(place / "b" / "2", "blue", settings={"style_weight": 5}, **about)
    make_run(place / "3", settings={"style_weight": 10}, status="failed", reason="no memory")
    return place


def files(folder):
    return sorted(path.name for path in folder.iterdir() if path.is_file())


def test_the_report_lies_beside_the_runs(command, sweep, here):
    status, out, err = command("outputs/sweeps/first")
    assert (status, err) == (0, [])
    assert files(sweep) == FILES
    assert out[0] == "3 runs: 2 done, 1 failed · best style_error first"
    assert out[3].split() == ["1", "◆", "1", "0.250", "0.500", "20.0"]
    assert "failed: no memory" in out[5]
    shown = {line for line in out if line.startswith("outputs/")}
    assert shown == {os.path.join("outputs/sweeps/first", name) for name in FILES}
    with (sweep / "summary.csv").open(newline="") as file:
        paths = [row["path"] for row in csv.DictReader(file)]
    assert paths == [os.path.join("a", "1"), os.path.join("b", "2"), "3"]
    assert [run["url"] for run in Reader(sweep / "report.html").block("runs")] == [
        "a/1",
        "b/2",
        "3",
    ]
    for name in ("sheet.png", "tradeoff.png"):
        Image.open(sweep / name).verify()


def test_again_it_is_the_same_report(command, sweep):
    command(str(sweep))
    first = {name: (sweep / name).read_bytes() for name in FILES}
    assert command(str(sweep))[0] == 0
    assert {name: (sweep / name).read_bytes() for name in FILES} == first


def test_order_and_place_as_asked(command, sweep, here):
    status, _, _ = command(str(sweep), "--by", "seconds", "--output", "some/where")
    assert status == 0
    assert files(sweep) == []
    runs = Reader(here / "some/where/report.html").block("runs")
    assert [run["url"].rpartition("/")[2] for run in runs] == ["2", "1", "3"]
    assert all((here / "some/where" / run["url"] / "run.json").is_file() for run in runs)


def test_several_folders_are_reported_on_where_all_of_them_are(command, sweep):
    status, out, _ = command(str(sweep / "a"), str(sweep / "b"), str(sweep / "b" / "2"))
    assert status == 0
    assert out[0].startswith("2 runs")
    assert files(sweep) == FILES


def test_jobs_that_a_sweep_has_yet_to_make_are_told(command, sweep):
    jobs = [{"name": name, "overrides": [f"style_weight={name}"]} for name in ("3", "20")]
    plan = {"fixed": [], "rank_by": "seconds", "started": 0, "jobs": jobs, "todo": 1}
    (sweep / "sweep.json").write_text(json.dumps(plan))
    status, out, _ = command("outputs")
    assert status == 0
    assert out[0] == "4 runs: 2 done, 1 failed, 1 pending · best style_error first"
    assert command(str(sweep / "3"))[1][0].startswith("1 run, failed")  # of one job nothing else
    assert command("outputs/sweeps/first/3", "outputs")[1][0].startswith("4 runs")


def test_a_sum_of_figures(command, sweep):
    status, out, _ = command(str(sweep), "--by", "style_error+0.1*seconds")
    assert status == 0
    assert out[3].split()[-1] == "10.0"  # 1.5 against 2.25
    figures = [run.get("figures", {}) for run in Reader(sweep / "report.html").block("runs")]
    assert figures[0]["style_error+0.1*seconds"] == 1.5


def test_other_figures_as_asked(command, sweep):
    """Of a run that has them; those of before keep their place, without them."""
    more = {"style_distance": 0.5, "structure_error": 0.25}
    about = {"style_error": 0.75, "content_error": 1.0, "seconds": 15, **more}
    make_run(sweep / "c" / "9", "green", settings={"style_weight": 9}, **about)

    status, out, err = command(str(sweep), "--by", "style_distance")
    assert (status, err, files(sweep)) == (0, [], FILES)
    assert out[0].endswith("best style_distance first")
    assert out[3].split()[-3:] == ["0.500", "0.250", "15.0"]
    rows = list(csv.DictReader((sweep / "summary.csv").read_text().splitlines()))
    assert [row["style_distance"] for row in rows] == ["0.5", "", "", ""]
    assert [row["style_error"] for row in rows] == ["0.75", "", "0.25", "0.5"]  # one failed
    assert Reader(sweep / "report.html").block("page")["plane"] == [*more]

    status, out, _ = command(str(sweep), "--figures", "structure_error,style_error")
    assert status == 0
    assert out[2].split()[-3:] == ["style_error", "structure_error", "seconds"]
    assert out[3].split()[-2:] == ["0.250", "20.0"]  # by style_error the best, of before
    page = Reader(sweep / "report.html").block("page")
    assert page["plane"] == ["style_error", "structure_error"]


def test_a_page_of_old_runs_alone_has_no_empty_columns(command, sweep):
    assert command(str(sweep))[0] == 0
    page = Reader(sweep / "report.html").block("page")
    assert page["figures"] == ["style_error", "content_error", "seconds"]


def test_on_a_narrow_terminal_what_varies_stays(command, sweep, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    status, out, err = command(str(sweep))
    assert (status, err) == (0, [])
    assert out[4].split() == ["1", "◆", "1", "0.250", "0.500"]
    assert "also in summary.csv: seconds" in out


@pytest.mark.parametrize("figure", ["style_error", "content_error", "seconds"])
def test_figures_beyond_all_bounds(command, sweep, figure):
    for name, value in (("huge", 1e308), ("tiny", 1e-300)):
        about = {"style_error": 0.5, "content_error": 0.5, "seconds": 1, figure: value}
        make_run(sweep / name, "red", settings={"style_weight": name}, **about)
    status, out, err = command(str(sweep))
    assert (status, err, files(sweep)) == (0, [], FILES)
    printed = {word for line in out for word in line.split()}
    assert {"1.0e+308", "1.0e-300"} <= printed


def test_repeats_as_one(command, sweep):
    for seed, error in enumerate((0.3, 0.5, 1.0)):
        about = {"style_error": error, "content_error": 1.0 + seed, "seconds": 10}
        settings = {"style_weight": 7, "seed": seed}
        make_run(sweep / f"7-{seed}", "red", settings=settings, **about)
    status, out, err = command(str(sweep), "--fold", "seed")
    assert (status, err, files(sweep)) == (0, [], sorted([*FILES, "folded.csv"]))
    assert out[:2] == [
        "6 runs: 5 done, 1 failed · best mean style_error first",
        "mean ± standard deviation over seed",
    ]
    # 0.3, 0.5 and 1.0: 0.6 ± sqrt((0.09 + 0.01 + 0.16) / 2)
    assert "0.600 ± 0.361" in out[6] and "2.000 ± 1.000" in out[6]
    assert len((sweep / "summary.csv").read_text().splitlines()) == 7
    page = Reader(sweep / "report.html")
    assert len(page.block("runs")) == 6
    means = page.block("page")["means"]
    by_url = {run["url"]: at for at, run in enumerate(page.block("runs"))}
    assert [row[0] for row in means["rows"]] == [by_url[url] for url in ("a/1", "b/2", "7-1", "3")]
    assert means["rows"][3][2] == ["", "10", "0 of 1", "failed", "", ""]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["outputs/sweps/first"], "no such folder: outputs/sweps/first, did you mean 'sweeps'?"),
        (["outputs/sweeps/frist"], "no such folder: outputs/sweeps/frist, did you mean 'first'?"),
        (["empty"], "no runs in empty: no folder there has a run.json"),
        (["a file"], "a file is no folder"),
        (["outputs", "--by", "style_eror"], "cannot rank by 'style_eror', did you mean"),
        (["outputs", "--figures", "style_distanc,a"], "no figure towards a picture: 'style_dist"),
        (["outputs", "--figures", "style_error"], "figures 'style_error' are not one of style_"),
        (
            ["outputs", "--fold", "style_wait"],
            "fold: 'style_wait' does not vary in these runs, d",
        ),
        (["outputs", "--fold", "steps"], "fold: 'steps' does not vary in these runs (there are: s"),
        (["outputs", "--output", "a file"], "--output a file cannot be made: "),
        ([""], "FOLDER needs a folder"),
        (["outputs", ""], "FOLDER needs a folder"),
        (["outputs", "--output", ""], "--output needs a folder"),
        ([], "the following arguments are required: FOLDER"),
        (["outputs", "--bye", "x"], "unrecognized arguments: --bye x"),
    ],
)
def test_a_mistake_is_one_line(command, sweep, here, arguments, message):
    (here / "empty").mkdir()
    (here / "a file").touch()
    status, out, err = command(*arguments)
    assert (status, out, len(err)) == (2, [], 1)
    assert err[0].startswith(f"stylex.report: {message}")
    assert files(sweep) == []


def test_where_nothing_can_be_written(command, sweep, monkeypatch):
    (sweep / "summary.csv").mkdir()
    status, _, err = command(str(sweep))
    assert (status, len(err)) == (1, 1)
    assert err[0].startswith("stylex.report: ") and "summary.csv" in err[0]


def test_ctrl_c_leaves_nothing_half_written(command, sweep, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    earlier = "<title>an earlier one · stylex</title>"
    (sweep / "report.html").write_text(earlier, "utf-8")
    monkeypatch.setattr(thumbnails, "encoded", stopped)
    status, out, err = command(str(sweep))
    assert (status, out, err) == (130, [], [])
    assert files(sweep) == FILES
    assert (sweep / "report.html").read_text("utf-8") == earlier


def test_nothing_of_yours_is_replaced(command, sweep):
    """Without this program's mark it is not a report's, whatever it is called."""
    own = {
        "report.html": b"<title>My own report on stylex</title>",
        "sheet.png": b"\x89PNG of mine",
        "summary.csv": b"rank,path\n1,mine\n",
        "tradeoff.png": b"\x89PNG\0tEXtSoftware\0Matplotlib",
    }
    for name, data in own.items():
        (sweep / name).write_bytes(data)
        status, out, err = command(str(sweep), "--fold", "")
        assert (status, out, len(err)) == (2, [], 1)
        assert f"{name} was not made by stylex, so it is not replaced: rename it" in err[0]
        assert files(sweep) == [name] and (sweep / name).read_bytes() == data
        (sweep / name).unlink()
    (sweep / "folded.csv").write_text("mine")  # which is replaced by a folded report only
    assert command(str(sweep))[0] == 0
    assert command(str(sweep))[0] == 0  # its own
    assert command(str(sweep), "--fold", "style_weight")[0] == 2
    assert (sweep / "folded.csv").read_text() == "mine"


def test_a_report_from_before_it_was_marked_is_replaced(command, sweep):
    (sweep / "report.html").write_text("<title>first · stylex</title>", "utf-8")
    (sweep / "summary.csv").write_text("rank,status,style_error,pareto_front,reason,path\n")
    for name in ("sheet.png", "tradeoff.png"):
        Image.new("RGB", (8, 8)).save(sweep / name)
    assert command(str(sweep))[0] == 0
    assert files(sweep) == FILES
    Image.new("RGB", (8, 8)).save(sweep / "sheet.png")
    assert command(str(sweep))[0] == 2  # which is of no report, now that all of them are marked


def test_help_tells_the_figures(command):
    with pytest.raises(SystemExit) as exit:
        command("--help")
    assert exit.value.code == 0


def test_as_a_process_of_its_own_without_torch(sweep, here):
    script = (
        "import sys; from stylex.report.__main__ import main; status = main(sys.argv[1:]);"
        "assert not {'torch', 'hydra', 'tensorboard'} & {*sys.modules}; sys.exit(status)"
    )
    start = {"cwd": here, "env": {**os.environ, "PYTHONPATH": str(CHECKOUT)}, "text": True}
    python = [sys.executable, "-W", "error"]
    done = subprocess.run([*python, "-c", script, "outputs"], capture_output=True, **start)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run([*python, "-m", "stylex.report", "nowhere"], capture_output=True, **start)
    assert done.returncode == 2
    assert done.stderr == "stylex.report: no such folder: nowhere (there are: outputs)\n"
