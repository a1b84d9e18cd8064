"""The `console` command. Each command lives in console/commands/ and is imported only when it is called.

Exit codes: 0 done · 1 a check found something · 2 wrong usage · 3 refused or changed meanwhile ·
4 not permitted · 5 not found · 6 a database or outside system cannot be used now.
"""

import importlib
import sys
from typing import Any

import click

from console.errors import Conflict, ConsoleError, NotFound, NotPermitted, Refused, Unavailable

COMMANDS = {  # name -> (module, one line for `console --help`)
    "demo": ("serve", "The sample company with the demo sign-in, on this machine only."),
    "serve": ("serve", "Serve the console behind your identity provider."),
    "migrate": ("migrate", "Bring the three databases to the present schema."),
    "seed": ("seed", "Fill empty databases with the sample company."),
    "load": ("load", "Load real input: check it, or add and change rows."),
    "check": ("check", "Name what is missing, and what to do."),
    "report": ("report", "A report as CSV, JSON or XLSX, as the screen shows it."),
    "pack": ("pack", "The finance pack of a month: every report in one workbook."),
    "schedules": ("schedules", "Reports sent by the clock: list, add, pause, resume, delete, send now."),
    "rollups": ("rollups", "The sums that reports read: refresh, rebuild, verify."),
    "definitions": ("definitions", "Published examples of the figures, run against the code here."),
    "cancel": ("cancel", "Cancel a subscription or trial."),
    "undo-cancel": ("cancel", "Take a cancellation back."),
    "refund": ("charge_verbs", "Refund a charge, in full or part."),
    "cancel-and-refund": ("subscription_verbs", "Cancel and refund as one operation."),
    "retry": ("charge_verbs", "Collect a failed renewal charge again."),
    "extend-trial": ("subscription_verbs", "Let a trial run longer."),
    "pause": ("subscription_verbs", "Pause a subscription."),
    "unpause": ("subscription_verbs", "Resume a paused subscription."),
    "move-renewal": ("subscription_verbs", "Let a subscription renew on a later day."),
    "payment-link": ("subscription_verbs", "Send the link to update payment details."),
    "resend-licence": ("subscription_verbs", "Send a licence key again."),
    "replace-licence": ("subscription_verbs", "Replace a licence key."),
    "block-refunds": ("charge_verbs", "Let nothing of a charge go back for now."),
    "unblock-refunds": ("charge_verbs", "Allow refunds of a charge again."),
    "note": ("charge_verbs", "Write a note about a customer."),
    "approve": ("charge_verbs", "Say yes to what somebody else asked for."),
    "reject": ("charge_verbs", "Say no to it."),
    "recall": ("charge_verbs", "Take back what has not left the house yet."),
    "bulk": ("bulk", "Cancel or refund many, one by one: preview, do, list, stop, go on."),
    "operations": ("operations", "What was begun and not finished: list it, finish it."),
    "drift": ("drift", "Where our books and the payment gateway's differ: compare, list, mend."),
    "worker": ("worker", "Carry operations out and do what runs by the clock, without a screen."),
    "audit": ("audit", "Verify the audit log, or read it."),
    "staff": ("staff", "Who may sign in, with which role."),
    "prove": ("prove", "Proofs by brute force: random worlds from a seed, and the first wrong one."),
    "bench": ("bench", "Measure queries: medians and ratios to the bare SQL."),
}
EXIT_CODES: tuple[tuple[type[ConsoleError], int], ...] = (
    (Conflict, 3),
    (Refused, 3),
    (NotPermitted, 4),
    (NotFound, 5),
    (Unavailable, 6),
)


class _Lazy(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"console.commands.{COMMANDS[name][0]}")
        command = getattr(module, name.replace("-", "_"))
        assert isinstance(command, click.Command)  # noqa: S101 - a defect of ours, not an input
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="back-office-console", prog_name="console")
def cli() -> None:
    """The back-office console: find customers, act for them, report."""


def main(arguments: list[str] | None = None) -> Any:
    """The entry point: a refusal is one sentence on standard error and an exit code, never a traceback."""
    try:
        return cli.main(args=arguments, prog_name="console")
    except ConsoleError as error:
        click.echo(str(error), err=True)
        if isinstance(error, Conflict):
            for field, (shown, is_now) in error.changes.items():
                click.echo(f"  {field}: {shown} → {is_now}", err=True)
        sys.exit(next((code for kind, code in EXIT_CODES if isinstance(error, kind)), 3))
