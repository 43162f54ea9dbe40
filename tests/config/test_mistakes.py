"""Each mistake in the settings is one line that names it."""

import pytest
from bad_configs import make_files, split

from stylex.config import messages

# What is typed, and what the one line has to name.
MISTAKES = [
    ("content=nope", ["content", "nope", "jesse"]),
    ("content=jess", ["jess", "did you mean 'jesse'"]),
    ("style=kahl", ["kahl", "did you mean 'kahlo'"]),
    ("content=/no/such.jpg", ["/no/such.jpg", "no such file"]),
    ("content=missing.png", ["missing.png", "no such file"]),
    ("content=text.jpg", ["text.jpg", "not a picture"]),
    ("content=empty.png", ["empty.png"]),
    ("content=folder/", ["folder", "cannot be read"]),
    ("content=tiny.png", ["8×8", "16"]),
    ("sizee=3", ["sizee", "did you mean 'size'"]),
    ("layers.stile={relu1_1: 1}", ["layers.stile", "did you mean 'layers.style'"]),
    ("+foo=1", ["foo"]),
    ("foo", ["foo", "key=value"]),
    ("size=abc", ["size", "abc", "whole number"]),
    ("size=1.5", ["size", "1.5"]),
    ("size=-3", ["size", "-3", "16"]),
    ("size=1e99", ["size"]),
    ("size=null", ["size"]),
    ("style_size=3", ["style_size", "3"]),
    ("style_scale=0", ["style_scale"]),
    ("style_weight=nan", ["style_weight", "nan"]),
    ("style_weight=inf", ["style_weight", "inf"]),
    ("style_weight=-1", ["style_weight", "-1"]),
    ("style_weight=much", ["style_weight", "much", "number"]),
    ("content_weight=-0.1", ["content_weight"]),
    ("tv_weight=nan", ["tv_weight"]),
    ("style_weight=1,2", ["style_weight", "--multirun"]),
    ("style_weight=0 content_weight=0", ["content_weight", "style_weight"]),
    ("layers.style={relu1_9: 1}", ["relu1_9", "layers.style", "did you mean"]),
    ("layers.style={relu4-2: 1}", ["relu4-2", "did you mean 'relu4_2'"]),
    ("layers.content={fc7: 1}", ["fc7", "layers.content"]),
    ("layers.style.relu9_1=1", ["relu9_1"]),
    ("layers.style={relu1_1: nan}", ["layers.style.relu1_1", "nan"]),
    ("layers.style={relu1_1: -1}", ["layers.style.relu1_1", "-1"]),
    ("layers.style={relu1_1: x}", ["layers.style", "x"]),
    ("layers=foo", ["layers", "foo"]),
    ("experiment=fsat", ["fsat", "did you mean 'fast'"]),
    ("optimizer=adm", ["adm", "did you mean 'adam'"]),
    ("optimizer.smoothin=1", ["optimizer.smoothin", "did you mean 'optimizer.smoothing'"]),
    ("+optimizer.foo=1", ["optimizer.foo", "LBFGS", "max_growth, smoothing)"]),
    ("+optimizer.params=1", ["optimizer.params is no argument of", "LBFGS"]),
    ("optimizer=adam +optimizer.weigth_decay=1", ["did you mean 'weight_decay'"]),
    ("optimizer.lr=-1", ["optimizer", "lr"]),
    ("optimizer.clamp=often", ["optimizer.clamp", "often", "level"]),
    ("optimizer.averaging=2", ["optimizer.averaging", "2"]),
    ("optimizer.averaging=much", ["optimizer", "much"]),
    ("optimizer.carry=perhaps", ["optimizer.carry", "perhaps"]),
    ("optimizer._target_=torch.optim.Adams", ["torch.optim.Adams", "did you mean 'Adam'"]),
    ("optimizer._target_=myoptim.Mine", ["optimizer._target_", "No module named 'myoptim'"]),
    ("optimizer._target_=broken.Mine", ["optimizer._target_", "broken.Mine", "SyntaxError"]),
    ("optimizer._target_=torch.optim.__name__", ["optimizer._target_", "torch.optim.__name__"]),
    ("optimizer._target_=torch.optim.Adam", ["optimizer", "history_size"]),
    ("+optimizer._args_=[1]", ["optimizer._args_"]),
    ("optimizer.lr=inf", ["optimizer.lr", "inf"]),
    ("optimizer.history_size=2.5", ["optimizer"]),
    ("optimizer=adam optimizer.betas=[0.9]", ["optimizer"]),
    ("optimizer=adam optimizer._target_=torch.optim.SparseAdam", ["optimizer"]),
    ("+pyramid.foo=1", ["pyramid.foo"]),
    ("+content.foo=1", ["content.foo"]),
    ("style=[kahlo,night]", ["style", "one picture"]),
    ("experiment=", ["experiment"]),
    ("style=猫", ["猫"]),
    ("content=" + 300 * "a" + ".jpg", ["too long"]),
    ("loss.style.mine._target_=mylosses.Mine", ["loss.style.mine._target_", "mylosses.Mine"]),
    ("loss.style.mine.weight=2", ["loss.style.mine._target_"]),
    ("loss.content.feature.weight=2", ["loss.content.feature._target_", "did you mean 'features'"]),
    ("loss.style.moments.wieght=2", ["loss.style.moments.wieght", "did you mean 'weight'"]),
    ("loss.tv.pwer=3", ["loss.tv.pwer", "did you mean 'loss.tv.power'"]),
    ("loss=gram loss.style.gram.normalization=meen", ["loss.style.gram: unknown normalization"]),
    ("loss=gram loss.style.gram.normalization=meen", ["meen", "did you mean 'mean'"]),
    ("loss.style.moments.layers=5", ["loss.style.moments.layers", "{layer: weight}", "5"]),
    ("loss.content.features.layers=[relu1_1]", ["loss.content.features.layers", "relu1_1"]),
    ("seed=-1", ["seed", "-1", "from 0 to 9223372036854775807"]),
    ("stop.change=-1", ["stop.change must be from 0 to 255", "-1"]),
    ("loss.style.moments.weight=abc", ["loss.style.moments.weight must be a number", "abc"]),
    ("may_change=[tv_wieght]", ["may_change", "tv_wieght", "did you mean 'tv_weight'"]),
    ("loss.content.features.normalization=gram", ["features: unknown normalization", "gram"]),
    ("loss.tv.power=3", ["loss.tv: unknown power", "3"]),
    ("fit=longg", ["fit", "longg", "did you mean 'long'"]),
    ("enlarge=maybe", ["enlarge", "maybe"]),
    ("precision=fp8", ["precision", "fp8"]),
    ("precision=tf32 device=cpu", ["tf32", "CUDA"]),
    ("device=tpu", ["device", "tpu"]),
    ("device=cuda:99", ["cuda:99"]),
    ("steps=0", ["steps", "0"]),
    ("steps=abc", ["steps", "abc"]),
    ("steps=[]", ["steps"]),
    ("steps=[a]", ["steps", "a"]),
    ("steps=[1,2] pyramid=single", ["steps", "2", "1"]),
    ("steps={a: 1}", ["steps"]),
    ("init=banana", ["init", "banana"]),
    ("init=x.png", ["init", "x.png"]),
    ("seed=-1", ["seed"]),
    *(
        (f"tile={value}", ["tile must be "])
        for value in ("abc", "-3", "31", "1.5", "true", "null", "[64]", "100000")
    ),
    ("pyramid=singel", ["singel", "did you mean 'single'"]),
    ("pyramid.factor=1", ["pyramid.factor"]),
    ("pyramid.levels=0", ["pyramid.levels"]),
    ("pyramid.levels=9", ["levels"]),
    ("pyramid.first=-1", ["pyramid.first"]),
    ("extractor.weights=embeded", ["embeded", "did you mean 'embedded'"]),
    ("extractor.weights=/no/w.pth", ["/no/w.pth"]),
    ("extractor.weights=text.jpg", ["text.jpg"]),
    ("extractor.pooling=median", ["extractor.pooling", "median"]),
    ("tracking.scalars_every=0", ["tracking.scalars_every"]),
]


@pytest.fixture(scope="module", autouse=True)
def files(folder):
    make_files(folder)


@pytest.mark.parametrize(("words", "named"), MISTAKES, ids=[words for words, _ in MISTAKES])
def test_a_mistake_is_one_line_that_names_it(attempt, words, named):
    small = () if "size" in words else ("size=64",)
    with pytest.raises(messages.MISTAKES) as caught:
        attempt("steps=1", *small, *split(words))
    line = messages.one_line(caught.value)
    assert line.isprintable() and "Traceback" not in line
    for word in named:
        assert word in line
