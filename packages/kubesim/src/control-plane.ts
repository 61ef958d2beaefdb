import type { ApiServer } from './api/server.ts';
import { STATIC_COMPONENTS, staticPod, staticPodUid } from './bootstrap/static-pods.ts';
import type { StaticComponent } from './bootstrap/static-pods.ts';
import type { ClusterState } from './cluster-state.ts';
import type { ComponentName } from './component.ts';
import type { WiredComponents } from './components.ts';

export interface SwitchParts {
  readonly state: ClusterState;
  readonly api: ApiServer;
  readonly components: WiredComponents;
}

const ADMIN = { name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
const COREDNS_REPLICAS = 2;

/** Stops and starts the parts of the cluster, as lessons do to show what each is for. */
export class ControlPlaneSwitches {
  readonly #parts: SwitchParts;

  constructor(parts: SwitchParts) {
    this.#parts = parts;
  }

  list(): readonly { readonly name: ComponentName; readonly running: boolean }[] {
    const { state, components } = this.#parts;
    const names: ComponentName[] = [
      'etcd',
      'kube-apiserver',
      ...components.list.map((component) => component.name),
      'coredns',
    ];
    return names.map((name) => ({ name, running: !state.stopped.has(name) }));
  }

  stop(name: ComponentName): boolean {
    const { state } = this.#parts;
    if (state.stopped.has(name) || !this.#exists(name)) return false;
    if (name === 'coredns' && !this.#scaleCoreDns(0)) return false;
    state.stopped.add(name);
    if (isStatic(name)) this.#moveManifest(name, false);
    this.#apply();
    return true;
  }

  start(name: ComponentName): boolean {
    const { state } = this.#parts;
    if (!state.stopped.delete(name)) return false;
    this.#apply();
    if (isStatic(name)) this.#moveManifest(name, true);
    if (name === 'coredns') this.#scaleCoreDns(COREDNS_REPLICAS);
    return true;
  }

  #exists(name: ComponentName): boolean {
    return this.list().some((component) => component.name === name);
  }

  /** Without its API server, and without etcd behind it, nothing hears of changes: controllers and scheduler lose their lease and exit. */
  #apply(): void {
    const { state, api, components } = this.#parts;
    const serving = !state.stopped.has('kube-apiserver') && !state.stopped.has('etcd');
    api.setServing(serving);
    for (const component of components.list) {
      const wanted = serving && !state.stopped.has(component.name);
      if (api.isSubscribed(component.name) === wanted) continue;
      api.setSubscribed(component.name, wanted);
      // A kubelet or a proxy lives on without the API server; it only hears nothing.
      const livesOn =
        !state.stopped.has(component.name) && /^(kubelet|kube-proxy|cni)\//.test(component.name);
      if (!wanted && !livesOn) component.onStop?.();
    }
  }

  #moveManifest(component: StaticComponent, present: boolean): void {
    const { state, components } = this.#parts;
    for (const { site } of state.nodes) {
      const node = state.config.nodes[site.index];
      if (node?.controlPlane !== true) continue;
      const manifest = present ? staticPod(component, site.name, site.address, state.config) : undefined;
      components.kubelets.get(site.name)?.setStaticPod(staticPodUid(component, site.name), manifest);
    }
  }

  #scaleCoreDns(replicas: number): boolean {
    const client = this.#parts.api.clientFor(ADMIN);
    const deployment = client.get('Deployment', 'kube-system', 'coredns');
    if (deployment?.spec === undefined) return false;
    return client.update('Deployment', { ...deployment, spec: { ...deployment.spec, replicas } }).ok;
  }
}

function isStatic(name: ComponentName): name is StaticComponent {
  return (STATIC_COMPONENTS as readonly string[]).includes(name);
}
