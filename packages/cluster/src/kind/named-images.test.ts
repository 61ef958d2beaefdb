import { describe, expect, it } from 'vitest';
import { namedImages } from './named-images.ts';

describe('the images of a lab', () => {
  it('are those of its containers, wherever they stand, and those it names', () => {
    const text = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  template:
    spec:
      initContainers: [{ name: init, image: busybox:1.36 }]
      containers: [{ name: web, image: nginx:1.29 }, { name: again, image: nginx:1.29 }]
---
{apiVersion: v1, kind: List, metadata: {name: l}, items: [{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{image: redis:7}]}}]}
`;
    expect(namedImages([{ path: 'web.yaml', text }], ['curlimages/curl:8.5.0'])).toEqual([
      'curlimages/curl:8.5.0',
      'busybox:1.36',
      'nginx:1.29',
      'redis:7',
    ]);
    expect(namedImages([{ path: 'bad.yaml', text: 'a: [' }])).toEqual([]);
  });
});
