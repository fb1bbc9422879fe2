// The frame: who is logged in, where one can go, what is wrong right now.
import { html, render, useEffect, useRef, useState } from './lib.js';
import { login, logout, onLoggedOut, session } from './api.js';
import { allow, close, onEnded, useConnection, useTopic } from './live.js';
import { choose, chosen } from './theme.js';
import { Badge, Banner, Failure, Loading, Messages } from './ui.js';
import { Home } from './pages/home.js';
import { Members } from './pages/members.js';
import { Services } from './pages/services.js';
import { Balancers } from './pages/balancers.js';
import { Data } from './pages/data.js';
import { Connections } from './pages/connections.js';
import { Logs } from './pages/logs.js';
import { Audit } from './pages/audit.js';

// In the order of the navigation. `when` says, of the clusters, whether there is something to show.
const PAGES = [
  { path: '', title: 'Home', page: Home },
  { path: 'members', title: 'Members and Raft', page: Members },
  { path: 'services', title: 'Services', page: Services, when: (all) => all.length > 0 },
  { path: 'balancers', title: 'Balancers', page: Balancers, when: (all) => all.some((c) => c.balancers > 0) },
  { path: 'data', title: 'Data', page: Data },
  { path: 'connections', title: 'Connections', page: Connections },
  { path: 'logs', title: 'Logs', page: Logs },
  { path: 'audit', title: 'Audit', page: Audit },
];

/** `#/services/cache?state=bad` → ['services', ['cache'], {state: 'bad'}] */
function place() {
  const [path, query] = location.hash.replace(/^#\/?/, '').split('?');
  const [page, ...rest] = path.split('/').map(decodeURIComponent);
  return { page, rest, query: Object.fromEntries(new URLSearchParams(query || '')) };
}

function usePlace() {
  const [at, set] = useState(place());
  useEffect(() => {
    const moved = () => set(place());
    addEventListener('hashchange', moved);
    return () => removeEventListener('hashchange', moved);
  }, []);
  return at;
}

function Login({ onDone, ended }) {
  const [token, setToken] = useState('');
  const [name, setName] = useState('');
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  const submit = async (e) => {
    e.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      onDone(await login(token, name));
    } catch (x) {
      setProblem(x);
      setBusy(false);
    }
  };
  return html`<main class="login">
    <form onSubmit=${submit}>
      <h1 class="brand"><img src="/dashboard/icon.svg" alt="" />Muster</h1>
      ${ended ? html`<p role="status">The login has ended. Please log in again.</p>` : null}
      <label>Token
        <input type="password" name="token" autocomplete="current-password" required value=${token} onInput=${(e) => setToken(e.target.value)} />
        <span class="hint">The text of <code>admin.token</code> in the member's data directory; <code>viewer.token</code> for looking only.</span>
      </label>
      <label><span>Your name <span class="dim">(optional)</span></span>
        <input type="text" name="name" autocomplete="username" maxlength="64" value=${name} onInput=${(e) => setName(e.target.value)} />
        <span class="hint">Stands in the audit beside what you change.</span>
      </label>
      ${problem ? html`<${Failure} problem=${problem} />` : null}
      <button type="submit" class="primary" disabled=${busy}>${busy ? 'Checking…' : 'Log in'}</button>
    </form>
  </main>`;
}

function Connected() {
  const state = useConnection();
  const tone = state === 'live' ? 'good' : state === 'lost' ? 'bad' : 'warn';
  const text = state === 'live' ? 'Live' : state === 'lost' ? 'Connection lost, trying again' : 'Connecting';
  return html`<span class="connection" role="status"><i class=${'dot ' + tone} aria-hidden="true"></i>${text}</span>`;
}

function Theme() {
  const [now, set] = useState(chosen);
  const change = (e) => {
    choose(e.target.value);
    set(e.target.value);
  };
  return html`<select aria-label="Colours" value=${now} onChange=${change}>
    <option value="auto">Colours of the system</option>
    <option value="light">Light</option>
    <option value="dark">Dark</option>
  </select>`;
}

