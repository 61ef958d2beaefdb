import { fail } from '../failure.ts';
import { jsonPatch, mergePatch, strategicPatch } from '../patching/apply-patch.ts';
import { mergeRulesOf } from '../patching/merge-keys.ts';
import { flagAt, isObject, objectAt, objectsAt, setAt, textAt, textMapAt, valueAt } from '../values/json.ts';
import type { JsonObject, JsonValue } from '../values/json.ts';
import { readYamlDocument } from '../values/yaml-reader.ts';
import { matchesLabels, parseSelector } from '../values/selector.ts';
import {
  containersIn,
  isClusterScoped,
  podSpecIn,
  referencesIn,
  selectorPathOf,
  templatesOf,
} from './resource.ts';
import type { KustomizedResource } from './resource.ts';

function addTo(object: JsonObject, path: readonly string[], pairs: ReadonlyMap<string, string>): void {
  for (const [key, value] of pairs) setAt(object, [...path, key], value);
}

function peersOf(policy: JsonObject): readonly JsonObject[] {
  return [
    ...objectsAt(policy, 'spec', 'ingress').flatMap((rule) => objectsAt(rule, 'from')),
    ...objectsAt(policy, 'spec', 'egress').flatMap((rule) => objectsAt(rule, 'to')),
  ];
}

/** Labels on the objects, and where asked on what selects and on what is made. */
export function addLabels(
  { object }: KustomizedResource,
  pairs: ReadonlyMap<string, string>,
  where: { readonly selectors: boolean; readonly templates: boolean },
): void {
  addTo(object, ['metadata', 'labels'], pairs);
  if (where.selectors || where.templates)
    for (const path of templatesOf(object)) addTo(object, [...path, 'metadata', 'labels'], pairs);
  const selector = where.selectors ? selectorPathOf(object) : undefined;
  if (selector !== undefined) addTo(object, selector, pairs);
  if (where.selectors && textAt(object, 'kind') === 'NetworkPolicy')
    for (const peer of peersOf(object))
      if (objectAt(peer, 'podSelector', 'matchLabels') !== undefined)
        addTo(peer, ['podSelector', 'matchLabels'], pairs);
}

export function addAnnotations({ object }: KustomizedResource, pairs: ReadonlyMap<string, string>): void {
  addTo(object, ['metadata', 'annotations'], pairs);
  for (const path of templatesOf(object)) addTo(object, [...path, 'metadata', 'annotations'], pairs);
}

export function setNamespace({ object, namespaces }: KustomizedResource, namespace: string): void {
  namespaces.add(textAt(object, 'metadata', 'namespace'));
  if (textAt(object, 'kind') === 'Namespace') setAt(object, ['metadata', 'name'], namespace);
  else if (!isClusterScoped(object)) setAt(object, ['metadata', 'namespace'], namespace);
  for (const subject of objectsAt(object, 'subjects'))
    if (textAt(subject, 'kind') === 'ServiceAccount' && textAt(subject, 'name') === 'default')
      subject['namespace'] = namespace;
}

const WITHOUT_AFFIXES = new Set(['Namespace', 'CustomResourceDefinition', 'APIService']);

export function rename(resource: KustomizedResource, prefix: string, suffix: string): void {
  const { object, names } = resource;
  if (WITHOUT_AFFIXES.has(textAt(object, 'kind'))) return;
  const name = textAt(object, 'metadata', 'name');
  names.add(name);
  setAt(object, ['metadata', 'name'], `${prefix}${name}${suffix}`);
}

/** Names that others refer to follow when the objects are renamed. */
export function fixReferences(resources: readonly KustomizedResource[]): void {
  for (const { object } of resources) {
    for (const { kind, holder, field } of referencesIn(object)) {
      const name = textAt(holder, field);
      const target = resources.find((each) => textAt(each.object, 'kind') === kind && each.names.has(name));
      if (target !== undefined) holder[field] = textAt(target.object, 'metadata', 'name');
    }
  }
}

interface ImageName {
  readonly name: string;
  readonly tag: string;
  readonly digest: string;
}

function splitImage(image: string): ImageName {
  const at = image.indexOf('@');
  const digest = at < 0 ? '' : image.slice(at + 1);
  const rest = at < 0 ? image : image.slice(0, at);
  const colon = rest.lastIndexOf(':');
  const hasTag = colon > rest.lastIndexOf('/');
  return { name: hasTag ? rest.slice(0, colon) : rest, tag: hasTag ? rest.slice(colon + 1) : '', digest };
}

export function setImage({ object }: KustomizedResource, change: JsonObject): void {
  for (const container of containersIn(podSpecIn(object))) {
    const image = splitImage(textAt(container, 'image'));
    if (image.name !== textAt(change, 'name')) continue;
    const name = textAt(change, 'newName') || image.name;
    const newTag = valueAt(change, 'newTag');
    const [digest, tag] = [
      textAt(change, 'digest'),
      typeof newTag === 'string' ? newTag : typeof newTag === 'number' ? newTag.toString() : '',
    ];
    if (digest !== '') container['image'] = `${name}@${digest}`;
    else if (tag !== '') container['image'] = `${name}:${tag}`;
    else if (image.digest !== '') container['image'] = `${name}@${image.digest}`;
    else container['image'] = image.tag === '' ? name : `${name}:${image.tag}`;
  }
}

const SCALABLE = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'ReplicationController']);

