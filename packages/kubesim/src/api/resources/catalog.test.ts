import { describe, expect, it, test } from 'vitest';
import { TestControlPlane } from '../../controllers/control-plane.test-support.ts';

/** What a kind cluster of 1.34 answers `kubectl api-resources` with, by group and version. */
const KIND: Readonly<Record<string, string>> = {
  v1: 'bindings componentstatuses configmaps endpoints events limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services',
  'apiregistration.k8s.io/v1': 'apiservices',
  'apps/v1': 'controllerrevisions daemonsets deployments replicasets statefulsets',
  'events.k8s.io/v1': 'events',
  'authentication.k8s.io/v1': 'selfsubjectreviews tokenreviews',
  'authorization.k8s.io/v1':
    'localsubjectaccessreviews selfsubjectaccessreviews selfsubjectrulesreviews subjectaccessreviews',
  'autoscaling/v2': 'horizontalpodautoscalers',
  'autoscaling/v1': 'horizontalpodautoscalers',
  'batch/v1': 'cronjobs jobs',
  'certificates.k8s.io/v1': 'certificatesigningrequests',
  'networking.k8s.io/v1': 'ingressclasses ingresses ipaddresses networkpolicies servicecidrs',
  'policy/v1': 'poddisruptionbudgets',
  'rbac.authorization.k8s.io/v1': 'clusterrolebindings clusterroles rolebindings roles',
  'storage.k8s.io/v1':
    'csidrivers csinodes csistoragecapacities storageclasses volumeattachments volumeattributesclasses',
  'admissionregistration.k8s.io/v1':
    'mutatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings validatingwebhookconfigurations',
  'apiextensions.k8s.io/v1': 'customresourcedefinitions',
  'scheduling.k8s.io/v1': 'priorityclasses',
  'coordination.k8s.io/v1': 'leases',
  'node.k8s.io/v1': 'runtimeclasses',
  'discovery.k8s.io/v1': 'endpointslices',
  'resource.k8s.io/v1': 'deviceclasses resourceclaims resourceclaimtemplates resourceslices',
  'flowcontrol.apiserver.k8s.io/v1': 'flowschemas prioritylevelconfigurations',
};

