import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRecord, manifestsOf } from '../setup-manifests.ts';
import type { Manifest } from '../setup-manifests.ts';
import { addonsFor } from './addons.ts';
import { namedImages } from './named-images.ts';

const FOLDER = path.join(import.meta.dirname, '../../../../infra/kind/addons');
/** A whole version: not `latest`, nor what grows, as `v2` does. */
const PINNED = /^[a-z0-9.-]+(?:\/[a-z0-9._-]+)+:v?\d+\.\d+\.\d+[A-Za-z0-9._-]*$/u;
const needs = {
  nodes: 2,
  cni: 'bridge',
  networkPolicies: true,
  outsideHosts: [],
  podCidrs: ['10.8.0.0/16'],
  serviceCidrs: ['10.9.0.0/20'],
} as const;

/** As a lab's cluster gets it. */
function filledIn(file: string): { readonly path: string; readonly text: string } {
  const addons = { cniWithPolicies: readFileSync(path.join(FOLDER, file), 'utf8') };
  const { cni } = addonsFor(needs, { networkPolicies: true, cni: 'addon', addons });
  if (cni === undefined) throw new Error(`${file} was not taken`);
  return cni;
}

function objectsOf(file: string): readonly Manifest[] {
  const read = manifestsOf(filledIn(file));
  if (!read.ok) throw new Error(read.message);
  return read.manifests;
}

/** What lies at a path of fields and places of lists. */
function at(value: unknown, ...keys: readonly (string | number)[]): unknown {
  return keys.reduce(
    (inner: unknown, key) =>
      isRecord(inner) || Array.isArray(inner) ? (inner as Record<string, unknown>)[key] : undefined,
    value,
  );
}

const found = (objects: readonly Manifest[], kind: string): Manifest => {
  const named = objects.filter((object) => object.kind === kind);
  if (named[0] === undefined || named.length > 1) throw new Error(`${named.length} objects of kind ${kind}`);
  return named[0];
};

describe('the manifests of CNIs that operators copy', () => {
  it.each(readdirSync(FOLDER))('has nothing left to fill in and every image pinned: %s', (file) => {
    expect(filledIn(file).text).not.toMatch(/\{\{|\}\}/u);
    const images = namedImages([filledIn(file)]);
    expect(images.length).toBeGreaterThan(0);
    for (const image of images) expect(image).toMatch(PINNED);
  });

  it.each(readdirSync(FOLDER))('has its agent on every node, before the nodes are Ready: %s', (file) => {
    const daemon = found(objectsOf(file), 'DaemonSet');
    expect(at(daemon, 'spec', 'template', 'spec')).toMatchObject({
      hostNetwork: true,
      tolerations: [{ operator: 'Exists' }],
    });
    expect(at(daemon, 'spec', 'template', 'metadata', 'labels')).toMatchObject(
      at(daemon, 'spec', 'selector', 'matchLabels') as object,
    );
  });

  it.each(readdirSync(FOLDER))(
    'gives its agent the account, the role and the volumes it names: %s',
    (file) => {
      const objects = objectsOf(file);
      const pod = at(found(objects, 'DaemonSet'), 'spec', 'template', 'spec');
      const account = found(objects, 'ServiceAccount').metadata;
      expect(at(pod, 'serviceAccountName')).toBe(account.name);
      const binding = found(objects, 'ClusterRoleBinding');
      expect(at(binding, 'subjects', 0)).toEqual({ kind: 'ServiceAccount', ...account });
      expect(at(binding, 'roleRef', 'name')).toBe(found(objects, 'ClusterRole').metadata.name);
      const names = (list: unknown): readonly unknown[] =>
        (list as readonly unknown[]).map((each) => at(each, 'name'));
      const containers = [at(pod, 'initContainers'), at(pod, 'containers')].flat();
      const mounted = containers.flatMap((container) => names(at(container, 'volumeMounts')));
      expect(new Set(mounted)).toEqual(new Set(names(at(pod, 'volumes'))));
    },
  );

  it('has kube-router leave each node’s range to kube-router, and Services to kube-proxy', () => {
    const objects = objectsOf('kube-router.yaml');
    const data = at(found(objects, 'ConfigMap'), 'data') as Readonly<Record<string, string>>;
    expect(JSON.parse(data['10-kuberouter.conflist'] ?? '')).toMatchObject({
      plugins: [{ type: 'bridge', bridge: 'kube-bridge', ipam: { type: 'host-local' } }, { type: 'portmap' }],
    });
    const container = at(found(objects, 'DaemonSet'), 'spec', 'template', 'spec', 'containers', 0);
    expect(at(container, 'args')).toEqual(
      expect.arrayContaining(['--run-service-proxy=false', '--service-cluster-ip-range=10.9.0.0/20']),
    );
    expect(at(container, 'env')).toContainEqual({
      name: 'KUBE_ROUTER_CNI_CONF_FILE',
      value: '/etc/cni/net.d/10-kuberouter.conflist',
    });
  });
});
