// Opens a recorded page in headless Chromium and uses it: `node tests/browser/player.mjs target/debug/optlab [FOLDER]`.
// It needs Node 18 or later and `chromium` (or the program that CHROMIUM names), and no package. Into FOLDER, if one is
// given, go the pictures that it compared.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Browser } from './chromium.mjs';

const [optlab, keep] = process.argv.slice(2).map((path) => resolve(path));
const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = mkdtempSync(join(tmpdir(), 'optlab-page-'));

// A page, a picture of its last screen, and one of an earlier moment: of the tape cut off there.
const tape = join(root, 'tests/tapes/ravine.tape.yaml');
const cut = join(folder, 'cut.tape.yaml');
writeFileSync(cut, readFileSync(tape, 'utf8').split(/^ {2}- shot:/m)[0]);
const record = (of, file) => execFileSync(optlab, ['record', of, '-o', join(folder, file)]).toString();
record(tape, 'page.html');
record(tape, 'end.svg');
const seconds = Number(/(\d+):(\d+\.\d+)/.exec(record(cut, 'cut.svg'))[2]);

const browser = await Browser.start(folder, keep);
try {
  const { tell, pause, run, until, press, click, picture } = browser;
  const open = (file, hash = '') => browser.open(join(folder, file), hash);
  const time = () => run("document.getElementById('time').textContent");
  const current = () => run("document.querySelector('#chapters [aria-current] span')?.textContent ?? ''");
  await browser.size(1000, 800);
  // The share of pixels that differ by more than a shade.
  const differs = (a, b) => run(`(async () => {
    const pixels = async (data) => {
      const image = new Image();
      image.src = 'data:image/png;base64,' + data;
      await image.decode();
      const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      return context.getImageData(0, 0, image.width, image.height).data;
    };
    const [a, b] = [await pixels('${a}'), await pixels('${b}')];
    if (a.length !== b.length) return 1;
    let differ = 0;
    for (let i = 0; i < a.length; i += 4) differ += [0, 1, 2].some((c) => Math.abs(a[i + c] - b[i + c]) > 8);
    return differ / (a.length / 4);
  })()`);
  const screen = async (name) => {
    const box = await run(`(() => {
      const svg = document.getElementById('screen');
      // As large as the picture, so that every pixel has its counterpart.
      Object.assign(svg.style, { position: 'fixed', left: 0, top: 0, width: '900px', height: '540px', outline: 'none', zIndex: 9 });
      window.scrollTo(0, 0);
      return { x: 0, y: 0, width: 900, height: 540 };
    })()`);
    return picture(name, box);
  };

  // A frame by its address, against the picture of the same moment.
  for (const [file, hash, name] of [['cut.svg', `#t=${seconds - 0.1}`, 'cut'], ['end.svg', '#t=9999', 'end']]) {
    await open('page.html', hash);
    assert.equal(await run("document.getElementById('player').classList.contains('playing')"), false);
    const ours = await screen(`${name}-page.png`);
    await open(file);
    const theirs = await picture(`${name}-picture.png`, { x: 0, y: 0, width: 900, height: 540 });
    await tell('Page.navigate', { url: 'about:blank' });
    await until("location.href === 'about:blank'");
    const share = await differs(ours, theirs);
    assert(share <= 0.0005, `${name}: ${(share * 100).toFixed(2)} % of the pixels differ`);
    console.log(`${name}: ${(share * 100).toFixed(3)} % of the pixels differ from the picture`);
  }

  // Opened: the first screen, paused, named, and nothing asked for.
  await open('page.html');
  assert.equal(await time(), '0:00.00');
  assert.equal(await run("document.getElementById('play').getAttribute('aria-label')"), 'Play');
  assert(await run("document.querySelectorAll('#screen g').length === 30 && document.querySelector('#screen text') !== null"));

  // Played by the button, paused by the space bar, wherever the focus is.
  await click('#play');
  await until("document.getElementById('seek').value > 2");
  assert.equal(await run("document.getElementById('play').getAttribute('aria-label')"), 'Pause');
  await run('document.activeElement.blur()');
  await press(' ', 'Space');
  const stopped = await time();
  await pause(300);
  assert.equal(await time(), stopped);

  // At double speed twice as much passes.
  await run("(() => { const s = document.getElementById('speed'); s.value = '4'; })()");
  const from = await run("+document.getElementById('seek').value");
  const began = Date.now();
  await press(' ', 'Space');
  await pause(500);
  await press(' ', 'Space');
  const passed = (await run("+document.getElementById('seek').value") - from) / 10, took = (Date.now() - began) / 1000;
  assert(passed > 1 && passed <= took * 4 + 0.1, `${passed} in ${took}`);

  // A chapter is chosen, and left by the arrows.
  await click('#chapters li:nth-child(2) button');
  assert.equal(await current(), 'Momentum');
  const second = await time();
  await press('ArrowLeft');
  assert.deepEqual([await time(), await current()], ['0:00.00', 'Plain gradient descent']);
  await press('ArrowRight');
  assert.equal(await time(), second);
  // After a click the space bar plays on.
  await click('#chapters li:nth-child(2) button');
  await press(' ', 'Space');
  await until("document.getElementById('player').classList.contains('playing')");
  await press(' ', 'Space');
  // A frame on and back, captions away and back.
  await click('#chapters li:nth-child(2) button');
  await press('.');
  await press(',');
  assert.equal(await time(), second);
  assert.equal(await run("document.getElementById('caption').textContent"), 'The gradient points across.');
  await press('c');
  assert(await run("document.getElementById('caption').hidden && document.getElementById('captions').getAttribute('aria-pressed') === 'false'"));
  await press('c');
  assert(!await run("document.getElementById('caption').hidden"));

  // Every frame is shown, on and back, without an error, and each the same both ways.
  const same = await run(`(() => {
    const seek = document.getElementById('seek'), seen = [];
    const at = (tick) => { seek.value = tick; seek.oninput(); return document.getElementById('screen').innerHTML; };
    for (let tick = 0; tick <= +seek.max; tick++) seen.push(at(tick));
    for (let tick = +seek.max; tick >= 0; tick--) if (at(tick) !== seen[tick]) return tick;
    return new Set(seen).size > 100;
  })()`);
  assert.equal(same, true);

  // At its end it stops, and begins anew.
  await press('End');
  await press(' ', 'Space');
  await until("document.getElementById('player').classList.contains('playing')");
  assert((await time()).startsWith('0:0'));
  await press(' ', 'Space');

  // On paper the shots stand in the place of the player.
  await tell('Emulation.setEmulatedMedia', { media: 'print' });
  assert(await run(`getComputedStyle(document.getElementById('player')).display === 'none'
    && [...document.querySelectorAll('figure svg')].every((svg) => svg.getBoundingClientRect().height > 50 && svg.querySelector('text'))
    && document.querySelectorAll('figure').length === 3`));
  if (keep) writeFileSync(join(keep, 'print.pdf'), Buffer.from((await tell('Page.printToPDF', {})).data, 'base64'));
  await tell('Emulation.setEmulatedMedia', { media: '' });
  await open('page.html', '#t=5');
  if (keep) await picture('page.png', { x: 0, y: 0, width: 1000, height: 1400 });

  // What a screen reader is told of the controls.
  const { nodes } = await tell('Accessibility.getFullAXTree');
  const named = nodes.filter(({ role, ignored }) => !ignored && ['button', 'slider', 'combobox'].includes(role?.value));
  assert(named.length >= 12 && named.every(({ name }) => name?.value), JSON.stringify(named.map(({ name }) => name?.value)));

  browser.has_kept_still();
  console.log('the page plays');
} finally {
  await browser.end();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
