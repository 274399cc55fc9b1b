"""replay.py MAKE_PAGE PART_4 [CLAIM]...: what a page of --replay shows and does in a browser. All claims share one, as
it takes longer to start than they do. MAKE_PAGE writes pages by hand, and part 4 those of real runs."""

import os
import re
import subprocess
import sys
import tempfile

from browser import Browser

NOW = "return document.getElementById('now').textContent"
WORDS = """return [...document.querySelectorAll('aside')].map(aside =>
    [...aside.querySelectorAll('p, li')].map(line => line.textContent))"""


def check(is_true, what):
    if not is_true:
        raise SystemExit(f"not so: {what}")


class Page:
    def __init__(self, browser, path):
        self.browser, self.path = browser, path

    def open(self, at=""):
        self.browser.open(self.path + (f"#t={at}" if at else ""))

    def now(self):
        return float(self.browser.run(NOW).split()[0])

    def words(self, run):
        return self.browser.run(WORDS)[run]

    def says(self, run, *lines):
        words = self.words(run)
        for line in lines:
            check(line in words, f"{line!r} is in {words}")


def known_waits(page):
    """The words under the cursor, known to the letter."""
    page.open("2")
    page.says(0, "2.000 s, in flight 10",
              'main: waiting for the wait group "articles", until article 3 wakes it, at 3.526 s',
              "article 1-2, 4-10: keywords", "article 3: sentiment")
    page.says(1, "2.000 s, in flight 1", 'article 1: keywords, holding the lock "results"',
              'article 2-10: waiting for the lock "results", held by article 1',
              'main: waiting for the wait group "articles", until article 10 wakes it, at 28.000 s')
    page.open("10")
    page.says(0, "3.527 s, in flight 0. The run is over.", "main, article 1-10: ended")
    page.says(1, 'article 5-10: waiting for the lock "results", held by article 4',
              "article 1-3: ended")


def steps_from_event_to_event(page):
    browser = page.browser
    page.open()
    check(page.now() == 28.001, "a page opens at the end of the longest run")
    browser.press("Home")
    check(page.now() == 0, "Home leads to 0 s")
    seen = []
    while len(seen) < 3:
        browser.press("Right")
        seen.append(page.now())
    # All begin in the first 10 ms or so: one step. Then the first call of a run ends.
    check(seen[0] < 0.006 and seen[1] > 0.9 and seen[0] < seen[1] < seen[2], f"steps: {seen}")
    browser.press("Left")
    check(page.now() == seen[1], "back is where it came from")
    browser.run("document.getElementById('next').click()")
    check(page.now() == seen[2], "the button does what the key does")
    # When one thread hands the lock to the next, the page says so.
    page.open("2.5")
    for _ in range(60):
        browser.press("Right")
        if page.now() >= 2.8:
            break
    check(page.now() == 2.8, f"a step ends where the lock goes on: {page.now()}")
    events = [line for line in page.words(1) if "gives the lock" in line]
    check(events and 'article 1: keywords answered, gives the lock "results" back, ends' in events[0],
          f"what happened: {page.words(1)}")
    check('article 2: woken by article 1, calls summarize, takes the lock "results"' in events[0]
          or 'article 2: woken by article 1, takes the lock "results", calls summarize' in events[0],
          f"what happened: {events}")
    check("article 2: woken by" in browser.run("return document.getElementById('said').textContent"),
          "a screen reader is told the same")
    steps = 0
    while page.now() < 28.001:
        browser.press(*["Right"] * 10)
        steps += 10
        check(steps < 200, "the end is reached")


