'use strict';
// Drives a real browser through the dashboard for the tests.
// Usage: node dashboard.js CHROMIUM SCENARIO SCREENSHOTS URL ADMIN_TOKEN VIEWER_TOKEN
//
// `do: WHAT` on stdout asks the test to do something with the member; it answers `done`. The exit
// code says how it ended; what went wrong is on stderr.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const readline = require('node:readline');
const { chromium } = require('playwright-core');
const scenarios = require('./scenarios.js');

const [executablePath, scenario, shots, url, adminToken, viewerToken] = process.argv.slice(2);
const answers = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const PATIENCE = 30_000;
const axeSource = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

async function main() {
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server'],
  });
  const wrong = [];
  const world = {
    url,
    adminToken,
    viewerToken,
    assert,
    /** Asks the test to do something, and waits until it has. */
    async perform(what) {
      process.stdout.write('do: ' + what + '\n');
      const { value } = await answers.next();
      assert.equal(value, 'done', what);
    },
    /** A browser of its own, without cookies of others. */
    async open({ width = 1360, height = 900, dark = false, to = '/' } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        colorScheme: dark ? 'dark' : 'light',
        reducedMotion: 'reduce',
        deviceScaleFactor: 1,
      });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE);
      // What the content security policy refuses is an error on the console, too.
      page.on('console', (m) => {
        if (m.type() === 'error' && !/Failed to load resource|ERR_/.test(m.text())) wrong.push(m.text());
      });
      page.on('pageerror', (e) => wrong.push(e.stack));
      await page.goto(url + to);
      return page;
    },
    async login(page, token, name = '') {
      await page.getByLabel('Token').fill(token);
      if (name) await page.getByLabel('Your name').fill(name);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.locator('#main').waitFor();
    },
    async go(page, title, hash) {
      await page.evaluate((h) => (location.hash = h), hash);
      await page.getByRole('heading', { level: 1, name: title }).waitFor();
    },
    /** Keeps how it looks, under the module's target directory. */
    async shot(page, name, full = true) {
      fs.mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: path.join(shots, name + '.png'), fullPage: full });
    },
    /** Fails with what axe finds. */
    async accessible(page, where) {
      await page.evaluate(axeSource);
      const { violations } = await page.evaluate(() =>
        window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] })
      );
      const said = violations.map((v) => v.id + ': ' + v.help + '\n' + v.nodes.slice(0, 4).map((n) => '    ' + n.html.slice(0, 220) + ' ' + (n.any[0] ? n.any[0].message : '')).join('\n'));
      assert.deepEqual(said, [], where + '\n' + said.join('\n'));
    },
    /** Waits until something holds. */
    async eventually(what, condition) {
      const end = Date.now() + PATIENCE;
      for (;;) {
        let last;
        try {
          if (await condition()) return;
        } catch (e) {
          last = e;
        }
        if (Date.now() > end) throw new Error('not within ' + PATIENCE + ' ms: ' + what, { cause: last });
        await new Promise((r) => setTimeout(r, 50));
      }
    },
  };
  try {
    await scenarios[scenario](world);
    assert.deepEqual(wrong, [], 'the console: ' + wrong.join('\n'));
  } finally {
    await browser.close();
  }
}

main().then(
  () => process.exit(0),
  (e) => {
    process.stderr.write((e.stack || String(e)) + (e.cause ? '\ncaused by ' + e.cause.stack : '') + '\n');
    process.exit(1);
  }
);
