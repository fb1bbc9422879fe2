// What the member streams: one connection for all that the pages in sight follow.
import { useEffect, useState } from './lib.js';

const RENDER_EVERY = 120; // milliseconds between two paintings of a topic that changes all the time

/** Names of what this member can be followed in; nothing else is asked for. */
let available = new Set();

export function allow(names) {
  available = new Set(names);
}

/** topic → { parts: Map, complete, version, users, listeners } */
const topics = new Map();
let source = null;
let following = '';
let planned = 0;
let ended = () => {};
const states = new Set();

/** 'connecting', 'live' or 'lost' */
export let state = 'connecting';

function say(now) {
  if (now === state) return;
  state = now;
  for (const s of states) s(now);
}

export function onEnded(f) {
  ended = f;
}

function topic(name) {
  let t = topics.get(name);
  if (!t) {
    t = { parts: new Map(), incoming: null, complete: false, version: 0, users: 0, listeners: new Set(), timer: 0, painted: 0 };
    topics.set(name, t);
  }
  return t;
}

function paint(t) {
  if (t.timer) return;
  const wait = Math.max(0, t.painted + RENDER_EVERY - performance.now());
  t.timer = setTimeout(() => {
    t.timer = 0;
    t.painted = performance.now();
    t.version++;
    for (const l of t.listeners) l(t.version);
  }, wait);
}

function take(name, event) {
  const t = topic(name);
  // A whole state replaces the one before only when it is here, so that nothing flickers.
  if (event.reset) t.incoming = new Map();
  const parts = t.incoming || t.parts;
  for (const key of event.gone) parts.delete(key);
  for (const key in event.set) parts.set(key, event.set[key]);
  if (event.more) return;
  if (t.incoming) {
    t.parts = t.incoming;
    t.incoming = null;
  }
  t.complete = true;
  paint(t);
}

const can = (name) => available.has(name.split('~')[0]);

function connect() {
  planned = 0;
  const wanted = [...topics].filter(([name, t]) => t.users > 0 && can(name)).map(([name]) => encodeURIComponent(name)).sort().join(',');
  if (wanted === following && source && source.readyState !== 2) return;
  close();
  following = wanted;
  if (!wanted) return;
  source = new EventSource('/v1/live?topics=' + wanted);
  const mine = source;
  source.onopen = () => say('live');
  source.onerror = () => {
    say('lost');
    // Refused for good: the browser does not ask again by itself.
    if (mine.readyState === 2 && mine === source) {
      source = null;
      ended();
      plan(2000);
    }
  };
  source.addEventListener('logout', () => {
    close();
    ended();
  });
  for (const asked of wanted.split(',')) {
    const name = decodeURIComponent(asked);
    source.addEventListener(name.split('~')[0], (e) => take(name, JSON.parse(e.data)));
  }
}

function plan(wait) {
  if (!planned) planned = setTimeout(connect, wait);
}

export function close() {
  if (source) source.close();
  source = null;
  following = '';
}

const NOTHING = { parts: new Map(), complete: true, version: 0 };

/** The parts of a topic, or of `topic~key`, by key, and whether all are here. */
export function useTopic(name) {
  const [, version] = useState(0);
  useEffect(() => {
    if (!can(name)) return undefined;
    const t = topic(name);
    t.users++;
    t.listeners.add(version);
    plan(0);
    return () => {
      t.users--;
      t.listeners.delete(version);
      // The next page may well follow the same.
      plan(50);
    };
  }, [name]);
  return can(name) ? topic(name) : NOTHING;
}

export function useConnection() {
  const [s, set] = useState(state);
  useEffect(() => {
    states.add(set);
    set(state);
    return () => states.delete(set);
  }, []);
  return s;
}
