// Balancers: what they shall do, what they do, and the text that was written for them.
import { html, useState } from '../lib.js';
import { useTopic } from '../live.js';
import { Badge, Card, Empty, Filter, Loading, Table } from '../ui.js';
import { compact } from '../format.js';

const list = (v) => (Array.isArray(v) ? v : v === null || v === undefined ? [] : [v]);

/** Figures as a table: rows of an array, or of an object of objects; else names and values. */
function Stats({ stats }) {
  if (!stats || (typeof stats === 'object' && Object.keys(stats).length === 0)) return html`<${Empty}>This balancer tells no figures.<//>`;
  const rows = Array.isArray(stats) ? stats : Object.entries(stats).map(([name, v]) => (v !== null && typeof v === 'object' ? { name, ...v } : { name, value: v }));
  const keys = [...new Set(rows.flatMap((r) => Object.keys(r)))].slice(0, 10);
  const cell = (v) => (typeof v === 'number' ? compact(v) : v === null || v === undefined ? '–' : typeof v === 'object' ? JSON.stringify(v) : String(v));
  const number = (k) => rows.every((r) => r[k] === undefined || typeof r[k] === 'number');
  return html`<${Table} label="Figures" rows=${rows} id=${(r) => r[keys[0]]} columns=${keys.map((k) => ({ key: k, title: k, class: number(k) ? 'num' : '', cell: (r) => cell(r[k]) }))} />`;
}

function Files({ files }) {
  const [at, set] = useState(0);
  if (files.length === 0) return html`<${Empty}>It needs no file.<//>`;
  const file = files[Math.min(at, files.length - 1)];
  return html`<div class="stack">
    ${files.length > 1 ? html`<div class="choice" role="group" aria-label="File">${files.map((f, i) => html`<button type="button" key=${f.path} aria-pressed=${i === at} onClick=${() => set(i)}>${f.path.slice(f.path.lastIndexOf('/') + 1)}</button>`)}</div>` : null}
    <div><p class="hint mono">${file.path}</p><pre tabindex="0" aria-label=${'Text of ' + file.path}>${file.text}</pre></div>
  </div>`;
}

function Balancer({ b }) {
  const drift = list(b.drift);
  const applied = JSON.stringify(b.wanted) === JSON.stringify(b.applied);
  return html`<${Card} title=${b.name} id=${'balancer-' + b.cluster + '-' + b.name} aside=${html`<span class="dim">${b.type} of <a href=${'#/services/' + encodeURIComponent(b.cluster)}>${b.cluster}</a></span>
      ${b.error ? html`<${Badge} tone="bad">failed<//>` : drift.length ? html`<${Badge} tone="warn">drift<//>` : applied ? html`<${Badge} tone="good">applied<//>` : html`<${Badge} tone="warn">being applied<//>`}`}>
    <div class="stack">
      ${b.error ? html`<div class="failure" role="alert"><strong>The last change was not taken over.</strong><p>${b.error}</p></div>` : null}
      ${drift.length ? html`<div><h3>What runs differs from what shall run</h3><ul class="events">${drift.map((d, i) => html`<li key=${i}>${typeof d === 'string' ? d : JSON.stringify(d)}</li>`)}</ul></div>` : null}
      <dl class="facts">
        <dt>Wanted</dt><dd>${typeof b.wanted === 'object' ? JSON.stringify(b.wanted) : String(b.wanted ?? '–')}</dd>
        <dt>Applied</dt><dd>${typeof b.applied === 'object' ? JSON.stringify(b.applied) : String(b.applied ?? '–')}</dd>
        <dt>Last result</dt><dd>${typeof b.last_result === 'object' ? JSON.stringify(b.last_result) : (b.last_result ?? '–')}</dd>
      </dl>
      <div class="grid2"><div><h3>Rendered configuration</h3><${Files} files=${list(b.files)} /></div><div><h3>Figures</h3><${Stats} stats=${b.stats} /></div></div>
    </div>
  <//>`;
}

export function Balancers() {
  const topic = useTopic('balancers');
  const files = [...useTopic('files').parts.values()];
  const [text, setText] = useState('');
  if (!topic.complete) return html`<${Loading} />`;
  const all = [...topic.parts].map(([key, b]) => ({ ...b, files: files.filter((f) => f.of === key) }));
  const meant = all.filter((b) => (b.name + ' ' + b.type + ' ' + b.cluster).toLowerCase().includes(text.toLowerCase()));
  const bad = all.filter((b) => b.error || list(b.drift).length).length;
  return html`<div class="page-head"><h1>Balancers</h1><p>${all.length === 1 ? '1 balancer' : all.length + ' balancers'}, ${bad ? bad + ' not as wanted' : 'all as wanted'}</p>
      ${all.length > 3 ? html`<div class="aside"><${Filter} value=${text} onInput=${setText} label="Filter balancers" placeholder="Filter balancers" /></div>` : null}
    </div>
    <div class="stack">${meant.length === 0 ? html`<${Card}><${Empty}>No balancer.<//><//>` : meant.map((b) => html`<${Balancer} key=${b.cluster + ' ' + b.name} b=${b} />`)}</div>`;
}
