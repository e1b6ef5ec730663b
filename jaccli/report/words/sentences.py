"""The words of ``jac explain``, one table per language: a sentence that one has, all have."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from jaccli.errors import UsageError
from jaccli.results import numbers
from jaccli.results.explained import Slope

__all__ = ["LANGUAGES", "Sentences", "sentences"]

LAYER = re.compile(r"(?P<kind>\w+) of (?P<of>.+?)(?:, (?P<count>[\d,]+) parameters?)?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """What explain says in one language; names in braces are filled in with ``str.format``.

    columns  the heads of the tables, by their English names
    more, less, same, without  the change of an output for one unit of an input: ``of``, ``wrt``, ``size``, ``units``
    always, near  what stands around it where the slope is the same everywhere, and where it is not
    """

    forward: str
    backward: str
    words: str
    words_near: str
    paths: str
    columns: dict[str, str]
    norm: str
    hidden: str
    folded: str
    others: str
    constant: str
    legend: str
    given: str
    matrix: str
    layer: str
    layer_of: str
    not_listed: str
    no_path: str
    sum_all: str
    sum_one: str
    sum_some: str
    by_backward: str
    strongest: str
    listed: str
    listed_one: str
    left_out: str
    always: str
    near: str
    more: str
    less: str
    same: str
    without: str
    right: str
    wrong: str
    score: str
    unanswered: str
    number: str

    def column(self, name: str) -> str:
        """Return the head of a column."""
        return self.columns.get(name, name)

    def made(self, text: str) -> str:
        """Return how a node is made: formulas as they are, words in this language."""
        if text == ENGLISH.given:
            return self.given
        match = LAYER.match(text)
        if match is None:
            return text
        return (self.layer if match["count"] else self.layer_of).format(**match.groupdict())

    def change(self, slope: Slope) -> str:
        """Return an entry of a Jacobian in words: "One unit of milk (x2) more: 3 units of latte (y2) more"."""
        size = numbers.value(abs(slope.value)).removesuffix(".0")
        pattern = self.without if not math.isfinite(slope.value) else self.same if slope.value == 0 else self.more
        pattern = self.less if slope.value < 0 and math.isfinite(slope.value) else pattern
        change = pattern.format(of=slope.of, size=size, units="unit" if size == "1" else "units")
        return (self.always if slope.constant else self.near).format(wrt=slope.wrt, change=change)


ENGLISH = Sentences(
    forward="Forward pass: values, from the inputs to the output",
    backward="Backward pass: gradients, from the output to the inputs",
    words="In words",
    words_near="In words, at this point and for small changes",
    paths="Paths of the chain rule: {name}",
    columns={},
    norm="‖·‖ is the norm of an array, after its shape",
    hidden="scores that a mask hides are left out of it",
    folded="folded to layers and named steps; --unfold NAME shows the inside of one, --full every operation",
    others="{of} is one of {count} entries; --of chooses another",
    constant="{of} depends on no input: every gradient is 0",
    legend="local = ∂(used in)/∂node, upstream = ∂{of}/∂(used in), product = what comes back through this use. "
    "gradient = ∂{of}/∂node, the sum of its products, on the row of its last use. It all begins with ∂{of}/∂{of} = 1.",
    given="given",
    matrix="matrix",
    layer="{kind} of {of}, {count} parameters",
    layer_of="{kind} of {of}",
    not_listed="{trouble}: the paths are not listed",
    no_path="no path with factors other than 0 leads from {wrt} to {of}: {name} = 0",
    sum_all="sum of all {count} paths: {total}",
    sum_one="sum of the only path: {total}",
    sum_some="{counted}; together they give {total}, and {share:.3g} % of Σ|product| over all paths",
    by_backward="{summed}; {name} by the backward pass: {value}",
    strongest="the {listed} strongest of {every} paths",
    listed="{listed} paths",
    listed_one="1 path",
    left_out="steps whose factor is 1 are left out",
    always="One unit of {wrt} more: {change}",
    near="Per unit of {wrt} more: {change}",
    more="{size} {units} of {of} more",
    less="{size} {units} of {of} less",
    same="no change in {of}",
    without="{of} has no finite slope",
    right="right",
    wrong="no, it is {answer}",
    score="{right} of {asked} right",
    unanswered=", {count} not answered",
    number="write a number, such as 0.5, -2 or 1/3",
)

CHINESE = Sentences(
    forward="前向传播：数值，从输入到输出",
    backward="反向传播：梯度，从输出到输入",
    words="用文字表述",
    words_near="用文字表述（在这一点，变化很小时）",
    paths="链式法则的路径：{name}",
    columns={
        "node": "节点",
        "operation": "运算",
        "value": "值",
        "line": "行号",
        "used in": "用于",
        "local": "局部导数",
        "upstream": "上游梯度",
        "product": "乘积",
        "gradient": "梯度",
    },
    norm="‖·‖ 是数组的范数，写在形状之后",
    hidden="被掩码遮住的得分不计入范数",
    folded="已折叠为层和命名的步骤；--unfold NAME 展开其中一个，--full 显示每个运算",
    others="{of} 是 {count} 个元素之一；用 --of 选择另一个",
    constant="{of} 不依赖任何输入：所有梯度都是 0",
    legend="局部导数 = ∂(用于)/∂(节点)，上游梯度 = ∂{of}/∂(用于)，乘积 = 经过这次使用传回的梯度。"
    "梯度 = ∂{of}/∂(节点)，即各个乘积之和，写在最后一次使用的那一行。一切从 ∂{of}/∂{of} = 1 开始。",
    given="已知",
    matrix="矩阵",
    layer="{kind}（{of}），{count} 个参数",
    layer_of="{kind}（{of}）",
    not_listed="路径没有列出（{trouble}）",
    no_path="从 {wrt} 到 {of} 没有因子全不为 0 的路径：{name} = 0",
    sum_all="全部 {count} 条路径之和：{total}",
    sum_one="唯一一条路径：{total}",
    sum_some="{counted}；合计 {total}，占所有路径 Σ|乘积| 的 {share:.3g} %",
    by_backward="{summed}；由反向传播得到 {name} = {value}",
    strongest="{every} 条路径中最强的 {listed} 条",
    listed="{listed} 条路径",
    listed_one="1 条路径",
    left_out="因子为 1 的步骤已略去",
    always="{wrt} 增加 1 个单位：{change}",
    near="{wrt} 每增加 1 个单位：{change}",
    more="{of} 增加 {size} 个单位",
    less="{of} 减少 {size} 个单位",
    same="{of} 不变",
    without="{of} 没有有限的斜率",
    right="正确",
    wrong="不对，应为 {answer}",
    score="{asked} 题中答对 {right} 题",
    unanswered="，{count} 题未答",
    number="请输入一个数，例如 0.5、-2 或 1/3",
)

LANGUAGES = {"en": ENGLISH, "zh": CHINESE}


def sentences(language: str = "en") -> Sentences:
    """Return the table of a language.

    Errors: UsageError for a language that has none.
    """
    if language not in LANGUAGES:
        raise UsageError(f"--lang must be one of {', '.join(LANGUAGES)} (got {language})")
    return LANGUAGES[language]
