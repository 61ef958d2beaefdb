import type { CustomResourceDefinition } from '../api/custom/schema.ts';
import { GATEWAY_GROUP } from './model.ts';

/** A piece of a structural schema (the CRD's `openAPIV3Schema`). */
type Schema = Readonly<Record<string, unknown>>;

const BUNDLE_VERSION = 'v1.3.0';

const text = (more: Schema = {}): Schema => ({ type: 'string', ...more });
const object = (properties: Readonly<Record<string, Schema>>, more: Schema = {}): Schema => ({
  type: 'object',
  properties,
  ...more,
});
const list = (items: Schema, maxItems: number, more: Schema = {}): Schema => ({
  type: 'array',
  items,
  maxItems,
  ...more,
});
const oneOf = (values: readonly string[], more: Schema = {}): Schema => text({ enum: values, ...more });

const GROUP_PATTERN = '^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$';
const LABEL_PATTERN = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$';
const group = (more: Schema = {}): Schema => text({ maxLength: 253, pattern: GROUP_PATTERN, ...more });
const kind = (more: Schema = {}): Schema =>
  text({ minLength: 1, maxLength: 63, pattern: '^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$', ...more });
const objectName = text({ minLength: 1, maxLength: 253 });
const namespace = text({ minLength: 1, maxLength: 63, pattern: LABEL_PATTERN });
const sectionName = text({
  minLength: 1,
  maxLength: 253,
  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
});
const hostname = text({
  minLength: 1,
  maxLength: 253,
  pattern: '^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
});
const preciseHostname = text({
  minLength: 1,
  maxLength: 253,
  pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$',
});
const port: Schema = { type: 'integer', format: 'int32', minimum: 1, maximum: 65_535 };
const duration = text({ pattern: '^([0-9]{1,5}(h|m|s|ms)){1,4}$' });
const headerName = text({ minLength: 1, maxLength: 256, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$" });
const conditions = list(
  object(
    {
      type: text({ maxLength: 316 }),
      status: oneOf(['True', 'False', 'Unknown']),
      reason: text({ minLength: 1, maxLength: 1_024 }),
      message: text({ maxLength: 32_768 }),
      lastTransitionTime: text({ format: 'date-time' }),
      observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
    },
    { required: ['lastTransitionTime', 'message', 'reason', 'status', 'type'] },
  ),
  8,
  { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] },
);
const parentReference = object(
  {
    group: group({ default: GATEWAY_GROUP }),
    kind: kind({ default: 'Gateway' }),
    namespace,
    name: objectName,
    sectionName,
    port,
  },
  { required: ['name'] },
);
const backendReference = (more: Readonly<Record<string, Schema>> = {}): Schema =>
  object(
    {
      group: group({ default: '' }),
      kind: kind({ default: 'Service' }),
      name: objectName,
      namespace,
      port,
      ...more,
    },
    {
      required: ['name'],
      'x-kubernetes-validations': [
        {
          message: 'Must have port for Service reference',
          rule: "(size(self.group) == 0 && self.kind == 'Service') ? has(self.port) : true",
        },
      ],
    },
  );

const headerValues = list(
  object(
    { name: headerName, value: text({ minLength: 1, maxLength: 4_096 }) },
    { required: ['name', 'value'] },
  ),
  16,
  { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
);
const headerModifier = object({
  set: headerValues,
  add: headerValues,
  remove: list(text(), 16, { 'x-kubernetes-list-type': 'set' }),
});
const pathModifier = object(
  {
    type: oneOf(['ReplaceFullPath', 'ReplacePrefixMatch']),
    replaceFullPath: text({ maxLength: 1_024 }),
    replacePrefixMatch: text({ maxLength: 1_024 }),
  },
  {
    required: ['type'],
    'x-kubernetes-validations': [
      {
        message: "replaceFullPath must be specified when type is set to 'ReplaceFullPath'",
        rule: "self.type == 'ReplaceFullPath' ? has(self.replaceFullPath) : true",
      },
      {
        message: "type must be 'ReplaceFullPath' when replaceFullPath is set",
        rule: "has(self.replaceFullPath) ? self.type == 'ReplaceFullPath' : true",
      },
      {
        message: "replacePrefixMatch must be specified when type is set to 'ReplacePrefixMatch'",
        rule: "self.type == 'ReplacePrefixMatch' ? has(self.replacePrefixMatch) : true",
      },
      {
        message: "type must be 'ReplacePrefixMatch' when replacePrefixMatch is set",
        rule: "has(self.replacePrefixMatch) ? self.type == 'ReplacePrefixMatch' : true",
      },
    ],
  },
);

const FILTER_FIELDS: readonly (readonly [field: string, type: string])[] = [
  ['requestHeaderModifier', 'RequestHeaderModifier'],
  ['responseHeaderModifier', 'ResponseHeaderModifier'],
  ['requestMirror', 'RequestMirror'],
  ['requestRedirect', 'RequestRedirect'],
  ['urlRewrite', 'URLRewrite'],
  ['extensionRef', 'ExtensionRef'],
];

const filter = object(
  {
    type: oneOf(FILTER_FIELDS.map(([, type]) => type)),
    requestHeaderModifier: headerModifier,
    responseHeaderModifier: headerModifier,
    requestMirror: object({ backendRef: backendReference() }, { required: ['backendRef'] }),
    requestRedirect: object({
      scheme: oneOf(['http', 'https']),
      hostname: preciseHostname,
      path: pathModifier,
      port,
      statusCode: { type: 'integer', enum: [301, 302], default: 302 },
    }),
    urlRewrite: object({ hostname: preciseHostname, path: pathModifier }),
    extensionRef: object(
      { group: group(), kind: kind(), name: objectName },
      { required: ['group', 'kind', 'name'] },
    ),
  },
  {
    required: ['type'],
    'x-kubernetes-validations': FILTER_FIELDS.flatMap(([field, type]) => [
      {
        message: `filter.${field} must be nil if the filter.type is not ${type}`,
        rule: `!(has(self.${field}) && self.type != '${type}')`,
      },
      {
        message: `filter.${field} must be specified for ${type} filter.type`,
        rule: `!(!has(self.${field}) && self.type == '${type}')`,
      },
    ]),
  },
);
const filters = list(filter, 16, {
  'x-kubernetes-validations': [
    {
      message:
        'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both',
      rule: "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
    },
    ...['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite'].map((type) => ({
      message: `${type} filter cannot be repeated`,
      rule: `self.filter(f, f.type == '${type}').size() <= 1`,
    })),
  ],
});

const MATCH_TYPES = ['Exact', 'RegularExpression'];
const matchList = (name: Schema, valueLength: number): Schema =>
  list(
    object(
      {
        type: oneOf(MATCH_TYPES, { default: 'Exact' }),
        name,
        value: text({ minLength: 1, maxLength: valueLength }),
      },
      { required: ['name', 'value'] },
    ),
    16,
    { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
  );
const ABSOLUTE = "(self.type in ['Exact','PathPrefix'])";
const pathMatch = object(
  {
    type: oneOf(['Exact', 'PathPrefix', 'RegularExpression'], { default: 'PathPrefix' }),
    value: text({ maxLength: 1_024, default: '/' }),
  },
  {
    default: { type: 'PathPrefix', value: '/' },
    'x-kubernetes-validations': [
      {
        message: "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
        rule: `${ABSOLUTE} ? self.value.startsWith('/') : true`,
      },
      ...['//', '/./', '/../', '%2f', '%2F', '#'].map((part) => ({
        message: `must not contain '${part}' when type one of ['Exact', 'PathPrefix']`,
        rule: `${ABSOLUTE} ? !self.value.contains('${part}') : true`,
      })),
      ...['/..', '/.'].map((part) => ({
        message: `must not end with '${part}' when type one of ['Exact', 'PathPrefix']`,
        rule: `${ABSOLUTE} ? !self.value.endsWith('${part}') : true`,
      })),
    ],
  },
);
const match = object({
  path: pathMatch,
  headers: matchList(headerName, 4_096),
  queryParams: matchList(headerName, 1_024),
  method: oneOf(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']),
});
const rule = object(
  {
    name: sectionName,
    matches: list(match, 64, { default: [{ path: { type: 'PathPrefix', value: '/' } }] }),
    filters,
    backendRefs: list(
      backendReference({
        weight: { type: 'integer', format: 'int32', minimum: 0, maximum: 1_000_000, default: 1 },
        filters,
      }),
      16,
    ),
    timeouts: object(
      { request: duration, backendRequest: duration },
      {
        'x-kubernetes-validations': [
          {
            message: 'backendRequest timeout cannot be longer than request timeout',
            rule: "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
          },
        ],
      },
    ),
  },
  {
    'x-kubernetes-validations': [
      {
        message: 'RequestRedirect filter must not be used together with backendRefs',
        rule: '(has(self.backendRefs) && size(self.backendRefs) > 0) ? (!has(self.filters) || self.filters.all(f, !has(f.requestRedirect))): true',
      },
    ],
  },
);

const gatewayClass = object(
  {
    spec: object(
      {
        controllerName: text({
          minLength: 1,
          maxLength: 253,
          pattern:
            "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$",
          'x-kubernetes-validations': [{ message: 'Value is immutable', rule: 'self == oldSelf' }],
        }),
        description: text({ maxLength: 64 }),
        parametersRef: object(
          { group: group(), kind: kind(), name: objectName, namespace },
          { required: ['group', 'kind', 'name'] },
        ),
      },
      { required: ['controllerName'] },
    ),
    status: object({ conditions }),
  },
  { required: ['spec'] },
);

const listenerTls = object(
  {
    mode: oneOf(['Terminate', 'Passthrough'], { default: 'Terminate' }),
    certificateRefs: list(
      object(
        { group: group({ default: '' }), kind: kind({ default: 'Secret' }), name: objectName, namespace },
        { required: ['name'] },
      ),
      64,
    ),
    options: { type: 'object', additionalProperties: text({ maxLength: 4_096 }), maxProperties: 16 },
  },
  {
    'x-kubernetes-validations': [
      {
        message: 'certificateRefs or options must be specified when mode is Terminate',
        rule: "self.mode == 'Terminate' ? size(self.certificateRefs) > 0 || size(self.options) > 0 : true",
      },
    ],
  },
);
const labelSelector = object({
  matchLabels: { type: 'object', additionalProperties: text() },
  matchExpressions: list(
    object({ key: text(), operator: text(), values: list(text(), 64) }, { required: ['key', 'operator'] }),
    64,
  ),
});
const routeKind = object({ group: group({ default: GATEWAY_GROUP }), kind: kind() }, { required: ['kind'] });
const listener = object(
  {
    name: sectionName,
    hostname,
    port,
    protocol: text({
      minLength: 1,
      maxLength: 255,
      pattern:
        '^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9]+$',
    }),
    tls: listenerTls,
    allowedRoutes: object(
      {
        namespaces: object(
          { from: oneOf(['All', 'Selector', 'Same'], { default: 'Same' }), selector: labelSelector },
          { default: { from: 'Same' } },
        ),
        kinds: list(routeKind, 8),
      },
      { default: { namespaces: { from: 'Same' } } },
    ),
  },
  { required: ['name', 'port', 'protocol'] },
);
const gateway = object(
  {
    spec: object(
      {
        gatewayClassName: text({ minLength: 1, maxLength: 253 }),
        listeners: list(listener, 64, {
          minItems: 1,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          'x-kubernetes-validations': [
            {
              message: "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
              rule: "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)",
            },
            {
              message: 'tls mode must be Terminate for protocol HTTPS',
              rule: "self.all(l, (l.protocol == 'HTTPS' && has(l.tls)) ? (l.tls.mode == '' || l.tls.mode == 'Terminate') : true)",
            },
            {
              message: "hostname must not be specified for protocols ['TCP', 'UDP']",
              rule: "self.all(l, l.protocol in ['TCP', 'UDP']  ? (!has(l.hostname) || l.hostname == '') : true)",
            },
            {
              message: 'Listener name must be unique within the Gateway',
              rule: 'self.all(l1, self.exists_one(l2, l1.name == l2.name))',
            },
            {
              message: 'Combination of port, protocol and hostname must be unique for each listener',
              rule: 'self.all(l1, self.exists_one(l2, l1.port == l2.port && l1.protocol == l2.protocol && (has(l1.hostname) && has(l2.hostname) ? l1.hostname == l2.hostname : !has(l1.hostname) && !has(l2.hostname))))',
            },
          ],
        }),
        addresses: list(
          object({
            type: text({ default: 'IPAddress', minLength: 1, maxLength: 253 }),
            value: text({ maxLength: 253 }),
          }),
          16,
        ),
      },
      { required: ['gatewayClassName', 'listeners'] },
    ),
    status: object({
      addresses: list(
        object(
          { type: text({ default: 'IPAddress' }), value: text({ minLength: 1, maxLength: 253 }) },
          { required: ['value'] },
        ),
        16,
      ),
      conditions,
      listeners: list(
        object(
          {
            name: sectionName,
            supportedKinds: list(routeKind, 8),
            attachedRoutes: { type: 'integer', format: 'int32' },
            conditions,
          },
          { required: ['attachedRoutes', 'conditions', 'name', 'supportedKinds'] },
        ),
        64,
        { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
      ),
    }),
  },
  { required: ['spec'] },
);
const httpRoute = object(
  {
    spec: object({
      parentRefs: list(parentReference, 32),
      hostnames: list(hostname, 16),
      rules: list(rule, 16, { default: [{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }] }),
    }),
    status: object(
      {
        parents: list(
          object(
            {
              parentRef: parentReference,
              controllerName: text({ minLength: 1, maxLength: 253 }),
              conditions,
            },
            { required: ['controllerName', 'parentRef'] },
          ),
          32,
        ),
      },
      { required: ['parents'] },
    ),
  },
  { required: ['spec'] },
);
const referenceGrant = object({
  spec: object(
    {
      from: list(
        object({ group: group(), kind: kind(), namespace }, { required: ['group', 'kind', 'namespace'] }),
        16,
        { minItems: 1 },
      ),
      to: list(
        object({ group: group(), kind: kind(), name: objectName }, { required: ['group', 'kind'] }),
        16,
        {
          minItems: 1,
        },
      ),
    },
    { required: ['from', 'to'] },
  ),
});

const AGE = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

interface Kind {
  readonly kind: string;
  readonly plural: string;
  readonly shortNames?: string[];
  readonly version: string;
  readonly scope: 'Cluster' | 'Namespaced';
  readonly schema: Schema;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly jsonPath: string;
    readonly priority?: number;
  }[];
  readonly hasStatus: boolean;
}

const KINDS: readonly Kind[] = [
  {
    kind: 'GatewayClass',
    plural: 'gatewayclasses',
    shortNames: ['gc'],
    version: 'v1',
    scope: 'Cluster',
    schema: gatewayClass,
    columns: [
      { name: 'Controller', type: 'string', jsonPath: '.spec.controllerName' },
      { name: 'Accepted', type: 'string', jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
      AGE,
      { name: 'Description', type: 'string', jsonPath: '.spec.description', priority: 1 },
    ],
    hasStatus: true,
  },
  {
    kind: 'Gateway',
    plural: 'gateways',
    shortNames: ['gtw'],
    version: 'v1',
    scope: 'Namespaced',
    schema: gateway,
    columns: [
      { name: 'Class', type: 'string', jsonPath: '.spec.gatewayClassName' },
      { name: 'Address', type: 'string', jsonPath: '.status.addresses[*].value' },
      { name: 'Programmed', type: 'string', jsonPath: '.status.conditions[?(@.type=="Programmed")].status' },
      AGE,
    ],
    hasStatus: true,
  },
  {
    kind: 'HTTPRoute',
    plural: 'httproutes',
    version: 'v1',
    scope: 'Namespaced',
    schema: httpRoute,
    columns: [{ name: 'Hostnames', type: 'string', jsonPath: '.spec.hostnames' }, AGE],
    hasStatus: true,
  },
  {
    kind: 'ReferenceGrant',
    plural: 'referencegrants',
    shortNames: ['refgrant'],
    version: 'v1beta1',
    scope: 'Namespaced',
    schema: referenceGrant,
    columns: [AGE],
    hasStatus: false,
  },
];

/** The definitions of the Gateway API's standard channel that are served: HTTP alone. */
export function gatewayDefinitions(): readonly CustomResourceDefinition[] {
  return KINDS.map(({ kind, plural, shortNames = [], version, scope, schema, columns, hasStatus }) => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${GATEWAY_GROUP}`,
      annotations: {
        'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/3328',
        'gateway.networking.k8s.io/bundle-version': BUNDLE_VERSION,
        'gateway.networking.k8s.io/channel': 'standard',
      },
    },
    spec: {
      group: GATEWAY_GROUP,
      names: {
        plural,
        singular: kind.toLowerCase(),
        kind,
        listKind: `${kind}List`,
        shortNames,
        categories: ['gateway-api'],
      },
      scope,
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              ...schema,
              properties: {
                apiVersion: text(),
                kind: text(),
                metadata: { type: 'object' },
                ...(schema['properties'] as Readonly<Record<string, Schema>>),
              },
            },
          },
          ...(hasStatus ? { subresources: { status: {} } } : {}),
          additionalPrinterColumns: columns,
        },
      ],
    },
  }));
}