export function setReplicas(resources: readonly KustomizedResource[], change: JsonObject): void {
  const name = textAt(change, 'name');
  const found = resources.filter(
    ({ object, names }) =>
      SCALABLE.has(textAt(object, 'kind')) &&
      (textAt(object, 'metadata', 'name') === name || names.has(name)),
  );
  if (found.length === 0)
    fail(
      `resource with name ${name} does not match a config with the following GVK [Deployment.[noVer].[noGrp] ReplicationController.[noVer].[noGrp] ReplicaSet.[noVer].[noGrp] StatefulSet.[noVer].[noGrp]]`,
    );
  for (const { object } of found) setAt(object, ['spec', 'replicas'], change['count'] ?? 0);
}

/** The text of a name in a patch's target is a regular expression over all of it; plain names are most common. */
function namesMatch(wanted: string, actual: string): boolean {
  if (wanted === '' || wanted === actual) return true;
  if (!/[*?.[\](){}|+^$\\]/.test(wanted)) return false;
  return (
    wanted === '.*' ||
    fail(`target ${JSON.stringify(wanted)}: regular expressions are not part of this simulation`)
  );
}

function isTarget(resource: KustomizedResource, target: JsonObject): boolean {
  const { object, names, namespaces } = resource;
  const apiVersion = textAt(object, 'apiVersion');
  const slash = apiVersion.indexOf('/');
  const [group, version] =
    slash < 0 ? ['', apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
  const name = textAt(target, 'name');
  const known = [textAt(object, 'metadata', 'name'), ...names];
  const selector = parseSelector(textAt(target, 'labelSelector'));
  return (
    namesMatch(textAt(target, 'group'), group) &&
    namesMatch(textAt(target, 'version'), version) &&
    namesMatch(textAt(target, 'kind'), textAt(object, 'kind')) &&
    known.some((each) => namesMatch(name, each)) &&
    [textAt(object, 'metadata', 'namespace'), ...namespaces].some((each) =>
      namesMatch(textAt(target, 'namespace'), each || 'default'),
    ) &&
    (!selector.ok || matchesLabels(selector.requirements, textMapAt(object, 'metadata', 'labels')))
  );
}

function mergeInto(resource: KustomizedResource, patch: JsonObject): boolean {
  const { object } = resource;
  const rules = mergeRulesOf(textAt(object, 'apiVersion'), textAt(object, 'kind'));
  if (patch['$patch'] === 'delete') return false;
  const name = textAt(object, 'metadata', 'name');
  const merged = rules === undefined ? mergePatch(object, patch) : strategicPatch(object, patch, rules);
  for (const key of Object.keys(object)) delete object[key];
  if (isObject(merged)) Object.assign(object, merged);
  setAt(object, ['metadata', 'name'], name);
  return true;
}

/** Applies one patch; gives back the resources that are left. */
export function applyPatch(
  resources: readonly KustomizedResource[],
  text: string,
  target: JsonObject | undefined,
): readonly KustomizedResource[] {
  const documents = text.split(/^---\s*$/m).filter((part) => part.trim() !== '');
  let left = resources;
  for (const document of documents) {
    const read = readYamlDocument(document);
    if (!read.ok) return fail(`unable to parse SM or JSON patch from [${text}]`);
    left = applyValue(left, read.value, target, text);
  }
  return left;
}

function applyValue(
  resources: readonly KustomizedResource[],
  patch: JsonValue,
  target: JsonObject | undefined,
  text: string,
): readonly KustomizedResource[] {
  if (Array.isArray(patch)) {
    if (target === undefined) return fail('must specify a target for JSON patch');
    for (const { object } of resources.filter((each) => isTarget(each, target))) {
      const done = jsonPatch(object, patch);
      if (!done.ok) return fail(done.message);
      for (const key of Object.keys(object)) delete object[key];
      if (isObject(done.value)) Object.assign(object, done.value);
    }
    return resources;
  }
  if (!isObject(patch)) return fail(`unable to parse SM or JSON patch from [${text}]`);
  if (target !== undefined)
    return resources.filter((each) => !isTarget(each, target) || mergeInto(each, patch));
  const [kind, name] = [textAt(patch, 'kind'), textAt(patch, 'metadata', 'name')];
  const namespace = textAt(patch, 'metadata', 'namespace');
  const own = { kind, name, namespace: namespace === '' ? 'default' : namespace };
  const found = resources.filter((each) => isTarget(each, own));
  if (found.length === 0) {
    const apiVersion = textAt(patch, 'apiVersion').split('/').reverse();
    const [version = '', group = ''] = apiVersion;
    return fail(
      `no resource matches strategic merge patch "${kind}.${version}.${group === '' ? '[noGrp]' : group}/${name}.${namespace === '' ? '[noNs]' : namespace}": no matches for Id ${kind}.${version}.${group === '' ? '[noGrp]' : group}/${name}.${namespace === '' ? '[noNs]' : namespace}; failed to find unique target for patch ${kind}.${version}.${group === '' ? '[noGrp]' : group}/${name}.${namespace === '' ? '[noNs]' : namespace}`,
    );
  }
  return resources.filter((each) => !found.includes(each) || mergeInto(each, patch));
}

export function wantsHash(options: JsonObject | undefined, defaults: JsonObject | undefined): boolean {
  return (
    flagAt(options, 'disableNameSuffixHash') !== true && flagAt(defaults, 'disableNameSuffixHash') !== true
  );
}

export function labelsOf(object: JsonObject, ...path: readonly string[]): ReadonlyMap<string, string> {
  const map = objectAt(object, ...path) ?? {};
  return new Map(
    Object.entries(map).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
}
