import type { Container, ContainerPort, Pod, PodSpec } from 'kubernetes-types/core/v1';

/** Containers with the paths that warnings name them by. */
function withPaths(spec: PodSpec, path: string): readonly (readonly [container: Container, path: string])[] {
  const listed = (spec.containers as Container[] | null | undefined) ?? [];
  return [
    ...(spec.initContainers ?? []).map(
      (container, index) => [container, `${path}.initContainers[${index}]`] as const,
    ),
    ...listed.map((container, index) => [container, `${path}.containers[${index}]`] as const),
  ];
}

export function podWarnings(pod: Pod): readonly string[] {
  return pod.spec === undefined ? [] : podSpecWarnings(pod.spec, 'spec');
}

/** What is legal and yet most likely a mistake (k8s.io/kubernetes pkg/api/pod warnings). */
export function podSpecWarnings(spec: PodSpec, path: string): readonly string[] {
  const containers = withPaths(spec, path);
  const warnings: string[] = [];
  for (const [index, constraint] of (spec.topologySpreadConstraints ?? []).entries()) {
    if (constraint.labelSelector === undefined)
      warnings.push(
        `${path}.topologySpreadConstraints[${index}].labelSelector: a null labelSelector results in matching no pod`,
      );
  }
  const addresses = new Set<string>();
  for (const [index, alias] of (spec.hostAliases ?? []).entries()) {
    const ip = alias.ip ?? '';
    if (addresses.has(ip))
      warnings.push(`${path}.hostAliases[${index}].ip: duplicate ip ${JSON.stringify(ip)}`);
    addresses.add(ip);
  }
  for (const [container, at] of containers) warnings.push(...duplicateEnv(container, at));
  warnings.push(...portWarnings(containers));
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0)
    warnings.push(
      `${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
    );
  return warnings;
}

function duplicateEnv(container: Container, at: string): readonly string[] {
  const names = new Set<string>();
  const warnings: string[] = [];
  for (const [index, { name, value = '', valueFrom }] of (container.env ?? []).entries()) {
    const reference = `$(${name})`;
    const hides = valueFrom !== undefined || value === reference || !value.includes(reference);
    if (names.has(name) && hides)
      warnings.push(
        `${at}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
      );
    names.add(name);
  }
  return warnings;
}

function portWarnings(
  containers: readonly (readonly [container: Container, path: string])[],
): readonly string[] {
  const warnings: string[] = [];
  const seen = new Map<string, { port: ContainerPort; path: string }[]>();
  const names = new Map<string, string>();
  for (const [container, at] of containers) {
    for (const [index, port] of (container.ports ?? []).entries()) {
      const path = `${at}.ports[${index}]`;
      const key = `${port.containerPort}/${port.protocol ?? 'TCP'}`;
      const others = seen.get(key) ?? [];
      for (const other of others) {
        const [mine, theirs] = [port.hostPort ?? 0, other.port.hostPort ?? 0];
        if ((port.hostIP ?? '') === (other.port.hostIP ?? '') && mine === theirs)
          warnings.push(`${path}: duplicate port definition with ${other.path}`);
        else if (mine === 0 || theirs === 0)
          warnings.push(`${path}: overlapping port definition with ${other.path}`);
      }
      seen.set(key, [...others, { port, path }]);
    }
  }
  for (const [container, at] of containers) {
    for (const [index, port] of (container.ports ?? []).entries()) {
      if (port.name === undefined || port.name === '') continue;
      const path = `${at}.ports[${index}]`;
      const other = names.get(port.name);
      if (other === undefined) names.set(port.name, path);
      else
        warnings.push(
          `${path}: duplicate port name ${JSON.stringify(port.name)} with ${other}, services and probes that select ports by name will use ${other}`,
        );
    }
  }
  return warnings;
}
