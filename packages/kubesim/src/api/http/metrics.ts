import { utf8Encode } from '@podwire/sim';
import type { ServedKinds } from '../custom/served.ts';
import type { ApiResponse } from '../http.ts';
import type { ObjectStore } from '../../store/store.ts';
import { qualified } from '../status.ts';
import { VERSION } from './discovery.ts';

/** `/metrics`: what can be counted of the store. Requests and their times are not measured. */
export function metricsAnswer(served: ServedKinds, store: ObjectStore): ApiResponse {
  const objects = served
    .all()
    .filter(
      ({ view, version, group }) => view === undefined && !(group === 'autoscaling' && version === 'v1'),
    )
    .map((resource) => [qualified(resource), store.count(resource.table)] as const)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  const text = [
    '# HELP apiserver_storage_objects [STABLE] Number of objects that are stored, by resource.',
    '# TYPE apiserver_storage_objects gauge',
    ...objects.map(([resource, count]) => `apiserver_storage_objects{resource="${resource}"} ${count}`),
    ...buildInfoMetric(),
    '',
  ].join('\n');
  return {
    status: 200,
    headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores' },
    body: utf8Encode(text),
  };
}

/** The metric that every component has. */
export function buildInfoMetric(): readonly string[] {
  const build = {
    build_date: VERSION.buildDate,
    compiler: VERSION.compiler,
    git_commit: VERSION.gitCommit,
    git_tree_state: VERSION.gitTreeState,
    git_version: VERSION.gitVersion,
    go_version: VERSION.goVersion,
    major: VERSION.major,
    minor: VERSION.minor,
    platform: VERSION.platform,
  };
  const labels = Object.entries(build)
    .map(([name, value]) => `${name}="${value}"`)
    .join(',');
  return [
    "# HELP kubernetes_build_info [BETA] A constant '1', labelled by the version of the server.",
    '# TYPE kubernetes_build_info gauge',
    `kubernetes_build_info{${labels}} 1`,
  ];
}
