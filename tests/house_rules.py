"""The rules between rooms that import-linter cannot see: each takes a tree and says what breaks it."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

LONGEST_PAGE = 110
WRITERS = (
    "console/actions",
    "console/loading",
    "console/demo",
    "console/migrations",
    "console/signin",
    "console/rollups",
    "console/proving",  # its own databases, never the configured ones
    "console/audit.py",
)
# Columns that customers, or whoever sent the data, have written.
CUSTOMER_WRITTEN = {
    "name", "customer_name", "email", "customer_email", "requester_email", "requester_name", "subject",
    "body",
    "note", "author_name", "attributes", "matched", "licence_key", "reason", "problem_type", "team",
}  # fmt: skip
# Streamlit calls whose text is Markdown (tried one by one with hostile text).
MARKDOWN = {
    "markdown", "write", "caption", "title", "header", "subheader", "error", "warning", "info", "success",
    "toast", "metric", "button", "link_button", "page_link", "badge", "expander", "tabs", "popover", "radio",
    "checkbox", "toggle", "text_input", "text_area", "selectbox", "multiselect", "segmented_control", "pills",
    "table", "html", "form_submit_button", "download_button", "status", "exception", "date_input",
    "set_page_config",
}  # fmt: skip
OURS = {"section", "figure", "figures", "explain"}  # of console.ui: they give their text to Markdown
NOT_STREAMLIT = {"words", "filters", "times", "money", "ui"}


def _python(root: Path, *folders: str) -> Iterator[tuple[str, ast.Module, str]]:
    for folder in folders:
        place = root / folder
        for path in [place] if place.is_file() else sorted(place.rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            yield path.relative_to(root).as_posix(), ast.parse(text), text


def pages_read_like_screens(root: Path) -> list[str]:
    """A page is short, defines nothing, keeps no state, and locks itself first."""
    wrong = []
    for name, tree, text in _python(root, "pages"):
        if text.count("\n") > LONGEST_PAGE:
            wrong.append(f"{name} has more than {LONGEST_PAGE} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
                wrong.append(f"{name}:{node.lineno} defines something: move it to console/ui")
            if isinstance(node, ast.Attribute) and node.attr == "session_state":
                wrong.append(
                    f"{name}:{node.lineno} touches st.session_state: keep it in console/ui or the address"
                )
        if not _opens_first(tree):
            wrong.append(f"{name} does not begin with open_page(__file__)")
    return wrong


def _opens_first(tree: ast.Module) -> bool:
    """The first statement after imports and docstring is `… = open_page(__file__…)`."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom) or _is_text(node):
            continue
        call = node.value if isinstance(node, ast.Assign | ast.Expr) else None
        return (
            isinstance(call, ast.Call)
            and ast.unparse(call.func).endswith("open_page")
            and ast.unparse(call.args[0]) == "__file__"
        )
    return False


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def every_page_is_a_screen(root: Path) -> list[str]:
    """The files of pages/ and the list in console/screens.py are the same."""
    tree = ast.parse((root / "console/screens.py").read_text(encoding="utf-8"))
    listed = {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "Screen"
        and isinstance(node.args[0], ast.Constant)
    }
    there = {path.name for path in (root / "pages").glob("*.py")}
    return [f"pages/{name} is in only one of pages/ and SCREENS" for name in sorted(there ^ listed)]


def every_permission_is_used(root: Path) -> list[str]:
    """A permission nobody asks for locks nothing."""
    policy = ast.parse((root / "console/access.py").read_text(encoding="utf-8"))
    names = [
        target.id
        for node in ast.walk(policy)
        if isinstance(node, ast.ClassDef) and node.name == "Permission"
        for line in node.body
        if isinstance(line, ast.Assign)
        for target in line.targets
        if isinstance(target, ast.Name)
    ]
    used = {
        node.attr
        for name, tree, _ in _python(root, "console", "pages")
        if name != "console/access.py"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
    }
    return [f"Permission.{name} is asked for nowhere" for name in names if name not in used]


def every_audit_kind_has_a_sentence(root: Path) -> list[str]:
    """What is recorded can be read: each kind has its sentence in console/audit.py."""
    from console.audit import SENTENCES

    wrong: list[str] = []
    for name, tree, _ in _python(root, "console"):
        for node in ast.walk(tree):
            if not (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).endswith(("audit.record", "record_entry"))
            ):
                continue
            kinds = {
                str(k.value.value)
                for k in node.keywords
                if k.arg == "kind" and isinstance(k.value, ast.Constant)
            }
            wrong.extend(
                f"{name}:{node.lineno} records “{kind}”: no sentence" for kind in kinds - set(SENTENCES)
            )
    return wrong


