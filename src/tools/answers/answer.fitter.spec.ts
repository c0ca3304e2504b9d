import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ToolsConfig } from '../../config/sections/index.js';
import { AnswerFitter } from './answer.fitter.js';
import { fitStructured } from './fit-structured.js';

const fitter = new AnswerFitter(new ToolsConfig());
const form = (input: object = {}) => fitter.formOf({ repo_path: '/a', ...input });
const bytesOf = (value: unknown) =>
  Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value));

describe('An answer', () => {
  it('has 25,000 bytes where nobody says otherwise, as text, in normal detail', () => {
    expect(form()).toEqual({ maxBytes: 25_000, format: 'text', verbosity: 'normal' });
  });

  it('takes the configured size and format, and those of the call before them', () => {
    const configured = new AnswerFitter({
      ...new ToolsConfig(),
      maxAnswerBytes: 5_000,
      responseFormat: 'json',
    });

    expect(configured.formOf({ repo_path: '/a' })).toMatchObject({ maxBytes: 5_000, format: 'json' });
    expect(configured.formOf({ repo_path: '/a', max_bytes: 9_000, response_format: 'text' })).toMatchObject({
      maxBytes: 9_000,
      format: 'text',
    });
  });

  it('that fits is handed on as it is', () => {
    const answer = { text: 'done', structured: { paths: ['a'] } };

    expect(fitter.fit(answer, form())).toEqual(answer);
  });

  it('that is too long ends with a whole line and says so', () => {
    const text = 'a line of text ✓\n'.repeat(1_000);

    const fitted = fitter.fit({ text, structured: { paths: [] } }, form({ max_bytes: 2_000 }));

    expect(fitted.text).toMatch(
      / ✓\n\[Cut here: the answer has 19000 bytes, max_bytes is 2000\. .*raise max_bytes.*\]$/,
    );
    expect(fitted.structured).toEqual({ paths: [], truncated: true });
    expect(bytesOf(fitted.text)).toBeLessThanOrEqual(2_000);
  });

  it('of one endless line is cut within it, between characters', () => {
    const fitted = fitter.fit({ text: '✓'.repeat(9_000), structured: {} }, form({ max_bytes: 1_000 }));

    expect(fitted.text).toMatch(/^✓{100,}\n\[Cut here/);
  });

  it('as JSON is the structured content', () => {
    const structured = { paths: Array.from({ length: 1_000 }, (_, index) => `file-${index}`) };

    const fitted = fitter.fit(
      { text: 'ignored', structured },
      form({ max_bytes: 1_000, response_format: 'json' }),
    );

    expect(JSON.parse(fitted.text)).toEqual(fitted.structured);
    expect(fitted.structured).toMatchObject({ truncated: true });
    expect(bytesOf(fitted.text)).toBeLessThanOrEqual(1_000);
  });

  it('loses the end of its longest list, and of a text that is heavier than all else', () => {
    const content = { head: 'abc', list: Array.from({ length: 500 }, (_, id) => ({ id })), note: 'kept' };
    const { value } = fitStructured(content, 1_000);

    expect(value).toMatchObject({ head: 'abc', note: 'kept', truncated: true });
    expect((value as typeof content).list.at(0)).toEqual({ id: 0 });
    expect((value as typeof content).list.length).toBeGreaterThan(50);
    expect(fitStructured({ one: [{ message: 'x'.repeat(5_000) }, { message: 'y' }] }, 1_000).value).toEqual({
      one: [{ message: expect.stringMatching(/^x{800,} \[cut\]$/) as unknown }, { message: 'y' }],
      truncated: true,
    });
  });

  it('keeps its form and its size, whatever it holds', () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 3_000 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.record({ texts, nested: fc.record({ texts }) }), (content) => {
        const { value, truncated } = fitStructured(content, 2_000);

        expect(bytesOf(value)).toBeLessThanOrEqual(truncated ? 2_000 : bytesOf(content));
        expect(Object.keys(value)).toEqual(expect.arrayContaining(['texts', 'nested']));
      }),
      { numRuns: 50 },
    );
  });
});