interface Listed {
  readonly name: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

describe('API17: a kind that clients ask for is there', () => {
  const server = new TestControlPlane();
  const resourcesOf = (version: string): readonly Listed[] =>
    server.call('GET', version === 'v1' ? '/api/v1' : `/apis/${version}`).body['resources'] as Listed[];
  const path = (version: string): string => (version === 'v1' ? '/api/v1' : `/apis/${version}`);

  it('in the groups of a kind cluster, in their order', () => {
    const groups = server.call('GET', '/apis').body['groups'] as {
      versions: { groupVersion: string }[];
    }[];
    expect(groups.flatMap(({ versions }) => versions.map(({ groupVersion }) => groupVersion))).toEqual(
      Object.keys(KIND).slice(1),
    );
  });

  test.each(Object.entries(KIND))('%s: %s', (version, names) => {
    const listed = resourcesOf(version)
      .map(({ name }) => name)
      .filter((name) => !name.includes('/'));
    expect(listed.join(' ')).toBe(names);
    // Whatever is listed can be read, watched over a list, and told as a table.
    for (const { name, verbs } of resourcesOf(version)) {
      if (!verbs.includes('list') || name === 'componentstatuses') continue;
      const table = server.call('GET', `${path(version)}/${name}`, undefined, {
        accept: 'application/json;as=Table;g=meta.k8s.io;v=v1',
      });
      expect([name, table.status, table.body['kind']]).toEqual([name, 200, 'Table']);
    }
    expect(server.call('GET', `/openapi/v3/${path(version).slice(1)}`).status).toBe(200);
  });

  test.each([
    ['/api/v1/persistentvolumes', 'PersistentVolume', 'persistent volumes'],
    [
      '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers',
      'HorizontalPodAutoscaler',
      'HorizontalPodAutoscalers',
    ],
    [
      '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers',
      'HorizontalPodAutoscaler',
      'HorizontalPodAutoscalers',
    ],
    ['/apis/apiregistration.k8s.io/v1/apiservices', 'APIService', 'API servers behind this one'],
    [
      '/apis/certificates.k8s.io/v1/certificatesigningrequests',
      'CertificateSigningRequest',
      'requests for certificates',
    ],
    ['/apis/resource.k8s.io/v1/deviceclasses', 'DeviceClass', 'devices'],
    ['/apis/networking.k8s.io/v1/servicecidrs', 'ServiceCIDR', 'further ranges'],
  ])('%s cannot be written, and the refusal says what is not modelled', (collection, kind, what) => {
    const refused = server.call('POST', collection, { kind, metadata: { name: 'x' } });
    expect([refused.status, refused.body['reason']]).toEqual([501, 'NotImplemented']);
    expect(refused.body['message']).toContain(`this simulated cluster does not model ${what}`);
  });
});

describe('API17: what is kept', () => {
  it('a claim waits, says for what, and goes when it is deleted', () => {
    const server = new TestControlPlane();
    const CLAIMS = '/api/v1/namespaces/default/persistentvolumeclaims';
    const claim = (name: string, storageClassName?: string): object => ({
      metadata: { name },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        ...(storageClassName === undefined ? {} : { storageClassName }),
      },
    });
    server.call('POST', '/apis/storage.k8s.io/v1/storageclasses', {
      metadata: { name: 'later' },
      provisioner: 'example.com/disk',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    for (const [name, className] of [['none'], ['gone', 'gone'], ['later', 'later']] as const)
      expect(server.call('POST', CLAIMS, claim(name, className)).body).toMatchObject({
        spec: { volumeMode: 'Filesystem' },
        status: { phase: 'Pending' },
        metadata: { finalizers: ['kubernetes.io/pvc-protection'] },
      });
    server.run(1000);
    const events = server.call('GET', '/api/v1/namespaces/default/events').body['items'] as {
      involvedObject: { name: string };
      reason: string;
      message: string;
    }[];
    expect(
      events
        .map(({ involvedObject, reason, message }) => `${involvedObject.name} ${reason}: ${message}`)
        .sort(),
    ).toEqual([
      'gone ProvisioningFailed: storageclass.storage.k8s.io "gone" not found',
      'later WaitForFirstConsumer: waiting for first consumer to be created before binding',
      'none FailedBinding: no persistent volumes available for this claim and no storage class is set',
    ]);
    expect(server.call('POST', CLAIMS, { metadata: { name: 'bad' }, spec: {} }).body['message']).toBe(
      'PersistentVolumeClaim "bad" is invalid: [spec.accessModes: Required value: at least 1 access mode is required, spec.resources[storage]: Required value]',
    );
    server.call('DELETE', `${CLAIMS}/none`);
    server.run(1000);
    expect(server.call('GET', `${CLAIMS}/none`).status).toBe(404);
  });

  it('a ReplicationController keeps its pods, by a selector that its template may give it', () => {
    const server = new TestControlPlane();
    server.addNode('n1');
    const CONTROLLERS = '/api/v1/namespaces/default/replicationcontrollers';
    const template = {
      metadata: { labels: { app: 'old' } },
      spec: { containers: [{ name: 'c', image: 'nginx' }] },
    };
    const made = server.call('POST', CONTROLLERS, {
      metadata: { name: 'old' },
      spec: { replicas: 2, template },
    });
    expect(made.body).toMatchObject({
      spec: { selector: { app: 'old' } },
      metadata: { labels: { app: 'old' } },
    });
    server.run(1000);
    const podsOf = (): { metadata: { name: string; ownerReferences: object[] } }[] => {
      const { items } = server.call('GET', '/api/v1/namespaces/default/pods').body as {
        items: { metadata: { name: string; ownerReferences: object[] } }[];
      };
      return items;
    };
    const owner = { apiVersion: 'v1', kind: 'ReplicationController', name: 'old' };
    expect(podsOf().map(({ metadata }) => metadata.ownerReferences)).toMatchObject([[owner], [owner]]);
    server.call(
      'PATCH',
      `${CONTROLLERS}/old/scale`,
      { spec: { replicas: 1 } },
      { contentType: 'application/merge-patch+json' },
    );
    server.run(1000);
    expect(server.call('GET', `${CONTROLLERS}/old`).body['status']).toMatchObject({
      replicas: 1,
      fullyLabeledReplicas: 1,
      observedGeneration: 2,
    });
    const refused = server.call('POST', CONTROLLERS, {
      metadata: { name: 'bad' },
      spec: { selector: { app: 'x' }, template },
    });
    expect(refused.body['message']).toContain('`selector` does not match template `labels`');
  });

  it('each address of a Service has its IPAddress, while it holds it', () => {
    const server = new TestControlPlane();
    const ADDRESSES = '/apis/networking.k8s.io/v1/ipaddresses';
    const service = server.call('POST', '/api/v1/namespaces/default/services', {
      metadata: { name: 'web' },
      spec: { ports: [{ port: 80 }] },
    });
    const { clusterIP } = service.body['spec'] as { clusterIP: string };
    server.run(1000);
    expect(server.call('GET', `${ADDRESSES}/${clusterIP}`).body).toMatchObject({
      metadata: {
        labels: {
          'ipaddress.kubernetes.io/ip-family': 'IPv4',
          'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
        },
      },
      spec: { parentRef: { resource: 'services', namespace: 'default', name: 'web' } },
    });
    server.call('DELETE', '/api/v1/namespaces/default/services/web');
    server.run(1000);
    expect(server.call('GET', `${ADDRESSES}/${clusterIP}`).status).toBe(404);
  });
});

test('API17: events are chosen by the names that their group has for fields', () => {
  const server = new TestControlPlane();
  server.call('POST', '/api/v1/namespaces/default/events', {
    metadata: { name: 'one' },
    involvedObject: { kind: 'Pod', name: 'web', namespace: 'default' },
    reportingComponent: 'shop/till',
    reportingInstance: 'till-1',
    action: 'Selling',
    eventTime: '2026-01-05T09:00:00.000000Z',
    reason: 'Sold',
    type: 'Normal',
  });
  const chosen = (group: string, field: string): unknown => {
    const { body } = server.call('GET', `${group}/namespaces/default/events?fieldSelector=${field}`);
    return (body['items'] as readonly unknown[] | undefined)?.length ?? body['message'];
  };
  expect(chosen('/apis/events.k8s.io/v1', 'reportingController%3Dshop/till')).toBe(1);
  expect(chosen('/apis/events.k8s.io/v1', 'regarding.name%3Dshoe')).toBe(0);
  expect(chosen('/apis/events.k8s.io/v1', 'source%3Dx')).toBe('field label not supported: source');
  expect(chosen('/api/v1', 'reportingComponent%3Dshop/till')).toBe(1);
});
