'use strict';
// Drives a real browser for the tests: one JSON command a line on stdin, one JSON answer a line on stdout.
// Usage: node browser.js CHROMIUM
//
//   {"n":1,"do":"open","as":"a","url":"http://127.0.0.1:55000/ping","script":"/browser_client"}
//   {"n":2,"do":"run","as":"a","body":"return 1 + (await something(arg));","arg":…}
// Answers: {"n":2,"ok":…} or {"n":2,"error":{"name","message","code"}}.
const { chromium } = require('playwright-core');
const lines = require('readline').createInterface({ input: process.stdin });
const pages = new Map();
const out = (o) => process.stdout.write(JSON.stringify(o) + '\n');

const browser = chromium.launch({
  executablePath: process.argv[2],
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-proxy-server'],
});

const commands = {
  open: async (c) => {
    // A context of its own: pages do not share cookies.
    const context = await (await browser).newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    page.on('console', (m) => process.stderr.write('[page ' + c.as + '] ' + m.text() + '\n'));
    page.on('pageerror', (e) => process.stderr.write('[page ' + c.as + '] ' + e.stack + '\n'));
    await page.goto(c.url);
    await page.addScriptTag({ url: c.script });
    pages.set(c.as, page);
  },
  run: async (c) => {
    const result = await pages.get(c.as).evaluate(
      async ([body, arg]) => {
        const Async = Object.getPrototypeOf(async () => {}).constructor;
        try {
          return { ok: await new Async('arg', body)(arg) };
        } catch (e) {
          return { error: { name: e.name, message: e.message, code: e.code } };
        }
      },
      [c.body, c.arg]
    );
    if (result.error) throw result.error;
    return result.ok;
  },
};

lines.on('line', async (line) => {
  const c = JSON.parse(line);
  try {
    const ok = await commands[c.do](c);
    out({ n: c.n, ok: ok === undefined ? null : ok });
  } catch (e) {
    out({ n: c.n, error: { name: e.name, message: e.message, code: e.code } });
  }
});
lines.on('close', async () => {
  await (await browser).close();
  process.exit(0);
});
