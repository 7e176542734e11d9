'use strict';
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($('data').textContent);
  const { fps, end, styles, shapes, frames, chapters, captions } = data;
  const [wide, high, base] = data.cell;
  const BOLD = 1, ITALIC = 2, UNDERLINED = 4, CROSSED_OUT = 8;

  // A row is [like, from, to, style, text, ...]: the row of that number, changed from one column up to another.
  const rows = [];
  for (const [like, from, to, ...runs] of data.rows) {
    const before = like < 0 ? [] : rows[like];
    const cells = before.slice(0, from);
    for (let i = 0; i < runs.length; i += 2) {
      for (const symbol of runs[i + 1]) cells.push([symbol, runs[i]]);
    }
    rows.push(cells.concat(before.slice(to)));
  }

  const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const mixed = (ink, paper, share) => '#' + [1, 3, 5].map((at) => {
    const of = (colour) => parseInt(colour.slice(at, at + 2), 16);
    return Math.round(of(ink) * share + of(paper) * (1 - share)).toString(16).padStart(2, '0');
  }).join('');

  // A row as a fragment of SVG: what is behind, what is drawn, what is written.
  function drawn(cells) {
    const grounds = new Map(), strokes = new Map();
    const add = (paths, key, path) => paths.set(key, (paths.get(key) || '') + path);
    const box = (x, y, w, h) => `M${x} ${y}h${w}v${h}h-${w}z`;
    let texts = '';
    for (let x = 0; x < cells.length;) {
      const first = x, number = cells[x][1], [ink, paper, look] = styles[number];
      while (x < cells.length && cells[x][1] === number) x++;
      const left = first * wide, run = (x - first) * wide;
      if (paper) add(grounds, paper, box(left, 0, run, high));
      if (look & UNDERLINED) add(strokes, ink + ' 0', box(left, base + 2, run, 1));
      if (look & CROSSED_OUT) add(strokes, ink + ' 0', box(left, high / 2, run, 1));
      // Letters that stand side by side, a blank at the most between them, are one text of fixed length.
      let text = '', start = 0, columns = 0, blank = false;
      const write = () => {
        if (text) {
          texts += `<text x="${start * wide}" y="${base}" textLength="${columns * wide}" lengthAdjust="spacingAndGlyphs"` +
            ` fill="${ink}"${look & BOLD ? ' font-weight="bold"' : ''}${look & ITALIC ? ' font-style="italic"' : ''}>` +
            `${escaped(text)}</text>`;
        }
        text = '';
        columns = 0;
        blank = false;
      };
      for (let at = first; at < x;) {
        const symbol = cells[at][0];
        let covers = 1;
        while (at + covers < x && cells[at + covers][0] === '') covers++;
        if (shapes[symbol]) {
          write();
          const inset = at * wide + (covers - 1) * wide / 2;
          for (const [thick, ...pieces] of shapes[symbol]) {
            if (!pieces.length) add(grounds, mixed(ink, paper || data.paper, thick), box(inset, 0, wide, high));
            for (let i = 0; i < pieces.length; i += 3) {
              add(strokes, `${ink} ${thick}`, `M${inset + pieces[i]} ${pieces[i + 1]}${pieces[i + 2]}`);
            }
          }
        } else if (symbol === ' ') {
          if (blank || !text) write();
          else blank = true;
        } else {
          // What a font may lack comes from another one, with another width: it stands by itself.
          const usual = /^[!-\u052f\u2010-\u2044]+$/.test(symbol);
          if (!usual) write();
          if (!text) start = at;
          else if (blank) { text += ' '; columns++; }
          blank = false;
          text += symbol;
          columns += covers;
          if (!usual) write();
        }
        at += covers;
      }
      write();
    }
    let out = '';
    for (const [colour, path] of grounds) out += `<path fill="${colour}" d="${path}"/>`;
    for (const [key, path] of strokes) {
      const [colour, thick] = key.split(' ');
      out += thick === '0' ? `<path fill="${colour}" d="${path}"/>`
        : `<path fill="none" stroke="${colour}" stroke-width="${thick}" d="${path}"/>`;
    }
    return out + texts;
  }

  const fragments = [];
  const fragment = (row) => fragments[row] ??= drawn(rows[row]);

  // A picture: its ground, and a group for each row.
  function picture(svg, columns, count) {
    const make = (name, attributes) => {
      const element = document.createElementNS('http://www.w3.org/2000/svg', name);
      for (const key in attributes) element.setAttribute(key, attributes[key]);
      return svg.appendChild(element);
    };
    make('rect', { width: columns * wide, height: count * high, fill: data.paper });
    return Array.from({ length: count }, (_, y) => make('g', { transform: `translate(0 ${y * high})` }));
  }

  const [columns, count] = data.size;
  const groups = picture($('screen'), columns, count);
  const shown = Array(count).fill(-1);
  let screen = Array(count).fill(-1), frame = -1;

  // Shows the screen of a tick: the last frame that begins by then.
  function show(tick) {
    let low = 0, after = frames.length;
    while (low < after) {
      const middle = (low + after) >> 1;
      if (frames[middle][0] <= tick) low = middle + 1;
      else after = middle;
    }
    const wanted = Math.max(low - 1, 0);
    if (wanted < frame) frame = -1;
    while (frame < wanted) {
      const [, ...changes] = frames[++frame];
      for (let i = 0; i < changes.length; i += 2) screen[changes[i]] = changes[i + 1];
    }
    for (let y = 0; y < count; y++) {
      if (shown[y] === screen[y]) continue;
      shown[y] = screen[y];
      groups[y].innerHTML = fragment(screen[y]);
    }
  }

  for (const svg of document.querySelectorAll('svg[data-shot]')) {
    const shot = data.shots[svg.dataset.shot];
    const width = shot.rows.length ? rows[shot.rows[0]].length : 0;
    picture(svg, width, shot.rows.length).forEach((group, y) => { group.innerHTML = fragment(shot.rows[y]); });
    svg.setAttribute('width', width * wide);
  }

  const clock = (seconds) => {
    const hundredths = Math.floor(seconds * 100 + 1e-6), two = (n) => String(n).padStart(2, '0');
    return `${Math.floor(hundredths / 6000)}:${two(Math.floor(hundredths / 100) % 60)}.${two(hundredths % 100)}`;
  };

  // The position, in ticks, and since when it plays.
  let at = 0, playing = false, last = 0;
  const player = $('player'), seek = $('seek'), buttons = [...document.querySelectorAll('#chapters button')];
  const chapter = () => chapters.findLastIndex(([tick]) => tick <= Math.floor(at + 1e-6));

  function update() {
    const tick = Math.floor(at + 1e-6), now = chapter();
    show(tick);
    seek.value = tick;
    const name = now < 0 ? '' : `, ${chapters[now][1]}`;
    seek.setAttribute('aria-valuetext', `${clock(tick / fps)} of ${clock(end / fps)}${name}`);
    $('time').textContent = clock(tick / fps);
    const said = captions.findLast(([from, to]) => from <= tick && tick < to);
    const words = said ? said[2] : '';
    if ($('caption').textContent !== words) $('caption').textContent = words;
    // One that stands on the screen is heard, and not seen below it a second time.
    $('caption').classList.toggle('heard', Boolean(said && said[3]));
    buttons.forEach((button, i) => {
      if (i === now) button.setAttribute('aria-current', 'true');
      else button.removeAttribute('aria-current');
    });
  }

  function go(to) {
    at = Math.min(Math.max(to, 0), end);
    last = performance.now();
    update();
  }

  function turn(on) {
    if (on && at >= end) at = 0;
    playing = on;
    last = performance.now();
    player.classList.toggle('playing', on);
    $('play').setAttribute('aria-label', on ? 'Pause' : 'Play');
    if (on) requestAnimationFrame(step);
    update();
  }

  function step(now) {
    if (!playing) return;
    at = Math.min(at + Math.max(now - last, 0) / 1000 * fps * $('speed').value, end);
    last = Math.max(now, last);
    update();
    if (at >= end) turn(false);
    else requestAnimationFrame(step);
  }

  // To the beginning of this chapter, of the one before if that is less than a second ago, or of the next.
  function jump(by) {
    const now = chapter();
    let to = now + 1;
    if (by < 0) to = now >= 0 && at - chapters[now][0] > fps ? now : now - 1;
    go(to < 0 ? 0 : to < chapters.length ? chapters[to][0] : end);
  }

  function speed(by) {
    const list = $('speed');
    list.selectedIndex = Math.min(Math.max(list.selectedIndex + by, 0), list.length - 1);
  }

  function subtitles() {
    const hidden = $('caption').hidden = !$('caption').hidden;
    $('captions').setAttribute('aria-pressed', String(!hidden));
  }

  function full() {
    if (document.fullscreenElement) document.exitFullscreen();
    else if (player.requestFullscreen) player.requestFullscreen().catch(() => {});
  }

  const keys = {
    ' ': () => turn(!playing), ArrowLeft: () => jump(-1), ArrowRight: () => jump(1), c: subtitles, f: full,
    ',': () => { turn(false); go(Math.floor(at) - 1); }, '.': () => { turn(false); go(Math.floor(at) + 1); },
    '<': () => speed(-1), '>': () => speed(1), Home: () => go(0), End: () => go(end),
  };
  document.addEventListener('keydown', (event) => {
    const own = event.target.closest('button, select, input, summary');
    // A control answers the keys that are its own.
    const its = own && (event.key === ' ' ? own !== seek : own.matches('select, input') && event.key.length > 1);
    const does = keys[event.key];
    if (its || !does || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    does();
  });
  $('play').onclick = () => turn(!playing);
  $('screen').onclick = () => turn(!playing);
  $('back').onclick = () => jump(-1);
  $('on').onclick = () => jump(1);
  $('captions').onclick = subtitles;
  $('full').onclick = full;
  seek.oninput = () => go(+seek.value);
  for (const button of document.querySelectorAll('button[data-tick]')) {
    button.onclick = (event) => {
      go(+button.dataset.tick);
      // Who clicked wants to see it, and to press space; who came by keys stays in the list.
      if (event.detail) $('screen').focus();
    };
  }
  for (const [tick] of chapters) {
    const mark = document.createElement('i');
    mark.style.left = `${end ? tick / end * 100 : 0}%`;
    $('marks').append(mark);
  }

  // `#t=8.1` opens the page paused at that second.
  function address() {
    const time = /^#t=(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (!time) return;
    turn(false);
    go(Math.floor(time[1] * fps + 1e-6));
  }
  window.onhashchange = address;
  update();
  address();
})();
