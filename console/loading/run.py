"""Load files with a preset: read all of it first, then change the databases, one transaction each.

A file that is broken as a whole (header, encoding, cut, two date orders) refuses the load before anything
is written. A row that is wrong is refused alone, with its line. The business databases commit one after
the other; should the second fail, loading the same files again finishes what is missing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from console import clocks, db
from console.db import Database
from console.errors import NotFound, Refused
from console.loading.files import SourceFile, open_file
from console.loading.histories import HistoryLoad, Plan
from console.loading.preset import Preset, Section
from console.loading.records import Bad, Input, Mapped, in_words_of, mapped_rows, survey
from console.loading.store import ENTITIES, Store
from console.loading.tables import Accepted, Outcome, TableLoad
from console.migrations import require_current
from queries.tables_desk import load_refusals, load_runs

BATCH = 1_000
KEPT_REFUSALS = 10_000  # the counts are exact beyond it
SUFFIXES = {".csv", ".tsv", ".txt"}
Progress = Callable[[str, int], None]  # a file's name, and how many of its rows are done


@dataclass(frozen=True)
class Refusal:
    file: str
    line: int
    reason: str


@dataclass
class FileResult:
    """One file: its four counts add up to its data rows."""

    file: str
    section: str
    encoding: str
    delimiter: str
    date_order: str
    added: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.same + self.refused


@dataclass
class LoadResult:
    """What a load did, or with `checked` would do. `refusals` are the first KEPT_REFUSALS of them."""

    preset: str
    checked: bool
    files: list[FileResult] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    def total(self, verdict: str) -> int:
        return sum(getattr(file, verdict) for file in self.files)


def load(
    preset: Preset,
    paths: Sequence[Path],
    *,
    check: bool = False,
    zone: ZoneInfo | None = None,
    date_order: str | None = None,
    progress: Progress | None = None,
) -> LoadResult:
    """Load files or folders; with `check` only say what would become of each row.

    `zone` and `date_order` ("ymd", "dmy", "mdy") overrule the preset and what the files say. Raises Refused
    for a file that is broken as a whole, NotFound for a path that is not there, Unavailable.
    """
    inputs = [
        survey(preset, section, file, zone or preset.zone, date_order)
        for section, file in _assigned(preset, _files(paths))
    ]
    for database in {"state": None, **_by_database(inputs)}:
        require_current(database)
    started = clocks.now()
    tell = progress or (lambda _name, _rows: None)
    result, plans = _check(preset, inputs, tell)
    if not check:
        result = _apply(preset, inputs, plans, tell)
        _record(result, started)
    return result


def _files(paths: Iterable[Path]) -> list[SourceFile]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file())
            if not inside:
                raise NotFound(f"There is no CSV file in {path}.")
            found += inside
        elif path.is_file():
            found.append(path)
        else:
            raise NotFound(f"There is no file {path}.")
    unique = list({path.resolve(): path for path in found}.values())
    return [open_file(path) for path in unique]


def _assigned(preset: Preset, files: Iterable[SourceFile]) -> list[tuple[Section, SourceFile]]:
    """Each file with its section, in the preset's order: what others refer to comes first."""
    pairs = [(_section_of(preset, file), file) for file in files]
    pairs.sort(key=lambda pair: preset.sections.index(pair[0]))
    return [(section, in_words_of(section, file)) for section, file in pairs]


def _section_of(preset: Preset, file: SourceFile) -> Section:
    """By the headers; else by the name, so that a missing header can be named."""
    for section in preset.sections:
        if set(section.required) <= {section.aliases.get(name, name) for name in file.header}:
            return section
    for section in preset.sections:
        if section.matches(file.name) or len(preset.sections) == 1:
            return section
    raise Refused(
        f"{file.name}: Neither its name nor its headers are those of a file of {preset.name}: "
        f"{', '.join(section.name for section in preset.sections)}. Leave it out. Nothing was loaded."
    )


