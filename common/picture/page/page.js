
// The page: a view for each run, and what keys, the mouse and the time do to them.

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5];
const LANES_MAX = 500; // no canvas can be higher than 16,384

const by_id = id => document.getElementById(id);

function element(name, parent, words) {
    const made = document.createElement(name);
    if (words !== undefined)
        made.textContent = words;
    parent.append(made);
    return made;
}

function make_view(run) {
    const section = element('section', by_id('runs')), heading = element('h2', section, run.title);
    section.setAttribute('aria-label', run.title);
    heading.append(': ' + (run.figures ||
        `${run.stalled ? 'stalled' : seconds(run.end)}, at most ${run.in_flight_max} in flight`));
    element('small', heading, run.summary);
    heading.title = run.command;
    const canvas = element('canvas', element('div', section));
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label',
        `Lanes of ${run.lanes.length} threads over time. The list beside it says what they do at the time chosen.`);
    const aside = element('aside', section);
    aside.setAttribute('aria-label', 'What the threads do at the time chosen');
    return { run, section, canvas, aside, lanes: Math.min(run.lanes.length, LANES_MAX),
        rows: Math.min(run.lanes.length, LANES_MAX + 1) };
}

// Sizes of a view, and the two pictures from which each frame is put together.
// spare: height that its words may take beyond that of its lanes.
function lay_out(view, row, longest, spare) {
    const width = view.canvas.parentElement.clientWidth;
    const measure = view.canvas.getContext('2d');
    const height = view.rows * row + FLIGHT + AXIS;
    measure.font = `${font_size(row)}px ${MONO}`;
    view.row = row;
    view.width = width;
    view.left = 16 + Math.min(150, Math.max(64, ...view.run.lanes.slice(0, view.lanes)
        .map(thread => measure.measureText(thread.name).width)));
    view.scale = by_id('same').checked ? longest : view.run.end;
    view.x_of = at => view.left + Math.max(0, at) / view.scale * (width - view.left - RIGHT);
    view.at_of = x => (x - view.left) / (width - view.left - RIGHT) * view.scale;
    view.canvas.style.height = height + 'px';
    view.aside.style.maxHeight = Math.max(height + spare, 110) + 'px';
    resize_canvas(view.canvas, width, height);
    view.ground = make_canvas(width, height);
    view.passing = make_canvas(width, height);
    draw_ground(view, view.ground.getContext('2d'));
    const context = view.passing.getContext('2d');
    context.textBaseline = 'middle';
    context.textAlign = 'center';
    for (const thread of view.run.lanes.slice(0, view.lanes))
        draw_lane(view, context, thread);
    draw_flight(view, context);
}

function draw_view(view, at, after, chosen) {
    const { run, canvas, row, width } = view, context = canvas.getContext('2d');
    const height = view.rows * row + FLIGHT + AXIS, x = view.x_of(Math.min(at, view.scale));
    context.clearRect(0, 0, width, height);
    if (chosen && chosen.view === view) {
        context.fillStyle = colours['--chosen'];
        context.fillRect(0, chosen.thread.lane * row, width, row);
    }
    context.drawImage(view.ground, 0, 0, width, height);
    for (const [from, to, alpha] of [[0, x, 1], [x, width, 0.2]]) {
        context.save();
        context.beginPath();
        context.rect(from, 0, to - from, height);
        context.clip();
        context.globalAlpha = alpha;
        context.drawImage(view.passing, 0, 0, width, height);
        context.restore();
    }
    context.fillStyle = colours['--cursor'];
    context.fillRect(x - 0.75, 0, 1.5, view.rows * row + FLIGHT);
    const side = x < width - RIGHT - 60 ? 1 : -1;
    const arrows = arrows_at(run, at, after, chosen && chosen.view === view ? chosen.thread : undefined)
        .filter(([from, to]) => from.lane < view.lanes && to.lane < view.lanes);
    // All in the colour of the ground first, so that what lies below hides none.
    for (const is_line of [false, true])
        for (const [from, to, colour, is_dashed] of arrows)
            draw_arrow(context, x, side, (from.lane + 0.5) * row, (to.lane + 0.5) * row,
                colours[is_line ? colour : '--ground'], is_line ? 1.5 : 4, is_line && is_dashed ? [4, 3] : []);
}

