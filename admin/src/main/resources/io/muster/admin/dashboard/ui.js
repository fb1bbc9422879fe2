// The parts that all pages are built of.
import { html, useEffect, useLayoutEffect, useMemo, useRef, useState } from './lib.js';
import { moment, span } from './format.js';

// --- time

const ticks = new Set();
setInterval(() => {
  if (!document.hidden) for (const t of ticks) t(Date.now());
}, 1000);

/** The time, each second. */
export function useNow() {
  const [now, set] = useState(Date.now());
  useEffect(() => {
    ticks.add(set);
    return () => ticks.delete(set);
  }, []);
  return now;
}

/** How long ago something was, and when exactly. */
export function Ago({ at, suffix = ' ago' }) {
  const now = useNow();
  if (!at) return html`<span class="dim">–</span>`;
  return html`<time dateTime=${new Date(at).toISOString()} title=${moment(at)}>${span(Math.max(0, now - at))}${suffix}</time>`;
}

// --- small things

export function Badge({ tone = 'plain', children, title }) {
  return html`<span class=${'badge ' + tone} title=${title}><i aria-hidden="true"></i>${children}</span>`;
}

export function Card({ title, aside, children, class: c = '', id }) {
  return html`<section class=${'card ' + c} id=${id}>
    ${title ? html`<header><h2>${title}</h2>${aside ? html`<div class="aside">${aside}</div>` : null}</header>` : null}
    ${children}
  </section>`;
}

export function Stat({ label, value, note, tone = '', href }) {
  const inside = html`<dt>${label}</dt><dd class=${tone}>${value}</dd>${note ? html`<dd class="note">${note}</dd>` : null}`;
  return html`<div class="stat">${href ? html`<a href=${href}><dl>${inside}</dl></a>` : html`<dl>${inside}</dl>`}</div>`;
}

export function Banner({ tone = 'bad', title, children }) {
  return html`<div class=${'banner ' + tone} role=${tone === 'bad' ? 'alert' : 'status'}><strong>${title}</strong> <span>${children}</span></div>`;
}

export function Empty({ children }) {
  return html`<p class="empty">${children}</p>`;
}

export function Loading() {
  return html`<p class="empty" role="status">Loading…</p>`;
}

export function Failure({ problem }) {
  return html`<div class="failure" role="alert"><strong>${problem.title || 'This failed.'}</strong><p>${problem.message}</p>${problem.remedy ? html`<p class="dim">${problem.remedy}</p>` : null}</div>`;
}

