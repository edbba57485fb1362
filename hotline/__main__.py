"""The `jiesu` command."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.parse
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, NoReturn, cast

import httpx
import typer
import uvicorn

from hotline import access, processes, settings
from hotline.city import CityError
from hotline.settings import ROOT, SettingsError
from hotline.store.database import upgrade
from hotline.wiring import Wiring, clock, configure_logging, new_id

app = typer.Typer(help="Jiesu (接诉): an intake bot for a city hotline.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
staff_app = typer.Typer(help="People who sign in to the staff pages.", no_args_is_help=True)
knowledge_app = typer.Typer(help="Articles of the knowledge base.", no_args_is_help=True)
models_app = typer.Typer(help="Models that understand speech.", no_args_is_help=True)
app.add_typer(models_app, name="models")
app.add_typer(staff_app, name="staff")
app.add_typer(knowledge_app, name="knowledge")
dispatch_app = typer.Typer(help="Which category and unit a request belongs to.", no_args_is_help=True)
app.add_typer(dispatch_app, name="dispatch")

Process = Literal["actions", "rasa", "gateway", "staff", "worker", "voice"]
STARTED = time.monotonic()


@app.command()
def run() -> None:
    """Start everything, keep it running, and stop it with Ctrl-C."""
    wiring = _prepared()
    supervisor = processes.Supervisor(wiring, _say)

    def ready() -> None:
        s = wiring.settings
        _say("Ready.")
        print(f"\n  市民对话   {s.gateway_url}/chat/\n  工作人员   {s.staff_url}/")
        if link := _setup_link(wiring):
            print(f"  首次使用   {link}\n             (open it once to choose the first administrator's name and password)")
        print("\n  In another terminal: ./jiesu talk · ./jiesu demo · ./jiesu status      Ctrl-C stops everything.\n", flush=True)

    async def supervise() -> None:
        task = asyncio.current_task()
        assert task
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        await supervisor.run(ready)

    _say("Starting.")
    try:
        asyncio.run(supervise())
    except (asyncio.CancelledError, KeyboardInterrupt):
        _say("Stopped.")
    except TimeoutError as error:
        _fail(str(error))


@app.command()
def serve(name: Process) -> None:
    """Run one process in the foreground. `jiesu run` starts them all; in production a service manager does."""
    wiring = _wiring()
    configure_logging(wiring.settings.log_level)
    s = wiring.settings
    if name == "rasa":
        command = processes.command("rasa", s)
        os.chdir(ROOT)
        os.execve(command[0], command, processes.environment(wiring))
    elif name == "actions":
        from actions.server import serve as serve_actions

        serve_actions(wiring.desk(), port=s.actions_port, token=wiring.actions_token)
    elif name == "gateway":
        uvicorn.run(wiring.gateway(), host=s.host, port=s.gateway_port, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=3)
    elif name == "staff":
        from staff.server import serve as serve_staff

        serve_staff(wiring.store, wiring.city, wiring.files, host=s.host, port=s.staff_port, secret=s.derived("staff pages"),
                    data=s.data, survey_delay_minutes=s.survey_delay_minutes, secure=s.public_url.startswith("https://"), clock=clock, new_id=new_id,
                    open_knowledge=lambda: (wiring.knowledge, wiring.embedder), open_categories=lambda: wiring.categories)  # fmt: skip
    elif name == "voice":
        asyncio.run(_answer_calls(wiring))
    else:
        asyncio.run(_work(wiring))


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date. `jiesu run` does it too."""
    upgrade(_wiring().store.engine)
    print("The tables are up to date.")


@app.command()
def train() -> None:
    """Train the dialogue model, if today's config.yml and bot/ have none yet."""
    _train(_wiring().settings)


@app.command()
def status() -> None:
    """Say what is running and healthy."""
    wiring = _wiring()

    async def check() -> list[bool]:
        return await asyncio.gather(*(processes.is_healthy(name, wiring) for name in processes.NAMES))

    healthy = asyncio.run(check())
    for name, is_up in zip(processes.NAMES, healthy, strict=True):
        print(f"  {'✓' if is_up else '✗'} {name}")
    with wiring.store.reading() as tx:
        print(f"  tickets {sum(tx.tickets.count_by_status().values())}, articles {len(tx.articles.all())}, open jobs {tx.jobs.open_count()}, "
              f"waiting for a person {len(tx.conversations.waiting())}")  # fmt: skip
    _print_doors(wiring)
    if not all(healthy):
        _fail("Something is not running. Start everything with `make run`; the logs are in " + str(wiring.settings.data / "log") + ".")


