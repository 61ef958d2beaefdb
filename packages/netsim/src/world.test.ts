import { describe, expect, it } from 'vitest';
import { ask, cluster, newWorld, run, serve, story, twoHosts } from '../test/small-world.ts';

describe('two hosts', () => {
  it('talk', () => {
    const world = newWorld();
    twoHosts(world);
    serve(world, 'b', 80);
    world.net.traceOwner('client a');
    expect(ask(world, 'a', '10.0.0.2', 80)).toMatchObject({ outcome: 'answered', text: 'HELLO' });
    for (const t of world.net.takeTraces('client a'))
      console.log(t.summary, t.fate, t.inReplyTo, '\n  ' + story(t).join('\n  '));
    run(world, 100_000);
  });
  it('cluster', () => {
    const world = newWorld();
    cluster(world, 2, { overlay: true });
    serve(world, 'node1-pod1', 80);
    world.net.traceOwner('client node0-pod1');
    expect(ask(world, 'node0-pod1', '10.244.1.2', 80)).toMatchObject({ outcome: 'answered', text: 'HELLO' });
    for (const t of world.net.takeTraces('client node0-pod1').slice(0, 2))
      console.log(t.summary, t.fate, t.inReplyTo, '\n  ' + story(t).join('\n  '));
  });
});