/** A text that filters, with `/` as its key. */
export function Filter({ value, onInput, label = 'Filter', placeholder = 'Filter' }) {
  const at = useRef(null);
  useEffect(() => {
    const key = (e) => {
      if (e.key !== '/' || e.ctrlKey || e.metaKey || e.altKey) return;
      if (/^(input|textarea|select)$/i.test(e.target.tagName)) return;
      e.preventDefault();
      at.current.focus();
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  }, []);
  return html`<input ref=${at} type="search" class="filter" aria-label=${label} placeholder=${placeholder + '  /'} value=${value} onInput=${(e) => onInput(e.target.value)} />`;
}

export function Choice({ label, options, value, onChange }) {
  return html`<div class="choice" role="group" aria-label=${label}>
    ${options.map(
      ([key, text, tone]) =>
        html`<button type="button" key=${key} aria-pressed=${value === key} onClick=${() => onChange(key)}>${tone ? html`<i class=${'dot ' + tone} aria-hidden="true"></i>` : null}${text}</button>`
    )}
  </div>`;
}

// --- tables

function by(column, down) {
  const of = column.sort || ((r) => r[column.key]);
  return (a, b) => {
    const x = of(a);
    const y = of(b);
    let d;
    if (typeof x === 'number' && typeof y === 'number') d = x - y;
    else d = String(x ?? '').localeCompare(String(y ?? ''), 'en', { numeric: true });
    return down ? -d : d;
  };
}

function Heads({ columns, order, onOrder }) {
  return html`<tr aria-rowindex="1">
    ${columns.map((c) => {
      const on = order && order.key === c.key;
      const sort = on ? (order.down ? 'descending' : 'ascending') : undefined;
      return html`<th scope="col" key=${c.key} class=${c.class || ''} aria-sort=${sort}>
        ${c.sort === false || !onOrder
          ? c.title || html`<span class="hidden">${c.name || c.key}</span>`
          : html`<button type="button" onClick=${() => onOrder({ key: c.key, down: on ? !order.down : !!c.down })}>${c.title}<span class="arrow" aria-hidden="true">${on ? (order.down ? '↓' : '↑') : ''}</span></button>`}
      </th>`;
    })}
  </tr>`;
}

function Cells({ columns, row }) {
  return columns.map((c, i) => {
    const inside = c.cell ? c.cell(row) : row[c.key];
    return i === 0
      ? html`<th scope="row" key=${c.key} class=${c.class || ''}>${inside}</th>`
      : html`<td key=${c.key} class=${c.class || ''}>${inside}</td>`;
  });
}

function useSorted(rows, columns, first) {
  const [order, setOrder] = useState(first || { key: columns[0].key, down: false });
  const column = columns.find((c) => c.key === order.key) || columns[0];
  const sorted = useMemo(() => rows.slice().sort(by(column, order.down)), [rows, order.key, order.down]);
  return [sorted, order, setOrder];
}

/**
 * A table of all its rows.
 * @param columns {key, title, cell(row), sort(row)|false, class}
 * @param detail what stands below a row, or null
 */
export function Table({ label, columns, rows, id, first, detail, empty = 'Nothing here.' }) {
  const [sorted, order, setOrder] = useSorted(rows, columns, first);
  if (rows.length === 0) return html`<${Empty}>${empty}<//>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${label}>
    <table>
      <caption class="hidden">${label}</caption>
      <thead><${Heads} columns=${columns} order=${order} onOrder=${setOrder} /></thead>
      <tbody>
        ${sorted.map((row) => {
          const more = detail ? detail(row) : null;
          return [
            html`<tr key=${id(row)}><${Cells} columns=${columns} row=${row} /></tr>`,
            more ? html`<tr key=${id(row) + ' +'} class="detail"><td colspan=${columns.length}>${more}</td></tr>` : null,
          ];
        })}
      </tbody>
    </table>
  </div>`;
}

const ROW = 37; // pixels; the stylesheet says the same of `.tall td`

/** A table of any number of rows, of which only those in sight are made. */
export function LongTable({ label, columns, rows, id, first, selected, empty = 'Nothing here.' }) {
  const [sorted, order, setOrder] = useSorted(rows, columns, first);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(600);
  const at = useRef(null);
  useLayoutEffect(() => {
    const box = at.current;
    if (!box) return undefined;
    const seen = new ResizeObserver(() => setHeight(box.clientHeight));
    seen.observe(box);
    return () => seen.disconnect();
  }, [rows.length === 0]);
  if (rows.length === 0) return html`<${Empty}>${empty}<//>`;
  const from = Math.max(0, Math.min(sorted.length - 1, Math.floor(top / ROW) - 8));
  const to = Math.min(sorted.length, from + Math.ceil(height / ROW) + 18);
  return html`<div class="scroll tall" ref=${at} tabindex="0" role="region" aria-label=${label} onScroll=${(e) => setTop(e.currentTarget.scrollTop)}>
    <table aria-rowcount=${sorted.length + 1}>
      <caption class="hidden">${label}</caption>
      <thead><${Heads} columns=${columns} order=${order} onOrder=${setOrder} /></thead>
      <tbody>
        ${from > 0 ? html`<tr key="above" aria-hidden="true" class="space" style=${{ height: from * ROW + 'px' }}><td colspan=${columns.length}></td></tr>` : null}
        ${sorted.slice(from, to).map((row, i) => html`<tr key=${id(row)} aria-rowindex=${from + i + 2} class=${selected === id(row) ? 'selected' : ''}><${Cells} columns=${columns} row=${row} /></tr>`)}
        ${to < sorted.length ? html`<tr key="below" aria-hidden="true" class="space" style=${{ height: (sorted.length - to) * ROW + 'px' }}><td colspan=${columns.length}></td></tr>` : null}
      </tbody>
    </table>
  </div>`;
}

// --- dialogs and messages

let show = () => {};

export function say(text, tone = 'good') {
  show({ text, tone });
}

export function Messages() {
  const [all, set] = useState([]);
  useEffect(() => {
    let n = 0;
    show = (m) => {
      const id = ++n;
      set((a) => [...a.slice(-3), { ...m, id }]);
      setTimeout(() => set((a) => a.filter((x) => x.id !== id)), m.tone === 'bad' ? 12_000 : 5000);
    };
  }, []);
  return html`<div class="messages" role="status" aria-live="polite">
    ${all.map((m) => html`<div key=${m.id} class=${'message ' + m.tone}>${m.text}</div>`)}
  </div>`;
}

/** A dialog of the browser's own: it keeps the focus inside and gives it back. */
export function Dialog({ title, onClose, children }) {
  const at = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    at.current.showModal();
    return () => before && before.focus && before.focus();
  }, []);
  return html`<dialog ref=${at} aria-labelledby="dialog-title" onClose=${onClose} onCancel=${onClose}>
    <header><h2 id="dialog-title">${title}</h2><button type="button" class="quiet" aria-label="Close" onClick=${onClose}>✕</button></header>
    ${children}
  </dialog>`;
}

