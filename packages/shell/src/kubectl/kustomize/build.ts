import { Failure, attempt, fail, messageOf } from '../failure.ts';
import { goYaml } from '../printers/yaml.ts';
import { readManifests } from '../resources/manifests.ts';
import type { Session } from '../session.ts';
import { encodeBase64 } from '../values/base64.ts';
import {
  flagAt,
  isObject,
  objectAt,
  objectsAt,
  setAt,
  textAt,
  textsAt,
  withSortedKeys,
} from '../values/json.ts';
import type { JsonObject } from '../values/json.ts';
import { baseName, resolvePath } from '../values/path.ts';
import { readYamlDocument } from '../values/yaml-reader.ts';
import { contentHash } from './name-hash.ts';
import type { KustomizedResource } from './resource.ts';
import {
  addAnnotations,
  addLabels,
  applyPatch,
  fixReferences,
  labelsOf,
  rename,
  setImage,
  setNamespace,
  setReplicas,
  wantsHash,
} from './transform.ts';

const FILE_NAMES = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
/** Kustomizations inside each other, and objects of all of them. */
const MAX_DEPTH = 20;
const MAX_RESOURCES = 2000;
const DEPRECATED: Readonly<Record<string, string>> = {
  bases: 'resources',
  commonLabels: 'labels',
  patchesJson6902: 'patches',
  patchesStrategicMerge: 'patches',
};
/** What a kustomization may say here; anything else is refused by name. */
const FIELDS = new Set([
  'apiVersion',
  'kind',
  'metadata',
  'resources',
  'bases',
  'namespace',
  'namePrefix',
  'nameSuffix',
  'labels',
  'commonLabels',
  'commonAnnotations',
  'images',
  'replicas',
  'configMapGenerator',
  'secretGenerator',
  'generatorOptions',
  'patches',
  'patchesStrategicMerge',
  'patchesJson6902',
  'sortOptions',
]);
const FIRST = [
  'Namespace',
  'ResourceQuota',
  'StorageClass',
  'CustomResourceDefinition',
  'ServiceAccount',
  'PodSecurityPolicy',
  'Role',
  'ClusterRole',
  'RoleBinding',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
  'Endpoints',
  'Service',
  'LimitRange',
  'PriorityClass',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

class Builder {
  private readonly session: Session;
  private count = 0;

  constructor(session: Session) {
    this.session = session;
  }

  private text(path: string): string | undefined {
    const read = this.session.process.fs.readFile(path);
    return read.ok ? new TextDecoder().decode(read.value) : undefined;
  }

  private isDirectory(path: string): boolean {
    const info = this.session.process.fs.stat(path);
    return info.ok && info.value.kind === 'directory';
  }

  /** The resources of a directory's kustomization. */
  build(directory: string, depth: number): readonly KustomizedResource[] {
    if (depth > MAX_DEPTH) return fail(`kustomizations are nested more than ${MAX_DEPTH} deep`);
    const kustomization = this.read(directory);
    let resources: readonly KustomizedResource[] = [
      ...this.accumulate(kustomization, directory, depth),
      ...this.generate(kustomization, directory, 'configMapGenerator'),
      ...this.generate(kustomization, directory, 'secretGenerator'),
    ];
    this.count += resources.length;
    if (this.count > MAX_RESOURCES) return fail(`more than ${MAX_RESOURCES} objects`);
    resources = this.patch(kustomization, directory, resources);
    transform(kustomization, resources);
    return resources;
  }

  private read(directory: string): JsonObject {
    const found = FILE_NAMES.filter((name) => this.text(`${directory}/${name}`) !== undefined);
    const [name] = found;
    if (name === undefined)
      return fail(
        `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${directory}'`,
      );
    if (found.length > 1) fail(`Found multiple kustomization files under: ${directory}\n`);
    const read = readYamlDocument(this.text(`${directory}/${name}`) ?? '');
    if (!read.ok) return fail(`invalid Kustomization: yaml: ${read.message}`);
    if (read.value === null) return fail('kustomization.yaml is empty');
    if (!isObject(read.value)) return fail('invalid Kustomization: it is no object');
    for (const field of Object.keys(read.value)) {
      if (!FIELDS.has(field))
        fail(`the field ${field} of ${directory}/${name} is not part of this simulation`);
      const instead = DEPRECATED[field];
      if (instead !== undefined)
        this.session.err(
          `# Warning: '${field}' is deprecated. Please use '${instead}' instead. Run 'kustomize edit fix' to update your Kustomization automatically.\n`,
        );
    }
    return read.value;
  }

  private accumulate(
    kustomization: JsonObject,
    directory: string,
    depth: number,
  ): readonly KustomizedResource[] {
    const names = [...textsAt(kustomization, 'resources'), ...textsAt(kustomization, 'bases')];
    return names.flatMap((name) => {
      const path = resolvePath(directory, name);
      if (/^https?:\/\/|^git@/.test(name))
        return fail(`accumulating resources: ${name}: there is no way out to the internet from here`);
      if (this.isDirectory(path)) {
        const built = attempt(() => this.build(path, depth + 1));
        if (built.ok) return built.value;
        return fail(
          `accumulating resources: accumulation err='accumulating resources from '${name}': read ${path}: is a directory': recursed accumulation of path '${path}': ${messageOf(built.problem)}`,
        );
      }
      return this.fileResources(name, path, directory);
    });
  }

  private fileResources(name: string, path: string, directory: string): readonly KustomizedResource[] {
    const text = this.text(path);
    if (text === undefined)
      return fail(
        `accumulating resources: accumulation err='accumulating resources from '${name}': evalsymlink failure on '${path}' : lstat ${path}: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '${path}' : lstat ${path}: no such file or directory`,
      );
    if (!path.startsWith(`${directory}/`))
      return fail(
        `accumulating resources: accumulation err='accumulating resources from '${name}': security; file '${path}' is not in or below '${directory}'': must build at directory: '${path}': file is not directory`,
      );
    return [...readManifests(new TextEncoder().encode(text))].flatMap((part) => {
      if (!part.ok)
        return fail(
          `accumulating resources: accumulation err='accumulating resources from '${name}': MalformedYAMLError: ${part.message} in File: ${name}': must build at directory: '${path}': file is not directory`,
        );
      if (!isObject(part.value)) return [];
      const items = textAt(part.value, 'kind') === 'List' ? objectsAt(part.value, 'items') : [part.value];
      return items.map((object) => ({
        object,
        names: new Set<string>(),
        namespaces: new Set<string>(),
        needsHash: false,
      }));
    });
  }

  private generate(
    kustomization: JsonObject,
    directory: string,
    field: 'configMapGenerator' | 'secretGenerator',
  ): readonly KustomizedResource[] {
    const defaults = objectAt(kustomization, 'generatorOptions');
    return objectsAt(kustomization, field).map((source) => {
      const behavior = textAt(source, 'behavior');
      if (behavior !== '' && behavior !== 'create')
        fail(`behavior: ${behavior} of ${field} is not part of this simulation`);
      const isSecret = field === 'secretGenerator';
      const options = objectAt(source, 'options');
      const data: JsonObject = {};
      for (const [key, value] of this.entries(source, directory))
        data[key] = isSecret ? encodeBase64(new TextEncoder().encode(value)) : value;
      const object: JsonObject = {
        apiVersion: 'v1',
        ...(Object.keys(data).length === 0 ? {} : { data }),
        kind: isSecret ? 'Secret' : 'ConfigMap',
        metadata: { name: textAt(source, 'name') },
        ...(isSecret ? { type: textAt(source, 'type') || 'Opaque' } : {}),
      };
      const resource = {
        object,
        names: new Set<string>(),
        namespaces: new Set<string>(),
        needsHash: wantsHash(options, defaults),
      };
      if (textAt(source, 'namespace') !== '')
        setAt(object, ['metadata', 'namespace'], textAt(source, 'namespace'));
      for (const from of [defaults, options]) {
        if (from === undefined) continue;
        addLabels(resource, labelsOf(from, 'labels'), { selectors: false, templates: false });
        for (const [key, value] of labelsOf(from, 'annotations'))
          setAt(object, ['metadata', 'annotations', key], value);
        if (flagAt(from, 'immutable') === true) object['immutable'] = true;
      }
      return resource;
    });
  }

  /** The data of a generated object. */
  private *entries(source: JsonObject, directory: string): Generator<readonly [string, string]> {
    for (const literal of textsAt(source, 'literals')) {
      const equals = literal.indexOf('=');
      if (equals < 1) fail(`invalid literal source ${literal}, expected key=value`);
      yield [literal.slice(0, equals), literal.slice(equals + 1).replace(/^(["'])(.*)\1$/s, '$2')];
    }
    for (const file of textsAt(source, 'files')) {
      const equals = file.indexOf('=');
      const name = equals < 0 ? file : file.slice(equals + 1);
      yield [equals < 0 ? baseName(name) : file.slice(0, equals), this.source(directory, name)];
    }
    const envs = [
      ...textsAt(source, 'envs'),
      ...(textAt(source, 'env') === '' ? [] : [textAt(source, 'env')]),
    ];
    for (const file of envs)
      for (const line of this.source(directory, file).split('\n')) {
        const text = line.trimStart();
        if (text === '' || text.startsWith('#')) continue;
        const equals = text.indexOf('=');
        yield [equals < 0 ? text : text.slice(0, equals), equals < 0 ? '' : text.slice(equals + 1)];
      }
  }

  private source(directory: string, name: string): string {
    const path = resolvePath(directory, name);
    return (
      this.text(path) ??
      fail(
        `loading KV pairs: file sources: [${name}]: evalsymlink failure on '${path}' : lstat ${path}: no such file or directory`,
      )
    );
  }

  private patch(
    kustomization: JsonObject,
    directory: string,
    resources: readonly KustomizedResource[],
  ): readonly KustomizedResource[] {
    let left = resources;
    const load = (path: string): string =>
      this.text(resolvePath(directory, path)) ??
      fail(
        `trouble configuring builtin PatchTransformer with config: \`\npath: ${path}\n\`: failed to get the patch file from path(${path}): evalsymlink failure on '${resolvePath(directory, path)}' : lstat ${resolvePath(directory, path)}: no such file or directory`,
      );
    for (const patch of textsAt(kustomization, 'patchesStrategicMerge'))
      left = applyPatch(left, patch.includes('\n') ? patch : load(patch), undefined);
    for (const field of ['patches', 'patchesJson6902'])
      for (const entry of objectsAt(kustomization, field)) {
        const inline = textAt(entry, 'patch');
        const text = inline === '' ? load(textAt(entry, 'path')) : inline;
        left = applyPatch(left, text, objectAt(entry, 'target'));
      }
    return left;
  }
}

function transform(kustomization: JsonObject, resources: readonly KustomizedResource[]): void {
  const namespace = textAt(kustomization, 'namespace');
  const [prefix, suffix] = [textAt(kustomization, 'namePrefix'), textAt(kustomization, 'nameSuffix')];
  for (const resource of resources) {
    if (namespace !== '') setNamespace(resource, namespace);
    if (prefix !== '' || suffix !== '') rename(resource, prefix, suffix);
    for (const entry of objectsAt(kustomization, 'labels'))
      addLabels(resource, labelsOf(entry, 'pairs'), {
        selectors: flagAt(entry, 'includeSelectors') === true,
        templates: flagAt(entry, 'includeTemplates') === true,
      });
    addLabels(resource, labelsOf(kustomization, 'commonLabels'), { selectors: true, templates: true });
    addAnnotations(resource, labelsOf(kustomization, 'commonAnnotations'));
    for (const image of objectsAt(kustomization, 'images')) setImage(resource, image);
  }
  for (const change of objectsAt(kustomization, 'replicas')) setReplicas(resources, change);
  fixReferences(resources);
}

function rank(object: JsonObject): number {
  const kind = textAt(object, 'kind');
  const first = FIRST.indexOf(kind);
  if (first >= 0) return first - FIRST.length;
  return LAST.indexOf(kind) + 1;
}

/** Namespaces first, webhooks last: so that `kubectl apply` can go from top to bottom. */
function inOrder(resources: readonly KustomizedResource[]): readonly JsonObject[] {
  const key = (object: JsonObject): string =>
    [
      textAt(object, 'kind'),
      textAt(object, 'apiVersion'),
      textAt(object, 'metadata', 'name'),
      textAt(object, 'metadata', 'namespace'),
    ].join('\0');
  return resources
    .map(({ object }) => object)
    .sort((a, b) => rank(a) - rank(b) || (key(a) < key(b) ? -1 : 1));
}

/** What `kustomize build` prints for a directory. */
export function buildKustomization(session: Session, directory: string): string {
  const root = session.path(directory);
  const info = session.process.fs.stat(root);
  if (!info.ok)
    return fail(
      `must build at directory: not a valid directory: evalsymlink failure on '${directory}' : lstat ${root}: no such file or directory`,
    );
  if (info.value.kind !== 'directory')
    return fail(`must build at directory: '${directory}': file is not directory`);
  const resources = new Builder(session).build(root, 0);
  for (const resource of resources) {
    if (!resource.needsHash) continue;
    const name = textAt(resource.object, 'metadata', 'name');
    resource.names.add(name);
    setAt(resource.object, ['metadata', 'name'], `${name}-${contentHash(resource.object)}`);
  }
  fixReferences(resources);
  const seen = new Set<string>();
  for (const { object } of resources) {
    const id =
      ['apiVersion', 'kind'].map((field) => textAt(object, field)).join('/') +
      `/${textAt(object, 'metadata', 'namespace')}/${textAt(object, 'metadata', 'name')}`;
    if (seen.has(id))
      throw new Failure({
        kind: 'plain',
        message: `may not add resource with an already registered id: ${id}`,
      });
    seen.add(id);
  }
  return inOrder(resources)
    .map((object) => goYaml(withSortedKeys(object)))
    .join('---\n');
}
