import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCourse } from './course.ts';
import {
  defaultParameters,
  drawParameters,
  instantiate,
  isRedrawn,
  publicLab,
  redrawParameters,
  shownParameters,
} from './index.ts';
import type { Lab, ParameterValues } from './index.ts';

const OUTLINE =
  'title: T\nsummary: S\nchapters:\n  - { id: one, title: One, summary: First, lessons: [], labs: [small] }\n';
const PARAMETERS = `
  team: { kind: name, of: [crow, heron, finch] }
  other: { kind: name, of: [crow, heron, finch], differentFrom: [team] }
  tier: { kind: label, of: [front-end, Back.End] }
  port: { kind: port, from: 8000, to: 8099 }
  count: { kind: number, from: 2, to: 4 }
  pods: { kind: cidr, within: 10.80.0.0/12, prefix: 24 }
  path: { kind: choice, of: [shop/cart, v1.2] }`;
const BODY = `
A Service \`{{team}}\` on port {{port}}; not the one of {{ other }}.

::::task{#do title="Reach {{team}} on {{port}}"}

\`\`\`sh run
curl http://{{team}}:{{port}}/{{path}}
\`\`\`

:run[curl {{team}}]

:::question{#net kind=text}

Which of {{tier}}, {{count}}?

:::

:::check{#there title="{{team}} answers"}
\`\`\`yaml
object: { apiVersion: v1, kind: Service, name: '{{team}}', match: { spec: { ports: [{ port: {{port}} }], note: '{{port}}' } } }
message: Port {{port}} is not open.
\`\`\`
:::

:::check{#open title="Open"}
\`\`\`yaml
connectivity: [{ from: pod/default/{{other}}, to: service/default/{{team}}, port: {{port}}, expect: open }]
\`\`\`
:::

:::check{#net-right title="Known"}
\`\`\`yaml
answer: { question: net, pattern: '^{{pods}}$' }
\`\`\`
:::

::::
`;

function course(parameters = PARAMETERS, body = BODY, more: readonly (readonly [string, string])[] = []) {
  return parseCourse(
    new Map([
      ['course.yaml', OUTLINE],
      [
        'one/small/lab.md',
        `---\nid: small\ntitle: Small\nsummary: S\nminutes: 5\nparameters:${parameters}\n---\n${body}`,
      ],
      [
        'one/small/setup/a.yaml',
        'apiVersion: v1\nkind: Service\nmetadata: { name: "{{team}}" }\nspec: { ports: [{ port: {{port}} }] }\n',
      ],
      ['one/small/files/notes.txt', 'pods {{pods}}\n'],
      ['one/small/solution/do.sh', '# answer: net = {{pods}}\nkubectl get svc {{team}}\n'],
      ['one/small/wrong/a.sh', '# fails: do/there\nkubectl delete svc {{team}}\n'],
      ...more,
    ]),
  );
}

function labOf(parsed = course()): Lab {
  expect(parsed.diagnostics).toEqual([]);
  const lab = parsed.course.chapters[0]?.labs[0];
  if (lab === undefined) throw new Error('no lab');
  return lab;
}

const VALUES: ParameterValues = {
  team: 'finch',
  other: 'crow',
  tier: 'Back.End',
  port: '8042',
  count: '3',
  pods: '10.81.2.0/24',
  path: 'v1.2',
};