/**
 * Asks before something is done.
 * @param fields {name, label, type, required, hint, value, options}
 * @param act (values) → promise
 */
export function Ask({ title, text, fields = [], action, danger, act, onClose }) {
  const [values, set] = useState(Object.fromEntries(fields.map((f) => [f.name, f.value || ''])));
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const submit = async (e) => {
    e.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await act(values);
      onClose();
    } catch (x) {
      setProblem(x);
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    <form onSubmit=${submit}>
      ${text ? html`<p>${text}</p>` : null}
      ${fields.map(
        (f) => html`<label key=${f.name}><span>${f.label}${f.required || f.options ? '' : html` <span class="dim">(optional)</span>`}</span>
          ${f.options
            ? html`<select value=${values[f.name]} onChange=${(e) => set({ ...values, [f.name]: e.target.value })}>${f.options.map(([v, t]) => html`<option key=${v} value=${v}>${t}</option>`)}</select>`
            : html`<input type=${f.type || 'text'} required=${f.required} autocomplete="off" maxlength="200" value=${values[f.name]} onInput=${(e) => set({ ...values, [f.name]: e.target.value })} />`}
          ${f.hint ? html`<span class="hint">${f.hint}</span>` : null}
        </label>`
      )}
      ${problem ? html`<${Failure} problem=${problem} />` : null}
      <div class="buttons">
        <button type="button" class="quiet" onClick=${onClose}>Cancel</button>
        <button type="submit" class=${danger ? 'danger' : 'primary'} disabled=${busy}>${busy ? 'Working…' : action}</button>
      </div>
    </form>
  <//>`;
}

/** A button whose menu the browser closes when the focus leaves. */
export function Menu({ label, items }) {
  const [open, set] = useState(false);
  const at = useRef(null);
  useEffect(() => {
    if (!open) return undefined;
    const out = (e) => {
      if (!at.current.contains(e.target)) set(false);
    };
    addEventListener('pointerdown', out);
    addEventListener('focusin', out);
    return () => {
      removeEventListener('pointerdown', out);
      removeEventListener('focusin', out);
    };
  }, [open]);
  const key = (e) => {
    if (e.key === 'Escape') {
      set(false);
      at.current.querySelector('button').focus();
    }
  };
  return html`<div class="menu" ref=${at} onKeyDown=${key}>
    <button type="button" class="small" aria-expanded=${open} onClick=${() => set(!open)}>${label} <span aria-hidden="true">▾</span></button>
    ${open ? html`<ul>${items.map((i) => html`<li key=${i.text}><button type="button" class=${i.danger ? 'bad' : ''} onClick=${() => { set(false); i.act(); }}>${i.text}</button></li>`)}</ul>` : null}
  </div>`;
}

/** Runs a request whenever what it depends on changes: [value, problem, again]. */
export function useRequest(ask, on) {
  const [state, set] = useState([undefined, null]);
  const [turn, again] = useState(0);
  useEffect(() => {
    let here = true;
    ask().then(
      (v) => here && set([v, null]),
      (e) => here && set([undefined, e])
    );
    return () => {
      here = false;
    };
  }, [...on, turn]);
  return [state[0], state[1], () => again((n) => n + 1)];
}
