import { beforeEach, describe, expect, it } from 'vitest';
import { TestServer } from '../api-server.test-support.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const CRONTABS = '/apis/stable.example.com/v1/namespaces/default/crontabs';

/** The definition of a kind with most of what a definition can say. */
function definition(
  change: (spec: Record<string, unknown>) => void = () => undefined,
): Record<string, unknown> {
  const spec: Record<string, unknown> = {
    group: 'stable.example.com',
    scope: 'Namespaced',
    names: {
      plural: 'crontabs',
      singular: 'crontab',
      kind: 'CronTab',
      shortNames: ['ct'],
      categories: ['all'],
    },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: {
                type: 'object',
                required: ['cronSpec'],
                'x-kubernetes-validations': [
                  {
                    rule: 'self.replicas <= self.maxReplicas',
                    message: 'replicas must not exceed maxReplicas',
                  },
                  {
                    rule: '!has(oldSelf.image) || self.image == oldSelf.image',
                    messageExpression: "'image of ' + oldSelf.image + ' is fixed'",
                  },
                ],
                properties: {
                  cronSpec: { type: 'string', pattern: '^[0-9* ]+$' },
                  image: { type: 'string', maxLength: 20 },
                  replicas: { type: 'integer', minimum: 1, maximum: 10, default: 1 },
                  maxReplicas: { type: 'integer', default: 5 },
                  mode: { type: 'string', enum: ['fast', 'slow'] },
                  port: { 'x-kubernetes-int-or-string': true },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  rules: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['name'],
                    items: {
                      type: 'object',
                      required: ['name'],
                      properties: { name: { type: 'string' }, value: { type: 'integer' } },
                    },
                  },
                },
              },
              status: {
                type: 'object',
                properties: { replicas: { type: 'integer' }, selector: { type: 'string' } },
              },
            },
          },
        },
        subresources: {
          status: {},
          scale: {
            specReplicasPath: '.spec.replicas',
            statusReplicasPath: '.status.replicas',
            labelSelectorPath: '.status.selector',
          },
        },
        additionalPrinterColumns: [
          { name: 'Spec', type: 'string', jsonPath: '.spec.cronSpec' },
          { name: 'Replicas', type: 'integer', jsonPath: '.spec.replicas', priority: 1 },
        ],
        selectableFields: [{ jsonPath: '.spec.mode' }],
      },
      {
        name: 'v1beta1',
        served: true,
        storage: false,
        deprecated: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  };
  change(spec);
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'crontabs.stable.example.com' },
    spec,
  };
}

interface Properties {
  readonly properties: Record<string, unknown>;
}

function cronTab(spec: Record<string, unknown>, name = 'one'): Record<string, unknown> {
  return { apiVersion: 'stable.example.com/v1', kind: 'CronTab', metadata: { name }, spec };
}

