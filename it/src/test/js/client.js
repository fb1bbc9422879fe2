'use strict';
// Drives unmodified happn-3 clients for the tests: one JSON command a line on stdin, one JSON answer or event a line on
// stdout. Usage: node client.js MODULE   (happn-3, or happn-3-8, -5, -3 for earlier ones)
//
//   {"n":1,"do":"connect","as":"a","host":"127.0.0.1","port":55000,"username":"_ADMIN","password":"…"}
//   {"n":2,"do":"on","as":"a","path":"/t/*","options":{}}        events: {"as":"a","sub":2,"data":…,"meta":…}
//   {"n":3,"do":"set","as":"a","path":"/t/x","data":{"v":1},"options":{}}
// Answers: {"n":3,"ok":…} or {"n":3,"error":{"name","message","code"}}. A command starts in the order of its line.
const happn = require(process.argv[2]);
const lines = require('readline').createInterface({ input: process.stdin });
const clients = new Map();
const subscriptions = new Map();
const out = (o) => process.stdout.write(JSON.stringify(o) + '\n');
// What clients log does not belong between the answers.
console.log = console.info = console.warn = console.error;
const call = (f) => new Promise((yes, no) => f((e, r) => (e ? no(e) : yes(r))));
process.on('unhandledRejection', (e) => out({ event: 'unhandled', error: String(e) }));
process.on('uncaughtException', (e) => out({ event: 'uncaught', error: String(e && e.stack) }));

const commands = {
  connect: async (c) => {
    const options = { host: c.host, port: c.port, username: c.username, password: c.password, info: c.info, ...c.options };
    if (process.argv[2] !== 'happn-3') options.config = { ...options, secure: !!c.username };
    if (c.username) options.secure = true;
    const client = await call((cb) => happn.client.create(options, cb));
    clients.set(c.as, client);
    client.beats = 0;
    for (const beat of ['incoming::ping', 'incoming::pong']) client.socket.on(beat, () => client.beats++);
    for (const event of ['reconnect-scheduled', 'reconnect-successful', 'connection-ended', 'session-ended', 'error']) {
      client.onEvent(event, (x) => out({ as: c.as, event, detail: x && (x.message || x.reason) }));
    }
    return { session: client.session && client.session.id };
  },
  set: (c, client) => call((cb) => client.set(c.path, c.data, c.options || {}, cb)),
  increment: (c, client) => call((cb) => client.increment(c.path, c.gauge, c.amount, cb)),
  publish: (c, client) => call((cb) => client.publish(c.path, c.data, c.options || {}, cb)),
  get: (c, client) => call((cb) => client.get(c.path, c.options || {}, cb)),
  paths: (c, client) => call((cb) => client.getPaths(c.path, cb)),
  createdBetween: (c, client) => call((cb) => client.getCreatedBetween(c.path, c.from, c.to, cb)),
  count: (c, client) => call((cb) => client.count(c.path, c.options || {}, cb)),
  remove: (c, client) => call((cb) => client.remove(c.path, c.options || {}, cb)),
  on: async (c, client) => {
    let initial;
    const options = { ...c.options };
    if (options.initialCallback) options.initialCallback = true;
    // What docs/use/history.md tells: `meta` is sent again when the client connects again, with what stands in it then.
    if (c.resume) {
      options.meta = Object.assign({ position: true }, options.meta);
      client.onSystemMessage((key, how) => {
        if (key === 'subscription-resumed') {
          options.meta.since = how.position;
          out({ as: c.as, event: key, detail: how });
        }
        return true;
      });
    }
    const handle = await call((cb) =>
      client.on(
        c.path,
        options,
        (data, meta) => {
          if (c.resume && meta.position) options.meta.since = meta.position;
          out({ as: c.as, sub: c.n, data, meta });
        },
        (e, h, values) => {
          initial = values;
          cb(e, h);
        }
      )
    );
    subscriptions.set(c.n, handle);
    return { handle, initial };
  },
  off: (c, client) => call((cb) => client.off(subscriptions.get(c.sub), cb)),
  offPath: (c, client) => call((cb) => client.offPath(c.path, cb)),
  disconnect: async (c, client) => {
    clients.delete(c.as);
    return call((cb) => client.disconnect(cb));
  },
  beats: async (c, client) => client.beats,
  session: async (c, client) => ({ id: client.session && client.session.id }),
};

lines.on('line', async (line) => {
  const c = JSON.parse(line);
  try {
    const client = clients.get(c.as);
    if (!client && c.do !== 'connect') throw new Error('no client ' + c.as);
    const ok = await commands[c.do](c, client);
    out({ n: c.n, ok: ok === undefined ? null : ok });
  } catch (e) {
    out({ n: c.n, error: { name: e.name, message: e.message, code: e.code } });
  }
});
lines.on('close', () => process.exit(0));
out({ event: 'started', version: require(process.argv[2] + '/package.json').version });
