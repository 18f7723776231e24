#!/usr/bin/env python3
"""How long an application of many models takes to compile, its dependencies left out.

    benches/compile-time.py                # measures, prints a table, fails above twice the budget
    benches/compile-time.py --slack 1      # fails above the budget itself
    benches/compile-time.py --help

It writes an application of 50 models with 9 columns and two relations each outside the repository, builds its dependencies, and then
times the application's crate alone. The profiles are cargo's own, as a user of the crate has them, and the features
are the default ones.

The budget is of the time that passes, for a whole compilation of the crate (`cargo check` and `cargo build --release`,
on 2 cores). The rows without a budget say what it leaves out: a check that can reuse the last one, and builds with
calls of the typed API (--calls), which are the application's own code and not the models'.
"""

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUDGET = {"check": 3.0, "release": 12.0}  # seconds

# What a business application has: the first nine make a model; more columns begin from the front again.
COLUMNS = [
    ("#[property(id, generated)]", "id", "i64"),
    ("#[property(length(min = 1, max = 80))]", "name", "String"),
    ("", "description", "Option<String>"),
    ("#[property(default = 0.0)]", "price", "f64"),
    ("#[property(default = true)]", "active", "bool"),
    ("#[property(index)]", "category_id", "Option<i64>"),
    ("", "tags", "Option<Vec<String>>"),
    ("", "amount", "Option<Decimal>"),
    ("#[property(default = now)]", "created_at", "DateTime<Utc>"),
]

CALLS = """
    let made = Model{n}::create(ctx, set!(Model{n} {{ name: "a" }})).await?;
    let props = Model{n}::props();
    let found = Model{n}::find(ctx, props.name.eq("a").and(props.price.gte(1.0)).limit(5)).await?;
    Model{n}::find_by_id(ctx, made.id).await?;
    made.update_attributes(ctx, set!(Model{n} {{ price: found.len() as f64 }})).await?.destroy(ctx).await?;
"""


def model(n, columns, models, relations):
    before, after = (n - 1) % models, (n + 1) % models
    lines = ["use loopback::prelude::*;"]
    if relations and models > 1:
        lines += [f"use crate::model{other}::Model{other};" for other in sorted({before, after})]
    lines += ["", f"/// Model {n}.", "#[model]", f"pub struct Model{n} {{"]
    for at in range(columns):
        attribute, name, kind = COLUMNS[at % len(COLUMNS)]
        if at >= len(COLUMNS):
            attribute, name = "" if at % len(COLUMNS) == 0 else attribute, f"{name}_{at // len(COLUMNS)}"
        lines += [f"    {attribute}"] if attribute else []
        lines.append(f"    pub {name}: {kind},")
    # In a ring: each belongs to the one before it, and has many of the one after it.
    if relations:
        lines.append(f"    pub parent: Option<BelongsTo<Model{before}>>,")
        lines.append(f"    pub children: HasMany<Model{after}>,")
    return "\n".join([*lines, "}", ""])


def main_file(models, calls):
    lines = [f"mod model{n};" for n in range(models)]
    lines += ["", "use loopback::prelude::*;"]
    if calls:
        lines += [f"use model{n}::Model{n};" for n in range(models)]
        lines += [
            f"async fn calls{n}(ctx: &Ctx) -> Result<()> {{{CALLS.format(n=n)}    Ok(())\n}}" for n in range(models)
        ]
    lines += ["", "#[loopback::main]", "async fn main() -> Result<()> {"]
    if calls:
        lines += ["    let app = App::from_env()?.build().await?;", "    let ctx = &app.ctx();"]
        lines += [f"    calls{n}(ctx).await?;" for n in range(models)]
        lines.append("    app.serve().await")
    else:
        lines.append("    App::from_env()?.serve().await")
    return "\n".join([*lines, "}", ""])


