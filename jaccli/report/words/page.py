"""The words of the page that walks through a backward pass, one table per language: a key that one has, all have."""

from __future__ import annotations

import re
from functools import cache

from jaccli.learn.stations import BACK

__all__ = ["LANGUAGES", "rule_in"]

#: What stands in braces is filled in by the page.
PAGE = {
    "skip": "Skip to the content",
    "dark": "Dark",
    "light": "Light",
    "dark colours": "Dark colours",
    "light colours": "Light colours",
    "no script": "This page needs its script to draw the graph; the same numbers as text:",
    "tools": "Steps and view",
    "first": "To the beginning",
    "back": "Step back",
    "next": "Step forward",
    "last": "To the end",
    "left key": "left arrow key",
    "right key": "right arrow key",
    "space bar": "space bar",
    "play": "Play",
    "pause": "Pause",
    "count": "{at} of {all}",
    "backward from": "Backward from",
    "fold all": "Fold all",
    "unfold all": "Unfold all",
    "fit": "Fit",
    "smaller": "Zoom out",
    "larger": "Zoom in",
    "whole": "Everything at once",
    "training": "Training",
    "losses": "Loss over the steps",
    "step number": "Step",
    "loss": "before step {step}: loss {loss}",
    "curve": "loss, step 1 to {last}",
    "logarithmic curve": "loss, step 1 to {last} (logarithmic)",
    "input": "input",
    "param": "parameter",
    "constant": "constant",
    "step": "step",
    "output": "output",
    "value": "value",
    "gradient": "gradient",
    "gradient by node": "∂node",
    "graph": "Computation graph",
    "spec": "Spec",
    "others": "The outputs have {count} more entries; ask for one with --of.",
    "key step": "step",
    "key play": "play",
    "key zoom": "zoom",
    "key nodes": "node by node",
    "key enter": "fold, unfold, or look at a node",
    "space": "space",
    "none": "none",
    "masked": "masked",
    "operations": "{kind}, {count} operations",
    "fold": "Fold {name}",
    "unfold": "Unfold {name}",
    "folded": "{count} operations, folded.",
    "said value": ", value {value}",
    "said gradient": ", gradient {value}",
    "said folded": ", folded: Enter unfolds",
    "forward": "Forward: {name}",
    "backward": "Backward: {name}",
    "given input": "given: an input",
    "given param": "given: a parameter",
    "given constant": "given: a constant",
    "begins": "The backward pass begins here: ∂{of}/∂{of} = 1.",
    "through": "Through {name}: upstream × local = what comes back",
    "upstream": "upstream",
    "local": "local",
    "product": "product",
    "sum": "sum: {name}",
    "no gradient": "No gradient flows here from {of}.",
}

PAGE_IN_CHINESE = {
    "skip": "跳到正文",
    "dark": "深色",
    "light": "浅色",
    "dark colours": "深色配色",
    "light colours": "浅色配色",
    "no script": "这个页面需要脚本来绘图；同样的数值也可以用文本查看：",
    "tools": "步骤与视图",
    "first": "回到开头",
    "back": "后退一步",
    "next": "前进一步",
    "last": "跳到结尾",
    "left key": "左方向键",
    "right key": "右方向键",
    "space bar": "空格键",
    "play": "播放",
    "pause": "暂停",
    "count": "第 {at} 步，共 {all} 步",
    "backward from": "反向传播起点",
    "fold all": "全部折叠",
    "unfold all": "全部展开",
    "fit": "适合窗口",
    "smaller": "缩小",
    "larger": "放大",
    "whole": "全部显示",
    "training": "训练",
    "losses": "损失随步数的变化",
    "step number": "步",
    "loss": "第 {step} 步之前：损失 {loss}",
    "curve": "损失，第 1 步到第 {last} 步",
    "logarithmic curve": "损失，第 1 步到第 {last} 步（对数坐标）",
    "input": "输入",
    "param": "参数",
    "constant": "常量",
    "step": "步骤",
    "output": "输出",
    "value": "值",
    "gradient": "梯度",
    "gradient by node": "∂节点",
    "graph": "计算图",
    "spec": "Spec 原文",
    "others": "输出还有 {count} 个元素；用 --of 选择其中一个。",
    "key step": "单步",
    "key play": "播放",
    "key zoom": "缩放",
    "key nodes": "逐个节点",
    "key enter": "折叠、展开或查看节点",
    "space": "空格",
    "none": "无",
    "masked": "已遮住",
    "operations": "{kind}，{count} 个运算",
    "fold": "折叠 {name}",
    "unfold": "展开 {name}",
    "folded": "{count} 个运算，已折叠。",
    "said value": "，值 {value}",
    "said gradient": "，梯度 {value}",
    "said folded": "，已折叠：按 Enter 展开",
    "forward": "前向：{name}",
    "backward": "反向：{name}",
    "given input": "已知：输入",
    "given param": "已知：参数",
    "given constant": "已知：常量",
    "begins": "反向传播从这里开始：∂{of}/∂{of} = 1。",
    "through": "经过 {name}：上游梯度 × 局部导数 = 传回的梯度",
    "upstream": "上游梯度",
    "local": "局部导数",
    "product": "乘积",
    "sum": "求和：{name}",
    "no gradient": "没有梯度从 {of} 流到这里。",
}