describe('CustomResourceDefinitions (API11, API12)', () => {
  let server: TestServer;
  beforeEach(() => {
    server = new TestServer();
    expect(server.call('POST', DEFINITIONS, definition()).text).toContain('"Established"');
  });

  const message = (body: Record<string, unknown>): unknown =>
    server.call('POST', CRONTABS, body).body['message'];

  it('serves the kind in discovery, with its short names and subresources', () => {
    const list = server.call('GET', '/apis/stable.example.com/v1').text;
    for (const part of ['"crontabs"', '"ct"', '"crontabs/status"', '"crontabs/scale"', '"all"'])
      expect(list).toContain(part);
    expect(server.call('GET', '/apis').text).toContain('"stable.example.com/v1beta1"');
    const aggregated = server.call('GET', '/apis', undefined, {
      accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
    });
    expect(aggregated.text).toContain('"subresource":"scale"');
  });

  it('publishes the schema in OpenAPI v3 and v2, with a tag that tells whether it changed', () => {
    const document = server.call('GET', '/openapi/v3/apis/stable.example.com/v1');
    expect(document.text).toContain('com.example.stable.v1.CronTab');
    expect(document.text).toContain('"name":"fieldValidation"');
    const etag = document.response.headers['etag'] ?? '';
    const again = server.call('GET', '/openapi/v3/apis/stable.example.com/v1', undefined, {
      headers: { 'if-none-match': etag },
    });
    expect(again.status).toBe(304);
    expect(server.call('GET', '/openapi/v2').text).toContain('com.example.stable.v1.CronTab');
    // What keeps unknown fields shows none in v2, since kubectl would take them for all there are.
    const { definitions } = JSON.parse(server.call('GET', '/openapi/v2').text) as {
      definitions: Record<string, unknown>;
    };
    expect(definitions['com.example.stable.v1beta1.CronTab']).toEqual({
      type: 'object',
      'x-kubernetes-group-version-kind': [
        { group: 'stable.example.com', version: 'v1beta1', kind: 'CronTab' },
      ],
    });
  });

  it('fills in defaults, prunes what the schema does not know and says so', () => {
    const answer = server.call(
      'POST',
      `${CRONTABS}?fieldValidation=Warn`,
      cronTab({ cronSpec: '*', typo: 1, free: { any: [1] } }),
    );
    expect(answer.body['spec']).toEqual({ cronSpec: '*', free: { any: [1] }, replicas: 1, maxReplicas: 5 });
    expect(answer.warnings).toContain('unknown field \\"spec.typo\\"');
    expect(
      server.call('POST', `${CRONTABS}?fieldValidation=Strict`, cronTab({ cronSpec: '*', typo: 1 }, 'two'))
        .body['message'],
    ).toBe(
      'CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: unknown field "spec.typo"',
    );
  });

  it('reads what was stored earlier with the defaults of now, and without what the schema knows no more', () => {
    server.call('POST', CRONTABS, cronTab({ cronSpec: '*', image: 'one' }));
    const before = server.call('GET', `${CRONTABS}/one`).body as { metadata: object; spec: object };
    expect(before.spec).toEqual({ cronSpec: '*', image: 'one', replicas: 1, maxReplicas: 5 });
    const changed = definition(({ versions }) => {
      const [first] = versions as { schema: { openAPIV3Schema: { properties: { spec: Properties } } } }[];
      const spec = first?.schema.openAPIV3Schema.properties.spec ?? { properties: {} };
      spec.properties['mode'] = { type: 'string', default: 'fast' };
      Reflect.deleteProperty(spec.properties, 'image');
      Reflect.deleteProperty(spec, 'x-kubernetes-validations');
    });
    const { metadata } = server.call('GET', `${DEFINITIONS}/crontabs.stable.example.com`).body;
    expect(
      server.call('PUT', `${DEFINITIONS}/crontabs.stable.example.com`, { ...changed, metadata }).status,
    ).toBe(200);
    const now = { cronSpec: '*', mode: 'fast', replicas: 1, maxReplicas: 5 };
    expect(server.call('GET', `${CRONTABS}/one`).body).toMatchObject({
      metadata: before.metadata,
      spec: now,
    });
    expect((server.call('GET', CRONTABS).body as { items: { spec: object }[] }).items[0]?.spec).toEqual(now);
  });

  const TWICE = {
    json: '{"apiVersion":"stable.example.com/v1","kind":"CronTab","metadata":{"name":"one"},"spec":{"cronSpec":"*","replicas":1,"free":{"list":[{"x":1,"y":{"k":"\\"","k":2}}]},"replicas":2}}',
    yaml: 'apiVersion: stable.example.com/v1\nkind: CronTab\nmetadata: { name: one }\nspec:\n  cronSpec: "*"\n  replicas: 1\n  replicas: 2\n',
  };

  it.each([
    ['json', 'application/json', 'duplicate field "spec.free.list[0].y.k", duplicate field "spec.replicas"'],
    ['yaml', 'application/yaml', 'yaml: unmarshal errors:\n  line 7: key "replicas" already set in map'],
  ] as const)(
    'API6: a field that stands twice in %s is told of, and the last one counts',
    (kind, contentType, told) => {
      const send = (mode: string): ReturnType<typeof server.call> =>
        server.call('POST', `${CRONTABS}?fieldValidation=${mode}&dryRun=All`, TWICE[kind], { contentType });
      expect(send('Strict').body['message']).toBe(
        `CronTab in version "v1" cannot be handled as a CronTab: strict decoding error: ${told}`,
      );
      expect(send('Warn').status).toBe(201);
      expect(send('Warn').warnings).toContain(
        kind === 'json'
          ? '299 - "duplicate field \\"spec.replicas\\""'
          : '299 - "line 7: key \\"replicas\\" already set',
      );
      expect(send('Ignore').body['spec']).toMatchObject({ replicas: 2 });
      expect(send('Ignore').warnings).toBeUndefined();
    },
  );

  it.each([
    [
      {},
      'CronTab.stable.example.com "one" is invalid: [spec.cronSpec: Required value, <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
    ],
    [
      { cronSpec: 'x' },
      `CronTab.stable.example.com "one" is invalid: spec.cronSpec: Invalid value: "x": spec.cronSpec in body should match '^[0-9* ]+$'`,
    ],
    [
      { cronSpec: '*', replicas: 0 },
      'CronTab.stable.example.com "one" is invalid: spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1',
    ],
    [
      { cronSpec: '*', replicas: 'three' },
      'CronTab.stable.example.com "one" is invalid: [spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string", <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation]',
    ],
    [{ cronSpec: '*', mode: 'odd' }, 'spec.mode: Unsupported value: "odd": supported values: "fast", "slow"'],
    [{ cronSpec: '*', image: 'x'.repeat(21) }, 'spec.image: Too long: may not be more than 20 bytes'],
    [
      { cronSpec: '*', replicas: 7 },
      'CronTab.stable.example.com "one" is invalid: spec: Invalid value: "object": replicas must not exceed maxReplicas',
    ],
    [
      { cronSpec: '*', rules: [{ name: 'a' }, { name: 'a' }] },
      'spec.rules[1]: Duplicate value: {"name":"a"}',
    ],
  ])('refuses %j as the real server does', (spec, words) => expect(message(cronTab(spec))).toContain(words));

  it('judges transitions by oldSelf, and says what messageExpression says', () => {
    server.call('POST', CRONTABS, cronTab({ cronSpec: '*', image: 'a' }));
    const changed = server.call(
      'PATCH',
      `${CRONTABS}/one`,
      { spec: { image: 'b' } },
      { contentType: 'application/merge-patch+json' },
    );
    expect(changed.body['message']).toBe(
      'CronTab.stable.example.com "one" is invalid: spec: Invalid value: "object": image of a is fixed',
    );
  });

  it('has status and scale apart, counts generations, and takes no strategic merge', () => {
    server.call('POST', CRONTABS, { ...cronTab({ cronSpec: '*' }), status: { replicas: 3 } });
    expect(server.call('GET', `${CRONTABS}/one`).body['status']).toBeUndefined();
    const merge = { contentType: 'application/merge-patch+json' };
    server.call('PATCH', `${CRONTABS}/one/status`, { status: { replicas: 2, selector: 'a=b' } }, merge);
    const scale = server.call('GET', `${CRONTABS}/one/scale`).body;
    expect([scale['spec'], scale['status']]).toEqual([{ replicas: 1 }, { replicas: 2, selector: 'a=b' }]);
    server.call('PATCH', `${CRONTABS}/one/scale`, { spec: { replicas: 4 } }, merge);
    const object = server.call('GET', `${CRONTABS}/one`).body;
    expect(object['spec']).toMatchObject({ replicas: 4 });
    expect(object['metadata']).toMatchObject({ generation: 2 });
    const strategic = server.call(
      'PATCH',
      `${CRONTABS}/one`,
      {},
      { contentType: 'application/strategic-merge-patch+json' },
    );
    expect(strategic.status).toBe(415);
    expect(strategic.body['message']).toBe(
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    );
  });

  it('prints its own columns', () => {
    server.call('POST', CRONTABS, cronTab({ cronSpec: '* *' }));
    const table = server.call('GET', CRONTABS, undefined, {
      accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
    }).body;
    expect((table['columnDefinitions'] as { name: string }[]).map(({ name }) => name)).toEqual([
      'Name',
      'Spec',
      'Replicas',
    ]);
    expect((table['rows'] as { cells: unknown[] }[])[0]?.cells).toEqual(['one', '* *', 1]);
  });

  it('merges lists with keys in server-side apply, and tells conflicts', () => {
    const apply = (manager: string, spec: Record<string, unknown>) =>
      server.call('PATCH', `${CRONTABS}/one?fieldManager=${manager}`, cronTab(spec), {
        contentType: 'application/apply-patch+yaml',
      });
    expect(apply('a', { cronSpec: '*', rules: [{ name: 'x', value: 1 }] }).status).toBe(201);
    expect(apply('b', { cronSpec: '*', rules: [{ name: 'y', value: 2 }] }).body['spec']).toMatchObject({
      rules: [
        { name: 'x', value: 1 },
        { name: 'y', value: 2 },
      ],
    });
    expect(apply('b', { cronSpec: '1' }).body['message']).toBe(
      'Apply failed with 1 conflict: conflict with "a": .spec.cronSpec',
    );
  });

  it('serves every version of one stored object, and warns of a deprecated one', () => {
    server.call('POST', CRONTABS, cronTab({ cronSpec: '*' }));
    const other = server.call('GET', `${CRONTABS.replace('/v1/', '/v1beta1/')}/one`);
    expect(other.body['apiVersion']).toBe('stable.example.com/v1beta1');
    expect(other.warnings).toContain('stable.example.com/v1beta1 CronTab is deprecated');
  });

  it('selects by the fields that the definition names', () => {
    server.call('POST', CRONTABS, cronTab({ cronSpec: '*', mode: 'fast' }));
    expect(server.call('GET', `${CRONTABS}?fieldSelector=spec.mode%3Dfast`).body['items']).toHaveLength(1);
    expect(server.call('GET', `${CRONTABS}?fieldSelector=spec.other%3Dfast`).status).toBe(400);
  });

  it('goes with its objects, and waits for those that a finalizer holds', () => {
    server.call('POST', CRONTABS, {
      ...cronTab({ cronSpec: '*' }),
      metadata: { name: 'one', finalizers: ['a.b/c'] },
    });
    const name = `${DEFINITIONS}/crontabs.stable.example.com`;
    server.call('DELETE', name);
    expect(server.call('GET', name).body['metadata']).toMatchObject({
      finalizers: ['customresourcecleanup.apiextensions.k8s.io'],
    });
    server.call(
      'PATCH',
      `${CRONTABS}/one`,
      { metadata: { finalizers: null } },
      { contentType: 'application/merge-patch+json' },
    );
    expect(server.call('GET', name).status).toBe(404);
    expect(server.call('GET', CRONTABS).status).toBe(404);
  });

  it.each([
    [
      (spec: Record<string, unknown>) => (spec['scope'] = 'Galaxy'),
      'spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"',
    ],
    [
      (spec: Record<string, unknown>) => (spec['versions'] = []),
      'must have exactly one version marked as storage version',
    ],
    [
      (spec: Record<string, unknown>) => (spec['group'] = 'example'),
      'spec.group: Invalid value: "example": should be a domain with at least one dot',
    ],
    [
      (spec: Record<string, unknown>) =>
        (spec['versions'] = [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', properties: { a: {} } } },
          },
        ]),
      'spec.versions[0].schema.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields',
    ],
    [
      (spec: Record<string, unknown>) =>
        (spec['versions'] = [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-validations': [{ rule: 'self.' }] } },
          },
        ]),
      'compilation failed: ERROR: <input>:1:6: Syntax error',
    ],
    [
      (spec: Record<string, unknown>) =>
        (spec['conversion'] = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } }),
      'this simulated cluster does not model conversion webhooks: spec.conversion.strategy Webhook',
    ],
  ])('refuses a definition that is wrong: %#', (change, words) => {
    const wrong = definition((spec) => {
      change(spec);
    });
    expect(server.call('POST', `${DEFINITIONS}?dryRun=All`, wrong).body['message']).toContain(words);
  });
});

