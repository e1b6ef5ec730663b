"""jac explain --lang zh: tables, paths, sentences and the quiz."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from jaccli.cli import app

SPECS = Path(__file__).parents[3] / "specs"


def explained(name: str, *options: str, language: str = "zh", stdin: str | None = None, code: int = 0) -> str:
    """Return what jac explain prints of a shipped spec."""
    env = {"COLUMNS": "80", "NO_COLOR": "1", "TERM": "dumb"}
    command = ["explain", str(SPECS / name), *options, "--lang", language]
    outcome = CliRunner(env=env).invoke(app, command, input=stdin, catch_exceptions=False)
    assert outcome.exit_code == code, outcome.output
    return outcome.output


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        pytest.param(["coffee.yaml"], "milk (x2) 增加 1 个单位：latte (y2) 增加 3 个单位", id="words"),
        pytest.param(["relu_neuron.yaml"], "z     h          1.0       1.0   1.0   1.0    14", id="table"),
        pytest.param(["feedforward.yaml", "--entry", "s/x[0]"], "全部 2 条路径之和：0.807058；由反向传播得到", id="paths"),
        pytest.param(["coffee.yaml", "-f", "markdown"], "前向传播：数值，从输入到输出", id="markdown"),
    ],
)  # fmt: skip
def test_explain_speaks_chinese(args: list[str], sentence: str) -> None:
    text = explained(*args)
    assert sentence in text
    assert "gradient" not in text


def test_quiz_speaks_chinese() -> None:
    text = explained("relu_neuron.yaml", "--quiz", stdin="1\nhalf\n1\n3\n")
    said = ("正确", "请输入一个数", "不对，应为 2.0", "3 题中答对 2 题")
    assert [words for words in said if words not in text] == []


def test_explain_has_no_other_language() -> None:
    assert "--lang must be one of en, zh (got fr)" in explained("coffee.yaml", language="fr", code=2)


def test_page_speaks_chinese(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    explained("coffee.yaml", "-o", str(page))
    text = page.read_text(encoding="utf-8")
    said = ('<html lang="zh-Hans">', ">播放</button>", "反向传播起点", "跳到正文", ">全部显示</button>", "前向：{name}")
    assert [words for words in said if words not in text] == []
    shown = re.sub(r"(?s)<(script|style).*?</\1>|<pre.*?</pre>|<[^>]*>", " ", text)
    assert set(re.findall(r"[A-Za-z]{3,}", shown)) <= {
        "coffee",
        "shop",
        "jac",
        "explain",
        "node",
        "Tab",
        "Enter",
        "Spec",
    }
