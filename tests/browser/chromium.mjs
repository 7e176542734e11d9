// A headless Chromium with one page in it, over a pipe. It needs Node 18 or later and `chromium` (or the program that CHROMIUM
// names), and no package.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export class Browser {
  #process;
  #session;
  #keep;
  #answers = new Map();
  #number = 0;
  #requests = [];
  #complaints = [];

  // With its profile in a folder; pictures go into `keep`, if that is given.
  static async start(folder, keep) {
    const browser = new Browser();
    browser.#keep = keep;
    browser.#process = spawn(process.env.CHROMIUM ?? 'chromium', [
      '--headless=new', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', '--force-device-scale-factor=1',
      `--user-data-dir=${join(folder, 'profile')}`, 'about:blank',
    ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    const failed = (error) => browser.#answers.forEach((answer) => answer.failed(error));
    browser.#process.on('exit', (code) => failed(new Error(`chromium ended with ${code}`)));
    browser.#process.on('error', failed);
    let rest = '';
    browser.#process.stdio[4].setEncoding('utf8').on('data', (text) => {
      const messages = (rest + text).split('\0');
      rest = messages.pop();
      messages.forEach((message) => browser.#hear(JSON.parse(message)));
    });
    const { targetId } = await browser.ask('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await browser.ask('Target.attachToTarget', { targetId, flatten: true });
    browser.#session = sessionId;
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await browser.tell(`${domain}.enable`);
    return browser;
  }

  #hear(message) {
    const { method, params } = message;
    if (method === 'Network.requestWillBeSent') this.#requests.push(params.request.url);
    if (method === 'Runtime.exceptionThrown') this.#complaints.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
    if (method === 'Log.entryAdded' && params.entry.level !== 'verbose') this.#complaints.push(params.entry.text);
    if (method === 'Runtime.consoleAPICalled') this.#complaints.push(JSON.stringify(params.args.map(({ value }) => value)));
    const answer = this.#answers.get(message.id);
    if (!answer) return;
    this.#answers.delete(message.id);
    if (message.error) answer.failed(new Error(message.error.message));
    else answer.done(message.result);
  }

  ask = (method, params = {}, sessionId = undefined) => new Promise((done, failed) => {
    this.#answers.set(++this.#number, { done, failed });
    this.#process.stdio[3].write(JSON.stringify({ id: this.#number, method, params, sessionId }) + '\0');
  });

  // Of the page.
  tell = (method, params) => this.ask(method, params, this.#session);

  pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

  // What an expression comes to in the page.
  run = async (expression) => {
    const { result, exceptionDetails } = await this.tell('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
    assert(!exceptionDetails, exceptionDetails?.exception?.description ?? exceptionDetails?.text);
    return result.value;
  };

  until = async (what) => {
    for (let tries = 0; tries < 200; tries++) {
      if (await this.run(what)) return;
      await this.pause(25);
    }
    assert.fail(`never: ${what}`);
  };

  // A file, loaded anew.
  open = async (file, hash = '') => {
    await this.tell('Page.navigate', { url: 'about:blank' });
    await this.until("location.href === 'about:blank'");
    await this.tell('Page.navigate', { url: pathToFileURL(file).href + hash });
    await this.until("location.href !== 'about:blank' && document.readyState === 'complete'");
  };

  size = (width, height) =>
    this.tell('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });

  press = async (key, code = key, modifiers = 0) => {
    const text = key.length === 1 ? key : undefined;
    await this.tell('Input.dispatchKeyEvent', { type: 'keyDown', key, code, text, modifiers });
    await this.tell('Input.dispatchKeyEvent', { type: 'keyUp', key, code, modifiers });
  };

  point = (x, y) => this.tell('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });

  click = async (selector) => {
    const [x, y] = await this.run(`(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: 'center' });
      const box = element.getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2];
    })()`);
    for (const type of ['mousePressed', 'mouseReleased']) {
      await this.tell('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 });
    }
  };

  // A part of the page as a PNG, in base 64.
  picture = async (name, clip) => {
    const { data } = await this.tell('Page.captureScreenshot', { format: 'png', clip: { ...clip, scale: 1 }, captureBeyondViewport: true });
    if (this.#keep) {
      mkdirSync(this.#keep, { recursive: true });
      writeFileSync(join(this.#keep, name), Buffer.from(data, 'base64'));
    }
    return data;
  };

  // Nothing was asked of a network, and nothing was said in the console.
  has_kept_still() {
    assert.deepEqual(this.#requests.filter((url) => !/^(file:|data:|about:)/.test(url)), []);
    assert.deepEqual(this.#complaints, []);
  }

  end = async () => {
    this.#process.kill();
    await new Promise((done) => {
      if (this.#process.exitCode !== null || this.#process.signalCode) done();
      else this.#process.on('exit', done);
    });
  };
}
