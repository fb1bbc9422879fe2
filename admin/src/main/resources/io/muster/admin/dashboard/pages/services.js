// What is supervised: each target with the opinion of each member.
import { html, useEffect, useMemo, useRef, useState } from '../lib.js';
import { useTopic } from '../live.js';
import { Ago, Ask, Badge, Card, Choice, Filter, Loading, LongTable } from '../ui.js';
import { count } from '../format.js';
import { Target } from './target.js';
import { actions } from './actions.js';

export const TONES = { passing: 'good', warning: 'warn', critical: 'bad', unknown: 'plain' };
const WORST = { critical: 0, warning: 1, unknown: 2, passing: 3 };

export const at = (node) => '#/services/' + encodeURIComponent(node.cluster) + '/' + encodeURIComponent(node.addr);

/** Whether traffic goes there and, if not, why. */
export function Traffic({ node }) {
  if (node.active) return html`<${Badge} tone="good">active<//>`;
  if (node.maintenance) return html`<${Badge} tone="plain" title=${node.maintenance.reason}>maintenance<//>`;
  if (node.disabled) return html`<${Badge} tone="plain">disabled<//>`;
  if (node.drain) return html`<${Badge} tone="warn">draining<//>`;
  if (node.spare) return html`<${Badge} tone="plain">spare<//>`;
  return html`<${Badge} tone="bad">out<//>`;
}

export function State({ node }) {
  return html`<span class="badges"><${Badge} tone=${TONES[node.state] || 'plain'}>${node.checked ? node.state : 'not checked'}<//>${node.contested ? html`<${Badge} tone="warn bare" title="Members disagree">contested<//>` : null}${node.stale ? html`<${Badge} tone="warn bare" title="Not all members have a fresh opinion">stale<//>` : null}</span>`;
}

/** One mark for each member that looks, with its word for who cannot tell the colours. */
export function Opinions({ node }) {
  const names = Object.keys(node.opinions || {}).sort();
  if (names.length === 0) return html`<span class="dim">none</span>`;
  return html`<span class="opinions">${names.map((n) => {
    const o = node.opinions[n];
    return html`<span key=${n} class=${'opinion ' + (TONES[o.state] || '') + (o.fresh === false ? ' old' : '')} title=${n + ': ' + o.state + (o.message ? ', ' + o.message : '') + (o.fresh === false ? ' (no longer fresh)' : '')}>${n}<span class="hidden"> says ${o.state}</span></span>`;
  })}</span>`;
}