def _print_doors(wiring: Wiring) -> None:
    """Where the telephone listens, and the key for an Asterisk on another machine."""
    s = wiring.settings
    try:
        health = httpx.get(f"{s.voice_url}/healthz", timeout=2, trust_env=False).json()
    except httpx.HTTPError:
        return
    print(f"  telephone: {'; '.join(health['doors'])}; calls {health['calls']}{'' if health['ready'] else '; models are being loaded'}")
    if s.phone_host != "127.0.0.1":
        print(f"  JIESU_KEY for Asterisk: {s.derived('voice control')}")


@app.command()
def talk(url: Annotated[str, typer.Option(help="Another gateway than the one of the settings.")] = "") -> None:
    """Talk to the bot in the terminal."""
    from hotline.terminal import converse

    asyncio.run(converse(url or _wiring().settings.gateway_url))


@app.command()
def phone(
    files: Annotated[list[Path], typer.Argument(help="WAV files, said one after the other; each waits for the answer to the one before.")],
    number: Annotated[str, typer.Option(help="The caller's number, as the exchange would tell it.")] = "",
) -> None:
    """Call the running system with sound files as the caller, and print what was heard, what was said and how fast."""
    from hotline.phone_demo import call_with

    if not asyncio.run(call_with(_wiring(), files, number, print)):
        raise typer.Exit(1)


@app.command()
def call(number: str, survey: Annotated[str, typer.Option(help="Number of the ticket whose survey is asked.")]) -> None:
    """Ring a citizen for a ticket's survey, and say how the call ended. Due surveys are rung without being told to."""
    wiring = _wiring()
    with wiring.store.reading() as tx:
        ticket = tx.tickets.by_number(survey)
        asked = tx.surveys.of_ticket(ticket.id) if ticket else []
    if not ticket or not asked:
        _fail(f"There is no survey of a ticket {survey}: it begins when the ticket has been handled.")
    if not wiring.settings.dial:
        _fail("Say how numbers are dialled in JIESU_DIAL, such as sip:{number}@gateway.example.")
    newest = max(asked, key=lambda one: one.handling)
    body = {"number": number, "entities": {"survey": str(newest.id)}}
    try:
        answer = httpx.post(f"{wiring.settings.voice_url}/call", json=body, timeout=1900, trust_env=False)
        answer.raise_for_status()
    except httpx.HTTPStatusError:
        _fail("The number must be digits, with a + before the country.")
    except httpx.HTTPError:
        _fail("The voice process does not answer. `./jiesu status` tells what is missing.")
    print(answer.json()["outcome"])


@app.command()
def demo(
    journeys: Annotated[list[str] | None, typer.Argument(help="Names of journeys (none: all), or `month`.")] = None,
    months: Annotated[int, typer.Option(min=1, max=24, help="month: how many to simulate, the last one until now.")] = 6,
    tickets: Annotated[int, typer.Option(min=1, help="month: tickets a month.")] = 900,
    seed: Annotated[int, typer.Option(help="month: another seed, another city life.")] = 1,
    remove: Annotated[bool, typer.Option("--remove", help="month: take away what was simulated.")] = False,
) -> None:
    """Play the journeys of tests/journeys/ against the running system and print them; or, with `month`, simulate months of a city for the figures."""
    from hotline.journeys import play_all

    wiring = _wiring()
    if journeys == ["month"]:
        _simulate(wiring, months, tickets, seed, remove=remove)
    elif not asyncio.run(play_all(ROOT / "tests" / "journeys", wiring, journeys or [], print)):
        raise typer.Exit(1)


