"""Articles of the knowledge base."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from hotline.commands.base import fail, wiring_of_settings
from hotline.settings import ROOT
from hotline.store.database import upgrade
from hotline.wiring import clock, new_id

app = typer.Typer(help="Articles of the knowledge base.", no_args_is_help=True)


@app.command("import")
def knowledge_import(
    path: Path,
    sample: Annotated[bool, typer.Option(help="Mark the articles as samples.")] = False,
    review: Annotated[bool, typer.Option(help="Leave them for a reviewer on the staff pages, instead of publishing them.")] = False,
    department: str = "", category: str = "", source: str = "", source_date: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])] = None,
) -> None:  # fmt: skip
    """Read articles from a file (.csv .xlsx .docx .md .html .zip) or from the Markdown files below a folder. The bot knows them seconds later.

    The options name what is true of all rows that do not say it themselves. What can't be imported is listed with its place and its reason.
    """
    from hotline.articles import ArticleStatus, Wanted, import_batch
    from knowledge_base import importer

    wiring = wiring_of_settings()
    upgrade(wiring.store.engine)
    defaults = importer.Defaults(department, category, source, source_date.date() if source_date else None)
    with wiring.store.reading() as tx:
        stored = {listed.article.id: listed.article for listed in tx.articles.find(Wanted(), limit=1_000_000, offset=0)[0]}
    try:
        files = sorted(f for f in path.rglob("*.md") if f.name != "README.md") if path.is_dir() else [path]
        drafts = [replace(draft, place=f"{file.name} {draft.place}".strip()) for file in files for draft in importer.read(file.name, file.read_bytes())]
    except (importer.ArticleRefused, OSError) as error:
        fail(str(error))
    checked = importer.check(drafts, stored, defaults, sample=sample)
    status: ArticleStatus = "review" if review else "published"
    articles = [replace(article, status=status) for article in checked.articles]
    with typer.progressbar(range(0, len(articles), 200), label="Importing") as steps:
        for first in steps:
            with wiring.store.transaction() as tx:
                import_batch(tx, articles[first : first + 200], by="命令行", source=path.name, now=clock(), new_id=new_id)
    for rejected in checked.rejected:
        print(f"  {rejected.place}: {rejected.reason} {rejected.question}", file=sys.stderr)
    print(f"{checked.new} new, {checked.changed} changed, {checked.unchanged} unchanged, {len(checked.rejected)} rejected.")
    if checked.rejected:
        raise typer.Exit(1)


@app.command("export")
def knowledge_export(path: Path) -> None:
    """Write all articles to a file; its ending says how: .csv .xlsx .docx .html, or .zip of Markdown files."""
    from knowledge_base import exporter

    kind = path.suffix.removeprefix(".")
    if kind not in exporter.MEDIA_TYPES:
        fail(f"“{path}” must end in one of: {', '.join('.' + known for known in exporter.MEDIA_TYPES)}.")
    with wiring_of_settings().store.reading() as tx:
        articles = tx.articles.all()
    path.write_bytes(exporter.export(articles, kind))
    print(f"{len(articles)} articles written to {path}.")


@app.command("train")
def knowledge_train() -> None:
    """Train the search on the knowledge base itself (minutes), and use the result if it finds at least as much as before."""
    from knowledge_base import train as training
    from knowledge_base.examples import asking_and_other
    from knowledge_base.regression import Expected

    wiring = wiring_of_settings()
    upgrade(wiring.store.engine)
    with wiring.store.reading() as tx:
        articles = tx.articles.all()
        saved = [Expected(check.question, check.article_id) for check in tx.gaps.checks()]
    asking, other = asking_and_other(ROOT / "bot" / "data" / "nlu", wiring.city)
    now = clock()

    def progress(what: str, share: float) -> None:
        print(f"\r  {what} {share:4.0%}".ljust(60), end="", flush=True)

    try:
        trained = training.train(
            articles, wiring.knowledge.embedder, wiring.embedder, wiring.settings.data / "knowledge", saved=saved, asking=asking, other=other,
            unanswered=wiring.city.unanswered, now=now, today=now.astimezone(wiring.city.timezone).date(), progress=progress,
        )  # fmt: skip
    except training.NothingToLearn as nothing:
        fail(str(nothing))
    print(f"\nOf {trained.questions} questions, the right article came first for {trained.before:.1%} before and {trained.after:.1%} with the new model.")
    print("It is in use from now on." if trained.kept else "The old one is better and stays in use.")
