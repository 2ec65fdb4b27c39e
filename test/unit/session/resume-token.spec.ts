import { describe, expect, it } from '@jest/globals';
import { ResumeToken } from '../../../src/session/resume-token.js';

describe('a resume token', () => {
  it('has 128 random bits', () => {
    const texts = Array.from({ length: 100 }, () => new ResumeToken().issue(null).text);

    for (const text of texts) expect(Buffer.from(text, 'base64url')).toHaveLength(16);
    expect(new Set(texts).size).toBe(100);
  });

  it('matches the one that was issued last, and nothing else', () => {
    const token = new ResumeToken();
    const { text } = token.issue(null);

    expect(token.match(text)).toBe('current');
    for (const wrong of ['', `${text}x`, text.slice(1), text.toUpperCase(), new ResumeToken().issue(null).text])
      expect(token.match(wrong)).toBeNull();
  });

  it('that was used stays good until its client has the new one', async () => {
    const token = new ResumeToken();
    const first = token.issue(null);
    const second = token.issue(first.text);
    expect(token.match(first.text)).toBe('used');
    expect(token.match(second.text)).toBe('current');

    second.prove();
    await token.proof;
    expect(token.match(first.text)).toBeNull();
    expect(token.match(second.text)).toBe('current');
  });

  it('that was used again takes the place of the one that never arrived', () => {
    const token = new ResumeToken();
    const first = token.issue(null);
    const lost = token.issue(first.text);
    const third = token.issue(first.text);
    expect(token.match(lost.text)).toBeNull();
    lost.prove();

    expect(token.match(first.text)).toBe('used');
    expect(token.match(third.text)).toBe('current');
  });
});
