// The last warnings and errors of this member.
import { html, useMemo, useState } from '../lib.js';
import { useTopic } from '../live.js';
import { Badge, Card, Choice, Filter, Loading, Table } from '../ui.js';
import { count, moment, plural } from '../format.js';

export function Logs() {
  const topic = useTopic('logs');
  const [level, setLevel] = useState('all');
  const [text, setText] = useState('');
  const rows = useMemo(() => {
    const t = text.toLowerCase();
    return [...topic.parts.values()].filter((l) => (level === 'all' || l.level === level) && (!t || (l.text + l.logger).toLowerCase().includes(t)));
  }, [topic.version, level, text]);
  if (!topic.complete) return html`<${Loading} />`;
  return html`<div class="page-head"><h1>Logs</h1><p>Warnings and errors of this member, ${plural(topic.parts.size, 'line')} kept</p>
      <div class="aside"><${Choice} label="Level" value=${level} onChange=${setLevel} options=${[['all', 'All'], ['warn', 'Warnings', 'warn'], ['error', 'Errors', 'bad']]} /><${Filter} value=${text} onInput=${setText} label="Filter lines" placeholder="Filter lines" /></div>
    </div>
    <${Card} class="flush">
      <${Table} label="Log lines" rows=${rows} id=${(l) => l.number} first=${{ key: 'at', down: true }} empty="No such line since this member started." columns=${[
        { key: 'at', title: 'Time', down: true, class: 'nowrap', sort: (l) => l.number, cell: (l) => moment(l.at) },
        { key: 'level', title: 'Level', cell: (l) => html`<${Badge} tone=${l.level === 'error' ? 'bad' : 'warn'}>${l.level}<//>` },
        { key: 'logger', title: 'From', class: 'wide', cell: (l) => html`<span title=${l.logger}>${l.logger.slice(l.logger.lastIndexOf('.') + 1)}</span>` },
        { key: 'text', title: 'Line', class: 'wrap', cell: (l) => html`<code style=${{ whiteSpace: 'pre-wrap' }}>${l.text}</code>${l.count > 1 ? html` <${Badge} tone="plain bare">${count(l.count)} times<//>` : null}` },
      ]} />
    <//>`;
}
