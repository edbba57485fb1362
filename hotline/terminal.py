"""`jiesu talk`: the web chat's conversation in a terminal."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import httpx

from hotline.webclient import ChatClient, ChatError


async def converse(gateway: str) -> None:
    """Talk until end of input (Ctrl-D)."""
    try:
        async with ChatClient(gateway) as chat:
            print(f"热线  {chat.session['greeting']}")
            print("      （直接输入；选项输入编号；Ctrl-D 结束）")
            offered: list[dict[str, Any]] = []
            listener = asyncio.create_task(_listen(chat, offered))
            try:
                while line := await asyncio.to_thread(sys.stdin.readline):
                    await _send(chat, line.strip(), offered)
                await asyncio.sleep(3)  # piped input ends before the last answer is there
            finally:
                listener.cancel()
    except httpx.ConnectError:
        print(f"Nothing answers at {gateway}. Start everything with `make run`.", file=sys.stderr)
        raise SystemExit(1) from None


async def _listen(chat: ChatClient, offered: list[dict[str, Any]]) -> None:
    async for message in chat.replies():
        who = {"operator": "坐席", "system": "通知"}.get(message["author"], "热线")
        print(f"\n{who}  " + message["text"].replace("\n", "\n      "))
        if message["choices"]:
            offered[:] = message["choices"]
            print("      " + "  ".join(f"[{number}] {choice['label']}" for number, choice in enumerate(offered, 1)), flush=True)


async def _send(chat: ChatClient, line: str, offered: list[dict[str, Any]]) -> None:
    if not line:
        return
    try:
        if line.isdigit() and 0 < int(line) <= len(offered):
            await chat.send(choice=offered[int(line) - 1]["id"])
        else:
            await chat.send(text=line)
        # Piped lines would all be there at once: a person waits for the answer.
        if not sys.stdin.isatty():
            await asyncio.sleep(1.5)
    except ChatError as error:
        print(f"      （{error}）")
