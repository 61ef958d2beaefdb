import { utf8Encode } from '@podwire/sim';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { appendLog, endLog, lineText, newLogRing, readLog } from './log-ring.ts';

test('however a text is cut into writes, the log has its lines', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{0,12}$/), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }),
      (lines, cuts) => {
        const text = lines.map((line) => `${line}\n`).join('');
        const ring = newLogRing();
        let at = 0;
        for (let index = 0; at < text.length; index++) {
          const length = cuts[index % cuts.length] ?? 1;
          appendLog(ring, index, utf8Encode(text.slice(at, at + length)));
          at += length;
        }
        expect(readLog(ring, 0).lines.map((line) => line.text)).toEqual(lines);
      },
    ),
  );
});

test('a line without its newline comes out at the end', () => {
  const ring = newLogRing();
  appendLog(ring, 1, utf8Encode('half'));
  expect(readLog(ring, 0).lines).toEqual([]);
  endLog(ring);
  expect(readLog(ring, 0)).toMatchObject({ lines: [{ text: 'half', unended: true }], next: 1, ended: true });
  expect(readLog(ring, 0).lines.map(lineText)).toEqual(['half']);
});

test('a chatty container keeps its latest lines, and cursors stay true', () => {
  const ring = newLogRing();
  for (let index = 0; index < 20_000; index++)
    appendLog(ring, index, utf8Encode(`line ${index} ${'x'.repeat(50)}\n`));
  expect(ring.bytes).toBeLessThanOrEqual(128 * 1024);
  const { lines, next } = readLog(ring, 0);
  expect(next).toBe(20_000);
  expect(lines.at(-1)?.text).toMatch(/^line 19999 /);
  expect(readLog(ring, 19_999).lines.map((line) => line.atMs)).toEqual([19_999]);
});