function write_words(view, at, after, chosen) {
    const { run, aside } = view, is_over = at >= run.end;
    const calls = count_up_to(run.starts, at) - count_up_to(run.ends, at);
    aside.replaceChildren();
    const first = element('p', aside);
    element('strong', first, seconds(run.stalled ? at : Math.min(at, run.end)));
    first.append(', in flight ');
    element('strong', first, calls);
    if (at >= run.stalled_at) {
        first.append('. ');
        element('em', first, run.is_left ? 'The run is over; these are left for ever.'
            : 'Stalled: nobody can wake one.');
    } else if (is_over) {
        first.append('. The run is over.');
    }
    const list = element('ul', aside);
    for (const item of items_at(run, Math.min(at, run.end))) {
        const line = element('li', list, `${item.names}: ${item.text}`);
        line.className = item.is_dim ? 'dim' : '';
        if (item.sign)
            line.style.setProperty('--sign', `var(${item.sign})`);
        if (item.strong) {
            line.append(', ');
            element('em', line, item.strong);
        } else if (item.until) {
            line.append(', ' + item.until);
        }
        if (item.wakers)
            line.append(' \u2192 ' + item.wakers);
        line.classList.toggle('circle', Boolean(item.is_in_circle));
    }
    if (list.querySelector('.circle'))
        element('p', aside, 'A circle: each waits for another of these.').className = 'circle';
    const said = [];
    if (chosen && chosen.view === view) {
        said.push(lane_words(run, chosen.thread, Math.min(at, run.end)));
        element('p', aside, said[0]).className = 'lane';
    }
    if (after < at) {
        const events = events_between(run, after, at);
        if (events.length) {
            said.push(events.join('; '));
            element('p', aside, said[said.length - 1]).className = 'event';
        }
    }
    return said.length ? `${run.title}: ${said.join('; ')}` : '';
}

const views = [...document.querySelectorAll('script.run')].map(read_run).map(make_view);
const longest = Math.max(1, ...views.map(view => view.run.end));
// Events that are closer than can be told apart on the screen are one step.
const closest = Math.max(500, longest / 5000);
const times = Float64Array.from(views.flatMap(view => view.run.times)
    .map(at => Math.max(0, Math.min(longest, at)))).sort();
const is_calm = matchMedia('(prefers-reduced-motion: reduce)');
const state = { at: longest, after: longest, chosen: undefined, frame: 0, last: 0, shown: 0 };

function show() {
    const said = [];
    by_id('at').value = state.at;
    by_id('at').setAttribute('aria-valuetext', seconds(state.at));
    by_id('now').textContent = seconds(state.at);
    for (const view of views) {
        draw_view(view, state.at, state.after, state.chosen);
        said.push(write_words(view, state.at, state.frame ? state.at : state.after, state.chosen));
    }
    if (state.frame)
        return; // a screen reader would never come to an end of what is said
    for (const { aside } of views)
        aside.tabIndex = aside.scrollHeight > aside.clientHeight ? 0 : -1; // so that keys can scroll it
    by_id('said').textContent = [seconds(state.at), ...said].filter(words => words).join('. ');
}

// after: the moment from which on what happened is told, too.
function go_to(at, after = at) {
    state.at = Math.max(0, Math.min(longest, at));
    state.after = Math.min(after, state.at);
    show();
}

// The last moment of the step that begins with this event.
function end_of_step(first) {
    return times[count_up_to(times, times[first] + closest) - 1];
}

function step(direction) {
    pause();
    let first = count_up_to(times, state.at);
    if (direction < 0) {
        // The steps before this moment begin with the first event of all, as those ahead do.
        first = 0;
        let before = -1;
        while (first < times.length && end_of_step(first) < state.at) {
            before = first;
            first = count_up_to(times, end_of_step(first));
        }
        if (before < 0)
            return go_to(0);
        first = before;
    } else if (first >= times.length) {
        return go_to(longest);
    }
    go_to(end_of_step(first), times[first] - 0.5);
}

function pause() {
    if (state.frame)
        cancelAnimationFrame(state.frame);
    state.frame = 0;
    by_id('play').className = '';
    by_id('play').lastElementChild.textContent = 'Play';
}

function play_on(time) {
    const passed = (time - state.last) * 1000 * Number(by_id('speed').value);
    state.last = time;
    state.shown = Math.min(longest, state.shown + passed);
    if (state.shown >= longest) {
        pause();
        go_to(longest);
        return;
    }
    state.frame = requestAnimationFrame(play_on);
    if (is_calm.matches) {
        // From event to event: nothing glides.
        const last = times[count_up_to(times, state.shown) - 1] || 0;
        if (last !== state.at)
            go_to(last, state.at);
    } else {
        // An arrow of a wake stays for a quarter of a second.
        go_to(state.shown, state.shown - 250000 * Number(by_id('speed').value));
    }
}

function play() {
    if (state.frame) {
        pause();
        show();
        return;
    }
    state.shown = state.at >= longest ? 0 : state.at;
    state.last = performance.now();
    by_id('play').className = 'plays';
    by_id('play').lastElementChild.textContent = 'Pause';
    state.frame = requestAnimationFrame(play_on);
}

function change_speed(direction) {
    const chosen = SPEEDS.indexOf(Number(by_id('speed').value)) + direction;
    by_id('speed').value = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, chosen))];
}

function choose(view, lane) {
    state.chosen = view && lane >= 0 && lane < view.lanes ? { view, thread: view.run.lanes[lane] } : undefined;
    show();
    if (state.chosen) {
        const room = by_id('runs').getBoundingClientRect();
        const y = view.canvas.getBoundingClientRect().top + (lane + 0.5) * view.row;
        if (y < room.top || y > room.bottom)
            by_id('runs').scrollTop += y - room.top - room.height / 2;
    }
}