class Application:
    def __init__(self, folder, models, columns, relations):
        self.folder, self.models, self.columns, self.relations = folder, models, columns, relations
        self.source = folder / "src" / "main.rs"
        # Nobody's `RUSTFLAGS` or profile settings, and no colours: the figures are to be comparable.
        self.environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("RUSTFLAGS", "CARGO_INCREMENTAL", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER")
            and not name.startswith("CARGO_PROFILE_")
        }
        self.environment["CARGO_TERM_COLOR"] = "never"

    def write(self, calls=False):
        self.source.parent.mkdir(parents=True, exist_ok=True)
        (self.folder / "Cargo.toml").write_text(
            '[package]\nname = "many-models"\nversion = "0.0.0"\nedition = "2024"\npublish = false\n\n'
            f'[dependencies]\nloopback = {{ path = "{ROOT / "loopback"}" }}\n\n[workspace]\n'
        )
        for n in range(self.models):
            (self.source.parent / f"model{n}.rs").write_text(model(n, self.columns, self.models, self.relations))
        self.source.write_text(main_file(self.models, calls))

    def cargo(self, *arguments, target, incremental=False):
        environment = dict(self.environment)
        environment["CARGO_TARGET_DIR"] = str(target)
        environment["CARGO_INCREMENTAL"] = "1" if incremental else "0"
        before = os.times()
        done = subprocess.run(
            ["cargo", *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        after = os.times()
        if done.returncode != 0:
            sys.exit(f"cargo {' '.join(arguments)} failed in {self.folder}:\n{done.stdout}")
        work = after.children_user + after.children_system - before.children_user - before.children_system
        return after.elapsed - before.elapsed, work

    def measure(self, *arguments, target, runs, incremental=False):
        """The median of several compilations of the crate alone, as time passed and work of all cores, in seconds. The
        first compilation, which builds the rest, does not count."""
        self.cargo(*arguments, target=target, incremental=incremental)
        times = []
        for _ in range(runs):
            os.utime(self.source)
            times.append(self.cargo(*arguments, target=target, incremental=incremental))
        return tuple(statistics.median(column) for column in zip(*times))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n", maxsplit=1)[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--models", type=int, default=50, help="how many models")
    parser.add_argument("--columns", type=int, default=9, help="how many columns a model has")
    parser.add_argument("--no-relations", dest="relations", action="store_false", help="models that know nothing of each other")
    parser.add_argument("--runs", type=int, default=3, help="compilations of each kind; the median counts")
    parser.add_argument("--slack", type=float, default=2.0, help="how many times the budget is allowed: machines of CI are busy")
    parser.add_argument("--folder", type=pathlib.Path, help="where to write the application, and keep it, instead of a temporary folder")
    parser.add_argument("--target", type=pathlib.Path, help="a target folder to build in, kept; its dependencies are used again")
    parser.add_argument("--only", choices=["check", "dev", "release"], action="append", help="measure this alone; can stand several times")
    parser.add_argument("--calls", action="store_true", help="also measure an application that calls the typed API for each model")
    options = parser.parse_args()
    if options.columns < 4:
        parser.error("a model needs four columns: id, name, description and price")

    temporary = None if options.folder else pathlib.Path(tempfile.mkdtemp(prefix="loopback-compile-time-"))
    folder = (options.folder or temporary).resolve()
    try:
        return report(options, folder, (options.target or folder / "target").resolve())
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)


def report(options, folder, target):
    application = Application(folder, options.models, options.columns, options.relations)
    application.write()
    # The versions that the workspace is tested with; cargo drops what the application does not need.
    if (ROOT / "Cargo.lock").exists():
        shutil.copy(ROOT / "Cargo.lock", folder / "Cargo.lock")
    relations = " and two relations" if options.relations else ""
    print(f"{options.models} models of {options.columns} columns{relations}, {os.cpu_count()} cores, median of {options.runs}", flush=True)
    rows = []

    def row(name, budget, *arguments, **how):
        kind = "release" if "--release" in arguments else "dev" if arguments[0] == "build" else "check"
        if options.only and kind not in options.only:
            return
        took, work = application.measure(*arguments, target=target, runs=options.runs, **how)
        rows.append((name, took, work, budget))
        print(f"  {name}: {took:.1f} s", flush=True)

    row("check", BUDGET["check"], "check")
    row("check, incremental, nothing changed", None, "check", incremental=True)
    row("dev build", None, "build")
    row("release build", BUDGET["release"], "build", "--release")
    binary = target / "release" / ("many-models.exe" if os.name == "nt" else "many-models")
    # Before the typed calls make it larger.
    size = binary.stat().st_size / 2**20 if not options.only or "release" in options.only else None
    if options.calls:
        application.write(calls=True)
        row("check, with typed calls", None, "check")
        row("dev build, with typed calls", None, "build")
        row("release build, with typed calls", None, "build", "--release")

    width = max(len(name) for name, *_ in rows)
    print(f"\n{'application crate alone':{width}}  seconds     CPU  budget")
    over = []
    for name, took, work, budget in rows:
        if budget is None:
            note = ""
        # A machine that does other things too needs more time, not more work.
        elif (judged := min(took, work)) <= budget:
            note = f"{budget:6.1f}"
        elif judged <= budget * options.slack:
            note = f"{budget:6.1f}  over, within {options.slack:g} times"
        else:
            note = f"{budget:6.1f}  OVER {options.slack:g} times"
            over.append(name)
        print(f"{name:{width}}  {took:7.1f}  {work:6.1f}  {note}".rstrip())
    if size:
        print(f"release binary: {size:.1f} MiB")
    if over:
        print(f"over budget: {', '.join(over)}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
