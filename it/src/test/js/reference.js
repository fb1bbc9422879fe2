'use strict';
// The npm happn-3 server, as the yardstick of the conformance tests. Usage: node reference.js PORT [PASSWORD]
const [port, password] = process.argv.slice(2);
const config = { port: +port, host: '127.0.0.1', secure: !!password };
if (password) config.services = { security: { config: { adminUser: { password } } } };
require('happn-3').service.create(config).then(
  () => console.log('ready'),
  (e) => {
    console.error(e);
    process.exit(1);
  }
);
process.stdin.on('close', () => process.exit(0)).resume();
