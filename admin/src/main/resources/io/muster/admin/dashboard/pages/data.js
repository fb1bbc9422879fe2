// Records by path: browse, read, write, publish, watch.
import { html, useEffect, useMemo, useRef, useState } from '../lib.js';
import { get, inPath, send } from '../api.js';
import { Ago, Ask, Badge, Card, Empty, Failure, Filter, Loading, say, useRequest } from '../ui.js';
import { clock, count, moment, plural } from '../format.js';

const EVENTS = 200; // of a watch, kept in the page
const SHOWN = 500; // children of a path

const link = (path, record) => '#/data?path=' + encodeURIComponent(path) + (record ? '&record=1' : '');

function Crumbs({ path }) {
  const parts = path.split('/').filter(Boolean);
  return html`<nav class="crumbs" aria-label="Path"><a href=${link('/')}>all</a>${parts.map((p, i) => {
    const to = '/' + parts.slice(0, i + 1).join('/');
    return html`<span key=${to} class="dim"> / </span><a href=${link(to)} aria-current=${i === parts.length - 1 ? 'location' : undefined}>${p}</a>`;
  })}</nav>`;
}

function Children({ path, at, turn }) {
  const [found, problem, again] = useRequest(() => get('/v1/children/' + inPath(path)), [path, turn]);
  const [text, setText] = useState('');
  useEffect(() => setText(''), [path]);
  if (problem) return html`<${Card}><${Failure} problem=${problem} /><//>`;
  if (!found) return html`<${Card}><${Loading} /><//>`;
  const meant = found.children.filter((c) => c.name.toLowerCase().includes(text.toLowerCase()));
  return html`<${Card} title=${path === '/' ? 'All records' : path} id="children" aside=${html`<button type="button" class="small" onClick=${again}>Read again</button>`}>
    ${found.children.length > 8 ? html`<div style=${{ marginBottom: '8px' }}><${Filter} value=${text} onInput=${setText} label="Filter names" placeholder="Filter names" /></div>` : null}
    ${meant.length === 0 ? html`<${Empty}>${found.children.length ? 'No name meets the filter.' : 'Nothing is kept below this path.'}<//>` : null}
    <ul class="list">${meant.slice(0, SHOWN).map((c) => {
      const only = c.record && c.below === 0;
      return html`<li key=${c.name}><a href=${link(c.path, only)} aria-current=${c.path === at ? 'true' : undefined}><span class="name">${c.name}${only ? '' : ' /'}</span>
        <span class="dim">${only ? html`<${Ago} at=${c.modified} />` : (c.record ? 'record and ' : '') + plural(c.below, 'record') + (found.complete ? '' : ' or more')}</span></a></li>`;
    })}</ul>
    ${meant.length > SHOWN ? html`<p class="hint">${count(meant.length - SHOWN)} more: filter the names.</p>` : null}
    ${found.complete ? null : html`<p class="hint">The first ${count(found.read)} records were read; more names may follow.</p>`}
  <//>`;
}

function parsed(text) {
  try {
    return [JSON.parse(text), null];
  } catch (e) {
    return [undefined, e.message];
  }
}

function Record({ path, admin, onChanged }) {
  const [record, problem, again] = useRequest(() => get('/v1/data/' + inPath(path)), [path]);
  const [text, setText] = useState(null);
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState(null);
  const [ask, setAsk] = useState(null);
  useEffect(() => {
    setText(null);
    setFailure(null);
  }, [path]);
  const absent = problem && problem.status === 404;
  if (problem && !absent) return html`<${Card} title=${path}><${Failure} problem=${problem} /><//>`;
  if (!record && !absent) return html`<${Card} title=${path}><${Loading} /><//>`;
  const shown = record ? JSON.stringify(record.data, null, 2) : '{\n  \n}';
  const edited = text !== null;
  const [value, wrong] = edited ? parsed(text) : [record ? record.data : {}, null];
  const run = async (what, done) => {
    setBusy(true);
    setFailure(null);
    try {
      await what();
      say(done);
      setText(null);
      again();
      onChanged();
    } catch (e) {
      setFailure(e);
    }
    setBusy(false);
  };
  const save = () => run(() => send('PUT', '/v1/data/' + inPath(path), value), path + ' is written.');
  const publish = async () => {
    setBusy(true);
    setFailure(null);
    try {
      await send('PUT', '/v1/data/' + inPath(path) + '?transient', value);
      say('Published to ' + path + '; nothing was kept.');
    } catch (e) {
      setFailure(e);
    }
    setBusy(false);
  };
  const remove = {
    title: 'Remove this record?', text: path, action: 'Remove', danger: true,
    act: async () => {
      await send('DELETE', '/v1/data/' + inPath(path));
      say(path + ' is removed.');
      setText(null);
      again();
      onChanged();
    },
  };
  return html`<${Card} title=${path} id="record" aside=${record ? html`<button type="button" class="small" onClick=${() => { setText(null); again(); }}>Read again</button>` : html`<${Badge}>not there<//>`}>
    <div class="stack">
      ${record ? html`<p class="dim">version ${count(record.version)}, written <time title=${moment(record.modified)}>${moment(record.modified)}</time>, made ${moment(record.created)}</p>` : html`<p class="dim">There is no record at this path${admin ? '; write one here' : ''}.</p>`}
      ${admin
        ? html`<label><span class="hidden">Value as JSON</span><textarea spellcheck="false" aria-invalid=${!!wrong} aria-describedby="json-wrong" value=${edited ? text : shown} onInput=${(e) => setText(e.target.value)}></textarea></label>
          <p id="json-wrong" class="bad" role="status">${wrong ? 'This is not JSON: ' + wrong : ''}</p>
          ${failure ? html`<${Failure} problem=${failure} />` : null}
          <div class="row">
            <button type="button" class="primary" disabled=${busy || !!wrong || (!edited && record)} onClick=${save}>Write and publish</button>
            <button type="button" disabled=${busy || !!wrong} title="Subscribers get it; nothing is kept" onClick=${publish}>Publish only</button>
            ${edited ? html`<button type="button" class="quiet" onClick=${() => setText(null)}>Discard</button>` : null}
            ${record ? html`<button type="button" class="quiet bad" style=${{ marginLeft: 'auto' }} onClick=${() => setAsk(remove)}>Remove…</button>` : null}
          </div>`
        : html`<pre tabindex="0" aria-label="Value">${shown}</pre>`}
    </div>
    ${ask ? html`<${Ask} ...${ask} onClose=${() => setAsk(null)} />` : null}
  <//>`;
}

