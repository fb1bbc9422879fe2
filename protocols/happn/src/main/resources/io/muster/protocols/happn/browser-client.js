/*
 * Muster's client for browsers: happn_4 over WebSocket, one file without dependencies.
 *
 *   const client = await HappnClient.create({ username: 'ada', password: '…' });
 *   await client.on('/sensors/*', (data, meta) => console.log(meta.path, data));
 *   await client.set('/sensors/1', { temperature: 21 });
 *
 * Each call takes a callback (error, result) as its last argument, or returns a promise.
 * Apache License 2.0.
 */
(function (root, factory) {
  if (typeof module === 'object' && module.exports) module.exports = factory(root);
  else root.HappnClient = factory(root);
})(typeof globalThis === 'undefined' ? self : globalThis, function (root) {
  'use strict';

  const PROTOCOL = 'happn_4';
  const VERSION = '13.12.1';
  const STATES = Object.freeze({
    UNINITIALIZED: 0, ACTIVE: 1, DISCONNECTED: 2, ERROR: 3, RECONNECTING: 4, CONNECTING: 5,
    CONNECTED: 6, DISCONNECTING: 7, CONNECT_ERROR: 8, RECONNECT_ACTIVE: 9,
  });
  const CONSISTENCY = Object.freeze({ QUEUED: 0, DEFERRED: 1, TRANSACTIONAL: 2, ACKNOWLEDGED: 3 });
  const DEFAULTS = {
    callTimeout: 60000,
    connectTimeout: 30000,
    loginTimeout: 60000,
    pingTimeout: 45000,
    loginRetry: 4,
    loginRetryInterval: 5000,
    defaultVariableDepth: 5,
  };
  const RECONNECT = { min: 100, max: 180000, retries: Infinity };
  const COOKIE_DAYS = 7;

  /** What went wrong, as an Error with the members that the server gave it. */
  function failure(name, message, more) {
    return Object.assign(new Error(message), { name }, more);
  }

  /** Hands a promise's outcome to a callback; what the callback throws is its own affair. */
  function settle(promise, callback) {
    if (typeof callback !== 'function') return promise;
    const later = (f) => setTimeout(f, 0);
    promise.then(
      (result) => later(() => callback(null, result)),
      (error) => later(() => callback(error))
    );
    return undefined;
  }

  /** Takes (…, [options], [callback]) apart. */
  function optional(options, callback) {
    return typeof options === 'function' ? [{}, options] : [options || {}, callback];
  }

  /** The servers to try, one after another, as WebSocket addresses. */
  function addresses(options) {
    const page = root.location && /^https?:$/.test(root.location.protocol) ? root.location : null;
    // A page that came over TLS may not open anything else.
    const secure = /^(https|wss)/.test(options.protocol || (page ? page.protocol : 'http'));
    const scheme = secure ? 'wss://' : 'ws://';
    const address = (host, port) => {
      const bracketed = host.includes(':') && !host.startsWith('[') ? '[' + host + ']' : host;
      return scheme + bracketed + (port ? ':' + port : '') + '/primus';
    };
    if (options.url) {
      return [options.url.replace(/^http/, 'ws').replace(/\/+$/, '').replace(/(\/primus)?$/, '/primus')];
    }
    if (options.hosts && options.hosts.length) {
      return options.hosts.map((h) => {
        if (typeof h !== 'string') return address(h.host, h.port);
        return scheme + h + '/primus';
      });
    }
    if (!options.host && !options.port && page) return [scheme + page.host + '/primus'];
    return [address(options.host || (page ? page.hostname : '127.0.0.1'), options.port || 55000)];
  }

  function wait(ms) {
    return new Promise((yes) => setTimeout(yes, ms));
  }

  class HappnClient {
    /** Connects and logs in; gives the client, or fails with what stood in the way. */
    static create(options, callback) {
      const [o, cb] = optional(options, callback);
      const client = new HappnClient(o);
      return settle(client.connect(), cb);
    }

    constructor(options) {
      const given = Object.assign({}, options && options.config, options);
      this.options = Object.assign({}, DEFAULTS, given, {
        reconnect: Object.assign({}, RECONNECT, given.reconnect),
      });
      this.STATES = STATES;
      this.CONSISTENCY = CONSISTENCY;
      this.state = STATES.UNINITIALIZED;
      this.session = null;
      this.serverInfo = null;
      this.log = this.options.logger || HappnClient.logger(this.options.logLevel);
      this._addresses = addresses(this.options);
      this._at = 0;
      this._socket = null;
      this._eventId = 0;
      this._handle = 0;
      this._calls = new Map(); // eventId → { yes, no, timer, action }
      this._acks = new Map(); // publicationId → { handler, timer }
      this._subscriptions = new Map(); // key → subscription
      this._handles = new Map(); // handle → listener
      this._events = new Map(); // name → Map(id → handler)
      this._attempt = 0;
      this._timers = {};
      this._left = false; // the application or the server wants no reconnect
      this._online = () => this._hurry();
    }

    /** A log that writes what is at least as important as `level` to the console. */
    static logger(level) {
      const levels = ['trace', 'debug', 'info', 'warn', 'error'];
      const from = Math.max(0, levels.indexOf(level || 'warn'));
      const log = {};
      levels.forEach((name, i) => {
        log[name] = i < from ? () => {} : (...words) => console[name]('[happn]', ...words);
      });
      return log;
    }

    // --- connection

    connect(callback) {
      return settle(this._connect(), callback);
    }

    async _connect() {
      if (this.state === STATES.ACTIVE) return this;
      this._left = false;
      this.state = STATES.CONNECTING;
      if (root.addEventListener) root.addEventListener('online', this._online);
      let last = null;
      for (let i = 0; i < this._addresses.length; i++) {
        try {
          await this._open();
          await this._login(true);
          this._active();
          return this;
        } catch (e) {
          last = e;
          this._drop();
          if (this._left || e.code === 401 || e.code === 403) break;
          this._at++;
        }
      }
      this.state = STATES.CONNECT_ERROR;
      this.emit('connect-error', last);
      this._forgetPage();
      throw last;
    }

    /** One socket to the server whose turn it is. */
    _open() {
      const url = this._addresses[this._at % this._addresses.length];
      return new Promise((yes, no) => {
        let socket;
        try {
          socket = new root.WebSocket(url);
        } catch (e) {
          no(failure('ConnectionError', 'cannot connect to ' + url + ': ' + e.message));
          return;
        }
        this._socket = socket;
        const timer = setTimeout(() => {
          no(failure('ConnectionError', 'no connection to ' + url + ' within ' + this.options.connectTimeout + ' ms'));
          socket.close();
        }, this.options.connectTimeout);
        socket.onopen = () => {
          clearTimeout(timer);
          this._alive();
          yes();
        };
        socket.onclose = (e) => {
          clearTimeout(timer);
          no(failure('ConnectionError', 'cannot connect to ' + url, { closeCode: e.code }));
          if (this._socket === socket) this._lost(e);
        };
        socket.onerror = () => {}; // a close follows
        socket.onmessage = (e) => {
          if (this._socket === socket) this._message(e.data);
        };
      });
    }

    async _login(first) {
      await this._call('configure-session', null, { protocol: PROTOCOL, version: VERSION, browser: true }, {}, true);
      const info = await this._call('describe', null, null, {}, true);
      this.serverInfo = info;
      const o = this.options;
      const data = {
        info: Object.assign({}, o.info, { _browser: true, _local: false }),
        protocol: PROTOCOL,
      };
      if (info.secure) {
        const kept = o.useCookie ? this._readCookie(info.cookieName) : null;
        if (o.username !== undefined && o.password !== undefined) {
          data.username = o.username;
          data.password = o.password;
        } else if (o.token || kept) {
          data.token = o.token || kept;
          if (!o.token) data.useCookie = true;
        } else {
          throw failure('AccessDenied', 'the server is secure: username and password, or token, are needed', { code: 401 });
        }
      }
      for (let tries = 0; ; tries++) {
        try {
          const session = await this._call('login', null, data, { timeout: o.loginTimeout }, true);
          delete session._meta;
          this.session = session;
          if (info.secure && session.token) this._writeCookie(info.cookieName || session.cookieName, session.token);
          return;
        } catch (e) {
          const final = e.code === 401 || e.code === 403 || e.name === 'ConnectionLost' || this._left;
          if (final || !first || tries >= o.loginRetry) throw e;
          this.log.warn('login failed, once more in', o.loginRetryInterval, 'ms:', e.message);
          await wait(o.loginRetryInterval);
        }
      }
    }

    _active() {
      if (!this._socket) throw failure('ConnectionLost', 'the connection was lost again');
      this.state = STATES.ACTIVE;
      this._attempt = 0;
    }

    /** The server has pinged, or the connection is new. */
    _alive() {
      clearTimeout(this._timers.silence);
      this._timers.silence = setTimeout(() => {
        this.log.warn('no ping for', this.options.pingTimeout, 'ms: the connection counts as lost');
        const socket = this._socket;
        this._drop();
        if (socket) this._lost({ code: 1006, reason: 'heartbeat timeout' });
      }, this.options.pingTimeout);
    }

    /** Lets go of the socket; nothing of it is heard any more. */
    _drop() {
      clearTimeout(this._timers.silence);
      const socket = this._socket;
      this._socket = null;
      if (socket && socket.readyState < 2) socket.close();
      for (const [id, call] of this._calls) {
        clearTimeout(call.timer);
        this._calls.delete(id);
        call.no(failure('ConnectionLost', 'the connection was lost before ' + call.action + ' was answered: it may have happened'));
      }
      for (const [id, ack] of this._acks) {
        clearTimeout(ack.timer);
        this._acks.delete(id);
        ack.handler(failure('ConnectionLost', 'the connection was lost before the publication was acknowledged'));
      }
    }

    /** The socket has gone without our doing. */
    _lost(event) {
      const before = this.state;
      this._drop();
      if (this._left) {
        if (before !== STATES.DISCONNECTED) this._ended(event);
        return;
      }
      // Whoever connects for the first time, or again, sees its own failure.
      if (before !== STATES.ACTIVE) return;
      this.state = STATES.RECONNECTING;
      this.log.info('connection lost', event && event.code, event && event.reason);
      this._schedule();
    }

    _ended(why) {
      this.state = STATES.DISCONNECTED;
      this._forgetPage();
      this.emit('connection-ended', why);
    }

    _forgetPage() {
      if (root.removeEventListener) root.removeEventListener('online', this._online);
    }

    _schedule() {
      const r = this.options.reconnect;
      if (this._attempt >= r.retries) {
        this._ended({ reason: 'no connection after ' + this._attempt + ' attempts' });
        return;
      }
      // Twice as long each time, and never all clients at once: between half and all of it.
      const full = Math.min(r.max, r.min * Math.pow(2, Math.min(this._attempt, 30)));
      const delay = Math.round(full / 2 + Math.random() * (full / 2));
      this._attempt++;
      this.emit('reconnect-scheduled', { attempt: this._attempt, scheduled: delay });
      clearTimeout(this._timers.reconnect);
      this._timers.reconnect = setTimeout(() => this._reconnect(), delay);
    }

    /** The network is back: no need to wait any longer. */
    _hurry() {
      if (this.state !== STATES.RECONNECTING) return;
      clearTimeout(this._timers.reconnect);
      this._attempt = 0;
      this._reconnect();
    }

    async _reconnect() {
      if (this._left || this.state !== STATES.RECONNECTING) return;
      this.state = STATES.RECONNECT_ACTIVE;
      this.emit('reconnect', { attempt: this._attempt });
      try {
        await this._open();
        await this._login(false);
        await this._resubscribe();
        if (this._left) return;
        this._active();
        this.emit('reconnect-successful', { session: this.session.id });
      } catch (e) {
        this._drop();
        if (this._left) return;
        this._at++;
        this.emit('reconnect-error', e);
        if (e.code === 401 || e.code === 403) {
          this.session = null;
          this._ended(e);
          return;
        }
        this.state = STATES.RECONNECTING;
        this._schedule();
      }
    }

    /** The server has forgotten what the former session listened to. */
    _resubscribe() {
      return Promise.all(
        [...this._subscriptions.values()].map(async (s) => {
          const answer = await this._call('on', s.channel, null, s.options, true);
          s.reference = answer.id;
          if (this._subscriptions.has(s.key)) return;
          // Nobody listens any more: that was said while there was no connection.
          await this._call('off', s.channel, null, { referenceId: s.reference }, true);
        })
      );
    }

    disconnect(options, callback) {
      const [o, cb] = optional(options, callback);
      return settle(this._disconnect(o), cb);
    }

    async _disconnect(o) {
      if (o.disconnectChildSessions && this.state === STATES.ACTIVE) {
        await this._call('disconnect-child-sessions', null, null, {});
      }
      if (o.deleteCookie) this._deleteCookie();
      clearTimeout(this._timers.reconnect);
      this._left = true;
      const socket = this._socket;
      const had = this.state !== STATES.DISCONNECTED && this.state !== STATES.UNINITIALIZED;
      this.state = STATES.DISCONNECTING;
      const closed = new Promise((yes) => {
        if (!socket || socket.readyState === 3) yes();
        else {
          socket.onclose = yes;
          setTimeout(yes, o.timeout || 2000);
        }
      });
      this._drop();
      await closed;
      this._subscriptions.clear();
      this._handles.clear();
      this.session = null;
      if (had) this._ended({ reason: 'disconnected' });
      else this.state = STATES.DISCONNECTED;
    }

    /** Revokes the session's token and disconnects. */
    logout(callback) {
      const leave = async () => {
        try {
          if (this.serverInfo && this.serverInfo.secure) await this._call('revoke-token', null, null, {});
        } finally {
          await this._disconnect({ deleteCookie: true });
        }
      };
      return settle(leave(), callback);
    }

    // --- requests

    /** Sends a request; the promise is its answer. `early`: before the session is active. */
    _call(action, path, data, options, early) {
      const socket = this._socket;
      if (!socket || socket.readyState !== 1 || (!early && this.state !== STATES.ACTIVE)) {
        return Promise.reject(failure('ClientNotActive', 'client not active: ' + action + ' was not sent', { state: this.state }));
      }
      const eventId = ++this._eventId;
      const request = { action, eventId };
      if (path !== null && path !== undefined) request.path = path;
      if (data !== undefined) request.data = data;
      if (this.session && action !== 'login') request.sessionId = this.session.id;
      const o = Object.assign({}, options);
      const timeout = o.timeout || this.options.callTimeout;
      delete o.onPublished;
      delete o.onPublishedTimeout;
      if (action !== 'configure-session' && action !== 'describe') o.timeout = timeout;
      if (Object.keys(o).length) request.options = o;
      return new Promise((yes, no) => {
        const timer = setTimeout(() => {
          this._calls.delete(eventId);
          no(failure('TimeoutError', 'api request timed out: ' + action + (path ? ' ' + path : '') + ' after ' + timeout + ' ms'));
        }, timeout);
        this._calls.set(eventId, { yes, no, timer, action });
        if (options && options.onPublished) this._awaitAck(eventId, options);
        socket.send(JSON.stringify(request));
      });
    }

    _awaitAck(eventId, options) {
      const id = this.session.id + '-' + eventId;
      const limit = options.onPublishedTimeout || 60000;
      const timer = setTimeout(() => {
        this._acks.delete(id);
        options.onPublished(failure('TimeoutError', 'publish timed out after ' + limit + ' ms'));
      }, limit);
      this._acks.set(id, { handler: options.onPublished, timer });
    }

    _path(path, action) {
      if (typeof path === 'string' && path.length) return null;
      return Promise.reject(failure('Error', 'Bad path [' + path + '], must be a string: ' + action));
    }

    set(path, data, options, callback) {
      const [o, cb] = optional(options, callback);
      const sent = Object.assign({}, o);
      let value = data;
      if (value === null || value === undefined) {
        sent.nullValue = true;
        value = undefined;
      }
      return settle(this._path(path, 'set') || this._call('set', path, value, sent), cb);
    }

    /** Tells subscribers without storing anything. */
    publish(path, data, options, callback) {
      const [o, cb] = optional(options, callback);
      return this.set(path, data, Object.assign({}, o, { noStore: true, noDataResponse: true }), cb);
    }

    get(path, options, callback) {
      const [o, cb] = optional(options, callback);
      return settle(this._path(path, 'get') || this._call('get', path, null, o), cb);
    }

    getPaths(path, options, callback) {
      const [o, cb] = optional(options, callback);
      const inner = Object.assign({}, o.options, { path_only: true });
      return this.get(path, Object.assign({}, o, { options: inner }), cb);
    }

    getCreatedBetween(path, from, to, callback) {
      const criteria = { $and: [{ '_meta.created': { $gte: from } }, { '_meta.created': { $lte: to } }] };
      return this.get(path, { criteria }, callback);
    }

    count(path, options, callback) {
      const [o, cb] = optional(options, callback);
      return settle(this._path(path, 'count') || this._call('count', path, null, o), cb);
    }

    /** increment(path, [gauge = 'counter'], [amount = 1], [options], [callback]) */
    increment(path, ...rest) {
      const cb = typeof rest[rest.length - 1] === 'function' ? rest.pop() : undefined;
      const gauge = typeof rest[0] === 'string' ? rest.shift() : 'counter';
      const amount = typeof rest[0] === 'number' ? rest.shift() : 1;
      return this.set(path, gauge, Object.assign({}, rest[0], { increment: amount }), cb);
    }

    remove(path, options, callback) {
      const [o, cb] = optional(options, callback);
      return settle(this._path(path, 'remove') || this._call('remove', path, null, o), cb);
    }

    // --- subscriptions

    /**
     * on(path, [options], handler, [callback]): the answer is a handle for off; with a callback
     * and `initialCallback` the records that match now come as its third argument.
     */
    on(path, options, handler, callback) {
      if (typeof options === 'function') return this.on(path, {}, options, handler);
      const answer = this._on(path, options || {}, handler);
      const both = (f) => (e, r) => (e ? f(e) : f(null, r.handle, r.records));
      if (typeof callback === 'function') return settle(answer, both(callback));
      return answer.then((r) => r.handle);
    }

    once(path, options, handler, callback) {
      if (typeof options === 'function') return this.once(path, {}, options, handler);
      return this.on(path, Object.assign({}, options, { count: 1 }), handler, callback);
    }

    onAll(handler, callback) {
      return this.on('*', {}, handler, callback);
    }

    async _on(path, o, handler) {
      if (typeof path !== 'string' || !path.length) throw failure('Error', 'Bad path [' + path + '], must be a string');
      if (typeof handler !== 'function') throw failure('Error', 'callback cannot be null when using the on method');
      const type = String(o.event_type || 'all').toUpperCase();
      if (!['ALL', 'SET', 'REMOVE'].includes(type)) throw failure('Error', 'unknown event_type: ' + o.event_type);
      const deep = path.endsWith('**');
      const depth = deep ? Number(o.depth) || this.options.defaultVariableDepth : 0;
      const channel = '/' + type + '@' + path;
      const wish = {};
      if (o.meta) wish.meta = o.meta;
      if (o.merge) wish.merge = true;
      if (depth) wish.depth = depth;
      const recover = !!(o.recover || o.since);
      if (recover) wish.position = true;
      if (o.since) wish.since = String(o.since);
      const key = JSON.stringify([channel, depth, !!o.merge, o.meta || null, recover]);
      const listener = { handle: ++this._handle, key, path, handler, left: o.count || 0 };
      const initial = !!(o.initialCallback || o.initialEmit);

      let subscription = this._subscriptions.get(key);
      if (!subscription) {
        subscription = { key, channel, depth, options: wish, reference: null, listeners: new Set(), ready: null };
        this._subscriptions.set(key, subscription);
      }
      // Before the answer: events may come in front of it.
      subscription.listeners.add(listener);
      this._handles.set(listener.handle, listener);
      try {
        if (!initial) {
          // Equal subscriptions share one of the server's.
          if (!subscription.reference && !subscription.ready) {
            subscription.ready = this._call('on', channel, null, wish);
          }
          const answer = subscription.ready ? await subscription.ready : null;
          if (answer) subscription.reference = answer.id;
          if (this._subscriptions.get(key) !== subscription) await this._off(subscription);
          return { handle: listener.handle };
        }
        const flags = o.initialCallback ? { initialCallback: true } : { initialEmit: true };
        const records = await this._call('on', channel, null, Object.assign({}, wish, flags));
        const reference = records._meta && records._meta.referenceId;
        delete records._meta;
        if (subscription.reference || subscription.ready) {
          await this._call('off', channel, null, { referenceId: reference });
        } else {
          subscription.reference = reference;
          if (this._subscriptions.get(key) !== subscription) await this._off(subscription);
        }
        if (o.initialEmit) {
          for (const r of records) this._hand(listener, r, Object.assign({ channel }, r._meta));
        }
        return { handle: listener.handle, records };
      } catch (e) {
        this._forget(listener);
        if (!subscription.reference) {
          subscription.ready = null;
          if (!subscription.listeners.size) this._subscriptions.delete(key);
        }
        throw e;
      } finally {
        if (subscription.reference) subscription.ready = null;
      }
    }

    _forget(listener) {
      this._handles.delete(listener.handle);
      const s = this._subscriptions.get(listener.key);
      if (s) s.listeners.delete(listener);
      return s;
    }

    /** Ends listeners here at once, and at the server what nobody listens to any more. */
    async _end(listeners) {
      const calls = [];
      for (const l of listeners) {
        const s = this._forget(l);
        if (!s || s.listeners.size || !this._subscriptions.delete(s.key)) continue;
        // One that has not been answered yet is ended when it is.
        if (s.reference) calls.push(this._off(s));
      }
      await Promise.all(calls);
    }

    /** Ends a subscription at the server, which forgets it by itself with the connection. */
    async _off(s) {
      try {
        await this._call('off', s.channel, null, { referenceId: s.reference });
      } catch (e) {
        if (e.name !== 'ClientNotActive' && e.name !== 'ConnectionLost') throw e;
      }
    }

    off(handle, options, callback) {
      const [, cb] = optional(options, callback);
      if (handle === null || handle === undefined) {
        return settle(Promise.reject(failure('Error', 'handle cannot be null')), cb);
      }
      const listener = this._handles.get(Number(handle));
      return settle(this._end(listener ? [listener] : []), cb);
    }

    /** Ends all listeners of a path; `*` in it stands for any characters. */
    offPath(path, options, callback) {
      if (typeof path === 'function') return this.offPath('*', {}, path);
      const [, cb] = optional(options, callback);
      const quoted = String(path || '*').replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace(/\*+/g, '.*');
      const pattern = new RegExp('^' + quoted + '$', 'is');
      const hit = [...this._handles.values()].filter((l) => l.path === path || pattern.test(l.path));
      return settle(this._end(hit), cb);
    }

    offAll(callback) {
      const all = async () => {
        this._handles.clear();
        this._subscriptions.clear();
        if (this.state === STATES.ACTIVE) await this._call('off', '*', null, {});
      };
      return settle(all(), callback);
    }

    // --- events of the client itself

    /** Listens to what happens to the connection; gives an id for offEvent. */
    onEvent(name, handler) {
      if (typeof handler !== 'function') throw failure('Error', 'event handler must be a function');
      const id = name + '|' + ++this._handle;
      if (!this._events.has(name)) this._events.set(name, new Map());
      this._events.get(name).set(id, handler);
      return id;
    }

    offEvent(id) {
      const handlers = this._events.get(String(id).split('|')[0]);
      if (handlers) handlers.delete(id);
    }

    emit(name, data) {
      for (const handler of [...(this._events.get(name) || new Map()).values()]) {
        try {
          handler(data);
        } catch (e) {
          this.log.error('a handler of ' + name + ' failed', e);
        }
      }
    }

    // --- what comes from the server

    _message(text) {
      let frame;
      try {
        frame = JSON.parse(text);
      } catch (e) {
        this.log.error('a frame that is no JSON', e.message);
        return;
      }
      if (typeof frame === 'string') this._control(frame);
      else if (Array.isArray(frame)) this._answered(frame[frame.length - 1] || {}, frame.slice(0, -1));
      else if (frame && frame._meta) this._framed(frame);
    }

    _control(text) {
      if (text.startsWith('primus::ping::')) {
        this._alive();
        this._socket.send(JSON.stringify('primus::pong::' + text.substring(14)));
      } else if (text === 'primus::server::close') {
        this._left = true;
      }
    }

    _framed(frame) {
      switch (frame._meta.type) {
        case 'data':
          this._published(frame);
          break;
        case 'system':
          if (frame.eventKey === 'subscription-resumed') this._resumed(frame.data);
          if (frame.eventKey === 'server-side-disconnect') this.emit('session-ended', frame.data);
          else this.emit(frame.eventKey, frame.data);
          break;
        case 'ack':
          this._acknowledged(frame);
          break;
        default:
          this._answered(frame._meta, 'data' in frame ? frame.data : frame);
      }
    }

    /** Where a subscription is, for when it is made again. */
    _resumed(how) {
      for (const s of this._subscriptions.values()) {
        if (s.channel === how.channel && s.options.position && how.position) s.options.since = how.position;
      }
    }

    _answered(meta, data) {
      const call = this._calls.get(meta.eventId);
      if (!call) return;
      this._calls.delete(meta.eventId);
      clearTimeout(call.timer);
      if (meta.status === 'error') {
        const e = meta.error || {};
        call.no(failure(e.name || e.message || 'Error', e.message || e.name || 'failed', e));
        return;
      }
      if (data && typeof data === 'object') {
        // Of a list only the application's own members are shown when it is looped over.
        if (Array.isArray(data)) Object.defineProperty(data, '_meta', { value: meta, configurable: true });
        else data._meta = meta;
      }
      call.yes(data);
    }

    _acknowledged(frame) {
      const ack = this._acks.get(frame.id);
      if (!ack) return;
      this._acks.delete(frame.id);
      clearTimeout(ack.timer);
      if (frame.status === 'error') ack.handler(failure('Error', String(frame.error), { result: frame.result }), frame.result);
      else ack.handler(null, frame.result);
    }

    _published(frame) {
      const meta = frame._meta;
      if (meta.consistency !== CONSISTENCY.ACKNOWLEDGED) {
        this._dispatch(frame);
        return;
      }
      const done = () => this._dispatch(frame);
      this._call('ack', null, meta.publicationId, {}, true).then(done, (e) => {
        this.log.error('acknowledging failed', e.message);
        done();
      });
    }

    _dispatch(frame) {
      const meta = frame._meta;
      const listeners = [];
      for (const s of this._subscriptions.values()) {
        // The server sends one frame for each depth of a channel.
        if (s.channel === meta.channel && s.depth === (meta.depth || 0)) listeners.push(...s.listeners);
      }
      listeners.forEach((l, i) => {
        // Nobody sees what another listener does to its copy.
        const own = i + 1 < listeners.length ? JSON.parse(JSON.stringify(frame)) : frame;
        this._hand(l, own.data, own._meta);
      });
      if (meta.position) this._resumed(meta);
    }

    _hand(listener, data, meta) {
      if (!this._handles.has(listener.handle)) return;
      if (listener.left > 0 && --listener.left === 0) {
        this._end([listener]).catch((e) => this.log.warn('off failed', e.message));
      }
      try {
        listener.handler(data, meta);
      } catch (e) {
        this.log.error('a listener of ' + listener.path + ' failed', e);
        this.emit('error', e);
      }
    }

    // --- the token's cookie

    _cookie(name, value, seconds) {
      const doc = root.document;
      if (!doc || this.options.cookie === false || !name) return;
      const parts = [name + '=' + value, 'path=/', 'max-age=' + seconds, 'SameSite=Strict'];
      const domain = this.options.cookieDomain || (this.serverInfo && this.serverInfo.cookieDomain);
      if (domain) parts.push('domain=' + domain);
      if (root.location && root.location.protocol === 'https:') parts.push('Secure');
      doc.cookie = parts.join('; ');
    }

    _writeCookie(name, token) {
      this._cookie(name, token, COOKIE_DAYS * 24 * 3600);
    }

    _deleteCookie() {
      if (this.serverInfo) this._cookie(this.serverInfo.cookieName, '', 0);
    }

    _readCookie(name) {
      const doc = root.document;
      if (!doc || !name) return null;
      const found = doc.cookie.split('; ').find((c) => c.startsWith(name + '='));
      return found ? found.substring(name.length + 1) : null;
    }
  }

  HappnClient.STATES = STATES;
  HappnClient.CONSISTENCY = CONSISTENCY;
  return HappnClient;
});
