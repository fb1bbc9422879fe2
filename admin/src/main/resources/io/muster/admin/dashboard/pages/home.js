// The cluster at a glance.
import { html, useMemo } from '../lib.js';
import { useTopic } from '../live.js';
import { Ago, Badge, Card, Empty, Loading, Stat, Table } from '../ui.js';
import { Chart } from '../chart.js';
import { bytes, compact, count, plural } from '../format.js';
import { HERE, MemberState } from './members.js';
import { Change } from './audit.js';

function Rates() {
  const topic = useTopic('rates');
  const series = useMemo(() => {
    const all = [...topic.parts.values()].sort((a, b) => a.at - b.at);
    const of = (key) => all.map((s) => (s[key] < 0 ? null : s[key]));
    return { times: all.map((s) => s.at / 1000), of };
  }, [topic.version]);
  const { times, of } = series;
  if (!topic.complete) return html`<${Loading} />`;
  return html`<div class="grid2">
    <${Card}><${Chart} title="Messages per second" times=${times} format=${compact} series=${[
      { label: 'in', color: 'series1', values: of('framesIn'), fill: true },
      { label: 'out', color: 'series2', values: of('framesOut') },
    ]} /><//>
    <${Card}><${Chart} title="Publications per second" times=${times} format=${compact} series=${[
      { label: 'published', color: 'series1', values: of('publications'), fill: true },
      { label: 'delivered', color: 'series2', values: of('deliveries') },
    ]} /><//>
    <${Card}><${Chart} title="Clients" times=${times} format=${compact} series=${[{ label: 'connected', color: 'series1', values: of('connections'), fill: true }]} /><//>
    <${Card}><${Chart} title="Processor" times=${times} format=${(v) => (v === null || v === undefined ? '–' : v.toFixed(2))} series=${[{ label: 'cores', color: 'series3', values: of('cpu'), fill: true }]} /><//>
  </div>`;
}

function Clusters() {
  const all = [...useTopic('clusters').parts.values()];
  if (all.length === 0) return null;
  return html`<${Card} title="Services" id="services" aside=${html`<a href="#/services">All targets</a>`}>
    <div class="stack">
      ${all.map((c) => {
        const n = c.counts;
        return html`<div key=${c.name}>
          <div class="row"><a href=${'#/services/' + encodeURIComponent(c.name)}><strong>${c.name}</strong></a><span class="dim">${c.type}</span><span class="dim" style=${{ marginLeft: 'auto' }}>${count(n.active)} of ${count(n.total)} active${n.critical ? html`, <span class="bad">${count(n.critical)} critical</span>` : null}</span></div>
          <div class="bar" aria-hidden="true">${['passing:good', 'warning:warn', 'critical:bad', 'unknown:'].map((k) => {
            const [key, tone] = k.split(':');
            return n[key] ? html`<i key=${key} class=${tone} style=${{ flexGrow: n[key] }}></i>` : null;
          })}</div>
        </div>`;
      })}
    </div>
  <//>`;
}

export function Home() {
  const member = useTopic('member').parts;
  const members = [...useTopic('members').parts.values()];
  const groups = [...useTopic('registry').parts.values()];
  const rates = [...useTopic('rates').parts.values()];
  const logs = [...useTopic('logs').parts.values()].sort((a, b) => b.number - a.number);
  const audit = [...useTopic('audit').parts.values()].sort((a, b) => b.index - a.index);
  const status = member.get('status');
  const clients = member.get('clients') || {};
  if (!status) return html`<${Loading} />`;
  const here = members.filter((m) => HERE.includes(m.member.state));
  const suspect = members.filter((m) => m.member.state === 'suspect').length;
  const lost = groups.filter((g) => !g.quorum).length;
  const last = rates.reduce((a, b) => (a && a.at > b.at ? a : b), null);
  const bad = logs.filter((l) => l.level === 'error').length;
  return html`<div class="page-head"><h1>Home</h1>
      <${Badge} tone=${status.ready ? 'good' : 'warn'}>${status.ready ? 'ready' : 'not ready'}<//>
      <p>Member ${status.name} since <${Ago} at=${status.since} suffix="" />${status.clientPorts.length ? ', clients at port ' + status.clientPorts.join(', ') : ''}</p>
    </div>
    <div class="stack">
      <div class="stats">
        <${Stat} label="Members here" href="#/members" value=${here.length + ' of ' + members.length} tone=${here.length < members.length ? 'warn' : ''} note=${suspect ? suspect + ' suspected' : 'nobody suspected'} />
        <${Stat} label="Raft groups" href="#/members" value=${groups.length ? (lost ? 'No quorum' : 'Quorum') : '–'} tone=${lost ? 'bad' : ''} note=${groups.filter((g) => g.role === 'leader').length + ' of ' + groups.length + ' led here'} />
        <${Stat} label="Clients of this member" href="#/connections" value=${compact(clients.connections)} note=${compact(clients.accepted) + ' since its start'} />
        <${Stat} label="Messages per second" value=${last ? compact(last.framesIn + last.framesOut) : '–'} note=${last ? bytes(last.bytesIn + last.bytesOut) + '/s' : 'measuring'} />
        <${Stat} label="Memory in use" value=${last ? bytes(last.heapBytes) : '–'} note="of the program's heap" />
        <${Stat} label="Warnings and errors" href="#/logs" value=${count(logs.length)} tone=${bad ? 'bad' : ''} note=${bad ? plural(bad, 'error') : 'no error'} />
      </div>
      <${Clusters} />
      <${Rates} />
      <div class="grid2">
        <${Card} title="Members" id="home-members" class="flush" aside=${html`<a href="#/members">Details</a>`}>
          <${Table} label="Members" rows=${members} id=${(m) => m.member.id} columns=${[
            { key: 'name', title: 'Name', sort: (m) => m.member.name, cell: (m) => m.member.name },
            { key: 'state', title: 'State', sort: (m) => m.member.state, cell: (m) => html`<${MemberState} member=${m.member} />` },
            { key: 'since', title: 'For', down: true, sort: (m) => m.since, cell: (m) => html`<${Ago} at=${m.since} suffix="" />` },
            { key: 'roles', title: 'Roles', class: 'wide', sort: (m) => m.member.roles.join(), cell: (m) => m.member.roles.join(', ') },
          ]} />
        <//>
        <${Card} title="Last changes" id="home-audit" aside=${html`<a href="#/audit">Audit</a>`}>
          ${audit.length === 0 ? html`<${Empty}>Nobody has changed anything yet.<//>` : html`<ul class="events">${audit.slice(0, 6).map((e) => html`<li key=${e.index}><${Change} entry=${e} /> <span class="dim">${e.by || e.role}, <${Ago} at=${e.at} /></span></li>`)}</ul>`}
        <//>
      </div>
    </div>`;
}
