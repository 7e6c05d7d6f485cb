"""The page over the whole stack: photos, addresses, languages, import."""

import base64
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

HAND_OVER = """([target, bytes, name, type]) => {
  const file = new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], name, { type });
  const data = new DataTransfer();
  data.items.add(file);
  const event = target === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true })
    : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
}"""


def hand_over(page: Page, how: str, content: bytes, name: str, kind: str) -> None:
    """Pastes or drops a file."""
    page.wait_for_selector("#catalogue .count:not(:empty)")
    page.evaluate(HAND_OVER, [how, base64.b64encode(content).decode(), name, kind])


def cards(page: Page, pane: str = "#results"):
    return page.locator(f"{pane} .card")


@pytest.mark.parametrize("how", ["#pick", "#camera", "paste", "drop"])
@pytest.mark.parametrize("size", ["desktop", pytest.param("phone", marks=pytest.mark.slow)])
def test_a_photo_is_picked_taken_pasted_or_dropped(shop, open_page, how, size):
    page = open_page(shop.url, size)
    photo: Path = shop.queries / "motorcycle_right.png"
    if how.startswith("#"):
        page.set_input_files(how, photo)
    else:
        hand_over(page, how, photo.read_bytes(), photo.name, "image/png")
    expect(cards(page).first).to_contain_text("ガレージのオートバイ")
    score = cards(page).first.locator(".score").text_content()
    assert re.fullmatch(r"類似度 0\.9\d", score)
    expect(page.locator("#asked img")).to_have_count(1)
    assert "%" not in page.locator("#results").text_content()
    assert page.get_attribute("#camera", "capture") == "environment"


def test_what_is_no_photo_says_so(shop, open_page):
    page = open_page(shop.url, allow=("415", "422"))
    hand_over(page, "drop", b"hello", "notes.pdf", "application/pdf")
    expect(page.locator("#notice")).to_contain_text("「notes.pdf」は写真でも表でもない")
    hand_over(page, "drop", b"hello", "fake.jpg", "image/jpeg")
    expect(page.locator("#results .message")).to_contain_text("写真として読めない種類")
    expect(
        page.locator("#results .message").get_by_role("button", name="もう一度", exact=True)
    ).to_be_visible()


def test_back_and_forward_and_a_shared_address_show_the_same(shop, open_page):
    page = open_page(shop.url)
    page.fill("#keyword", "馬")
    page.press("#keyword", "Enter")
    expect(cards(page, "#catalogue")).to_have_count(1)
    cards(page, "#catalogue").locator("input.tick").check()
    page.click("#similar")
    expect(cards(page).first).to_contain_text("馬の影絵")
    address = page.url
    page.go_back()
    expect(page.locator("#results")).to_be_hidden()
    expect(page.locator("#keyword")).to_have_value("馬")
    page.go_back()
    expect(page.locator("#keyword")).to_have_value("")
    page.go_forward()
    page.go_forward()
    expect(cards(page).first).to_contain_text("馬の影絵")
    other = open_page(address, locale="en-US")
    expect(other.locator("#results .card").first).to_contain_text("馬の影絵")
    expect(other.locator("#keyword")).to_have_value("馬")


def test_a_photo_that_this_tab_no_longer_has_says_so(shop, open_page):
    page = open_page(shop.url)
    page.set_input_files("#pick", shop.queries / "chelsea_turned.png")
    expect(cards(page).first).to_contain_text("チェルシー")
    page.reload()
    expect(page.locator("#results .message")).to_contain_text("もう残っていません")


def test_the_language_follows_the_browser_and_can_be_switched(shop, open_page):
    page = open_page(f"{shop.url}/?like=moon.png", locale="en-GB")
    expect(page.locator("#results .score").first).to_have_text("similarity 1.00")
    page.click("#language")
    expect(page.locator("#results .score").first).to_have_text("類似度 1.00")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    page.reload()
    expect(page.locator("#ask button[type=submit]")).to_have_text("検索")


def test_scope_is_what_was_chosen_beside_the_word(shop, open_page):
    page = open_page(shop.url)
    page.fill("#keyword", "馬の")
    page.select_option("#scope", "same")
    page.press("#keyword", "Enter")
    expect(cards(page, "#catalogue")).to_have_count(1)
    cards(page, "#catalogue").locator("input.tick").check()
    page.click("#similar")
    expect(page.locator("#results .count")).to_have_text("候補 2 件")
    assert set(cards(page).locator(".name").all_text_contents()) == {"馬の影絵", "猫のチェルシー"}