export function Services({ rest, query, me }) {
  const clusters = useTopic('clusters');
  const nodes = useTopic('nodes');
  const [state, setState] = useState(query.state || 'all');
  const [text, setText] = useState('');
  const [ask, setAsk] = useState(null);
  const [cluster, addr] = rest;
  const rows = useMemo(() => {
    const t = text.toLowerCase();
    const meant = [];
    for (const n of nodes.parts.values()) {
      if (cluster && n.cluster !== cluster) continue;
      if (state === 'active' && !n.active) continue;
      if (state === 'out' && n.active) continue;
      if (WORST[state] !== undefined && n.state !== state) continue;
      if (state === 'contested' && !n.contested) continue;
      if (t && !(n.addr + ' ' + (n.comment || '') + ' ' + n.cluster).toLowerCase().includes(t)) continue;
      meant.push(n);
    }
    return meant;
  }, [nodes.version, cluster, state, text]);
  if (!clusters.complete || !nodes.complete) return html`<${Loading} />`;
  if (addr) return html`<${Target} cluster=${cluster} addr=${addr} me=${me} />`;
  const all = [...clusters.parts.values()];
  const shown = cluster ? all.filter((c) => c.name === cluster) : all;
  const sum = (key) => shown.reduce((n, c) => n + ((c.counts && c.counts[key]) || 0), 0);
  const waiting = shown.filter((c) => !c.initialized).map((c) => c.name);
  const columns = [
    { key: 'addr', title: 'Target', cell: (n) => html`<a class="mono" href=${at(n)}>${n.addr}</a>` },
    ...(cluster ? [] : [{ key: 'cluster', title: 'Cluster', class: 'wide', cell: (n) => html`<a href=${'#/services/' + encodeURIComponent(n.cluster)}>${n.cluster}</a>` }]),
    { key: 'state', title: 'State', sort: (n) => WORST[n.state] ?? 4, cell: (n) => html`<${State} node=${n} />` },
    { key: 'active', title: 'Traffic', sort: (n) => (n.active ? 1 : 0), cell: (n) => html`<${Traffic} node=${n} />` },
    { key: 'opinions', title: 'Opinions', sort: (n) => Object.values(n.opinions || {}).filter((o) => o.state !== 'passing').length, down: true, cell: (n) => html`<${Opinions} node=${n} />` },
    { key: 'available_changed', title: 'For', down: true, class: 'wide', cell: (n) => html`<${Ago} at=${n.available_changed} suffix="" />` },
    { key: 'comment', title: 'Note', class: 'wide', cell: (n) => html`<span title=${(n.errors || []).join('\n')}>${(n.errors || [])[0] ? html`<span class="bad">${n.errors[0]}</span>` : n.comment}</span>` },
  ];
  if (me.role === 'admin') {
    columns.push({ key: 'actions', name: 'Actions', title: '', sort: false, class: 'actions menu-cell', cell: (n) => html`<button type="button" class="small" aria-label=${'Actions of ' + n.addr} onClick=${() => setAsk({ node: n })}>Actions…</button>` });
  }
  return html`<div class="page-head"><h1>${cluster || 'Services'}</h1>
      <p>${count(sum('active'))} of ${count(sum('total'))} targets active${cluster && shown[0] ? ', ' + shown[0].type : ''}</p>
      ${cluster ? html`<a href="#/services">All services</a>` : null}
      <div class="aside">
        <${Choice} label="State" value=${state} onChange=${setState} options=${[['all', 'All ' + count(sum('total'))], ['critical', 'Critical ' + count(sum('critical')), 'bad'], ['warning', 'Warning ' + count(sum('warning')), 'warn'], ['passing', 'Passing ' + count(sum('passing')), 'good'], ['out', 'Out of traffic'], ['contested', 'Contested']]} />
        <${Filter} value=${text} onInput=${setText} label="Filter targets" placeholder="Filter targets" />
      </div>
    </div>
    <div class="stack">
      ${waiting.length ? html`<p class="dim" role="status">Not every target of ${waiting.join(', ')} has been checked yet: until then balancers and triggers wait.</p>` : null}
      ${!cluster && all.length > 1 ? html`<div class="row">${all.map((c) => html`<a key=${c.name} class="badge bare" href=${'#/services/' + encodeURIComponent(c.name)}><i></i>${c.name} ${count(c.counts.active)}/${count(c.counts.total)}${c.counts.critical ? html` <span class="bad">${count(c.counts.critical)} critical</span>` : null}</a>`)}</div>` : null}
      <${Card} class="flush"><${LongTable} label="Targets" rows=${rows} id=${(n) => n.cluster + ' ' + n.addr} first=${{ key: 'state', down: false }} columns=${columns} empty="No target meets this." /><//>
      <p class="hint" role="status">${count(rows.length)} shown</p>
    </div>
    ${ask ? html`<${Actions} node=${ask.node} onClose=${() => setAsk(null)} />` : null}`;
}

/** First which action, then its reason. */
export function Actions({ node, onClose }) {
  const items = actions(node);
  const [chosen, choose] = useState(null);
  if (chosen) return html`<${Ask} ...${chosen} onClose=${onClose} />`;
  return html`<${Pick} title=${node.addr} items=${items} onPick=${choose} onClose=${onClose} />`;
}

function Pick({ title, items, onPick, onClose }) {
  const box = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    box.current.showModal();
    return () => before && before.isConnected && before.focus();
  }, []);
  return html`<dialog ref=${box} aria-labelledby="pick-title" onCancel=${onClose}>
    <header><h2 id="pick-title">${title}</h2><button type="button" class="quiet" aria-label="Close" onClick=${onClose}>✕</button></header>
    <ul class="list">${items.map((i) => html`<li key=${i.text}><button type="button" onClick=${() => onPick(i.ask)}><span class=${i.ask.danger ? 'bad' : ''}>${i.text}</span><span class="dim">${i.note}</span></button></li>`)}</ul>
  </dialog>`;
}
