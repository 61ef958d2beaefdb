import { newStoreState, ObjectStore } from '../store/store.ts';
import type { StoreState } from '../store/store.ts';
import { ServedKinds } from './custom/served.ts';
import { HttpFrontend } from './http/frontend.ts';
import { makeKubeClient } from './kube-client.ts';
import { amountText, usageOfNamespace } from './quota/usage.ts';
import type { ListTable } from './quota/usage.ts';
import { createOwnership } from './ownership.ts';
import { Registry } from './registry/registry.ts';
import { purgeNamespace, finalizeNamespace } from './registry/namespace-end.ts';
import { findResource, resourceOfTable } from './resources/catalog.ts';
import { storeKey } from './resources/resource.ts';
import type { ApiServer, ApiServerWiring } from './server.ts';
import { Subscriptions, toObjectChange } from './subscriptions.ts';
import { Tokens } from './tokens.ts';
import type { FindUid, IssuedToken } from './tokens.ts';
import type { SubscriberState } from './subscriptions.ts';

/** All that the API server remembers. Obeys the rule of `forkState`. */
export interface ApiServerState {
  readonly store: StoreState;
  readonly subscribers: Map<string, SubscriberState>;
  readonly tokens: Map<string, IssuedToken>;
  serving: boolean;
  /** Set while it runs without its etcd: every request times out. */
  withoutStorage?: boolean;
}

export function newApiServerState(): ApiServerState {
  return { store: newStoreState(), subscribers: new Map(), tokens: new Map(), serving: true };
}

/** Wires the API server over its state. Once per state and simulation. */
export function createApiServer(state: ApiServerState, wiring: ApiServerWiring): ApiServer {
  const { simulation, config } = wiring;
  const store = new ObjectStore(state.store);
  const served = new ServedKinds(store);
  const registry = new Registry(store, simulation, config);
  const subscriptions = new Subscriptions(store, simulation, state.subscribers);
  const uidOf: FindUid = (name, namespace, object) => {
    const resource = findResource('', name);
    return resource === undefined
      ? undefined
      : store.get(resource.table, storeKey(resource, namespace, object))?.metadata.uid;
  };
  const tokens = new Tokens(state.tokens, simulation, uidOf);
  const isServing = (): boolean => state.serving;
  const frontend = new HttpFrontend({
    registry,
    store,
    served,
    simulation,
    config,
    nodeOps: wiring.nodeOps,
    tokens,
    isServing,
    hasStorage: () => state.withoutStorage !== true,
  });
  return {
    isListening: () => state.serving || state.withoutStorage === true,
    handle: (request) => frontend.handle(request),
    upgrade: (request) => frontend.upgrade(request),
    connectPort: (request, port) => frontend.connectPort(request, port),
    connectProxy: (request) => frontend.connectProxy(request),
    askProxy: (request) => frontend.askProxy(request),
    clientFor: (user) => makeKubeClient(registry, store, user, isServing, served),
    subscribe: (name, kinds, handler, delayMs) => subscriptions.add(name, kinds, handler, delayMs),
    watchCustom: (name, kinds) => subscriptions.addCustom(name, kinds),
    watchAllCustom: (name) => subscriptions.addAllCustom(name),
    ownership: createOwnership(registry, store, served),
    setSubscribed: (name, subscribed) => subscriptions.setSubscribed(name, subscribed),
    isSubscribed: (name) => subscriptions.isSubscribed(name),
    requestResync: (name) => subscriptions.requestResync(name),
    changesSince: (revision) => {
      const changes = store.changesSince(revision);
      if (changes === undefined) return undefined;
      return {
        revision: store.revision,
        changes: changes.filter((change) => resourceOfTable(change.table) !== undefined).map(toObjectChange),
      };
    },
    revision: () => store.revision,
    setServing: (serving, reason) => {
      state.serving = serving;
      state.withoutStorage = reason === 'no-storage';
      if (!serving) frontend.endStreams();
    },
    issueToken: (namespace, account, audiences, seconds) =>
      tokens.issue({
        namespace,
        account: { name: account, uid: uidOf('serviceaccounts', namespace, account) ?? '' },
        audiences,
        seconds,
      }).token,
    userOfToken: (token) => tokens.userOf(token),
    purgeNamespace: (namespace) => purgeNamespace(registry, store, served, namespace),
    quotaUsage: (quota) => {
      const names = Object.keys(quota.spec?.hard ?? {});
      const list: ListTable = (table, prefix) => store.list(table, prefix).objects;
      const used = usageOfNamespace(quota, quota.metadata?.namespace ?? '', names, list, simulation.nowMs);
      return Object.fromEntries([...used].map(([name, nanos]) => [name, amountText(nanos, name)]));
    },
    finalizeNamespace: (namespace) => finalizeNamespace(registry, namespace),
  };
}