def _simulate(wiring: Wiring, months: int, tickets: int, seed: int, *, remove: bool) -> None:
    from hotline import simulation

    upgrade(wiring.store.engine)
    now = clock()
    if remove:
        print(f"{simulation.remove(wiring.store)} simulated tickets are taken away.")
        return
    life = simulation.Simulation(wiring.store, wiring.city, seed, now - timedelta(days=30.4 * months), now, tickets / 30.4, new_id)
    try:
        made = life.run(lambda day: print(f"\r  {day:%Y-%m-%d}", end="", flush=True))
    except ValueError as error:
        _fail(f"{error} `./jiesu demo month --remove` does.")
    print(f"\r{made} tickets of {months} months are simulated, each marked 模拟. See the staff pages, 数据. `./jiesu demo month --remove` takes them away.")


@staff_app.command("add")
def staff_add(name: str, role: Annotated[str, typer.Option(help="administrator, operator, editor, reviewer or analyst")] = "operator") -> None:
    """Add someone; the password is asked for."""
    if role not in access.MAY:
        _fail(f"There is no role “{role}”. Choose one of: {', '.join(access.MAY)}.")
    password = os.environ.get("JIESU_NEW_PASSWORD") or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    wiring = _wiring()
    upgrade(wiring.store.engine)
    try:
        hashed = access.hash_password(password)
        with wiring.store.transaction() as tx:
            access.add_member(tx, name, hashed, cast(access.Role, role), now=clock())
    except access.Refused as refused:
        _fail(str(refused))
    print(f"{name} may sign in at {wiring.settings.staff_url}/")


@knowledge_app.command("import")
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

    wiring = _wiring()
    upgrade(wiring.store.engine)
    defaults = importer.Defaults(department, category, source, source_date.date() if source_date else None)
    with wiring.store.reading() as tx:
        stored = {listed.article.id: listed.article for listed in tx.articles.find(Wanted(), limit=1_000_000, offset=0)[0]}
    try:
        files = sorted(f for f in path.rglob("*.md") if f.name != "README.md") if path.is_dir() else [path]
        drafts = [replace(draft, place=f"{file.name} {draft.place}".strip()) for file in files for draft in importer.read(file.name, file.read_bytes())]
    except (importer.ArticleRefused, OSError) as error:
        _fail(str(error))
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


@knowledge_app.command("export")
def knowledge_export(path: Path) -> None:
    """Write all articles to a file; its ending says how: .csv .xlsx .docx .html, or .zip of Markdown files."""
    from knowledge_base import exporter

    kind = path.suffix.removeprefix(".")
    if kind not in exporter.MEDIA_TYPES:
        _fail(f"“{path}” must end in one of: {', '.join('.' + known for known in exporter.MEDIA_TYPES)}.")
    with _wiring().store.reading() as tx:
        articles = tx.articles.all()
    path.write_bytes(exporter.export(articles, kind))
    print(f"{len(articles)} articles written to {path}.")


@models_app.command("list")
def models_list() -> None:
    """Say which speech models can be fetched."""
    from channels.phone.speech.models import DOWNLOADS

    for model in DOWNLOADS.values():
        print(f"  {model.name:15} {model.about}")


@models_app.command("fetch")
def models_fetch(name: str) -> None:
    """Download a speech model, check it and put it into the data folder."""
    from channels.phone.speech.models import DOWNLOADS, FetchFailed, fetch

    if name not in DOWNLOADS:
        _fail(f"There is no model “{name}”. Choose one of: {', '.join(DOWNLOADS)}.")
    try:
        fetch(DOWNLOADS[name], _wiring().settings.data / "models", tell=print)
    except FetchFailed as failed:
        _fail(str(failed))


@dispatch_app.command("train")
def dispatch_train(tickets: Annotated[Path | None, typer.Argument(help="CSV: text, title, category or unit. None: what the system's dispatchers decided.")] = None) -> None:
    """Learn categories or units from history, with a cross-validated report. Used from the next request on."""
    from hotline import learning

    try:
        learning.train(_wiring(), tickets, _line)
    except learning.HistoryRefused as refused:
        _fail(str(refused))


@dispatch_app.command("evaluate")
def dispatch_evaluate(tickets: Annotated[Path, typer.Argument(help="CSV: text, title, category or unit.")]) -> None:
    """Measure what was learnt on labelled tickets."""
    from hotline import learning

    try:
        learning.evaluate(_wiring(), tickets, _line)
    except (learning.HistoryRefused, learning.ModelUnusable) as refused:
        _fail(str(refused))


