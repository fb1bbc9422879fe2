// How values are written.

export function count(n) {
  if (n === undefined || n === null || Number.isNaN(n)) return '–';
  return Number(n).toLocaleString('en-US', { maximumFractionDigits: n < 10 ? 1 : 0 });
}

export function compact(n) {
  if (n === undefined || n === null) return '–';
  if (Math.abs(n) < 10_000) return count(n);
  return Number(n).toLocaleString('en-US', { notation: 'compact', maximumFractionDigits: 1 });
}

export function bytes(n) {
  if (n === undefined || n === null) return '–';
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let u = 0;
  while (n >= 1024 && u < units.length - 1) {
    n /= 1024;
    u++;
  }
  return (u === 0 || n >= 100 ? Math.round(n) : n.toFixed(1)) + ' ' + units[u];
}

/** A length of time in milliseconds, in two units at most. */
export function span(ms) {
  if (ms === undefined || ms === null) return '–';
  if (ms < 1000) return Math.max(0, Math.round(ms)) + ' ms';
  const s = Math.floor(ms / 1000);
  if (s < 60) return s + ' s';
  const m = Math.floor(s / 60);
  if (m < 60) return m + ' min' + (m < 10 && s % 60 ? ' ' + (s % 60) + ' s' : '');
  const h = Math.floor(m / 60);
  if (h < 24) return h + ' h' + (m % 60 ? ' ' + (m % 60) + ' min' : '');
  const d = Math.floor(h / 24);
  return d + ' d' + (h % 24 ? ' ' + (h % 24) + ' h' : '');
}

export const micros = (us) => (us ? (us < 10_000 ? (us / 1000).toFixed(us < 1000 ? 2 : 1) : Math.round(us / 1000)) + ' ms' : '–');

export const latency = (ms) => {
  if (ms === undefined || ms === null) return '–';
  return (ms < 10 ? ms.toFixed(1) : Math.round(ms)) + ' ms';
};

const pad = (n) => String(n).padStart(2, '0');

/** Date and time, here. */
export function moment(at) {
  if (!at) return '–';
  const d = new Date(at);
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())} ${clock(at)}`;
}

export function clock(at) {
  const d = new Date(at);
  return `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}`;
}

export const plural = (n, one, many) => count(n) + ' ' + (n === 1 ? one : many || one + 's');
