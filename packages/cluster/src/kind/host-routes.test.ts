import { describe, expect, it } from 'vitest';
import { HostRoutes, routesScript } from './host-routes.ts';
import { sessionNames } from './names.ts';

const names = sessionNames('one', 's1');
const on = (routes: Record<string, string>): ReadonlyMap<string, string> => new Map(Object.entries(routes));

describe('routes of one learner’s network', () => {
  it('changes what is another, and nothing else', () => {
    const script = routesScript(
      names,
      on({ '198.51.100.1': '172.19.0.2', '198.51.100.2': '172.19.0.2', '198.51.100.3': '172.19.0.3' }),
      on({ '198.51.100.2': '172.19.0.3', '198.51.100.3': '172.19.0.3' }),
    );
    expect(script.split('\n').filter((line) => line.startsWith('ip route'))).toEqual([
      `ip route del 198.51.100.1 table ${names.routes}`,
      `ip route replace 198.51.100.2 via 172.19.0.3 dev ${names.bridge} table ${names.routes}`,
    ]);
  });

  it('asks Docker only for changes, and begins anew after a failure', async () => {
    const asked: string[] = [];
    let exitCode = 0;
    const routes = new HostRoutes(
      {
        runOnHostNetwork: ({ words }) => {
          asked.push(words[2] ?? '');
          return Promise.resolve({ exitCode, stdout: '', stderr: 'Nexthop has invalid gateway' });
        },
      },
      'toolbox',
      's1',
      names,
    );
    const wanted = on({ '198.51.100.1': '172.19.0.2' });
    await routes.set(wanted);
    await routes.set(new Map(wanted));
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain(`ip route flush table ${names.routes}`);
    exitCode = 2;
    await expect(routes.set(on({ '198.51.100.1': '8.8.8.8' }))).rejects.toThrow('invalid gateway');
    exitCode = 0;
    await routes.set(wanted);
    expect(asked[2]).toContain('ip route replace 198.51.100.1 via 172.19.0.2');
  });
});
