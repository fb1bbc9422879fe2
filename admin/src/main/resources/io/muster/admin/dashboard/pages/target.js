// One target: the verdict, each member's opinion, checks, what happened to it.
import { html, useMemo, useRef, useState } from '../lib.js';
import { useTopic } from '../live.js';
import { get } from '../api.js';
import { Ago, Badge, Banner, Card, Empty, Failure, Loading, Table, useRequest } from '../ui.js';
import { Chart } from '../chart.js';
import { latency, moment } from '../format.js';
import { Actions, State, TONES, Traffic } from './services.js';

const POINTS = 600;
const COLORS = ['series1', 'series2', 'series3'];

/** The latencies of each check since the page was opened. */
function useLatencies(checks) {
  const kept = useRef({ times: [], of: new Map() });
  const last = useRef(0);
  const newest = Math.max(0, ...checks.map((c) => c.last || 0));
  return useMemo(() => {
    const k = kept.current;
    if (newest > last.current) {
      last.current = newest;
      k.times = [...k.times, newest / 1000].slice(-POINTS);
      for (const c of checks) {
        const before = k.of.get(c.id) || Array(k.times.length - 1).fill(null);
        k.of.set(c.id, [...before, c.latency_ms ?? null].slice(-POINTS));
      }
    }
    return { times: k.times, of: [...k.of] };
  }, [newest]);
}

function Timeline({ node }) {
  const [found, problem] = useRequest(
    () => get('/v1/clusters/' + encodeURIComponent(node.cluster) + '/nodes/' + encodeURIComponent(node.addr) + '/history'),
    [node.cluster, node.addr, node.index]
  );
  if (problem) return html`<${Failure} problem=${problem} />`;
  if (!found) return html`<${Loading} />`;
  const events = (found.history || found.events || []).slice().sort((a, b) => (b.index ?? b.at) - (a.index ?? a.at));
  if (events.length === 0) return html`<${Empty}>Nothing has happened to it since it is supervised.<//>`;
  return html`<ol class="timeline">${events.slice(0, 100).map((e, i) => html`<li key=${e.index ?? i}>
    <time class="dim nowrap" dateTime=${new Date(e.at ?? e.time).toISOString()}>${moment(e.at ?? e.time)}</time>
    <span>${e.state ? html`<${Badge} tone=${TONES[e.state] || 'plain'}>${e.state}<//>` : html`<${Badge} tone="plain bare">${e.event || e.what}<//>`}</span>
    <span>${e.message || e.cause || e.reason || e.event || ''}${e.by ? html` <span class="dim">by ${e.by}</span>` : null}</span>
  </li>`)}</ol>`;
}

export function Target({ cluster, addr, me }) {
  const nodes = useTopic('nodes');
  const node = nodes.parts.get(cluster + ' ' + addr);
  const [asking, ask] = useState(false);
  const results = useTopic('checks~' + cluster + ' ' + addr);
  const checks = results.parts.get(cluster + ' ' + addr) || [];
  const latencies = useLatencies(checks);
  if (!nodes.complete) return html`<${Loading} />`;
  const back = html`<a href=${'#/services/' + encodeURIComponent(cluster)}>${cluster}</a>`;
  if (!node) return html`<div class="page-head"><h1 class="mono">${addr}</h1>${back}</div><${Card}><${Empty}>This target is not supervised (any more).<//><//>`;
  const opinions = Object.entries(node.opinions || {}).map(([member, o]) => ({ member, ...o }));
  const plain = (o) => Object.entries(o || {});
  return html`<div class="page-head"><h1 class="mono">${node.addr}</h1><${State} node=${node} /><${Traffic} node=${node} />${back}
      ${me.role === 'admin' ? html`<div class="aside"><button type="button" onClick=${() => ask(true)}>Actions…</button></div>` : null}
    </div>
    <div class="stack">
      ${node.maintenance ? html`<${Banner} tone="warn" title="In maintenance:">${node.maintenance.reason}${node.maintenance.until ? ' (until ' + moment(node.maintenance.until) + ')' : ''}<//>` : null}
      ${(node.errors || []).map((e) => html`<${Banner} key=${e} title="Error:">${e}<//>`)}
      ${(node.warnings || []).map((e) => html`<${Banner} key=${e} tone="warn" title="Warning:">${e}<//>`)}
      <div class="grid2">
        <${Card} title="Opinions" id="opinions" class="flush"><${Table} label="Opinions of the members" rows=${opinions} id=${(o) => o.member} empty="No member has looked yet." columns=${[
          { key: 'member', title: 'Member' },
          { key: 'state', title: 'Says', cell: (o) => html`<${Badge} tone=${TONES[o.state] || 'plain'}>${o.state}<//>${o.fresh === false ? html` <span class="dim">no longer fresh</span>` : null}` },
          { key: 'since', title: 'For', cell: (o) => html`<${Ago} at=${o.since} suffix="" />` },
          { key: 'message', title: 'Message', class: 'wrap' },
        ]} /><//>
        <${Card} title="Checks of the asked member" id="checks" class="flush"><${Table} label="Checks" rows=${checks} id=${(c) => c.id} empty=${results.complete ? 'It is not checked from here.' : 'Loading…'} columns=${[
          { key: 'id', title: 'Check', cell: (c) => html`${c.id} <span class="dim">${c.kind === c.id ? '' : c.kind}</span>` },
          { key: 'state', title: 'State', cell: (c) => html`<${Badge} tone=${TONES[c.state] || 'plain'}>${c.state}<//>` },
          { key: 'latency_ms', title: 'Took', class: 'num', cell: (c) => latency(c.latency_ms) },
          { key: 'last', title: 'Last', cell: (c) => html`<${Ago} at=${c.last} />` },
          { key: 'message', title: 'Message', class: 'wrap' },
        ]} /><//>
      </div>
      <${Card}>${latencies.times.length < 2 ? html`<h2>Check latency</h2><p class="dim">The line begins with the next results.</p>` : html`<${Chart} title="Check latency" times=${latencies.times} format=${latency} series=${latencies.of.slice(0, 3).map(([id, values], i) => ({ label: id, color: COLORS[i], values, fill: i === 0 }))} note="since this page was opened" />`}<//>
      <div class="grid2">
        <${Card} title="What happened" id="timeline"><${Timeline} node=${node} /><//>
        <${Card} title="Target" id="facts"><dl class="facts">
          <dt>Endpoint</dt><dd class="mono">${typeof node.endpoint === 'string' ? node.endpoint : JSON.stringify(node.endpoint)}</dd>
          <dt>Available</dt><dd>${node.available ? 'yes' : 'no'}, since <${Ago} at=${node.available_changed} suffix="" /></dd>
          <dt>Index, term</dt><dd>${node.index}, ${node.term}</dd>
          ${node.comment ? html`<dt>Comment</dt><dd>${node.comment}</dd>` : null}
          ${plain(node.attributes).map(([k, v]) => html`<dt key=${k}>${k}</dt><dd>${typeof v === 'string' ? v : JSON.stringify(v)}</dd>`)}
          ${plain(node.attrs).map(([k, v]) => html`<dt key=${'p ' + k}>${k} <span class="hint">probed</span></dt><dd>${typeof v === 'string' ? v : JSON.stringify(v)}</dd>`)}
        </dl><//>
      </div>
    </div>
    ${asking ? html`<${Actions} node=${node} onClose=${() => ask(false)} />` : null}`;
}
