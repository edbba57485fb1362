"""The survey, or the third-party sample, behind a link in a message: one page, plain HTML, one tap when everything is fine.

Opening it changes nothing, since whoever previews links opens them too; only the form answers. The link is signed, expires,
and counts once. The page shows no name, phone or address, for a message may be read by others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from hotline import links, surveys
from hotline.city import City
from hotline.dispatch import suggest_for
from hotline.ports import Store, Transaction
from hotline.privacy import mask_text
from hotline.surveys import Answers, Survey
from hotline.tickets import Ticket

MAX_BODY = 8000
MAX_COMMENT = 500
HEADERS = {
    "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}  # fmt: skip
KINDS = {
    "contacted": ("yes", "no"), "solved": ("yes", "partly", "no"), "satisfaction": ("satisfied", "basically", "dissatisfied"),
    "attitude": ("good", "ordinary", "poor"),
}  # fmt: skip
FIVE = ("very_satisfied", "satisfied", "basically", "dissatisfied", "very_dissatisfied")
STYLE = (
    "*{box-sizing:border-box}body{margin:0;font:17px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;color:#1c2733;background:#f4f6f8}"
    "main{max-width:34rem;margin:0 auto;padding:1.2rem 1rem 3rem}h1{font-size:1.25rem;margin:.2rem 0 .6rem}"
    ".paper{background:#fff;border-radius:12px;padding:1rem 1.1rem;margin:0 0 1rem;box-shadow:0 1px 3px #0001}"
    "button{font:inherit;width:100%;min-height:3.2rem;border:0;border-radius:10px;background:#1f6fb2;color:#fff;font-weight:600;cursor:pointer}"
    "button.plain{background:#e3ebf3;color:#124a7a}button:focus-visible,input:focus-visible+span,textarea:focus-visible{outline:3px solid #f0a500;outline-offset:2px}"
    "fieldset{border:0;margin:0 0 1rem;padding:0}legend{font-weight:600;padding:0;margin-bottom:.4rem}.row{display:flex;flex-wrap:wrap;gap:.5rem}"
    "label{flex:1 1 6.5rem}label input{position:absolute;opacity:0}label span{display:block;text-align:center;padding:.65rem .3rem;border:1.5px solid #a9bccd;border-radius:10px}"
    "label input:checked+span{border-color:#1f6fb2;background:#e8f2fb;font-weight:600}textarea{width:100%;min-height:5rem;font:inherit;padding:.6rem;border:1.5px solid #a9bccd;border-radius:10px}"
    ".soft{color:#526272;font-size:.92rem}.alert{color:#a33000;font-weight:600}"
    "@media(prefers-color-scheme:dark){body{background:#14191f;color:#e6ebf0}.paper{background:#1d252e}label span,textarea{border-color:#53677a}textarea{background:#14191f;color:inherit}"
    "label input:checked+span{background:#173a58}button.plain{background:#2a3947;color:#cfe3f6}.soft{color:#9fb0c0}.alert{color:#ffb199}}"
)


def router(store: Store, city: City, *, secret: str, clock: Callable[[], datetime], new_id: Callable[[], UUID]) -> APIRouter:
    """`GET /s/{token}` shows the page, `POST /s/{token}` answers; under `/c/` those of third-party samples."""
    routes = APIRouter()
    for page in (SurveyPage(store, city, secret, clock, new_id), SamplePage(store, city, secret, clock, new_id)):
        _serve(routes, page)
    return routes


def _serve(routes: APIRouter, page: SurveyPage) -> None:
    path = f"/{links.PATHS[page.purpose]}/{{token}}"

    @routes.get(path)
    async def show(token: str) -> Response:
        return await asyncio.to_thread(page.show, token)

    @routes.post(path)
    async def answer(token: str, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return page.say("too_long", 413)
        given = {name: values[-1].strip() for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
        return await asyncio.to_thread(page.answer, token, given)


class SurveyPage:
    """What the page shows and takes: the survey itself."""

    purpose: links.Purpose = "survey"
    intro = "intro"
    comment = "comment"

    def __init__(self, store: Store, city: City, secret: str, clock: Callable[[], datetime], new_id: Callable[[], UUID]) -> None:
        self._store, self._city, self._secret, self._clock, self._new_id = store, city, secret, clock, new_id
        satisfaction = FIVE if city.grades == 5 else KINDS["satisfaction"]
        self._kinds = {**KINDS, "satisfaction": satisfaction}

    def show(self, token: str) -> Response:
        try:
            id = links.read(self._secret, self.purpose, token, now=self._clock())
        except links.LinkRefused as refused:
            return self._page(f'<p class="paper">{escape(str(refused))}</p>', 410)
        with self._store.reading() as tx:
            ticket_id, known = self._asked(tx, id)
            return self.say("over", 410) if known is None else self._form(tx.tickets.get(ticket_id), known)

    def answer(self, token: str, given: dict[str, str]) -> Response:
        """Store the answers, once. What is missing is asked for again, with what was given kept."""
        now = self._clock()
        try:
            id = links.read(self._secret, self.purpose, token, now=now)
        except links.LinkRefused as refused:
            return self._page(f'<p class="paper">{escape(str(refused))}</p>', 410)
        if given.get("all") == "good":
            given = {"contacted": "yes", "solved": "yes", "satisfaction": "satisfied", "attitude": "good"}
        given = {name: value for name, value in given.items() if name == "comment" or value in self._kinds.get(name, ())}
        with self._store.transaction() as tx:
            ticket_id, known = self._asked(tx, id)
            ticket = tx.tickets.get(ticket_id)
            if known is None:
                return self.say("over", 410)
            if not {"contacted", "solved", "satisfaction"} <= given.keys():
                return self._form(ticket, {**known, **given}, "missing")
            return self._store_answers(tx, id, ticket, _columns(given), now)

    def _asked(self, tx: Transaction, id: UUID) -> tuple[UUID, dict[str, str] | None]:
        """The ticket, and what was answered before the citizen came here; None when there is nothing left to answer."""
        survey = tx.surveys.get(id)
        return survey.ticket_id, _known(survey) if survey.status == "asking" else None

    def _store_answers(self, tx: Transaction, id: UUID, ticket: Ticket, answers: Mapping[str, Any], now: datetime) -> Response:
        due = self._city.working_time.due(now, suggest_for(tx, self._city, ticket).limit)
        ticket = surveys.complete(tx, tx.surveys.get(id), **answers, reopen_due=due, now=now, new_id=self._new_id)
        outcome = "thanks" if ticket.status != "dispatched" else "supervised" if ticket.supervised else "reopened"
        return self.say(outcome, number=ticket.number)

    def say(self, key: str, status: int = 200, **values: object) -> Response:
        """A page with one sentence."""
        return self._page(f'<p class="paper" role="status">{escape(self._city.say(f"survey_page.{key}", **values))}</p>', status)

    def _form(self, ticket: Ticket, chosen: Mapping[str, str], wrong: str = "") -> Response:
        city = self._city
        problem = mask_text(ticket.problem)
        problem = problem if len(problem) <= 40 else problem[:39] + "…"

        def say(key: str, **values: object) -> str:
            return escape(city.say(key, **values))

        groups = ""
        for name, kinds in self._kinds.items():
            choices = "".join(
                f'<label><input type="radio" name="{name}" value="{kind}"{" checked" if chosen.get(name) == kind else ""}>'
                f"<span>{say('survey.' + (kind if name == 'satisfaction' else f'{name}_{kind}'))}</span></label>"
                for kind in kinds
            )
            question = "survey.ask_contacted_again" if name == "contacted" else f"survey.ask_{name}"
            groups += f'<fieldset><legend>{say(question)}</legend><div class="row">{choices}</div></fieldset>'
        alert = f'<p class="alert" role="alert">{say(f"survey_page.{wrong}")}</p>' if wrong else ""
        return self._page(
            f'<div class="paper"><p>{say(f"survey_page.{self.intro}", problem=problem, number=ticket.number)}</p>'
            f'<form method="post"><button name="all" value="good">{say("survey_page.all_good")}</button></form></div>'
            f'<form method="post" class="paper">{alert}<p class="soft">{say("survey_page.otherwise")}</p>{groups}'
            f'<fieldset><legend><label for="comment">{say(f"survey_page.{self.comment}")}</label></legend>'
            f'<textarea id="comment" name="comment" maxlength="{MAX_COMMENT}">{escape(chosen.get("comment", ""))}</textarea></fieldset>'
            f'<button class="plain">{say("survey_page.send")}</button></form>',
            422 if wrong else 200,
        )

    def _page(self, body: str, status: int) -> Response:
        title = escape(self._city.say("survey_page.title"))
        return HTMLResponse(
            f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">'
            f"<title>{title}</title><style>{STYLE}</style><main><h1>{title}</h1>{body}</main></html>",
            status,
            headers=HEADERS,
        )


class SamplePage(SurveyPage):
    """The same questions once more, for a third-party sample. They change nothing about the ticket."""

    purpose: links.Purpose = "sample"
    intro = "sample_intro"
    comment = "sample_comment"

    def _asked(self, tx: Transaction, id: UUID) -> tuple[UUID, dict[str, str] | None]:
        drawn = tx.samples.get(id)
        return drawn.ticket_id, {} if drawn.answered_at is None else None

    def _store_answers(self, tx: Transaction, id: UUID, ticket: Ticket, answers: Mapping[str, Any], now: datetime) -> Response:
        tx.samples.set_answered(id, Answers(**answers), now=now)
        return self.say("sample_thanks")


def _columns(given: Mapping[str, str]) -> dict[str, Any]:
    """Fields of the form as a survey keeps them."""
    grade = given["satisfaction"]
    return {
        "contacted": given["contacted"] == "yes", "solved": given["solved"], "satisfaction": grade.removeprefix("very_"),
        "very": grade.startswith("very_"), "attitude": given.get("attitude"), "comment": given.get("comment", "")[:MAX_COMMENT],
    }  # fmt: skip


def _known(survey: Survey) -> dict[str, str]:
    """What was answered before the citizen came here."""
    contacted = None if survey.contacted is None else "yes" if survey.contacted else "no"
    known = {"contacted": contacted, "solved": survey.solved, "satisfaction": survey.satisfaction, "attitude": survey.attitude, "comment": survey.comment}
    return {name: value for name, value in known.items() if value}
