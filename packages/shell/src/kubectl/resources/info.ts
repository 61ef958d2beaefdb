import type { Session } from '../session.ts';
import { resourcePath } from '../api/discovery.ts';
import type { ResourceType } from '../api/discovery.ts';
import type { RequestOptions } from '../api/api.ts';
import { Failure, isNotFound } from '../failure.ts';
import type { JsonObject } from '../values/json.ts';
import { textAt } from '../values/json.ts';

/** One object, or one list, that a command works on. */
export interface ResourceInfo {
  /** Absent in local mode, when no server is asked. */
  readonly type: ResourceType | undefined;
  namespace: string;
  name: string;
  /** The file it came from; empty when it came from the server. */
  readonly source: string;
  object: JsonObject | undefined;
  readonly subresource: string;
}

export function isNamespaced(info: ResourceInfo): boolean {
  return info.type === undefined ? info.namespace !== '' : info.type.namespaced;
}

/** The type of an info that came through the server. */
export function typeOf(info: ResourceInfo): ResourceType {
  if (info.type === undefined) throw new Error('a local object has no resource type');
  return info.type;
}

export function objectOf(info: ResourceInfo): JsonObject {
  if (info.object === undefined) throw new Error('the object has not been retrieved');
  return info.object;
}

export function pathOf(info: ResourceInfo, subresource?: string): string {
  return resourcePath(typeOf(info), info.namespace, info.name, subresource ?? info.subresource);
}

/** Takes over what the server answered. */
export function refresh(info: ResourceInfo, object: JsonObject): void {
  info.object = object;
  info.name = textAt(object, 'metadata', 'name') || info.name;
  info.namespace = textAt(object, 'metadata', 'namespace') || info.namespace;
}

/** Fetches the object. What is missing in a namespace that is missing too is reported as the namespace. */
export function retrieve(session: Session, info: ResourceInfo, options: RequestOptions = {}): void {
  const reply = session.api().send('GET', pathOf(info), options);
  if (reply.ok) {
    info.object = reply.object;
    return;
  }
  if (isNotFound(reply.problem) && info.namespace !== '' && info.namespace !== 'default') {
    const namespace = session.api().send('GET', `/api/v1/namespaces/${info.namespace}`);
    if (!namespace.ok && isNotFound(namespace.problem)) throw new Failure(namespace.problem);
  }
  throw new Failure(reply.problem);
}
