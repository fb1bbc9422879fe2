// Members, the links to them, and the Raft groups.
import { html, useRef, useState } from '../lib.js';
import { useTopic } from '../live.js';
import { send } from '../api.js';
import { Ago, Ask, Badge, Card, Empty, Loading, Menu, Table, say } from '../ui.js';
import { Spark } from '../chart.js';
import { bytes, compact, count, micros } from '../format.js';

/** States of members that are here. */
export const HERE = ['alive', 'suspect'];

const TONES = { alive: 'good', suspect: 'warn', failed: 'bad' };

export function MemberState({ member }) {
  return html`<${Badge} tone=${TONES[member.state] || 'plain'}>${member.state}<//>`;
}

const KEPT = 90; // round trips of which the small line is made

/** The last round trips of each link, by address. */
function useTrips(links) {
  const kept = useRef(new Map());
  const seen = useRef(0);
  if (links.version !== seen.current) {
    seen.current = links.version;
    for (const [address, l] of links.parts) {
      const all = kept.current.get(address) || [];
      all.push(l.roundTripMicros);
      if (all.length > KEPT) all.shift();
      kept.current.set(address, all);
    }
  }
  return kept.current;
}

function Suspicion({ doubts }) {
  return html`suspected by ${doubts.map((d) => `${d.name} (no answer for ${(d.silentMillis / 1000).toFixed(1)} s${d.refused ? ', connections refused' : ''})`).join('; ')}`;
}

