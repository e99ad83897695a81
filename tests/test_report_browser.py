"""Pages of objects in a browser: sorted, filtered, by keyboard, in the dark, on a telephone."""

import json
import shutil

import pytest

webdriver = pytest.importorskip("selenium.webdriver")
pytest.importorskip("jinja2")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select  # noqa: E402

from astroquery_fink.plots import report  # noqa: E402

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="needs chromium and chromedriver"),
]
OBJECTS = {
    "ztf": ["ZTF99simsnia", "ZTF99simdwno", "ZTF99simrrly", "ZTF99simagnx", "ZTF99simastr"],
    "lsst": [170000000000000001, 170000000000000002, 170000000000000003, 170000000000000008],
}
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('profile')}")
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER)) as browser:
        yield browser


@pytest.fixture(params=OBJECTS)
def opened(request, fink, fink_lsst, browser, tmp_path):
    """A page of each survey, opened in the browser."""
    client = {"ztf": fink, "lsst": fink_lsst}[request.param]
    limits = {"withupperlim": True} if request.param == "ztf" else {}
    ids = OBJECTS[request.param]
    table = client.query_objects(ids, **limits)
    path = report(table, tmp_path / "page.html", images=[client.get_cutouts(one) for one in ids[:3]])
    resize(browser, 1400)
    browser.get(path.as_uri())
    browser.execute_script("try { localStorage.clear(); } catch {}")
    browser.get(path.as_uri())
    yield browser
    assert [line["message"] for line in browser.get_log("browser")] == []


def resize(browser, width):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def shown(browser):
    """The ids of the rows that are visible, in their order."""
    script = """return [...document.querySelectorAll('tbody tr')]
        .filter(row => row.checkVisibility()).map(row => row.dataset.keys)"""
    return [json.loads(keys) for keys in browser.execute_script(script)]


def ordered(rows, key, *, descending):
    """Whether rows are sorted by a key, with missing values last."""
    values = [row.get(key) for row in rows]
    known = [value for value in values if value is not None]
    return values[: len(known)] == known and known == sorted(known, reverse=descending)


def test_each_header_sorts_in_both_directions(opened):
    for head in opened.find_elements(By.CSS_SELECTOR, "th[data-key]"):
        key, button = head.get_attribute("data-key"), head.find_element(By.TAG_NAME, "button")
        seen = set()
        for _ in range(2):
            button.click()
            direction = head.get_attribute("aria-sort")
            seen.add(direction)
            if key != "crossmatch":  # texts, in the order of the language
                assert ordered(shown(opened), key, descending=direction == "descending"), key
        assert seen == {"ascending", "descending"}
        others = opened.find_elements(By.CSS_SELECTOR, "th[aria-sort$=ending]")
        assert [other.get_attribute("data-key") for other in others] == [key]


def test_the_list_sorts_by_every_value_and_by_the_order_of_the_table(opened):
    before = [row["id"] for row in shown(opened)]
    select = Select(opened.find_element(By.ID, "sort"))
    direction = opened.find_element(By.ID, "direction")
    for key in [option.get_attribute("value") for option in select.options[1:]]:
        select.select_by_value(key)
        assert len(shown(opened)) == len(before)
        if key not in ("id", "class", "crossmatch"):
            assert ordered(
                shown(opened), key, descending=direction.get_attribute("aria-pressed") == "true"
            ), key
    select.select_by_index(0)
    assert [row["id"] for row in shown(opened)] == before
    direction.click()
    assert [row["id"] for row in shown(opened)] == before[::-1]


def test_the_filter_finds_ids_classes_and_cross_matches(opened):
    rows, box = shown(opened), opened.find_element(By.ID, "text")
    script = "return [...document.querySelectorAll('td.matches')].map(cell => cell.textContent)"
    words = [
        f"{row['id']} {row['class']} {cell}".lower()
        for row, cell in zip(rows, opened.execute_script(script), strict=True)
    ]
    for text in (rows[1]["id"], rows[0]["class"].upper(), rows[0]["crossmatch"].split(",")[0]):
        box.clear()
        box.send_keys(text)
        wanted = [all(part in one for part in text.lower().split()) for one in words]
        assert [row["id"] for row in shown(opened)] == [
            row["id"] for row, found in zip(rows, wanted, strict=True) if found
        ]
        assert opened.find_element(By.ID, "count").text == f"{sum(wanted)} of {len(rows)}"
    box.send_keys("no such object")
    assert shown(opened) == []
    assert opened.find_element(By.ID, "nothing").is_displayed()
    box.send_keys(Keys.ESCAPE)
    assert shown(opened) == rows


