'use strict';
// What the tests of the dashboard do in the browser, by name.

exports.login = async (w) => {
  const page = await w.open();
  await page.getByRole('heading', { name: 'Muster' }).waitFor();
  await w.accessible(page, 'login');
  await w.shot(page, 'login-light');

  await page.getByLabel('Token').fill('not-the-token');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').getByText('this is neither').waitFor();

  await w.login(page, w.adminToken, 'ann');
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
  await page.getByText('Live', { exact: true }).waitFor();
  // The cookie is none of the page's business, nor any other site's.
  w.assert.equal(await page.evaluate(() => document.cookie), '');
  const [cookie] = await page.context().cookies();
  w.assert.equal(cookie.httpOnly, true);
  w.assert.equal(cookie.sameSite, 'Strict');
  // A session without the header that only its page knows changes nothing.
  const forged = await page.evaluate(() => fetch('/v1/data/x', { method: 'PUT', body: '{}' }).then((r) => r.status));
  w.assert.equal(forged, 403);

  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Token').waitFor();
  w.assert.equal(await page.evaluate(() => fetch('/v1/status').then((r) => r.status)), 401);

  // Whoever may only look is offered nothing else, and refused if asked all the same.
  await w.login(page, w.viewerToken);
  await page.getByText('reads only').waitFor();
  await w.go(page, 'Members and Raft', '#/members');
  await page.getByText('127.0.0.1:56001').waitFor();
  w.assert.equal(await page.getByRole('button', { name: /Forget|Member a/ }).count(), 0);
  const refused = await page.evaluate(async () => {
    const { csrf } = await fetch('/v1/login').then((r) => r.json());
    return fetch('/v1/data/x', { method: 'PUT', body: '{}', headers: { 'Muster-Csrf': csrf } }).then((r) => r.status);
  });
  w.assert.equal(refused, 403);
};