def plays_and_pauses(page):
    browser = page.browser
    page.open()
    # Slowly, so that it is not over before the test looks.
    browser.run("document.getElementById('speed').value = '0.1'")
    browser.press(" ")
    browser.wait("const now = parseFloat(document.getElementById('now').textContent); return now > 0 && now < 28")
    check(browser.run("return document.getElementById('play').textContent") == "Pause", "Play is Pause now")
    browser.press(" ")
    stopped = page.now()
    browser.run("return new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    check(page.now() == stopped, "a pause is a pause")
    browser.press("+", "+", "+", "+", "+", "+", "+")
    check(browser.run("return document.getElementById('speed').value") == "5", "the fastest is 5")
    browser.press("-", "-", "-", "-", "-", "-", "-")
    check(browser.run("return document.getElementById('speed').value") == "0.1", "the slowest is 0.1")
    browser.press("+", "+", "+", "+", "+")
    browser.run("const at = document.getElementById('at'); at.value = 26e6; at.dispatchEvent(new Event('input'))")
    check(page.now() == 26, "the slider scrubs")
    browser.press(" ")
    browser.wait("return document.getElementById('now').textContent === '28.001 s'")
    browser.wait("return document.getElementById('play').textContent === 'Play'")
    # The mouse scrubs, too: the middle of the lanes is about the middle of the time.
    box = browser.run("const box = document.querySelector('section canvas').getBoundingClientRect();"
                      "return [box.left + box.width / 2, box.top + box.height / 2]")
    browser.click(*box)
    check(10 < page.now() < 18, f"a click scrubs: {page.now()}")
    # Each at its own scale: the same place is another time.
    browser.run("document.getElementById('same').click()")
    browser.click(*box)
    check(1 < page.now() < 2.5, f"a scale of its own: {page.now()}")


def calm_page_jumps(page):
    """With prefers-reduced-motion nothing glides: a page that plays shows moments of events alone."""
    browser = page.browser
    browser.emulate(prefers_reduced_motion="reduce")
    page.open("20")
    browser.run("""window.shown = new Set();
        new MutationObserver(() => window.shown.add(document.getElementById('now').textContent))
            .observe(document.getElementById('now'), {childList: true, characterData: true, subtree: true});
        document.getElementById('speed').value = 5;""")
    browser.press(" ")
    browser.wait("return document.getElementById('now').textContent === '28.001 s'")
    shown, events = browser.run("return [[...window.shown], [...times].map(seconds)]")
    check(shown and set(shown) <= set(events) | {"28.001 s"}, f"moments of events: {shown}")
    browser.emulate()


def keyboard_suffices(page):
    browser = page.browser
    page.open()
    reached = []
    for _ in range(8):
        browser.press("Tab")
        reached.append(browser.run("""const at = document.activeElement, style = getComputedStyle(at);
            return at === document.body ? null : [at.id, style.outlineStyle, parseFloat(style.outlineWidth)]"""))
    found = {place[0] for place in reached if place}
    check({"play", "back", "next", "at", "speed", "same"} <= found, f"Tab reaches all: {found}")
    check(all(style != "none" and width >= 2 for _, style, width in filter(None, reached)),
          f"where the focus is can be seen: {reached}")
    tree = browser.devtools("Accessibility.getFullAXTree")["nodes"]
    names = {(node["role"]["value"], node.get("name", {}).get("value", "")) for node in tree
             if not node.get("ignored") and "role" in node}
    for role, name in [("button", "Play"), ("button", "Previous event"), ("button", "Next event"),
                       ("slider", "Time in the run"), ("combobox", "speed"), ("checkbox", "one scale")]:
        check((role, name) in names, f"a {role} is called {name}: "
              f"{sorted(place for place in names if place[0] == role)}")
    # The lanes are reached by keys, through both runs.
    page.open("2")
    browser.press("Down", "Down", "Down")
    check("article 2, from 0.901 s" not in str(page.words(0)) and
          any(line.startswith("article 2, from ") for line in page.words(0)), f"article 2: {page.words(0)}")
    browser.press(*["Down"] * 11)
    check('article 2, from 0.000 s to 2.800 s: waiting for the lock "results", '
          "held by article 1, until article 1 wakes it, at 2.800 s" in page.words(1), f"{page.words(1)}")
    browser.press("Escape")
    check(not any(line.startswith("article 2, from") for line in page.words(1)), "Escape lets go")


def looks_right(page):
    """Nothing scrolls at 1280x720; in the light and in the dark all can be read."""
    browser = page.browser
    grounds = []
    for scheme in "light", "dark":
        browser.emulate(prefers_color_scheme=scheme)
        page.open("2")
        for what in "html", "main", "aside", "footer", "h2":
            sizes = browser.run("return [...document.querySelectorAll(arguments[0])].map(at =>"
                                "[at.scrollWidth - at.clientWidth, at.scrollHeight - at.clientHeight])", what)
            check(all(width <= 0 and height <= 1 for width, height in sizes), f"{what} does not scroll: {sizes}")
        contrasts, ground = browser.run("""
            const paint = document.createElement('canvas').getContext('2d');
            const light = colour => {
                paint.fillStyle = colour; paint.fillRect(0, 0, 1, 1);
                const [r, g, b] = [...paint.getImageData(0, 0, 1, 1).data].map(value => {
                    value /= 255; return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4; });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
            const style = getComputedStyle(document.documentElement), ground = light(style.getPropertyValue('--ground'));
            const contrast = name => { const other = light(style.getPropertyValue(name));
                return (Math.max(ground, other) + 0.05) / (Math.min(ground, other) + 0.05); };
            return [Object.fromEntries(['--text', '--dim', '--lock', '--bad', '--wakes', '--send', '--receive',
                '--task-0', '--task-1', '--task-2'].map(name => [name, contrast(name)])), ground];""")
        grounds.append(ground)
        for name, contrast in contrasts.items():
            # Of text, and of large signs, as WCAG asks for.
            least = 4.5 if name in ("--text", "--dim", "--lock", "--bad") else 2.5
            check(contrast >= least, f"{scheme}: contrast of {name} is {contrast:.2f}")
        # The lanes are drawn in these colours: the locks of the second run, and the calls of both.
        has = browser.run("""
            const style = getComputedStyle(document.documentElement);
            return [...document.querySelectorAll('section canvas')].map(canvas => {
                const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                return ['--lock', '--task-0', '--task-1', '--task-2'].map(name => {
                    const [r, g, b] = style.getPropertyValue(name).match(/[0-9a-f]{2}/gi).map(hex => parseInt(hex, 16));
                    for (let i = 0; i < data.length; i += 4)
                        if (data[i] === r && data[i + 1] === g && data[i + 2] === b)
                            return true;
                    return false; }); })""")
        check(has == [[False, True, True, True], [True, True, True, True]], f"{scheme}: colours of the lanes: {has}")
    check(grounds[0] > 0.8 and grounds[1] < 0.05, f"light and dark: {grounds}")
    browser.emulate()


def hostile_names_are_text(page):
    """No name of a run becomes a piece of the page."""
    browser = page.browser
    page.open()
    title = "</script><script>document.title = 'got in'</script><img src=x onerror=alert(1)>"
    check(browser.run("return document.title") == title, "the title is text")
    check(browser.run("return document.querySelector('h1, img, b:not(button b)')") is None, "names are text")
    check(browser.run("return getComputedStyle(document.body).display") == "flex", "the style is ours")
    heading = browser.run("return document.querySelector('h2').textContent")
    check("\\u2028]]> --> <!-- <script> &lt; \\xFF \\u001B[31m \\u202E" in heading, f"the summary: {heading}")
    page.says(0, "1.000 s, in flight 0. Stalled: nobody can wake one.",
              '</script><h1>x: waiting for the lock "</script>"\\\\u2028", held by __proto__',
              '__proto__: sending to "<b>\\xC3", holding the lock "</script>"\\\\u2028", for ever')
    # Even a script that had got into the page would not run.
    browser.run("""const bad = document.createElement('script'); bad.textContent = 'window.ran = true';
        document.body.append(bad);
        document.body.insertAdjacentHTML('beforeend', '<p onclick="window.ran = true" id="bad">x</p>');
        document.getElementById('bad').click();""")
    check(browser.run("return window.ran === undefined"), "the policy stops other scripts")
    refused = [entry["message"] for entry in browser.log("browser")]
    check(len(refused) == 2 and all("Content Security Policy" in message for message in refused), f"{refused}")


def stall_shows_its_circle(page):
    """A real run, in which the lesson's threads wait for each other."""
    page.open()
    words = page.words(0)
    check(re.fullmatch(r"[0-9.]+ s, in flight 0[.] Stalled: nobody can wake one[.]", words[0]), words[0])
    page.says(0, 'main: waiting for the wait group "stages", for ever \u2192 process, store',
              'process: receiving from "room", for ever \u2192 store',
              'store: receiving from "processed", for ever \u2192 process',
              "A circle: each waits for another of these.")
    circle = page.browser.run("return [...document.querySelectorAll('li.circle')].map(line => line.textContent)")
    check([line.split(":")[0] for line in circle] == ["process", "store"], f"the circle: {circle}")


CLAIMS = {claim.__name__.replace("_", "-"): claim for claim in [
    known_waits, steps_from_event_to_event, plays_and_pauses, calm_page_jumps, keyboard_suffices,
    looks_right, hostile_names_are_text, stall_shows_its_circle]}


def check_quiet(browser):
    errors = [entry["message"] for entry in browser.log("browser")
              if "willReadFrequently" not in entry["message"]]  # of the test's own looking at pixels
    check(not errors, f"the console is silent: {errors}")
    # data: is the icon, of nothing, that keeps a browser from asking for one.
    asked = {url for url in browser.requests()
             if not re.match(r"(file://.*/(known|hostile|stall)[.]html(#.*)?|about:blank|data:,)$", url)}
    check(not asked, f"nothing else is asked for: {asked}")


def make(kind, path):
    if kind == "stall":
        done = subprocess.run([sys.argv[2], "--mode=circular-wait", "--replay=" + path], capture_output=True)
        check(done.returncode == 3, f"the run stalls: {done}")
        return
    with open(path, "wb") as file:
        subprocess.run([sys.argv[1], kind], stdout=file, check=True)


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        for name in sys.argv[3:] or CLAIMS:
            kind = name.split("-")[0] if name.startswith(("hostile-", "stall-")) else "known"
            path = os.path.join(folder, kind + ".html")
            make(kind, path)
            try:
                CLAIMS[name](Page(browser, path))
                check_quiet(browser)
            except SystemExit as reason:
                print(f"{name}: {reason}")
                failed += 1
    sys.exit(failed > 0)


main()