// The next lane, up or down, of this run or of the one beside it; beyond the last, none.
function choose_next(direction) {
    const lanes = views.flatMap(view => view.run.lanes.slice(0, view.lanes).map((_, lane) => [view, lane]));
    const now = state.chosen ? lanes.findIndex(([view, lane]) => view === state.chosen.view &&
        lane === state.chosen.thread.lane) : direction > 0 ? -1 : lanes.length;
    choose(...(lanes[now + direction] || []));
}

let laid_out = []; // for this width and height

function lay_out_all() {
    laid_out = [by_id('runs').clientWidth, by_id('runs').clientHeight];
    const rows = views.reduce((sum, view) => sum + view.rows, 0);
    const room = by_id('runs').clientHeight - views.length * (FLIGHT + AXIS + HEADING + 1);
    const row = Math.max(8, Math.min(36, Math.floor(room / Math.max(1, rows))));
    read_colours();
    for (const view of views)
        lay_out(view, row, longest, Math.max(0, room - rows * row) / views.length);
    draw_legend();
    show();
}

function draw_legend() {
    const all = views.flatMap(view => view.run.threads.filter(thread => thread));
    const has = test => all.some(thread => thread.spans.some(test));
    const tasks = views.length ? views[0].run.tasks : [];
    const signs = tasks.map((task, i) => [task, ['c', 0, 0, 0, 0, i], has(row => row[0] === 'c' && row[TASK] === i)]);
    for (const [words, wait] of [['for a lock', WAIT_LOCK], ['to send', WAIT_SEND], ['to receive', WAIT_RECEIVE]])
        signs.push([words, ['w', 0, 0, 0, 0, wait], has(row => row[0] === 'w' && row[WAIT] === wait)]);
    signs.push(['waits', ['w', 0, 0, 0, 0, 0], has(row => row[0] === 'w' && row[WAIT] > WAIT_RECEIVE)]);
    by_id('legend').replaceChildren();
    for (const [words, span, is_there] of signs) {
        if (!is_there)
            continue;
        const line = element('li', by_id('legend')), sign = element('canvas', line);
        resize_canvas(sign, 18, 12);
        draw_span(sign.getContext('2d'), span, 0, 18, 0, 12);
        line.append(words);
    }
    if (all.some(thread => thread.refused.length))
        element('li', by_id('legend'), '\u00d7 refused');
    if (has(row => row[0] === 'c' && row[END] === FAILED))
        element('li', by_id('legend'), '! failed');
    if (has(row => row[0] === 'c' && row[END] === GIVEN_UP))
        element('li', by_id('legend'), '~ given up');
}

function on_key(event) {
    const target = event.target.tagName, keys = {
        ' ': play,
        ArrowLeft: () => step(-1),
        ArrowRight: () => step(1),
        ArrowUp: () => choose_next(-1),
        ArrowDown: () => choose_next(1),
        Home: () => { pause(); go_to(0); },
        End: () => { pause(); go_to(longest); },
        '+': () => change_speed(1),
        '-': () => change_speed(-1),
        Escape: () => choose(),
    };
    const is_native = target === 'SELECT' || (event.key === ' ' && (target === 'BUTTON' || event.target.id === 'same'));
    if (event.ctrlKey || event.altKey || event.metaKey || is_native || !Object.hasOwn(keys, event.key))
        return;
    event.preventDefault();
    keys[event.key]();
}

function on_pointer(view, event) {
    const box = view.canvas.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    if (event.type === 'pointerdown') {
        view.canvas.setPointerCapture(event.pointerId);
        if (x < view.left || x > view.width - RIGHT)
            return choose(view, Math.floor(y / view.row));
    }
    if (event.buttons & 1) {
        pause();
        go_to(view.at_of(x));
    }
}

by_id('at').max = longest;
by_id('one-scale').hidden = views.length < 2;
by_id('runs').classList.toggle('single', views.length === 1);
by_id('play').addEventListener('click', play);
by_id('back').addEventListener('click', () => step(-1));
by_id('next').addEventListener('click', () => step(1));
by_id('at').addEventListener('input', event => { pause(); go_to(Number(event.target.value)); });
by_id('same').addEventListener('change', lay_out_all);
document.addEventListener('keydown', on_key);
for (const view of views)
    for (const type of ['pointerdown', 'pointermove'])
        view.canvas.addEventListener(type, event => on_pointer(view, event));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', lay_out_all);
new ResizeObserver(() => {
    const { clientWidth, clientHeight } = by_id('runs');
    if (clientWidth !== laid_out[0] || clientHeight !== laid_out[1])
        lay_out_all();
}).observe(by_id('runs'));
document.title = views.map(view => view.run.title).join(' / ') || 'Replay';
// page.html#t=2.5 opens at 2.5 s.
const opened = /^#t=([0-9.]+)$/.exec(location.hash);
if (opened)
    state.at = state.after = Math.min(longest, Number(opened[1]) * 1e6);
lay_out_all();