describe('drawing', () => {
  const lab = labOf();

  it('gives the same values for the same seed, and spreads over all of them', () => {
    expect(drawParameters(lab, 7)).toEqual(drawParameters(lab, 7));
    const ports = new Set(Array.from({ length: 1_000 }, (_, seed) => drawParameters(lab, seed)['port']));
    expect(ports.size).toBeGreaterThan(90);
  });

  it('keeps each value within what the author allows, and apart from what it must differ from', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.double()), (seed) => {
        const drawn = drawParameters(lab, seed);
        expect(['crow', 'heron', 'finch']).toContain(drawn['team']);
        expect(drawn['other']).not.toBe(drawn['team']);
        expect(Number(drawn['port'])).toBeGreaterThanOrEqual(8_000);
        expect(Number(drawn['port'])).toBeLessThanOrEqual(8_099);
        expect(drawn['pods']).toMatch(/^10\.(8\d|9[0-5])\.\d{1,3}\.0\/24$/);
      }),
    );
  });

  it('is not changed for the others by a parameter that is added', () => {
    const { count, ...fewer } = drawParameters(lab, 3);
    const without = labOf(course(PARAMETERS.replace(/\n {2}count:.*/, ''), BODY.replace(', {{count}}', '')));
    expect(count).toBeDefined();
    expect(drawParameters(without, 3)).toEqual(fewer);
  });

  it('takes the first value of each by default', () => {
    expect(defaultParameters(lab)).toEqual({
      team: 'crow',
      other: 'heron',
      tier: 'front-end',
      port: '8000',
      count: '2',
      pods: '10.80.0.0/24',
      path: 'shop/cart',
    });
  });
});

describe('a lab with its values', () => {
  const template = labOf();
  const lab = instantiate(template, VALUES);

  it('has them in manifests, files, solutions and wrong cases', () => {
    expect(lab.setup[0]?.text).toContain('ports: [{ port: 8042 }]');
    expect(lab.files[0]?.text).toBe('pods 10.81.2.0/24\n');
    expect(lab.solutions[0]?.script).toBe('# answer: net = 10.81.2.0/24\nkubectl get svc finch\n');
    expect(lab.wrong[0]?.script).toContain('delete svc finch');
  });

  it('has them in checks: a number where YAML has one, a text where it is quoted, its own characters in a pattern', () => {
    const [there, open, answer] = lab.tasks[0]?.checks ?? [];
    expect(there).toMatchObject({
      title: 'finch answers',
      message: 'Port 8042 is not open.',
      object: { name: 'finch' },
      match: { spec: { ports: [{ port: 8042 }], note: '8042' } },
    });
    expect(open).toMatchObject({
      probes: [{ from: { name: 'crow' }, to: { name: 'finch' }, port: 8042 }],
    });
    expect(answer).toMatchObject({ accept: { kind: 'pattern', pattern: String.raw`^10\.81\.2\.0\/24$` } });
  });

  it('has them in its texts, code and directives', () => {
    const text = JSON.stringify([lab.introduction, lab.tasks]);
    expect(text).not.toContain('{{');
    expect(text).toContain('curl http://finch:8042/v1.2');
    expect(lab.tasks[0]?.title).toBe('Reach finch on 8042');
  });

  it('keeps the digest, whatever was drawn', () => {
    expect(lab.digest).toBe(template.digest);
    expect(instantiate(lab, VALUES)).toEqual(lab);
  });

  it('is refused without a value for each', () => {
    expect(() => instantiate(template, { team: 'crow' })).toThrow('no value for other');
  });

  it('reads a value as nothing but a text, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string(), (value) => {
        const odd = instantiate(template, { ...VALUES, path: value, other: 'heron' });
        expect(odd.tasks).toHaveLength(1);
        expect(odd.tasks[0]?.checks).toHaveLength(3);
      }),
      { numRuns: 50 },
    );
  });
});

describe('without a draw', () => {
  const lab = labOf();

  it('prose keeps its placeholders, and checks have the defaults', () => {
    expect(JSON.stringify(lab.tasks[0]?.body)).toContain('curl http://{{team}}:{{port}}/{{path}}');
    expect(lab.tasks[0]?.checks[1]).toMatchObject({ probes: [{ port: 8_000 }] });
    expect(lab.setup[0]?.text).toContain('name: "crow"');
  });

  it('shows learners the parameters that their text names, and no others', () => {
    expect([...shownParameters(lab)].sort()).toEqual(['count', 'other', 'path', 'port', 'team', 'tier']);
    expect(JSON.stringify(publicLab(lab))).not.toMatch(/"parameters"|"template"|10\.80/);
  });
});