#: What a node does to a gradient on its way back, as in ``jaccli.learn.stations``; {x} is the operand, {y} the node.
_BACK_IN_CHINESE = {
    "add": "和把梯度原样传给每一项",
    "sub": "第二项得到带负号的梯度",
    "mul": "每个因子得到梯度乘以另一个因子",
    "div": "x/y：传给 x 的乘以 1/y，传给 y 的乘以 −x/y²",
    "neg": "带负号的梯度",
    "pow": "n·xⁿ⁻¹",
    "exp": "exp 的导数是它自己：乘以 {y}",
    "log": "乘以 1/{x}",
    "sqrt": "乘以 1/(2·{y})",
    "tanh": "乘以 1 − {y}²",
    "sigmoid": "乘以 {y}·(1 − {y})",
    "sin": "乘以 cos({x})",
    "cos": "乘以 −sin({x})",
    "relu": "只在 {x} > 0 处传回；其他地方为 0",
    "abs": "乘以 {x} 的符号",
    "square": "乘以 2·{x}",
    "contract": "每个操作数得到梯度乘以另一个操作数：x̄ = Wᵀ ȳ，W̄ = ȳ xᵀ",
    "broadcast": "被重复的部分加起来",
    "sum": "每个加数得到同样的梯度",
    "reshape": "同样的数，恢复原来的形状",
    "transpose": "转置回来",
    "take": "放回被取出的位置；其他位置为 0",
    "concatenate": "每一部分得到自己的一段",
    "where": "只传给被选中的分支",
    "max": "全部传给最大的元素",
    "min": "全部传给最小的元素",
    "maximum": "全部传给较大的操作数",
    "minimum": "全部传给较小的操作数",
    "softmax": "p ⊙ (ȳ − pᵀȳ)",
    "logsumexp": "乘以 softmax({x})",
    "cast": "无：真值没有导数",
}
LANGUAGES = {"en": PAGE, "zh": PAGE_IN_CHINESE}


def rule_in(language: str, text: str) -> str:
    """Return what a node does to a gradient in a language; as it is where that has no sentence for it."""
    if language == "zh":
        for op, pattern in _patterns():
            match = pattern.fullmatch(text)
            if match is not None:
                return _BACK_IN_CHINESE[op].format(**match.groupdict())
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    found = []
    for op in _BACK_IN_CHINESE:
        parts = re.split(r"(\{[xy]\})", BACK[op])
        seen = set[str]()
        for k, part in enumerate(parts):
            name = part[1:-1] if k % 2 else ""
            parts[k] = re.escape(part) if not name else f"(?P={name})" if name in seen else f"(?P<{name}>.+)"
            seen.add(name)
        found.append((op, re.compile("".join(parts))))
    return tuple(found)
