import { describe, expect, it } from 'vitest';
import type { PodPlace, TopologyModel } from '../topology/topology-model.ts';
import { clusterTalk } from './cluster-talk.ts';

const pod = (namespace: string, name: string, ip: string): PodPlace => ({
  key: `pod/${namespace}/${name}`,
  namespace,
  name,
  ip,
  nodeName: 'a',
  status: 'Running',
  ready: true,
  ending: false,
  hostNetwork: false,
  ports: [],
  ingressPolicies: [],
  egressPolicies: [],
});
const model: TopologyModel = {
  known: true,
  rooms: [
    {
      name: 'a',
      ready: true,
      controlPlane: true,
      address: '172.18.0.2',
      podCidr: '10.244.0.0/24',
      pods: [pod('kube-system', 'coredns', '10.244.0.2'), pod('default', 'web', '10.244.0.3')],
    },
  ],
  waiting: [],
  doors: [
    {
      key: 'service/default/kubernetes',
      namespace: 'default',
      name: 'kubernetes',
      type: 'ClusterIP',
      clusterIp: '10.96.0.1',
      externalName: undefined,
      ports: [],
      ready: [],
      notReady: [],
    },
  ],
  hiddenSystemPods: 0,
};

describe('clusterTalk', () => {
  const isTalk = clusterTalk(model);
  it.each([
    ['a kubelet probing a pod', '10.244.0.1:50000', '10.244.0.3:8080', true],
    ['the pod answering it', '10.244.0.3:8080', '10.244.0.1:50000', true],
    ['DNS asking the API server', '10.244.0.2:40000', '10.96.0.1:443', true],
    ['node to node', '172.18.0.2:1000', '172.18.0.2:6443', true],
    ['a pod asking DNS', '10.244.0.3:40000', '10.244.0.2:53', false],
    ['a pod dialling a Service', '10.244.0.3:40000', '10.96.7.7:80', false],
    ['the toolbox dialling a node port', '172.18.0.100:40000', '172.18.0.2:30080', false],
    ['an IPv6 address that nobody knows', '[fd00::1]:1', '[fd00::2]:2', false],
  ])('%s', (_case, from, to, expected) => {
    expect(isTalk({ from, to })).toBe(expected);
  });
});
