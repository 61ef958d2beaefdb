import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { compileCel, matchesPattern } from './index.ts';

/** What an expression without variables gives. */
function evaluated(text: string, budget?: number): unknown {
  const compiled = compileCel(text, ['x']);
  if (!compiled.ok) return compiled.message;
  const result = compiled.expression.evaluate(
    { x: { value: { a: 1, 'b-c': [1, 2], d: { e: 'f' } } } },
    budget,
  );
  return result.ok ? result.value : `error: ${result.message}`;
}

describe("CEL's own functions", () => {
  it.each([
    ['1 + 2 * 3 == 7', true],
    ['7 / 2 == 3 && -7 / 2 == -3 && -7 % 3 == -1', true],
    ['9223372036854775807 + 1', 'error: integer overflow'],
    ['1 / 0', 'error: division by zero'],
    ['1u + 2u == 3u', true],
    ['1 == 1.0 && 1u == 1', true],
    ['1 + 1.0', 'error: no such overload'],
    ["'a' + 'b' == 'ab' && b'ab' == bytes('ab')", true],
    ["r'\\d' == '\\\\d' && \"\\u00e9\" == 'é'", true],
    ['[1, 2] + [3] == [1, 2, 3]', true],
    ["{'a': 1}.a == 1 && 'a' in {'a': 1} && !(2 in [1])", true],
    ["{'a': 1}['b']", 'error: no such key: b'],
    ['[1][1]', 'error: index out of bounds: 1'],
    ['true || [1][7] == 1', true],
    ['[1][7] == 1 || true', true],
    ['[1][7] == 1 && true', 'error: index out of bounds: 7'],
    ['[1, 2, 3].all(i, i > 0) && [1, 2].exists(i, i == 2) && [1, 2].exists_one(i, i == 2)', true],
    ['[1, 2, 3].map(i, i * 2)', [2, 4, 6]],
    ['[1, 2, 3].map(i, i > 1, i * 2)', [4, 6]],
    ['[1, 2, 3].filter(i, i > 1)', [2, 3]],
    ["{'a': 1, 'b': 2}.all(k, v, k != '' && v > 0)", true],
    ["['a', 'b'].transformMap(i, v, v + string(i))", { 0: 'a0', 1: 'b1' }],
    ['[3, 1].transformList(i, v, i + v)', [3, 2]],
    ["timestamp('2026-01-02T03:04:05Z') + duration('1h') == timestamp('2026-01-02T04:04:05Z')", true],
    ["timestamp('2026-01-02T03:04:05Z').getDayOfWeek()", 5],
    ["duration('90s').getMinutes()", 1],
    ["string(duration('1h30m'))", '5400s'],
    ['type(1) == int && type([]) == list', true],
    ["int('12') == 12 && double('1.5') == 1.5 && string(2.0) == '2' && bool('true')", true],
    ['has(x.a) && !has(x.z)', true],
    ['x.?z.orValue(3) + x.?a.orValue(9)', 4],
    ['x.?d.e.orValue("none")', 'f'],
    ['x.?z.?y.hasValue()', false],
    ['x[?"a"].value()', 1],
    ['optional.of(1).optMap(v, v + 1).value()', 2],
    ['optional.none().or(optional.of(5)).value()', 5],
    ['[?x.?z, ?x.?a]', [1]],
    ['x.b__dash__c[1]', 2],
    ['1 < 2 ? "yes" : "no"', 'yes'],
    ['x.a.b', 'error: no such overload'],
  ])('%s', (text, value) => expect(evaluated(text)).toEqual(value));
});