function Group({ group, names }) {
  const leader = group.leader ? names.get(group.leader) || group.leader : 'none';
  const lag = group.committed - group.applied;
  return html`<${Card} title=${group.group} id=${'group-' + group.group} aside=${html`<${Badge} tone=${group.quorum ? 'good' : 'bad'}>${group.quorum ? 'quorum' : 'no quorum'}<//>`}>
    <dl class="facts">
      <dt>Leader</dt><dd>${leader}</dd>
      <dt>This member</dt><dd>${group.role}</dd>
      <dt>Term</dt><dd>${count(group.term)}</dd>
      <dt>Committed</dt><dd>${count(group.committed)}</dd>
      <dt>Applied here</dt><dd>${count(group.applied)} ${lag > 0 ? html`<span class=${lag > 1000 ? 'warn' : 'dim'}>${compact(lag)} behind</span>` : html`<span class="dim">up to date</span>`}</dd>
      <dt>Voters</dt><dd><span class="badges">${group.voters.map((v) => html`<${Badge} key=${v} tone=${v === group.leader ? 'good' : 'plain'} title=${v}>${names.get(v) || v}${v === group.leader ? ' leads' : ''}<//>`)}</span></dd>
      ${group.learners.length ? html`<dt>Learners</dt><dd><span class="badges">${group.learners.map((v) => html`<${Badge} key=${v}>${names.get(v) || v}<//>`)}</span></dd>` : null}
      ${group.failure ? html`<dt>Failure</dt><dd class="bad">${group.failure}</dd>` : null}
    </dl>
  <//>`;
}

export function Members({ me }) {
  const topic = useTopic('members');
  const links = useTopic('links');
  const streams = useTopic('streams').parts;
  const groups = [...useTopic('registry').parts.values()].sort((a, b) => a.group.localeCompare(b.group));
  const status = useTopic('member').parts.get('status');
  const trips = useTrips(links);
  const [ask, setAsk] = useState(null);
  if (!topic.complete || !status) return html`<${Loading} />`;
  const rows = [...topic.parts.values()].map((m) => ({ ...m.member, since: m.since, link: links.parts.get(m.member.address), stream: streams.get(m.member.id), self: m.member.id === status.id }));
  const names = new Map(rows.map((r) => [r.address, r.name]));
  const admin = me.role === 'admin';
  const columns = [
    { key: 'name', title: 'Name', cell: (r) => html`<strong>${r.name}</strong>${r.self ? html` <span class="dim nowrap">asked here</span>` : null}` },
    { key: 'state', title: 'State', cell: (r) => html`<${MemberState} member=${r} />` },
    { key: 'since', title: 'For', down: true, class: 'nowrap', cell: (r) => html`<${Ago} at=${r.since} suffix="" />` },
    { key: 'address', title: 'Address', cell: (r) => html`<span class="mono">${r.address}</span>` },
    { key: 'roles', title: 'Roles', class: 'wide', sort: (r) => r.roles.join(), cell: (r) => r.roles.join(', ') },
    { key: 'service', title: 'Service', class: 'wide nowrap' },
    { key: 'link', title: 'Link', sort: (r) => (r.self ? 2 : r.link ? 1 : 0), cell: (r) => (r.self ? html`<span class="dim">–</span>` : html`<${Badge} tone=${r.link ? 'good' : 'bad'}>${r.link ? 'up' : 'down'}<//>`) },
    { key: 'trip', title: 'Round trip', class: 'num', sort: (r) => (r.link ? r.link.roundTripMicros : 0), cell: (r) => (r.link ? html`<${Spark} values=${trips.get(r.address) || []} label=${'Round trips to ' + r.name} /> <span class="nowrap">${micros(r.link.roundTripMicros)}</span>` : html`<span class="dim">–</span>`) },
    { key: 'behind', title: 'Events behind', class: 'num wide', sort: (r) => (r.stream ? r.stream.next - 1 - r.stream.acknowledged : -1), cell: (r) => (r.stream ? html`${count(Math.max(0, r.stream.next - 1 - r.stream.acknowledged))}${r.stream.keptBytes ? html` <span class="dim">${bytes(r.stream.keptBytes)}</span>` : null}` : html`<span class="dim">–</span>`) },
  ];
  if (admin) {
    columns.push({
      key: 'actions', name: 'Actions', title: '', sort: false, class: 'actions',
      cell: (r) => HERE.includes(r.state) || r.self ? null : html`<button type="button" class="small" onClick=${() => setAsk({
        title: 'Forget member ' + r.name + '?', text: 'Its vote and its replica end. It may come back later as a new member.', action: 'Forget', danger: true,
        act: async () => { await send('DELETE', '/v1/members/' + encodeURIComponent(r.name)); say('Member ' + r.name + ' is forgotten.'); },
      })}>Forget</button>`,
    });
  }
  const drain = {
    title: 'Drain member ' + status.name + '?', text: 'Its clients are sent elsewhere one by one, its client ports close and leadership goes to others. It keeps its votes and its data.', action: 'Drain',
    fields: [{ name: 'timeout', label: 'Send clients away over, in seconds', type: 'number', required: true, value: '10' }],
    act: async (v) => { await send('POST', '/v1/drain?timeout=' + encodeURIComponent(v.timeout)); say('Member ' + status.name + ' is drained.'); },
  };
  const undrain = {
    title: 'Let clients come to ' + status.name + ' again?', action: 'End the drain',
    act: async () => { await send('DELETE', '/v1/drain'); say('Clients may come again.'); },
  };
  return html`<div class="page-head"><h1>Members and Raft</h1>
      <p>${rows.filter((r) => HERE.includes(r.state)).length} of ${rows.length} here, as ${status.name} sees it</p>
      ${admin ? html`<div class="aside"><${Menu} label=${'Member ' + status.name} items=${[{ text: 'Drain…', act: () => setAsk(drain) }, { text: 'End the drain…', act: () => setAsk(undrain) }]} /></div>` : null}
    </div>
    <div class="stack">
      <${Card} class="flush"><${Table} label="Members" rows=${rows} id=${(r) => r.id} columns=${columns} detail=${(r) => (r.suspectedBy.length ? html`<${Suspicion} doubts=${r.suspectedBy} />` : null)} /><//>
      ${groups.length === 0 ? html`<${Card}><${Empty}>The Raft groups have not started here yet.<//><//>` : html`<div class="grid3">${groups.map((g) => html`<${Group} key=${g.group} group=${g} names=${names} />`)}</div>`}
    </div>
    ${ask ? html`<${Ask} ...${ask} onClose=${() => setAsk(null)} />` : null}`;
}
