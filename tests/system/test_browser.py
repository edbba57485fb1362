"""The whole loop in a real browser: a citizen on a phone, and the one who works at the desk."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hotline.messages import Address
from hotline.tickets import Draft, Place, Reporter, dispatch, open_ticket
from hotline.wiring import clock, new_id
from tests.system.running import System

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.system,
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists() and not os.environ.get("CI"), reason="Chromium is not installed: `apt-get install chromium fonts-noto-cjk`."
    ),
]
PASSWORD = "long-enough-password"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # The flags keep Chromium from looking for its maker's servers: tests reach loopback only.
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=flags)
        yield browser
        browser.close()


@pytest.fixture
def citizen(browser: Browser, system: System) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale="zh-CN",
        permissions=["geolocation"], geolocation={"latitude": 39.9908, "longitude": 116.4726},
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{system.wiring.settings.gateway_url}/")
    yield page
    context.close()


@pytest.fixture(scope="module")
def desk(browser: Browser, system: System) -> Iterator[Page]:
    """Someone who works here, signed in. The first one chooses the password with the link that the start prints."""
    link = re.search(r"http://\S+/setup\?token=\S+", system.output.read_text())
    assert link
    context = browser.new_context(viewport={"width": 1280, "height": 860}, locale="zh-CN")
    page = context.new_page()
    page.goto(link[0])
    page.fill("input[name=name]", "管理员甲")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.click("button[type=submit]")
    expect(page.get_by_role("heading", name="今天", exact=True)).to_be_visible()
    yield page
    context.close()


def say(page: Page, text: str, *, then: str) -> None:
    page.get_by_role("textbox").fill(text)
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text(then, timeout=15_000)


def test_a_question_is_answered_with_source_date_related_questions_and_thumbs(citizen: Page) -> None:
    say(citizen, "居住证怎么办", then="来源：《居住证暂行条例》")
    log = citizen.get_by_role("log")
    expect(log).to_contain_text("2016-01-01")
    expect(log.get_by_text("相关问题")).to_be_visible()
    log.get_by_role("button", name="有帮助").click()
    expect(log).to_contain_text("谢谢您的反馈")


def test_the_whole_loop_from_a_complaint_to_the_rates(citizen: Page, desk: Page, system: System, tmp_path: Path) -> None:
    from hotline.journeys import photo

    say(citizen, "我要投诉楼下半夜施工", then="什么地方")
    say(citizen, "朝阳区望京花家地南里3号楼", then="是哪天半夜")
    say(citizen, "昨天晚上十一点多", then="怎么称呼您")
    say(citizen, "我姓王，13812345678", then="请您核对")
    say(citizen, "不是3号楼是5号楼", then="花家地南里5号楼")
    (tmp_path / "photo.jpg").write_bytes(photo())
    citizen.locator("input[type=file]").first.set_input_files(tmp_path / "photo.jpg")
    citizen.get_by_role("button", name="发送", exact=True).click()
    expect(citizen.get_by_role("log")).to_contain_text("附件收到了，共1个", timeout=15_000)
    citizen.get_by_role("button", name="确认提交").last.click()
    expect(citizen.get_by_role("log")).to_contain_text("已经提交，工单号", timeout=15_000)
    number = re.findall(r"工单号 ?(\d{11})", citizen.get_by_role("log").inner_text())[-1]

    citizen.reload()
    expect(citizen.get_by_role("log")).to_contain_text(number)

    staff = system.wiring.settings.staff_url
    desk.goto(f"{staff}/tickets")
    expect(desk.get_by_text(number)).to_be_visible()
    desk.goto(f"{staff}/tickets/{number}")
    expect(desk.locator("body")).not_to_contain_text("13812345678")
    desk.get_by_role("button", name="派单").click()
    desk.get_by_role("dialog").get_by_role("button", name="派单").click()
    expect(citizen.get_by_role("log")).to_contain_text(f"您的工单 {number} 已转给", timeout=15_000)
    desk.get_by_role("button", name="办结").click()
    desk.get_by_role("dialog").get_by_role("textbox").fill("已责令夜间停工。")
    desk.get_by_role("dialog").get_by_role("button", name="办结").click()

    expect(citizen.get_by_role("log")).to_contain_text("办理单位跟您联系了吗", timeout=20_000)
    citizen.get_by_role("button", name="联系了", exact=True).click()
    expect(citizen.get_by_role("log")).to_contain_text("问题解决了吗", timeout=15_000)
    citizen.get_by_role("button", name="没解决").click()
    expect(citizen.get_by_role("log")).to_contain_text("满意吗", timeout=15_000)
    citizen.get_by_role("button", name="不满意").click()
    expect(citizen.get_by_role("log")).to_contain_text("态度怎么样", timeout=15_000)
    citizen.get_by_role("button", name="态度一般").click()
    expect(citizen.get_by_role("log")).to_contain_text("哪里不满意", timeout=15_000)
    say(citizen, "昨晚又施工到两点", then="已退回")

    desk.goto(f"{staff}/tickets/{number}")
    expect(desk.locator("body")).to_contain_text("昨晚又施工到两点")
    expect(desk.locator("body")).to_contain_text("已派单")
    # Figures follow within some ten seconds, first that the survey is due and then what was answered. Seven days, so that noon does not matter.
    unit = desk.get_by_role("row").filter(has_text="望京街道")
    for _ in range(60):
        desk.goto(f"{staff}/rates?window=week")
        expect(desk.get_by_role("table", name="三率").or_(desk.get_by_text("这段时间没有发起过回访"))).to_be_visible()
        if unit.count() and "100" in unit.inner_text():
            break
        desk.wait_for_timeout(1_000)
    expect(unit).to_contain_text("100")


def opened(system: System, key: str, *, unit: str = "") -> str:
    """The number of a ticket about a street lamp, as if a citizen had asked for it, and with a unit if one is named."""
    now = clock()
    with system.wiring.store.transaction() as tx:
        conversation = tx.conversations.open(Address("web", key), now=now, new_id=new_id)
        wanted = Draft(
            request_key=key, conversation_id=conversation.id, kind="complaint", problem="小区里的路灯不亮", happened="昨天晚上", category="010402",
            place=Place("望京花家地南里3号楼", "110105", "110105026"), reporter=Reporter("王小明", "13812345678"),
        )  # fmt: skip
        ticket = open_ticket(tx, wanted, day=f"{now:%y%m%d}", now=now, new_id=new_id)
        if unit:
            dispatch(tx, ticket, unit_id=unit, category=ticket.category, due_at=now + timedelta(days=7), by="管理员甲", note="", now=now, new_id=new_id)
        return ticket.number


def test_a_dispatcher_chooses_from_a_list_by_typing_and_enter_and_what_is_shown_is_what_is_chosen(desk: Page, system: System) -> None:
    desk.goto(f"{system.wiring.settings.staff_url}/tickets/{opened(system, 'by keyboard')}")
    desk.get_by_role("button", name="派单").click()
    dialog = desk.get_by_role("dialog")
    category, unit, assists = (dialog.get_by_role("combobox", name=name) for name in ("分类", "主办单位", "协办单位"))
    category.fill("油烟")
    expect(desk.get_by_role("option")).to_have_text(["环境保护 / 大气污染 / 餐饮油烟"])
    category.press("Enter")
    expect(category).to_have_value("环境保护 / 大气污染 / 餐饮油烟")
    expect(unit).to_have_value("朝阳区望京街道办事处")
    expect(dialog).to_contain_text("双派")
    assists.fill("水务局")
    expect(desk.get_by_role("option").first).to_have_text("北京市水务局")
    for _ in range(2):  # the second time nothing is written that would choose one, or put one back
        assists.press("Enter")
    expect(assists).to_have_value("")
    expect(dialog).to_contain_text("北京市水务局")
    expect(dialog).to_contain_text("北京市生态环境局")
    unit.fill("火星")
    expect(desk.get_by_text("没有找到，换个词再试。")).to_be_visible()
    unit.press("Enter")
    dialog.get_by_role("heading").click()
    expect(unit).to_have_value("朝阳区望京街道办事处")


def test_the_menu_of_what_else_can_be_done_is_gone_through_with_the_arrow_keys(desk: Page, system: System) -> None:
    desk.goto(f"{system.wiring.settings.staff_url}/tickets/{opened(system, 'by arrows', unit='street-110105026')}")
    desk.get_by_role("button", name="更多").press("Enter")
    expect(desk.get_by_role("menu")).to_be_focused()
    for key, item in (("ArrowDown", "协办单位"), ("ArrowUp", "补充"), ("ArrowDown", "协办单位"), ("ArrowDown", "移交")):
        desk.keyboard.press(key)
        expect(desk.get_by_role("menuitem", name=item)).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("dialog", name="移交")).to_be_visible()


def test_who_goes_back_to_the_list_finds_it_as_it_was(desk: Page, system: System) -> None:
    number = opened(system, "back")
    desk.goto(f"{system.wiring.settings.staff_url}/tickets?status=received")
    field = desk.get_by_role("combobox", name="分类")
    field.fill("户外设施")
    expect(desk.get_by_role("option")).to_have_text(["市容环卫 / 户外设施"])
    field.press("Enter")
    desk.wait_for_url("**/tickets?status=received&category=0104")
    desk.get_by_role("link", name=number).click()
    desk.get_by_role("link", name="‹ 工单列表").click()
    desk.wait_for_url("**/tickets?status=received&category=0104")
    expect(desk.get_by_role("link", name=number)).to_be_visible()


def test_a_place_is_shared_with_one_button(citizen: Page) -> None:
    say(citizen, "路灯坏了没人修", then="什么地方")
    citizen.get_by_role("button", name="位置").click()
    expect(citizen.get_by_role("button", name="发送", exact=True)).to_be_enabled()
    citizen.get_by_role("button", name="发送", exact=True).click()
    expect(citizen.get_by_role("log")).to_contain_text("位置收到了", timeout=15_000)


def test_a_person_is_one_button_away_and_answers_in_the_same_chat(citizen: Page, desk: Page, system: System) -> None:
    citizen.get_by_role("button", name="转人工").first.click()
    expect(citizen.get_by_role("log")).to_contain_text("已为您转人工", timeout=15_000)
    desk.goto(f"{system.wiring.settings.staff_url}/conversations")
    expect(desk.locator("body")).to_contain_text("网页")


def test_the_pages_load_nothing_from_elsewhere(citizen: Page, desk: Page, system: System) -> None:
    foreign: list[str] = []
    for page, url in ((citizen, system.wiring.settings.gateway_url), (desk, system.wiring.settings.staff_url)):
        page.on("request", lambda request: foreign.append(request.url) if "//127.0.0.1:" not in request.url and request.url[:4] == "http" else None)
        page.goto(f"{url}/")
        expect(page.locator("body")).to_contain_text("北京市")
    assert foreign == []


def test_an_article_is_written_and_kept_by_keyboard_alone(desk: Page, system: System) -> None:
    desk.goto(f"{system.wiring.settings.staff_url}/knowledge/new")
    expect(desk.get_by_label("问题（市民会看到）")).to_be_focused()
    keys = desk.keyboard
    for text in ("养蜂要不要备案？", "养蜂去哪登记", "", "请问所在区农业农村部门。", "请问所在区的农业农村部门。"):
        keys.type(text)
        keys.press("Tab")
    desk.get_by_label("电话里这样说（不用列表和网址，念得出来）").focus()
    keys.press("End")
    keys.type("最后一句。")
    keys.press("Control+s")
    main = desk.locator("#main")
    expect(main.get_by_role("heading", name="养蜂要不要备案？")).to_be_visible()
    expect(main).to_contain_text("草稿：市民看不到")
    expect(main).to_contain_text("最后一句。")
