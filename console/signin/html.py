"""The pages outside of Streamlit: signing in and out, refusals. Small, self-contained, no script at all."""

import base64
import hashlib
from html import escape

from starlette.responses import HTMLResponse

from console.settings import get_settings

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5d6b7a; --line: #d5dbe2; --paper: #fff;
  --back: #f4f6f8; --blue: #1f5fbf; --on-blue: #fff; --hover: #eef3fa; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --soft: #9aa7b5; --line: #323d4b;
  --paper: #1a212b; --back: #11161d; --blue: #6ea8fe; --on-blue: #0c1015; --hover: #222c38; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem;
  background: var(--back); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", Arial, sans-serif; }
main { width: 100%; max-width: 30rem; background: var(--paper); border: 1px solid var(--line);
  border-radius: 10px; padding: 2rem; }
.company { margin: 0 0 .25rem; color: var(--soft); font-size: .875rem; }
h1 { margin: 0 0 1rem; font-size: 1.375rem; line-height: 1.3; font-weight: 650; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
.note { color: var(--soft); font-size: .875rem; }
.banner { border-left: 3px solid var(--blue); padding: .25rem 0 .25rem .75rem; }
ul { list-style: none; margin: 0; padding: 0; }
li { margin: 0 0 .5rem; }
a { color: var(--blue); }
form { margin: 0; }
button, .action { font: inherit; cursor: pointer; border-radius: 6px; }
.action { display: inline-block; border: 1px solid var(--blue); background: var(--blue);
  color: var(--on-blue); padding: .5rem 1.125rem; text-decoration: none; font-weight: 600; }
.person { width: 100%; text-align: left; background: none; border: 1px solid var(--line); color: inherit;
  padding: .75rem 1rem; }
.person:hover { background: var(--hover); border-color: var(--blue); }
.person b { display: block; font-weight: 600; overflow-wrap: anywhere; }
.person span { display: block; color: var(--soft); font-size: .875rem; }
:focus-visible { outline: 3px solid var(--blue); outline-offset: 2px; }
label { display: block; margin: 0 0 1rem; }
input, select { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line);
  border-radius: 6px; padding: .375rem .5rem; }
.row { display: flex; gap: 1rem; align-items: center; flex-wrap: wrap; }
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

# Nothing may be loaded, framed or run; forms go to us.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def page(title: str, body: str, *, status: int = 200, place: str = "console") -> HTMLResponse:
    """A whole page. `body` is HTML: whatever comes from elsewhere has gone through `escape`."""
    company = f"{escape(get_settings().company)} {place}"
    return HTMLResponse(
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} · {company}</title><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head>\n"
        f'<body><main><p class="company">{company}</p><h1>{escape(title)}</h1>\n'
        f"{body}\n</main></body></html>\n",
        status_code=status,
        headers={"content-security-policy": POLICY},
    )


def link(address: str, label: str) -> str:
    """The one thing to do next."""
    return f'<a class="action" href="{escape(address)}">{escape(label)}</a>'


def refusal(title: str, sentence: str, *, status: int, way: str | None = None) -> HTMLResponse:
    """A refusal in plain words. `way`: HTML of what can be done next; back to sign-in if not given."""
    offered = link("/signin", "Back to sign-in") if way is None else way
    return page(title, f"<p>{escape(sentence)}</p>\n{offered}", status=status)
