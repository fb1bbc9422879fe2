// Requests to this member.

/** What an error of the catalogue says. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || 'HTTP ' + status);
    this.status = status;
    this.title = body.title || 'The request failed.';
    this.code = body.name || '';
    this.remedy = body.remedy || '';
  }
}

let csrf = '';
let loggedOut = () => {};

export function onLoggedOut(f) {
  loggedOut = f;
}

async function answer(response) {
  const text = await response.text();
  let body = null;
  try {
    body = text ? JSON.parse(text) : null;
  } catch {
    body = { detail: text.slice(0, 300) };
  }
  if (response.ok) return body;
  const problem = new Problem(response.status, body || {});
  if (response.status === 401 && !response.url.endsWith('/v1/login')) loggedOut();
  throw problem;
}

export async function send(method, path, body) {
  const headers = {};
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && csrf) headers['Muster-Csrf'] = csrf;
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
    });
  } catch {
    throw new Problem(0, {
      title: 'The member does not answer.',
      detail: 'No answer from ' + location.host + '.',
      remedy: 'Look whether it runs, or open the dashboard of another member.',
    });
  }
  return answer(response);
}

export const get = (path) => send('GET', path);

/** A path of records as it stands in an address. */
export const inPath = (path) =>
  path
    .replace(/^\//, '')
    .split('/')
    .map((s) => encodeURIComponent(s).replace(/%2A/gi, '*'))
    .join('/');

export async function session() {
  const s = await get('/v1/login');
  csrf = s.csrf || '';
  return s;
}

export async function login(token, name) {
  const s = await send('POST', '/v1/login', { token, name });
  csrf = s.csrf || '';
  return s;
}

export async function logout() {
  await send('DELETE', '/v1/login');
  csrf = '';
}