def test_an_item_shows_all_its_photos_and_links_to_its_listing_but_never_to_code(shop, open_page):
    photos = [
        ("image", (f"{n}.png", (shop.queries / name).read_bytes()))
        for n, name in enumerate(("chelsea_turned.png", "motorcycle_right.png"))
    ]
    for item, url in (("safe", "https://shop.example/7"), ("unsafe", "javascript:alert(1)")):
        fields = f'{{"name": "二枚の{item} <img src=x onerror=alert(1)>", "price": "1200", "url": "{url}"}}'
        shop.client.put(f"/items/{item}", files=photos, data={"fields": fields}).raise_for_status()
    page = open_page(f"{shop.url}/?q=二枚の")
    cards(page, "#catalogue").nth(0).locator(".picture").click()
    item = page.locator("#item")
    expect(item.locator(".photos li")).to_have_count(2)
    expect(item.locator("h2")).to_contain_text("<img src=x")
    expect(item.locator(".listing")).to_have_attribute("href", "https://shop.example/7")
    before = item.locator("img.large").get_attribute("src")
    item.locator(".photos li button").nth(1).click()
    expect(item.locator("img.large")).not_to_have_attribute("src", before)
    page.keyboard.press("ArrowRight")
    expect(item.locator("h2")).to_contain_text("unsafe")
    expect(item.locator(".listing")).to_be_hidden()
    item.get_by_role("button", name="選択に加える").click()
    expect(page.locator("#tray h2")).to_have_text("選択中 1 件")
    for name in ("safe", "unsafe"):
        shop.client.delete(f"/items/{name}")


def test_a_ticked_item_that_was_deleted_meanwhile_is_left_out_and_said(shop, open_page):
    photo = (shop.queries / "chelsea_turned.png").read_bytes()
    shop.client.put("/items/sold", files={"image": photo}, data={"fields": '{"name": "売約済み"}'})
    page = open_page(f"{shop.url}/?q=売約", allow=("404",))
    cards(page, "#catalogue").locator("input.tick").check()
    page.fill("#keyword", "月の")
    page.press("#keyword", "Enter")
    expect(cards(page, "#catalogue")).to_contain_text(["月の表面"])
    cards(page, "#catalogue").locator("input.tick").check()
    shop.client.delete("/items/sold")
    page.click("#similar")
    expect(page.locator("#notice")).to_contain_text("「sold」は削除されていた")
    expect(cards(page).first).to_contain_text("月の表面")
    expect(page.locator("#tray h2")).to_have_text("選択中 1 件")


@pytest.mark.parametrize("size", ["desktop", pytest.param("phone", marks=pytest.mark.slow)])
def test_a_table_is_dropped_watched_and_its_lists_are_read(shop, open_page, size):
    page = open_page(shop.url, size)
    rows = [f"new{n},取込{n}," for n in range(300)] + ["bad,,", "lost,写真なし,none.jpg"]
    table = ("id,name,image\n" + "\n".join(rows) + "\n").encode("cp932")
    hand_over(page, "drop", table, "在庫.csv", "text/csv")
    box = page.locator("#import")
    expect(box.locator(".drop")).to_contain_text("在庫.csv")
    box.get_by_role("button", name="取り込む").click()
    expect(box.locator(".done")).to_contain_text("取り込みました。")
    box.locator("summary", has_text="取り込めなかった行 1 件").click()
    expect(box.locator(".listDropped li")).to_contain_text("302 行目 bad")
    box.locator("summary", has_text="見つからない写真 1 件").click()
    expect(box.locator(".listMissing li")).to_contain_text("none.jpg")
    page.keyboard.press("Escape")
    page.fill("#keyword", "取込")
    page.press("#keyword", "Enter")
    expect(page.locator("#catalogue .count")).to_have_text("「取込」に一致 300 件")
    for row in rows:
        shop.client.delete(f"/items/{row.split(',')[0]}")


def test_a_table_that_cannot_be_read_says_why(shop, open_page):
    page = open_page(shop.url)
    hand_over(page, "drop", b"key,title\n1,x\n", "x.csv", "text/csv")
    page.locator("#import .start").click()
    expect(page.locator("#import .outcome")).to_contain_text("取り込めませんでした。")
    expect(page.locator("#import .outcome")).to_contain_text("id_column")
