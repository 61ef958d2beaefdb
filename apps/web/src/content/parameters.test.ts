import { describe, expect, it } from 'vitest';
import { fillParameters, nameParameters, splitAtParameters } from './parameters.ts';

describe('parameters in a text', () => {
  it('are cut out with the text around them', () => {
    expect(splitAtParameters('ping {{ip}} now')).toEqual([
      { kind: 'text', text: 'ping ' },
      { kind: 'parameter', name: 'ip' },
      { kind: 'text', text: ' now' },
    ]);
  });
  it('may stand alone and may have spaces inside', () => {
    expect(splitAtParameters('{{ namespace }}')).toEqual([{ kind: 'parameter', name: 'namespace' }]);
  });
  it('leave a text without them whole', () => {
    expect(splitAtParameters('{ {x} }')).toEqual([{ kind: 'text', text: '{ {x} }' }]);
  });
  it('take the values of the session, and stay as written where there is none', () => {
    expect(fillParameters('{{a}}-{{b}}', { a: '1' })).toBe('1-{{b}}');
  });
  it('are not looked up on the prototype of the values', () => {
    expect(fillParameters('{{constructor}}', Object.create(null) as Record<string, string>)).toBe(
      '{{constructor}}',
    );
  });
});

describe('parameters in a title', () => {
  it('show their value, or else their name', () => {
    expect(nameParameters('Reach {{team}} on {{port}}', { team: 'crow' })).toBe('Reach crow on port');
    expect(nameParameters('{{constructor}}', {})).toBe('constructor');
  });
});

describe('words of Go templates', () => {
  it('are no parameters', () => {
    expect(fillParameters('{{end}} {{ else }}', { end: 'x', else: 'y' })).toBe('{{end}} {{ else }}');
    expect(splitAtParameters('{{ending}}')).toEqual([{ kind: 'parameter', name: 'ending' }]);
  });
});
