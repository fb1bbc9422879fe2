// What an operator can do with a target.
import { send } from '../api.js';
import { say } from '../ui.js';

const REASON = { name: 'reason', label: 'Reason', required: true, hint: 'Stands in the audit and in the target\'s history.' };
const FOR = {
  name: 'minutes', label: 'For how long', value: '60',
  options: [['30', '30 minutes'], ['60', '1 hour'], ['240', '4 hours'], ['1440', '1 day'], ['10080', '1 week'], ['', 'until somebody ends it']],
};

async function act(node, action, done, values) {
  const body = { action };
  if (values.reason) body.reason = values.reason;
  if (values.minutes) body.until = Date.now() + Number(values.minutes) * 60_000;
  await send('POST', '/v1/clusters/' + encodeURIComponent(node.cluster) + '/nodes/' + encodeURIComponent(node.addr), body);
  say(node.addr + ' ' + done + '.');
}

/** [{text, note, ask}] in the order of use. */
export function actions(node) {
  const one = (action, text, note, done, fields, more) => ({
    text,
    note,
    ask: { title: text + ': ' + node.addr, action: text, fields, act: (v) => act(node, action, done, v), ...more },
  });
  const all = [];
  if (node.disabled) all.push(one('enable', 'Enable', 'may get traffic again', 'is enabled', []));
  else all.push(one('disable', 'Disable', 'no traffic until enabled', 'is disabled', [REASON], { danger: true }));
  if (node.drain) all.push(one('undrain', 'End the drain', 'gets new connections again', 'is drained no more', []));
  else all.push(one('drain', 'Drain', 'no new connections, the others end by themselves', 'is draining', [REASON]));
  if (node.maintenance) all.push(one('end_maintenance', 'End maintenance', 'is checked and used again', 'is in maintenance no more', []));
  else all.push(one('maintenance', 'Maintenance', 'no traffic and no alarms for a time', 'is in maintenance', [REASON, FOR]));
  if (node.spare) all.push(one('unspare', 'Bring in', 'from the spares into traffic', 'is no spare any more', []));
  else all.push(one('spare', 'Make spare', 'stays ready, without traffic', 'is a spare', [REASON]));
  all.push(one('delete', 'Delete', 'is supervised no more', 'is deleted', [REASON], { danger: true }));
  return all;
}