def only_some_rooms_write(root: Path) -> list[str]:
    """Writes happen in actions, loading, demo, migrations, rollups, sign-in's sessions and the audit log."""
    wrong = []
    for name, tree, _ in _python(root, "console", "pages", "queries"):
        if name.startswith(WRITERS) or name == "console/db.py":
            continue
        wrong += [
            f"{name}:{node.lineno} opens a writing transaction"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "writing"
        ]
    return wrong


# What would change the log, in SQL: "UPDATE audit_entries", 'DELETE FROM other."audit_entries"'.
_CHANGES_THE_LOG = re.compile(
    r"\b(update|delete\s+from|truncate|replace\s+into|drop\s+table|drop\s+trigger)"
    r"(\s+(only|table|if\s+exists))*\s+([\w.\"?]+\s*,\s*)*[\w.\"?]*audit_entries",
    re.IGNORECASE,
)


def nothing_changes_the_log(root: Path) -> list[str]:
    """Entries of the audit log are added and read: no code updates, deletes or replaces one."""
    wrong = []
    for name, tree, _ in _python(root, "console", "queries", "pages"):
        called = {"audit_entries"} | {
            alias.asname
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
            if alias.name == "audit_entries" and alias.asname
        }
        wrong += [
            f"{name}:{node.lineno} changes the audit log: entries are only added"
            for node in ast.walk(tree)
            if isinstance(node, ast.expr)
            and (_calls_a_change(node, called) or _CHANGES_THE_LOG.search(_text_of(node)))
        ]
    return wrong


def _calls_a_change(node: ast.expr, called: set[str]) -> bool:
    """`audit_entries.update()` or `update(audit_entries)`, by whatever way they are reached."""
    if not isinstance(node, ast.Call):
        return False
    of, _, name = ast.unparse(node.func).rpartition(".")
    about = [of, *(ast.unparse(argument) for argument in node.args[:1])]
    return name in {"update", "delete"} and any(text.rpartition(".")[2] in called for text in about)


def _text_of(node: ast.expr) -> str:
    """A text in the code; what is put into an f-string is a question mark."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text_of(part) or "?" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def customer_text_is_never_markdown(root: Path) -> list[str]:
    """Nothing a customer wrote is given to an element that renders Markdown."""
    wrong = []
    for name, tree, _ in _python(root, "console/ui", "console/app.py", "console/page.py", "pages"):
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not _renders_markdown(node.func):
                continue
            for argument in [
                *node.args,
                *(k.value for k in node.keywords if k.arg in {"label", "help", "body", "value"}),
            ]:
                wrong += [
                    f"{name}:{node.lineno} shows “{field}” as Markdown"
                    for field in _written_by_customers(argument)
                ]
    return wrong


def _renders_markdown(function: ast.expr) -> bool:
    of, _, name = ast.unparse(function).rpartition(".")
    return name in OURS if of in {"", "ui"} else name in MARKDOWN and of not in NOT_STREAMLIT


def _written_by_customers(expression: ast.expr) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Attribute) and node.attr in CUSTOMER_WRITTEN and not _ours(node):
            yield node.attr
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.slice, ast.Constant)
            and node.slice.value in CUSTOMER_WRITTEN
        ):
            yield str(node.slice.value)


def _ours(node: ast.Attribute) -> bool:
    """Names of our own things: the signed-in person, a screen, a report and its checks, a table's column."""
    return ast.unparse(node.value) in {"actor", "screen", "report", "check", "column", "self"}


def files_stay_small(root: Path) -> list[str]:
    """A file has at most about 250 lines (generated migrations aside)."""
    return [
        f"{name} has {text.count(chr(10))} lines"
        for name, _, text in _python(root, "console", "queries")
        if text.count("\n") > 300 and "/versions/" not in name
    ]


RULES: dict[Callable[[Path], list[str]], tuple[str, str]] = {
    pages_read_like_screens: (
        "pages/home.py",
        "import streamlit as st\nst.session_state.x = 1\n\ndef f(): pass\n",
    ),
    every_page_is_a_screen: ("pages/nowhere.py", ""),
    every_permission_is_used: (
        "console/access.py",
        "class Permission:\n    NEVER_ASKED_FOR = 'never:asked'\n",
    ),
    every_audit_kind_has_a_sentence: ("console/actions/x.py", "audit.record(kind='made.up')\n"),
    only_some_rooms_write: ("pages/home.py", "with db.writing('state') as c: pass\n"),
    nothing_changes_the_log: ("queries/x.py", "audit_entries.update().values(note=None)\n"),
    customer_text_is_never_markdown: ("pages/home.py", "st.caption(f'From {ticket.subject}')\n"),
    files_stay_small: ("queries/x.py", "x = 1\n" * 400),
}