exports.members = async (w) => {
  const page = await w.open();
  await w.login(page, w.adminToken);
  const stats = page.locator('.stats');
  await stats.getByText('3 of 3').waitFor();
  await w.eventually('charts', async () => (await page.locator('canvas').count()) === 4);
  await w.accessible(page, 'home');
  await w.shot(page, 'home-light');

  await w.go(page, 'Members and Raft', '#/members');
  await page.getByRole('row', { name: /^c / }).getByText('alive').waitFor();
  await w.perform('c is silent');
  await page.getByText(/suspected by a \(no answer for 0\.8 s/).waitFor();
  await w.perform('c fails');
  const c = page.getByRole('row', { name: /^c / });
  await c.getByText('failed').waitFor();
  await c.getByText('down').waitFor();
  await w.accessible(page, 'members');
  await w.shot(page, 'members-light');
  await c.getByRole('button', { name: 'Forget' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Forget' }).click();
  await page.getByText('Member c is forgotten.').waitFor();

  await w.perform('the quorum is lost');
  await page.getByRole('alert').getByText('No quorum.').waitFor();
  await w.shot(page, 'no-quorum-light');
  await w.perform('the quorum is back');
  await page.getByRole('alert').waitFor({ state: 'detached' });

  const dark = await w.open({ dark: true });
  await w.login(dark, w.adminToken);
  await dark.locator('.stats').getByText('of').first().waitFor();
  await w.eventually('charts', async () => (await dark.locator('canvas').count()) === 4);
  await w.accessible(dark, 'home, dark');
  await w.shot(dark, 'home-dark');
  await w.go(dark, 'Members and Raft', '#/members');
  await dark.getByRole('row', { name: /^b / }).waitFor();
  await w.accessible(dark, 'members, dark');
  await w.shot(dark, 'members-dark');
};

exports.data = async (w) => {
  const page = await w.open({ to: '/#/data' });
  await w.login(page, w.adminToken, 'ann');
  await page.getByRole('link', { name: /^sensors/ }).click();
  await page.getByRole('link', { name: /^kitchen/ }).click();
  const value = page.getByLabel('Value as JSON');
  await w.eventually('the value', async () => (await value.inputValue()).includes('21.5'));

  await page.getByLabel('Pattern to watch').fill('/sensors/kitchen');
  await page.getByRole('button', { name: 'Watch', exact: true }).click();
  await page.getByText('watching', { exact: true }).waitFor();
  await value.fill('{ "celsius": ');
  await page.getByText('This is not JSON').waitFor();
  w.assert.equal(await page.getByRole('button', { name: 'Write and publish' }).isDisabled(), true);
  await value.fill('{ "celsius": 22.25 }');
  await page.getByRole('button', { name: 'Write and publish' }).click();
  await page.getByLabel('Events').getByText('{"celsius":22.25}').waitFor();
  await page.getByText('version 2').waitFor();
  await value.fill('{ "celsius": -1 }');
  await page.getByRole('button', { name: 'Publish only' }).click();
  await page.getByLabel('Events').getByText('{"celsius":-1}').waitFor();
  await page.getByRole('button', { name: 'Discard' }).click();
  await w.eventually('what is kept', async () => (await value.inputValue()).includes('22.25'));
  await page.getByText('nothing was kept').waitFor({ state: 'detached' });
  await w.accessible(page, 'data');
  await w.shot(page, 'data-light');

  await page.getByRole('button', { name: 'Remove…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByText('There is no record at this path').waitFor();

  await w.go(page, 'Audit', '#/audit');
  await page.getByRole('row', { name: /ann as admin.*data\/sensors\/kitchen/ }).first().waitFor();
};

exports.connections = async (w) => {
  const page = await w.open({ to: '/#/connections' });
  await w.login(page, w.adminToken, 'ann');
  await page.getByRole('row', { name: /bob/ }).waitFor();
  await w.accessible(page, 'connections');
  await w.shot(page, 'connections-light');
  await page.getByRole('button', { name: 'Listeners of bob' }).click();
  await page.getByRole('dialog').getByText('/t/**').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'End the session of bob' }).click();
  await page.getByRole('dialog').getByLabel(/Reason/).fill('maintenance tonight');
  await page.getByRole('dialog').getByRole('button', { name: 'End session' }).click();
  await page.getByText('The session is ended.').waitFor();
};

/** What the member's supervision answers, which has tests of its own. */
async function supervision(page) {
  const asked = [];
  await page.route('**/v1/clusters/**', (route) => {
    const request = route.request();
    if (request.method() === 'POST') {
      asked.push({ url: decodeURIComponent(request.url()), body: request.postDataJSON(), csrf: request.headers()['muster-csrf'] });
      return route.fulfill({ json: {} });
    }
    const at = Date.now();
    return route.fulfill({
      json: {
        history: [
          { index: 31, at: at - 60_000, state: 'critical', message: '3 of 3 members: connection refused' },
          { index: 24, at: at - 3_600_000, event: 'enable', reason: 'new disk', by: 'ann' },
          { index: 20, at: at - 7_200_000, event: 'disable', reason: 'disk is full', by: 'ann' },
          { index: 3, at: at - 86_400_000, state: 'passing', message: 'first checked' },
        ],
      },
    });
  });
  return asked;
}

exports.services = async (w) => {
  const page = await w.open();
  const asked = await supervision(page);
  await w.login(page, w.adminToken, 'ann');
  await page.getByRole('heading', { level: 2, name: 'Services' }).waitFor();
  await w.shot(page, 'home-services-light');

  const began = Date.now();
  await w.go(page, 'Services', '#/services');
  await page.getByText('10,005 shown').waitFor();
  console.error('10,005 targets in sight after ' + (Date.now() - began) + ' ms');
  // Of ten thousand rows those in sight are made.
  w.assert.ok((await page.getByRole('row').count()) < 80);
  await w.accessible(page, 'services');
  await w.shot(page, 'services-light', false);

  await w.perform('one target fails');
  await page.getByRole('button', { name: 'Critical 3' }).click();
  const row = page.getByRole('row', { name: /10\.1\.0\.77:6379/ });
  await row.getByText('critical').first().waitFor();
  await page.getByLabel('Filter targets').fill('0.77:');
  await page.getByText('1 shown').waitFor();

  await row.getByRole('button', { name: 'Actions of' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Maintenance/ }).click();
  const dialog = page.getByRole('dialog');
  await w.shot(page, 'maintenance-light', false);
  await dialog.getByLabel(/Reason/).fill('replacing the disk');
  await dialog.getByLabel(/For how long/).selectOption('240');
  await dialog.getByRole('button', { name: 'Maintenance' }).click();
  await page.getByText('is in maintenance.').waitFor();
  w.assert.equal(asked.length, 1);
  w.assert.equal(asked[0].body.action, 'maintenance');
  w.assert.equal(asked[0].body.reason, 'replacing the disk');
  w.assert.ok(Math.abs(asked[0].body.until - Date.now() - 240 * 60_000) < 120_000);
  w.assert.ok(asked[0].csrf);
  w.assert.ok(asked[0].url.endsWith('/v1/clusters/fleet/nodes/tcp://10.1.0.77:6379'), asked[0].url);

  await row.getByRole('link').first().click();
  await page.getByRole('heading', { level: 1, name: 'tcp://10.1.0.77:6379' }).waitFor();
  await page.getByRole('region', { name: 'Opinions of the members' }).getByText('connection refused').first().waitFor();
  await page.getByText('disk is full').waitFor();
  await w.perform('checks take their time');
  await w.eventually('a line of latencies', async () => (await page.locator('canvas').count()) === 1);
  await w.accessible(page, 'target');
  await w.shot(page, 'target-light');

  await w.go(page, 'Balancers', '#/balancers');
  await page.getByText('backend cache').waitFor();
  await w.accessible(page, 'balancers');
  await w.shot(page, 'balancers-light');

  const dark = await w.open({ dark: true, to: '/#/services/cache' });
  await supervision(dark);
  await w.login(dark, w.adminToken);
  await dark.getByText('5 shown').waitFor();
  await w.accessible(dark, 'services, dark');
  await w.shot(dark, 'services-dark', false);
  await w.go(dark, 'tcp://10.0.0.3:6379', '#/services/cache/' + encodeURIComponent('tcp://10.0.0.3:6379'));
  await w.shot(dark, 'target-dark');
  await w.go(dark, 'Balancers', '#/balancers');
  await dark.getByText('backend cache').waitFor();
  await w.shot(dark, 'balancers-dark');
};

exports.logs = async (w) => {
  const page = await w.open({ to: '/#/logs' });
  await w.login(page, w.adminToken, 'ann');
  await page.getByText('disk_slow').waitFor();
  w.assert.equal(await page.getByText('opensesame').count(), 0);
  await page.getByRole('button', { name: 'Errors' }).click();
  await page.getByText('disk_slow').waitFor({ state: 'detached' });
  await page.getByText('store_failed').waitFor();
  await page.getByRole('button', { name: 'All' }).click();
  await w.accessible(page, 'logs');
  await w.shot(page, 'logs-light');

  await page.evaluate(async () => {
    const { csrf } = await fetch('/v1/login').then((r) => r.json());
    await fetch('/v1/settings/s.room', { method: 'PUT', body: '{"value":"64KiB"}', headers: { 'Muster-Csrf': csrf } });
  });
  await w.go(page, 'Audit', '#/audit');
  const row = page.getByRole('row', { name: /settings\/s\.room/ });
  await row.getByText('ann').waitFor();
  await row.getByText('64KiB').waitFor();
  await w.accessible(page, 'audit');
  await w.shot(page, 'audit-light');
};

/** No mouse: the skip link, the pages, a filter, a dialog that keeps and returns the focus. */
exports.keyboard = async (w) => {
  const page = await w.open();
  await supervision(page);
  await page.getByLabel('Token').focus();
  await page.keyboard.type(w.adminToken);
  await page.keyboard.press('Tab');
  await page.keyboard.type('ann');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Home' }).waitFor();
  const focused = () => page.evaluate(() => document.activeElement.textContent || document.activeElement.getAttribute('aria-label'));

  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press('Tab');
  w.assert.equal(await focused(), 'Skip to the page');
  await page.keyboard.press('Enter');
  w.assert.equal(await page.evaluate(() => document.activeElement.id), 'main');

  // To a page by its link: whoever follows it is told of the new page by the focus.
  await page.getByRole('link', { name: /^Services/ }).first().focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor();
  await w.eventually('focus in the page', () => page.evaluate(() => document.activeElement.id === 'main'));
  await page.getByText('10,005 shown').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('10.0.0.2:');
  await page.getByText('1 shown').waitFor();
  // Order by a head of the table.
  await page.getByRole('columnheader', { name: 'Target' }).getByRole('button').focus();
  await page.keyboard.press('Enter');
  await page.locator('th[aria-sort=ascending]').getByText('Target').waitFor();
  await page.getByRole('button', { name: /Actions of/ }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  for (let i = 0; i < 20; i++) await page.keyboard.press('Tab');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await w.eventually('focus is back', async () => (await page.evaluate(() => document.activeElement.getAttribute('aria-label'))) === 'Actions of tcp://10.0.0.2:6379');
};

/** As wide as a phone: nothing reaches beyond the edge, everything can be reached. */
exports.phone = async (w) => {
  for (const dark of [false, true]) {
    const page = await w.open({ width: 390, height: 844, dark });
    await supervision(page);
    await w.login(page, w.adminToken);
    await w.eventually('charts', async () => (await page.locator('canvas').count()) === 4);
    const tone = dark ? 'dark' : 'light';
    await w.shot(page, 'phone-home-' + tone);
    await page.getByRole('button', { name: 'Menu' }).click();
    await w.shot(page, 'phone-menu-' + tone, false);
    await page.getByRole('link', { name: /^Services/ }).first().click();
    await page.getByText('10,005 shown').waitFor();
    await w.shot(page, 'phone-services-' + tone, false);
    for (const [title, hash] of [['Home', '#/'], ['Members and Raft', '#/members'], ['Services', '#/services'], ['tcp://10.0.0.3:6379', '#/services/cache/' + encodeURIComponent('tcp://10.0.0.3:6379')], ['Balancers', '#/balancers'], ['Data', '#/data'], ['Connections', '#/connections'], ['Logs', '#/logs'], ['Audit', '#/audit']]) {
      await w.go(page, title, hash);
      await w.eventually('all is here', async () => (await page.getByText('Loading…').count()) === 0);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      w.assert.ok(wide <= 0, title + ' is ' + wide + ' pixels too wide');
      await w.accessible(page, 'phone: ' + title);
      if (!dark) await w.shot(page, 'phone-' + title.split(/[ :]/)[0].toLowerCase() + (hash.includes('cache') ? '-target' : ''));
    }
  }
};
