"""The Tab key, in a shell of its own with a terminal, and what it asks the program."""

import os
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SHELLS = {
    "bash": ("--norc", "--noprofile", "-i"),
    "zsh": ("-f", "-i", "-o", "no_prompt_sp", "-o", "no_prompt_cr"),
}


class Terminal:
    """An interactive shell that knows nothing but how to find the program."""

    def __init__(self, shell, folder, programs):
        self.shell = shell
        pty = pytest.importorskip("pty")
        self.master, slave = pty.openpty()
        env = {**os.environ, "PYTHONPATH": str(CHECKOUT), "PS1": "> ", "TERM": "dumb"}
        env["ZDOTDIR"] = str(programs)  # where it keeps what it knows
        env["PATH"] = f"{programs}{os.pathsep}{env['PATH']}"
        self.process = subprocess.Popen(
            [shutil.which(shell), *SHELLS[shell]],
            cwd=folder,
            env=env,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        )
        os.close(slave)
        self.until("> ")

    def until(self, text):
        """Reads until the terminal shows `text`, for 20 s at most; what it has shown."""
        shown, deadline = "", time.monotonic() + 20
        while text not in shown and time.monotonic() < deadline:
            if select.select([self.master], [], [], 0.1)[0]:
                shown += os.read(self.master, 4096).decode()
        assert text in shown
        return shown

    def run(self, line):
        os.write(self.master, f"{line}; echo en''d\n".encode())
        return self.until("end\r\n> ")

    def tab(self, typed, completed, presses=1):
        """Types, presses Tab and waits for the line to read `completed`; clears it again."""
        os.write(self.master, typed.encode() + b"\t" * presses)
        shown = self.until(completed)
        os.write(self.master, b"\x15echo cl''ear\n")
        return shown + self.until("clear\r\n> ")

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)


@pytest.fixture(params=SHELLS)
def terminal(here, request):
    if shutil.which(request.param) is None:
        pytest.skip(f"there is no {request.param}")
    programs = here / "programs"
    programs.mkdir()
    installed = programs / "stylex"  # as pip writes it
    installed.write_text(f"#!{sys.executable}\nfrom stylex.cli import main\nmain()\n")
    installed.chmod(0o755)
    opened = Terminal(request.param, here, programs)
    yield opened
    opened.close()


def test_the_installed_command_completes(terminal, here, paint):
    paint(here / "images/content/my cat.png")
    paint(here / "elsewhere/grandpa.png")
    terminal.run(f'eval "$(stylex --shell-completion install={terminal.shell})"')
    terminal.tab("stylex style=k", "style=kahlo")
    terminal.tab("stylex content=my", r"content=my\ cat")
    terminal.tab(r"stylex content=my\ c", r"content=my\ cat")
    terminal.tab("stylex --multirun style=kahlo,ni", "style=kahlo,night")
    terminal.tab("stylex content=elsewh", "content=elsewhere/")  # no option: a file
    shown = terminal.tab("stylex experiment=", "pystiche", presses=2)
    presets = {word.removeprefix("experiment=") for word in shown.split()}
    assert {path.stem for path in (CHECKOUT / "conf/experiment").iterdir()} <= presets
    began = time.monotonic()
    terminal.tab("stylex optimizer=adam optimizer.be", "optimizer.betas=")
    assert time.monotonic() - began < 5  # a fraction of a second where nothing else runs


def test_no_name_is_run_by_being_offered(terminal, here):
    (here / "x$(touch ran).png").touch()
    terminal.run(f'eval "$(stylex --shell-completion install={terminal.shell})"')
    terminal.tab("stylex content=./x", r"x\$\(touch\ ran\).png")
    assert not (here / "ran").exists()


@pytest.fixture
def offers(command, monkeypatch):
    """What there is for a line up to the cursor."""

    def ask(line):
        monkeypatch.setenv("COMP_LINE", line)
        outcome = command("--shell-completion", "query=bash")
        assert (outcome.status, outcome.err) == (0, "")
        return outcome.out.split("\n")[:-1]

    return ask


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("stylex precision=", [f"precision={name}" for name in ("auto", "bf16", "fp32", "tf32")]),
        ("stylex enlarge=", ["enlarge=false", "enlarge=true"]),
        ("stylex steps=", ["steps=28"]),
        ("stylex --mul", ["--multirun"]),
        ("/some/bin/stylex loss=g", ["loss=gram"]),
        ("OMP_NUM_THREADS=1 stylex loss=g", ["loss=gram"]),
        ("stylex experiment=nonsense pyr", ["pyramid.", "pyramid="]),
        ("stylex pyramid.m", ["pyramid.min_size="]),
        ("stylex layers.style.relu5", ["layers.style.relu5_1="]),
        ("stylex hydra/launcher=bas", ["hydra/launcher=basic"]),
        # Nothing, and bash offers files.
        *((f"stylex {word}", []) for word in ("nonsense=", "no.sense", "'style=k", "output=a/b")),
        *((f"stylex {word}", []) for word in ("content=./x", "resume=", "a${b}=", "=", "style_w=")),
    ],
)
def test_what_is_offered(offers, line, expected):
    assert offers(line) == expected


@pytest.mark.parametrize("asked", ["install=tcsh", "", "install", "uninstall=bash"])
def test_there_are_bash_and_zsh_and_nothing_else(command, asked):
    outcome = command("--shell-completion", asked)
    assert (outcome.status, outcome.err.count("\n")) == (2, 1)
    assert "install=" in outcome.err
