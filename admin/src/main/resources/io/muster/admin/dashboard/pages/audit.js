// Who changed what, in the whole cluster.
import { html, useMemo, useState } from '../lib.js';
import { useTopic } from '../live.js';
import { Card, Filter, Loading, LongTable } from '../ui.js';
import { count, moment } from '../format.js';

const VERBS = { PUT: 'set', POST: 'did', DELETE: 'removed' };

/** What an entry says was done. */
export function Change({ entry }) {
  const space = entry.what.indexOf(' ');
  const verb = entry.what.slice(0, space);
  return html`<span title=${entry.what}><span class="dim">${VERBS[verb] || verb}</span> <code>${entry.what.slice(space + 1).replace(/^\/v1\//, '')}</code>${entry.count > 1 ? html` <span class="dim">and ${count(entry.count - 1)} more</span>` : null}</span>`;
}

const written = (v) => (v === null || v === undefined ? '' : typeof v === 'string' ? v : JSON.stringify(v));

function Values({ entry }) {
  const before = written(entry.before);
  const after = written(entry.after);
  if (!before && !after) return html`<span class="dim">–</span>`;
  return html`<span title=${before + ' → ' + after}><code>${before || '–'}</code> → <code>${after || '–'}</code></span>`;
}

export function Audit() {
  const topic = useTopic('audit');
  const [text, setText] = useState('');
  const rows = useMemo(() => {
    const t = text.toLowerCase();
    const all = [...topic.parts.values()];
    return t ? all.filter((e) => (e.what + ' ' + e.by + ' ' + e.role + ' ' + e.from + ' ' + e.member + written(e.before) + written(e.after)).toLowerCase().includes(t)) : all;
  }, [topic.version, text]);
  if (!topic.complete) return html`<${Loading} />`;
  return html`<div class="page-head"><h1>Audit</h1><p>Changes through administration on all members, the last 1000</p>
      <div class="aside"><${Filter} value=${text} onInput=${setText} label="Filter changes" placeholder="Filter changes" /></div>
    </div>
    <${Card} class="flush">
      <${LongTable} label="Changes" rows=${rows} id=${(e) => e.index} first=${{ key: 'index', down: true }} empty="Nobody has changed anything yet, or nothing that meets the filter." columns=${[
        { key: 'index', title: 'Index', down: true, class: 'num', sort: (e) => e.index },
        { key: 'at', title: 'Time', down: true, cell: (e) => moment(e.at) },
        { key: 'by', title: 'Who', sort: (e) => e.by || e.role, cell: (e) => html`${e.by || html`<span class="dim">unnamed</span>`} <span class="dim">as ${e.role}</span>` },
        { key: 'from', title: 'From', class: 'wide', cell: (e) => html`<span class="mono">${e.from}</span>` },
        { key: 'member', title: 'Asked member', class: 'wide' },
        { key: 'what', title: 'What', cell: (e) => html`<${Change} entry=${e} />` },
        { key: 'values', title: 'Before → after', sort: false, cell: (e) => html`<${Values} entry=${e} />` },
      ]} />
    <//>`;
}