def _by_database(inputs: Sequence[Input]) -> dict[Database, list[Input]]:
    found: dict[Database, list[Input]] = {}
    for source in inputs:
        found.setdefault(ENTITIES[source.section.entity].database, []).append(source)
    return found


def _batches(source: Input, tell: Progress) -> Iterator[list[Mapped | Bad]]:
    batch: list[Mapped | Bad] = []
    done = 0
    for row in mapped_rows(source):
        batch.append(row)
        if len(batch) == BATCH:
            yield batch
            done += BATCH
            tell(source.file.name, done)
            batch = []
    if batch:
        yield batch


def _loading(source: Input, store: Store, accepted: Accepted, plan: Plan | None) -> TableLoad | HistoryLoad:
    if source.section.history is None:
        return TableLoad(source, store, accepted)
    return HistoryLoad(source, store, accepted, plan)


def _check(preset: Preset, inputs: Sequence[Input], tell: Progress) -> tuple[LoadResult, dict[str, Plan]]:
    result, plans, accepted = LoadResult(preset.name, checked=True), {}, Accepted()
    with db.reading() as data:
        for database, sources in _by_database(inputs).items():
            store = Store(getattr(data, database), database, preset.source, clocks.now())
            for source in sources:
                loading = _loading(source, store, accepted, None)
                file = _file_result(result, source)
                for batch in _batches(source, tell):
                    _count(result, file, loading.examine(batch))
                if isinstance(loading, HistoryLoad):
                    _recount(result, file, loading.conclude())
                    plans[str(source.file.path)] = loading.plan
    return result, plans


def _apply(preset: Preset, inputs: Sequence[Input], plans: dict[str, Plan], tell: Progress) -> LoadResult:
    result, accepted = LoadResult(preset.name, checked=False), Accepted()
    for database, sources in _by_database(inputs).items():
        try:
            with db.writing(database) as connection:
                store = Store(connection, database, preset.source, clocks.now())
                for source in sources:
                    loading = _loading(source, store, accepted, plans.get(str(source.file.path)))
                    file = _file_result(result, source)
                    for batch in _batches(source, tell):
                        outcomes = loading.examine(batch)
                        loading.write(outcomes)
                        _count(result, file, outcomes)
        except db.IntegrityError as error:
            raise Refused(
                "Two rows would have the same number, or a row names another that is not there. "
                f"Nothing was loaded into the {database} database. Run with --check to see the rows."
            ) from error
    return result


def _file_result(result: LoadResult, source: Input) -> FileResult:
    file = source.file
    of = FileResult(file.name, source.section.name, file.encoding, file.delimiter, source.reading.date_order)
    result.files.append(of)
    return of


def _count(result: LoadResult, file: FileResult, outcomes: Iterable[Outcome]) -> None:
    for outcome in outcomes:
        setattr(file, outcome.verdict, getattr(file, outcome.verdict) + 1)
        if outcome.verdict == "refused" and len(result.refusals) < KEPT_REFUSALS:
            result.refusals.append(Refusal(file.file, outcome.line, outcome.reason))


def _recount(result: LoadResult, file: FileResult, refused: dict[int, str]) -> None:
    file.changed -= len(refused)
    _count(result, file, [Outcome(line, "refused", reason) for line, reason in refused.items()])


def _record(result: LoadResult, started: object) -> None:
    """The run and its refusals, for Data health."""
    values = {verdict: result.total(verdict) for verdict in ("added", "changed", "same", "refused")}
    files = [vars(file) | {"rows": file.rows} for file in result.files]
    with db.writing("state") as connection:
        run = connection.execute(
            insert(load_runs)
            .values(preset=result.preset, started_at=started, finished_at=clocks.now(), files=files, **values)
            .returning(load_runs.c.id)
        ).scalar_one()
        if result.refusals:
            connection.execute(
                insert(load_refusals), [{"run_id": run, **vars(refusal)} for refusal in result.refusals]
            )