describe('components on custom kinds (API11)', () => {
  it('read, write and hear of them', () => {
    const server = new TestServer();
    const heard: string[] = [];
    server.api.subscribe(
      'watcher',
      ['Pod'],
      {
        resync: () => undefined,
        onChanges: (changes) => heard.push(...changes.map(({ type, kind }) => `${type} ${kind}`)),
      },
      1,
    );
    server.api.watchCustom('watcher', [{ group: 'stable.example.com', resource: 'crontabs' }]);
    server.run(10);
    const client = server.api.clientFor({ name: 'system:cron-controller', groups: ['system:masters'] });
    const custom = client.custom({ group: 'stable.example.com', resource: 'crontabs' });
    expect(custom.list()).toEqual([]);
    server.call('POST', DEFINITIONS, definition());
    server.call('POST', CRONTABS, cronTab({ cronSpec: '*' }));
    server.run(10);
    const object = custom.get('default', 'one');
    expect(object).toBeDefined();
    if (object === undefined) return;
    expect(custom.updateStatus({ ...object, status: { replicas: 2 } }).ok).toBe(true);
    expect(custom.list('default')[0]?.status).toEqual({ replicas: 2 });
    expect(custom.delete('default', 'one').ok).toBe(true);
    server.run(10);
    expect(heard).toEqual(['ADDED CronTab', 'MODIFIED CronTab', 'DELETED CronTab']);
  });
});
