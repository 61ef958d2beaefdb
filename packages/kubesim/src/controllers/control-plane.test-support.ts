import { bootstrapRoles } from '../bootstrap/bootstrap.ts';
import { ADMIN, TestServer } from '../api/api-server.test-support.ts';
import type { ComponentContext } from '../component.ts';
import { defaultConfig } from '../config.ts';
import { eventRecorder, newEventRecorderState } from '../runtime/event-recorder.ts';
import { newSchedulerState, Scheduler } from '../scheduler/scheduler.ts';
import { ControllerManager, newControllerManagerState } from './manager.ts';

const WATCH_DELAY_MS = 1;

/** An API server with its roles, the controllers and the scheduler, and no nodes but those that a test makes. */
export class TestControlPlane extends TestServer {
  constructor() {
    super();
    const client = this.api.clientFor(ADMIN);
    for (const name of ['kube-system', 'kube-public', 'kube-node-lease'])
      this.call('POST', '/api/v1/namespaces', { metadata: { name } });
    bootstrapRoles(client);
    const context = (source: string): ComponentContext => ({
      simulation: this.simulation,
      client,
      event: eventRecorder(newEventRecorderState(), this.simulation, client, source, undefined),
    });
    const manager = new ControllerManager(newControllerManagerState(), {
      simulation: this.simulation,
      config: defaultConfig({ seed: 1, startMs: this.simulation.nowMs }),
      api: this.api,
      context: context('kube-controller-manager'),
    });
    const scheduler = new Scheduler(newSchedulerState(), context('default-scheduler'));
    for (const component of [manager, scheduler])
      this.api.subscribe(component.name, component.watches, component, WATCH_DELAY_MS);
    this.api.watchAllCustom(manager.name);
    this.run(1000);
  }

  /** A node that is Ready, with room for this much. */
  addNode(name: string, allocatable: Readonly<Record<string, string>> = {}): void {
    this.call('POST', '/api/v1/nodes', {
      metadata: { name, labels: { 'kubernetes.io/hostname': name } },
      spec: {},
    });
    this.call(
      'PATCH',
      `/api/v1/nodes/${name}/status`,
      {
        status: {
          allocatable: { cpu: '4', memory: '8Gi', pods: '110', ...allocatable },
          conditions: [{ type: 'Ready', status: 'True' }],
        },
      },
      { contentType: 'application/merge-patch+json' },
    );
  }

  /** What a kubelet would say of a pod whose containers run. */
  runPod(name: string, namespace = 'default'): void {
    this.call(
      'PATCH',
      `/api/v1/namespaces/${namespace}/pods/${name}/status`,
      { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
      { contentType: 'application/strategic-merge-patch+json' },
    );
  }
}
