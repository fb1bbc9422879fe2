// Lines over time, by uPlot.
import { html, useEffect, useRef, useState } from './lib.js';
import { onTheme } from './theme.js';
import uPlot from './vendor/uPlot.mjs';

const HEIGHT = 132;

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
}

/** Seconds are told where minutes would all be the same. */
function clocks(u, ticks) {
  const short = ticks.length > 1 && ticks[1] - ticks[0] < 60;
  return ticks.map((t) => new Date(t * 1000).toTimeString().slice(0, short ? 8 : 5));
}

function options(width, series, format, height) {
  const axis = { stroke: color('dim'), grid: { stroke: color('line'), width: 1 }, ticks: { show: false }, font: '11px system-ui, sans-serif' };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    // A line that has just begun stands at the right end of a minute.
    scales: { x: { range: (u, min, max) => (max ? [Math.min(min, max - 60), max] : [0, 60]) }, y: { range: (u, min, max) => [0, max > 0 ? max * 1.15 : 1] } },
    axes: [
      { ...axis, grid: { show: false }, size: 24, space: 70, values: clocks },
      { ...axis, size: 54, space: 34, values: (u, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...series.map((s) => ({
        label: s.label,
        stroke: color(s.color),
        width: 1.5,
        fill: s.fill ? color(s.color) + '1f' : undefined,
        points: { show: false },
        spanGaps: false,
      })),
    ],
  };
}

/**
 * @param times seconds since the epoch
 * @param series {label, color, values, fill}
 * @param format of a value
 */
export function Chart({ title, times, series, format, note, height = HEIGHT }) {
  const at = useRef(null);
  const plot = useRef(null);
  const [theme, again] = useState(0);
  const [hover, setHover] = useState(null);
  useEffect(() => onTheme(() => again((n) => n + 1)), []);
  useEffect(() => {
    const box = at.current;
    const o = options(Math.max(120, box.clientWidth), series, format, height);
    o.hooks = { setCursor: [(u) => setHover(u.cursor.idx ?? null)] };
    plot.current = new uPlot(o, [times, ...series.map((s) => s.values)], box);
    const seen = new ResizeObserver(() => {
      const width = Math.max(120, box.clientWidth);
      if (plot.current && plot.current.width !== width) plot.current.setSize({ width, height });
    });
    seen.observe(box);
    return () => {
      seen.disconnect();
      plot.current.destroy();
      plot.current = null;
    };
  }, [theme, series.length]);
  useEffect(() => {
    if (plot.current) plot.current.setData([times, ...series.map((s) => s.values)]);
  }, [times, theme]);
  const last = times.length - 1;
  const point = hover === null || hover > last ? last : hover;
  const said = series.map((s) => s.label + ' ' + (last < 0 ? 'unknown' : format(s.values[last]))).join(', ');
  return html`<figure class="chart">
    <figcaption>
      <span class="name">${title}</span>
      ${series.map((s) => html`<span class="key" key=${s.label}><i style=${{ background: 'var(--' + s.color + ')' }} aria-hidden="true"></i>${s.label} <b>${point < 0 ? '–' : format(s.values[point])}</b></span>`)}
      ${note ? html`<span class="dim">${note}</span>` : null}
    </figcaption>
    <div ref=${at} class="plot" role="img" aria-label=${title + ' now: ' + said}></div>
  </figure>`;
}

/** A small line without axes. */
export function Spark({ values, label, color: tone = 'series1', width = 88, height = 22 }) {
  if (values.length < 2) return null;
  const max = Math.max(...values, 1e-9);
  const step = width / (values.length - 1);
  const d = values.map((v, i) => (i ? 'L' : 'M') + (i * step).toFixed(1) + ' ' + (height - 2 - (v / max) * (height - 4)).toFixed(1)).join('');
  return html`<svg class="spark" width=${width} height=${height} viewBox=${'0 0 ' + width + ' ' + height} role="img" aria-label=${label}><path d=${d} fill="none" stroke=${'var(--' + tone + ')'} stroke-width="1.4" /></svg>`;
}