describe("Kubernetes' libraries", () => {
  it.each([
    ["quantity('1Gi').isGreaterThan(quantity('1000M'))", true],
    ["quantity('1.5').add(quantity('500m')) == quantity('2')", true],
    ["quantity('2').sub(1).asInteger()", 1],
    ["quantity('100m').asApproximateFloat()", 0.1],
    ["quantity('100m').isInteger() || isQuantity('1Gx')", false],
    [
      "quantity('a')",
      "error: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    ["ip('10.0.0.1').family() == 4 && ip('::1').isLoopback() && isIP('1.2.3.4') && !isIP('1.2.3')", true],
    ["ip.isCanonical('2001:DB8::1')", false],
    ["string(ip('2001:db8:0:0:1:0:0:1'))", '2001:db8::1:0:0:1'],
    ["cidr('10.0.0.0/8').containsIP('10.2.3.4') && !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))", true],
    ["cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", true],
    ["string(cidr('10.1.2.3/8').masked()) == '10.0.0.0/8' && cidr('::/0').prefixLength() == 0", true],
    ["url('https://a.example:8443/p?q=1&q=2').getHostname()", 'a.example'],
    ["url('https://a.example:8443/p?q=1&q=2').getQuery()['q']", ['1', '2']],
    ["isURL('/path') && !isURL('nothing')", true],
    ["'abc123def'.find('[0-9]+') == '123' && 'a1b22'.findAll('[0-9]+') == ['1', '22']", true],
    ["'abc'.matches('^a.c$')", true],
    ['[1, 2, 2].isSorted() && [1, 2, 3].sum() == 6 && [1, 3].max() == 3 && [1, 3].min() == 1', true],
    ['[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2', true],
    ['[1, 1, 2].distinct() == [1, 2] && [[1], [2]].flatten() == [1, 2] && [2, 1].sort() == [1, 2]', true],
    ['[].max()', 'error: max called on empty list'],
    ['sets.contains([1, 2], [2]) && sets.intersects([1], [1, 2]) && sets.equivalent([1, 1], [1])', true],
    [
      "'Hello'.lowerAscii() == 'hello' && 'a,b,c'.split(',', 2) == ['a', 'b,c'] && ['a', 'b'].join('-') == 'a-b'",
      true,
    ],
    [
      "'hello'.substring(1, 3) == 'el' && 'hello'.charAt(1) == 'e' && 'hello'.replace('l', 'L', 1) == 'heLlo'",
      true,
    ],
    ["'%s has %d, %.2f and %s'.format(['x', 3, 1.5, ['a', true]])", 'x has 3, 1.50 and [a, true]'],
    ["format.dns1123Label().validate('ok').hasValue()", false],
    ["format.named('uuid').value().validate('no').value()", ['does not match the UUID format']],
    ["semver('1.2.3').isLessThan(semver('1.10.0')) && semver('v1.2', true).minor() == 2", true],
    ["semver('1.0.0-alpha.1').compareTo(semver('1.0.0'))", -1],
  ])('%s', (text, value) => expect(evaluated(text)).toEqual(value));
});

describe('what is wrong is told as cel-go tells it', () => {
  it.each([
    [
      '1 +',
      "ERROR: <input>:1:4: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | 1 +\n | ...^",
    ],
    ['foo.bar', "ERROR: <input>:1:1: undeclared reference to 'foo' (in container '')\n | foo.bar\n | ^"],
    [
      'x.nothing()',
      "ERROR: <input>:1:10: undeclared reference to 'nothing' (in container '')\n | x.nothing()\n | .........^",
    ],
    [
      "authorizer.path('/x').check('get').allowed()",
      "ERROR: <input>:1:1: undeclared reference to 'authorizer' (in container '')",
    ],
  ])('%s', (text, message) => expect(evaluated(text)).toContain(message));
});

describe('bounds', () => {
  it.each([
    ["'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$')", false],
    [
      '[1,2,3,4,5,6,7,8].all(a, [1,2,3,4,5,6,7,8].all(b, [1,2,3,4,5,6,7,8].all(c, [1,2,3,4,5,6,7,8].all(d, [1,2,3,4,5,6,7,8].all(e, [1,2,3,4,5,6,7,8].all(f, a + b + c + d + e + f > 0))))))',
      'error: operation cancelled: actual cost limit exceeded',
    ],
    [
      'lists.range(1000).map(i, lists.range(1000)).flatten().map(i, 1)',
      'error: operation cancelled: actual cost limit exceeded',
    ],
  ])('%s ends', (text, value) => expect(evaluated(text, 100_000)).toBe(value));

  it('takes any text for an expression without throwing', () => {
    const pieces = [
      'x',
      '.',
      '?',
      'a',
      '(',
      ')',
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      '1',
      '-',
      "'s'",
      'in',
      '&&',
      '==',
      'all',
      'has',
      '"',
      '\\',
      '<',
      ' ',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 25 }), (parts) => {
        expect(() => evaluated(parts.join(''))).not.toThrow();
      }),
      { seed: 7, numRuns: 400 },
    );
  });
});

describe('patterns', () => {
  it('are those of RE2', () => {
    expect(matchesPattern('^[a-z]+$', 'abc')).toBe(true);
    expect(matchesPattern('(?=x)', 'abc')).toBeUndefined();
  });
});
