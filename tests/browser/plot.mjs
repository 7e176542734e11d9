// Opens a plot's page in headless Chromium, points at its lines and goes along them by keys: `node tests/browser/plot.mjs
// target/debug/optlab [FOLDER]`. What it tells is compared with the tables of the runs. Into FOLDER, if one is given, go pictures
// of the page.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Browser } from './chromium.mjs';

const [optlab, keep] = process.argv.slice(2).map((path) => resolve(path));
const folder = mkdtempSync(join(tmpdir(), 'optlab-plot-'));
const lab = `id: plotted
title: A race & <its> page
seed: 3
data: {source: moons, samples: 60, noise: 0.2, validation: 0.25}
network: [dense: 4, tanh, dense: 2]
loss: cross_entropy
training: {epochs: 5, batch: 15}
optimizer: {rule: sgd, lr: 0.1}
compare:
  momentum: {optimizer: {rule: momentum, lr: 0.1, beta: 0.9}}
  adam: {optimizer: {rule: adam, lr: 0.01}}
`;
const racers = ['sgd', 'momentum', 'adam'];
writeFileSync(join(folder, 'lab.yaml'), lab);
const call = (...words) => execFileSync(optlab, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
call('train', 'lab.yaml', '--out', 'race', '--quiet');
call('plot', 'race', '-o', 'plot.html', '--y', 'loss,val_accuracy', '--smooth=0');

const column = (racer, file, name) => {
  const [head, ...rows] = readFileSync(join(folder, 'race', racer, file), 'utf8').trim().split('\n').map((row) => row.split(','));
  return rows.map((row) => Number(row[head.indexOf(name)]));
};
const losses = racers.map((racer) => column(racer, 'steps.csv', 'loss'));
const accuracies = racers.map((racer) => column(racer, 'epochs.csv', 'val_accuracy'));
const steps = losses[0].length;
// Four digits; of a share a tenth of a percent.
const near = (told, value, of = Math.abs(value)) => assert(Math.abs(told - value) <= 6e-4 * of, `${told} for ${value}`);

const browser = await Browser.start(folder, keep);
try {
  const { run, press, point, until } = browser;
  const whole = { x: 0, y: 0, width: 1000, height: 800 };
  await browser.size(whole.width, whole.height);
  await browser.open(join(folder, 'plot.html'));
  assert.equal(await run('document.title'), 'A race & <its> page');
  assert(await run(`document.getElementById('plot').scrollWidth <= innerWidth && document.querySelectorAll('svg polyline').length >= 6`));
  await browser.picture('plot.png', whole);

  // The table has the end of every line.
  const table = await run("[...document.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.textContent))");
  assert.equal(table.length, 6);
  table.slice(0, 3).forEach(([name, step, value], at) => {
    assert(name.includes(racers[at]) && Number(step) === steps, name);
    near(Number(value), losses[at][steps - 1]);
  });

  // What is told, if anything is seen of it: the place, and the value of each line by its name.
  const told = () => run(`(() => {
    const told = document.getElementById('told'), style = getComputedStyle(told), box = told.getBoundingClientRect();
    if (style.visibility !== 'visible') return null;
    const [over, ...lines] = told.innerText.trim().split('\\n');
    return { over, lines, inside: box.left >= 0 && box.right <= innerWidth + 1 };
  })()`);
  const tells = async (step, values) => {
    const { over, lines, inside } = await told();
    assert.equal(over, `step ${step}`);
    assert(inside, `beyond the page at ${over}`);
    assert.equal(lines.length, racers.length);
    lines.forEach((line, at) => {
      assert(line.includes(racers[at]), line);
      const [, number, percent] = /: ([-\d.e]+)( %)?$/.exec(line);
      if (percent) near(number / 100, values[at], 1);
      else near(Number(number), values[at]);
    });
  };
  const losses_at = (step) => losses.map((own) => own[step - 1]);

  // Pointed at, from the left to the right, and left.
  assert.equal(await told(), null);
  const areas = await run(`(() => {
    const svg = document.querySelector('svg'), box = svg.getBoundingClientRect(), scale = box.width / svg.viewBox.baseVal.width;
    const { panels } = JSON.parse(document.getElementById('data').textContent);
    return panels.map(({ area: [left, top, right, bottom] }) => [left, top, right, bottom].map((at, i) => at * scale + (i % 2 ? box.top : box.left)));
  })()`);
  assert.equal(areas.length, 2);
  const [left, top, right, bottom] = areas[0];
  const seen = new Set();
  for (let x = left + 2; x < right; x += (right - left) / 40) {
    await point(x, (top + bottom) / 2);
    const step = Number((await told()).over.replace('step ', ''));
    await tells(step, losses_at(step));
    seen.add(step);
  }
  assert(seen.size === steps, `${seen.size} of ${steps} steps`);
  await browser.picture('pointed.png', whole);
  await point(areas[1][2] - 1, (areas[1][1] + areas[1][3]) / 2);
  await tells(steps, accuracies.map((own) => own.at(-1)));
  await point(left - 30, top + 5);
  assert.equal(await told(), null);

  // By keys: reached by Tab, along the lines, from panel to panel.
  await browser.open(join(folder, 'plot.html'));
  await press('Tab');
  assert.equal(await run('document.activeElement.id'), 'plot');
  assert(await run("document.activeElement.getAttribute('aria-label').includes('arrow')"));
  await press('ArrowRight');
  await tells(1, losses_at(1));
  for (let times = 0; times < 4; times++) await press('ArrowRight');
  await tells(5, losses_at(5));
  await press('ArrowLeft');
  await tells(4, losses_at(4));
  await press('End');
  await tells(steps, losses_at(steps));
  await press('ArrowRight');
  await tells(steps, losses_at(steps));
  await press('ArrowLeft', 'ArrowLeft', 8);
  await tells(steps - 10, losses_at(steps - 10));
  await press('ArrowDown');
  const first = (await told()).over;
  assert((await told()).lines.every((line) => line.endsWith('%')), JSON.stringify(await told()));
  await press('ArrowUp');
  await press('Home');
  assert.notEqual((await told()).over, first);
  await tells(1, losses_at(1));
  await press('Escape');
  assert.equal(await told(), null);
  // The page scrolls by keys that are none of the plot's.
  await press('ArrowRight');
  await run('document.activeElement.blur()');
  await until("getComputedStyle(document.getElementById('told')).visibility === 'hidden'");

  // On a narrow screen nothing is wider than it.
  await browser.size(400, 800);
  await browser.picture('narrow.png', { ...whole, width: 400 });
  const wide = await run(`[...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
    .map((element) => element.tagName + '#' + element.id)`);
  assert.deepEqual(wide, []);
  browser.has_kept_still();
  console.log('the plot tells its values');
} finally {
  await browser.end();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
