// Clients: figures of this member, sessions of all.
import { html, useMemo, useState } from '../lib.js';
import { useTopic } from '../live.js';
import { get, send } from '../api.js';
import { Ago, Ask, Banner, Card, Dialog, Empty, Failure, Filter, Loading, LongTable, Menu, Stat, Table, say, useRequest } from '../ui.js';
import { bytes, compact, count } from '../format.js';

function Listeners({ session, onClose }) {
  const [found, problem] = useRequest(() => get('/v1/listeners?session=' + encodeURIComponent(session.id)), [session.id]);
  return html`<${Dialog} title=${'What ' + (session.username || session.id) + ' listens to'} onClose=${onClose}>
    ${problem ? html`<${Failure} problem=${problem} />` : null}
    ${!found && !problem ? html`<${Loading} />` : null}
    ${found ? html`<${Table} label="Listeners" rows=${found.listeners} id=${(l) => l.reference} empty="Nothing." columns=${[
      { key: 'pattern', title: 'Pattern', class: 'wrap', cell: (l) => html`<code>${l.pattern}</code>` },
      { key: 'action', title: 'Of' },
      { key: 'as', title: 'As', cell: (l) => l.as || html`<span class="dim">itself</span>` },
    ]} />` : null}
  <//>`;
}

export function Connections({ me }) {
  const parts = useTopic('member').parts;
  const clients = parts.get('clients');
  const gate = parts.get('gate');
  const rates = useTopic('rates');
  const [found, problem, again] = useRequest(() => get('/v1/sessions?limit=10000'), []);
  const [text, setText] = useState('');
  const [ask, setAsk] = useState(null);
  const [listening, setListening] = useState(null);
  const rows = useMemo(() => {
    const t = text.toLowerCase();
    const all = found ? found.sessions : [];
    return t ? all.filter((s) => (s.username + ' ' + s.address + ' ' + s.member + ' ' + s.id + ' ' + s.protocol).toLowerCase().includes(t)) : all;
  }, [found, text]);
  if (!clients) return html`<${Loading} />`;
  const last = [...rates.parts.values()].reduce((a, b) => (a && a.at > b.at ? a : b), null);
  const end = (s) => ({
    title: 'End the session of ' + (s.username || s.id) + '?', text: 'Its client is disconnected; it may log in again.', action: 'End session', danger: true,
    fields: [{ name: 'reason', label: 'Reason, told to the client' }],
    act: async (v) => { await send('DELETE', '/v1/sessions/' + encodeURIComponent(s.id) + (v.reason ? '?reason=' + encodeURIComponent(v.reason) : '')); say('The session is ended.'); again(); },
  });
  const columns = [
    { key: 'username', title: 'User', cell: (s) => s.username || html`<span class="dim">not logged in</span>` },
    { key: 'member', title: 'Member' },
    { key: 'address', title: 'From', cell: (s) => html`<span class="mono">${s.address}</span>` },
    { key: 'protocol', title: 'Protocol', class: 'wide' },
    { key: 'since', title: 'For', down: true, cell: (s) => html`<${Ago} at=${s.since} suffix="" />` },
    { key: 'requests', title: 'Requests', class: 'num', down: true, cell: (s) => count(s.requests) },
    { key: 'id', title: 'Session', class: 'wide', cell: (s) => html`<code>${s.id}</code>` },
    { key: 'actions', name: 'Actions', title: '', sort: false, class: 'actions menu-cell', cell: (s) => html`<button type="button" class="small" aria-label=${'Listeners of ' + (s.username || s.id)} onClick=${() => setListening(s)}>Listeners</button>${me.role === 'admin' ? html` <button type="button" class="small" aria-label=${'End the session of ' + (s.username || s.id)} onClick=${() => setAsk(end(s))}>End…</button>` : null}` },
  ];
  return html`<div class="page-head"><h1>Connections</h1><p>${gate ? 'Door: ' + gate.state + (gate.ports.length ? ', port ' + gate.ports.join(', ') : '') : ''}</p></div>
    <div class="stack">
      <div class="stats">
        <${Stat} label="Connected here" value=${compact(clients.connections)} note=${compact(clients.accepted) + ' accepted since start'} />
        <${Stat} label="In per second" value=${last ? compact(last.framesIn) : '–'} note=${last ? bytes(last.bytesIn) + '/s' : ''} />
        <${Stat} label="Out per second" value=${last ? compact(last.framesOut) : '–'} note=${last ? bytes(last.bytesOut) + '/s' : ''} />
        <${Stat} label="Closed as too slow" value=${compact(clients.slowClosed)} tone=${clients.slowClosed ? 'warn' : ''} note="since start" />
      </div>
      ${found && found.unanswered.length ? html`<${Banner} tone="warn" title="Not all members told their sessions:">${found.unanswered.join(', ')}<//>` : null}
      <${Card} class="flush" title="Sessions on all members" id="sessions" aside=${html`<span class="dim">${found ? count(rows.length) + (found.total > found.sessions.length ? ' shown of ' + count(found.total) : '') : ''}</span><${Filter} value=${text} onInput=${setText} label="Filter sessions" placeholder="Filter sessions" /><button type="button" onClick=${again}>Read again</button>`}>
        ${problem ? html`<div style=${{ padding: '0 14px 14px' }}><${Failure} problem=${problem} /></div>` : null}
        ${found ? html`<${LongTable} label="Sessions" rows=${rows} id=${(s) => s.id} columns=${columns} empty="Nobody is logged in, or nobody that meets the filter. Where users do not log in there are no sessions." />` : null}
        ${!found && !problem ? html`<${Loading} />` : null}
      <//>
    </div>
    ${ask ? html`<${Ask} ...${ask} onClose=${() => setAsk(null)} />` : null}
    ${listening ? html`<${Listeners} session=${listening} onClose=${() => setListening(null)} />` : null}`;
}
