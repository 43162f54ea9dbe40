"""Words and presets that no sane person writes, for tests of what becomes of them."""

import string
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import yaml
from hypothesis import strategies as st
from PIL import Image

from stylex import cli
from stylex.command.flags import FLAGS
from stylex.config import schema

CONF = cli.conf_folder()


def schema_keys(node: type = schema.Config, prefix: str = "") -> Iterator[str]:
    for field in fields(node):
        yield prefix + field.name
        if is_dataclass(field.type):
            yield from schema_keys(field.type, f"{prefix}{field.name}.")


def file_keys() -> Iterator[str]:
    """What the YAML files of conf/ set, dotted."""

    def walk(node: object, prefix: str) -> Iterator[str]:
        for key, value in node.items() if isinstance(node, dict) else ():
            if key != "defaults":
                yield f"{prefix}{key}"
                yield from walk(value, f"{prefix}{key}.")

    for path in CONF.rglob("*.yaml"):
        group = path.parent.relative_to(CONF).as_posix()
        top = "" if group in (".", "experiment") else f"{group}."
        yield from walk(yaml.safe_load(path.read_text()), top)


KEYS = sorted({*schema_keys(), *file_keys()})
OWN_KEYS = [key for key in KEYS if not key.startswith("hydra")]
MORE_KEYS = [
    *("experiment", "layers.style.relu9_9", "layers.content.pool5", "layers.style.", "nope", "a.b"),
    *("optimizer.nope", "optimizer._args_", "optimizer._partial_", "optimizer._recursive_"),
    *("optimizer._convert_", "loss.style._args_", "loss.tv.x._target_", "optimizer.x._target_"),
    *("hydra", "hydra.sweep.dir", "hydra.verbose", "hydra.sweeper.params", "hydra.searchpath"),
    *("hydra/launcher", "hydra/job_logging", "hydra.callbacks.x", "hydra.job.env_set.A", "", "é"),
    *("style@x", "layers@hydra.callbacks", "defaults", "_target_", "size.x", "content.name.x"),
]

LONG = "9" * 5000
NASTY = [
    # numbers, and what looks like them
    *("0", "-0", "-0.0", "-1", "1", "1.5", "1e9", "1000000000", "65536", "1e99", "1e9999", "0x10"),
    *("nan", "inf", "-inf", "+1", "1_000", ".5", "9" * 23, "9" * 400, LONG, f"[{LONG}]", "'1'"),
    # nothing, truth values, words
    *("", "null", "'null'", "None", "true", "False", "???", "abc", "~", "CON", "x" * 5000),
    # lists and mappings
    *("[]", "{}", "[1,2]", "[[1]]", "{a:1}", "{a:{b:1}}", "[{a:1}]", "[nan]", "{1:2}", "[,]"),
    *("[" * 15 + "]" * 15, "{a:" * 9),
    # interpolations
    *("${size}", "${nope}", "${seed}", "${oc.env:HOME}", "${oc.env:NO_SUCH}", "${", "$", "${}"),
    *("${hydra:runtime.cwd}", "${now:%Y}", "${optimizer}", "${hydra.job.num}", "\\${size}"),
    *("'\\${oc.env:HOME}'", "${" * 50 + "}" * 50, "${oc.create:{_target_: os.system}}"),
    *("'${oc.decode:\"{_target_: os.system}\"}'", "${oc.dict.keys:loss}", "${loss.style}"),
    # YAML
    *("!!python/object/apply:os.system [id]", "'!!python/object/apply:os.system [id]'"),
    *("<<: *x", "'<<: *x'", "&x", "*x", "!x", "%", "---", "...", "# x", ": ", "{? a: 1}", "- 1"),
    # Hydra's grammar
    *("1,2", "range(1,3)", "range(0,1,0)", "range(1,1000000000)", "range(0,nan)", "choice(1,2)"),
    *("choice()", "glob(*)", "glob(x)", "sort(1)", "int(3)", "int(x)", "str(3)", "json_str(3)"),
    *("shuffle(1,2)", "interval(0,1)", "tag(a,1)", "extend_list(1)", "logspace(0,1,2)", "sort("),
    # code
    *("{_target_: os.system, command: id}", "[{_target_: os.system}]", "torch.optim.Adam"),
    *("; rm -rf /", "$(id)", "`id`", "'$(touch x)'", "a|b", "a;b", "a&&b", "%(x)s", "%s", "{0}"),
    # text that is hard to print
    *(
        "ünï",
        "'猫'",
        "'a\nb'",
        "a\nb",
        "'a\tb'",
        "a\x00b",
        "'a\x00b'",
        "'\x1b[31m'",
        "\x1b]0;x\x07",
    ),
    *("'\u2028'", "'\u202e'", "\u00a0", "\ud800", "'\udcff.png'", "🖌", "\ufeff"),
    # paths
    *("a.png", "a.png/", "/", "//", "..", "../../x", "~/x", "~nobody/x", "/dev/zero", "/dev/null"),
    *("folder", "'a b.png'", "x" * 300 + ".png", "*", "?", "C:\\x", "file:///etc/passwd"),
    # loose ends
    *("'", '"', "''", "(", ")", "[", "]", "{", "}", "\\", "\\'", "=", "a=b", "@", ",", "1,", " "),
]

scalars = st.one_of(
    st.sampled_from([True, None]),
    st.integers(),
    st.integers(-(10**3), 10**6),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(NASTY),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(st.sampled_from([*KEYS, "_target_", "a"]), st.text(max_size=5)),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=6,
)


