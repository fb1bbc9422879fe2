// Light or dark: what the browser prefers, unless this browser's user chose.
const KEY = 'muster.theme';
const media = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();

function stored() {
  try {
    return localStorage.getItem(KEY) || 'auto';
  } catch {
    return 'auto';
  }
}

/** 'auto', 'light' or 'dark' */
export let chosen = stored();

/** 'light' or 'dark' */
export function shown() {
  if (chosen !== 'auto') return chosen;
  return media.matches ? 'dark' : 'light';
}

function apply() {
  document.documentElement.dataset.theme = shown();
  for (const l of listeners) l();
}

export function choose(theme) {
  chosen = theme;
  try {
    if (theme === 'auto') localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // A browser that keeps nothing shows the choice until the page is left.
  }
  apply();
}

/** Calls when what is shown changes; returns how to stop. */
export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

media.addEventListener('change', apply);
apply();