describe('mistakes', () => {
  const codes = (...given: Parameters<typeof course>): string[] =>
    course(...given).diagnostics.map(({ code }) => code);

  it('names a placeholder that nothing defines, with its place', () => {
    expect(course(PARAMETERS, `${BODY}\nAlso {{nope}}.\n`).diagnostics).toMatchObject([
      { code: 'PW0209', severity: 'error', column: 6, file: 'one/small/lab.md' },
    ]);
    expect(
      course(PARAMETERS, BODY, [['one/small/setup/b.yaml', 'apiVersion: v1\nkind: Pod\nx: "{{nope}}"\n']])
        .diagnostics,
    ).toMatchObject([{ code: 'PW0209', line: 3, column: 5, file: 'one/small/setup/b.yaml' }]);
  });

  it('warns of a parameter that nothing uses', () => {
    expect(course(`${PARAMETERS}\n  spare: { kind: number, from: 1, to: 2 }`).diagnostics).toMatchObject([
      { code: 'PW0210', severity: 'warning', line: 14, column: 3 },
    ]);
  });

  it('leaves words of Go templates alone', () => {
    expect(codes(PARAMETERS, `${BODY}\n\n\`{{range .items}}{{.metadata.name}}{{else}}{{end}}\`\n`)).toEqual(
      [],
    );
  });

  it.each([
    ['an unknown kind', 'a: { kind: colour, of: [a, b] }'],
    ['a word that YAML reads as a boolean', 'a: { kind: label, of: [no, maybe] }'],
    ['a word that YAML reads as a number', 'a: { kind: name, of: [1e3, b] }'],
    ['a shell word', 'a: { kind: choice, of: ["$(id)", b] }'],
    ['a range without values', 'a: { kind: port, from: 80, to: 80 }'],
    ['a port that there is not', 'a: { kind: port, from: 80, to: 70000 }'],
    ['a subnet wider than its range', 'a: { kind: cidr, within: 10.0.0.0/16, prefix: 8 }'],
    ['too many subnets', 'a: { kind: cidr, within: 10.0.0.0/8, prefix: 32 }'],
    ['a parameter to differ from that comes later', 'a: { kind: name, of: [a, b], differentFrom: [z] }'],
    ['too few values to differ', 'a: { kind: name, of: [b, c], differentFrom: [team, other] }'],
    ['a name of Go templates', 'end: { kind: name, of: [a, b] }'],
  ])('%s is refused', (_what, line) => {
    expect(codes(`${PARAMETERS}\n  ${line}`)).toContain('PW0104');
  });
});

type Drawn = Parameters<typeof drawParameters>[0];

describe('parameters that are drawn again for credit', () => {
  const lab: Drawn = {
    id: 'one',
    parameters: {
      team: { kind: 'name', of: ['red', 'blue'] },
      port: { kind: 'port', from: 9000, to: 9003, redraw: true },
      other: { kind: 'port', from: 9000, to: 9003, differentFrom: ['port'] },
      third: { kind: 'port', from: 9000, to: 9003, differentFrom: ['port', 'other'], redraw: true },
    },
  };

  it('are others, all differences hold, and the rest stays', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (seed, again) => {
        const own = drawParameters(lab, seed);
        const redrawn = redrawParameters(lab, own, again);
        expect([redrawn['team'], redrawn['other']]).toEqual([own['team'], own['other']]);
        expect(redrawn['port']).not.toBe(own['port']);
        expect(new Set([redrawn['port'], redrawn['other'], redrawn['third']]).size).toBe(3);
        expect(redrawParameters(lab, own, again)).toEqual(redrawn);
      }),
    );
  });

  it('stay what they are where there is nothing else', () => {
    const both: Drawn = {
      id: 'one',
      parameters: {
        a: { kind: 'name', of: ['x', 'y'] },
        b: { kind: 'name', of: ['x', 'y'], differentFrom: ['a'], redraw: true },
      },
    };
    expect(redrawParameters(both, { a: 'x', b: 'y' }, 5)).toEqual({ a: 'x', b: 'y' });
    expect([isRedrawn(both), isRedrawn({ id: 'two' })]).toEqual([true, false]);
  });
});
