"""The words of explain: what one language says, all say, with the same names filled in."""

from __future__ import annotations

import re
from dataclasses import fields

import pytest

from jaccli.errors import UsageError
from jaccli.learn.stations import BACK, rule_words
from jaccli.report.words.cells import columns, wrapped
from jaccli.report.words.page import PAGE, PAGE_IN_CHINESE, rule_in
from jaccli.report.words.sentences import CHINESE, ENGLISH, LANGUAGES, Sentences, sentences
from jaccli.results.explained import Slope

TEXTS = [field.name for field in fields(Sentences) if field.name != "columns"]
ENGLISH_ONLY = {"units"}  # Chinese has one word for one unit and several
NAMES = ("s", "W @ x", "z[0]")
HEADS = ("node", "operation", "value", "line", "used in", "local", "upstream", "product", "gradient")


@pytest.mark.parametrize("name", TEXTS)
def test_sentence_has_the_same_names_in_every_language(name: str) -> None:
    blanks = [set(re.findall(r"{(\w+)", getattr(words, name))) - ENGLISH_ONLY for words in LANGUAGES.values()]
    assert all(found == blanks[0] for found in blanks)


@pytest.mark.parametrize("name", TEXTS)
def test_chinese_sentence_is_chinese(name: str) -> None:
    assert re.search(r"[\u4e00-\u9fff]", getattr(CHINESE, name)) or name == "layer_of"


@pytest.mark.parametrize("name", HEADS)
def test_column_has_a_chinese_head(name: str) -> None:
    assert CHINESE.column(name) != name == ENGLISH.column(name)


@pytest.mark.parametrize(
    ("slope", "english", "chinese"),
    [
        pytest.param(Slope("latte (y2)", "milk (x2)", 3.0, True),
                     "One unit of milk (x2) more: 3 units of latte (y2) more", "milk (x2) 增加 1 个单位：latte (y2) 增加 3 个单位", id="more"),
        pytest.param(Slope("y", "x", -1.0, False), "Per unit of x more: 1 unit of y less", "x 每增加 1 个单位：y 减少 1 个单位", id="less"),
        pytest.param(Slope("y", "x", 0.0, True), "One unit of x more: no change in y", "x 增加 1 个单位：y 不变", id="none"),
        pytest.param(Slope("y", "x", float("-inf"), False), "Per unit of x more: y has no finite slope", "x 每增加 1 个单位：y 没有有限的斜率", id="infinite"),
    ],
)  # fmt: skip
def test_slope_in_words(slope: Slope, english: str, chinese: str) -> None:
    assert (ENGLISH.change(slope), CHINESE.change(slope)) == (english, chinese)


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("given", "已知"),
        ("dense of X, 12 parameters", "dense（X），12 个参数"),
        ("maxpool2d of conv1", "maxpool2d（conv1）"),
        ("2 × x", "2 × x"),
        ("tanh(z)", "tanh(z)"),
    ],
)
def test_how_a_node_is_made(text: str, chinese: str) -> None:
    assert (ENGLISH.made(text), CHINESE.made(text)) == (text, chinese)


@pytest.mark.parametrize("width", [20, 40, 80])
@pytest.mark.parametrize("name", NAMES)
def test_chinese_lines_fit(name: str, width: int) -> None:
    lines = wrapped(CHINESE.legend.format(of=name), width)
    assert max(map(columns, lines)) <= width
    assert "".join("".join(lines).split()) == "".join(CHINESE.legend.format(of=name).split())
    assert not any(line.strip().startswith(("，", "。", "：")) for line in lines)


def test_language_that_there_is_none_of() -> None:
    with pytest.raises(UsageError, match=r"--lang must be one of en, zh \(got fr\)"):
        sentences("fr")


def test_page_has_the_same_words_in_every_language() -> None:
    def blanks(words: dict[str, str]) -> dict[str, set[str]]:
        return {key: set(re.findall(r"{(\w+)}", text)) for key, text in words.items()}

    assert blanks(PAGE) == blanks(PAGE_IN_CHINESE)
    assert [key for key, text in PAGE_IN_CHINESE.items() if not re.search(r"[\u4e00-\u9fff]", text)] == []


@pytest.mark.parametrize("op", [op for op in BACK if op not in ("pow", "softmax")])
def test_what_a_node_does_is_said_in_chinese(op: str) -> None:
    text = rule_in("zh", rule_words(op, ["a + b", "c"], "h[0]"))
    assert re.search(r"[\u4e00-\u9fff]", text)
    assert ("a + b" in text, "h[0]" in text) == ("{x}" in BACK[op], "{y}" in BACK[op])


def test_what_a_node_does_stays_where_there_is_no_sentence() -> None:
    assert (rule_in("zh", ""), rule_in("zh", "n·xⁿ⁻¹"), rule_in("en", "times 2·x")) == ("", "n·xⁿ⁻¹", "times 2·x")