/** What must not be overlooked, on every page. */
function Warnings() {
  const groups = [...useTopic('registry').parts.values()];
  const status = useTopic('member').parts.get('status');
  const state = useConnection();
  const lost = groups.filter((g) => !g.quorum);
  const failed = groups.filter((g) => g.failure);
  const all = [];
  if (state === 'lost') {
    all.push(html`<${Banner} key="lost" tone="warn" title="The member does not answer.">What is shown is what it told last.<//>`);
  }
  if (lost.length) {
    all.push(html`<${Banner} key="quorum" title="No quorum.">No majority of the control members answers for ${lost.map((g) => g.group).join(' and ')}: nothing can be written, and supervision changes nothing until they are back.<//>`);
  }
  for (const g of failed) {
    all.push(html`<${Banner} key=${g.group} title=${'This member cannot keep ' + g.group + ' any more.'}>${g.failure}<//>`);
  }
  if (status && !status.ready && lost.length === 0) {
    all.push(html`<${Banner} key="ready" tone="warn" title="This member is not ready for clients:">${status.state}<//>`);
  }
  return all.length ? html`<div class="stack" style=${{ marginBottom: '14px' }}>${all}</div>` : null;
}

function useClusters() {
  return [...useTopic('clusters').parts.values()];
}

function Frame({ me, onLogout }) {
  const at = usePlace();
  const some = useClusters();
  const [open, setOpen] = useState(false);
  const main = useRef(null);
  const pages = PAGES.filter((p) => !p.when || p.when(some));
  const known = PAGES.find((p) => p.path === at.page);
  const here = known || PAGES[0];
  const bad = some.reduce((n, c) => n + ((c.counts && c.counts.critical) || 0), 0);
  const first = useRef(true);
  useEffect(() => {
    document.title = here.title + ' – ' + me.cluster + ' – Muster';
    setOpen(false);
    // Whoever cannot see that the page is another one hears it.
    if (!first.current) main.current.focus();
    first.current = false;
  }, [at.page, at.rest.join('/')]);
  return html`<a class="skip" href="#main" onClick=${(e) => { e.preventDefault(); main.current.focus(); }}>Skip to the page</a>
    <div class="shell">
      <header class=${'side' + (open ? ' open' : '')}>
        <a class="brand" href="#/" style=${{ color: 'inherit' }}><img src="/dashboard/icon.svg" alt="" /><span>${me.cluster}<small>member ${me.member}</small></span></a>
        <button type="button" class="opener" aria-expanded=${open} onClick=${() => setOpen(!open)}>Menu</button>
        <nav aria-label="Pages">
          <ul>
            ${pages.map(
              (p) => html`<li key=${p.path}><a href=${'#/' + p.path} aria-current=${here === p ? 'page' : undefined}>${p.title}${p.path === 'services' && bad ? html`<span class="n" title=${bad + ' critical'}>${bad}<span class="hidden"> critical</span></span>` : null}</a></li>`
            )}
          </ul>
        </nav>
        <div class="foot">
          <${Connected} />
          <div class="who">
            <span>${me.name || (me.role === 'viewer' ? 'viewer' : 'administrator')}${me.role === 'viewer' ? html` <${Badge} tone="plain">reads only<//>` : null}</span>
            ${me.needsToken ? html`<button type="button" class="small" onClick=${onLogout}>Log out</button>` : null}
          </div>
          <${Theme} />
          <span class="dim">Muster ${me.version}</span>
        </div>
      </header>
      <main id="main" ref=${main} tabindex="-1">
        <${Warnings} />
        <${here.page} key=${here.path} rest=${at.rest} query=${at.query} me=${me} />
      </main>
    </div>
    <${Messages} />`;
}

function App() {
  const [me, setMe] = useState(null);
  const [ended, setEnded] = useState(false);
  const [problem, setProblem] = useState(null);
  const enter = (s) => {
    allow(s.topics || []);
    setMe(s);
  };
  const look = () =>
    session().then(
      (s) => {
        enter(s);
        setProblem(null);
      },
      (e) => {
        setProblem(e);
        setTimeout(look, 2000);
      }
    );
  const out = () => {
    close();
    setEnded(true);
    setMe({ loggedIn: false, needsToken: true });
  };
  useEffect(() => {
    onLoggedOut(out);
    // A stream that ends may mean that the login has: ask, and stay when it has not.
    onEnded(() => session().then((s) => (s.loggedIn ? enter(s) : out()), () => {}));
    look();
  }, []);
  if (!me) return problem ? html`<main class="login"><${Failure} problem=${problem} /></main>` : html`<${Loading} />`;
  if (!me.loggedIn) {
    return html`<${Login} ended=${ended} onDone=${(s) => { setEnded(false); enter(s); }} />`;
  }
  const leave = async () => {
    try {
      await logout();
    } finally {
      out();
      setEnded(false);
    }
  };
  return html`<${Frame} me=${me} onLogout=${leave} />`;
}

render(html`<${App} />`, document.getElementById('app'));