function Watch({ suggestion }) {
  const [pattern, setPattern] = useState(suggestion);
  const [watching, setWatching] = useState('');
  const [events, setEvents] = useState([]);
  const [state, setState] = useState('');
  const waiting = useRef([]);
  useEffect(() => {
    if (!watching) setPattern(suggestion);
  }, [suggestion]);
  useEffect(() => {
    if (!watching) return undefined;
    let n = 0;
    const source = new EventSource('/v1/data/watch?pattern=' + encodeURIComponent(watching));
    setState('connecting');
    source.onopen = () => setState('watching');
    source.onerror = () => setState(source.readyState === 2 ? 'refused: is the pattern right, and are not too many watching?' : 'connection lost, trying again');
    const came = (kind) => (e) => waiting.current.unshift({ ...JSON.parse(e.data), kind, n: ++n });
    source.addEventListener('set', came('set'));
    source.addEventListener('remove', came('remove'));
    source.addEventListener('overflow', (e) => {
      setState(JSON.parse(e.data).detail);
      source.close();
    });
    const paint = setInterval(() => {
      if (waiting.current.length === 0) return;
      const news = waiting.current.slice(0, EVENTS);
      waiting.current = [];
      setEvents((old) => news.concat(old).slice(0, EVENTS));
    }, 250);
    return () => {
      clearInterval(paint);
      source.close();
      waiting.current = [];
      setState('');
    };
  }, [watching]);
  const submit = (e) => {
    e.preventDefault();
    if (!watching) setEvents([]);
    setWatching(watching ? '' : pattern.trim());
  };
  return html`<${Card} title="Watch" id="watch" aside=${html`<span class="dim" role="status">${state}</span>`}>
    <form class="row" onSubmit=${submit}>
      <input class="mono grow" aria-label="Pattern to watch" required disabled=${!!watching} value=${pattern} onInput=${(e) => setPattern(e.target.value)} />
      <button type="submit" class=${watching ? '' : 'primary'}>${watching ? 'Stop' : 'Watch'}</button>
    </form>
    <p class="hint"><code>*</code> is one segment, <code>**</code> at the end any number, <code>*</code> alone everything.</p>
    ${events.length === 0 ? html`<${Empty}>${watching ? 'Nothing has happened yet.' : 'Shows what is set and removed, as it happens, anywhere in the cluster.'}<//>` : html`<ul class="events" aria-label="Events">${events.map((e) => html`<li key=${e.n}><span class="dim">${clock(e.timestamp)}</span> <${Badge} tone=${e.kind === 'set' ? 'good' : 'warn'}>${e.kind}<//> <a href=${link(e.path, true)}>${e.path}</a> <span class="dim">${e.origin ? 'by ' + e.origin : ''}</span><code>${JSON.stringify(e.data).slice(0, 400)}</code></li>`)}</ul>`}
  <//>`;
}

export function Data({ query, me }) {
  const path = query.path || '/';
  const record = query.record === '1';
  // Beside a record its neighbours stay in sight.
  const level = record ? path.slice(0, path.lastIndexOf('/')) || '/' : path;
  const [turn, again] = useState(0);
  const [go, setGo] = useState('');
  const open = (e) => {
    e.preventDefault();
    const p = go.trim();
    if (p) location.hash = link(p.startsWith('/') ? p : '/' + p, !p.endsWith('/')).slice(1);
    setGo('');
  };
  const suggestion = useMemo(() => (record ? path : level === '/' ? '*' : level + '/**'), [path, record]);
  return html`<div class="page-head"><h1>Data</h1><${Crumbs} path=${path} />
      <form class="aside" onSubmit=${open}><input class="mono filter" aria-label="Open a path" placeholder="/path/of/a/record" value=${go} onInput=${(e) => setGo(e.target.value)} /><button type="submit">Open</button></form>
    </div>
    <div class="split">
      <${Children} path=${level} at=${path} turn=${turn} />
      <div class="stack">
        ${record || path !== '/' ? html`<${Record} key=${path} path=${path} admin=${me.role === 'admin'} onChanged=${() => again((n) => n + 1)} />` : null}
        <${Watch} suggestion=${suggestion} />
      </div>
    </div>`;
}
