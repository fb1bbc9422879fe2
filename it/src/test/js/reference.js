'use strict';
// The npm happn-3 server, as the yardstick of the conformance tests. Usage: node reference.js PORT [PASSWORD]
// A line on stdin is a call of administration, {"n":1,"method":"security.users.upsertUser","params":[…]}; where the
// server wants groups and users themselves, names are enough. Answers: {"n":1,"result":…} or {"n":1,"error":"…"}.
// The method "stop" ends the server so that clients stay away.
const [port, password] = process.argv.slice(2);
const config = { port: +port, host: '127.0.0.1', secure: !!password };
if (password) {
  const profiles = [
    { name: 'short', session: { 'user.username': 'short' }, policy: { usage_limit: 2 } },
    { name: 'old', session: { 'user.username': 'old' }, policy: { ttl: 2000 } },
    { name: 'idle', session: { 'user.username': 'idle' }, policy: { inactivity_threshold: 1000 } },
  ];
  config.services = { security: { config: { adminUser: { password }, profiles } } };
}
const out = (o) => process.stdout.write(JSON.stringify(o) + '\n');

async function call(service, method, params) {
  if (method === 'stop') return service.stop({ reconnect: false });
  const names = method.split('.');
  const name = names.pop();
  const of = names.reduce((o, n) => o[n], service.services);
  if (name === 'linkGroup' || name === 'unlinkGroup') {
    const security = service.services.security;
    params = [await security.groups.getGroup(params[0], {}), await security.users.getUser(params[1])];
  }
  if (name === 'deleteGroup') params = [await of.getGroup(params[0], {})];
  if (name === 'deleteUser') params = [await of.getUser(params[0])];
  return of[name](...params);
}

require('happn-3').service.create(config).then(
  (service) => {
    console.log('ready');
    require('readline')
      .createInterface({ input: process.stdin })
      .on('line', (line) => {
        const c = JSON.parse(line);
        call(service, c.method, c.params).then(
          (result) => out({ n: c.n, result: result === undefined ? null : result }),
          (e) => out({ n: c.n, error: String(e && e.stack) })
        );
      });
  },
  (e) => {
    console.error(e);
    process.exit(1);
  }
);
process.stdin.on('close', () => process.exit(0)).resume();