@knowledge_app.command("train")
def knowledge_train() -> None:
    """Train the search on the knowledge base itself (minutes), and use the result if it finds at least as much as before."""
    from knowledge_base import train as training
    from knowledge_base.examples import asking_and_other
    from knowledge_base.regression import Expected

    wiring = _wiring()
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
            now=now, today=now.astimezone(wiring.city.timezone).date(), progress=progress,
        )  # fmt: skip
    except training.NothingToLearn as nothing:
        _fail(str(nothing))
    print(f"\nOf {trained.questions} questions, the right article came first for {trained.before:.1%} before and {trained.after:.1%} with the new model.")
    print("It is in use from now on." if trained.kept else "The old one is better and stays in use.")


def _prepared() -> Wiring:
    """Everything that must be there before processes start: tables, sample knowledge, model."""
    from knowledge_base.importer import read_folder

    wiring = _wiring()
    _ = wiring.city  # a wrong city folder is told before anything starts
    upgrade(wiring.store.engine)
    with wiring.store.transaction() as tx:
        if not tx.articles.all():
            for article in read_folder(ROOT / "knowledge_base" / "articles", sample=True):
                tx.articles.put(replace(article, approved_by="示例"), now=clock())
            _say("The sample knowledge base is loaded.")
    _train(wiring.settings)
    return wiring


def _train(s: settings.Settings) -> None:
    model = processes.model_path(s)
    if model.exists():
        return
    if not processes.RASA_PYTHON.exists():
        _fail("Rasa's environment .venv-rasa is missing. Run `python3 bootstrap.py`.")
    _say("Training the dialogue model (once after every change of bot/ or config.yml; under a minute).")
    model.parent.mkdir(parents=True, exist_ok=True)
    log = s.data / "log" / "train.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(processes.train_command(model), cwd=ROOT, env={**os.environ, **processes.QUIET}, stdout=output, stderr=output, check=False)
    if done.returncode or not model.exists():
        _fail(f"Training failed; see {log}.")
    _say("  trained")


async def _answer_calls(wiring: Wiring) -> None:
    """The voice process: its doors, and the control port that says it is up."""
    from channels.phone.control import build

    voice = wiring.voice()
    try:
        await voice.start()
    except OSError as error:
        _fail(f"The telephone can't listen: {error}. Another program may hold the port; see JIESU_AUDIOSOCKET_PORT and JIESU_PHONE_HOST.")
    s = wiring.settings
    config = uvicorn.Config(build(voice, s.derived("voice control")), host=s.phone_host, port=s.voice_port, log_level="warning", access_log=False,
                            server_header=False, timeout_graceful_shutdown=2)  # fmt: skip
    try:
        await uvicorn.Server(config).serve()
    finally:
        await voice.close()
        await wiring.reception.close()


async def _work(wiring: Wiring) -> None:
    beat = wiring.settings.data / "worker.beat"

    async def heart() -> None:
        while True:
            await asyncio.to_thread(beat.touch)
            await asyncio.sleep(1)

    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await asyncio.gather(heart(), wiring.worker().run())
    except asyncio.CancelledError:
        await wiring.reception.close()


def _setup_link(wiring: Wiring) -> str | None:
    """The link under which the first administrator is made. None once there is one."""
    with wiring.store.transaction() as tx:
        if tx.staff.all():
            return None
    path = wiring.settings.data / "setup.token"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(24))
    return f"{wiring.settings.staff_url}/setup?{urllib.parse.urlencode({'token': path.read_text()})}"


def _wiring() -> Wiring:
    try:
        return Wiring(settings.load())
    except (SettingsError, CityError) as error:
        _fail(str(error))


def _line(text: str) -> None:
    print(text, flush=True)


def _say(text: str) -> None:
    print(f"[{time.monotonic() - STARTED:3.0f} s] {text}", flush=True)


def _fail(text: str) -> NoReturn:
    print(text, file=sys.stderr)
    raise typer.Exit(1)


def main() -> None:
    try:
        app()
    except (SettingsError, CityError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