def in_grammar(value: object) -> str:
    """As Hydra's command line writes it."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{in_grammar(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(in_grammar, value)) + "]"
    return "null" if value is None else str(value)


PIECES = [*"[]{}(),:='\"\\$~+-@.#! \t\n", "${", "range(", "choice(", "glob(", "int(", "1", "a", "é"]
typed = st.one_of(
    st.sampled_from(NASTY),
    values.map(in_grammar),
    st.text(max_size=20).map(lambda text: "'" + text.replace("'", "\\'") + "'"),
    st.lists(st.sampled_from(PIECES), max_size=8).map("".join),
)
marks = st.sampled_from(["", "", "", "", "", "+", "++", "~", "+++", "-"])
keys = st.one_of(st.sampled_from(OWN_KEYS), st.sampled_from(KEYS + MORE_KEYS))
words = st.one_of(
    st.builds("{}{}={}".format, marks, keys, typed),
    st.builds("{}={}".format, st.sampled_from(OWN_KEYS), typed),
    st.builds("{}{}".format, marks, keys),
    st.text(string.printable, max_size=12),
)
flags = st.sampled_from([*FLAGS, "--cfg=job", "--nope", "-x", "--multirun=1", "--"])


NASTY_YAML = [
    *("", "3", "[1, 2]", "- a", "null", "---\n---\n", "a: 1\n---\na: 2\n", "size", "? [1]\n: 2"),
    *(
        "size: [1",
        "size: {",
        "size: '",
        "size: 1\nsize: 2",
        "\tsize: 1",
        "size:\n\t1",
        "size: 1: 2",
    ),
    *("!!python/object/apply:os.system [id]", "size: !!python/object/apply:os.system [id]"),
    *("size: !!python/name:os.system", "size: !!python/module:os", "size: !!binary aGk=", "a: !x"),
    *("size: !!timestamp 2001-01-01", "size: 2001-01-01", "size: !!set {a}", "size: !!omap [a: 1]"),
    *("size: &x 3\nseed: *x", "size: *x", "<<: *x", "<<: {size: 3}", "<<: 3", "a: &a [*a]"),
    *(
        "%YAML 9.9\n---\nsize: 3",
        "size: 0o17",
        "size: 1_0",
        "size: 1:30",
        "1: 2",
        "true: 1",
        "~: 1",
    ),
    *("defaults: 3", "defaults: [3]", "defaults: [nope]", "defaults: {a: b}", "defaults: null"),
    *("defaults: [{layers: 1}]", "defaults: [{override layers: equal}]", "defaults: ['.']"),
    *(
        "defaults: [{override /layers: 1}]",
        "defaults: [{override /layers: [1]}]",
        "defaults: [mine]",
    ),
    *(
        "defaults: [/layers@hydra.callbacks: equal]",
        "defaults: [{/layers@: equal}]",
        "defaults: [[]]",
    ),
    *(
        "defaults: [{override /nope: x}]",
        "defaults: [{override /layers: '${x}'}]",
        "defaults: ['']",
    ),
    *("hydra: 3", "hydra: {run: 3}", "hydra: {run: {dir: ???}}", "hydra: {sweeper: {params: 3}}"),
    *("hydra: {callbacks: {x: 3}}", "hydra: {job_logging: 3}", "hydra: {job: {env_copy: [NOPE]}}"),
    *("optimizer: null", "optimizer: 3", "optimizer: {1: 2}", "optimizer: {a: {1: {2: 3}}}"),
    *("layers: {style: {1: 2}}", "layers: {style: {true: 1}}", "layers: {style: {relu1_1: }}"),
    *("loss: {style: {_target_: {a: b}}}", "optimizer: {_target_: [torch.optim.Adam]}"),
    *("content: {path: a.png, name: ../x}", "content: a", "content: 3", "style: {name: '\\0'}"),
    *("content: {name: 'a b', path: a.png}", 'content: {name: "\\u001b", path: a.png}'),
    *("size: " + "9" * 5000, "size: " + "[" * 20, "size: " + "[" * 20 + "]" * 20, "x" * 10**5),
    *("# @package hydra\nsize: 3", "# @package\nsize: 3", "# @package é\na: 1", "# @nope x\na: 1"),
    *("size: '\0'", "size: \0", "size: \x80", "size: \x9b", "size: \ud800", 'size: "\\ud800"'),
    *("\ufeffsize: 3", "size: \ufffe", "size: '\x85'", 'output: "a\\0.png"', 'init: "\\0"'),
]


def nested(flat: dict[str, object]) -> dict[str, object]:
    tree: dict[str, object] = {}
    for key, value in flat.items():
        node: object = tree
        *above, last = key.split(".")
        for part in above:
            node = node.setdefault(part, {}) if isinstance(node, dict) else None
        if isinstance(node, dict):
            node[last] = value
    return tree


dumped = st.dictionaries(st.sampled_from(KEYS + MORE_KEYS), values, min_size=1, max_size=3).map(
    lambda flat: yaml.safe_dump(nested(flat), allow_unicode=True, sort_keys=False)
)
lines = st.lists(st.builds("{}: {}".format, keys, typed), max_size=3).map("\n".join)
presets = st.builds(
    "{}{}".format,
    st.sampled_from(["# @package _global_\n", "# @package _global_\n", ""]),
    st.one_of(dumped, lines, st.sampled_from(NASTY_YAML)),
)


def split(words):
    """Before each word; within braces there are spaces that separate nothing."""
    return [words] if "{" in words else words.split()


def make_files(folder):
    (folder / "text.jpg").write_text("no picture")
    (folder / "empty.png").touch()
    (folder / "broken.py").write_text("class")
    (folder / "folder").mkdir()
    Image.new("RGB", (8, 8)).save(folder / "tiny.png")
