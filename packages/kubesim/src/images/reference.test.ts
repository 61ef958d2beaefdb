import { describe, expect, test } from 'vitest';
import { findImage, parseImageReference } from './reference.ts';

describe('image references', () => {
  test.each([
    ['redis:7', 'docker.io/library/redis', '7'],
    ['postgres:18', 'docker.io/library/postgres', '18'],
    ['nginx', 'docker.io/library/nginx', 'latest'],
    ['nicolaka/netshoot:v0.13', 'docker.io/nicolaka/netshoot', 'v0.13'],
    ['localhost:5000/web:1', 'localhost:5000/web', '1'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause', '3.10'],
  ])('%s is read as containerd reads it', (text, repository, tag) => {
    expect(parseImageReference(text)).toEqual({ repository, tag });
  });

  test.each(['Nginx', 'nginx:', 'a b', 'localhost:5000/', ':7'])('%s is no reference', (text) => {
    expect(parseImageReference(text)).toBeUndefined();
  });

  test('a tag that nobody pushed is told from a repository that nobody made', () => {
    expect(findImage('redis:7').kind).toBe('found');
    expect(findImage('redis:no-such').kind).toBe('unknown-tag');
    expect(findImage('rediss:7').kind).toBe('unknown-repository');
  });
});
