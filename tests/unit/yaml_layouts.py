"""The same mapping written as YAML in many ways, with comments wherever they may stand."""

from hypothesis import strategies as st

from webapp.domain.yaml_text import flow, scalar

KEYS = st.sampled_from(["a", "b", "c.d", "each", "no", "*", "ü", "two words", "#", "1", "null"])
TEXTS = st.sampled_from(
    ["x", "500 EUR", "no", "", "# no comment", "a: b", "}", "\u202e", "ü\U0001d11e"]
)
LEAVES = st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([0.5, 1e-7]) | TEXTS
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=4)
REMARK = "# a remark"


@st.composite
def layouts(draw, value, indent=""):
    """Write a mapping that is not empty as the lines of a block."""
    lines = []
    for key, inner in value.items():
        if draw(st.booleans()):
            lines.append(draw(st.sampled_from(["", f"{indent}{REMARK}", REMARK])))
        written = draw(st.sampled_from([scalar(key), f"'{key}'"]))
        tail = draw(st.sampled_from(["", f"  {REMARK}", " "]))
        between = draw(st.sampled_from([" ", "   "]))
        if inner and isinstance(inner, dict) and draw(st.booleans()):
            lines += [f"{indent}{written}:{tail}", *draw(layouts(inner, indent + "   "))]
        elif inner and isinstance(inner, list) and draw(st.booleans()):
            items = [f"{indent}  - {flow(item)}{tail}" for item in inner]
            lines += [f"{indent}{written}:", *items]
        elif isinstance(inner, str) and inner.isalnum() and draw(st.booleans()):
            lines += [f"{indent}{written}:{between}|-", f"{indent}   {inner}"]
        elif inner is None and draw(st.booleans()):
            lines.append(f"{indent}{written}:{tail}")
        else:
            lines.append(f"{indent}{written}:{between}{_over_lines(draw, inner, indent)}{tail}")
    return lines


def _over_lines(draw, value, indent):
    """Write a value between braces, now and then over several lines."""
    if not isinstance(value, dict) or not value or draw(st.booleans()):
        return flow(value)
    tail = draw(st.sampled_from(["", f" {REMARK}"]))
    inside = f",{tail}\n{indent}     ".join(f"{scalar(k)}: {flow(v)}" for k, v in value.items())
    return f"{{{inside}{draw(st.sampled_from(['', ',']))}{tail}\n{indent} }}"


@st.composite
def documents(draw):
    """Give a mapping and a text that says it."""
    value = draw(DOCUMENTS)
    if draw(st.integers(0, 5)) == 0:
        return value, f"{flow(value)}\n"
    end = draw(st.sampled_from(["\n", "", "\n\n# the end\n"]))
    return value, "\n".join(draw(layouts(value))) + end