@pytest.mark.parametrize("key", ["magnitude", "age", "seen"])
def test_ranges_keep_the_objects_inside(opened, key):
    rows = shown(opened)
    values = sorted(row[key] for row in rows if row[key] is not None)
    low, high = (
        opened.find_element(By.CSS_SELECTOR, f"[data-key={key}][data-end={end}]") for end in ("low", "high")
    )
    low.send_keys(str(values[1]))
    high.send_keys(str(values[-2]))
    inside = [row["id"] for row in rows if row[key] is not None and values[1] <= row[key] <= values[-2]]
    assert [row["id"] for row in shown(opened)] == inside
    opened.find_element(By.CSS_SELECTOR, "[type=reset]").click()
    opened.execute_async_script("setTimeout(arguments[0])")
    assert shown(opened) == rows


def test_the_keyboard_is_enough(opened):
    def press(*keys):
        webdriver.ActionChains(opened).send_keys(*keys).perform()

    rows = shown(opened)
    press("/")
    assert opened.switch_to.active_element.get_attribute("id") == "text"
    press(rows[1]["id"])
    assert [row["id"] for row in shown(opened)] == [rows[1]["id"]]
    press(Keys.ESCAPE)
    for _ in range(40):
        press(Keys.TAB)
        active = opened.switch_to.active_element
        if active.find_elements(By.XPATH, "parent::th[@data-key='magnitude']"):
            break
    assert active.value_of_css_property("outline-style") == "solid"
    head = active.find_element(By.XPATH, "..")
    press(Keys.ENTER)
    assert head.get_attribute("aria-sort") == "ascending"
    press(Keys.SPACE)
    assert head.get_attribute("aria-sort") == "descending"
    opened.execute_script("document.activeElement.blur()")
    press("j", "j", "k")
    keys = json.loads(opened.switch_to.active_element.get_attribute("data-keys"))
    assert keys == shown(opened)[0]


def test_light_and_dark_follow_the_system_and_the_button(opened):
    def brightness():
        color = opened.find_element(By.TAG_NAME, "body").value_of_css_property("background-color")
        return sum(map(int, color.partition("(")[2].rstrip(")").split(",")[:3]))

    def prefer(value):
        media = {"features": [{"name": "prefers-color-scheme", "value": value}]}
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", media)

    prefer("dark")
    assert brightness() < 150
    prefer("light")
    assert brightness() > 600
    opened.find_element(By.ID, "theme").click()
    assert brightness() < 150
    opened.refresh()
    assert brightness() < 150


@pytest.mark.parametrize("width", [400, 700, 1000, 1366, 1400, 1800])
def test_a_page_fits_the_window(opened, width):
    resize(opened, width)
    assert opened.execute_script("return document.documentElement.scrollWidth") <= width
    image = opened.find_element(By.TAG_NAME, "img")
    assert image.is_displayed()
    assert opened.execute_script("return arguments[0].naturalWidth", image) > 0


def test_a_page_needs_no_network(opened):
    events = [json.loads(line["message"])["message"] for line in opened.get_log("performance")]
    sent = [event for event in events if event["method"] == "Network.requestWillBeSent"]
    of_page = [event["params"] for event in sent if event["params"]["documentURL"].startswith("file:")]
    urls = {event["request"]["url"].partition(":")[0] for event in of_page}
    assert urls <= {"file", "data"}
    assert "file" in urls


def test_every_control_and_image_has_a_name(opened):
    script = """return [...document.querySelectorAll('button, input, select, img, svg[role=img], a')]
        .filter(one => !(one.ariaLabel || one.alt || one.textContent.trim() || one.labels?.length)).length"""
    assert opened.execute_script(script) == 0
